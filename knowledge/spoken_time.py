"""Reading when something was, counted from today: "vorig jaar", "2 jaar geleden", "afgelopen zomer", "last month"."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from knowledge.dates import full_months
from knowledge.facts import PartialDate

_WORDS = Path(__file__).parent / "words" / "dates.toml"
_SUMMER = 7
_LONGEST = 600
_YEAR_MONTHS = 12


def plain(text: str) -> str:
    """The text in small letters, without accents and apostrophes, with single spaces."""
    letters = unicodedata.normalize("NFKD", text[:_LONGEST].casefold())
    kept = "".join(char for char in letters if not unicodedata.combining(char) and char not in "'’‘`")
    return " ".join(kept.split())


def read_ago(text: str, today: date) -> PartialDate | None:
    """The moment that is told from today, as precisely as such words are: a year or a month; None without one.

    `text` is plain (see `plain`). A number of years gives a year, everything shorter a month.
    """
    words = _words()
    if _any(words["half_year_ago"], text):
        return _months_ago(6, today)
    for pattern in words["ago"]:
        if found := re.search(pattern, text):
            return _ago(found[1], words["units"][found[2]], today)
    if _any(words["summer_last_year"], text):
        return PartialDate(today.year - 1, _SUMMER)
    if _any(words["last_summer"], text):
        return PartialDate(today.year - (today.month < _SUMMER), _SUMMER)
    if _any(words["last_school_year"], text):
        return PartialDate(today.year - (today.month <= _SUMMER), _SUMMER)
    if _any(words["last_month"], text):
        return _months_ago(1, today)
    if _any(words["this_month"], text):
        return PartialDate(today.year, today.month)
    if _any(words["last_year"], text):
        return PartialDate(today.year - 1)
    return PartialDate(today.year) if _any(words["this_year"], text) else None


def read_school_year(text: str) -> PartialDate | None:
    """The month in which a school year that is named by its two years ends: July of the second; None without one.

    `text` is plain. "24/25" is one, "11/12" only when it is called so.
    """
    *plain_years, maybe_a_day = _words()["school_year"]
    for pattern in (*plain_years, maybe_a_day):
        for found in re.finditer(pattern, text):
            first, second = int(found[1]), int(found[2])
            if second == first + 1 and (pattern != maybe_a_day or second > _YEAR_MONTHS):
                return PartialDate(2000 + second, _SUMMER)
    return None


def read_last_month(text: str, today: date) -> PartialDate | None:
    """The last time a month was that is named in full and without a year: "juli", "eind juli"; None for anything else.

    `text` is plain.
    """
    said = re.findall(r"[^\W_]+", text)
    months = [month for word in said if (month := full_months().get(word))]
    others = [word for word in said if word not in full_months()]
    if len(months) != 1 or not set(others) <= set(_words()["beside_month"]):
        return None
    return PartialDate(today.year - (months[0] > today.month), months[0])


def with_ages_in_digits(text: str) -> str:
    """The text, which is plain, with the ages that are written in words (15 to 27) in digits."""
    ages = _words()["ages"]
    return re.sub(_age_words(), lambda found: str(ages[found[0]]), text)


@cache
def _age_words() -> str:
    longest_first = sorted(_words()["ages"], key=len, reverse=True)
    return rf"\b(?:{'|'.join(longest_first)})\b"


def _ago(count: str, unit: float, today: date) -> PartialDate | None:
    number = float(count) if count.isdecimal() and len(count) < 3 else _words()["numbers"].get(count)
    if number is None:
        return None
    months = number * unit
    if unit == _YEAR_MONTHS and months % _YEAR_MONTHS == 0:
        return PartialDate(today.year - int(number))
    return _months_ago(round(months), today)


def _months_ago(months: int, today: date) -> PartialDate:
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    return PartialDate(year, month + 1)


def _any(patterns: list[str], text: str) -> bool:
    return any(re.search(pattern, text) for pattern in patterns)


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads(_WORDS.read_text("utf-8"))
