"""Figures: nothing about fewer than five people can be read, or worked out from what is shown, in whatever way."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.db import Database, Transaction, run_now
from backend.engines import open_database
from backend.statistics import reading
from backend.statistics.figures import ALL, Asked, figures_of, months_of, months_over, periods_over, quantile
from backend.statistics.models import organisation_tally, tally
from backend.statistics.reading import Scope
from backend.statistics.service import add_up, count_at, count_first_answer, count_use
from backend.statistics.withholding import FEW, shown
from dialogs.effects import CountUse
from sizes import size

ROWS, COLUMNS = ("a", "b", "c", "d"), ("x", "y")
GROUPS = {"ab": ("a", "b"), "cd": ("c", "d")}
LATER = date(2027, 3, 1)
Vector = tuple[int, ...]


class Figures:
    """A database with nothing in it."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def do(self, work: Callable[[Transaction], Any]) -> Any:
        """Runs one transaction."""
        return run_now(self.database, work)

    def rows(self, statement: sa.Select[Any]) -> Sequence[sa.Row[Any]]:
        """The rows of a query."""
        found: Sequence[sa.Row[Any]] = self.do(lambda db: db.execute(statement).all())
        return found

    def count(self, table: sa.Table) -> int:
        """How many rows a table has."""
        return len(self.rows(sa.select(table)))


@pytest.fixture
def figures(database_url: str) -> Iterator[Figures]:
    """On each of the two databases."""
    database = open_database(database_url)
    yield Figures(database)
    database.close()


def _combined(vectors: Sequence[Vector], target: Vector) -> bool:
    """Whether the target is a sum of multiples of the vectors: exact elimination over a prime field."""
    prime = 2_147_483_647
    basis: list[list[int]] = []
    for vector in [*vectors, target]:
        left = [value % prime for value in vector]
        for row in basis:
            lead = next(i for i, value in enumerate(row) if value)
            if left[lead]:
                factor = left[lead] * pow(row[lead], -1, prime) % prime
                left = [(a - factor * b) % prime for a, b in zip(left, row, strict=True)]
        if not any(left):
            if vector is target:
                return True
            continue
        basis.append(left)
    return False


@settings(max_examples=size(60, 1000), deadline=None)
@given(st.lists(st.integers(0, 12), min_size=24, max_size=24))
def test_no_small_cell_is_a_sum_of_what_is_shown(values: list[int]) -> None:
    """Rows, columns, groups, totals, months and a quarter together: no sum or difference of them is a small cell, and
    none is the sum of a few cells that are small together."""
    cells = list(itertools.product((1, 2, 3), ROWS, COLUMNS))
    counts = dict(zip(cells, values, strict=True))
    figures = figures_of(counts, year=2026, today=date(2026, 4, 2), rows=ROWS, columns=COLUMNS, groups=GROUPS)
    vectors = []
    for asked, told in figures.items():
        among = GROUPS.get(asked.row, (asked.row,) if asked.row else ROWS)
        inside = set(itertools.product(months_of(asked.period), among, (asked.column,) if asked.column else COLUMNS))
        if told is not None:
            assert told == sum(counts[cell] for cell in inside) >= FEW
            vectors.append(tuple(int(cell in inside) for cell in cells))
    small = [cell for cell in cells if counts[cell] < FEW]
    pairs = [pair for pair in itertools.combinations(cells, 2) if sum(counts[cell] for cell in pair) < FEW]
    picked = random.Random(sum(values)).sample(pairs, min(len(pairs), 10))
    for hidden in [*((cell,) for cell in small), *picked]:
        assert not _combined(vectors, tuple(int(cell in hidden) for cell in cells))


@settings(max_examples=size(40, 400), deadline=None)
@given(st.lists(st.integers(0, 9), min_size=24, max_size=24), st.integers(1, 3))
def test_what_was_shown_stays_shown(values: list[int], month: int) -> None:
    """The figures of a month are the same the day after it and a year later: no two looks can be compared."""
    counts = dict(zip(itertools.product((1, 2, 3), ROWS, COLUMNS), values, strict=True))

    def look(today: date) -> dict[Asked, int | None]:
        return dict(figures_of(counts, year=2026, today=today, rows=ROWS, columns=COLUMNS, groups=GROUPS))

    early, late = look(date(2026, month + 1, 1)), look(LATER)
    assert early.items() <= late.items()


@settings(max_examples=size(100, 2000), deadline=None)
@given(st.lists(st.integers(0, 8), min_size=6, max_size=6), st.lists(st.integers(1, 62), min_size=1, max_size=9))
def test_everything_shown_is_made_of_large_pieces(values: list[int], masks: list[int]) -> None:
    """Whatever overlapping figures are asked for, the pieces that the shown ones cut out are none smaller than five."""
    counts = dict(enumerate(values))
    figures = [[cell for cell in counts if mask >> cell & 1] for mask in masks]
    told = [set(figure) for figure, fits in zip(figures, shown(counts, figures), strict=True) if fits]
    pieces: dict[tuple[bool, ...], int] = {}
    for cell, count in counts.items():
        signs = tuple(cell in figure for figure in told)
        pieces[signs] = pieces.get(signs, 0) + count
    assert all(total >= FEW for signs, total in pieces.items() if any(signs))


def test_a_small_row_hides_another_or_the_total() -> None:
    """With 20, 30 and 2 the total would tell the 2: the largest is shown, and the next smallest is not."""
    counts = {(1, "a", "x"): 20, (1, "b", "x"): 30, (1, "c", "x"): 2}
    figures = figures_of(counts, year=2026, today=date(2026, 2, 1), rows=("a", "b", "c"), columns=("x",))
    told = {asked.row: count for asked, count in figures.items() if asked.period == "2026-01" and not asked.column}
    assert told == {ALL: 52, "a": None, "b": 30, "c": None}


def test_a_quarter_does_not_tell_its_small_month() -> None:
    """When two months of a quarter are shown and the third is small, the quarter is not shown, and then neither the year."""
    counts = {(month, "a", "x"): count for month, count in ((1, 10), (2, 20), (3, 2), (4, 7), (5, 8), (6, 9))}
    figures = figures_of(counts, year=2026, today=LATER, rows=("a",), columns=("x",))
    assert [figures[Asked(f"2026-0{month}")] for month in range(1, 7)] == [10, 20, None, 7, 8, 9]
    assert (figures[Asked("2026-Q1")], figures[Asked("2026-Q2")], figures[Asked("2026")]) == (None, 24, None)


def test_only_periods_that_are_over() -> None:
    """On any day only whole months, quarters and years before it are there."""
    assert periods_over(2026, date(2026, 1, 31)) == ()
    assert periods_over(2026, date(2026, 4, 1)) == ("2026-01", "2026-02", "2026-03", "2026-Q1")
    assert periods_over(2026, date(2027, 1, 1))[-2:] == ("2026-Q4", "2026")
    assert list(months_over(2027, date(2026, 5, 1))) == []
    assert [list(months_of(period)) for period in ("2026-11", "2026-Q2")] == [[11], [4, 5, 6]]


def test_quantiles_of_limits() -> None:
    """Half of ten answers came within two hours, nine of ten within eight; without answers there is nothing to say."""
    limits = [(1.0, 2), (2.0, 3), (8.0, 4), (float("inf"), 1)]
    assert (quantile(limits, 0.5), quantile(limits, 0.9), quantile(limits, 1.0)) == (2.0, 8.0, float("inf"))
    assert quantile([], 0.5) is None


@pytest.mark.parametrize("added_up", ["never", "halfway", "twice"])
def test_the_region_of_one_and_the_country(figures: Figures, added_up: str) -> None:
    """A region's figures, its municipalities' and those of everywhere come from one table: who did not say where they live
    cannot be worked out when they are few. It is the same whether what was counted has been added up, partly or not."""
    at = _moment(2026, 1, 15)

    def count(db: Transaction) -> None:
        for place, many in (("0344", 12), ("0310", 7), ("0014", 9)):
            for _ in range(many):
                count_use(db, CountUse("reach", "conversation"), at=at)
                count_use(db, CountUse("reach", "conversation", place), at=at)
        for _ in range(3):
            if added_up == "halfway":
                assert add_up(db)
            count_use(db, CountUse("reach", "conversation"), at=at)

    figures.do(count)
    if added_up == "twice":
        assert figures.do(add_up) == 59
        assert figures.do(add_up) == 0
    assert figures.count(tally) == {"never": 0, "halfway": 4, "twice": 4}[added_up]
    scope = Scope(2026, date(2026, 2, 1), (("region-1", ("0310", "0344")), ("region-2", ("0014",))), ("nl",))
    (reach, *_) = figures.do(lambda db: reading.region_tables(db, scope, period="2026-01", region="region-1", place=""))
    found = {line.key: line.count for line in reach.lines}
    assert found["all"] is None
    assert found["region-1"] == 19
    assert found["0344"] == 12
    assert found["0310"] == 7
    (other, *_) = figures.do(lambda db: reading.region_tables(db, scope, period="2026-01", region="region-2", place=""))
    assert {line.key: line.count for line in other.lines}["region-2"] == 9


def test_an_organisation_sees_its_own(figures: Figures) -> None:
    """Requests, handovers, offers and answer times are those of one organisation; of few nothing is told."""
    at = _moment(2026, 1, 15)

    def count(db: Transaction) -> None:
        for _ in range(6):
            count_at(db, "here", "request", "work nl", at=at)
            count_at(db, "there", "request", "work nl", at=at)
            count_first_answer(db, "here", hours=3.5, at=at)
            count_at(db, "here", "handover", "sent", at=at)
        count_at(db, "here", "handover", "came_back", at=at)
        count_first_answer(db, "few", hours=300, at=at)

    figures.do(count)
    assert figures.count(organisation_tally) == 6
    scope = Scope(2026, date(2026, 2, 1), (), ("nl", "en"))
    tables = figures.do(lambda db: reading.own_tables(db, scope, "here", period="2026-01"))
    found = {table.name: {line.key: line.count for line in table.lines} for table in tables}
    assert found["kind"][ALL] == 6
    assert found["handover"] == {"sent": 6, "came_back": None}
    times = figures.do(lambda db: reading.answer_times(db, scope, "here", period="2026-01"))
    assert (times.count, times.median, times.p90) == (6, 4.0, None)
    assert figures.do(lambda db: reading.answer_times(db, scope, "few", period="2026-01")).count is None


def test_ten_answers_have_a_slowest_tenth(figures: Figures) -> None:
    """From ten answers on there is a p90, and it can be beyond the last limit."""

    def count(db: Transaction) -> None:
        for number in range(10):
            count_first_answer(db, "ten", hours=0.5 if number < 8 else 500, at=_moment(2026, 1, 20))

    figures.do(count)
    scope = Scope(2026, date(2026, 2, 1), (), ("nl",))
    times = figures.do(lambda db: reading.answer_times(db, scope, "ten", period="2026-01"))
    assert (times.count, times.median, times.p90) == (10, 1.0, float("inf"))


@pytest.mark.parametrize(
    ("year", "month", "day", "hour", "counted"), [(2026, 1, 1, 0, "2026-01"), (2026, 7, 1, 0, "2026-07")]
)
def test_months_are_those_of_dutch_clocks(
    figures: Figures, year: int, month: int, day: int, hour: int, counted: str
) -> None:
    """What happens just after midnight on the first in the Netherlands belongs to that month, in winter and in summer."""
    figures.do(lambda db: count_use(db, CountUse("reach", "conversation"), at=_moment(year, month, day, hour)))
    assert figures.do(add_up) == 1
    assert figures.rows(sa.select(tally.c.month))[0][0] == counted


def _moment(year: int, month: int, day: int, hour: int = 12) -> int:
    local = datetime(year, month, day, hour, 5, tzinfo=ZoneInfo("Europe/Amsterdam"))
    return int(local.timestamp()) * 1_000_000
