"""All conversations there can be about a goal: every answer to every question that is asked, and "I don't know" to each.

They are walked through once for each situation, to prove that each ends, asks nothing in vain, and does not stop too soon.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from knowledge.conditions import AgeDiffers, Anniversary, Before, Situation, Today
from knowledge.diagrams import Diagram, Forest, matters
from knowledge.facts import Facts
from knowledge.next_fact import askable_facts, next_fact
from knowledge.rights import ACTORS, clashes_in
from knowledge.space import space_of

Known = tuple[tuple[str, object], ...]
Skipped = frozenset[str]


_BIRTHDAYS = tuple(Before(Today(), Anniversary(("birth_date",), age)) for age in range(14, 30))
"""So that of the birth dates that are alike for the law some fit each age."""


@dataclass(slots=True)
class Paths:
    """What was found on all paths: how many situations and conversations, and the most questions in one of them.

    `in_vain` are situations whose question can change no label; `too_soon` those where an unasked one still could.
    """

    situations: int = 0
    conversations: int = 0
    longest: int = 0
    asked: set[str] = field(default_factory=set)
    in_vain: list[tuple[Facts, Skipped, str]] = field(default_factory=list)
    too_soon: list[tuple[Facts, Skipped, str]] = field(default_factory=list)


@dataclass(slots=True)
class _Walk:
    """One walk through all conversations; a situation that was met before is not walked again."""

    actors: tuple[str, ...]
    as_of: date
    skipping: bool
    forest: Forest
    labels: Diagram
    found: Paths = field(default_factory=Paths)
    _seen: dict[tuple[Known, Skipped], tuple[int, int]] = field(default_factory=dict)

    def follow(self, facts: Facts, skipped: Skipped) -> tuple[int, int]:
        """The number of conversations from here, and the most questions that one of them still takes."""
        key = (tuple(sorted(facts.items())), skipped)
        if key not in self._seen:
            self._seen[key] = self._step(facts, skipped)
        return self._seen[key]

    def _step(self, facts: Facts, skipped: Skipped) -> tuple[int, int]:
        fact = next_fact(facts, self.as_of, self.actors, skipped)
        self.found.situations += 1
        if fact is None:
            self._check_end(facts, skipped)
            return 1, 0
        self.found.asked.add(fact)
        if not self._can_change(facts, fact):
            self.found.in_vain.append((facts, skipped, fact))
        ends = [self.follow(then, skipped) for then in self._answers(facts, fact)]
        if self.skipping:
            ends.append(self.follow(facts, skipped | {fact}))
        return sum(count for count, _ in ends), 1 + max(longest for _, longest in ends)

    def _answers(self, facts: Facts, fact: str) -> Iterator[Facts]:
        """The situation after each answer that does not contradict what was said."""
        for place in self._places(facts, fact):
            then = {**facts, fact: self.forest.space.axes[fact].values[place]}
            if not clashes_in(then, self.as_of):
                yield then

    def _can_change(self, facts: Facts, fact: str) -> bool:
        """Whether the fact changes a label for something that the other facts may still turn out to be."""
        others = {name: value for name, value in facts.items() if name != fact}
        now = self.forest.space.axes[fact].values.index(facts.get(fact))
        places = (now, *self._places(facts, fact))
        return any(
            len({id(self.forest.given(rest, fact, place)) for place in places}) > 1
            for rest in self._readings(facts, _with_known(self.forest, self.labels, others), but=fact)
        )

    def _check_end(self, facts: Facts, skipped: Skipped) -> None:
        """Whatever the facts that could still be asked turn out to be: the label stays."""
        rest = _with_known(self.forest, self.labels, facts)
        open_ = set(askable_facts(facts, self.as_of, self.actors)) - skipped
        if "age" not in facts:
            # Who does not tell an age is not asked for a birth date.
            open_.discard("birth_date")
        for fact in sorted(matters(rest) - open_):
            rest = self.forest.given(rest, fact, 0)
        readings = self._readings(facts, rest)
        changing = set().union(*map(matters, readings))
        if len(set(map(id, readings))) > 1:
            changing.add("birth_date")
        self.found.too_soon += [(facts, skipped, fact) for fact in sorted(changing)]

    def _readings(self, facts: Facts, rest: Diagram, *, but: str = "") -> list[Diagram]:
        """What is left for each birth date that fits the age that was said; one reading where no age was said."""
        if "age" not in facts or facts.get("birth_date") or but == "birth_date" or "birth_date" not in matters(rest):
            return [rest]
        return [self.forest.given(rest, "birth_date", place) for place in (0, *self._places(facts, "birth_date"))]

    def _places(self, facts: Facts, fact: str) -> list[int]:
        """Where the answers stand that say more than what is known of the fact, and fit the age that was said."""
        axis = self.forest.space.axes[fact]
        at = axis.values.index(facts.get(fact))
        inside = [finer for wide, finer in axis.finer if wide == at]
        if fact == "birth_date" and "age" in facts:
            return [place for place in inside if _is_of_age(axis.values[place], facts["age"], self.as_of)]
        return inside


def walk(
    actors: Iterable[str],
    as_of: date,
    *,
    start: Facts | None = None,
    skipped: Iterable[str] = (),
    skipping: bool = True,
) -> Paths:
    """Walks all conversations about the actors from the facts at the start; `skipping` with "I don't know" everywhere.

    `skipped` are facts that are never asked in these conversations.
    """
    wanted = tuple(actors)
    decisions = tuple(ACTORS[actor] for actor in wanted)
    forest = Forest(space_of(decisions, (as_of,), _BIRTHDAYS))
    labels = forest.join(tuple(forest.labels(decision, as_of) for decision in decisions), lambda values: values)
    going = _Walk(wanted, as_of, skipping, forest, labels)
    going.found.conversations, going.found.longest = going.follow(start or {}, frozenset(skipped))
    return going.found


def _with_known(forest: Forest, diagram: Diagram, facts: Facts) -> Diagram:
    for fact, value in facts.items():
        if fact in forest.space.axes:
            diagram = forest.given(diagram, fact, forest.space.axes[fact].values.index(value))
    return diagram


def _is_of_age(born: object, age: object, as_of: date) -> bool:
    return not AgeDiffers(0).holds(Situation({"birth_date": born, "age": age}, as_of))
