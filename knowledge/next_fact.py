"""Which fact to ask next: the one whose answer is expected to settle most of what is still open.

Nothing is asked that cannot change a label. The guesses of how common answers are stand in `data/guesses.toml`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache

from knowledge.conditions import Before, Condition, Situation, Today, years_after
from knowledge.facts import DATA, FACTS, Facts, PartialDate
from knowledge.rights import ACTORS
from knowledge.rights.common import ENROLLED, LEFT, QUALIFIED
from knowledge.rules import UNKNOWN, Decision, Outcome, decide

Weighted = tuple[tuple[object, float], ...]

_DERIVED: Mapping[str, Condition] = {
    "startkwalificatie": QUALIFIED,
    "still_at_same_school": Before(Today(), LEFT),
    "currently_enrolled": ENROLLED,
}
"""Facts that are not asked while others already tell them."""


def next_fact(facts: Facts, as_of: date, actors: Iterable[str], skipped: Iterable[str] = ()) -> str | None:
    """The fact to ask next for these actors; None when nothing askable can change one of their labels.

    `skipped` are facts the person has said not to know.
    """
    return _next_fact(tuple(sorted(facts.items())), as_of, tuple(actors), frozenset(skipped))


def settling_facts(facts: Facts, as_of: date, actor: str) -> tuple[str, ...]:
    """The facts of which one could settle an unknown label, the one to ask first in front."""
    situation = Situation(facts, as_of)
    decision = ACTORS[actor]
    now = (decide(decision, situation),)
    trials = [
        trial for fact in _candidates((decision,), situation) if (trial := _try((decision,), now, situation, fact))
    ]
    return tuple(trial.fact for trial in sorted(trials, key=lambda trial: trial.rank))


@dataclass(frozen=True, slots=True)
class _Trial:
    """What asking one fact is expected to bring."""

    fact: str
    settled: float
    narrowed: float

    @property
    def rank(self) -> tuple[float, float, int]:
        """Sorts the most settling first; equal ones in the rule book's order."""
        return (-round(self.settled, 6), -round(self.narrowed, 6), _order()[self.fact])


@lru_cache(maxsize=8192)
def _next_fact(
    facts: tuple[tuple[str, object], ...], as_of: date, actors: tuple[str, ...], skipped: frozenset[str]
) -> str | None:
    situation = Situation(dict(facts), as_of)
    decisions = tuple(ACTORS[actor] for actor in actors)
    now = tuple(decide(decision, situation) for decision in decisions)
    trials = [
        trial
        for fact in _candidates(decisions, situation)
        if fact not in skipped and (trial := _try(decisions, now, situation, fact))
    ]
    return min(trials, key=lambda trial: trial.rank).fact if trials else None


def _candidates(decisions: tuple[Decision, ...], situation: Situation) -> tuple[str, ...]:
    reads = dict.fromkeys(fact for decision in decisions for fact in decision.reads())
    return tuple(fact for fact in reads if fact in _order() and _askable(fact, situation))


def _askable(fact: str, situation: Situation) -> bool:
    value = situation.facts.get(fact)
    if value is not None and getattr(value, "day", 0) is not None:
        return False
    derived = _DERIVED.get(fact)
    return derived is None or derived.holds(situation) is None


def _try(decisions: tuple[Decision, ...], now: tuple[Outcome, ...], situation: Situation, fact: str) -> _Trial | None:
    """What the possible answers would bring; None when no answer changes a label or narrows an unknown one."""
    answers = _answers(fact, situation)
    total = sum(weight for _, weight in answers)
    settled = narrowed = 0.0
    changes = False
    for value, weight in answers:
        then = Situation({**situation.facts, fact: value}, situation.as_of)
        for decision, before in zip(decisions, now, strict=True):
            after = decide(decision, then)
            settled += weight / total * ((after.label != UNKNOWN) - (before.label != UNKNOWN))
            narrows = before.label == UNKNOWN and len(after.possible) < len(before.possible)
            narrowed += weight / total * (len(before.possible) - len(after.possible)) * narrows
            changes = changes or narrows or after.label != before.label
    return _Trial(fact, settled, narrowed) if changes else None


def _answers(fact: str, situation: Situation) -> Weighted:
    """Possible answers with their weights, in keeping with what is known (a month of the year that was said)."""
    known = situation.facts.get(fact)
    if isinstance(known, PartialDate):
        return _finer(known)
    table = _guesses()[fact]
    match FACTS[fact].kind:
        case "date" if fact == "birth_date":
            age = situation.facts.get("age")
            return _birth_dates(age, situation.as_of, table) if isinstance(age, int) else ()
        case "date":
            return tuple((_months_ago(situation.as_of, int(months)), weight) for months, weight in table.items())
    return tuple((_value(fact, answer), weight) for answer, weight in table.items())


def _finer(known: PartialDate) -> Weighted:
    if known.month is None:
        return tuple((PartialDate(known.year, month), 1.0) for month in range(1, 13))
    days = (known.last - known.first).days + 1
    return tuple((PartialDate.of(known.first + timedelta(days=day)), 1.0) for day in range(0, days, 3))


def _months_ago(as_of: date, months: int) -> PartialDate:
    years, month = divmod(as_of.year * 12 + as_of.month - 1 - months, 12)
    return PartialDate(years, month + 1, min(as_of.day, 28))


def _birth_dates(age: int, as_of: date, table: Mapping[str, float]) -> Weighted:
    birthday = years_after(as_of, -age)
    return tuple((_months_ago(birthday, int(months)), weight) for months, weight in table.items())


def _value(fact: str, answer: str) -> object:
    match FACTS[fact].kind:
        case "boolean":
            return answer == "true"
        case "integer":
            return int(answer)
    return answer


@cache
def _guesses() -> Mapping[str, Mapping[str, float]]:
    return tomllib.loads((DATA / "guesses.toml").read_text("utf-8"))


@cache
def _order() -> Mapping[str, int]:
    return {fact: place for place, fact in enumerate(_guesses())}
