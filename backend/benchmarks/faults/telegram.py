"""A Bot API server of our own: keeps what reaches a chat, and fails as often as it is told."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

_RATES = {"500": 0.05, "429": 0.05, "hang": 0.03, "reset": 0.03}
"""How often each failure comes, of all messages that are sent."""

_OK: dict[str, object] = {"ok": True, "result": True}
_ANSWERS: dict[str, tuple[int, dict[str, object]]] = {
    "500": (500, {"ok": False, "error_code": 500, "description": "Internal Server Error"}),
    "429": (
        429,
        {"ok": False, "error_code": 429, "description": "Too Many Requests", "parameters": {"retry_after": 1}},
    ),
}


@dataclass
class TelegramServer:
    """What arrived in each chat, in order; `url` is where it listens. With `chance` it fails, at its rates."""

    chance: random.Random | None = None
    url: str = ""
    chats: dict[str, list[str]] = field(default_factory=dict)
    failed: dict[str, int] = field(default_factory=dict)
    heard: Callable[[str], None] = lambda _chat: None
    _next: list[str] = field(default_factory=list)
    _number: int = 0

    def expect(self, messages: int) -> None:
        """Decides what becomes of the first so many messages: each failure as often as its rate says, at least once."""
        assert self.chance is not None
        self._next = [what for what, rate in _RATES.items() for _ in range(max(1, round(messages * rate)))]
        self._next += ["ok"] * (messages - len(self._next))
        self.chance.shuffle(self._next)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        with suppress(OSError, EOFError):
            while await self._answer(reader, writer):
                pass
        writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One call; whether the connection goes on."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        length = head.lower().partition("content-length: ")[2].partition("\r\n")[0]
        sent = dict(parse_qsl((await reader.readexactly(int(length or 0))).decode()))
        method = head.split(" ", 2)[1].rpartition("/")[2]
        outcome = self._outcome() if method == "sendMessage" else "ok"
        if outcome in _ANSWERS:
            _write(writer, *_ANSWERS[outcome])
            return True
        if outcome == "reset":
            writer.transport.abort()
            return False
        body = self._take_in(sent) if method == "sendMessage" else _OK
        if outcome == "hang":
            await reader.read()  # until the other side gives up
            return False
        _write(writer, 200, body)
        return True

    def _outcome(self) -> str:
        if self.chance is None:
            return "ok"
        if self._next:
            what = self._next.pop()
        else:
            what = self.chance.choices([*_RATES, "ok"], [*_RATES.values(), 1 - sum(_RATES.values())])[0]
        if what != "ok":
            self.failed[what] = self.failed.get(what, 0) + 1
        return what

    def _take_in(self, sent: dict[str, str]) -> dict[str, object]:
        self._number += 1
        self.chats.setdefault(sent["chat_id"], []).append(sent.get("text", ""))
        self.heard(sent["chat_id"])
        chat = {"id": int(sent["chat_id"]), "type": "private"}
        return {"ok": True, "result": {"message_id": self._number, "date": 1, "chat": chat, "text": "x"}}


def _write(writer: asyncio.StreamWriter, status: int, body: dict[str, object]) -> None:
    content = json.dumps(body).encode()
    head = f"HTTP/1.1 {status} x\r\ncontent-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
    writer.write(head.encode() + content)


@asynccontextmanager
async def telegram_server(chance: random.Random | None = None) -> AsyncIterator[TelegramServer]:
    """One on a free port of this machine, for as long as the block runs."""
    telegram = TelegramServer(chance)
    server = await asyncio.start_server(telegram.serve, "127.0.0.1", 0)
    telegram.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield telegram
    finally:
        server.close()


def message(update: int, chat: int, text: str) -> dict[str, object]:
    """The update for words that somebody typed."""
    place = {"id": chat, "type": "private"}
    typed: dict[str, object] = {"message_id": update, "date": 1, "chat": place, "from": {"id": chat}, "text": text}
    return {"update_id": update, "message": typed}


def tap(update: int, chat: int, choice: str) -> dict[str, object]:
    """The update for a button that somebody tapped."""
    under = {"message_id": update, "date": 1, "chat": {"id": chat, "type": "private"}}
    tapped: dict[str, object] = {"id": str(update), "from": {"id": chat}, "message": under, "data": f"v1:{choice}"}
    return {"update_id": update, "callback_query": tapped}
