"""The space of facts that one decision can meet, made finite without leaving anything out.

Every value of a closed fact stands in it, and "not known". Of dates, all years, months and days around the day of asking
are tried, and those that no condition can tell apart are one value; likewise ages. So a proof over it holds for them all.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from functools import lru_cache
from math import prod

from knowledge.conditions import AgeDiffers, Before, Condition, Is, Situation
from knowledge.facts import FACTS, PartialDate
from knowledge.rules import Decision

Values = tuple[object, ...]
Signature = tuple[object, ...]
"""What every condition says of one value, on each of the days."""

_YEARS_BACK, _YEARS_AHEAD = 35, 3
_OLDEST = 120
_USUAL_AGE = 20


@dataclass(frozen=True, slots=True)
class Axis:
    """The values of one fact, None first; by place: which can turn out to be which other, and which are alike.

    `alike` gives for each place the first place that no condition can tell from it.
    """

    values: Values
    finer: tuple[tuple[int, int], ...]
    alike: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Space:
    """All combinations of what can be known of the facts one decision reads, on some days."""

    axes: Mapping[str, Axis]
    conditions: tuple[Condition, ...] = ()
    days: tuple[date, ...] = ()

    def place_of(self, fact: str, value: object) -> int:
        """The place of the value that no condition can tell from this one; 0 (not known) when there is none."""
        return self.placing(fact)(value)

    def placing(self, fact: str) -> Callable[[object], int]:
        """`place_of` for many values of one fact."""
        told = _about(self.conditions, fact)
        known = self.axes[fact].values[1:]
        places: dict[Signature, int] = {}
        for place, seen in enumerate(known, start=1):
            places.setdefault(_signature(fact, seen, told, self.days), place)
        return lambda value: 0 if value is None else places.get(_signature(fact, value, told, self.days), 0)

    def with_values(self, values: Mapping[str, Values]) -> Space:
        """The same conditions and days over other values; which vaguer one holds which finer one is not told."""
        axes = {fact: _plain(fact, own[1:], _about(self.conditions, fact), self.days) for fact, own in values.items()}
        return Space(axes, self.conditions, self.days)

    @property
    def size(self) -> int:
        """The number of combinations."""
        return prod(len(axis.values) for axis in self.axes.values())


def space_of(decisions: Iterable[Decision], days: Iterable[date], beside: Iterable[Condition] = ()) -> Space:
    """The whole space of the decisions: what no condition of them, nor `beside`, tells apart on these days is one value."""
    return _space(tuple(decisions), tuple(days), tuple(beside))


def leaves(part: object) -> Iterator[Condition]:
    """The conditions in a tree of conditions that have no further conditions inside."""
    inside = [found for found in parts_of(part) if hasattr(found, "holds")]
    for found in inside:
        yield from leaves(found)
    if not inside:
        yield part  # type: ignore[misc]  # only conditions are handed in


def not_separable(decisions: Iterable[Decision]) -> tuple[Condition, ...]:
    """Conditions that look at two facts of which each alone tells nothing: for these, values could not be grouped."""
    tree = dict.fromkeys(leaf for decision in decisions for rule in decision.rules for leaf in leaves(rule.when))
    return tuple(condition for condition in tree if isinstance(condition, AgeDiffers) or _compares_two(condition))


def describe_space(space: Space) -> str:
    """One line that says what is enumerated: each fact with the number of its values."""
    return ", ".join(f"{fact} {len(axis.values)}" for fact, axis in space.axes.items())


@lru_cache(maxsize=256)
def _space(decisions: tuple[Decision, ...], days: tuple[date, ...], beside: tuple[Condition, ...]) -> Space:
    facts = dict.fromkeys(fact for decision in decisions for fact in decision.facts)
    read = (leaf for decision in decisions for rule in decision.rules for leaf in leaves(rule.when))
    conditions = tuple(dict.fromkeys((*read, *beside)))
    return Space({fact: _axis(fact, _about(conditions, fact), days) for fact in facts}, conditions, days)


def _about(conditions: tuple[Condition, ...], fact: str) -> tuple[Condition, ...]:
    return tuple(condition for condition in conditions if fact in condition.reads())


def _axis(fact: str, conditions: tuple[Condition, ...], days: tuple[date, ...]) -> Axis:
    match FACTS[fact].kind:
        case "date":
            return _dates(fact, conditions, days)
        case "integer" if not FACTS[fact].values:
            return _ages(fact, conditions, days)
        case "text":
            named = (value for condition in conditions if isinstance(condition, Is) for value in condition.values)
            values: Iterable[object] = dict.fromkeys((*named, ""))
        case "boolean":
            values = (True, False)
        case _:
            values = FACTS[fact].values
    return _plain(fact, values, conditions, days)


def _plain(fact: str, values: Iterable[object], conditions: tuple[Condition, ...], days: tuple[date, ...]) -> Axis:
    known = (None, *values)
    first: dict[Signature, int] = {}
    alike = [
        first.setdefault(_signature(fact, value, conditions, days), place) if place else 0
        for place, value in enumerate(known)
    ]
    return Axis(known, tuple((0, place) for place in range(1, len(known))), tuple(alike))


def _ages(fact: str, conditions: tuple[Condition, ...], days: tuple[date, ...]) -> Axis:
    alike: dict[Signature, list[int]] = {}
    for age in range(_OLDEST):
        alike.setdefault(_signature(fact, age, conditions, days), []).append(age)
    usual = [min(ages, key=lambda age: abs(age - _USUAL_AGE)) for ages in alike.values()]
    return _plain(fact, usual, conditions, days)


def _dates(fact: str, conditions: tuple[Condition, ...], days: tuple[date, ...]) -> Axis:
    """The values that differ for some condition, and which vaguer one holds which finer one."""
    found: dict[Signature, PartialDate] = {}
    inside: dict[tuple[Signature, Signature], None] = {}

    def see(value: PartialDate, around: tuple[Signature, ...]) -> None:
        seen = _signature(fact, value, conditions, days)
        inside.update(dict.fromkeys((wide, seen) for wide in around if wide != seen))
        # Where all conditions are certain of a year, they are just as certain of every day in it.
        certain = not any(truth is None for truth in seen)
        found.setdefault(seen, PartialDate.of(value.first) if certain else value)
        if not certain:
            for finer in _finer(value):
                see(finer, (*around, seen))

    for year in range(min(days).year - _YEARS_BACK, max(days).year + _YEARS_AHEAD):
        see(PartialDate(year), ())
    places = {seen: place for place, seen in enumerate(found, start=1)}
    return Axis(
        (None, *found.values()),
        (*((0, place) for place in places.values()), *((places[wide], places[seen]) for wide, seen in inside)),
        tuple(range(len(found) + 1)),
    )


def _finer(value: PartialDate) -> Iterator[PartialDate]:
    """The months of a year, or the days of a month; a day is as fine as it gets."""
    if value.month is None:
        return (PartialDate(value.year, month) for month in range(1, 13))
    last = calendar.monthrange(value.year, value.month)[1]
    return (PartialDate(value.year, value.month, day) for day in range(1, 0 if value.day else last + 1))


def _signature(fact: str, value: object, conditions: tuple[Condition, ...], days: tuple[date, ...]) -> Signature:
    return tuple(condition.holds(Situation({fact: value}, day)) for day in days for condition in conditions)


def _compares_two(condition: Condition) -> bool:
    return isinstance(condition, Before) and bool(condition.earlier.reads()) and bool(condition.later.reads())


def parts_of(part: object) -> Iterator[object]:
    for field in fields(part):  # type: ignore[arg-type]  # conditions and moments are dataclasses
        value = getattr(part, field.name)
        yield from value if isinstance(value, tuple) else (value,)
