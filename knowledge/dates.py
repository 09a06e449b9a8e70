"""Reading a date as people type it: "juli 2025", "17-7-2025", "2025", "17 july 2025"."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache

from knowledge.facts import PartialDate
from locales import languages
from locales.month_names import Months, months

_NUMBERS = re.compile(r"\d{1,4}")
_WORDS = re.compile(r"[^\W\d_]+")
_LONGEST = 60


class NoSuchDate(ValueError):
    """It looks like a date, but there is no such day."""


def read_date(text: str, known: PartialDate | None = None) -> PartialDate | None:
    """The date in a text, to the precision it was typed; None when there is none. Raises `NoSuchDate`.

    `known` is what was said before: with a known year "juli" is enough, with a known month "17" is.
    """
    text = text[:_LONGEST]
    month = _month_in(text)
    numbers = [int(number) for number in _NUMBERS.findall(text)]
    years = [number for number in numbers if number >= 1900]
    year_first = bool(years) and numbers[0] == years[0]
    rest = [number for number in numbers if number < 1900]
    if len(years) > 1 or len(rest) > 3 - bool(years):
        raise NoSuchDate
    if not years and len(rest) + bool(month) == 3:
        years = [_century(rest.pop())]
    if years:
        return _date(years[0], month, rest[::-1] if year_first else rest)
    return _date_within(known, month, rest) if known else None


def _century(year: int) -> int:
    """The whole year of one in two digits: 25 is 2025, 99 is 1999."""
    return year + (2000 if year < 50 else 1900)


def _date(year: int, month: int | None, numbers: list[int]) -> PartialDate:
    """A date from a year, a month that was named, and the other numbers: day before month."""
    match month, numbers:
        case None, [] | [_]:
            parts = numbers
        case None, [day, number]:
            parts = [number, day]
        case int(), [] | [_]:
            parts = [month, *numbers]
        case _:
            raise NoSuchDate
    try:
        return PartialDate.parse("-".join([f"{year:04d}", *(f"{part:02d}" for part in parts)]))
    except ValueError:
        raise NoSuchDate from None


def _date_within(known: PartialDate, month: int | None, numbers: list[int]) -> PartialDate | None:
    """What was known before, made finer: a month within its year, or a day within its month."""
    if month is None and known.month is not None and len(numbers) == 1:
        return _date(known.year, known.month, numbers)
    if month is None and not numbers:
        return None
    return _date(known.year, month, numbers)


def _month_in(text: str) -> int | None:
    for word in _WORDS.findall(text.casefold()):
        month = _months().get(word)
        if month:
            return month
    return None


@cache
def _months() -> dict[str, int]:
    return _numbered(lambda one: one.in_date_short + one.alone_short + one.in_date + one.alone)


@cache
def full_months() -> dict[str, int]:
    """The number of each month by its whole name in small letters, in every language that Verder speaks."""
    return _numbered(lambda one: one.in_date + one.alone)


def _numbered(names_of: Callable[[Months], Sequence[str]]) -> dict[str, int]:
    names: dict[str, int] = {}
    for code in languages():
        for place, name in enumerate(names_of(months(code))):
            names.setdefault(name.casefold().strip("."), place % 12 + 1)
    return names
