"""The door through which Telegram brings updates: checks who knocks, stores, and only then says 200."""

from __future__ import annotations

import asyncio
import hmac
import json
import math
import re
from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from starlette.requests import ClientDisconnect

from bot.channel import Receive
from bot.telegram.client import Update
from bot.telegram.intake import NotStored, Park, take_in
from bot.telegram.translate import callback_query_id
from locales import SOURCE, Text, language

PATH = "/telegram/webhook"

_MOST_BYTES = 256 * 1024
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105

Acknowledge = Callable[[str], Awaitable[None]]


class _Refused(Exception):
    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


def webhook_router(receive: Receive, secret: str, park: Park, *, acknowledge: Acknowledge) -> APIRouter:
    """POST /telegram/webhook. 200 means: stored durably, or of no interest to this bot.

    403 for a missing or wrong secret, 415 for what does not say it is JSON, 413 over 256 KiB, 400 for what is not a JSON
    object, 503 with Retry-After when nothing could be stored; never 500. A tap is acknowledged after the commit, beside
    the answer. Raises ValueError for a secret that Telegram would not accept.
    """
    if not _SECRET.fullmatch(secret):
        raise ValueError("a webhook secret is 1 to 256 letters, digits, _ or -")
    router = APIRouter()
    acknowledging: set[asyncio.Task[None]] = set()

    @router.post(PATH, include_in_schema=False)
    async def webhook(request: Request) -> Response:
        try:
            _check(request, secret)
            update = _read(await _body(request))
            await take_in(update, receive, park)
        except _Refused as refusal:
            return _error(refusal.status, refusal.code)
        except NotStored as problem:
            wait = str(max(1, math.ceil(problem.retry_after)))
            return _error(503, "unavailable", headers={"Retry-After": wait})
        if tap := callback_query_id(update):
            task = asyncio.ensure_future(acknowledge(tap))
            acknowledging.add(task)
            task.add_done_callback(acknowledging.discard)
        return JSONResponse({"ok": True})

    return router


def _check(request: Request, secret: str) -> None:
    given = request.headers.get(_SECRET_HEADER, "")
    if not hmac.compare_digest(given.encode(), secret.encode()):
        raise _Refused(403, "forbidden")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise _Refused(415, "not_json")


async def _body(request: Request) -> bytes:
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > _MOST_BYTES:
                raise _Refused(413, "too_large")
    except ClientDisconnect:
        raise _Refused(400, "not_json") from None
    return bytes(body)


def _read(body: bytes) -> Update:
    try:
        update = json.loads(body)
    except (ValueError, RecursionError):
        raise _Refused(400, "not_json") from None
    if not isinstance(update, dict):
        raise _Refused(400, "not_json")
    return update


def _error(status: int, code: str, *, headers: dict[str, str] | None = None) -> JSONResponse:
    message = language(SOURCE).say(Text.of(f"telegram.error.{code}"))
    return JSONResponse({"error": {"code": code, "message": message, "fields": {}}}, status, headers)
