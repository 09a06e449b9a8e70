"""An own Telegram for tests: a Bot API server on loopback, the people in its chats, and failures on order.

It shares no code with the bot. Every request is checked by `telegram_rules`; every update is real Bot API JSON, fetched
by long polling or pushed to the webhook with its secret, and offered again until the other side says 2xx.
"""

from __future__ import annotations

import asyncio
import itertools
import socket
import threading
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.datastructures import UploadFile

from telegram_rules import METHODS, Refused, checked, shown

Failure = Literal["429", "403", "500", "502", "hang", "reset", "hang_after", "reset_after"]
Json = dict[str, Any]
_PNG = b"\x89PNG\r\n\x1a\n"
TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
BOT = {"id": 110201543, "is_bot": True, "first_name": "Verder", "username": "verder_bot"}


@dataclass(frozen=True, slots=True)
class Call:
    """One request as it came in; `at` is a monotonic time in seconds, `status` what it was answered (0: nothing)."""

    at: float
    method: str
    params: dict[str, str]
    status: int


@dataclass(slots=True)
class Seen:
    """A message as the person sees it."""

    id: int
    text: str
    buttons: list[list[tuple[str, str]]] = field(default_factory=list)
    kind: Literal["text", "photo", "document"] = "text"
    file: bytes = b""
    file_name: str = ""

    @property
    def labels(self) -> list[str]:
        return [label for row in self.buttons for label, _ in row]


class FakeTelegram:
    """The state of the server and the hands of the people. Use it from the test's thread while it serves in its own."""

    def __init__(self) -> None:
        self.url = ""
        self.calls: list[Call] = []
        self.pushes: list[tuple[int, int]] = []
        self.acknowledged: list[str] = []
        self.commands: dict[tuple[str, str], list[Json]] = {}
        self.webhook: Json = {}
        self.pending: list[Json] = []
        self.held: dict[str, int] = {}
        """Chats whose messages are not taken yet, with how many wait for that; who takes one away lets them go."""
        self.names: dict[int, Json] = {}
        """What Telegram tells of a person beside the usual: their first and last name, their username."""
        self._chats: dict[int, list[Seen]] = defaultdict(list)
        self._blocked: set[int] = set()
        self._taps: set[str] = set()
        self._failures: dict[str, list[tuple[str, int]]] = defaultdict(list)
        self._numbers = itertools.count(1_000)
        self._changed = threading.Condition()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake: asyncio.Event | None = None
        self.app = FastAPI(lifespan=self._lifespan)
        self.app.add_api_route("/bot{token}/{method}", self._answer, methods=["GET", "POST"], response_model=None)

    # What people do.

    def person_says(self, chat: int, text: str, **more: object) -> Json:
        """A person types; `more` goes into the message (photo=…, caption=… with text="" for other content)."""
        words: Json = {"text": text} if text else {}
        if text.startswith("/"):
            words["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text.split(maxsplit=1)[0])}]
        return self.happens("message", {**self._message(chat), "from": self._person(chat), **words, **more})

    def person_taps(self, chat: int, label: str) -> Json:
        """A person taps the newest button with this label; raises LookupError when there is none."""
        for message in reversed(self._chats[chat]):
            for shown_label, data in itertools.chain(*message.buttons):
                if shown_label.strip("\u200e\u200f") == label:
                    return self._tap(chat, message, data)
        raise LookupError(f"no button {label!r} in chat {chat}")

    def person_blocks(self, chat: int) -> None:
        """From now on the bot may not write to this person."""
        self._blocked.add(chat)

    def sees(self, chat: int) -> list[Seen]:
        """What the bot wrote in this chat, oldest first."""
        return list(self._chats.get(chat, ()))

    def happens(self, kind: str, content: Json) -> Json:
        """Puts an update of any kind in the queue and returns it."""
        return self.happens_again({"update_id": next(self._numbers), kind: content})

    def happens_again(self, update: Json) -> Json:
        """Offers an update once more under the same number, as Telegram does when it missed the 200."""
        with self._changed:
            self.pending.append(update)
        self._awaken()
        return update

    # What tests order and wait for.

    def fail(self, method: str, failure: Failure, *, times: int = 1, after: int = 0, retry_after: int = 1) -> None:
        """After `after` good calls of this method, the next fail: before anything is done, or "_after" it is done."""
        self._failures[method] += [("", 0)] * after + [(failure, retry_after)] * times

    def called(self, method: str) -> list[Call]:
        """The calls of one method so far, oldest first."""
        return [call for call in self.calls if call.method == method]

    def until(self, true: Callable[[], bool], *, timeout: float = 60) -> None:
        """Waits until something is so, looking again at each change; fails the test after `timeout` seconds."""
        with self._changed:
            assert self._changed.wait_for(true, timeout), "Telegram never saw it happen"

    # The server.

    @asynccontextmanager
    async def _lifespan(self, _: FastAPI) -> AsyncIterator[None]:
        checked("getMe", {})  # loads the rules, which takes seconds: nobody's first call waits for that
        self._loop, self._wake = asyncio.get_running_loop(), asyncio.Event()
        pushing = asyncio.create_task(self._push())
        yield
        pushing.cancel()

    async def _answer(self, request: Request, token: str, method: str) -> Response:
        form = await request.form()
        sent = {**request.query_params, **{key: value for key, value in form.items() if isinstance(value, str)}}
        files = {key: value for key, value in form.items() if isinstance(value, UploadFile)}
        # What Telegram itself would know the file by.
        sent |= {key: f"attach://{key}" for key in files if key in ("photo", "document")}
        if token != TOKEN or method not in METHODS:
            return self._reply(method, sent, 401 if token != TOKEN else 404, description="Unauthorized")
        failure, wait = self._failures[method].pop(0) if self._failures[method] else ("", 0)
        if failure in ("429", "403", "500", "502"):
            more = {"parameters": {"retry_after": wait}} if failure == "429" else {}
            return self._reply(method, sent, int(failure), description="Ordered by the test", **more)
        if method == "sendMessage" and sent.get("chat_id") in self.held:
            await self._hold(sent["chat_id"])
        if failure in ("hang", "reset"):
            return await self._break_off(request, method, sent, failure)
        try:
            result = await self._do(method, checked(method, sent) | await _uploaded(files))
        except Refused as refusal:
            status = {"blocked": 403, "conflict": 409}.get(str(refusal), 400)
            return self._reply(method, sent, status, description=f"Bad Request: {refusal}")
        if failure:
            return await self._break_off(request, method, sent, failure.removesuffix("_after"))
        return self._reply(method, sent, 200, result=result)

    async def _hold(self, chat: str) -> None:
        self.held[chat] += 1
        while chat in self.held:
            await asyncio.sleep(0.01)

    def _reply(self, method: str, sent: dict[str, str], status: int, **body: object) -> Response:
        self._note(Call(time.monotonic(), method, sent, status))
        if status == 502:
            return Response("<html>Bad Gateway</html>", 502)
        more = {"ok": status == 200} if status == 200 else {"ok": False, "error_code": status}
        return JSONResponse({**more, **body}, status)

    async def _break_off(self, request: Request, method: str, sent: dict[str, str], how: str) -> Response:
        self._note(Call(time.monotonic(), method, sent, 0))
        if how == "reset":
            request.receive.__self__.transport.abort()  # type: ignore[attr-defined]
        while (await request.receive())["type"] != "http.disconnect":
            continue
        return Response(status_code=204)

    async def _do(self, method: str, params: Json) -> object:
        match method:
            case "getMe":
                return {**BOT, "can_join_groups": False, "can_read_all_group_messages": False}
            case "getUpdates":
                return await self._updates(int(params.get("offset", 0)), float(params.get("timeout", 0)))
            case "sendMessage" | "sendPhoto" | "sendDocument":
                return self._send(params)
            case "editMessageText":
                return self._edit(params)
            case "deleteMessages":
                gone = {int(id) for id in params["message_ids"]}
                chat = int(params["chat_id"])
                self._chats[chat] = [seen for seen in self._chats[chat] if seen.id not in gone]
            case "answerCallbackQuery":
                return self._acknowledge(params["callback_query_id"])
            case "setWebhook" | "deleteWebhook":
                self.webhook = params if method == "setWebhook" and params["url"] else {}
                self._awaken()
            case "setMyCommands":
                scope = params.get("scope", {"type": "default"})
                self.commands[str(scope.get("chat_id", "")), params.get("language_code", "")] = params["commands"]
            case "getWebhookInfo":
                waiting = len(self.pending)
                url = self.webhook.get("url", "")
                return {"url": url, "has_custom_certificate": False, "pending_update_count": waiting}
        return True

    async def _updates(self, offset: int, timeout: float) -> list[Json]:
        if self.webhook:
            raise Refused("conflict")
        assert self._wake is not None
        with self._changed:
            self.pending = [update for update in self.pending if update["update_id"] >= offset]
        if not self.pending and timeout:
            self._wake.clear()
            try:
                await asyncio.wait_for(self._wake.wait(), timeout)
            except TimeoutError:
                return []
        return self.pending[:100]

    def _send(self, params: Json) -> Json:
        chat = int(params["chat_id"])
        if chat not in self._chats:
            raise Refused("chat not found")
        if chat in self._blocked:
            raise Refused("blocked")
        text = shown(str(params.get("text", params.get("caption", ""))), params.get("parse_mode"))
        seen = Seen(next(self._numbers), text, _buttons(params), *_enclosed(params))
        self._chats[chat].append(seen)
        return {**self._message(chat), "message_id": seen.id, "from": BOT, "text": text}

    def _edit(self, params: Json) -> Json:
        chat, text = int(params["chat_id"]), shown(params["text"], params.get("parse_mode"))
        seen = next((one for one in self._chats[chat] if one.id == int(params["message_id"])), None)
        if seen is None:
            raise Refused("message to edit not found")
        if (seen.text, seen.buttons) == (text, _buttons(params)):
            raise Refused("message is not modified")
        seen.text, seen.buttons = text, _buttons(params)
        return {**self._message(chat), "message_id": seen.id, "from": BOT, "text": text}

    def _acknowledge(self, id: str) -> bool:
        if id not in self._taps:
            raise Refused("query is too old and response timeout expired or query ID is invalid")
        self._taps.remove(id)
        self.acknowledged.append(id)
        return True

    async def _push(self) -> None:
        assert self._wake is not None
        async with httpx.AsyncClient(trust_env=False) as http:
            while True:
                if not (self.webhook and self.pending):
                    self._wake.clear()
                    await self._wake.wait()
                    continue
                await self._push_one(http, self.pending[0])

    async def _push_one(self, http: httpx.AsyncClient, update: Json) -> None:
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.webhook.get("secret_token", "")}
        try:
            status = (await http.post(self.webhook["url"], json=update, headers=headers)).status_code
        except httpx.HTTPError:
            status = 0
        with self._changed:
            self.pushes.append((update["update_id"], status))
            if 200 <= status < 300:
                self.pending.remove(update)
            self._changed.notify_all()
        # Telegram waits seconds to minutes; a test has no time for that.
        await asyncio.sleep(0 if status == 200 else 0.05)

    def _tap(self, chat: int, message: Seen, data: str) -> Json:
        id = str(4_382_000_000_000 + next(self._numbers))
        self._taps.add(id)
        under = {**self._message(chat), "message_id": message.id, "from": BOT, "text": message.text}
        tap = {"id": id, "from": self._person(chat), "message": under, "chat_instance": "-395", "data": data}
        return self.happens("callback_query", tap)

    def _message(self, chat: int) -> Json:
        self._chats.setdefault(chat, [])
        place = {"id": chat, "type": "private", "first_name": "Persoon", **self.names.get(chat, {})}
        return {"message_id": next(self._numbers), "date": int(time.time()), "chat": place}

    def _person(self, chat: int) -> Json:
        known = {"id": chat, "is_bot": False, "first_name": "Persoon", "language_code": "nl"}
        return {**known, **self.names.get(chat, {})}

    def _note(self, call: Call) -> None:
        with self._changed:
            self.calls.append(call)
            self._changed.notify_all()

    def _awaken(self) -> None:
        if self._loop and self._wake:
            self._loop.call_soon_threadsafe(self._wake.set)


async def _uploaded(files: dict[str, UploadFile]) -> Json:
    """The files of a call as (name, content); raises Refused for what Telegram would not take as a photo."""
    found: Json = {key: (file.filename, await file.read()) for key, file in files.items()}
    name, content = found.get("photo", ("", _PNG))
    if not content.startswith(_PNG) or len(content) > 10 * 1024 * 1024:
        raise Refused("PHOTO_INVALID_DIMENSIONS" if name else "there is no photo in the request")
    return found


def _enclosed(params: Json) -> tuple[Any, ...]:
    for kind in ("photo", "document"):
        if kind in params:
            name, content = params[kind]
            return kind, content, name
    return ()


def _buttons(params: Json) -> list[list[tuple[str, str]]]:
    rows = params.get("reply_markup", {}).get("inline_keyboard", [])
    return [[(button["text"], button.get("callback_data", "")) for button in row] for row in rows]


@contextmanager
def serving(app: FastAPI, *, port: int = 0) -> Iterator[str]:
    """Serves an app on a free port of this machine (or on this one) while the block runs, and gives its address."""
    with socket.create_server(("127.0.0.1", port)) as door:
        # asyncio leaves it off for a socket it did not make, and then every answer waits 40 ms.
        door.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # Not uvloop: it refuses to close while a broken connection is still held, and these servers break on purpose.
        config = uvicorn.Config(
            app, loop="asyncio", log_level="error", timeout_graceful_shutdown=1, timeout_keep_alive=30
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
        thread.start()
        try:
            host, port = door.getsockname()
            httpx.get(f"http://{host}:{port}/", trust_env=False, timeout=60)
            yield f"http://{host}:{port}"
        finally:
            server.should_exit = True
            thread.join(10)


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    """A Telegram of one's own, without people yet."""
    fake = FakeTelegram()
    with serving(fake.app) as fake.url:
        yield fake
