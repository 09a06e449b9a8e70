"""What the old praktijkschool must do (WVO 2020, articles 2.31 and 2.31a; rule book §2.1)."""

from __future__ import annotations

from knowledge.conditions import All, Not
from knowledge.rights.common import (
    BES,
    DROPPED_OUT,
    FIRST_YEAR,
    FOLLOW_ON,
    IN_FORCE,
    KNOWN_UNUSED,
    KNOWN_USED,
    LEFT_2Y,
    OLD_LAW,
    SPECIAL,
    TRANSITIONAL,
    TWO_YEARS,
    at_school,
    leap,
    school,
)
from knowledge.rules import Decision, Flag, Rule
from knowledge.statutes import cite

_PART_OF_PRO = cite("wvo2020-2.31", "1", "c")
_PROVIDES = cite("wvo2020-2.31a", "2")
_OFFERS = cite("wvo2020-2.31a", "3")
_MAY_DEVIATE = cite("wvo2020-2.31a", "6")
_OFFERS_AGAIN = cite("wvo2020-2.31a", "7")
_BES_LAW = (cite("wvo2020-11.8a"), cite("wvo2020-11.2"))
_ON_BES = Flag("uncertain_bes", BES, _BES_LAW)
_IN_TERM = (TRANSITIONAL, leap("left_school_date", 1, 2), _ON_BES)

PRO_SCHOOL = Decision(
    "pro_school",
    (
        Rule(id="pro.other_school", label="no", when=Not(school("pro")), sources=(_PART_OF_PRO,)),
        Rule(id="pro.old_law", label="no", when=OLD_LAW, basis=IN_FORCE),
        Rule(
            id="pro.enrolled",
            label="must_offer",
            when=at_school("pro"),
            flags=(_ON_BES,),
            sources=(_OFFERS, _PROVIDES, _PART_OF_PRO),
        ),
        Rule(
            id="pro.after_term_special",
            label="may",
            when=All((Not(TWO_YEARS), SPECIAL)),
            flags=(_ON_BES,),
            sources=(_MAY_DEVIATE,),
        ),
        Rule(
            id="pro.after_term",
            label="no",
            when=All((Not(TWO_YEARS), Not(SPECIAL))),
            flags=(_ON_BES,),
            sources=(_PROVIDES, _MAY_DEVIATE),
        ),
        Rule(
            id="pro.follow_on_dropout",
            label="may",
            when=All((FOLLOW_ON, DROPPED_OUT)),
            until=LEFT_2Y,
            flags=(Flag("uncertain_follow_on_dropout"), *_IN_TERM),
            sources=(_OFFERS, _PROVIDES),
        ),
        Rule(
            id="pro.follow_on",
            label="may",
            when=FOLLOW_ON,
            until=LEFT_2Y,
            flags=(Flag("uncertain_follow_on"), *_IN_TERM),
            sources=(_OFFERS, _PROVIDES),
        ),
        Rule(
            id="pro.year_one",
            label="must_offer",
            when=FIRST_YEAR,
            until=LEFT_2Y,
            flags=_IN_TERM,
            sources=(_OFFERS, _PROVIDES, _PART_OF_PRO),
        ),
        Rule(
            id="pro.year_two_again",
            label="must_offer_again",
            when=All((Not(FIRST_YEAR), KNOWN_UNUSED)),
            until=LEFT_2Y,
            flags=_IN_TERM,
            sources=(_OFFERS_AGAIN, _PROVIDES, _PART_OF_PRO),
        ),
        Rule(
            id="pro.year_two",
            label="must_offer",
            when=KNOWN_USED,
            until=LEFT_2Y,
            flags=_IN_TERM,
            sources=(_PROVIDES, _PART_OF_PRO),
        ),
        # Last, because its words hold in both years: a date that lies across their border ends here.
        Rule(
            id="pro.year_two_unknown",
            label="must_offer",
            until=LEFT_2Y,
            flags=_IN_TERM,
            sources=(_OFFERS_AGAIN, _PROVIDES, _PART_OF_PRO),
        ),
    ),
    grounds={
        "school_type": (_PART_OF_PRO,),
        **dict.fromkeys(("still_at_same_school", "currently_enrolled", "now_at", "left_school_date"), (_PROVIDES,)),
        "special_circumstances": (_MAY_DEVIATE,),
        **dict.fromkeys(("follow_on_enrolment", "dropped_out_of_follow_on"), (_OFFERS,)),
        "used_offer_year1": (_OFFERS_AGAIN,),
        "country_part": _BES_LAW,
    },
)
