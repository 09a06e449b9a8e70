"""The HTTP routes of the widget (contract §5). They translate; storing and thinking is the host's."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from fastapi.responses import JSONResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic_core import to_json as as_bytes

from bot.channel import DrawSvg, File, Message
from bot.web_widget.translate import Start, Turn, to_incoming, to_json
from dialogs.messages import Incoming

_RETRY_MS = 2000


class Conversations(Protocol):
    """The host's side of the widget. Every method raises the host's own refusals (404, 410, 422, 429, 503)."""

    async def start(
        self, *, language: str | None, code: str, time_zone: str | None = None, address: str = ""
    ) -> tuple[str, str, Sequence[Message]]:
        """A new conversation: id, token, first messages. `time_zone` as the device says it, `address` is where it is."""
        ...

    async def resume(self, code: str, address: str) -> tuple[str, str]:
        """Id and token of the conversation that a code opens; `address` is where the try came from."""
        ...

    async def take(self, id: str, token: str, key: str, incoming: Incoming) -> Sequence[Message]:
        """One turn; the replies, after they are durably stored."""
        ...

    async def messages(self, id: str, token: str, after: int) -> Sequence[Message]:
        """Everything after a message number, oldest first."""
        ...

    async def image(self, id: str, token: str, number: int) -> File:
        """The picture of a message as PNG."""
        ...

    async def paper(self, id: str, token: str, number: int, place: int) -> File:
        """Paper `place` (from 1) of a message."""
        ...

    async def check(self, id: str, token: str) -> None:
        """Returns when this token opens this conversation."""
        ...

    def follow(self, id: str, token: str, after: int) -> AsyncIterator[Message]:
        """The same, and then each new message as it is stored; ends by itself when the conversation is gone."""
        ...

    async def export(self, id: str, token: str) -> dict[str, Any]:
        """Everything held about the person."""
        ...

    async def erase(self, id: str, token: str) -> tuple[str, str]:
        """Erases the person; gives the reference of the receipt and when (RFC 3339)."""
        ...

    def token_of(self, authorization: str | None) -> str:
        """The bearer token of a header; raises the host's 401-like refusal."""
        ...

    def key_of(self, idempotency_key: str | None) -> str:
        """A usable idempotency key; raises the host's refusal when it is missing or too long."""
        ...


Authorization = Annotated[str | None, Header()]
_TURN_HEADERS = [
    {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}
    for name in ("Authorization", "Idempotency-Key")
]
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
After = Annotated[int, Query(ge=0, le=2**31 - 1)]
LastEvent = Annotated[int | None, Header(alias="Last-Event-ID", ge=0, le=2**31 - 1)]


def conversation_router(conversations: Conversations, draw_svg: DrawSvg) -> APIRouter:
    """The routes under `/api/v1/conversations`."""
    router = APIRouter(prefix="/api/v1/conversations", tags=["conversations"])

    def shown(id: str, messages: Sequence[Message]) -> list[dict[str, Any]]:
        return [to_json(one, id, draw_svg) for one in messages]

    @router.post("", status_code=201)
    async def start(body: Start, request: Request) -> JSONResponse:
        id, token, messages = await conversations.start(
            language=body.language, code=body.start or "", time_zone=body.time_zone, address=address_of(request)
        )
        content = {"id": id, "token": token, "messages": shown(id, messages)}
        return JSONResponse(content, status_code=201)

    # The headers are read by hand: declared parameters cost a tenth of a turn's processor time.
    @router.post("/{id}/turns", openapi_extra={"parameters": _TURN_HEADERS})
    async def turn(id: str, body: Turn, request: Request) -> Response:
        token = conversations.token_of(request.headers.get("authorization"))
        key = conversations.key_of(request.headers.get("idempotency-key"))
        messages = await conversations.take(id, token, key, to_incoming(body))
        return Response(as_bytes({"messages": shown(id, messages)}), media_type="application/json")

    @router.get("/{id}/messages")
    async def messages(id: str, authorization: Authorization = None, after: After = 0) -> JSONResponse:
        found = await conversations.messages(id, conversations.token_of(authorization), after)
        return JSONResponse({"messages": shown(id, found)})

    async def allowed(id: str, authorization: Authorization = None) -> str:
        """The token, checked before the stream begins: afterwards it is too late for a 404."""
        token = conversations.token_of(authorization)
        await conversations.check(id, token)
        return token

    opened = Depends(allowed)

    @router.get("/{id}/stream", response_class=EventSourceResponse)
    async def stream(id: str, token: str = opened, after: LastEvent = None) -> AsyncIterator[ServerSentEvent]:
        async for one in conversations.follow(id, token, after or 0):
            data = json.dumps(to_json(one, id, draw_svg), ensure_ascii=False)
            yield ServerSentEvent(raw_data=data, id=str(one.number), event="message", retry=_RETRY_MS)

    @router.get("/{id}/export")
    async def export(id: str, authorization: Authorization = None) -> JSONResponse:
        return JSONResponse(await conversations.export(id, conversations.token_of(authorization)))

    @router.delete("/{id}")
    async def erase(id: str, authorization: Authorization = None) -> JSONResponse:
        reference, at = await conversations.erase(id, conversations.token_of(authorization))
        return JSONResponse({"receipt": {"reference": reference, "at": at}}, headers={"Cache-Control": "no-store"})

    _add_files(router, conversations)
    return router


def _add_files(router: APIRouter, conversations: Conversations) -> None:
    """The files that come with messages."""

    @router.get("/{id}/messages/{number}/image.png", response_class=Response)
    async def image(id: str, number: Number, authorization: Authorization = None) -> Response:
        return handed_over(await conversations.image(id, conversations.token_of(authorization), number))

    @router.get("/{id}/messages/{number}/papers/{place}", response_class=Response)
    async def paper(id: str, number: Number, place: Number, authorization: Authorization = None) -> Response:
        return handed_over(await conversations.paper(id, conversations.token_of(authorization), number, place))


def address_of(request: Request) -> str:
    """The internet address that a request comes from; "" where there is none."""
    return request.client.host if request.client else ""


def handed_over(file: File) -> Response:
    """A file as a download that no cache keeps."""
    headers = {
        "Content-Disposition": f'attachment; filename="{file.name}"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(file.content, media_type=file.media_type, headers=headers)
