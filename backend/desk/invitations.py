"""Inviting a class at the desk of a school: making codes, printing cards, taking codes back, and what is counted."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from babel.dates import format_date
from fastapi import APIRouter, Form, Request, Response

from backend import audit
from backend.db import Database, Transaction
from backend.desk.entrance import NO_STORE, open_entrance
from backend.desk.frame import Pages, elsewhere, page_router
from backend.desk.words import Words
from backend.dutch_time import in_amsterdam
from backend.enclosures import print_cards
from backend.errors import Refused, not_found
from backend.invitations import service
from backend.invitations.cards import cards_of
from backend.invitations.service import Invitation
from backend.organisations.counsellors import Counsellor
from backend.support_requests.once import Answer, once
from backend.support_requests.repository import organisation_of
from backend.vault import Vault
from knowledge.facts import FACTS
from knowledge.wording import fact_text
from locales import Text

_PAGE = "/desk/invitations"
_PEOPLE, _DAYS = 20, 365
_DONE = ("invite", "revoke")


@dataclass(frozen=True, slots=True)
class Line:
    """One invitation in words; `stands` is "good", "revoked" or "expired"."""

    id: str
    made: str
    until: str
    tells: str
    people: int
    shared: bool
    counts: str | None
    stands: str
    revoked: str


def make_router(database: Database, vault: Vault, *, secure_cookies: bool, web: str, bot: str) -> APIRouter:
    """The pages under /desk/invitations; for organisations that are no school they do not exist. `web` is the address of
    the service, `bot` the name of the Telegram bot or ""."""
    pages = Pages(open_entrance(database, vault, secure_cookies=secure_cookies))
    router = page_router(pages)
    _add_list(router, pages)
    _add_cards(router, pages, web=web, bot=bot)
    return router


def _add_list(router: APIRouter, pages: Pages) -> None:
    entrance = pages.entrance

    async def page(request: Request, *, refusal: Refused | None = None) -> Response:
        session = await entrance.session(request)
        who, at, words = session.counsellor, entrance.clock(), pages.words(request)

        def read(db: Transaction) -> dict[str, Any]:
            name, kind = organisation_of(db, who)
            if kind not in service.SCHOOLS:
                raise not_found()
            lines = [_line(words, one, at) for one in service.invitations_of(db, who.organisation_id)]
            return {"organisation": name, "fields": service.MAY_TELL[kind], "lines": lines}

        values = await entrance.database.read(read)
        values |= {"few": service.FEW, "most": service.MOST_PEOPLE, "longest": service.LONGEST_DAYS}
        done = request.query_params.get("done")
        values |= {
            "told": words(f"invitations.done.{done}") if done in _DONE else None,
            "people": _PEOPLE,
            "days": _DAYS,
        }
        values |= {"profiles": _profiles(words), "problem": words.refusal(refusal) if refusal else None}
        status = refusal.status if refusal else 200
        return pages.show(request, "invitations.html", session, status=status, **values)

    @router.get("/invitations")
    async def list_page(request: Request) -> Response:
        return await page(request)

    @router.post("/invitations")
    async def make(
        request: Request,
        csrf: Annotated[str, Form()] = "",
        key: Annotated[str | None, Form(max_length=120)] = None,
    ) -> Response:
        who, at = (await entrance.acting(request, csrf)).counsellor, entrance.clock()
        # Every other field is a number or a fact of a closed list; anything else is refused.
        form = {name: str(value)[:40] for name, value in (await request.form()).items()}
        asked = ["invite", {name: form[name] for name in sorted(form) if name not in ("csrf", "key")}]

        def work(db: Transaction) -> Answer:
            return once(db, who, key or None, asked, at=at, work=lambda: _make(db, who, form, at))

        try:
            await entrance.database.write(work)
        except Refused as error:
            if error.status != 422:
                raise
            return await page(request, refusal=error)
        return elsewhere(f"{_PAGE}?done=invite")

    @router.post("/invitations/{id}/revoke")
    async def revoke(request: Request, id: str, csrf: Annotated[str, Form()] = "") -> Response:
        who, at = (await entrance.acting(request, csrf)).counsellor, entrance.clock()
        await entrance.database.write(lambda db: service.revoke(db, who.organisation_id, id, actor=who.id, at=at))
        return elsewhere(f"{_PAGE}?done=revoke")


def _add_cards(router: APIRouter, pages: Pages, *, web: str, bot: str) -> None:
    entrance, drawing = pages.entrance, asyncio.Semaphore(1)

    @router.get("/invitations/{id}/cards.pdf")
    async def cards(request: Request, id: str) -> Response:
        who = (await entrance.session(request)).counsellor

        def read(db: Transaction) -> Invitation:
            audit.record(db, "invitation.print", id, actor=who.id, organisation_id=who.organisation_id)
            return service.one_invitation(db, who.organisation_id, id)

        found = await entrance.database.write(read)
        async with drawing:
            content = await asyncio.to_thread(print_cards, cards_of(found, web=web, bot=bot))
        headers = {"Content-Disposition": 'attachment; filename="verder-kaartjes.pdf"', **NO_STORE}
        return Response(content, media_type="application/pdf", headers=headers)


def _make(db: Transaction, who: Counsellor, form: Mapping[str, str], at: int) -> Answer:
    id = service.make(
        db,
        who.organisation_id,
        facts=_facts(form),
        people=_number(form.get("people")),
        shared=form.get("shared") == "yes",
        days=_number(form.get("days")),
        actor=who.id,
        at=at,
    )
    return {"id": id}


def _facts(form: Mapping[str, str]) -> dict[str, object]:
    """What was filled in; every field that is no setting must be a fact of the closed list."""
    settings = ("csrf", "key", "people", "days", "shared")
    given = {name: value for name, value in form.items() if name not in settings and value}
    return {name: int(value) if name == "mbo_level" and value.isdecimal() else value for name, value in given.items()}


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 6 else 0


def _line(words: Words, one: Invitation, at: int) -> Line:
    stands = "revoked" if one.revoked_at else "expired" if one.expires_at <= at else "good"
    counts = None if one.used is None else words("invitations.invite.counts", opened=one.opened, used=one.used)
    return Line(
        id=one.id,
        made=words.moment(one.made_at),
        until=_spoken(words, _day(one.expires_at)),
        tells=" ".join(words.say(fact_text(fact, value)) for fact, value in one.facts.items()),
        people=one.people,
        shared=one.shared,
        counts=counts,
        stands=stands,
        revoked=_spoken(words, _day(one.revoked_at)) if one.revoked_at else "",
    )


def _profiles(words: Words) -> list[tuple[str, str]]:
    return [(str(one), words.say(Text.of(f"questions.vso_profile.{one}"))) for one in FACTS["vso_profile"].values]


def _spoken(words: Words, day: date) -> str:
    return format_date(day, "d MMM y", locale=words.language.code)


def _day(at: int) -> date:
    return in_amsterdam(at).date()
