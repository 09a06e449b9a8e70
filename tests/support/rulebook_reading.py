"""How the rule book (§1) reads facts: dates, age, startkwalificatie, being at school, leerplicht.

Where the rule book leaves a point open, a function gives every value it allows; a `Reading` holds one choice of each.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import product

NEW_LAW = date(2026, 1, 1)
DATE_FACTS = ("birth_date", "left_school_date", "diploma_date")
UWV_BENEFITS = ("ww", "wajong", "wia", "zw")


def day(value: object) -> date | None:
    """Read a full date written as `2026-07-17`; None stays None."""
    return None if value is None else date.fromisoformat(str(value))


def anniversary(start: date, years: int, leap_day_ends: str = "1 march") -> date:
    """The same day `years` later; B4: 29 February counts as 1 March in other years (or, to compare, as 28 February)."""
    try:
        return start.replace(year=start.year + years)
    except ValueError:
        month, day_ = (3, 1) if leap_day_ends == "1 march" else (2, 28)
        return date(start.year + years, month, day_)


@dataclass(frozen=True, slots=True)
class Reading:
    """The facts of one person on one day, with every open point of §1 decided one way."""

    facts: Mapping[str, object]
    today: date
    leap_day_ends: str = "1 march"
    school: str | None = None
    startkwalificatie: bool | None = None
    at_school: bool | None = None  # still at the school of school_type
    enrolled: bool | None = None  # anywhere
    diploma: bool | None = None
    follow_on: bool | None = None
    leerplicht: str = "unknown"

    def fact(self, name: str) -> object:
        return self.facts.get(name)

    def date(self, name: str) -> date | None:
        return day(self.facts.get(name))

    def passed(self, name: str, years: int) -> bool | None:
        """Whether the term of `years` that starts at the date fact `name` is over (B1); None without the date."""
        start = self.date(name)
        return None if start is None else self.today >= anniversary(start, years, self.leap_day_ends)

    @property
    def age(self) -> int | None:
        """Whole years today (B3, B4): from birth_date, else the age as told."""
        born = self.date("birth_date")
        if born is None:
            told = self.facts.get("age")
            return told if isinstance(told, int) else None
        years = self.today.year - born.year
        return years if self.today >= anniversary(born, years, self.leap_day_ends) else years - 1

    @property
    def bes(self) -> bool:
        return self.fact("country_part") == "BES"

    @property
    def old_law(self) -> bool:
        return self.today < NEW_LAW


def readings(facts: Mapping[str, object], today: date, leap_day_ends: str = "1 march") -> Iterator[Reading]:
    """Every way the rule book allows to read these facts."""
    for school in _schools(facts):
        for startkw, at_school, enrolled, diploma, follow_on in product(
            _startkwalificaties(facts, school),
            _at_school(facts, school, today),
            _enrolled(facts, today),
            _diplomas(facts, today),
            _follow_ons(facts),
        ):
            plain = Reading(facts, today, leap_day_ends, school, startkw, at_school, enrolled, diploma, follow_on)
            for status in leerplicht_statuses(plain):
                yield Reading(
                    facts, today, leap_day_ends, school, startkw, at_school, enrolled, diploma, follow_on, status
                )


def _schools(facts: Mapping[str, object]) -> set[str | None]:
    told = facts.get("school_type")
    if told is None and facts.get("still_at_same_school") is True and facts.get("now_at"):
        return {None, str(facts["now_at"])}
    return {None if told is None else str(told)}


def _diplomas(facts: Mapping[str, object], today: date) -> set[bool | None]:
    told, dated = facts.get("diploma"), day(facts.get("diploma_date"))
    if told is None and dated is not None and dated <= today:
        return {None, True}
    return {told if isinstance(told, bool) else None}


def _follow_ons(facts: Mapping[str, object]) -> set[bool | None]:
    told = facts.get("follow_on_enrolment")
    if told is None and facts.get("dropped_out_of_follow_on") is True:
        return {None, True}
    return {told if isinstance(told, bool) else None}


def _at_school(facts: Mapping[str, object], school: str | None, today: date) -> set[bool | None]:
    """Still at the school of school_type? Told, else from the leaving date and from where the person is now."""
    told, now, left = facts.get("still_at_same_school"), facts.get("now_at"), day(facts.get("left_school_date"))
    if isinstance(told, bool):
        return {told}
    if facts.get("currently_enrolled") is False or (now is not None and now != school):
        return {False}
    if left is not None:
        return {left > today}
    if now is not None or facts.get("currently_enrolled") is True:
        return {None, True}
    return {None}


def _enrolled(facts: Mapping[str, object], today: date) -> set[bool | None]:
    told, left = facts.get("currently_enrolled"), day(facts.get("left_school_date"))
    if isinstance(told, bool):
        return {told}
    if facts.get("still_at_same_school") is True or facts.get("now_at") or (left is not None and left > today):
        return {None, True}
    return {None}


def _startkwalificaties(facts: Mapping[str, object], school: str | None) -> set[bool | None]:
    """§1.4 and U8."""
    told, abroad = facts.get("startkwalificatie"), facts.get("foreign_diploma") is True
    if isinstance(told, bool):
        return {told, None} if abroad else {told}
    derived = derived_startkwalificatie(facts, school)
    if abroad and derived != {True}:
        return derived | {None}
    return derived


def derived_startkwalificatie(facts: Mapping[str, object], school: str | None) -> set[bool | None]:
    """What school, level and diploma say about a startkwalificatie (§1.4)."""
    diploma, level, profile = facts.get("diploma"), facts.get("mbo_level"), facts.get("vso_profile")
    if school == "mbo":
        if level == 1:
            return {False}
        return {True} if diploma is True and level in (2, 3, 4) else {None}
    if school in ("pro", "vmbo") or (school == "vso" and profile in ("arbeidsmarktgericht", "dagbesteding")):
        told = diploma is not None or (school == "pro" and facts.get("pro_document") is not None)
        return {False} if told and profile != "dagbesteding" else {False, None}
    if school in ("havo", "vwo", "vso"):
        if diploma is False:
            return {False, None} if facts.get("still_at_same_school") is True else {False}
        return {True} if diploma is True and school != "vso" else {None}
    return {None, True} if school == "ho" and diploma is True else {None}


def full_leerplicht(reading: Reading) -> bool | None:
    """R-LPW-1: until 31 July of the school year in which the youth turns 16; None where not known (R-LPW-9)."""
    born, age = reading.date("birth_date"), reading.age
    if born is None:
        return None if age is None or age < 17 else False
    sixteen = anniversary(born, 16, reading.leap_day_ends)
    school_year_ends = date(sixteen.year + (1 if sixteen.month >= 8 else 0), 7, 31)
    return reading.today <= school_year_ends


def leerplicht_statuses(reading: Reading) -> set[str]:
    """R-LPW-1 to 9: every status the rule book allows."""
    age = reading.age
    if reading.bes:
        return {"leerplicht", "kwalificatieplicht", "none", "unknown"}  # U4: the act is of European NL only
    if age is None:
        return {"unknown"}
    if age >= 18:
        return {"none"}
    full = full_leerplicht(reading)
    if full is None:
        return {"unknown", "leerplicht"} if age < 16 else {"unknown"}
    if full:
        return {"leerplicht"}
    if reading.startkwalificatie is True:
        return {"none"}
    return _kwalificatieplicht(reading)


def _kwalificatieplicht(reading: Reading) -> set[str]:
    """R-LPW-2 and 4 to 8, for someone under 18 whose full leerplicht is over."""
    without_exemption = "kwalificatieplicht" if reading.startkwalificatie is False else "unknown"
    school = reading.school
    if school == "pro":
        return _after_pro(reading)
    if school == "vso":
        return _after_vso(reading.fact("vso_profile"), without_exemption)
    if school == "mbo":
        return _after_mbo(reading, without_exemption)
    if school is None:
        return {"unknown", without_exemption}
    return {without_exemption}


def _after_pro(reading: Reading) -> set[str]:
    document = reading.fact("pro_document")
    if document in ("schooldiploma", "verklaring"):
        return {"none"}
    if document == "none":
        return {"kwalificatieplicht"} if reading.startkwalificatie is False else {"kwalificatieplicht", "unknown"}
    if reading.school == "pro" and reading.diploma is True:
        return {"none", "unknown"}
    return {"unknown", "kwalificatieplicht"} if reading.at_school and reading.school == "pro" else {"unknown"}


def _after_vso(profile: object, without_exemption: str) -> set[str]:
    if profile in ("arbeidsmarktgericht", "dagbesteding"):
        return {"none"}
    return {without_exemption} if profile == "vervolgonderwijs" else {"unknown"}


def _after_mbo(reading: Reading, without_exemption: str) -> set[str]:
    """R-LPW-8 speaks of mbo drop-outs; whether a student or a graduate keeps the exemption is left open."""
    earlier = reading.fact("earlier_school")
    if earlier == "pro":
        statuses = _after_pro(reading)
    elif earlier == "vso":
        statuses = _after_vso(reading.fact("earlier_vso_profile"), without_exemption)
    elif earlier is None:
        statuses = {"unknown", without_exemption}
    else:
        statuses = {without_exemption}
    dropped_out = reading.at_school is False and reading.diploma is False
    return statuses if dropped_out else statuses | {without_exemption}
