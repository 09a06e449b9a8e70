"""Whose outcome changes between two days, or between two editions of the rules: counted over the whole space of facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from knowledge.diagrams import Diagram, Forest, Leaf, Weights, example
from knowledge.facts import Facts, PartialDate
from knowledge.next_fact import common_answers
from knowledge.rights import ACTORS, STATUSES
from knowledge.rules import Decision
from knowledge.space import Axis, Space, space_of

Told = Mapping[str, Any]
"""JSON-shaped: the axes or the labels of every decision of one edition of the rules, by its name."""

NO_RULES = "-"
"""The label of a decision that an edition of the rules does not have."""


@dataclass(frozen=True, slots=True)
class Change:
    """Combinations of facts that had one label of a decision and have another: how many of them, and one as example.

    `weight` is the part of people, by the guesses of how common answers are, who told all that is asked.
    """

    actor: str
    before: str
    after: str
    combinations: int
    weight: float
    example: Facts


def all_decisions() -> Mapping[str, Decision]:
    """Every actor and status by name."""
    return {**ACTORS, **STATUSES}


def between_days(first: date, second: date) -> tuple[tuple[Change, ...], int]:
    """What changes from the one day to the other for a person of whom the same is known; and the combinations compared."""
    found: list[Change] = []
    size = 0
    for decision in all_decisions().values():
        forest = Forest(space_of((decision,), (first, second)))
        before, after = forest.labels(decision, first), forest.labels(decision, second)
        found += _changes(decision.actor, forest, before, after, _weights(forest.space, second))
        size += forest.space.size
    return tuple(found), size


def between_editions(before: Told, after: Told, axes: Told, as_of: date) -> tuple[tuple[Change, ...], int]:
    """What differs between the labels of two editions (`tell_labels`) over the same axes (`merged`)."""
    found: list[Change] = []
    size = 0
    for actor, told in axes.items():
        space = _read_space(told)
        forest = Forest(space)
        pair = (_read_labels(forest, before.get(actor)), _read_labels(forest, after.get(actor)))
        found += _changes(actor, forest, *pair, _weights(_judging(space, actor, as_of), as_of))
        size += space.size
    return tuple(found), size


def tell_axes(as_of: date) -> Told:
    """The values of the facts of each decision of these rules."""
    return {
        name: {
            fact: [_write(value) for value in axis.values]
            for fact, axis in space_of((decision,), (as_of,)).axes.items()
        }
        for name, decision in all_decisions().items()
    }


def merged(first: Told, second: Told) -> Told:
    """The axes that hold the values of both."""
    return {
        actor: {
            fact: _once([*first.get(actor, {}).get(fact, ()), *second.get(actor, {}).get(fact, ())])
            for fact in dict.fromkeys((*first.get(actor, ()), *second.get(actor, ())))
        }
        for actor in dict.fromkeys((*first, *second))
    }


def tell_labels(axes: Told, as_of: date) -> Told:
    """The labels of each decision of these rules for every combination, as nodes of which the last is the whole."""
    return {
        name: _write_labels(Forest(_read_space(axes[name])), decision, as_of)
        for name, decision in all_decisions().items()
    }


def _changes(actor: str, forest: Forest, before: Diagram, after: Diagram, weights: Weights) -> Iterable[Change]:
    pairs = forest.join((before, after), tuple)
    weighed = forest.weighed(pairs, weights)
    for pair, share in sorted(forest.shares(pairs).items(), key=lambda item: -item[1]):
        assert isinstance(pair, tuple)
        if pair[0] != pair[1]:
            facts = example(pairs, pair, forest.space)
            assert facts is not None
            yield Change(actor, *pair, int(share * forest.space.size), float(weighed.get(pair, 0)), facts)


def _weights(space: Space, as_of: date) -> Weights:
    """By the guesses; a fact nobody is asked for counts as not known, and so does a birth date: the age tells."""
    weights = {}
    for fact, axis in space.axes.items():
        counts = [Fraction()] * len(axis.values)
        for value, weight in common_answers(fact, as_of) or ((None, 1.0),):
            counts[space.place_of(fact, value) if value is not None else 0] += Fraction(weight)
        weights[fact] = tuple(count / sum(counts) for count in counts)
    return weights


def _judging(space: Space, actor: str, as_of: date) -> Space:
    """The same axes, with the conditions of the present rules to tell values apart by."""
    decision = all_decisions().get(actor)
    return Space(space.axes, space_of((decision,), (as_of,)).conditions if decision else (), (as_of,))


def _write(value: object) -> object:
    return {"date": str(value)} if isinstance(value, PartialDate) else value


def _read(value: Any) -> object:
    return PartialDate.parse(value["date"]) if isinstance(value, dict) else value


def _once(values: list[object]) -> list[object]:
    return list({repr(value): value for value in values}.values())


def _read_space(told: Told) -> Space:
    return Space({fact: _read_axis(values) for fact, values in told.items()})


def _read_axis(values: list[Any]) -> Axis:
    return Axis(tuple(map(_read, values)), (), tuple(range(len(values))))


def _write_labels(forest: Forest, decision: Decision, as_of: date) -> list[object]:
    nodes: list[object] = []
    places: dict[int, int] = {}

    def write(diagram: Diagram) -> int:
        if id(diagram) not in places:
            if isinstance(diagram, Leaf):
                node: object = diagram.value
            else:
                node = [diagram.fact, [write(part) for part in diagram.parts]]
            nodes.append(node)
            places[id(diagram)] = len(nodes) - 1
        return places[id(diagram)]

    write(forest.labels(decision, as_of))
    return nodes


def _read_labels(forest: Forest, nodes: list[Any] | None) -> Diagram:
    made: list[Diagram] = []
    for node in nodes or [NO_RULES]:
        if isinstance(node, str):
            made.append(forest.leaf(node))
        else:
            made.append(forest.branch(node[0], tuple(made[place] for place in node[1])))
    return made[-1]
