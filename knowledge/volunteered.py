"""Facts that somebody tells in a sentence before anybody asked: "ik ben 19 en vorig jaar van de praktijkschool af".

It reads what is plainly said and nothing more; the conversation shows what was read and takes it only after a yes.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from knowledge.dates import NoSuchDate, read_date
from knowledge.facts import PartialDate
from knowledge.spoken_time import plain, read_ago, read_school_year, with_ages_in_digits

_WORDS = Path(__file__).parent / "words" / "volunteered.toml"
_YOUNGEST, _OLDEST = 12, 60
_NOTHING: Mapping[str, object] = {}
_DATES = ("left_school_date", "diploma_date")
_ENTREE = re.compile(r"\bentree")
_MONTH_AND_YEAR = re.compile(r"(?:\b\d{1,2} )?\b[a-z]{3,9} (?:19|20)\d\d\b|\b\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)\d\d\b")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


def read_volunteered(text: str, today: date, *, before: Mapping[str, object] = _NOTHING) -> dict[str, object]:
    """The facts that are plainly told in a text, typed as `knowledge.facts` has them; {} when there are none.

    Two schools in one sentence tell nothing, unless one is denied or their order is said. Dates are as precise as said.
    `before` is what is corrected: "niveau 3" is then about its school, and a date alone about its date.
    """
    said, facts = _without_birth(with_ages_in_digits(plain(text)), today)
    age = _age(said)
    if age is not None:
        facts["age"] = age
    schools, at = _schools(said)
    facts.update(schools)
    facts.update(_about_school(said[at:], schools.get("school_type", before.get("school_type")), today))
    dates, past = [fact for fact in _DATES if fact in before], _past(said, today)
    if past and len(dates) == 1 and not facts.keys() & set(_DATES):
        facts[dates[0]] = past
    facts.update(_one_of("benefit", said))
    if any(_found("employed", said)):
        facts["employed"] = True
    if any(_found("lives_on_island", said)):
        facts["country_part"] = "BES"
    return facts


def read_home(text: str) -> str | None:
    """The place where somebody says to live, as typed in small letters; None when nothing is said about it."""
    return next((found[1].strip() for found in _found("home", plain(text))), None)


def names_island(text: str) -> bool:
    """Whether a place that was typed is Bonaire, Sint Eustatius or Saba."""
    return any(_found("island", plain(text)))


def read_yes_no(text: str) -> bool | None:
    """What words that begin with yes or no say; None for anything else, and for a yes with a "but"."""
    said = plain(text)
    if any(_found("no", said)):
        return False
    return True if any(_found("yes", said)) and not any(_found("yes_but", said)) else None


def _without_birth(said: str, today: date) -> tuple[str, dict[str, object]]:
    """The text without the date of birth, so that it is not taken for another date, and that date."""
    for found in _found("born", said):
        told = _MONTH_AND_YEAR.match(found[1]) or _YEAR.match(found[1])
        with suppress(NoSuchDate):
            born = read_date(told[0]) if told else None
            if told and born and _YOUNGEST <= today.year - born.year <= _OLDEST:
                return said[: found.start()] + found[1][told.end() :], {"birth_date": born}
    return said, {}


def _age(said: str) -> int | None:
    ages = {int(found[1]) for found in _found("age", said)}
    return next((age for age in ages if len(ages) == 1 and _YOUNGEST <= age <= _OLDEST), None)


def _schools(said: str) -> tuple[dict[str, object], int]:
    """The last school that is named, the one before it where the order is said, and from where the last one is told."""
    found = [(place, school) for school, told in _words()["school_type"].items() if (place := re.search(told, said))]
    named = [(place, school) for place, school in found if not _is("denied", said, place)]
    named.sort(key=lambda one: one[0].start())
    if not named or _is("not_said", said, named[-1][0]):
        return {}, 0
    match named:
        case [(_, school)]:
            return {"school_type": school}, 0
        case [(first, earlier), (last, school)] if any(_found("afterwards", said[first.end() : last.start()])):
            return {"school_type": school, "earlier_school": earlier}, last.start()
    return {}, 0


def _is(name: str, said: str, place: re.Match[str]) -> bool:
    """Whether the few words just before a school say this about it (no, want, to)."""
    clause = re.split(_words()["turn"], said[: place.start()])[-1]
    return any(_found(name, " ".join(clause.split()[-4:])))


def _about_school(said: str, school: object, today: date) -> dict[str, object]:
    """What is told of a school: its kind, the diploma, and when it was left; of no school only a diploma with its date."""
    when, past = _when(said, today), _past(said, today)
    diploma = _diploma(said)
    if school is None:
        return {"diploma": True, "diploma_date": past} if diploma and past else {}
    facts = _mbo(said) if school == "mbo" else _one_of("vso_profile", said) if school == "vso" else {}
    if diploma is not None:
        facts["diploma"] = diploma
    left = any(_found("left", said))
    still = any(_found("still", said)) or (left and when is not None and past is None)
    if still:
        facts["still_at_same_school"] = True
    if past and left:
        facts["left_school_date"] = past
    if past and diploma and school == "mbo" and not still:
        facts["diploma_date"] = past
    return facts


def _diploma(said: str) -> bool | None:
    if any(_found("no_diploma", said)):
        return False
    return True if any(_found("diploma", said)) else None


def _mbo(said: str) -> dict[str, object]:
    facts: dict[str, object] = {}
    level = next((int(found[1]) for found in _found("mbo_level", said)), 1 if _ENTREE.search(said) else None)
    if level is not None:
        facts["mbo_level"] = level
    for found in _found("mbo_leerweg", said):
        facts["mbo_leerweg"] = found[1]
    return facts


def _when(said: str, today: date) -> PartialDate | None:
    told = read_school_year(said) or read_ago(said, today)
    if told is not None:
        return told
    for pattern in (_MONTH_AND_YEAR, _YEAR):
        for found in pattern.finditer(said):
            with suppress(NoSuchDate):
                return read_date(found[0])
    return None


def _past(said: str, today: date) -> PartialDate | None:
    when = _when(said, today)
    return when if when is not None and when.first <= today else None


def _one_of(fact: str, said: str) -> dict[str, object]:
    values = [value for value, pattern in _words()[fact].items() if re.search(pattern, said)]
    return {fact: values[0]} if len(values) == 1 else {}


def _found(name: str, said: str) -> list[re.Match[str]]:
    return [found for pattern in _words()[name] for found in re.finditer(pattern, said)]


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads(_WORDS.read_text("utf-8"))
