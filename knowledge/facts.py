"""The closed vocabulary of facts: what may be known about a person, and nothing else.

A fact is missing (None or absent), or has a value of its kind. A date fact may be known to the day, the month or the
year (`PartialDate`); everything that compares dates works with the first and the last day it can be (rule B5).
"""

from __future__ import annotations

import calendar
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

Kind = Literal["date", "integer", "choice", "boolean", "text"]
Value = "str | int | bool | PartialDate"
Facts = Mapping[str, object]

DATA = Path(__file__).parent / "data"
_TEXT_LIMIT = 200
_EARLIEST_YEAR, _LATEST_YEAR = 1900, 2100


@dataclass(frozen=True, slots=True, order=True)
class PartialDate:
    """A date known to the year, the month or the day."""

    year: int
    month: int | None = None
    day: int | None = None

    @classmethod
    def parse(cls, text: str) -> PartialDate:
        """From "2026", "2026-07" or "2026-07-17"; raises ValueError for anything else, such as "2025-13-32"."""
        parts = text.split("-")
        if [len(part) for part in parts] not in ([4], [4, 2], [4, 2, 2]) or not all(
            part.isascii() and part.isdigit() for part in parts
        ):
            raise ValueError(text)
        numbers = [int(part) for part in parts]
        if not _EARLIEST_YEAR <= numbers[0] <= _LATEST_YEAR:
            raise ValueError(text)
        date(*[*numbers, 1, 1][:3])
        return cls(*numbers)

    @classmethod
    def of(cls, day: date) -> PartialDate:
        """The partial date that is known to the day."""
        return cls(day.year, day.month, day.day)

    @property
    def first(self) -> date:
        """The first day it can be."""
        return date(self.year, self.month or 1, self.day or 1)

    @property
    def last(self) -> date:
        """The last day it can be."""
        month = self.month or 12
        return date(self.year, month, self.day or calendar.monthrange(self.year, month)[1])

    def __str__(self) -> str:
        return "-".join(f"{part:02d}" for part in (self.year, self.month, self.day) if part is not None)


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact: its name, kind and allowed values (empty when free within its kind)."""

    name: str
    kind: Kind
    values: tuple[str | int, ...] = ()


class BadFact(ValueError):
    """A fact that does not exist, or a value that is not of its kind; `fact` names it."""

    def __init__(self, fact: str, reason: Literal["unknown_fact", "wrong_kind", "not_allowed"]) -> None:
        super().__init__(f"{fact}: {reason}")
        self.fact = fact
        self.reason = reason


def _load() -> dict[str, Fact]:
    table = json.loads((DATA / "vocabulary.json").read_text("utf-8"))["facts"]
    return {name: Fact(name, entry["type"], tuple(entry.get("values", ()))) for name, entry in table.items()}


FACTS: Mapping[str, Fact] = _load()
"""Every fact by name, letter for letter as in `data/vocabulary.json`."""


def read_facts(raw: Mapping[str, object]) -> dict[str, object]:
    """Facts from JSON values: unknown ones (None) left out, dates as `PartialDate`. Raises `BadFact`."""
    return {name: read_fact(name, value) for name, value in _named(raw) if value is not None}


def read_fact(name: str, value: object) -> object:
    """One fact's value from its JSON value. Raises `BadFact`."""
    _check_name(name)
    fact = FACTS[name]
    match fact.kind, value:
        case "date", PartialDate():
            return value
        case "date", str(text):
            try:
                return PartialDate.parse(text)
            except ValueError:
                raise BadFact(name, "wrong_kind") from None
        case "boolean", bool():
            return value
        case "integer", int() if not isinstance(value, bool):
            if (fact.values and value not in fact.values) or not -1 < value < 150:
                raise BadFact(name, "not_allowed")
            return value
        case "choice", str():
            if value not in fact.values:
                raise BadFact(name, "not_allowed")
            return value
        case "text", str(text):
            return text[:_TEXT_LIMIT]
    raise BadFact(name, "wrong_kind")


def write_facts(facts: Facts) -> dict[str, object]:
    """The JSON values of facts; `read_facts` gives the same facts back."""
    return {name: str(value) if isinstance(value, PartialDate) else value for name, value in facts.items()}


def _named(raw: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    for name, value in raw.items():
        _check_name(name)
        yield name, value


def _check_name(name: str) -> None:
    if name not in FACTS:
        raise BadFact(name, "unknown_fact")
