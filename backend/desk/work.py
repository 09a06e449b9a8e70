"""Daily work at the desk as pages: drafts, offering a call, being away, searching in one's own requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response

from backend.db import Transaction
from backend.desk.canned import canned_pages
from backend.desk.entrance import NO_STORE
from backend.desk.frame import Pages, elsewhere
from backend.dutch_time import AMSTERDAM, in_amsterdam
from backend.errors import Refused
from backend.organisations.login import Session
from backend.queues.settings import away_until, be_away, setting_of, stand_in_of
from backend.support_requests import appointments, drafts, searching, standing_in

_SECOND = 1_000_000
Csrf = Annotated[str, Form()]


def work_pages(router: APIRouter, pages: Pages) -> None:
    """Adds the pages to the desk's router; before those of a request, which take any other action."""
    canned_pages(router, pages)
    _add_drafts(router, pages)
    _add_calls(router, pages)
    _add_away(router, pages)
    _add_search(router, pages)


def _add_drafts(router: APIRouter, pages: Pages) -> None:
    entrance = pages.entrance

    @router.post("/requests/{request_id}/draft")
    async def draft(request: Request, request_id: str, csrf: Csrf = "", text: Annotated[str, Form()] = "") -> Response:
        who, at = (await entrance.acting(request, csrf)).counsellor, entrance.clock()
        await entrance.database.write(
            lambda db: drafts.keep_draft(db, entrance.vault, who, request_id, text=text, at=at)
        )
        if request.headers.get("hx-request") is not None:
            return Response(status_code=204, headers=NO_STORE)
        return elsewhere(f"/desk/requests/{request_id}?done=draft")


def _add_calls(router: APIRouter, pages: Pages) -> None:
    entrance = pages.entrance

    @router.post("/requests/{request_id}/call")
    async def call(request: Request, request_id: str) -> Response:
        form = {name: str(value)[:120] for name, value in (await request.form()).items()}
        session, at = await entrance.acting(request, form.get("csrf", "")), entrance.clock()

        def work(db: Transaction) -> str:
            moments = _moments(form)
            return appointments.propose_call(db, entrance.vault, session.counsellor, request_id, moments=moments, at=at)

        try:
            await entrance.database.write(work)
        except Refused as error:
            if error.status not in (409, 422):
                raise
            return await pages.request_page(request, session, request_id, refusal=error)
        return elsewhere(f"/desk/requests/{request_id}?done=call")

    @router.post("/requests/{request_id}/call/withdraw")
    async def withdraw(request: Request, request_id: str, csrf: Csrf = "") -> Response:
        who, at = (await entrance.acting(request, csrf)).counsellor, entrance.clock()
        await entrance.database.write(lambda db: appointments.withdraw_call(db, entrance.vault, who, request_id, at=at))
        return elsewhere(f"/desk/requests/{request_id}?done=call_withdrawn")


def _add_away(router: APIRouter, pages: Pages) -> None:
    entrance = pages.entrance

    @router.get("/away")
    async def away(request: Request) -> Response:
        return await _away_page(pages, request, await entrance.session(request))

    @router.post("/away")
    async def go(
        request: Request,
        csrf: Csrf = "",
        back: Annotated[str, Form(max_length=20)] = "",
        stand_in: Annotated[str, Form(max_length=32)] = "",
    ) -> Response:
        session, at = await entrance.acting(request, csrf), entrance.clock()
        who = session.counsellor

        def leave(db: Transaction) -> Sequence[str]:
            until = _opening_on(db, who.organisation_id, back)
            return standing_in.go_away(db, entrance.vault, who, until=until, stand_in=stand_in or None, at=at)

        try:
            left = await entrance.database.write(leave)
        except Refused as error:
            if error.status != 422:
                raise
            return await _away_page(pages, request, session, refusal=error)
        for id in left:  # one by one, so that no two conversations are ever held at once
            give_back = partial(standing_in.leave_behind, vault=entrance.vault, who=who, request_id=id, at=at)
            try:
                await entrance.database.write(give_back)
            except Refused:
                continue  # it changed in between, or may not be read any more
        return elsewhere("/desk/away?done=away")

    @router.post("/away/back")
    async def here(request: Request, csrf: Csrf = "") -> Response:
        who = (await entrance.acting(request, csrf)).counsellor
        await entrance.database.write(lambda db: be_away(db, who.id, until=None))
        return elsewhere("/desk/away?done=back")


async def _away_page(pages: Pages, request: Request, session: Session, *, refusal: Refused | None = None) -> Response:
    entrance = pages.entrance
    who, at, words = session.counsellor, entrance.clock(), pages.words(request)

    def read(db: Transaction) -> dict[str, Any]:
        back = away_until(db, who.id, at=at)
        found = standing_in.colleagues(db, entrance.vault, who, at=at)
        return {
            "back": words.moment(back) if back else None,
            "stand_in": dict(found).get(stand_in_of(db, who.id) or "") if back else None,
            "colleagues": found,
            "mine": len(standing_in.claimed_by(db, who)),
        }

    values = await entrance.database.read(read)
    values |= {"today": in_amsterdam(at).date(), "problem": words.refusal(refusal) if refusal else None}
    return pages.show(request, "away.html", session, status=refusal.status if refusal else 200, **values)


def _add_search(router: APIRouter, pages: Pages) -> None:
    entrance = pages.entrance

    @router.get("/search")
    async def search_page(request: Request) -> Response:
        return pages.show(request, "search.html", await entrance.session(request), wanted="", hits=None)

    @router.post("/search")
    async def search(request: Request, csrf: Csrf = "", wanted: Annotated[str, Form(max_length=80)] = "") -> Response:
        """Words about people do not belong in an address, so they are posted."""
        session, words = await entrance.acting(request, csrf), pages.words(request)
        found = await entrance.database.write(
            lambda db: searching.search_own(db, entrance.vault, session.counsellor, wanted)
        )
        hits = [
            (one.request.id, one.request.id[:6], words.named("help", one.request.kind_of_help), one.words)
            for one in found
        ]
        return pages.show(request, "search.html", session, wanted=wanted, hits=hits)


def _moments(form: Mapping[str, str]) -> list[int]:
    """The moments of the fields day1, time1 … day3, time3, in Dutch time; half a moment is refused."""
    moments = []
    for place in range(1, appointments.MOST + 1):
        day, clock = form.get(f"day{place}", ""), form.get(f"time{place}", "")
        if day or clock:
            moments.append(_stored(f"{day}T{clock}", "bad_moments"))
    return moments


def _opening_on(db: Transaction, organisation_id: str, day: str) -> int:
    """When the organisation opens on this day, or else after it."""
    start = _stored(f"{day}T00:00", "bad_day")
    return setting_of(db, organisation_id).working_time.next_opening(start)


def _stored(written: str, code: str) -> int:
    try:
        then = datetime.fromisoformat(written)
    except ValueError:
        raise Refused(422, code, fields={"when": "not a moment"}) from None
    if len(written) < len("2026-01-01T00:00"):
        raise Refused(422, code, fields={"when": "not a moment"})
    return int(then.replace(tzinfo=AMSTERDAM).timestamp()) * _SECOND
