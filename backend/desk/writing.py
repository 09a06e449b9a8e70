"""The reading level of an answer before it is sent: by a button without scripts, while typing with them. Keeps nothing."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, ConfigDict

from backend.desk.entrance import Entrance
from backend.desk.frame import Pages
from backend.desk.writing_views import writing_view
from backend.errors import Refused
from backend.support_requests.service import LONGEST_TEXT
from knowledge.plain_writing import look_at


class Draft(BaseModel):
    """Words that are not sent yet."""

    model_config = ConfigDict(extra="forbid")
    text: str = ""


def writing_pages(router: APIRouter, pages: Pages) -> None:
    """Adds the check to the desk's router: as a fragment, and as the whole page with the draft in its place."""

    @router.post("/writing")
    async def level(request: Request, text: Annotated[str, Form()] = "") -> Response:
        session = await pages.entrance.session(request, keep_alive=False)
        return pages.show(request, "_writing.html", session, writing=writing_view(pages.words(request), text))

    @router.post("/requests/{request_id}/check")
    async def check(
        request: Request, request_id: str, csrf: Annotated[str, Form()] = "", text: Annotated[str, Form()] = ""
    ) -> Response:
        session = await pages.entrance.acting(request, csrf)
        return await pages.request_page(request, session, request_id, draft=text)


def writing_api(router: APIRouter, entrance: Entrance) -> None:
    """Adds the same check to the desk's JSON router."""

    @router.post("/writing")
    async def level(request: Request, body: Draft) -> dict[str, Any]:
        await entrance.session(request)
        if len(body.text) > LONGEST_TEXT:
            raise Refused(422, "long_text", fields={"text": "too long"})
        found = look_at(body.text)
        problems = [{"kind": one.kind, "sentence": one.sentence, "detail": one.detail} for one in found.problems]
        return {"level": found.level, "problems": problems, "swaps": dict(found.swaps)}
