"""Conditions that several rights share, named as the rule book names them."""

from __future__ import annotations

from datetime import date

from knowledge.conditions import (
    AgeBelow,
    All,
    Anniversary,
    Assume,
    Before,
    Condition,
    Either,
    Evidence,
    FirstKnown,
    Is,
    LeapEve,
    Not,
    NotKnown,
    On,
    Today,
)
from knowledge.rules import Flag, Rule
from knowledge.statutes import Source

LAW_STARTS = On(date(2026, 1, 1))
IN_FORCE = "Stb. 2025, 210: in force since 1 January 2026"
"""What a rule about the days before it rests on."""
NEW_LAW = Not(Before(Today(), LAW_STARTS))
OLD_LAW = Before(Today(), LAW_STARTS)

LEFT = Anniversary(("left_school_date",))
LEFT_2Y = Anniversary(("left_school_date",), 2)
GRADUATED_1Y = Anniversary(("diploma_date",), 1)


def true(fact: str) -> Condition:
    """The fact is known to be so."""
    return Is(fact, (True,))


def school(*types: str) -> Condition:
    """The school that was left (or is attended) is of one of these types."""
    return Is("school_type", types)


def at_school(school_type: str) -> Condition:
    """Still enrolled at the school of `school_type`: said so, or by the leaving date, or by where one is enrolled now."""
    undated_but_here = (NotKnown("left_school_date"), true("currently_enrolled"), Is("now_at", (school_type,)))
    return FirstKnown(
        (
            true("still_at_same_school"),
            Before(Today(), LEFT),
            Evidence(All(undated_but_here), True),
        )
    )


def younger(years: int) -> Condition:
    """Below this age today: by the birth date if it is known, otherwise by the age that was said (rule B3)."""
    return FirstKnown((Before(Today(), Anniversary(("birth_date",), years)), AgeBelow(years)))


UNDER_18 = younger(18)
UNDER_27 = younger(27)
SURELY_UNDER_18 = Assume(UNDER_18, False)
SURELY_ADULT = Assume(Not(UNDER_18), False)
"""For rules that only choose the words: who did not say how old they are gets the words that fit every age."""
TURNS_27 = Anniversary(("birth_date",), 27)

BES = Assume(Is("country_part", ("BES",)), False)
SPECIAL = Assume(true("special_circumstances"), False)
FOLLOW_ON = true("follow_on_enrolment")
TO_WORK = Is("vso_profile", ("arbeidsmarktgericht",))
DAYTIME = Is("vso_profile", ("dagbesteding",))
KNOWN_UNUSED = Assume(Is("used_offer_year1", (False,)), False)
"""Surely no help in the first year; while nobody knows, R-PRO-5 has a rule of its own."""
KNOWN_USED = Assume(true("used_offer_year1"), False)
DROPPED_OUT = Assume(true("dropped_out_of_follow_on"), False)
UWV_BENEFIT = Assume(Is("benefit", ("ww", "wajong", "wia", "zw")), False)
SCHOOL_ASKS = Assume(true("school_requests_gemeente"), False)
COMPETENT = Assume(true("legally_competent"), True)
ABSENT = Assume(true("absent_4_weeks"), False)

ENROLLED = FirstKnown((true("currently_enrolled"), Evidence(true("still_at_same_school"), True)))

TWO_YEARS = Before(Today(), LEFT_2Y)
FIRST_YEAR = Before(Today(), Anniversary(("left_school_date",), 1))

_DERIVED_QUALIFICATION = Either(
    (
        All((school("havo", "vwo"), true("diploma"))),
        All((school("mbo"), Is("mbo_level", (2, 3, 4)), true("diploma"))),
    )
)
_SURELY_NO_QUALIFICATION = Either(
    (
        school("pro", "vmbo"),
        All((school("havo", "vwo", "vso"), Is("diploma", (False,)))),
        All((school("vso"), Is("vso_profile", ("arbeidsmarktgericht", "dagbesteding")))),
        All((school("mbo"), Is("mbo_level", (1,)))),
    )
)
"""Rule book §1.4. A pupil of vso "vervolgonderwijs" with a diploma, and somebody who left mbo 2-4 without one, may hold
an older havo or mbo diploma: not derivable, so it is asked."""

QUALIFIED = FirstKnown(
    (
        true("startkwalificatie"),
        Evidence(_DERIVED_QUALIFICATION, True),
        Evidence(All((_SURELY_NO_QUALIFICATION, Not(Assume(true("foreign_diploma"), False)))), False),
    )
)
"""Has a startkwalificatie (Leerplichtwet 1969, article 1 f): as said, otherwise as far as school and diploma show it."""

TRANSITIONAL = Flag("uncertain_transitional", Before(LEFT, LAW_STARTS))
_ON_BES = (Flag("uncertain_bes"),)
EUROPEAN = "European Netherlands only: this law does not apply on Bonaire, Sint Eustatius and Saba (rule book U4)"


def on_bes(topic: str, label: str, *sources: Source) -> Rule:
    """The rule for Bonaire, Sint Eustatius and Saba where the law of a topic is of European Netherlands only (U4)."""
    return Rule(id=f"{topic}.bes", label=label, when=BES, flags=_ON_BES, basis=EUROPEAN, sources=sources)


def leap(fact: str, *years: int) -> Flag:
    """The doubt of rule B4 about an anniversary of 29 February."""
    return Flag("uncertain_leap_day", LeapEve(fact, years))
