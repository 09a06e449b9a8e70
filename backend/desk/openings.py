"""Saying why before a colleague's request opens, and the page on which others see who looked: pages and JSON."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from backend.access.roles import may_ever
from backend.db import Transaction
from backend.desk import shapes
from backend.desk.emergency_views import sentences
from backend.desk.entrance import Entrance
from backend.desk.frame import Pages, elsewhere, own_page
from backend.desk.opening_views import line
from backend.errors import Refused
from backend.organisations.login import Session
from backend.support_requests import openings, service
from backend.support_requests.service import OpenedRequest
from backend.together import emergencies

Short = Annotated[str, Form(max_length=400)]


class Why(BaseModel):
    """Why a colleague's request is opened: one of `REASONS`, and perhaps a few words more."""

    model_config = ConfigDict(extra="forbid")
    reason: str = Field(max_length=16)
    words: str = Field(default="", max_length=openings.LONGEST_REASON)


def opening_api(router: APIRouter, entrance: Entrance, actor: Any) -> None:
    """Adds the call to the desk's JSON router; `actor` gives the acting session."""

    @router.post("/requests/{request_id}/open")
    async def open_it(request_id: str, body: Why, session: Session = actor) -> dict[str, Any]:
        who = session.counsellor

        def work(db: Transaction) -> OpenedRequest:
            openings.open_with_reason(db, entrance.vault, who, request_id, reason=body.reason, words=body.words)
            return service.read_request(db, entrance.vault, who, request_id)

        return shapes.opened(who, await entrance.database.write(work))


def opening_pages(router: APIRouter, pages: Pages) -> None:
    """Adds the form's answer and the page of openings to the desk's router."""
    entrance = pages.entrance

    @router.post("/requests/{request_id}/open")
    async def open_it(
        request: Request, request_id: str, csrf: Short = "", reason: Short = "", words: Short = "", next: Short = ""
    ) -> Response:
        who = (await entrance.acting(request, csrf)).counsellor
        try:
            await entrance.database.write(
                lambda db: openings.open_with_reason(db, entrance.vault, who, request_id, reason=reason, words=words)
            )
        except Refused as error:
            if error.status != 422:
                raise
            return pages.reason_page(request, error, chosen=reason, typed=words)
        here = f"/desk/requests/{request_id}"
        return elsewhere(own_page(next) if next.startswith(f"{here}/") else here)

    @router.get("/openings")
    async def page(request: Request) -> Response:
        session = await entrance.session(request)
        who, words, at = session.counsellor, pages.words(request), entrance.clock()

        def read(db: Transaction) -> dict[str, Any]:
            of = who.organisation_id
            seen = openings.lately_opened(db, entrance.vault, of)
            # What was written may be about the person: for who may read the request.
            with_words = who.role == "team_lead"
            return {
                "lookers": openings.lookers(db, entrance.vault, of, at=at),
                "openings": [line(words, one, with_words=with_words) for one in seen],
                "emergencies": sentences(words, emergencies.of_organisation(db, entrance.vault, of), at=at),
            }

        values = await entrance.database.read(read)
        values["manages_data"] = may_ever(session.counsellor.role, "manage_data")
        return pages.show(request, "openings.html", session, many=openings.MANY, **values)
