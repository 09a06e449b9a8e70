"""Which facts contradict each other (rule book §1.5)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from rulebook_reading import Reading, anniversary, day, derived_startkwalificatie


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Facts that cannot all be true.

    `certain` is false where §1.5 may or may not mean this; `loose` where the book does not say which answers it
    unsettles; `unsettles` names the actors whose answer §11 makes unknown.
    """

    facts: tuple[str, ...]
    certain: bool = True
    loose: bool = False
    unsettles: tuple[str, ...] = ()
    doubted: tuple[str, ...] = ()  # the facts of which one may be wrong; all of `facts` when empty


def find_contradictions(facts: Mapping[str, object], today: date) -> tuple[Contradiction, ...]:
    """All contradictions in these facts, also the ones §1.5 only perhaps means."""
    return tuple(
        found
        for find in (_startkwalificatie, _leaving, _profile, _young_leaver, _future_diploma, _follow_on, _ages)
        for found in find(facts, today)
    )


def _schools(facts: Mapping[str, object], today: date) -> tuple[str, ...]:
    school = facts.get("school_type")
    return (f"{school}_school",) if school in ("pro", "vso") and today >= date(2026, 1, 1) else ()


def _startkwalificatie(facts: Mapping[str, object], today: date) -> Iterator[Contradiction]:
    told, school = facts.get("startkwalificatie"), facts.get("school_type")
    derived = derived_startkwalificatie(facts, None if school is None else str(school))
    if told is False and derived == {True}:
        yield Contradiction(("diploma", "startkwalificatie"), unsettles=("doorstroompunt",))
    if told is False and school == "ho" and facts.get("diploma") is True:
        yield Contradiction(("diploma", "startkwalificatie"), certain=False)
    if told is True and school == "vmbo":
        other = any(facts.get(name) for name in ("foreign_diploma", "earlier_school", "diploma_kind"))
        yield Contradiction(
            ("school_type", "startkwalificatie"), not other, False, ("doorstroompunt",), ("startkwalificatie",)
        )


def _leaving(facts: Mapping[str, object], today: date) -> Iterator[Contradiction]:
    left, still = day(facts.get("left_school_date")), facts.get("still_at_same_school")
    if left is None:
        return
    if still is True and left <= today:
        yield Contradiction(("still_at_same_school", "left_school_date"), unsettles=_schools(facts, today))
    if left > today and facts.get("currently_enrolled") is False:
        yield Contradiction(("currently_enrolled", "left_school_date"), unsettles=_schools(facts, today))
    elif left > today and (still is False or _gone(facts)):
        yield Contradiction(("still_at_same_school", "left_school_date"), certain=False)


def _gone(facts: Mapping[str, object]) -> bool:
    elsewhere = facts.get("now_at") not in (None, facts.get("school_type"))
    return elsewhere or facts.get("follow_on_enrolment") is not None


def _profile(facts: Mapping[str, object], today: date) -> Iterator[Contradiction]:
    if facts.get("vso_profile") is not None and facts.get("school_type") not in (None, "vso"):
        yield Contradiction(("school_type", "vso_profile"), loose=True)


def _young_leaver(facts: Mapping[str, object], today: date) -> Iterator[Contradiction]:
    left, born = day(facts.get("left_school_date")), day(facts.get("birth_date"))
    if left is not None and born is not None and left < anniversary(born, 14):
        yield Contradiction(("birth_date", "left_school_date"), loose=True)
    age = facts.get("age")
    if left is not None and isinstance(age, int) and age - (today.year - left.year) < 15:
        yield Contradiction(("age", "left_school_date"), certain=False)


def _future_diploma(facts: Mapping[str, object], today: date) -> Iterator[Contradiction]:
    dated = day(facts.get("diploma_date"))
    if dated is not None and dated > today:
        yield Contradiction(("diploma_date",), loose=True)


def _follow_on(facts: Mapping[str, object], today: date) -> Iterator[Contradiction]:
    now, school, enrolled = facts.get("now_at"), facts.get("school_type"), facts.get("currently_enrolled")
    still, left = facts.get("still_at_same_school"), day(facts.get("left_school_date"))
    if facts.get("follow_on_enrolment") is not False or enrolled is False or not (now or enrolled):
        return
    later = now in ("mbo", "ho") and school in ("pro", "vso") and left is not None and left <= today
    about = ("follow_on_enrolment", "now_at" if now else "currently_enrolled")
    certain = bool(later and enrolled and still is not True)
    if still is not True or now != school:
        yield Contradiction(about, certain, unsettles=_schools(facts, today))


def _ages(facts: Mapping[str, object], today: date) -> Iterator[Contradiction]:
    told, born = facts.get("age"), facts.get("birth_date")
    if not isinstance(told, int) or born is None:
        return
    counted = Reading({"birth_date": born}, today).age
    if counted is not None and abs(counted - told) > 1:
        yield Contradiction(("age", "birth_date"), unsettles=("doorstroompunt",))
