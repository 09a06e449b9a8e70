"""The likeliest person for whom something comes out: an example that could be true, by `data/guesses.toml`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from heapq import heappop, heappush
from itertools import count

from knowledge.conditions import AgeDiffers, Situation
from knowledge.diagrams import Diagram, Leaf
from knowledge.facts import Facts, PartialDate
from knowledge.next_fact import common_answers
from knowledge.rights import clashes_in
from knowledge.space import Space

_TRIES = 20_000
_RARE, _VAGUE, _NOT_TOLD = 1e-3, 1e-4, 1e-2
"""The chance of an answer nobody guessed, of a date that is not known to the day, and of no answer where one is asked."""


@dataclass(frozen=True, slots=True)
class _Said:
    """One value as an example says it, and how likely it is to be said."""

    value: object
    chance: float


def fit_together(facts: Facts, days: Iterable[date]) -> bool:
    """Whether the facts could all be true on these days, and the age be that of the last of them."""
    seen = tuple(days)
    return not any(clashes_in(facts, day) for day in seen) and not AgeDiffers(0).holds(Situation(facts, seen[-1]))


def likely_example(diagram: Diagram, wanted: object, space: Space, days: tuple[date, ...]) -> Facts | None:
    """The likeliest facts for which this comes out and that fit together on all the days; None when none were found.

    The last day is the one for which the guesses count. The likeliest branches are followed first.
    """
    said = {fact: _said(space, fact, days[-1]) for fact in space.axes}
    best = _best(diagram, wanted, said)
    number = count()
    waiting: list[tuple[float, int, float, Diagram, Facts]] = [(-best[id(diagram)], next(number), 1.0, diagram, {})]
    for _ in range(_TRIES):
        if not waiting:
            break
        _, _, chance, part, facts = heappop(waiting)
        if not fit_together(facts, days):
            continue
        if isinstance(part, Leaf):
            return facts
        for one, below in zip(said[part.fact], part.parts, strict=True):
            so_far = chance * one.chance
            if best[id(below)]:
                told = facts if one.value is None else {**facts, part.fact: one.value}
                heappush(waiting, (-so_far * best[id(below)], next(number), so_far, below, told))
    return None


def _best(diagram: Diagram, wanted: object, said: Mapping[str, tuple[_Said, ...]]) -> dict[int, float]:
    """For each part of the diagram the chance of the likeliest way from there to what is wanted; 0 where there is none."""
    found: dict[int, float] = {}

    def follow(part: Diagram) -> float:
        if id(part) not in found:
            if isinstance(part, Leaf):
                found[id(part)] = float(part.value == wanted)
            else:
                ways = zip(said[part.fact], part.parts, strict=True)
                found[id(part)] = max(one.chance * follow(below) for one, below in ways)
        return found[id(part)]

    follow(diagram)
    return found


def _said(space: Space, fact: str, as_of: date) -> tuple[_Said, ...]:
    """By place of the fact's values: a guessed answer stands for all that are alike, or else the value of the axis."""
    guessed: dict[int, _Said] = {}
    place_of = space.placing(fact)
    for value, chance in _guesses(fact, as_of):
        place = place_of(value)
        if place not in guessed or guessed[place].chance < chance:
            guessed[place] = _Said(value, chance)
    asked = bool(common_answers(fact, as_of))
    rest = (_Said(None, _NOT_TOLD if asked else 1.0), *(_unguessed(value) for value in space.axes[fact].values[1:]))
    return tuple(guessed.get(place, one) if place else one for place, one in enumerate(rest))


def _unguessed(value: object) -> _Said:
    vague = isinstance(value, PartialDate) and value.day is None
    return _Said(value, _VAGUE if vague else _RARE)


def _guesses(fact: str, as_of: date) -> Iterable[tuple[object, float]]:
    """The guessed answers with the part of people who give them; birth dates are rarely told beside an age."""
    if fact != "birth_date":
        answers = common_answers(fact, as_of)
        total = sum(weight for _, weight in answers)
        return [(value, weight / total) for value, weight in answers]
    return [
        (born, _RARE * chance * weight)
        for age, chance in _guesses("age", as_of)
        for born, weight in common_answers("birth_date", as_of, {"age": age})
    ]
