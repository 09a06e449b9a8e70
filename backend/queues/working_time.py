"""Time as an organisation works: opening hours, public and school holidays, and hours or days counted only while open."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from backend.dutch_time import AMSTERDAM, in_amsterdam
from knowledge.holidays import HolidayRegion, is_closed

USUAL = "1-5 09:00-17:00"
_SECOND = 1_000_000
_LOOK_AHEAD = 366
_PART = re.compile(r"([1-7])(?:-([1-7]))? ([0-2]\d):([0-5]\d)-([0-2]\d):([0-5]\d)")


class BadHours(ValueError):
    """Opening hours that cannot be read, or that are never open."""


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """The hours of each weekday (Monday is 0) in Dutch time, and the school holidays in which it is closed."""

    hours: Mapping[int, tuple[time, time]]
    region: HolidayRegion | None = None

    def opened(self, at: int) -> tuple[int, int] | None:
        """The opening and closing time around a moment (microseconds UTC), or None while it is closed."""
        found = self._span(in_amsterdam(at).date())
        return found if found and found[0] <= at < found[1] else None

    def next_opening(self, at: int) -> int:
        """The first moment from `at` on that it is open; `at` itself while it is."""
        for start, end in self._spans(at):
            if end > at:
                return max(start, at)
        return at

    def after_hours(self, at: int, hours: int) -> int:
        """When so many working hours have gone by since `at`."""
        left, moment = hours * 3600 * _SECOND, at
        for start, end in self._spans(at):
            moment = max(start, at)
            if end - moment >= left:
                break
            left -= max(0, end - moment)
        return moment + left

    def hours_between(self, start: int, end: int) -> float:
        """How many working hours there are between two moments; what lies more than a year back counts as a year."""
        total = 0
        for opens, closes in self._spans(start):
            if opens >= end:
                break
            total += max(0, min(closes, end) - max(opens, start))
        return total / (3600 * _SECOND)

    def after_days(self, at: int, days: int) -> int:
        """The closing time of the day that is so many working days after the day of `at`."""
        today = in_amsterdam(at).date()
        later = [end for start, end in self._spans(at) if in_amsterdam(start).date() > today]
        return later[min(days, len(later)) - 1]

    def _spans(self, at: int) -> Iterator[tuple[int, int]]:
        first = in_amsterdam(at).date()
        for day in range(_LOOK_AHEAD):
            if span := self._span(first + timedelta(days=day)):
                yield span

    def _span(self, day: date) -> tuple[int, int] | None:
        if day.weekday() not in self.hours or is_closed(day, self.region):
            return None
        start, end = (int(datetime.combine(day, one, AMSTERDAM).timestamp()) for one in self.hours[day.weekday()])
        # In the night that skips an hour, an opening inside that hour can come to lie after its closing.
        return min(start, end) * _SECOND, end * _SECOND


def read_hours(written: str, region: HolidayRegion | None = None) -> WorkingTime:
    """From such as "1-4 09:00-17:00; 5 09:00-12:30" (1 is Monday). Raises `BadHours`."""
    hours: dict[int, tuple[time, time]] = {}
    for part in filter(None, (part.strip() for part in written.split(";"))):
        found = _PART.fullmatch(part)
        if found is None:
            raise BadHours(part)
        first, last = int(found[1]), int(found[2] or found[1])
        try:
            start, end = time(int(found[3]), int(found[4])), time(int(found[5]), int(found[6]))
        except ValueError:
            raise BadHours(part) from None
        if first > last or start >= end:
            raise BadHours(part)
        hours.update({day - 1: (start, end) for day in range(first, last + 1)})
    if not hours:
        raise BadHours(written)
    return WorkingTime(hours, region)
