"""What the old vso school must do (WEC, article 44; rule book §2.2)."""

from __future__ import annotations

from knowledge.conditions import All, Either, Not
from knowledge.rights.common import (
    DROPPED_OUT,
    FIRST_YEAR,
    FOLLOW_ON,
    KNOWN_UNUSED,
    KNOWN_USED,
    LEFT_2Y,
    OLD_LAW,
    SPECIAL,
    TO_WORK,
    TRANSITIONAL,
    TWO_YEARS,
    at_school,
    leap,
    on_bes,
    school,
)
from knowledge.rules import Decision, Flag, Rule
from knowledge.statutes import cite

_PROVIDES = cite("wec-44", "2")
_OFFERS = cite("wec-44", "3")
_ADVISES = cite("wec-44", "4")
_MAY_DEVIATE = cite("wec-44", "7")
_OFFERS_AGAIN = cite("wec-44", "8")
_OLD = cite("wec-44-until-2025-12-31")

_LEAP = leap("left_school_date", 1, 2)
_IN_TERM = (TRANSITIONAL, _LEAP)

VSO_SCHOOL = Decision(
    "vso_school",
    (
        Rule(id="vso.other_school", label="no", when=Not(school("vso")), sources=(_PROVIDES, _ADVISES)),
        on_bes("vso", "unknown"),
        Rule(
            id="vso.old_law_request",
            label="on_request",
            when=All((OLD_LAW, Either((at_school("vso"), TWO_YEARS)))),
            until=LEFT_2Y,
            flags=(_LEAP,),
            sources=(_OLD,),
        ),
        Rule(id="vso.old_law_after", label="no", when=OLD_LAW, sources=(_OLD,)),
        Rule(
            id="vso.enrolled_to_work",
            label="must_offer",
            when=All((TO_WORK, at_school("vso"))),
            sources=(_OFFERS, _PROVIDES),
        ),
        Rule(id="vso.enrolled", label="on_request", when=at_school("vso"), sources=(_ADVISES,)),
        Rule(
            id="vso.after_term_special",
            label="may",
            when=All((TO_WORK, Not(TWO_YEARS), SPECIAL)),
            sources=(_MAY_DEVIATE,),
        ),
        Rule(
            id="vso.after_term",
            label="no",
            when=All((Not(TWO_YEARS), Not(All((TO_WORK, SPECIAL))))),
            sources=(_PROVIDES, _ADVISES),
        ),
        Rule(
            id="vso.follow_on_dropout",
            label="on_request",
            when=All((TO_WORK, FOLLOW_ON, DROPPED_OUT)),
            until=LEFT_2Y,
            flags=(Flag("uncertain_follow_on_dropout"), _LEAP),
            sources=(_ADVISES, _OFFERS),
        ),
        Rule(
            id="vso.follow_on",
            label="on_request",
            when=All((TO_WORK, FOLLOW_ON)),
            until=LEFT_2Y,
            flags=(_LEAP,),
            sources=(_ADVISES, _OFFERS),
        ),
        Rule(
            id="vso.on_request",
            label="on_request",
            # Who went straight on learning may ask for advice in every profile, so the profile need not be known.
            when=Either((Not(TO_WORK), FOLLOW_ON)),
            until=LEFT_2Y,
            flags=(_LEAP,),
            sources=(_ADVISES,),
        ),
        Rule(
            id="vso.year_one",
            label="must_offer",
            when=FIRST_YEAR,
            until=LEFT_2Y,
            flags=_IN_TERM,
            sources=(_OFFERS, _PROVIDES),
        ),
        Rule(
            id="vso.year_two_again",
            label="must_offer_again",
            when=All((Not(FIRST_YEAR), KNOWN_UNUSED)),
            until=LEFT_2Y,
            flags=_IN_TERM,
            sources=(_OFFERS_AGAIN, _PROVIDES),
        ),
        Rule(
            id="vso.year_two",
            label="must_offer",
            when=KNOWN_USED,
            until=LEFT_2Y,
            flags=_IN_TERM,
            sources=(_PROVIDES,),
        ),
        # Last, because its words hold in both years: a date that lies across their border ends here.
        Rule(
            id="vso.year_two_unknown",
            label="must_offer",
            until=LEFT_2Y,
            flags=_IN_TERM,
            sources=(_OFFERS_AGAIN, _PROVIDES),
        ),
    ),
    grounds={
        "school_type": (_PROVIDES, _ADVISES),
        "vso_profile": (_OFFERS, _ADVISES),
        **dict.fromkeys(
            ("still_at_same_school", "currently_enrolled", "now_at", "left_school_date"), (_PROVIDES, _ADVISES)
        ),
        "special_circumstances": (_MAY_DEVIATE,),
        **dict.fromkeys(("follow_on_enrolment", "dropped_out_of_follow_on"), (_OFFERS,)),
        "used_offer_year1": (_OFFERS_AGAIN,),
    },
)
