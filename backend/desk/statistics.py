"""Figures at the desk, as a page with pictures, as JSON and as files; who may see them says `backend.access`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Query, Request, Response

from backend.access.gate import own_organisation
from backend.db import Database, Transaction
from backend.desk import statistics_views as views
from backend.desk.duties import file_of
from backend.desk.entrance import NO_STORE, Clock, open_entrance
from backend.desk.frame import Pages, page_router
from backend.desk.words import Words
from backend.dutch_time import in_amsterdam
from backend.errors import not_found
from backend.organisations.counsellors import Counsellor
from backend.organisations.models import organisation_area
from backend.statistics import reading
from backend.statistics.figures import periods_over
from backend.statistics.reading import AnswerTimes, Scope, Table
from backend.statistics.withholding import FEW
from backend.support_requests.repository import organisation_of
from backend.vault import Vault
from bot.routers import join
from knowledge.regions import Regions
from locales import languages

_YEARS = 3
Short = Annotated[str, Query(max_length=12)]


@dataclass(frozen=True, slots=True)
class Look:
    """What is looked at: the organisation, its region with the municipalities in it, the chosen period and place."""

    organisation: str
    region: str
    places: tuple[str, ...]
    periods: tuple[str, ...]
    period: str
    place: str


@dataclass(frozen=True, slots=True)
class Found:
    """The figures of one look; nothing while no period is over."""

    look: Look
    tables: tuple[Table, ...] = ()
    own: tuple[Table, ...] = ()
    answers: AnswerTimes = AnswerTimes(None)


def make_router(
    database: Database, vault: Vault, regions: Regions, *, secure_cookies: bool, clock: Clock | None = None
) -> APIRouter:
    """The page /desk/statistics, its files, and /api/v1/desk/statistics."""
    pages = Pages(open_entrance(database, vault, secure_cookies=secure_cookies, clock=clock))
    router, api = page_router(pages), APIRouter(prefix="/api/v1/desk", tags=["desk"])
    entrance = pages.entrance

    async def look(who: Counsellor, period: str, place: str) -> Found:
        at = entrance.clock()
        return await entrance.database.read(lambda db: _find(db, regions, who, period, place, at=at))

    @router.get("/statistics")
    async def statistics(request: Request, period: Short = "", place: Short = "") -> Response:
        session = await entrance.session(request)
        found = await look(session.counsellor, period, place)
        return pages.show(request, "statistics.html", session, **_shown(pages.words(request), found, regions))

    @router.get("/statistics.{kind}")
    async def file(request: Request, kind: str, period: Short = "", place: Short = "") -> Response:
        session, words = await entrance.session(request), pages.words(request)
        if kind not in ("csv", "xlsx"):
            raise not_found()
        found = await look(session.counsellor, period, place)
        where = _place(words, found.look, found.look.place, regions)
        rows = views.file_rows(words, _sections(words, found, regions), period=found.look.period, place=where)
        return file_of(rows, kind, title=words("statistics.export.sheet"), name="verder-cijfers")

    @api.get("/statistics", dependencies=[Depends(own_organisation)])
    async def as_json(request: Request, response: Response, period: Short = "", place: Short = "") -> dict[str, Any]:
        session = await entrance.session(request)
        response.headers.update(NO_STORE)
        return _json(await look(session.counsellor, period, place))

    join(router, api)
    return router


def _find(db: Transaction, regions: Regions, who: Counsellor, period: str, place: str, *, at: int) -> Found:
    look, today = _look(db, regions, who, period, place, at=at), in_amsterdam(at).date()
    if not look.period:
        return Found(look)
    scope = Scope(int(look.period[:4]), today, _regions(regions), tuple(languages()))
    return Found(
        look,
        tuple(reading.region_tables(db, scope, period=look.period, region=look.region, place=look.place)),
        tuple(reading.own_tables(db, scope, who.organisation_id, period=look.period)),
        reading.answer_times(db, scope, who.organisation_id, period=look.period),
    )


def _look(db: Transaction, regions: Regions, who: Counsellor, period: str, place: str, *, at: int) -> Look:
    today = in_amsterdam(at).date()
    over = [one for year in range(today.year - _YEARS + 1, today.year + 1) for one in periods_over(year, today)]
    area = sa.select(organisation_area.c.municipality_code).where(
        organisation_area.c.organisation_id == who.organisation_id
    )
    home = regions.municipality(next(iter(sorted(db.execute(area).scalars())), ""))
    code = home.doorstroompunt_region_code if home else ""
    region = f"{views.REGION}{code}" if home else ""
    places = dict(_regions(regions)).get(region, ())
    return Look(
        organisation=organisation_of(db, who)[0],
        region=region,
        places=places,
        periods=tuple(reversed(over)),
        period=period if period in over else over[-1] if over else "",
        place=place if place in places else "",
    )


def _regions(regions: Regions) -> tuple[tuple[str, tuple[str, ...]], ...]:
    found: dict[str, list[str]] = {}
    for one in sorted(regions.municipalities.values(), key=lambda each: each.name):
        found.setdefault(f"{views.REGION}{one.doorstroompunt_region_code}", []).append(one.code)
    return tuple((code, tuple(places)) for code, places in sorted(found.items()))


def _sections(words: Words, found: Found, regions: Regions) -> list[views.Section]:
    tables = [views.section(words, one, regions) for one in (*found.tables, *found.own)]
    return [*tables[:1], views.answers(words, found.answers), *tables[1:]]


def _shown(words: Words, found: Found, regions: Regions) -> dict[str, Any]:
    look = found.look
    return {
        "organisation": look.organisation,
        "sections": _sections(words, found, regions) if look.period else [],
        "periods": [(one, views.period_name(words, one)) for one in look.periods],
        "places": [(one, _place(words, look, one, regions)) for one in ("", *look.places)],
        "look": look,
        "few": FEW,
    }


def _place(words: Words, look: Look, code: str, regions: Regions) -> str:
    if code:
        return views.place_name(regions, code)
    return words("statistics.page.region", name=views.region_name(regions, look.region))


def _json(found: Found) -> dict[str, Any]:
    answers = found.answers
    return {
        "period": found.look.period or None,
        "place": found.look.place or found.look.region,
        "fewest": FEW,
        "tables": {
            one.name: {line.key or "all": line.count for line in one.lines} for one in (*found.tables, *found.own)
        },
        "first_answer_hours": {
            "count": answers.count,
            **{
                name: None if value == float("inf") else value
                for name, value in (("median", answers.median), ("p90", answers.p90))
            },
        },
    }
