"""Both nights of forty years in which the clocks change: opening hours, promises and what is done every night."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.dutch_time import AMSTERDAM, in_amsterdam
from backend.queues.working_time import USUAL, WorkingTime, read_hours
from backend.support_requests.orphans import next_night
from knowledge.holidays import is_closed
from sizes import size

YEARS = range(2026, 2066)
MINUTE = 60 * 1_000_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def _last_sunday(year: int, month: int) -> date:
    last = date(year, month, 31)
    return last - timedelta(days=(last.weekday() + 1) % 7)


NIGHTS = [_last_sunday(year, month) for year in YEARS for month in (3, 10)]


def _at(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000


def _midnight(day: date) -> int:
    return _at(datetime.combine(day, time(0), UTC))


def test_these_are_the_nights() -> None:
    """Each of them has 23 or 25 hours in Dutch time."""
    for day in NIGHTS:
        start, end = (datetime.combine(one, time(0), AMSTERDAM) for one in (day, day + timedelta(days=1)))
        assert (_at(end) - _at(start)) / HOUR == (23 if day.month == 3 else 25)


@pytest.mark.parametrize("written", [USUAL, "1-7 00:00-23:59", "7 01:30-04:30", "6-7 09:00-17:00; 1 00:30-12:00"])
def test_open_as_the_clock_on_the_wall_says(written: str) -> None:
    """Around each of these nights, each half hour: open exactly when a Dutch clock shows an opening hour, and a moment as
    stored is the same moment when it is read."""
    calendar = read_hours(written)
    for day in NIGHTS:
        for half in range(-8, 60):
            at = _midnight(day) + half * 30 * MINUTE
            local = in_amsterdam(at)
            hours = calendar.hours.get(local.weekday())
            expected = hours is not None and hours[0] <= local.time() < hours[1] and not is_closed(local.date(), None)
            assert (calendar.opened(at) is not None) is expected, local
            assert _at(local) == at
            if calendar.opened(at):
                opens, closes = calendar.opened(at) or (0, 0)
                assert opens <= at < closes


CLOCKS = st.integers(0, 24 * 4 - 1).map(lambda quarter: time(quarter // 4, quarter % 4 * 15))


@st.composite
def calendars(draw: st.DrawFn) -> WorkingTime:
    """Opening hours that can be anything, also in the middle of the night."""
    days = draw(st.sets(st.integers(0, 6), min_size=1))
    spans = [sorted(draw(st.tuples(CLOCKS, CLOCKS).filter(lambda pair: pair[0] != pair[1]))) for _ in days]
    return WorkingTime({day: (start, end) for day, (start, end) in zip(days, spans, strict=True)})


@settings(max_examples=size(150, 5_000), deadline=None)
@given(
    calendar=calendars(),
    night=st.sampled_from(NIGHTS),
    offsets=st.lists(st.integers(-3 * 24 * 60, 3 * 24 * 60), min_size=3, max_size=3),
    hours=st.integers(0, 12),
)
def test_time_never_runs_backwards(calendar: WorkingTime, night: date, offsets: list[int], hours: int) -> None:
    """Working time between two moments is never negative and adds up; who waits longer is promised no later; a promise lies
    after its beginning and as many working hours on."""
    first, middle, last = sorted(_midnight(night) + minutes * MINUTE for minutes in offsets)
    whole = calendar.hours_between(first, last)
    assert whole >= 0
    assert whole == pytest.approx(calendar.hours_between(first, middle) + calendar.hours_between(middle, last))
    assert whole <= (last - first) / HOUR + 1e-9
    ends = [calendar.after_hours(moment, hours) for moment in (first, middle, last)]
    assert ends == sorted(ends)
    assert first <= ends[0] <= calendar.after_hours(first, hours + 1)
    assert calendar.hours_between(first, ends[0]) == pytest.approx(hours)
    opening = calendar.next_opening(first)
    assert first <= opening == calendar.next_opening(opening)
    assert calendar.next_opening(first) <= calendar.next_opening(last)


def test_a_closing_time_that_a_night_skips() -> None:
    """An opening inside the hour that does not exist never lies after its closing: there is no negative time."""
    for written, most in (("7 02:15-02:45", 2), ("7 02:30-03:15", 0)):
        calendar = read_hours(written)
        for night in (one for one in NIGHTS if one.month == 3):
            moments = [_midnight(night) + quarter * 15 * MINUTE for quarter in range(12)]
            assert sum(calendar.opened(moment) is not None for moment in moments) <= most
            assert 0 <= calendar.hours_between(moments[0], moments[-1]) <= most / 4


def test_every_night_is_checked_once() -> None:
    """In forty years each day has exactly one nightly check, at a quarter past four on a Dutch clock."""
    at, days = _midnight(date(2026, 1, 1)), []
    while (at := next_night(at)) < _midnight(date(2066, 1, 1)):
        local = in_amsterdam(at)
        assert (local.hour, local.minute) == (4, 15)
        days.append(local.date())
    assert all(later - earlier == timedelta(days=1) for earlier, later in itertools.pairwise(days))
    assert len(days) == (date(2066, 1, 1) - date(2026, 1, 1)).days
