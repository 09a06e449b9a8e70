"""Conditions: three-valued logic, and moments that are days, months or years."""

import calendar
from dataclasses import dataclass
from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.conditions import (
    AgeBelow,
    AgeDiffers,
    All,
    Always,
    Anniversary,
    Assume,
    Before,
    Condition,
    Either,
    Evidence,
    FirstKnown,
    IfBefore,
    Is,
    LeapEve,
    Not,
    NotKnown,
    On,
    SchoolYearAfter,
    Situation,
    Today,
    Truth,
    years_after,
)
from knowledge.facts import PartialDate

TRUTHS: tuple[Truth, ...] = (True, False, None)
DAY = date(2026, 11, 22)
NOTHING = Situation({}, DAY)
DATES = st.builds(
    lambda day, precision: (PartialDate(day.year), PartialDate(day.year, day.month), PartialDate.of(day))[precision],
    st.dates(date(1990, 1, 1), date(2040, 12, 31)),
    st.integers(0, 2),
)


@dataclass(frozen=True)
class Fixed:
    """A condition that is as it is told."""

    truth: Truth
    name: str = "told"

    def holds(self, situation: Situation) -> Truth:
        return self.truth

    def reads(self) -> tuple[str, ...]:
        return (self.name,)


def kleene_and(parts: tuple[Truth, ...]) -> Truth:
    """The least of the parts, with unknown between false and true."""
    return False if False in parts else None if None in parts else True


def kleene_or(parts: tuple[Truth, ...]) -> Truth:
    """The greatest of the parts."""
    return True if True in parts else None if None in parts else False


@pytest.mark.parametrize("parts", list(product(TRUTHS, repeat=3)))
def test_the_tables_of_three_valued_logic(parts: tuple[Truth, ...]) -> None:
    """All, Either and Not follow Kleene's strong tables, in any order of the parts."""
    fixed: tuple[Condition, ...] = tuple(Fixed(truth) for truth in parts)
    assert All(fixed).holds(NOTHING) is kleene_and(parts)
    assert Either(fixed).holds(NOTHING) is kleene_or(parts)
    assert FirstKnown(fixed).holds(NOTHING) is next((truth for truth in parts if truth is not None), None)
    assert Not(All(fixed)).holds(NOTHING) is Either(tuple(Not(part) for part in fixed)).holds(NOTHING)


@pytest.mark.parametrize(("truth", "turned"), [(True, False), (False, True), (None, None)])
def test_what_is_not_so(truth: Truth, turned: Truth) -> None:
    """The opposite of unknown is unknown."""
    assert Not(Fixed(truth)).holds(NOTHING) is turned


@pytest.mark.parametrize("truth", TRUTHS)
def test_what_is_assumed_and_what_is_shown(truth: Truth) -> None:
    """An assumption fills in only what is unknown; evidence shows something only where it is there."""
    assert Assume(Fixed(truth), False).holds(NOTHING) is (truth or False)
    assert Assume(Fixed(truth), True).holds(NOTHING) is (True if truth is None else truth)
    assert Evidence(Fixed(truth), False).holds(NOTHING) is (False if truth else None)
    assert Evidence(Fixed(truth), True).holds(NOTHING) is (True if truth else None)


def test_conditions_about_single_facts() -> None:
    """A fact that is not there is unknown, except where the law itself speaks of not knowing."""
    knows = Situation({"diploma": False, "age": 19}, DAY)
    assert Always().holds(NOTHING) is True
    assert Is("diploma", (False,)).holds(knows) is True
    assert Is("diploma", (True,)).holds(knows) is False
    assert Is("diploma", (True,)).holds(NOTHING) is None
    assert NotKnown("diploma").holds(NOTHING) is True
    assert NotKnown("diploma").holds(knows) is False
    assert AgeBelow(20).holds(knows) is True
    assert AgeBelow(19).holds(knows) is False
    assert AgeBelow(19).holds(NOTHING) is None
    assert knows.without("age") == Situation({"diploma": False}, DAY)


@pytest.mark.parametrize(
    ("age", "born", "differs"),
    [
        (16, "2010-11-22", False),
        (16, "2010-11-23", False),
        (17, "2010-11-23", True),
        (14, "2010-11-23", False),
        (13, "2010-11-23", True),
        (15, "2010", False),
        (18, "2010", True),
        (None, "2010", None),
        (15, None, None),
    ],
)
def test_an_age_beside_a_birth_date(age: int | None, born: str | None, differs: Truth) -> None:
    """They contradict each other only when they are more than a year apart on every day it can be."""
    facts = {"age": age, "birth_date": PartialDate.parse(born) if born else None}
    assert AgeDiffers(1).holds(Situation(facts, DAY)) is differs


@given(st.dates(date(1901, 1, 1), date(2090, 1, 1)), st.integers(0, 30))
def test_an_anniversary_is_the_same_day_or_1_march(day: date, years: int) -> None:
    """So many years later is the same day; of 29 February it is 1 March where there is no 29 February (rule B4)."""
    later = years_after(day, years)
    assert later.year == day.year + years
    if (day.month, day.day) == (2, 29) and not calendar.isleap(later.year):
        assert (later.month, later.day) == (3, 1)
    else:
        assert (later.month, later.day) == (day.month, day.day)


@given(DATES, DATES, st.integers(0, 3), st.integers(0, 3))
def test_before_is_sure_only_when_every_day_says_so(one: PartialDate, other: PartialDate, plus: int, more: int) -> None:
    """For months and years "before" holds when it holds for every pair of days, and fails when it fails for every pair."""
    situation = Situation({"left_school_date": one, "diploma_date": other}, DAY)
    truth = Before(Anniversary(("left_school_date",), plus), Anniversary(("diploma_date",), more)).holds(situation)
    ends = [
        years_after(first, plus) < years_after(second, more)
        for first in (one.first, one.last)
        for second in (other.first, other.last)
    ]
    assert truth is (True if all(ends) else None if any(ends) else False)


def test_moments_that_depend_on_nothing_known() -> None:
    """Without its fact a moment has no span, and a comparison with it is unknown."""
    left = Anniversary(("left_school_date",))
    assert left.span(NOTHING) is None
    assert SchoolYearAfter(left).span(NOTHING) is None
    assert Before(Today(), left).holds(NOTHING) is None
    assert Before(left, Today()).holds(NOTHING) is None
    assert Today().span(NOTHING) == (DAY, DAY)


@pytest.mark.parametrize(
    ("day", "ends"), [("2026-07-31", "2026-08-01"), ("2026-08-01", "2027-08-01"), ("2026-01-01", "2026-08-01")]
)
def test_a_school_year_ends_on_31_july(day: str, ends: str) -> None:
    """The first day after the school year of a day is 1 August."""
    situation = Situation({"left_school_date": PartialDate.parse(day)}, DAY)
    first_after = date.fromisoformat(ends)
    assert SchoolYearAfter(Anniversary(("left_school_date",))).span(situation) == (first_after, first_after)


def test_the_first_date_that_is_known_counts() -> None:
    """An anniversary of several facts takes the first that is there, and a limit chooses between two moments."""
    either = Anniversary(("diploma_date", "left_school_date"), 1)
    left = PartialDate(2026, 7)
    assert either.span(Situation({"left_school_date": left}, DAY)) == (date(2027, 7, 1), date(2027, 7, 31))
    assert either.span(Situation({"left_school_date": left, "diploma_date": PartialDate(2025)}, DAY)) == (
        date(2026, 1, 1),
        date(2026, 12, 31),
    )
    early, late = On(date(2026, 1, 1)), On(date(2030, 1, 1))
    assert IfBefore(early, late, Today()).span(NOTHING) == early.span(NOTHING)
    assert IfBefore(late, early, Today()).span(NOTHING) == (DAY, DAY)
    assert IfBefore(either, late, Today()).span(NOTHING) == (DAY, DAY)


@pytest.mark.parametrize(
    ("start", "today", "eve"),
    [
        ("2024-02-29", date(2025, 2, 28), True),
        ("2024-02-29", date(2026, 2, 28), True),
        ("2024-02-29", date(2027, 2, 28), False),
        ("2024-02-29", date(2028, 2, 28), False),
        ("2024-02-29", date(2025, 2, 27), False),
        ("2024-02-29", date(2025, 3, 1), False),
        ("2024-02-28", date(2025, 2, 28), False),
        ("2024-02", date(2025, 2, 28), False),
        (None, date(2025, 2, 28), False),
    ],
)
def test_the_day_before_the_anniversary_of_a_leap_day(start: str | None, today: date, eve: bool) -> None:
    """Only on 28 February of a year without a 29th, so many years after a 29 February, is it the eve."""
    facts = {"left_school_date": PartialDate.parse(start)} if start else {}
    assert LeapEve("left_school_date", (1, 2)).holds(Situation(facts, today)) is eve


def test_everything_says_what_it_reads() -> None:
    """Each condition and moment names the facts it looks at, each once, in reading order."""
    left, got = Anniversary(("left_school_date",)), Anniversary(("diploma_date", "left_school_date"))
    assert Always().reads() == Today().reads() == On(DAY).reads() == ()
    assert All((Fixed(True, "b"), Either((Fixed(None, "a"), Fixed(None, "b"))))).reads() == ("b", "a")
    assert FirstKnown((NotKnown("c"), Is("c", (1,)))).reads() == ("c",)
    assert (
        Not(AgeBelow(3)).reads() == Assume(AgeBelow(3), True).reads() == Evidence(AgeBelow(3), True).reads() == ("age",)
    )
    assert AgeDiffers(1).reads() == ("age", "birth_date")
    assert LeapEve("birth_date", (1,)).reads() == ("birth_date",)
    assert Before(left, SchoolYearAfter(got)).reads() == ("left_school_date", "diploma_date", "left_school_date")
    assert IfBefore(left, Today(), got).reads() == ("left_school_date", "diploma_date", "left_school_date")
