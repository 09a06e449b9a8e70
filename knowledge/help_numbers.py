"""The numbers to call for help at once, with the day on which each was last checked: `data/help_numbers.toml`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from knowledge.facts import DATA

GOOD_FOR = timedelta(days=366)
SHOWN_IN = ("danger.", "errors.")
"""The texts that may show no other number than these."""
_NUMBER = re.compile(r"(?<![\w.,-])(?:112|113|0[89]00-\d{4,7}|0\d{1,3}[- ]\d{6,8})(?![\w-])")
_HOURS = re.compile(r"\b\d{1,2}([:.]\d\d)? ?(uur|u)\b|24/7", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class HelpNumber:
    """A number, whose it is and where it says so. `hours` may be shown only when `hours_verified`."""

    number: str
    name: str
    url: str
    hours: str
    hours_verified: bool
    checked_on: date
    source: str


def help_numbers(path: Path = DATA / "help_numbers.toml") -> Mapping[str, HelpNumber]:
    """Every number of the file. Raises TypeError for an entry with a field too many or too few."""
    rows = tomllib.loads(path.read_text("utf-8"))["number"]
    return {row["number"]: HelpNumber(**row) for row in rows}


def numbers_in(text: str) -> frozenset[str]:
    """The phone numbers a text shows."""
    return frozenset(_NUMBER.findall(text))


def stale_numbers(today: date, known: Iterable[HelpNumber]) -> Iterator[str]:
    """The numbers that nobody checked for over a year."""
    for one in known:
        if today - one.checked_on > GOOD_FOR:
            yield f"help number not checked since {one.checked_on}: {one.number} ({one.name}, {one.url})"


def number_problems(texts: Mapping[str, str], known: Iterable[str]) -> Iterator[str]:
    """Texts on danger with a number that is not known, or with an opening hour."""
    listed = frozenset(known)
    for id, text in texts.items():
        if id.startswith(SHOWN_IN):
            yield from (f"{id}: not in help_numbers.toml: {number}" for number in sorted(numbers_in(text) - listed))
            if _HOURS.search(text):
                yield f"{id}: an opening hour"


def number_changes(texts: Mapping[str, str], said: Mapping[str, str]) -> Iterator[str]:
    """Translations (by id) that show other numbers than the Dutch text they stand for."""
    for id, text in said.items():
        if id.startswith(SHOWN_IN) and numbers_in(text) != numbers_in(texts[id]):
            yield f"{id}: {sorted(numbers_in(text))} in place of {sorted(numbers_in(texts[id]))}"
