"""What the mbo school must or may do (WEB, article 9.2.12; WEB BES, article 8.3.1; rule book §2.3)."""

from __future__ import annotations

from knowledge.conditions import (
    All,
    Anniversary,
    Assume,
    Before,
    Either,
    Evidence,
    FirstKnown,
    Is,
    Not,
    NotKnown,
    Today,
)
from knowledge.rights.common import (
    BES,
    DROPPED_OUT,
    FOLLOW_ON,
    GRADUATED_1Y,
    IN_FORCE,
    LAW_STARTS,
    OLD_LAW,
    SPECIAL,
    at_school,
    leap,
    school,
    true,
)
from knowledge.rules import Decision, Flag, Rule
from knowledge.statutes import cite

_PROVIDES = (cite("web-9.2.12", "2"), cite("web-bes-8.3.1", "2"))
_OFFERS = (cite("web-9.2.12", "3"), cite("web-bes-8.3.1", "3"))
_MAY = (cite("web-9.2.12", "4"), cite("web-bes-8.3.1", "4"))
_MAY_DEVIATE = cite("web-9.2.12", "7")
_SPECIAL_ARE = cite("web-8.1.5", "3")

_DUTY_GROUP = Either((Is("mbo_level", (1,)), All((Is("mbo_level", (2,)), Is("mbo_leerweg", ("bol",))))))
_ELSEWHERE = Either((Is("currently_enrolled", (False,)), Is("now_at", ("pro", "vso", "vmbo", "havo", "vwo", "ho"))))
_HERE = FirstKnown((at_school("mbo"), Evidence(All((NotKnown("left_school_date"), _ELSEWHERE)), False)))
_STUDENT = All((_HERE, Not(Assume(true("diploma"), False))))
_IN_YEAR = Before(Today(), GRADUATED_1Y)
_TRANSITIONAL = Flag("uncertain_transitional", Before(Anniversary(("diploma_date",)), LAW_STARTS))
_ON_BES = Flag("uncertain_bes", BES, (cite("web-bes-8.3.1", "2"), cite("web-bes-8.3.1", "3")))
_FLAGS = (_TRANSITIONAL, leap("diploma_date", 1), _ON_BES)

MBO_SCHOOL = Decision(
    "mbo_school",
    (
        Rule(id="mbo.other_school", label="no", when=Not(school("mbo")), sources=(*_PROVIDES, *_OFFERS)),
        Rule(id="mbo.old_law", label="no", when=OLD_LAW, flags=(_ON_BES,), basis=IN_FORCE),
        Rule(
            id="mbo.student",
            label="must_offer",
            when=All((_STUDENT, _DUTY_GROUP)),
            flags=(_ON_BES,),
            sources=(*_OFFERS, *_PROVIDES),
        ),
        Rule(id="mbo.student_may", label="may", when=_STUDENT, flags=(_ON_BES,), sources=_MAY),
        Rule(
            id="mbo.no_diploma",
            label="no",
            when=Is("diploma", (False,)),
            flags=(_ON_BES,),
            sources=(*_PROVIDES, *_OFFERS),
        ),
        Rule(
            id="mbo.after_term_special",
            label="may",
            when=All((Not(_IN_YEAR), SPECIAL, Not(BES))),
            sources=(_MAY_DEVIATE,),
        ),
        Rule(
            id="mbo.after_term",
            label="no",
            when=All((Not(_IN_YEAR), Not(All((SPECIAL, Not(BES)))))),
            flags=(_ON_BES,),
            sources=_PROVIDES,
        ),
        Rule(id="mbo.may", label="may", when=Not(_DUTY_GROUP), until=GRADUATED_1Y, flags=_FLAGS, sources=_MAY),
        Rule(
            id="mbo.follow_on_dropout",
            label="may",
            when=All((FOLLOW_ON, DROPPED_OUT)),
            until=GRADUATED_1Y,
            flags=(Flag("uncertain_follow_on_dropout"), *_FLAGS),
            sources=(*_OFFERS, *_PROVIDES),
        ),
        Rule(
            id="mbo.follow_on",
            label="may",
            when=FOLLOW_ON,
            until=GRADUATED_1Y,
            flags=(Flag("uncertain_follow_on"), *_FLAGS),
            sources=(*_OFFERS, *_PROVIDES),
        ),
        Rule(
            id="mbo.graduate",
            label="must_offer",
            until=GRADUATED_1Y,
            flags=_FLAGS,
            sources=(*_OFFERS, *_PROVIDES),
        ),
    ),
    grounds={
        "school_type": (*_PROVIDES, *_OFFERS),
        **dict.fromkeys(("mbo_level", "mbo_leerweg"), (*_OFFERS, *_MAY)),
        **dict.fromkeys(("still_at_same_school", "currently_enrolled", "now_at", "left_school_date"), _PROVIDES),
        **dict.fromkeys(("diploma", "diploma_date"), _PROVIDES),
        "special_circumstances": (_MAY_DEVIATE, _SPECIAL_ARE),
        **dict.fromkeys(("follow_on_enrolment", "dropped_out_of_follow_on"), _OFFERS),
        "country_part": (cite("web-bes-8.3.1", "2"), cite("web-bes-8.3.1", "3")),
    },
)
