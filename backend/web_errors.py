"""Every answer of the service: errors in one shape and one voice, a cap on what comes in, headers on what goes out."""

from __future__ import annotations

import logging

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.errors import Refused
from bot.web_widget.translate import BadTurn
from locales import languages

_log = logging.getLogger(__name__)

BODY_LIMIT = 64 * 1024
_TELEGRAM = "/telegram/"
_CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}
_HEADERS = {
    "content-security-policy": (
        "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; object-src 'none'; "
        "frame-ancestors {ancestors}"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cross-origin-opener-policy": "same-origin",
}


def install(app: FastAPI, *, secure: bool) -> None:
    """Puts error handlers, the body cap and the headers on the app."""
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(BadTurn, _bad_turn)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _defect)
    app.add_middleware(Edge, secure=secure)


def refusal(request: Request, error: Refused) -> JSONResponse:
    """The contract's error shape (§7), in the language of the request."""
    content = {"code": error.code, "message": error.message(wanted_language(request)), "fields": dict(error.fields)}
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after is not None else None
    return JSONResponse({"error": content}, error.status, headers)


def wanted_language(request: Request) -> str | None:
    """The first language of Accept-Language that we speak."""
    for part in request.headers.get("accept-language", "")[:200].split(","):
        code = part.partition(";")[0].strip().lower()
        for candidate in (code, code.partition("-")[0]):
            if candidate in languages():
                return candidate
    return None


async def _refused(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Refused)
    return refusal(request, error)


async def _bad_turn(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, BadTurn)
    return refusal(request, Refused(422, error.code, fields={error.field: error.code}))


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    if any(problem["type"] == "json_invalid" for problem in error.errors()):
        return refusal(request, Refused(400, "not_json"))
    fields = {
        ".".join(str(part) for part in problem["loc"][1:]) or "body": problem["type"] for problem in error.errors()
    }
    return refusal(request, Refused(422, "invalid", fields=fields))


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    answer = refusal(request, Refused(error.status_code, _CODES.get(error.status_code, "bad_request")))
    answer.headers.update(error.headers or {})
    return answer


async def _defect(request: Request, error: Exception) -> JSONResponse:
    return refusal(request, Refused(500, "failed"))


class Edge:
    """Refuses bodies over the cap before anything reads them, and sets the security headers on every answer."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app = app
        self._own = [(name, value.format(ancestors="'none'")) for name, value in _HEADERS.items()] + (
            [("strict-transport-security", "max-age=31536000; includeSubDomains")] if secure else []
        )
        self._framed = [
            (name, _HEADERS[name].format(ancestors="*") if "policy" in name else value) for name, value in self._own
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        length = Headers(scope=scope).get("content-length", "0")
        limited = not scope["path"].startswith(_TELEGRAM)
        if limited and (not length.isdigit() or int(length) > BODY_LIMIT):
            await refusal(Request(scope), Refused(413, "too_large"))(scope, receive, send)
            return
        extra = self._framed if scope["path"] == "/chat" else self._own

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in extra:
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, _capped(receive) if limited else receive, with_headers)


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
