"""When the Netherlands is closed: public holidays by the calendar, school holidays per region as published.

Public holidays are those on which offices are closed: 5 May counts in the years of a lustrum, Good Friday does not.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Literal, get_args

from knowledge.facts import DATA

HolidayRegion = Literal["noord", "midden", "zuid"]
_AHEAD = timedelta(days=182)
REGIONS: tuple[HolidayRegion, ...] = get_args(HolidayRegion)


@dataclass(frozen=True, slots=True)
class SchoolHoliday:
    """A school holiday of one region, from `first` up to and including `last`."""

    name: str
    region: HolidayRegion
    first: date
    last: date


def easter(year: int) -> date:
    """Easter Sunday (Gregorian computus; Meeus, Astronomical Algorithms, chapter 8)."""
    a, b, c = year % 19, year // 100, year % 100
    f = (b + 8) // 25
    h = (19 * a + b - b // 4 - (b - f + 1) // 3 + 15) % 30
    offset = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    month, day = divmod(h + offset - 7 * ((a + 11 * h + 22 * offset) // 451) + 114, 31)
    return date(year, month, day + 1)


@cache
def public_holidays(year: int) -> frozenset[date]:
    """The days of a year on which the Netherlands does not work (Algemene termijnenwet art. 3, without Good Friday)."""
    kings_day = date(year, 4, 27)
    if kings_day.weekday() == 6:
        kings_day -= timedelta(days=1)
    fixed = {date(year, 1, 1), kings_day, date(year, 12, 25), date(year, 12, 26)}
    if year % 5 == 0:
        fixed.add(date(year, 5, 5))
    moving = {easter(year) + timedelta(days=days) for days in (0, 1, 39, 49, 50)}
    return frozenset(fixed | moving)


@cache
def school_holidays() -> tuple[SchoolHoliday, ...]:
    """The school holidays that are known, by date (`data/school_holidays.toml`)."""
    raw = tomllib.loads((DATA / "school_holidays.toml").read_text("utf-8"))
    found = [
        SchoolHoliday(name, region, *days)
        for year in raw["school_years"].values()
        for name, by_region in year.items()
        for region, days in by_region.items()
    ]
    return tuple(sorted(found, key=lambda one: (one.first, one.region)))


@cache
def known_until(region: HolidayRegion) -> date | None:
    """The last day of the last school holiday that is known for a region; from then on every week counts as open."""
    return max((one.last for one in school_holidays() if one.region == region), default=None)


def holiday_warnings(today: date) -> Iterator[str]:
    """Regions of which the school holidays of the next half year are not all known, one line each."""
    for region in REGIONS:
        until = known_until(region)
        if until is None or until < today + _AHEAD:
            yield f"school holidays of {region}: known until {until}; fill in knowledge/data/school_holidays.toml"


def is_closed(day: date, region: HolidayRegion | None = None) -> bool:
    """Whether this is a public holiday, or with a `region` a day of its school holidays."""
    if day in public_holidays(day.year):
        return True
    return any(one.region == region and one.first <= day <= one.last for one in school_holidays())
