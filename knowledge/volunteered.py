"""Facts that somebody tells in a sentence before anybody asked: "ik ben 19 en vorig jaar van de praktijkschool af".

It reads what is plainly said and nothing more; the conversation shows what was read and takes it only after a yes.
"""

from __future__ import annotations

import re
import tomllib
from contextlib import suppress
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from knowledge.dates import NoSuchDate, read_date
from knowledge.facts import PartialDate
from knowledge.spoken_time import plain, read_ago

_WORDS = Path(__file__).parent / "words" / "volunteered.toml"
_YOUNGEST, _OLDEST = 12, 60
_ENTREE = re.compile(r"\bentree")
_MONTH_AND_YEAR = re.compile(r"(?:\b\d{1,2} )?\b[a-z]{3,9} (?:19|20)\d\d\b|\b\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)\d\d\b")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


def read_volunteered(text: str, today: date) -> dict[str, object]:
    """The facts that are plainly told in a text, typed as `knowledge.facts` has them; {} when there are none.

    Two schools in one sentence tell nothing: which one was left is not plain. Dates are as precise as they were said.
    """
    said = plain(text)
    facts: dict[str, object] = {}
    age = _age(said)
    if age is not None:
        facts["age"] = age
    school = _school(said)
    if school is not None:
        facts["school_type"] = school
        facts.update(_about_school(said, school, today))
    facts.update(_one_of("benefit", said))
    return facts


def read_home(text: str) -> str | None:
    """The place where somebody says to live, as typed in small letters; None when nothing is said about it."""
    return next((found[1].strip() for found in _found("home", plain(text))), None)


def _about_school(said: str, school: str, today: date) -> dict[str, object]:
    facts: dict[str, object] = {}
    if school == "mbo":
        facts.update(_mbo(said))
    if school == "vso":
        facts.update(_one_of("vso_profile", said))
    if any(_found("no_diploma", said)):
        facts["diploma"] = False
    elif any(_found("diploma", said)):
        facts["diploma"] = True
    if any(_found("still", said)):
        return {**facts, "still_at_same_school": True}
    when = _when(said, today)
    if when is not None and when.first <= today and any(_found("left", said)):
        facts["left_school_date"] = when
    if when is not None and when.first <= today and school == "mbo" and facts.get("diploma"):
        facts["diploma_date"] = when
    return facts


def _age(said: str) -> int | None:
    ages = {int(found[1]) for found in _found("age", said)}
    return next((age for age in ages if len(ages) == 1 and _YOUNGEST <= age <= _OLDEST), None)


def _school(said: str) -> str | None:
    """The one school that is named, unless the words just before it say something else about it (no, want, to)."""
    named = {
        school: found for school, pattern in _words()["school_type"].items() if (found := re.search(pattern, said))
    }
    if len(named) != 1:
        return None
    ((school, found),) = named.items()
    before = " ".join(said[: found.start()].split()[-4:])
    return None if any(_found("not_said", before)) else str(school)


def _mbo(said: str) -> dict[str, object]:
    facts: dict[str, object] = {}
    level = next((int(found[1]) for found in _found("mbo_level", said)), 1 if _ENTREE.search(said) else None)
    if level is not None:
        facts["mbo_level"] = level
    for found in _found("mbo_leerweg", said):
        facts["mbo_leerweg"] = found[1]
    return facts


def _when(said: str, today: date) -> PartialDate | None:
    ago = read_ago(said, today)
    if ago is not None:
        return ago
    for pattern in (_MONTH_AND_YEAR, _YEAR):
        for found in pattern.finditer(said):
            with suppress(NoSuchDate):
                return read_date(found[0])
    return None


def _one_of(fact: str, said: str) -> dict[str, object]:
    values = [value for value, pattern in _words()[fact].items() if re.search(pattern, said)]
    return {fact: values[0]} if len(values) == 1 else {}


def _found(name: str, said: str) -> list[re.Match[str]]:
    return [found for pattern in _words()[name] for found in re.finditer(pattern, said)]


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads(_WORDS.read_text("utf-8"))
