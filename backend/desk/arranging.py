"""The page on which an organisation arranges its work: opening hours and promises, teams, and the queues they take."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter, Request, Response

from backend import audit
from backend.db import Transaction
from backend.desk.frame import Pages, elsewhere
from backend.desk.words import Words
from backend.dutch_time import in_amsterdam
from backend.errors import Refused
from backend.organisations import arranging
from backend.organisations.arranging import Arrangement, QueuePlan
from backend.organisations.counsellors import Counsellor
from backend.organisations.login import Session
from backend.queues.choosing import AGE_BANDS, TOPICS
from backend.queues.models import KINDS_OF_HELP
from backend.queues.settings import change_setting, setting_of
from backend.queues.working_time import BadHours
from backend.support_requests.models import support_request
from backend.support_requests.repository import organisation_of
from knowledge.holidays import REGIONS, known_until
from knowledge.regions import Regions, load_regions
from locales import languages

NUMBERS = ("first_answer_hours", "next_answer_hours", "claim_hours", "handover_days", "most_claims")
_LONGEST = 200
_FIELDS = 400
Form = Mapping[str, str]


def arranging_pages(router: APIRouter, pages: Pages) -> None:
    """Adds /desk/queues to the desk's router."""
    entrance = pages.entrance

    @router.get("/queues")
    async def queues(request: Request) -> Response:
        return await _page(pages, request, await entrance.session(request))

    @router.post("/queues/hours")
    async def hours(request: Request) -> Response:
        return await _change(pages, request, lambda db, who, form, _members: _set_hours(db, who, form))

    _add_teams(router, pages)
    _add_queues(router, pages)


def _add_teams(router: APIRouter, pages: Pages) -> None:
    @router.post("/queues/teams")
    async def new_team(request: Request) -> Response:
        return await _change(pages, request, lambda db, who, form, members: _keep_team(db, who, None, form, members))

    @router.post("/queues/teams/{id}")
    async def team(request: Request, id: str) -> Response:
        return await _change(pages, request, lambda db, who, form, members: _keep_team(db, who, id, form, members))


def _add_queues(router: APIRouter, pages: Pages) -> None:
    @router.post("/queues")
    async def new_queue(request: Request) -> Response:
        return await _change(pages, request, lambda db, who, form, members: _keep_queue(db, who, None, form, members))

    @router.post("/queues/{id}")
    async def queue(request: Request, id: str) -> Response:
        return await _change(pages, request, lambda db, who, form, members: _keep_queue(db, who, id, form, members))

    @router.post("/queues/{id}/remove")
    async def remove(request: Request, id: str) -> Response:
        return await _change(pages, request, lambda db, who, _form, _members: _drop_queue(db, who, id))


async def _change(
    pages: Pages, request: Request, work: Callable[[Transaction, Counsellor, Form, list[str]], object]
) -> Response:
    """Does `work` with the form and its chosen members; a refusal comes on top of the page."""
    raw = await request.form(max_fields=_FIELDS)
    form = {name: str(value)[:_LONGEST] for name, value in raw.items()}
    members = [str(value)[:32] for value in raw.getlist("members")]
    session = await pages.entrance.acting(request, form.get("csrf", ""))
    try:
        await pages.entrance.database.write(lambda db: work(db, session.counsellor, form, members))
    except Refused as error:
        if error.status != 422:
            raise
        return await _page(pages, request, session, refusal=error)
    return elsewhere("/desk/queues?done=arranged")


async def _page(pages: Pages, request: Request, session: Session, *, refusal: Refused | None = None) -> Response:
    who, words, vault = session.counsellor, pages.words(request), pages.entrance.vault

    def read(db: Transaction) -> dict[str, Any]:
        arranged = arranging.arrangement_of(db, vault, who)
        setting = setting_of(db, who.organisation_id)
        return {
            "arranged": arranged,
            "organisation": organisation_of(db, who)[0],
            "setting": setting,
            "region": _region_names(arranged),
            "known": _known(words, setting.holiday_region, pages.entrance.clock()),
        }

    values = await pages.entrance.database.read(read)
    values |= {
        "numbers": NUMBERS,
        "holiday_regions": REGIONS,
        "kinds": list(KINDS_OF_HELP),
        "topics": TOPICS,
        "age_bands": AGE_BANDS,
        "spoken": [(one.code, words.language_name(one.code)) for one in languages().values()],
        "problem": words.refusal(refusal) if refusal else None,
    }
    return pages.show(request, "queues.html", session, status=refusal.status if refusal else 200, **values)


def _set_hours(db: Transaction, who: Counsellor, form: Form) -> None:
    changes: dict[str, Any] = {name: _number(form, name) for name in NUMBERS}
    region = form.get("holiday_region") or None
    if region is not None and region not in REGIONS:
        raise Refused(422, "bad_request", fields={"holiday_region": "unknown"})
    try:
        change_setting(
            db, who.organisation_id, opening_hours=form.get("opening_hours", ""), holiday_region=region, **changes
        )
    except BadHours:
        raise Refused(422, "bad_hours", fields={"opening_hours": "unreadable"}) from None
    audit.record(db, "queue.arrange", who.organisation_id, actor=who.id, organisation_id=who.organisation_id)


def _number(form: Form, name: str) -> int | None:
    """A whole number from 1 to 1000; only the load may be left open."""
    written = form.get(name, "")
    if name == "most_claims" and not written:
        return None
    if not (written.isascii() and written.isdecimal() and 1 <= int(written) <= 1000):
        raise Refused(422, "bad_request", fields={name: "1-1000"})
    return int(written)


def _keep_team(db: Transaction, who: Counsellor, id: str | None, form: Form, members: list[str]) -> None:
    arranging.keep_team(db, who, id, name=form.get("name", ""), members=members)


def _keep_queue(db: Transaction, who: Counsellor, id: str | None, form: Form, members: list[str]) -> None:
    names = ("name", "kind_of_help", "topic", "language", "age_band", "team_id")
    arranging.keep_queue(db, who, id, QueuePlan(**{name: form.get(name, "") for name in names}, members=members))


def _drop_queue(db: Transaction, who: Counsellor, id: str) -> None:
    lies = sa.select(support_request.c.id).where(support_request.c.queue_id == id).limit(1)
    arranging.drop_queue(db, who, id, holds_requests=db.execute(lies).first() is not None)


def _region_names(arranged: Arrangement) -> str:
    """The Doorstroompunt regions in which the organisation works."""
    found = [_regions().municipality(code) for code in arranged.municipalities]
    return ", ".join(sorted({one.doorstroompunt_region_name for one in found if one}))


def _known(words: Words, region: str | None, at: int) -> str:
    """Until when the school holidays are known, where the organisation closes in them."""
    if region not in REGIONS:
        return ""
    until = known_until(region)
    if until is None or until <= in_amsterdam(at).date():
        return words("work.queues.holidays_gone")
    return words("work.queues.holidays_until", day=until)


@cache
def _regions() -> Regions:
    return load_regions()
