"""The rights: every actor's and status's rules together, and their evaluation for one person on one day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from knowledge.conditions import Situation
from knowledge.facts import read_facts
from knowledge.rights.admission import ENTREE_ADMISSION, MBO2_ADMISSION
from knowledge.rights.advice import JONGERENLOKET, UWV, WERKCENTRUM
from knowledge.rights.bijstand import BIJSTAND
from knowledge.rights.certificates import MBO_VERKLARING, PRAKTIJKLEREN
from knowledge.rights.citing import fitting
from knowledge.rights.contradictions import CONTRADICTIONS, Contradiction, contradictions
from knowledge.rights.mbo import MBO_SCHOOL
from knowledge.rights.municipal import DOORSTROOMPUNT, GEMEENTE
from knowledge.rights.pro import PRO_SCHOOL
from knowledge.rights.sheltered import BESCHUT_WERK, ESB
from knowledge.rights.statuses import BIJSTAND_SEARCH_PERIOD, CONSENT_BY, LEERPLICHT_STATUS
from knowledge.rights.transition_document import OVERGANGSDOCUMENT_GEMEENTE, OVERGANGSDOCUMENT_SELF
from knowledge.rights.vo import VO_SCHOOL
from knowledge.rights.vso import VSO_SCHOOL
from knowledge.rules import UNKNOWN, Decision, Outcome, decide

_CLASHING = frozenset(fact for clash in CONTRADICTIONS for fact in clash.when.reads())

RULEBOOK = "2026-11-22.1"
"""The edition of the rule book that these rules follow."""

ACTORS: Mapping[str, Decision] = {
    decision.actor: decision
    for decision in (
        *(PRO_SCHOOL, VSO_SCHOOL, MBO_SCHOOL, VO_SCHOOL),
        *(DOORSTROOMPUNT, GEMEENTE, UWV, WERKCENTRUM, JONGERENLOKET),
        *(MBO_VERKLARING, PRAKTIJKLEREN, ENTREE_ADMISSION, MBO2_ADMISSION),
        *(BESCHUT_WERK, ESB, OVERGANGSDOCUMENT_SELF, OVERGANGSDOCUMENT_GEMEENTE, BIJSTAND),
    )
}
"""Every actor in the order of the rule book's vocabulary."""
STATUSES: Mapping[str, Decision] = {
    decision.actor: decision for decision in (LEERPLICHT_STATUS, CONSENT_BY, BIJSTAND_SEARCH_PERIOD)
}
SCHOOL_OF: Mapping[str, str] = {
    "pro": "pro_school",
    "vso": "vso_school",
    "mbo": "mbo_school",
    "vmbo": "vo_school",
    "havo": "vo_school",
    "vwo": "vo_school",
    "ho": "vo_school",
}
"""The actor that is the school of each school type; the rights of pro, vso and mbo end at those, the others have none."""


@dataclass(frozen=True, slots=True)
class Answer:
    """All outcomes by actor, all statuses by name, and the contradictions in the facts."""

    outcomes: Mapping[str, Outcome]
    statuses: Mapping[str, str]
    contradictions: tuple[Contradiction, ...]


def evaluate(facts: Mapping[str, object], as_of: date) -> Answer:
    """What the law says for these facts on this day. Raises `BadFact` for a fact or value that does not exist."""
    return _evaluate(tuple(sorted(read_facts(facts).items())), as_of)


def clashes_in(facts: Mapping[str, object], as_of: date) -> tuple[Contradiction, ...]:
    """Which of these facts cannot all be true."""
    return _clashes(tuple(sorted(item for item in facts.items() if item[0] in _CLASHING)), as_of)


@lru_cache(maxsize=4096)
def _clashes(facts: tuple[tuple[str, object], ...], as_of: date) -> tuple[Contradiction, ...]:
    return contradictions(Situation(dict(facts), as_of))


@lru_cache(maxsize=4096)
def _evaluate(facts: tuple[tuple[str, object], ...], as_of: date) -> Answer:
    situation = Situation(dict(facts), as_of)
    clashes = contradictions(situation)
    return Answer(
        {actor: outcome(decision, situation, clashes) for actor, decision in ACTORS.items()},
        {name: outcome(decision, situation, clashes).label for name, decision in STATUSES.items()},
        clashes,
    )


def outcome(decision: Decision, situation: Situation, clashes: tuple[Contradiction, ...] = ()) -> Outcome:
    """One decision's outcome; where facts contradict each other, the label that holds in every reading or unknown."""
    plain = decide(decision, situation)
    sources = fitting(plain.sources, situation)
    if sources != plain.sources:
        plain = replace(plain, sources=sources)
    reads = decision.facts
    touching = [clash for clash in clashes if set(reads).intersection(clash.doubted)]
    if not touching:
        return plain
    readings = [
        decide(decision, situation.without(fact)) for clash in touching for fact in clash.doubted if fact in reads
    ]
    flags = (*plain.flags, "contradiction")
    if all(reading.label == plain.label for reading in readings):
        return replace(plain, flags=flags)
    doubted = tuple(dict.fromkeys(fact for clash in touching for fact in clash.facts))
    return replace(plain, label=UNKNOWN, rule="", until=None, flags=("contradiction",), needs=doubted, sources=())
