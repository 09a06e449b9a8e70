"""What Doorstroompunt and gemeente may do (WEB, title 9.2; Participatiewet, articles 7 and 7a; rule book §§2.5, 2.6, 6)."""

from __future__ import annotations

from knowledge.conditions import (
    All,
    Anniversary,
    Before,
    Condition,
    Either,
    Evidence,
    FirstKnown,
    IfBefore,
    Is,
    Not,
    Today,
)
from knowledge.rights.common import (
    ABSENT,
    ENROLLED,
    LAW_STARTS,
    NEW_LAW,
    OLD_LAW,
    QUALIFIED,
    SCHOOL_ASKS,
    SURELY_UNDER_18,
    TURNS_27,
    UNDER_27,
    UWV_BENEFIT,
    leap,
    on_bes,
    school,
    true,
    younger,
)
from knowledge.rights.statuses import UNLESS_QUALIFIED
from knowledge.rules import Decision, Flag, Rule
from knowledge.statutes import cite

_TURNS_23_OR_27 = IfBefore(Anniversary(("birth_date",), 23), LAW_STARTS, TURNS_27)
"""Before 2026 the limit was 23, but who was younger on 1 January 2026 stays in until 27."""

_PRO_DIPLOMA: Condition = FirstKnown(
    (Is("pro_document", ("schooldiploma",)), Evidence(All((school("pro"), true("diploma"))), True))
)
_SCHOOL_DIPLOMA = Either(
    (
        All((school("mbo"), Is("mbo_level", (1,)), true("diploma"))),
        All((school("vso"), Is("vso_profile", ("arbeidsmarktgericht", "dagbesteding")), true("diploma"))),
        All((school("pro"), _PRO_DIPLOMA)),
        All((school("mbo"), Is("earlier_school", ("pro",)), Is("pro_document", ("schooldiploma",)))),
    )
)
"""A diploma of WEB 8.3.1 paragraph 2 (old): entree, pro, or vso work or daytime activities. Not the pro verklaring."""

_ON_LEAVING = ("diploma_date", "left_school_date")
_RECENT_DOCUMENT = Either(
    (
        All(
            (school("mbo"), Is("mbo_level", (1,)), true("diploma"), Before(Today(), Anniversary(("diploma_date",), 1)))
        ),
        All(
            (
                school("vso"),
                Is("vso_profile", ("arbeidsmarktgericht",)),
                Before(Today(), Anniversary(_ON_LEAVING, 2)),
            )
        ),
        All(
            (
                school("pro"),
                FirstKnown((Is("pro_document", ("schooldiploma", "verklaring")), true("diploma"))),
                Before(Today(), Anniversary(_ON_LEAVING, 2)),
            )
        ),
    )
)
"""WEB 9.2.5 paragraph 5: a document so recent that the school must be consulted first (R-DSP-5)."""

_MAY_SUPPORT = cite("web-9.2.5", "1")
_CONSULTS = cite("web-9.2.5", "5")
_FOR_WHOM = cite("web-9.2.1")
_FOR_WHOM_AGE = (cite("web-9.2.1", None, "a"), cite("web-8.1.8-until-2025-12-31", "1", "a"))
_FOR_WHOM_UNQUALIFIED = (cite("web-9.2.1", None, "b"), cite("web-8.1.8-until-2025-12-31", "1", "b"))
_FOR_WHOM_AWAY = (cite("web-9.2.1", None, "c"), cite("web-8.3.1-until-2025-12-31", "1"))
_A_QUALIFICATION_IS = cite("lpw1969-1", None, "f")

DOORSTROOMPUNT = Decision(
    "doorstroompunt",
    (
        on_bes("doorstroompunt", "no"),
        Rule(
            id="doorstroompunt.too_old_before_2026",
            label="no",
            when=All((OLD_LAW, Not(younger(23)))),
            sources=(cite("web-8.1.8-until-2025-12-31", "1", "a"),),
        ),
        Rule(id="doorstroompunt.too_old", label="no", when=Not(UNDER_27), sources=_FOR_WHOM_AGE),
        Rule(id="doorstroompunt.qualified", label="no", when=QUALIFIED, sources=_FOR_WHOM_UNQUALIFIED),
        Rule(id="doorstroompunt.enrolled", label="no", when=All((ENROLLED, Not(ABSENT))), sources=_FOR_WHOM_AWAY),
        Rule(
            id="doorstroompunt.working_before_2026",
            label="no",
            when=All((OLD_LAW, _SCHOOL_DIPLOMA, true("employed"))),
            sources=(cite("web-8.3.1-until-2025-12-31", "2"),),
        ),
        Rule(
            id="doorstroompunt.school_duty",
            label="no",
            when=UNLESS_QUALIFIED,
            flags=(leap("birth_date", 18),),
            sources=(*_FOR_WHOM_AGE, cite("lpw1969-4a", "1")),
        ),
        Rule(
            id="doorstroompunt.before_2026",
            label="may",
            when=OLD_LAW,
            until=_TURNS_23_OR_27,
            sources=(cite("web-8.3.2-until-2025-12-31", "1"),),
        ),
        Rule(
            id="doorstroompunt.support",
            label="may",
            until=TURNS_27,
            flags=(Flag("consult_school_first", _RECENT_DOCUMENT, (_CONSULTS,)), leap("birth_date", 18, 27)),
            sources=(_MAY_SUPPORT, cite("web-9.2.5", "2"), _FOR_WHOM),
        ),
    ),
    grounds={
        **dict.fromkeys(("birth_date", "age"), _FOR_WHOM_AGE),
        **dict.fromkeys(
            ("startkwalificatie", "foreign_diploma", "school_type", "mbo_level", "diploma"),
            (*_FOR_WHOM_UNQUALIFIED, _A_QUALIFICATION_IS),
        ),
        **dict.fromkeys(("currently_enrolled", "still_at_same_school", "absent_4_weeks"), _FOR_WHOM_AWAY),
        **dict.fromkeys(
            ("pro_document", "vso_profile", "earlier_school", "earlier_vso_profile"), (cite("lpw1969-4a", "2"),)
        ),
        **dict.fromkeys(("diploma_date", "left_school_date"), (_CONSULTS,)),
        "employed": (cite("web-8.3.1-until-2025-12-31", "2"),),
    },
)

_GEMEENTE_MAY = cite("pw-7a", "1")
_GEMEENTE_MAY_OLD = cite("pw-7-until-2025-12-31", "3")
_UWV_HELPS = (cite("pw-7", "3", "c"), cite("pw-7-until-2025-12-31", "3", "c"), cite("pw-7a", "6"))

GEMEENTE = Decision(
    "gemeente",
    (
        on_bes("gemeente", "no"),
        Rule(
            id="gemeente.school_asks",
            label="may",
            when=All((NEW_LAW, SCHOOL_ASKS, UNDER_27)),
            until=TURNS_27,
            flags=(leap("birth_date", 27),),
            sources=(cite("pw-7a", "1", "b"),),
        ),
        Rule(
            id="gemeente.uwv",
            label="no",
            when=UWV_BENEFIT,
            sources=_UWV_HELPS,
        ),
        Rule(
            id="gemeente.before_2026",
            label="may",
            when=All((OLD_LAW, UNDER_27)),
            until=TURNS_27,
            sources=(_GEMEENTE_MAY_OLD,),
        ),
        Rule(
            id="gemeente.minor",
            label="may",
            when=SURELY_UNDER_18,
            until=TURNS_27,
            flags=(leap("birth_date", 18),),
            sources=(_GEMEENTE_MAY, cite("pw-7a", "3")),
        ),
        Rule(
            id="gemeente.young",
            label="may",
            when=UNDER_27,
            until=TURNS_27,
            flags=(leap("birth_date", 27),),
            sources=(_GEMEENTE_MAY, cite("pw-7a", "3")),
        ),
        Rule(
            id="gemeente.adult",
            label="on_request",
            sources=(cite("pw-7", "1", "a"), cite("pw-10", "1")),
        ),
    ),
    grounds={
        **dict.fromkeys(("birth_date", "age"), (_GEMEENTE_MAY, _GEMEENTE_MAY_OLD)),
        "benefit": _UWV_HELPS,
        "school_requests_gemeente": (cite("pw-7a", "1", "b"),),
    },
)
