"""Opening a conversation with a code on the web, and the short addresses on the cards of schools."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from backend.conversations.goodbyes import Goodbye
from backend.conversations.service import Host
from backend.db import Database, now
from backend.resume_codes import service
from backend.resume_codes.moving import Opened, open_on_the_web
from bot.channel import DrawSvg
from bot.web_widget.translate import to_json
from dialogs.codes import read_code

_NO_STORE = {"Cache-Control": "no-store"}


class Code(BaseModel):
    """A code as it was typed."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(max_length=64)


class Opening:
    """Opens conversations with codes: counts every try, and lets the old place hear of it."""

    def __init__(self, database: Database, host: Host, *, part: Callable[[Goodbye | None], None]) -> None:
        self._database = database
        self._host = host
        self._part = part

    async def open(self, code: str, address: str) -> Opened:
        """The conversation of this code, moved to the web or opened there too; `address` is where the try came from.

        Raises `Refused` 404 for a code that is not good, 429 after too many of them.
        """
        subject = service.subject_of(self._host.vault, address)
        await self._database.write(lambda db: service.may_try(db, subject, at=now()))
        web = self._host.knowledge.web_address
        opened = await self._database.write(lambda db: open_on_the_web(db, self._host, code, web=web))
        await self._database.write(lambda db: service.right(db, subject))
        self._part(opened.goodbye)
        return opened


def resume_router(opening: Opening, draw_svg: DrawSvg) -> APIRouter:
    """POST /api/v1/conversations/resume, and GET /s/{code}."""
    router = APIRouter()

    @router.post("/api/v1/conversations/resume", tags=["conversations"])
    async def resume(body: Code, request: Request) -> JSONResponse:
        opened = await opening.open(body.code, request.client.host if request.client else "")
        messages = [to_json(one, opened.id, draw_svg) for one in opened.messages]
        content = {"id": opened.id, "token": opened.token, "messages": messages}
        return JSONResponse(content, headers=_NO_STORE)

    @router.get("/s/{code}", include_in_schema=False)
    async def short(code: str) -> RedirectResponse:
        """To the chat, which takes the code out of the address at once; what is no code goes nowhere else."""
        found = read_code(code[:64])
        where = f"/chat?{urlencode({'start': found})}" if found else "/chat"
        return RedirectResponse(where, status_code=303, headers={**_NO_STORE, "Referrer-Policy": "no-referrer"})

    return router
