"""Every answer of the service: errors in one shape and one voice, a cap on what comes in, headers on what goes out."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.errors import Refused, not_found, without_words
from backend.telemetry import route_of
from backend.vault import NoKey
from bot.web_widget import plain
from bot.web_widget.translate import BadTurn
from locales import languages

_log = logging.getLogger(__name__)

BODY_LIMIT = 64 * 1024
_TELEGRAM = "/telegram/"
_QUALITY = re.compile(r"[01](\.[0-9]{1,3})?")
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}
_HEADERS = {
    "content-security-policy": (
        "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; object-src 'none'; "
        "frame-ancestors {ancestors}"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "{readers}",
    # For what says nothing itself: an answer may hold something personal, and then no copy of it may stay.
    "cache-control": "no-store",
}
_CHAT, _LOADER = "/chat", "/embed.js"
_EVENTS = (b"content-type", b"text/event-stream; charset=utf-8")


def install(app: FastAPI, *, secure: bool, ancestors: str) -> None:
    """Puts error handlers, the body cap and the headers on the app. `ancestors`: what may show the chat in a frame."""
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(NoKey, _erased)
    app.add_exception_handler(BadTurn, _bad_turn)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_middleware(Edge, secure=secure, ancestors=ancestors)


def refusal(request: Request, error: Refused) -> Response:
    """The contract's error shape (§7), in the language of the request."""
    message = error.message(wanted_language(request))
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after is not None else None
    if plain.is_page(request):
        return plain.refused(request, plain.Refusal(error.status, message), headers)
    content = {"code": error.code, "message": message, "fields": dict(error.fields)}
    # ASCII, because a field's name may repeat what cannot be said in UTF-8.
    return Response(json.dumps({"error": content}), error.status, headers, media_type="application/json")


def _explained(error: Exception, language: str | None) -> plain.Refusal:
    refused = error if isinstance(error, Refused) else not_found()
    return plain.Refusal(refused.status, refused.message(language))


REFUSALS = plain.Refusals((Refused, NoKey), _explained)
"""For the pages without scripts: a refusal becomes a sentence on the page."""


def wanted_language(request: Request) -> str | None:
    """The language of Accept-Language that is wanted most and that we speak."""
    header = request.headers.get("accept-language", "")[:200].replace(" ", "").lower()
    wanted = [part.partition(";q=") for part in header.split(",")]
    for code, _, _ in sorted(wanted, key=lambda part: -_weight(part[2])):
        for candidate in (code, code.partition("-")[0]):
            if candidate in languages():
                return candidate
    return None


def _weight(quality: str) -> float:
    return float(quality) if _QUALITY.fullmatch(quality) else 1.0


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return refusal(request, error)


async def _erased(request: Request, _error: Exception) -> Response:
    """The person was erased while this request was on its way."""
    return refusal(request, not_found())


async def _bad_turn(request: Request, error: Exception) -> Response:
    assert isinstance(error, BadTurn)
    return refusal(request, Refused(422, error.code, fields={error.field: error.code}))


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    if any(problem["type"] == "json_invalid" for problem in error.errors()):
        return refusal(request, Refused(400, "not_json"))
    fields = {
        ".".join(str(part) for part in problem["loc"][1:]) or "body": problem["type"] for problem in error.errors()
    }
    return refusal(request, Refused(422, "invalid", fields=fields))


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    answer = refusal(request, Refused(error.status_code, _CODES.get(error.status_code, "bad_request")))
    answer.headers.update(error.headers or {})
    if error.status_code == 405:
        answer.headers["Allow"] = ", ".join(_allowed(request))
    return answer


def _allowed(request: Request) -> list[str]:
    """Every method that this address has; the router knows only those of the first route that fits."""
    routes = request.app.routes
    return [
        method
        for method in _METHODS
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in routes)
    ]


class Edge:
    """Refuses bodies over the cap before anything reads them, and sets the security headers on every answer."""

    def __init__(self, app: ASGIApp, *, secure: bool, ancestors: str) -> None:
        self._app = app
        extra = {"strict-transport-security": "max-age=31536000; includeSubDomains"} if secure else {}
        headers = {**_HEADERS, **extra}
        self._own = _raw(headers, ancestors="'none'", readers="same-origin")
        self._other = {
            _CHAT: _raw(headers, ancestors=ancestors, readers="same-origin"),
            _LOADER: _raw(headers, ancestors="'none'", readers="cross-origin"),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        extra = self._other.get(scope["path"], self._own)
        begun = False

        async def with_headers(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                own = message["headers"]
                if _EVENTS in own:
                    own = [pair for pair in own if pair[0] != b"cache-control"]
                there = {name for name, _ in own}
                message["headers"] = [*own, *(pair for pair in extra if pair[0] not in there)]
            await send(message)

        try:
            if "\0" in scope["path"] or b"%00" in scope["query_string"]:
                raise not_found()  # nothing is called so, and PostgreSQL takes no such sign
            await self._app(scope, self._limited(scope, receive), with_headers)
        except Refused as refused:
            await refusal(Request(scope), refused)(scope, receive, with_headers)
        except Exception as error:  # noqa: BLE001 - the last place where a defect can still get a kind answer
            _log.error("a defect: %s %s: %s", scope["method"], route_of(scope), without_words(error))
            if begun:
                return
            await refusal(Request(scope), Refused(500, "failed"))(scope, receive, with_headers)

    def _limited(self, scope: Scope, receive: Receive) -> Receive:
        """What reads the body: refused at once when it says it is too long, counted when it does not say."""
        if scope["path"].startswith(_TELEGRAM):
            return receive
        length = next((value for name, value in scope["headers"] if name == b"content-length"), None)
        if length is None:
            return _capped(receive)
        if _is_too_long(length.decode("latin-1")):
            raise Refused(413, "too_large")
        return receive


def _raw(headers: Mapping[str, str], **values: str) -> tuple[tuple[bytes, bytes], ...]:
    """The headers as they travel; `values`: which sites may frame (`ancestors`) and load (`readers`) what is answered."""
    return tuple((name.encode(), value.format(**values).encode()) for name, value in headers.items())


def _is_too_long(length: str) -> bool:
    return not length.isascii() or not length.isdigit() or len(length) > 9 or int(length) > BODY_LIMIT


def _capped(receive: Receive) -> Receive:
    """Counts a body that did not say its length."""
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > BODY_LIMIT:
            raise HTTPException(413)
        return message

    return counted
