"""Whose outcome changes between two days, or between two editions of the rules: counted over the whole space of facts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from knowledge.diagrams import Diagram, Forest, Weights, example
from knowledge.editions import Told, all_decisions, read_labels, read_space
from knowledge.facts import Facts
from knowledge.next_fact import common_answers
from knowledge.space import Space, space_of


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


def between_days(first: date, second: date, actors: Iterable[str] | None = None) -> tuple[tuple[Change, ...], int]:
    """What changes from the one day to the other for a person of whom the same is known; and the combinations compared."""
    found: list[Change] = []
    size = 0
    for name in all_decisions() if actors is None else actors:
        decision = all_decisions()[name]
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
        space = read_space(told)
        forest = Forest(space)
        pair = (read_labels(forest, before.get(actor)), read_labels(forest, after.get(actor)))
        found += _changes(actor, forest, *pair, _weights(_judging(space, actor, as_of), as_of))
        size += space.size
    return tuple(found), size


def _changes(actor: str, forest: Forest, before: Diagram, after: Diagram, weights: Weights) -> Iterable[Change]:
    pairs = forest.join((before, after), tuple)
    weighed = forest.weighed(pairs, weights)
    for pair, share in sorted(forest.shares(pairs).items(), key=lambda item: -item[1]):
        assert isinstance(pair, tuple)
        if pair[0] != pair[1]:
            facts = example(pairs, pair, forest.space)
            assert facts is not None
            yield Change(
                actor, str(pair[0]), str(pair[1]), int(share * forest.space.size), float(weighed.get(pair, 0)), facts
            )


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
