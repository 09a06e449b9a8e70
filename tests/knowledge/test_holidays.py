"""When the Netherlands is closed, against days that are known from the calendar."""

from __future__ import annotations

import itertools
from datetime import date

import pytest

from knowledge.holidays import (
    REGIONS,
    easter,
    holiday_warnings,
    is_closed,
    known_until,
    public_holidays,
    school_holidays,
)


@pytest.mark.parametrize(
    ("year", "day"),
    [
        (2000, date(2000, 4, 23)),
        (2008, date(2008, 3, 23)),
        (2011, date(2011, 4, 24)),
        (2026, date(2026, 4, 5)),
        (2027, date(2027, 3, 28)),
        (2038, date(2038, 4, 25)),
    ],
)
def test_easter(year: int, day: date) -> None:
    """Easter falls where the almanac has it, early and late years among them."""
    assert easter(year) == day


def test_public_holidays_of_a_year() -> None:
    """2026 has its nine days off, and 5 May is not one of them."""
    assert sorted(public_holidays(2026)) == [
        date(2026, 1, 1),
        date(2026, 4, 5),
        date(2026, 4, 6),
        date(2026, 4, 27),
        date(2026, 5, 14),
        date(2026, 5, 24),
        date(2026, 5, 25),
        date(2026, 12, 25),
        date(2026, 12, 26),
    ]


def test_days_that_move() -> None:
    """The King's day on a Sunday is kept on Saturday; 5 May is a day off once in five years."""
    assert date(2025, 4, 26) in public_holidays(2025)
    assert date(2025, 4, 27) not in public_holidays(2025)
    assert date(2025, 5, 5) in public_holidays(2025)


def test_school_holidays_count_only_for_their_region() -> None:
    """A Monday in the Christmas holiday is closed for who follows a region, and open for who follows none."""
    monday = date(2026, 12, 21)
    assert all(is_closed(monday, region) for region in REGIONS)
    assert not is_closed(monday)
    assert is_closed(date(2027, 1, 1))
    assert not is_closed(date(2027, 2, 22), "noord")


def test_school_holidays_are_whole() -> None:
    """Every holiday ends after it began, has a region that exists, and two of one region never overlap."""
    for region in REGIONS:
        own = [one for one in school_holidays() if one.region == region]
        assert own
        assert all(one.first < one.last for one in own)
        assert all(one.last < later.first for one, later in itertools.pairwise(own))
    assert {one.region for one in school_holidays()} == set(REGIONS)


def test_it_is_said_when_the_data_run_out() -> None:
    """A region whose school holidays are not known half a year ahead is named; before that nobody is."""
    assert list(holiday_warnings(date(2026, 1, 1))) == []
    assert len(list(holiday_warnings(date(2090, 1, 1)))) == len(REGIONS)
    assert known_until("midden") == date(2027, 8, 29)
