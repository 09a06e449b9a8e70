"""The form of the overgangsdocument: its sections in order, and the lines that may stand in them (rule book R-OVG-3).

The law names the document (WVO 2020 2.31b, WEC 14e and 44a, WEB 9.2.13) but no form; regions agree on theirs.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from knowledge.facts import DATA
from locales import Text, source_texts

_SECTORS = (
    *("shop", "care", "kitchen", "building", "green", "technique", "storage", "cleaning", "office", "children"),
    "animals",
)
OPTIONS: Mapping[str, tuple[str, ...]] = {
    "name": (),
    "reach": ("chat", "phone", "app", "mail", "helper"),
    "career": ("internship", "diploma", "certificate", "statement", "no_paper"),
    "experience": (*_SECTORS, "none"),
    "skills": (
        *("hands", "people", "together", "alone", "precise", "on_time", "computer", "cooking", "strong", "languages"),
        *("helping", "learning"),
    ),
    "wish": ("work", "work_learn", "school", "daytime", "unsure"),
    "work": (*_SECTORS, "unsure"),
    "support": (
        *("steps", "person", "quiet", "time", "papers", "travel", "dutch", "money", "talk", "hours"),
        "none",
    ),
}
"""What the person is asked, in this order, and the answers that have a button."""
ALONE = ("none", "unsure", "no_paper")
"""Answers beside which no other can stand."""
SCHOOL = ("contact", "career", "experience", "skills", "wishes", "support", "agreements")
"""What the old school is asked."""
LINES = (*(f"person.{field}" for field in OPTIONS), *(f"school.{field}" for field in SCHOOL))


class BadForm(ValueError):
    """A form that cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and the ids of the lines under it ("person.skills")."""

    title: Text
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A region's or an organisation's form. `municipalities` are CBS codes, `organisations` ids of connected ones; with
    neither it is for everybody without a form of their own."""

    name: str
    title: Text
    sections: tuple[Section, ...]
    municipalities: frozenset[str] = frozenset()
    organisations: frozenset[str] = frozenset()


def read_form(raw: Mapping[str, Any]) -> Form:
    """The form from a file's content. Raises `BadForm`."""
    try:
        form = Form(
            name=_words(raw["name"]),
            title=_title(raw["title"]),
            sections=tuple(_section(one) for one in raw["sections"]),
            municipalities=frozenset(map(_words, raw.get("municipalities", ()))),
            organisations=frozenset(map(_words, raw.get("organisations", ()))),
        )
    except (KeyError, TypeError) as error:
        raise BadForm(f"a form needs {error}") from None
    lines = [line for section in form.sections for line in section.lines]
    if len(set(lines)) != len(lines):
        raise BadForm("a line stands in the form twice")
    return form


@cache
def standard_form() -> Form:
    """The form of every region without one of its own."""
    return read_form(tomllib.loads((DATA / "transition_document.toml").read_text("utf-8")))


def _section(raw: Mapping[str, Any]) -> Section:
    lines = tuple(raw["lines"])
    unknown = [line for line in lines if line not in LINES]
    if unknown:
        raise BadForm(f"there is no line {unknown[0]!r}")
    return Section(_title(raw["title"]), lines)


def _title(raw: object) -> Text:
    words = _words(raw)
    return Text.of(words) if words in source_texts() else Text.verbatim(words)


def _words(raw: object) -> str:
    if not isinstance(raw, str) or not raw.strip() or len(raw) > 80 or not raw.isprintable():
        raise BadForm(f"these are no words for a form: {raw!r}"[:120])
    return raw
