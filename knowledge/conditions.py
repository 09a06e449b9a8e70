"""Conditions over facts, as values: they can be evaluated with unknowns, asked what they read, and drawn.

`holds` gives True, False, or None when a missing fact decides (Kleene's strong three-valued logic). Dates are moments:
intervals from the first to the last day they can be, so that a month or a year is enough where it makes no difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from knowledge.facts import Facts, PartialDate

Truth = bool | None
Span = tuple[date, date]


@dataclass(frozen=True, slots=True)
class Situation:
    """The facts about a person, seen on one day."""

    facts: Facts
    as_of: date

    def without(self, fact: str) -> Situation:
        """The same situation, with one fact not known."""
        return Situation({name: value for name, value in self.facts.items() if name != fact}, self.as_of)


class Condition(Protocol):
    """Something that holds, does not hold, or depends on what is missing."""

    def holds(self, situation: Situation) -> Truth:
        """True, False, or None when a missing fact decides."""
        ...

    def reads(self) -> tuple[str, ...]:
        """The names of the facts it looks at, in reading order."""
        ...


class Moment(Protocol):
    """A day, or the span of days in which it lies."""

    def span(self, situation: Situation) -> Span | None:
        """First and last possible day; None when a missing fact decides."""
        ...

    def reads(self) -> tuple[str, ...]:
        """The names of the facts it looks at."""
        ...


@dataclass(frozen=True, slots=True)
class Always:
    """Holds."""

    def holds(self, situation: Situation) -> Truth:
        return True

    def reads(self) -> tuple[str, ...]:
        return ()


@dataclass(frozen=True, slots=True)
class Is:
    """The fact has one of these values."""

    fact: str
    values: tuple[object, ...]

    def holds(self, situation: Situation) -> Truth:
        value = situation.facts.get(self.fact)
        return None if value is None else value in self.values

    def reads(self) -> tuple[str, ...]:
        return (self.fact,)


@dataclass(frozen=True, slots=True)
class NotKnown:
    """Nobody said anything about the fact. Only for rules that the law itself makes say something in that case."""

    fact: str

    def holds(self, situation: Situation) -> Truth:
        return situation.facts.get(self.fact) is None

    def reads(self) -> tuple[str, ...]:
        return (self.fact,)


@dataclass(frozen=True, slots=True)
class AgeBelow:
    """The age in whole years, as said, is below this number."""

    years: int

    def holds(self, situation: Situation) -> Truth:
        age = situation.facts.get("age")
        return age < self.years if isinstance(age, int) else None

    def reads(self) -> tuple[str, ...]:
        return ("age",)


@dataclass(frozen=True, slots=True)
class AgeDiffers:
    """The age that was said differs by more than so many years from the age by the birth date."""

    years: int

    def holds(self, situation: Situation) -> Truth:
        age, born = situation.facts.get("age"), situation.facts.get("birth_date")
        if not isinstance(age, int) or not isinstance(born, PartialDate):
            return None
        oldest, youngest = _age(born.first, situation.as_of), _age(born.last, situation.as_of)
        return age > oldest + self.years or age < youngest - self.years

    def reads(self) -> tuple[str, ...]:
        return ("age", "birth_date")


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds."""

    parts: tuple[Condition, ...]

    def holds(self, situation: Situation) -> Truth:
        result: Truth = True
        for part in self.parts:
            truth = part.holds(situation)
            if truth is False:
                return False
            if truth is None:
                result = None
        return result

    def reads(self) -> tuple[str, ...]:
        return _reads(self.parts)


@dataclass(frozen=True, slots=True)
class Either:
    """At least one part holds."""

    parts: tuple[Condition, ...]

    def holds(self, situation: Situation) -> Truth:
        result: Truth = False
        for part in self.parts:
            truth = part.holds(situation)
            if truth is True:
                return True
            if truth is None:
                result = None
        return result

    def reads(self) -> tuple[str, ...]:
        return _reads(self.parts)


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Condition

    def holds(self, situation: Situation) -> Truth:
        truth = self.part.holds(situation)
        return None if truth is None else not truth

    def reads(self) -> tuple[str, ...]:
        return self.part.reads()


@dataclass(frozen=True, slots=True)
class FirstKnown:
    """The first part that is not unknown: several ways to know the same thing, the surest first."""

    parts: tuple[Condition, ...]

    def holds(self, situation: Situation) -> Truth:
        for part in self.parts:
            truth = part.holds(situation)
            if truth is not None:
                return truth
        return None

    def reads(self) -> tuple[str, ...]:
        return _reads(self.parts)


@dataclass(frozen=True, slots=True)
class Assume:
    """The part, taken as `default` while it is unknown: only where the rule book says so ("not known = false")."""

    part: Condition
    default: bool

    def holds(self, situation: Situation) -> Truth:
        truth = self.part.holds(situation)
        return self.default if truth is None else truth

    def reads(self) -> tuple[str, ...]:
        return self.part.reads()


@dataclass(frozen=True, slots=True)
class Evidence:
    """When the part holds it shows that something is so (or is not); otherwise it shows nothing."""

    part: Condition
    shows: bool

    def holds(self, situation: Situation) -> Truth:
        return self.shows if self.part.holds(situation) else None

    def reads(self) -> tuple[str, ...]:
        return self.part.reads()


@dataclass(frozen=True, slots=True)
class Before:
    """One moment lies before another (rules B1 and B3: the day itself is outside)."""

    earlier: Moment
    later: Moment

    def holds(self, situation: Situation) -> Truth:
        first, second = self.earlier.span(situation), self.later.span(situation)
        if first is None or second is None:
            return None
        if first[1] < second[0]:
            return True
        return False if first[0] >= second[1] else None

    def reads(self) -> tuple[str, ...]:
        return (*self.earlier.reads(), *self.later.reads())


@dataclass(frozen=True, slots=True)
class LeapEve:
    """Today is 28 February and the anniversary of a 29 February is counted as tomorrow, 1 March (rule B4)."""

    fact: str
    years: tuple[int, ...]

    def holds(self, situation: Situation) -> Truth:
        start = situation.facts.get(self.fact)
        today = situation.as_of
        return (
            isinstance(start, PartialDate)
            and (start.month, start.day) == (2, 29)
            and (today + timedelta(days=1)).timetuple()[1:3] == (3, 1)
            and today.day == 28
            and today.year - start.year in self.years
        )

    def reads(self) -> tuple[str, ...]:
        return (self.fact,)


@dataclass(frozen=True, slots=True)
class Today:
    """The day for which the answer is asked."""

    def span(self, situation: Situation) -> Span | None:
        return situation.as_of, situation.as_of

    def reads(self) -> tuple[str, ...]:
        return ()


@dataclass(frozen=True, slots=True)
class On:
    """A fixed day."""

    day: date

    def span(self, situation: Situation) -> Span | None:
        return self.day, self.day

    def reads(self) -> tuple[str, ...]:
        return ()


@dataclass(frozen=True, slots=True)
class Anniversary:
    """So many years after a date fact; of several facts the first that is known."""

    facts: tuple[str, ...]
    years: int = 0

    def span(self, situation: Situation) -> Span | None:
        for fact in self.facts:
            start = situation.facts.get(fact)
            if isinstance(start, PartialDate):
                return years_after(start.first, self.years), years_after(start.last, self.years)
        return None

    def reads(self) -> tuple[str, ...]:
        return self.facts


@dataclass(frozen=True, slots=True)
class IfBefore:
    """A moment when it surely lies before another one, otherwise a third."""

    moment: Moment
    limit: Moment
    otherwise: Moment

    def span(self, situation: Situation) -> Span | None:
        chosen = self.moment if Before(self.moment, self.limit).holds(situation) else self.otherwise
        return chosen.span(situation)

    def reads(self) -> tuple[str, ...]:
        return (*self.moment.reads(), *self.limit.reads(), *self.otherwise.reads())


@dataclass(frozen=True, slots=True)
class SchoolYearAfter:
    """The first day after the school year (1 August to 31 July) in which a moment lies."""

    moment: Moment

    def span(self, situation: Situation) -> Span | None:
        span = self.moment.span(situation)
        return None if span is None else (_next_august(span[0]), _next_august(span[1]))

    def reads(self) -> tuple[str, ...]:
        return self.moment.reads()


def years_after(start: date, years: int) -> date:
    """The anniversary; that of 29 February in a year without one is 1 March (rule B4, in favour of the person)."""
    try:
        return start.replace(year=start.year + years)
    except ValueError:
        return date(start.year + years, 3, 1)


def _age(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _next_august(day: date) -> date:
    return date(day.year + (day.month >= 8), 8, 1)


def _reads(parts: tuple[Condition, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(fact for part in parts for fact in part.reads()))
