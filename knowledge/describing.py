"""Conditions and moments in words, from their trees: lines with an indent, for people who read the rules beside the law."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from knowledge.conditions import (
    AgeBelow,
    All,
    Always,
    Anniversary,
    Assume,
    Before,
    Condition,
    Either,
    Evidence,
    FirstKnown,
    IfBefore,
    Is,
    LeapEve,
    Moment,
    Not,
    NotKnown,
    On,
    SchoolYearAfter,
    Today,
)
from knowledge.facts import FACTS
from knowledge.rights.common import BES, ENROLLED, QUALIFIED, at_school, younger
from knowledge.rights.statuses import COMPULSORY, MUST_ATTEND, UNLESS_QUALIFIED
from knowledge.wording import fact_text
from locales import Language, Text

_TERMS: Mapping[Condition, Text] = {
    QUALIFIED: Text.of("drawing.terms.qualified"),
    ENROLLED: Text.of("drawing.terms.enrolled"),
    MUST_ATTEND: Text.of("drawing.terms.must_attend"),
    UNLESS_QUALIFIED: Text.of("drawing.terms.must_attend_unless_qualified"),
    COMPULSORY: Text.of("drawing.terms.compulsory"),
    BES: Text.of("drawing.terms.bes"),
    **{
        at_school(str(school)): Text.of("drawing.terms.at_school", school=Text.of(f"questions.school_type.{school}"))
        for school in FACTS["school_type"].values
    },
}
"""Conditions with a name of their own; what they mean is told once, below the rules that use them."""
_AGES = range(1, 100)
_YOUNGER: Mapping[Condition, int] = {younger(years): years for years in _AGES}
_GROUPS: Mapping[type, str] = {All: "all", Either: "either", FirstKnown: "first_known"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a description, and how deep it lies."""

    depth: int
    words: str


@dataclass(slots=True)
class Describer:
    """Says conditions in a language, and keeps the named ones it met, to be explained afterwards."""

    language: Language
    met: dict[Condition, str] = field(default_factory=dict)

    def lines(self, condition: Condition, depth: int = 0) -> Iterator[Line]:
        """The condition, a line for each part."""
        if condition in _TERMS:
            words = self.language.say(_TERMS[condition])
            self.met.setdefault(condition, words)
            yield Line(depth, words)
        elif condition in _YOUNGER:
            yield Line(depth, self._say("conditions.younger", years=_YOUNGER[condition]))
        else:
            yield from self.meaning(condition, depth)

    def meaning(self, condition: Condition, depth: int = 0) -> Iterator[Line]:
        """The same with a named condition spelled out."""
        match condition:
            case All(parts) | Either(parts) | FirstKnown(parts):
                yield from self._group(_GROUPS[type(condition)], parts, depth)
            case Not(part):
                yield from self._not(part, depth)
            case Assume(part, default):
                yield from self._assumed(part, default, depth)
            case Evidence(part, shows):
                yield from self._group(f"shows_{str(shows).lower()}", (part,), depth)
            case _:
                yield Line(depth, self._one(condition))

    def moment(self, moment: Moment) -> str:
        """A moment in words: "2 jaar na de dag van je vertrek"."""
        match moment:
            case Today():
                return self._say("moments.today")
            case On(day):
                return self.language.say(Text.of("drawing.moments.fact", fact=day))
            case Anniversary(facts, years):
                names = [self._name(fact) for fact in facts]
                name = names[0] if len(names) == 1 else self._say("moments.first_of", first=names[0], last=names[-1])
                return self._say("moments.years_after", years=years, fact=name) if years else name
            case SchoolYearAfter(inner):
                return self._say("moments.school_year_after", moment=self.moment(inner))
            case IfBefore(first, limit, otherwise):
                parts = {"moment": first, "limit": limit, "otherwise": otherwise}
                return self._say("moments.if_before", **{name: self.moment(part) for name, part in parts.items()})
        return self._unnamed(moment)

    def _assumed(self, part: Condition, default: bool, depth: int) -> Iterator[Line]:
        lines = list(self.lines(part))
        name = f"assume_{str(default).lower()}"
        if len(lines) == 1:
            yield Line(depth, self._say(f"conditions.{name}_short", condition=lines[0].words))
        else:
            yield from self._group(name, (part,), depth)

    def _group(self, name: str, parts: Iterable[Condition], depth: int) -> Iterator[Line]:
        yield Line(depth, self._say(f"conditions.{name}"))
        for part in parts:
            yield from self.lines(part, depth + 1)

    def _not(self, part: Condition, depth: int) -> Iterator[Line]:
        match part:
            case Is(fact, (bool(value),)):
                yield Line(depth, self._one(Is(fact, (not value,))))
            case Is(fact, values):
                said = self._say("conditions.is_not", fact=self._name(fact), values=self._values(fact, values))
                yield Line(depth, said)
            case Before(earlier, later):
                pair = {"earlier": self.moment(earlier), "later": self.moment(later)}
                yield Line(depth, self._say("conditions.not_before", **pair))
            case AgeBelow(years):
                yield Line(depth, self._say("conditions.age_not_below", years=years))
            case _ if part in _YOUNGER:
                yield Line(depth, self._say("conditions.not_younger", years=_YOUNGER[part]))
            case _:
                lines = list(self.lines(part))
                if len(lines) == 1:
                    yield Line(depth, self._say("conditions.not_short", condition=lines[0].words))
                else:
                    yield from self._group("not", (part,), depth)

    def _one(self, condition: Condition) -> str:
        match condition:
            case Always():
                return self._say("always")
            case Is(fact, (bool(value),)) if self.language.has([said := fact_text(fact, value)]):
                return self.language.say(said).rstrip(".")
            case Is(fact, values):
                return self._say("conditions.is", fact=self._name(fact), values=self._values(fact, values))
            case NotKnown(fact):
                return self._say("conditions.not_known", fact=self._name(fact))
            case AgeBelow(years):
                return self._say("conditions.age_below", years=years)
            case Before(earlier, later):
                return self._say("conditions.before", earlier=self.moment(earlier), later=self.moment(later))
            case LeapEve(fact):
                return self._say("conditions.leap_eve", fact=self._name(fact))
        return self._unnamed(condition)

    def _unnamed(self, part: Condition | Moment) -> str:
        facts = ", ".join(self._name(fact) for fact in part.reads())
        return self._say("conditions.other", name=type(part).__name__, facts=facts)

    def _name(self, fact: str) -> str:
        name = Text.of(f"facts.{fact}.name")
        return self.language.say(name) if self.language.has([name]) else fact

    def _values(self, fact: str, values: tuple[object, ...]) -> str:
        said = [self._value(fact, value) for value in values]
        if len(said) == 1:
            return said[0]
        return self._say("conditions.or", first=", ".join(said[:-1]), last=said[-1])

    def _value(self, fact: str, value: object) -> str:
        if isinstance(value, bool):
            return self._say("conditions.yes" if value else "conditions.no")
        own = Text.of(f"questions.{fact}.{value}")
        schools = Text.of(f"questions.school_type.{value}")
        return next((self.language.say(text) for text in (own, schools) if self.language.has([text])), str(value))

    def _say(self, id: str, **values: object) -> str:
        return self.language.say(Text.of(f"drawing.{id}", **values))
