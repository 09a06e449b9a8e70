"""What may be shown to an organisation: conversations of its region, and what happened at the organisation itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal

import sqlalchemy as sa

from backend.db import Transaction
from backend.queues.models import KINDS_OF_HELP
from backend.statistics.figures import ALL, Asked, Cell, Figures, figures_of, months_of, quantile
from backend.statistics.models import helped, organisation_tally, tally, tally_step
from backend.statistics.service import ANSWER_HOURS

GOALS = ("rights", "who_helps", "learning", "money", "sheltered", "document", "contact", "request", "transition")
UNMET = ("school", "doorstroompunt", "gemeente")
OFFERS = ("due", "made", "again_due", "again_made")
MOVES = ("sent", "came_back")
HOURS = (*(str(limit) for limit in ANSWER_HOURS), "more")
_SOMEWHERE = "somewhere"
"""The row of those who did not say where they live."""
_ONLY = "only"
_FOR_P90 = 10
"""Of fewer answers the slowest tenth would be one single answer."""

Name = Literal["reach", "question", "unmet", "helped", "kind", "language", "handover", "offer"]
Counts = Mapping[tuple[str, str], int]
"""By month ("2026-11") and detail."""


@dataclass(frozen=True, slots=True)
class Line:
    """One figure of a table: what it counts, and how many; None where fewer than five, or where it would give that away."""

    key: str
    count: int | None


@dataclass(frozen=True, slots=True)
class Table:
    """The figures of one measure in one period and place."""

    name: Name
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class AnswerTimes:
    """Working hours within which half, and nine of ten, first answers came; None where too few, or beyond the last."""

    count: int | None
    median: float | None = None
    p90: float | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """Which figures: a year as it stands today, the country's regions (municipality codes by region), and the languages.

    All regions always, whoever looks: what one may see and what another may see cannot be put together either.
    """

    year: int
    today: date
    regions: tuple[tuple[str, tuple[str, ...]], ...]
    languages: tuple[str, ...]


def region_tables(db: Transaction, scope: Scope, *, period: str, region: str, place: str) -> list[Table]:
    """Conversations, questions and unmet needs of a region, or of one municipality in it (`place`, "" for all)."""
    counted = _placed(db, scope.year)
    where = place or region
    municipalities = next((places for code, places in scope.regions if code == region), ())
    reach = _by_place(counted, scope, "reach", "conversation")
    here = [Line("all", reach.get(Asked(period))), Line(region, reach.get(Asked(period, region)))]
    here += [Line(one, reach.get(Asked(period, one))) for one in municipalities]

    def lines(measure: str, details: Sequence[str]) -> list[Line]:
        found = ((one, _by_place(counted, scope, measure, one)) for one in details)
        return [Line(one, figures.get(Asked(period, where))) for one, figures in found]

    spoken = tuple(f"language-{code}" for code in scope.languages)
    return [
        Table("reach", here),
        Table("question", lines("question", GOALS)),
        Table("unmet", lines("unmet", (*UNMET, *spoken))),
        Table("helped", _helped(db, scope, period)),
    ]


def own_tables(db: Transaction, scope: Scope, organisation_id: str, *, period: str) -> list[Table]:
    """Requests, handovers and offers of an organisation."""
    asked: dict[Cell, int] = {}
    for (month, detail), count in _own(db, scope.year, organisation_id, "request").items():
        kind, _, language = detail.partition(" ")
        asked[_month(month), kind, language] = count
    requests = figures_of(asked, year=scope.year, today=scope.today, rows=tuple(KINDS_OF_HELP), columns=scope.languages)
    return [
        Table("kind", [Line(one, requests.get(Asked(period, one))) for one in (ALL, *KINDS_OF_HELP)]),
        Table("language", [Line(one, requests.get(Asked(period, ALL, one))) for one in scope.languages]),
        Table("handover", _singly(db, scope, organisation_id, "handover", MOVES, period)),
        Table("offer", _singly(db, scope, organisation_id, "offer", OFFERS, period)),
    ]


def answer_times(db: Transaction, scope: Scope, organisation_id: str, *, period: str) -> AnswerTimes:
    """How fast first answers came; nothing of a period whose count may not be shown."""
    found = _own(db, scope.year, organisation_id, "answer")
    cells: dict[Cell, int] = {}
    for (month, _), number in found.items():
        key = (_month(month), _ONLY, _ONLY)
        cells[key] = cells.get(key, 0) + number
    count = _one(cells, scope).get(Asked(period))
    if count is None:
        return AnswerTimes(None)
    months = months_of(period)
    within = dict.fromkeys(HOURS, 0)
    for (month, limit), number in found.items():
        within[limit] += number if _month(month) in months else 0
    limits = [(float("inf") if limit == "more" else float(limit), number) for limit, number in within.items()]
    return AnswerTimes(count, quantile(limits, 0.5), quantile(limits, 0.9) if count >= _FOR_P90 else None)


def _by_place(counted: Mapping[tuple[str, str], Counts], scope: Scope, measure: str, detail: str) -> Figures:
    """The figures of one detail over the whole country; who did not say where they live is a row as well."""
    counts = counted.get((measure, detail), {})
    return _country(tuple(sorted(counts.items())), scope)


@lru_cache(maxsize=256)
def _country(counts: tuple[tuple[tuple[str, str], int], ...], scope: Scope) -> Figures:
    cells: dict[Cell, int] = {}
    for (month, place), count in counts:
        there, somewhere = (_month(month), place, _ONLY), (_month(month), _SOMEWHERE, _ONLY)
        if place:
            cells[there] = count
        cells[somewhere] = cells.get(somewhere, 0) + (-count if place else count)
    used = {place for _, place, _ in cells}
    # Places where nothing was counted in the whole year are one row for each region: none of them is ever shown alone.
    groups = {region: _rows_of(region, places, used) for region, places in scope.regions}
    rows = [place for places in groups.values() for place in places]
    return figures_of(
        cells,
        year=scope.year,
        today=scope.today,
        rows=(*rows, _SOMEWHERE),
        columns=(_ONLY,),
        groups=groups,
    )


def _rows_of(region: str, places: Sequence[str], used: Collection[str]) -> tuple[str, ...]:
    there = tuple(place for place in places if place in used)
    return there if len(there) == len(places) else (*there, f"rest of {region}")


def _singly(
    db: Transaction, scope: Scope, organisation_id: str, measure: str, details: Sequence[str], period: str
) -> list[Line]:
    """Each detail by itself: they are not parts of one whole."""
    found = _own(db, scope.year, organisation_id, measure)
    lines = []
    for one in details:
        cells = {(_month(month), _ONLY, _ONLY): count for (month, detail), count in found.items() if detail == one}
        lines.append(Line(one, _one(cells, scope).get(Asked(period))))
    return lines


def _one(cells: Mapping[Cell, int], scope: Scope) -> Figures:
    return figures_of(cells, year=scope.year, today=scope.today, rows=(_ONLY,), columns=(_ONLY,))


def _helped(db: Transaction, scope: Scope, period: str) -> list[Line]:
    """Of each goal how often the answer helped and how often it did not, everywhere."""
    total = sa.func.sum(helped.c.count).label("total")
    by = (helped.c.month, helped.c.goal, helped.c.helped)
    cells: dict[str, dict[Cell, int]] = {goal: {} for goal in GOALS}
    for row in db.execute(sa.select(*by, total).where(helped.c.month.like(f"{scope.year}-%")).group_by(*by)):
        cells.get(row.goal, {})[_month(row.month), _ONLY, "yes" if row.helped else "no"] = int(row.total)
    lines = []
    for goal in GOALS:
        figures = figures_of(
            cells[goal], year=scope.year, today=scope.today, rows=(_ONLY,), columns=("yes", "no"), whole=False
        )
        lines += [Line(f"{goal} {word}", figures.get(Asked(period, ALL, word))) for word in ("yes", "no")]
    return lines


def _placed(db: Transaction, year: int) -> dict[tuple[str, str], dict[tuple[str, str], int]]:
    """By measure and detail, the counts by month and place."""
    found: dict[tuple[str, str], dict[tuple[str, str], int]] = {}
    of, new = tally.c, tally_step.c
    cell = (new.measure, new.detail, new.month, new.place)
    added = sa.select(of.measure, of.detail, of.month, of.place, of.count.label("number"))
    fresh = sa.select(*cell, sa.func.count().label("number")).where(new.month.like(f"{year}-%")).group_by(*cell)
    for row in db.execute(sa.union_all(added.where(of.month.like(f"{year}-%")), fresh)):
        counts = found.setdefault((row.measure, row.detail), {})
        counts[row.month, row.place] = counts.get((row.month, row.place), 0) + row.number
    return found


def _own(db: Transaction, year: int, organisation_id: str, measure: str) -> dict[tuple[str, str], int]:
    of = organisation_tally.c
    mine = sa.and_(of.organisation_id == organisation_id, of.measure == measure, of.month.like(f"{year}-%"))
    rows = db.execute(sa.select(of.month, of.detail, of.count.label("number")).where(mine)).all()
    return {(row.month, row.detail): row.number for row in rows}


def _month(written: str) -> int:
    return int(written[5:])
