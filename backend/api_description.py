"""The API's description of itself: what the routes say, with the refusals, proofs and shapes that are everywhere alike."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI

from backend.api_shapes import ANSWERS, REFUSAL

Json = dict[str, Any]
_REASONS = {
    400: "Not JSON, or without what a request of this kind must carry.",
    401: "Nothing that proves who asks, or nothing that is good any more.",
    403: "Who asks may not do this.",
    404: "It does not exist, or it is somebody else's; so is whatever has a NUL in its address.",
    409: "It cannot be done now; the sentence says why.",
    413: "More than 64 KB.",
    422: "Something that was sent cannot be used; `fields` says what.",
    429: "Too often; Retry-After says how many seconds to wait.",
    503: "Nothing was stored; the same may be tried again after Retry-After seconds.",
}
_WAIT = (429, 503)
_CONVERSATION, _SYSTEM, _DESK = "/api/v1/conversations/{id}", "/api/v1/organisation/", "/api/v1/desk/"
_LOGIN = "/api/v1/desk/login"
_PROOFS = {
    "conversation": {"type": "http", "scheme": "bearer", "description": "The token of the conversation."},
    "case_system": {"type": "http", "scheme": "bearer", "description": "An access token of an organisation."},
    "session": {"type": "apiKey", "in": "cookie", "name": "", "description": "The session of a counsellor."},
    "csrf": {"type": "apiKey", "in": "header", "name": "X-CSRF-Token", "description": "From the log-in or /me."},
}
_FILES = {
    "GET /api/v1/conversations/{id}/messages/{number}/image.png": ("image/png",),
    "GET /api/v1/conversations/{id}/messages/{number}/papers/{place}": (
        *("application/pdf", "text/calendar", "text/html", "application/json"),
    ),
}


def describe(app: FastAPI, *, secure: bool) -> None:
    """From now on `app.openapi()` gives the whole description. `secure`: whether the service is reached over TLS."""
    made = app.openapi

    def described() -> Json:
        if app.openapi_schema is None:
            _complete(made(), f"{'__Host-' if secure else ''}verder_desk")
        return made()

    app.openapi = described  # type: ignore[method-assign] # the way FastAPI documents


def _complete(description: Json, cookie: str) -> None:
    parts = description.setdefault("components", {})
    parts.setdefault("schemas", {})["Refusal"] = REFUSAL
    for own in ("HTTPValidationError", "ValidationError"):
        parts["schemas"].pop(own, None)
    parts["securitySchemes"] = {**_PROOFS, "session": {**_PROOFS["session"], "name": cookie}}
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            _complete_one(f"{method.upper()} {path}", path, operation)


def _complete_one(name: str, path: str, operation: Json) -> None:
    """One operation: its proof is no parameter, its refusals are ours, and its answer has a shape."""
    kept = [one for one in operation.get("parameters", ()) if one["name"].lower() != "authorization"]
    operation["parameters"] = kept
    if proofs := _proofs(name, path):
        operation["security"] = [{proof: [] for proof in proofs}]
    answers = operation["responses"]
    answers.update({str(status): _refusal(status) for status in sorted(set(_refusals(name, path, operation)))})
    done = next(status for status in answers if status.startswith("2"))
    if name in ANSWERS:
        answers[done]["content"] = {"application/json": {"schema": ANSWERS[name]}}
    if name in _FILES:
        answers[done]["content"] = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in _FILES[name]}


def _proofs(name: str, path: str) -> tuple[str, ...]:
    if path.startswith(_CONVERSATION):
        return ("conversation",)
    if path.startswith(_SYSTEM):
        return ("case_system",)
    if not path.startswith(_DESK) or path == _LOGIN:
        return ()
    return ("session",) if name.startswith("GET ") or path.endswith("/writing") else ("session", "csrf")


def _refusals(name: str, path: str, operation: Json) -> Iterator[int]:
    """The statuses with which this may be refused."""
    yield from (404, 413, 503)
    is_change = not name.startswith("GET ")
    if "requestBody" in operation:
        yield from (400, 422)
    if operation["parameters"]:
        yield 422
    if path.startswith(_DESK):
        yield from (401, 403)
        if is_change or "{" in path:
            yield 409
    if path.startswith(_SYSTEM):
        yield from (401, 403)
    if path.endswith("/turns"):
        yield 400
    if not path.startswith(_DESK) or path == _LOGIN:
        yield 429


def _refusal(status: int) -> Json:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}}
    described: Json = {"description": _REASONS[status], "content": content}
    if status in _WAIT:
        described["headers"] = {"Retry-After": {"schema": {"type": "integer", "minimum": 1}, "required": True}}
    return described
