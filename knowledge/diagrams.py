"""What decisions answer for every combination of facts at once, as diagrams in which equal parts are one object.

A diagram is made by running the real conditions: a fact that is looked at branches into all its values, one that is not
looked at cannot matter. So thousands of millions of combinations are gone through in seconds, and counted exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import partial

from knowledge.conditions import Situation
from knowledge.rules import UNKNOWN, Decision, Rule
from knowledge.space import Space


@dataclass(frozen=True, slots=True, eq=False)
class Leaf:
    """What comes out."""

    value: Hashable


@dataclass(frozen=True, slots=True, eq=False)
class Branch:
    """A fact that matters, and what follows for each of its values in the order of the space."""

    fact: str
    parts: tuple[Diagram, ...]


Diagram = Leaf | Branch
Shares = Mapping[Hashable, Fraction]
"""Which part of all combinations has which outcome."""
Weights = Mapping[str, tuple[Fraction, ...]]
"""By fact how much each of its values counts, in the order of its axis."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A decision's label, and the id of the rule that certainly decides; "" while several may."""

    label: str
    rule: str


class _NotChosen(Exception):
    """A fact was looked at that has no value yet on this path."""

    def __init__(self, fact: str) -> None:
        super().__init__(fact)
        self.fact = fact


class _Path(dict[str, object]):
    """The facts chosen so far; looking at another one breaks the run off."""

    def get(self, fact: str, _default: object = None) -> object:
        if fact not in self:
            raise _NotChosen(fact)
        return self[fact]


@dataclass(slots=True)
class Forest:
    """Diagrams over one space; equal parts are the same object, so that comparing them is quick."""

    space: Space
    runs: int = 0
    """How often a condition was evaluated on a path of its own."""
    _leaves: dict[Hashable, Leaf] = field(default_factory=dict)
    _branches: dict[tuple[str, tuple[int, ...]], Branch] = field(default_factory=dict)
    _given: dict[tuple[int, str, int], Diagram] = field(default_factory=dict)

    def verdicts(self, decision: Decision, as_of: date) -> Diagram:
        """The decision's verdict for every combination on a day: rule by rule, from the last one back."""
        last = decision.rules[-1]
        diagram: Diagram = self.leaf(Verdict(last.label, last.id))
        for rule in reversed(decision.rules[:-1]):
            diagram = self.join((self.grow(rule.when.holds, as_of), diagram), partial(_next_rule, rule))
        return diagram

    def labels(self, decision: Decision, as_of: date) -> Diagram:
        """The decision's label for every combination on a day."""
        return self.join((self.verdicts(decision, as_of),), label_of)

    def grow(self, evaluate: Callable[[Situation], Hashable], as_of: date) -> Diagram:
        """What `evaluate` says for every combination; it may read facts by `get` only."""

        def follow(path: _Path) -> Diagram:
            try:
                value = evaluate(Situation(path, as_of))
            except _NotChosen as open_:
                fact = open_.fact
                return self._each(fact, lambda value: follow(_Path({**path, fact: value})))
            self.runs += 1
            return self.leaf(value)

        return follow(_Path())

    def join(self, diagrams: tuple[Diagram, ...], combine: Callable[[tuple[Hashable, ...]], Hashable]) -> Diagram:
        """The diagram of what is made of the outcomes of these diagrams."""
        seen: dict[tuple[int, ...], Diagram] = {}

        def follow(parts: tuple[Diagram, ...]) -> Diagram:
            key = tuple(map(id, parts))
            if key not in seen:
                first = next((part for part in parts if isinstance(part, Branch)), None)
                if first is None:
                    seen[key] = self.leaf(combine(tuple(part.value for part in parts if isinstance(part, Leaf))))
                else:
                    fact = first.fact
                    seen[key] = self.branch(fact, tuple(follow(split) for split in self._split(fact, parts)))
            return seen[key]

        return follow(diagrams)

    def leaf(self, value: Hashable) -> Leaf:
        """The one leaf with this value."""
        # True and 1 are equal: the kind belongs to the key.
        return self._leaves.setdefault((type(value), value), Leaf(value))

    def given(self, diagram: Diagram, fact: str, place: int) -> Diagram:
        """What is left of the diagram once the fact has the value at this place of its axis."""
        if isinstance(diagram, Leaf):
            return diagram
        if diagram.fact == fact:
            return diagram.parts[place]
        key = (id(diagram), fact, place)
        if key not in self._given:
            self._given[key] = self.branch(diagram.fact, tuple(self.given(part, fact, place) for part in diagram.parts))
        return self._given[key]

    def shares(self, diagram: Diagram) -> Shares:
        """Which part of all combinations has which outcome; the parts add up to one."""
        return self.weighed(diagram, {})

    def weighed(self, diagram: Diagram, weights: Weights) -> Shares:
        """The same where combinations count by the weights of their values (each fact's add up to one)."""
        even = {
            fact: weights.get(fact) or (Fraction(1, len(axis.values)),) * len(axis.values)
            for fact, axis in self.space.axes.items()
        }
        return _shares(diagram, even, {})

    def unsettled(self, labels: Diagram) -> Mapping[str, Fraction]:
        """The facts whose filling in changes a label that was certain, each with the part of such steps that do.

        The promise is that certain stays certain; `reasons` tells why the law itself breaks it for these facts.
        """
        found = {}
        for fact in sorted(matters(labels)):
            steps = self.space.axes[fact].finer
            broken = sum((self._broken(labels, fact, *step) for step in steps), Fraction())
            if broken:
                found[fact] = broken / len(steps)
        return found

    def needless(self, labels: Diagram) -> Mapping[str, Fraction]:
        """Facts of which every value gives one and the same certain label, while the label is unknown without them.

        With the part of all combinations (of the other facts) in which that is so.
        """
        found = {}
        for fact in sorted(matters(labels)):
            ends = tuple(self.given(labels, fact, place) for place in range(len(self.space.axes[fact].values)))
            share = self.shares(self.join(ends, _is_needless)).get(True)
            if share:
                found[fact] = share
        return found

    def _broken(self, labels: Diagram, fact: str, wide: int, seen: int) -> Fraction:
        pair = self.given(labels, fact, wide), self.given(labels, fact, seen)
        if pair[0] is pair[1]:
            return Fraction()
        return self.shares(self.join(pair, lambda ends: ends[0] not in (UNKNOWN, ends[1]))).get(True, Fraction())

    def branch(self, fact: str, parts: tuple[Diagram, ...]) -> Diagram:
        """The one object for this branch; a fact of which all values give the same does not matter and is left out."""
        if all(part is parts[0] for part in parts):
            return parts[0]
        return self._branches.setdefault((fact, tuple(map(id, parts))), Branch(fact, parts))

    def _each(self, fact: str, follow: Callable[[object], Diagram]) -> Diagram:
        axis = self.space.axes[fact]
        parts: list[Diagram] = []
        for place, value in enumerate(axis.values):
            like = axis.alike[place]
            parts.append(parts[like] if like < place else follow(value))
        return self.branch(fact, tuple(parts))

    def _split(self, fact: str, parts: tuple[Diagram, ...]) -> Iterator[tuple[Diagram, ...]]:
        for place in range(len(self.space.axes[fact].values)):
            yield tuple(self.given(part, fact, place) for part in parts)


def matters(diagram: Diagram) -> frozenset[str]:
    """The facts of which some value, in some combination, changes the outcome."""
    return frozenset(part.fact for part in _parts(diagram) if isinstance(part, Branch))


def outcomes(diagram: Diagram) -> frozenset[Hashable]:
    """Everything that comes out for some combination."""
    return frozenset(part.value for part in _parts(diagram) if isinstance(part, Leaf))


def example(diagram: Diagram, wanted: Hashable, space: Space) -> dict[str, object] | None:
    """Facts for which this comes out, as few as follow the diagram; None when it never does."""
    if isinstance(diagram, Leaf):
        return {} if diagram.value == wanted else None
    for value, part in zip(space.axes[diagram.fact].values, diagram.parts, strict=True):
        if wanted in outcomes(part):
            rest = example(part, wanted, space)
            assert rest is not None
            return {**({} if value is None else {diagram.fact: value}), **rest}
    return None


def _is_needless(ends: tuple[Hashable, ...]) -> bool:
    known = set(ends[1:])
    return ends[0] == UNKNOWN and len(known) == 1 and UNKNOWN not in known


def _shares(diagram: Diagram, weights: Weights, seen: dict[int, Shares]) -> Shares:
    if isinstance(diagram, Leaf):
        return {diagram.value: Fraction(1)}
    if id(diagram) not in seen:
        found: dict[Hashable, Fraction] = {}
        counting = ((weight, part) for weight, part in zip(weights[diagram.fact], diagram.parts, strict=True) if weight)
        for weight, part in counting:
            for value, share in _shares(part, weights, seen).items():
                found[value] = found.get(value, Fraction()) + share * weight
        seen[id(diagram)] = found
    return seen[id(diagram)]


def label_of(values: tuple[Hashable, ...]) -> str:
    """The label of a verdict that stands alone in `values`."""
    (verdict,) = values
    assert isinstance(verdict, Verdict)
    return verdict.label


def _next_rule(rule: Rule, values: tuple[Hashable, ...]) -> Verdict:
    """`rules.possible_rules` and `rules.common_label`, for one rule before the others."""
    truth, rest = values
    assert isinstance(rest, Verdict)
    if truth is False:
        return rest
    if truth is True:
        return Verdict(rule.label, rule.id)
    return Verdict(rule.label if rest.label == rule.label else UNKNOWN, "")


def _parts(diagram: Diagram) -> Iterator[Diagram]:
    seen: set[int] = set()
    waiting = [diagram]
    while waiting:
        part = waiting.pop()
        if id(part) not in seen:
            seen.add(id(part))
            yield part
            waiting.extend(part.parts if isinstance(part, Branch) else ())
