"""Which fact to ask next: the one whose answer is expected to settle most of what is still open.

Nothing is asked that cannot change a label. The guesses of how common answers are stand in `data/guesses.toml`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache

from knowledge.conditions import AgeDiffers, Before, Condition, Situation, Today, years_after
from knowledge.facts import DATA, FACTS, Facts, PartialDate
from knowledge.rights import ACTORS
from knowledge.rights.common import ENROLLED, LEFT, QUALIFIED
from knowledge.rules import UNKNOWN, Decision, common_label, possible_rules

Values = tuple[object, ...]
Weighted = tuple[tuple[object, float], ...]
Standing = tuple[str, int]
"""How far a decision is: its label, and how many rules may still decide."""

_GUESSES: Mapping[str, Mapping[str, float]] = tomllib.loads((DATA / "guesses.toml").read_text("utf-8"))
_ORDER: Mapping[str, int] = {fact: place for place, fact in enumerate(_GUESSES)}

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
    wanted = tuple(actors)
    read = _facts_read(wanted)
    relevant = sorted(item for item in facts.items() if item[0] in read)
    return _next_fact(tuple(relevant), as_of, wanted, frozenset(skipped))


def settling_facts(facts: Facts, as_of: date, actor: str) -> tuple[str, ...]:
    """The facts of which one could settle an unknown label, the one to ask first in front."""
    situation = Situation(facts, as_of)
    decision = ACTORS[actor]
    now = _standings((decision,), situation)
    open_ = _candidates((decision,), situation)
    trials = [trial for fact in open_ if (trial := _try((decision,), now, situation, fact))]
    return tuple(trial.fact for trial in sorted(trials, key=lambda trial: trial.rank))


def common_answers(fact: str, as_of: date, facts: Facts | None = None) -> Weighted:
    """The answers to a question with the guesses of how common they are, for somebody of whom this is known.

    () for a fact that is not asked, or not asked before another one is known.
    """
    return _answers(fact, Situation(facts or {}, as_of)) if fact in _ORDER else ()


def askable_facts(facts: Facts, as_of: date, actors: Iterable[str]) -> tuple[str, ...]:
    """The facts that these actors read and that can still be asked, whether or not they change anything."""
    return _candidates(tuple(ACTORS[actor] for actor in actors), Situation(facts, as_of))


@dataclass(frozen=True, slots=True)
class _Trial:
    """What asking one fact is expected to bring."""

    fact: str
    settled: float
    narrowed: float
    changes_label: bool

    @property
    def rank(self) -> tuple[float, float, int]:
        """Sorts the most settling first; equal ones in the rule book's order."""
        return (-round(self.settled, 6), -round(self.narrowed, 6), _ORDER[self.fact])


@lru_cache(maxsize=8192)
def _next_fact(
    facts: tuple[tuple[str, object], ...], as_of: date, actors: tuple[str, ...], skipped: frozenset[str]
) -> str | None:
    situation = Situation(dict(facts), as_of)
    decisions = tuple(ACTORS[actor] for actor in actors)
    now = _standings(decisions, situation)
    open_ = [fact for fact in _candidates(decisions, situation) if fact not in skipped]
    trials = [trial for fact in open_ if (trial := _try(decisions, now, situation, fact))]
    for trial in sorted(trials, key=lambda trial: trial.rank):
        if trial.changes_label or _matters_with_another(decisions, situation, open_, trial.fact):
            return trial.fact
    if skipped or all(label != UNKNOWN for label, _ in now):
        return None
    return next((fact for fact in open_ if _matters_with_another(decisions, situation, open_, fact)), None)


def _matters_with_another(decisions: tuple[Decision, ...], situation: Situation, open_: list[str], fact: str) -> bool:
    """Whether the fact changes a label once one more fact is known: what only narrows may lead nowhere."""
    return any(
        (trial := _try(decisions, _standings(decisions, then), then, fact)) is not None and trial.changes_label
        for other in open_
        if other != fact
        for value, _ in _answers(other, situation)
        for then in (Situation({**situation.facts, other: value}, situation.as_of),)
    )


@cache
def _facts_read(actors: tuple[str, ...]) -> frozenset[str]:
    """Only these facts can matter for the actors, so situations that differ elsewhere are the same situation."""
    return frozenset(fact for actor in actors for fact in ACTORS[actor].facts)


def _standings(decisions: tuple[Decision, ...], situation: Situation) -> tuple[Standing, ...]:
    return tuple(_standing(decision, situation) for decision in decisions)


def _standing(decision: Decision, situation: Situation) -> Standing:
    return _standing_with(decision.actor, _values(decision, situation), situation.as_of)


def _values(decision: Decision, situation: Situation) -> Values:
    return tuple(map(situation.facts.get, decision.facts))


@lru_cache(maxsize=65536)
def _standing_with(actor: str, values: Values, as_of: date) -> Standing:
    """By the values of the facts that the decision reads, in its order: the same trials come back in many situations."""
    decision = ACTORS[actor]
    possible = possible_rules(decision, Situation(dict(zip(decision.facts, values, strict=True)), as_of))
    return common_label(possible), len(possible)


def _candidates(decisions: tuple[Decision, ...], situation: Situation) -> tuple[str, ...]:
    reads = dict.fromkeys(fact for decision in decisions for fact in decision.facts)
    return tuple(fact for fact in reads if fact in _ORDER and _askable(fact, situation))


def _askable(fact: str, situation: Situation) -> bool:
    value = situation.facts.get(fact)
    if value is not None and getattr(value, "day", 0) is not None:
        return False
    derived = _DERIVED.get(fact)
    return derived is None or derived.holds(situation) is None


def _try(decisions: tuple[Decision, ...], now: tuple[Standing, ...], situation: Situation, fact: str) -> _Trial | None:
    """What the possible answers would bring; None when no answer changes a label or narrows an unknown one."""
    answers = _answers(fact, situation)
    total = sum(weight for _, weight in answers)
    touched = [
        (decision.actor, *_around(decision, situation, fact), *before)
        for decision, before in zip(decisions, now, strict=True)
        if fact in decision.facts
    ]
    settled = narrowed = 0.0
    changes = narrowing = False
    for value, weight in answers:
        for actor, front, behind, label, open_rules in touched:
            new_label, still_open = _standing_with(actor, (*front, value, *behind), situation.as_of)
            settled += weight / total * ((new_label != UNKNOWN) - (label != UNKNOWN))
            narrows = label == UNKNOWN and still_open < open_rules
            narrowed += weight / total * (open_rules - still_open) * narrows
            narrowing = narrowing or narrows
            changes = changes or new_label != label
    return _Trial(fact, settled, narrowed, changes) if changes or narrowing else None


def _around(decision: Decision, situation: Situation, fact: str) -> tuple[Values, Values]:
    """The values of the decision's facts that stand in front of this one, and those behind it."""
    values, place = _values(decision, situation), decision.facts.index(fact)
    return values[:place], values[place + 1 :]


def _answers(fact: str, situation: Situation) -> Weighted:
    """Possible answers with their weights, in keeping with what is known (a month of the year that was said)."""
    known = situation.facts.get(fact)
    if isinstance(known, PartialDate):
        return tuple(answer for answer in _finer(known) if _fits_age(fact, answer[0], situation))
    if fact == "birth_date":
        age = situation.facts.get("age")
        return _birth_dates(age, situation.as_of) if isinstance(age, int) else ()
    return _usual_answers(fact, situation.as_of)


@lru_cache(maxsize=1024)
def _usual_answers(fact: str, as_of: date) -> Weighted:
    table = _GUESSES[fact]
    if FACTS[fact].kind == "date":
        return tuple((_months_ago(as_of, int(months)), weight) for months, weight in table.items())
    return tuple((_value(fact, answer), weight) for answer, weight in table.items())


def _fits_age(fact: str, value: object, situation: Situation) -> bool:
    """The age that was said already tells on which side of a birthday a birth date lies."""
    told = Situation({fact: value, "age": situation.facts.get("age")}, situation.as_of)
    return not AgeDiffers(0).holds(told)


def _finer(known: PartialDate) -> Weighted:
    if known.month is None:
        return tuple((PartialDate(known.year, month), 1.0) for month in range(1, 13))
    days = (known.last - known.first).days + 1
    return tuple((PartialDate.of(known.first + timedelta(days=day)), 1.0) for day in range(0, days, 3))


def _months_ago(as_of: date, months: int) -> PartialDate:
    years, month = divmod(as_of.year * 12 + as_of.month - 1 - months, 12)
    return PartialDate(years, month + 1, min(as_of.day, 28))


@lru_cache(maxsize=1024)
def _birth_dates(age: int, as_of: date) -> Weighted:
    birthday = years_after(as_of, -age)
    return tuple((_months_ago(birthday, int(months)), weight) for months, weight in _GUESSES["birth_date"].items())


def _value(fact: str, answer: str) -> object:
    match FACTS[fact].kind:
        case "boolean":
            return answer == "true"
        case "integer":
            return int(answer)
    return answer
