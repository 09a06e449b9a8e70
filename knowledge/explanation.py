"""Why an outcome is as it is, from the evaluation itself: the facts that are enough for it, each with its law, and the rule.

Nothing is written by hand about a single situation: a step that is shown is a step without which the rules would decide
otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from functools import reduce

from knowledge.conditions import (
    AgeBelow,
    All,
    Anniversary,
    Before,
    Condition,
    Either,
    FirstKnown,
    Situation,
    Today,
)
from knowledge.facts import PartialDate
from knowledge.rights.citing import fitting
from knowledge.rules import Decision, Outcome, decide
from knowledge.statutes import Source
from knowledge.wording import fact_name, fact_text, rule_text, told_flags
from locales import Text, source_texts

_AGES = ("birth_date", "age")
_MISSING = 3
"""How many missing facts are named at most."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an explanation: the fact it is about (None for the rule, or for what is missing), words, and law."""

    fact: str | None
    text: Text
    sources: tuple[Source, ...] = ()


def explain(decision: Decision, situation: Situation, *, needs: Iterable[str] | None = None) -> tuple[Step, ...]:
    """The known facts that are enough for this outcome in the decision's order, the rule itself, and what it doubts.

    A doubt is a step where the law itself says it, after the facts that raise it. While no rule has decided, the last
    step names what is missing: `needs` in their order, else those of the outcome.
    """
    outcome = decide(decision, situation)
    kept = enough(decision, situation)
    asked = _consulted(decision, kept)
    steps = [
        Step(fact, _fact_words(asked, kept, fact), fitting(tuple(decision.grounds.get(fact, ())), situation))
        for fact in decision.facts
        if fact in kept.facts
    ]
    if outcome.rule:
        rule = Step(None, rule_text(outcome, situation.facts), fitting(outcome.sources, situation))
        return (*steps, rule, *_doubts(decision, situation, outcome, told=tuple(kept.facts)))
    missing = tuple(outcome.needs if needs is None else needs)[:_MISSING]
    return (*steps, Step(None, Text.of("explanation.missing", facts=_listed(missing)))) if missing else tuple(steps)


def enough(decision: Decision, situation: Situation) -> Situation:
    """The situation with only the facts that this outcome needs: without any one of them it would be decided otherwise.

    Facts that are read late are dropped first, so that the surest way to know something stays. While no rule has decided,
    the facts stay that rule other rules out.
    """
    wanted = _decided(decide(decision, situation))
    kept = Situation(
        {fact: situation.facts[fact] for fact in decision.facts if fact in situation.facts}, situation.as_of
    )
    smaller = _dropped(decision, kept, wanted)
    while len(smaller.facts) < len(kept.facts):
        kept, smaller = smaller, _dropped(decision, smaller, wanted)
    return kept


def parts(condition: object) -> Iterator[Condition]:
    """The conditions that a condition is made of."""
    for field in fields(condition):  # type: ignore[arg-type]
        value = getattr(condition, field.name)
        yield from (part for part in (value if isinstance(value, tuple) else (value,)) if hasattr(part, "holds"))


def _dropped(decision: Decision, situation: Situation, wanted: tuple[object, ...]) -> Situation:
    for fact in reversed(decision.facts):
        if fact in situation.facts and _decided(decide(decision, without := situation.without(fact))) == wanted:
            situation = without
    return situation


def _decided(outcome: Outcome) -> tuple[object, ...]:
    """What must stay the same: rule and label, or as long as none decides, the rules that still may."""
    return (outcome.rule, outcome.label) if outcome.rule else outcome.possible


def _doubts(decision: Decision, situation: Situation, outcome: Outcome, *, told: tuple[str, ...]) -> Iterator[Step]:
    """The flags that the law itself says: the facts that raise each, where not told yet, and its words."""
    flags = next(rule.flags for rule in decision.rules if rule.id == outcome.rule)
    for flag in flags:
        if flag.sources and flag.name in told_flags(outcome):
            raising = _raising(flag.when, situation)
            yield from (
                Step(fact, _fact_words((flag.when,), raising, fact), flag.sources)
                for fact in raising.facts
                if fact not in told
            )
            yield Step(None, Text.of(f"rights.flags.{flag.name}"), flag.sources)


def _raising(condition: Condition, situation: Situation) -> Situation:
    """The situation with only the facts without which the condition would not certainly hold."""
    kept = Situation(
        {fact: situation.facts[fact] for fact in condition.reads() if fact in situation.facts}, situation.as_of
    )
    for fact in reversed(tuple(kept.facts)):
        if condition.holds(without := kept.without(fact)):
            kept = without
    return kept


def _fact_words(asked: tuple[Condition, ...], situation: Situation, fact: str) -> Text:
    value = situation.facts[fact]
    said = fact_text(fact, value, as_of=situation.as_of)
    bound = _bound(asked, situation, fact) if fact in _AGES or isinstance(value, PartialDate) else None
    return Text.of("explanation.and_so", fact=said, bound=bound) if bound else said


def _bound(asked: tuple[Condition, ...], situation: Situation, fact: str) -> Text | None:
    """Between which of the years that count here a date or an age certainly lies; None when none is certain."""
    reached, ahead = 0, 0
    for years, before in _limits(asked, situation, fact):
        if before:
            ahead = min(ahead or years, years)
        elif before is not None:
            reached = max(reached, years)
    name = "both" if reached and ahead else "ahead" if ahead else "reached" if reached else None
    if name is None:
        return None
    id = f"explanation.{'age' if fact in _AGES else 'date'}.{name}"
    values = {"reached": _years(reached, fact), "ahead": _years(ahead, fact)}
    return Text.of(id, **{place: value for place, value in values.items() if f"{{{place}}}" in source_texts()[id]})


def _years(years: int, fact: str) -> object:
    if fact in _AGES:
        return years
    id = f"explanation.years.{years}"
    return Text.of(id) if id in source_texts() else Text.of("explanation.years.many", years=years)


def _limits(asked: tuple[Condition, ...], situation: Situation, fact: str) -> Iterator[tuple[int, bool | None]]:
    """The numbers of years that these conditions compare a fact with, and whether today is before."""
    for condition in asked:
        for leaf in _counting(condition, situation, fact):
            years = leaf.years if isinstance(leaf, AgeBelow) else _years_after(leaf, situation, fact)
            if years:
                yield years, leaf.holds(situation)


def _consulted(decision: Decision, situation: Situation) -> tuple[Condition, ...]:
    """The conditions of the rules up to the deciding one."""
    rules = decision.rules
    deciding = next((place for place, rule in enumerate(rules) if rule.when.holds(situation)), len(rules))
    return tuple(rule.when for rule in rules[: deciding + 1])


def _years_after(leaf: Condition, situation: Situation, fact: str) -> int:
    """How many years after the fact a condition has its limit; 0 for a condition of another kind or another fact."""
    if not (isinstance(leaf, Before) and leaf.earlier == Today() and isinstance(leaf.later, Anniversary)):
        return 0
    effective = next((name for name in leaf.later.facts if name in situation.facts), None)
    return leaf.later.years if effective == fact else 0


def _counting(condition: Condition, situation: Situation, fact: str) -> Iterator[Condition]:
    """The conditions without parts that read the fact, except where the rest decides without it."""
    if fact not in condition.reads():
        return
    inner = list(parts(condition))
    without = situation.without(fact)
    match condition:
        case All() if any(part.holds(without) is False for part in inner):
            return
        case Either() if any(part.holds(without) for part in inner):
            return
        case FirstKnown():
            inner = _tried(inner, situation)
    if not inner:
        yield condition
    for part in inner:
        yield from _counting(part, situation, fact)


def _tried(ways: list[Condition], situation: Situation) -> list[Condition]:
    """The ways to know something, up to the first that tells."""
    telling = next((place for place, way in enumerate(ways) if way.holds(situation) is not None), len(ways))
    return ways[: telling + 1]


def _listed(facts: tuple[str, ...]) -> Text:
    return reduce(lambda first, second: Text.of("explanation.both", first=first, second=second), map(fact_name, facts))
