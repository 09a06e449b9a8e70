"""The rights clock: the steps from school to the end of its help, what holds in each, and where the person is now.

What holds in a step is what the school's own rules say on a day in it, so that the picture and the answer cannot differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from knowledge.conditions import Situation, years_after
from knowledge.facts import Facts, PartialDate
from knowledge.rights import ACTORS, SCHOOL_OF, outcome
from knowledge.rights.common import LAW_STARTS, at_school
from knowledge.rights.contradictions import contradictions
from knowledge.rules import UNKNOWN, Decision, Outcome
from knowledge.wording import spoken_date, told_flags
from locales import Text

_RIGHTS = ("must_offer", "must_offer_again", "on_request")
_LAW = LAW_STARTS.day
_OF_TODAY = ("age", "still_at_same_school", "currently_enrolled", "now_at")
"""Facts that are of today: in the other steps they are not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockStep:
    """One step: its name, when it is, what holds in it, and whether it is now. `label` is "" for a mere moment."""

    title: Text
    when: Text
    text: Text
    here: bool
    label: str = ""


@dataclass(frozen=True, slots=True)
class Clock:
    """The steps of one school's help in order; at most one is `here`."""

    actor: str
    steps: tuple[ClockStep, ...]


@dataclass(frozen=True, slots=True)
class _Kind:
    """The clock of a kind of school: the date that starts it, the names of its years, and when those are from school."""

    start: str
    titles: tuple[str, ...]
    relative: tuple[str, ...]


_AFTER_LEAVING = _Kind("left_school_date", ("year_one", "year_two"), ("first_year", "second_year", "after_two_years"))
_AFTER_DIPLOMA = _Kind("diploma_date", ("the_year",), ("after_diploma", "after_one_year"))
_KINDS: Mapping[str, _Kind] = {"pro": _AFTER_LEAVING, "vso": _AFTER_LEAVING, "mbo": _AFTER_DIPLOMA}


def rights_clock(facts: Facts, as_of: date) -> Clock | None:
    """The clock of the school that was left; None unless that school certainly has a duty, or hears a request, in a step.

    Facts that contradict each other, or an answer that is not certain where the person is now, give None too, and so
    does a date of which only the year is known. One known to the month may lie across a border: then no step is `here`.
    """
    school = str(facts.get("school_type"))
    if school not in _KINDS:
        return None
    kind, decision, situation = _KINDS[school], ACTORS[SCHOOL_OF[school]], Situation(facts, as_of)
    if "contradiction" in _outcome(decision, situation).flags:
        return None
    start = facts.get(kind.start)
    if isinstance(start, PartialDate):
        if start.month is None:
            return None
        steps = tuple(_dated(kind, decision, situation, start))
    elif at_school(school).holds(situation):
        steps = tuple(_from_school(kind, decision, situation))
    else:
        return None
    sure = all(step.label != UNKNOWN for step in steps if step.here) and any(step.label in _RIGHTS for step in steps)
    return Clock(decision.actor, steps) if sure else None


def _dated(kind: _Kind, decision: Decision, situation: Situation, start: PartialDate) -> Iterator[ClockStep]:
    """The moment it began (or the time until then), each year, and the time after."""
    today = situation.as_of
    to_come = today < start.first
    at = Text.of("explanation.clock.on", date=spoken_date(start))
    if to_come:
        yield _step("leaving", at, _outcome(decision, situation), here=True)
    else:
        begins = Text.of("explanation.clock.begins")
        yield ClockStep(title=Text.of(f"explanation.clock.{kind.start}"), when=at, text=begins, here=False)
    for years, title in enumerate((*kind.titles, "after")):
        surely_in = years_after(start.last, years)
        end = None if title == "after" else years_after(start.first, years + 1)
        when = _when(start, years, ends=end is not None)
        if surely_in <= today and (end is None or today < end):
            old = _old_label(decision, situation, surely_in)
            yield _step(title, when, _outcome(decision, situation), here=True, old=old)
        elif end and years_after(start.last, years + 1) <= today:
            then = _on(situation, end - timedelta(days=1))
            old = _old_label(decision, then, surely_in)
            yield _step(title, when, _outcome(decision, then), here=False, tense="past", old=old)
        else:
            yield _expected(title, when, decision, _on(situation, surely_in), assuming=to_come)


def _from_school(kind: _Kind, decision: Decision, situation: Situation) -> Iterator[ClockStep]:
    """Now at school, and the years after it, as if the person left today with a diploma."""
    today = situation.as_of
    yield _step("at_school", Text.of("explanation.clock.now"), _outcome(decision, situation), here=True)
    left = Situation({**situation.facts, kind.start: PartialDate.of(today), "diploma": True}, today)
    for years, title in enumerate((*kind.titles, "after")):
        when = Text.of(f"explanation.clock.{kind.relative[years]}")
        yield _expected(title, when, decision, _on(left, years_after(today, years)), assuming=True)


def _expected(title: str, when: Text, decision: Decision, situation: Situation, *, assuming: bool) -> ClockStep:
    """A step to come; of somebody who has not left yet nobody knows whether they go straight on, so that is said with it."""
    found = _outcome(decision, situation)
    if found.label != UNKNOWN or not assuming or "follow_on_enrolment" in situation.facts:
        return _step(title, when, found, here=False)
    free = Situation({**situation.facts, "follow_on_enrolment": False}, situation.as_of)
    return _step(title, when, _outcome(decision, free), here=False, tense="if_free")


def _step(
    title: str, when: Text, found: Outcome, *, here: bool, tense: str = "then", old: str | None = None
) -> ClockStep:
    """`old` is what held in this step until the law began, where it had begun before that."""
    label = found.label
    words = Text.of(f"explanation.clock.{'past' if tense == 'past' else 'then'}.{label}")
    if old not in (None, label):
        words = Text.of("explanation.clock.since_the_law", date=_LAW, text=words)
    if "uncertain_transitional" in told_flags(found):
        words = Text.of("explanation.clock.not_sure", text=words)
    if tense == "if_free" and label != UNKNOWN:
        words = Text.of("explanation.clock.if_free", text=words)
    return ClockStep(title=Text.of(f"explanation.clock.{title}"), when=when, text=words, here=here, label=label)


def _when(start: PartialDate, years: int, *, ends: bool) -> Text:
    begin = spoken_date(_moved(start, years))
    if not ends:
        return Text.of("explanation.clock.from", start=begin)
    return Text.of("explanation.clock.between", start=begin, end=spoken_date(_moved(start, years + 1)))


def _moved(start: PartialDate, years: int) -> PartialDate:
    """So many years later, as precisely as it is known."""
    if start.day is not None:
        return PartialDate.of(years_after(start.first, years))
    return PartialDate(start.year + years, start.month)


def _on(situation: Situation, day: date) -> Situation:
    return Situation({fact: value for fact, value in situation.facts.items() if fact not in _OF_TODAY}, day)


def _old_label(decision: Decision, situation: Situation, begin: date) -> str | None:
    """What held in a step until the law began; None unless the law began between its first day and this situation."""
    if not begin < _LAW <= situation.as_of:
        return None
    return _outcome(decision, _on(situation, _LAW - timedelta(days=1))).label


def _outcome(decision: Decision, situation: Situation) -> Outcome:
    return outcome(decision, situation, contradictions(situation))
