"""One request to an app without a network: what was answered, also where the answer has no end, and how much was read."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes

from fastapi import FastAPI

_PATIENCE = 30.0
_STREAM = "text/event-stream"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `read` is how many bytes of the body were asked for, `seconds` how long it took."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    read: int
    seconds: float

    def header(self, name: str) -> str:
        """The values of a header, with ", " between them; "" where there is none."""
        return ", ".join(value for key, value in self.headers if key == name)

    def all(self, name: str) -> list[str]:
        """Each value of a header."""
        return [value for key, value in self.headers if key == name]


@dataclass
class _Exchange:
    body: Iterable[bytes]
    status: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    content: bytearray = field(default_factory=bytearray)
    read: int = 0
    ended: bool = False
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._parts = iter(self.body)

    async def receive(self) -> dict[str, Any]:
        part = next(self._parts, None)
        if part is None and self.ended:
            await self.over.wait()
            return {"type": "http.disconnect"}
        if part is None:
            self.ended = True
            return {"type": "http.request", "body": b"", "more_body": False}
        self.read += len(part)
        return {"type": "http.request", "body": part, "more_body": True}

    async def send(self, message: Mapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = tuple((key.decode(), value.decode("latin-1")) for key, value in message["headers"])
            is_stream = any(key == "content-type" and value.startswith(_STREAM) for key, value in self.headers)
            if is_stream:
                self.over.set()
        elif message["type"] == "http.response.body":
            self.content += message.get("body", b"")
            if not message.get("more_body"):
                self.over.set()


async def ask(
    app: FastAPI, method: str, target: str, *, headers: Mapping[str, str] | None = None, body: Iterable[bytes] = ()
) -> Answer:
    """Asks once; of a stream only the head is waited for."""
    path, _, query = target.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "scheme": "https",
        "method": method,
        "path": unquote_to_bytes(path).decode("utf-8", "replace"),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [
            (b"host", b"verder.test"),
            *((name.lower().encode(), value.encode("latin-1")) for name, value in (headers or {}).items()),
        ],
        "client": ("8.8.8.8", 5000),
        "server": ("verder.test", 443),
        "state": {},
    }
    exchange, began = _Exchange(body), time.perf_counter()
    task = asyncio.ensure_future(app(scope, exchange.receive, exchange.send))  # type: ignore[arg-type]
    over = asyncio.ensure_future(exchange.over.wait())
    await asyncio.wait((task, over), timeout=_PATIENCE, return_when=asyncio.FIRST_COMPLETED)
    seconds = time.perf_counter() - began
    assert task.done() or exchange.over.is_set(), f"no answer: {method} {target}"
    over.cancel()
    if exchange.headers and exchange.over.is_set() and not task.done():
        task.cancel()
    await asyncio.gather(task, over, return_exceptions=True)
    return Answer(exchange.status, exchange.headers, bytes(exchange.content), exchange.read, seconds)
