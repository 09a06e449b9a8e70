"""Random combinations of facts, each evaluated by itself and looked up in a diagram: so nobody has to trust diagrams."""

from __future__ import annotations

import random
from datetime import date

from knowledge.conditions import Situation
from knowledge.diagrams import Branch, Diagram
from knowledge.facts import FACTS, Facts, PartialDate
from knowledge.rules import Decision, decide
from knowledge.space import Space

_NOT_KNOWN = 0.3
_OLDEST = 120
_YEARS_BACK, _YEARS_AHEAD = 34, 2


def compare_with_evaluation(
    space: Space, labels: Diagram, decision: Decision, day: date, samples: int
) -> tuple[Facts, ...]:
    """The facts, of so many random combinations, for which evaluating the decision gives another label than the diagram.

    The same ones are drawn each time. Dates and ages are any, not only those that stand in the space.
    """
    chance = random.Random(f"{decision.actor} {day}")
    placing = {fact: space.placing(fact) for fact in space.axes}
    differing = []
    for _ in range(samples):
        facts = anybody(space, day, chance)
        part = labels
        while isinstance(part, Branch):
            part = part.parts[placing[part.fact](facts.get(part.fact))]
        if part.value != decide(decision, Situation(facts, day)).label:
            differing.append(facts)
    return tuple(differing)


def anybody(space: Space, day: date, chance: random.Random) -> Facts:
    """Random facts of the space; what is not in them is not known."""
    return {fact: _any(space, fact, day, chance) for fact in space.axes if chance.random() > _NOT_KNOWN}


def _any(space: Space, fact: str, day: date, chance: random.Random) -> object:
    match FACTS[fact].kind:
        case "date":
            return _any_date(day, chance)
        case "integer" if not FACTS[fact].values:
            return chance.randrange(_OLDEST)
    return chance.choice(space.axes[fact].values[1:])


def _any_date(day: date, chance: random.Random) -> PartialDate:
    """A year, a month or a day; half of the days fall on the day itself, years before or after it, where borders lie."""
    year = chance.randint(day.year - _YEARS_BACK, day.year + _YEARS_AHEAD)
    month = chance.randint(1, 12)
    exact = chance.choice(
        (PartialDate(year, month, chance.randint(1, 28)), PartialDate(year, day.month, min(day.day, 28)))
    )
    return chance.choice((PartialDate(year), PartialDate(year, month), exact, exact))
