"""A small part of the combinations of facts, each really evaluated by `knowledge.rights.evaluate`, without any shortcut."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import product
from typing import cast

from knowledge.diagrams import Branch, Diagram, Forest
from knowledge.facts import DATA, Facts, PartialDate
from knowledge.rights import ACTORS, Answer, evaluate
from knowledge.rules import UNKNOWN, Outcome
from knowledge.space import Space, space_of

Values = Mapping[str, tuple[object, ...]]

LEFT_ON = tuple(
    map(PartialDate.parse, ("2021-07-15", "2023-11-22", "2024-11-21", "2024-11-22", "2024-11-23", "2025-11-22"))
) + tuple(map(PartialDate.parse, ("2026-07-15", "2027-07-15")))
"""Eight leaving dates, for the day 22 November 2026: long ago, on and around the borders of both years, and ahead."""


@dataclass(slots=True)
class OneByOne:
    """How many combinations were evaluated, and those of which something is wrong, with what."""

    combinations: int = 0
    wrong: list[tuple[Facts, str]] = field(default_factory=list)


def evaluate_all(actor: str, day: date, values: Values) -> OneByOne:
    """Evaluates every combination of the values of the facts that the actor reads, "not known" with each.

    Facts that are not in `values` have all their values. The actor's label is compared with the one of the diagram;
    flags and end dates of all actors are looked at. Raises what the evaluation raises: nothing is caught.
    """
    found = OneByOne()
    forest = Forest(space_of((ACTORS[actor],), (day,)))
    labels = forest.labels(ACTORS[actor], day)
    every = {fact: values.get(fact, axis.values[1:]) for fact, axis in forest.space.axes.items()}
    places = {fact: _places(forest.space, fact, known) for fact, known in every.items()}
    for facts in _combinations(every):
        answer = evaluate(facts, day)
        found.combinations += 1
        found.wrong += [(facts, problem) for problem in _problems(answer, day)]
        expected = _label(labels, facts, places)
        if not _agrees(answer.outcomes[actor], expected):
            found.wrong.append((facts, f"{actor}: {answer.outcomes[actor].label} and not {expected}"))
    return found


def _places(space: Space, fact: str, known: tuple[object, ...]) -> dict[object, int]:
    place_of = space.placing(fact)
    return {value: place_of(value) for value in (None, *known)}


def _combinations(values: Values) -> Iterator[dict[str, object]]:
    for chosen in product(*((None, *known) for known in values.values())):
        yield {fact: value for fact, value in zip(values, chosen, strict=True) if value is not None}


def _label(part: Diagram, facts: Facts, places: Mapping[str, Mapping[object, int]]) -> str:
    while isinstance(part, Branch):
        part = part.parts[places[part.fact][facts.get(part.fact)]]
    return cast(str, part.value)


def _agrees(outcome: Outcome, expected: str) -> bool:
    """Facts that contradict each other may leave open what the rules alone would say."""
    return outcome.label == expected or (outcome.label == UNKNOWN and "contradiction" in outcome.flags)


def _problems(answer: Answer, day: date) -> Iterator[str]:
    for actor, outcome in answer.outcomes.items():
        yield from (f"{actor}: no such flag: {flag}" for flag in outcome.flags if flag not in _FLAGS)
        if outcome.until is not None and outcome.until <= day:
            yield f"{actor}: until {outcome.until} is no day to come"


_FLAGS = frozenset(json.loads((DATA / "vocabulary.json").read_text("utf-8"))["flags"])
