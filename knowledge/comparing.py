"""Whose outcome changes between two days, or between two editions of the rules: counted over the whole space of facts.

Between two days, what the law changes is told apart from what the calendar does: first only the day passes, under the law
of the first day; then, for the same people on the second day, only the law becomes that of the second.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import date
from fractions import Fraction
from typing import Any

from knowledge.conditions import Always, Condition, Not, Situation
from knowledge.diagrams import Diagram, Forest, Weights
from knowledge.editions import Told, all_decisions, read_labels, read_space
from knowledge.facts import Facts
from knowledge.likely import likely_example
from knowledge.next_fact import common_answers
from knowledge.rules import Decision
from knowledge.sampling import compare_with_evaluation
from knowledge.space import Space, space_of


@dataclass(frozen=True, slots=True)
class Change:
    """Combinations of facts that had one label of a decision and have another: how many of them, and one as example.

    `weight` is the part of people, by the guesses of how common answers are, who told all that is asked. `example` is
    a likely one of which the facts fit together; None when no such one was found.
    """

    actor: str
    before: str
    after: str
    combinations: int
    weight: float
    example: Facts | None


@dataclass(slots=True)
class Comparison:
    """What changes between two days, by the law and by the calendar alone; and what was gone through to know it.

    `runs`: how often conditions were run; `compared`: random combinations that were evaluated one by one beside it, of
    which `differing` came out otherwise.
    """

    by_law: tuple[Change, ...] = ()
    by_calendar: tuple[Change, ...] = ()
    combinations: int = 0
    runs: int = 0
    compared: int = 0
    differing: int = 0


def between_days(first: date, second: date, actors: Iterable[str] | None = None, *, samples: int = 0) -> Comparison:
    """What changes from the one day to the other for a person of whom the same is known.

    Of each decision so many random combinations (`samples`) are evaluated on both days as well.
    """
    found = Comparison()
    for name in all_decisions() if actors is None else actors:
        _compare(found, all_decisions()[name], first, second, samples)
    return found


def between_editions(before: Told, after: Told, axes: Told, as_of: date) -> tuple[tuple[Change, ...], int]:
    """What differs between the labels of two editions (`tell_labels`) over the same axes (`merged`)."""
    found: list[Change] = []
    size = 0
    for actor, told in axes.items():
        space = read_space(told)
        forest = Forest(space)
        pair = (read_labels(forest, before.get(actor)), read_labels(forest, after.get(actor)))
        found += _changes(actor, forest, pair, _judging(space, actor, as_of), (as_of,))
        size += space.size
    return tuple(found), size


def under_law_of(decision: Decision, day: date) -> Decision:
    """The decision with the law as it is on this day, whatever day it is asked on.

    Everything that reads no fact, such as "the law has started", is what it is on this day; what depends on facts is not
    touched.
    """
    rules = tuple(replace(rule, when=_settled(rule.when, day)) for rule in decision.rules)
    return Decision(decision.actor, rules, decision.grounds)


def _compare(found: Comparison, decision: Decision, first: date, second: date, samples: int) -> None:
    name, forest = decision.actor, Forest(space_of((decision,), (first, second)))
    before, after = forest.labels(decision, first), forest.labels(decision, second)
    between = forest.labels(under_law_of(decision, first), second)
    found.by_calendar += tuple(_changes(name, forest, (before, between), forest.space, (first, second)))
    found.by_law += tuple(_changes(name, forest, (between, after), forest.space, (second,)))
    found.combinations += forest.space.size
    found.runs += forest.runs
    for day, labels in ((first, before), (second, after)):
        found.compared += samples
        found.differing += len(compare_with_evaluation(forest.space, labels, decision, day, samples))


def _settled(part: Any, day: date) -> Any:
    if isinstance(part, tuple):
        return tuple(_settled(one, day) for one in part)
    if not hasattr(part, "holds"):
        return part
    if not part.reads():
        return _always(truth=part.holds(Situation({}, day)))
    return replace(part, **{one.name: _settled(getattr(part, one.name), day) for one in fields(part)})


def _always(*, truth: bool) -> Condition:
    return Always() if truth else Not(Always())


def _changes(
    actor: str, forest: Forest, labels: tuple[Diagram, Diagram], judging: Space, days: tuple[date, ...]
) -> Iterable[Change]:
    pairs = forest.join(labels, tuple)
    weighed = forest.weighed(pairs, _weights(judging, days[-1]))
    for pair, share in sorted(forest.shares(pairs).items(), key=lambda item: (-weighed.get(item[0], 0), -item[1])):
        assert isinstance(pair, tuple)
        if pair[0] != pair[1]:
            size, part = int(share * forest.space.size), float(weighed.get(pair, 0))
            example = likely_example(pairs, pair, judging, days)
            yield Change(actor, str(pair[0]), str(pair[1]), size, part, example)


def _weights(space: Space, as_of: date) -> Weights:
    """By the guesses; a fact nobody is asked for counts as not known, and so does a birth date: the age tells."""
    weights = {}
    for fact, axis in space.axes.items():
        counts = [Fraction()] * len(axis.values)
        place_of = space.placing(fact)
        for value, weight in common_answers(fact, as_of) or ((None, 1.0),):
            counts[place_of(value)] += Fraction(weight)
        weights[fact] = tuple(count / sum(counts) for count in counts)
    return weights


def _judging(space: Space, actor: str, as_of: date) -> Space:
    """The same axes, with the conditions of the present rules to tell values apart by."""
    decision = all_decisions().get(actor)
    return Space(space.axes, space_of((decision,), (as_of,)).conditions if decision else (), (as_of,))
