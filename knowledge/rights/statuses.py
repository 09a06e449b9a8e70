"""Leerplicht and who must agree: statuses that other rights read (rule book §2.16 and §3)."""

from __future__ import annotations

from knowledge.conditions import (
    AgeBelow,
    All,
    Anniversary,
    Assume,
    Before,
    Either,
    Evidence,
    FirstKnown,
    Is,
    Not,
    SchoolYearAfter,
    Today,
)
from knowledge.rights.common import BES, COMPETENT, EUROPEAN, QUALIFIED, at_school, school, true, younger
from knowledge.rules import Decision, Rule
from knowledge.statutes import cite

COMPULSORY = FirstKnown(
    (
        Before(Today(), SchoolYearAfter(Anniversary(("birth_date",), 16))),
        # At 17 the school year of the sixteenth birthday is over; below that an age alone does not tell (R-LPW-9).
        Evidence(Not(AgeBelow(17)), False),
    )
)
"""Full leerplicht: until the end of the school year in which the person turns 16."""

_PRO_DOCUMENT = FirstKnown((Is("pro_document", ("schooldiploma", "verklaring")), Evidence(true("diploma"), True)))
_PROFILES = ("arbeidsmarktgericht", "dagbesteding")
_EXEMPT = Either(
    (
        All((school("pro"), _PRO_DOCUMENT)),
        All((school("vso"), Is("vso_profile", _PROFILES))),
        All((school("mbo"), Is("earlier_school", ("pro",)), Is("pro_document", ("schooldiploma", "verklaring")))),
        All((school("mbo"), Is("earlier_school", ("vso",)), Is("earlier_vso_profile", _PROFILES))),
    )
)

UNLESS_QUALIFIED = Either((COMPULSORY, All((younger(18), Not(_EXEMPT)))))
"""Has to go to school, but for a startkwalificatie: for rules that come after one for who has it."""
MUST_ATTEND = Either((COMPULSORY, All((younger(18), Not(QUALIFIED), Not(_EXEMPT)))))
"""Leerplicht, or after it kwalificatieplicht: under 18, no startkwalificatie, no exemption of article 4a paragraph 2."""

LEERPLICHT_STATUS = Decision(
    "leerplicht_status",
    (
        Rule(id="leerplicht.bes", label="unknown", when=BES, basis=EUROPEAN),
        Rule(id="leerplicht.compulsory", label="leerplicht", when=COMPULSORY, sources=(cite("lpw1969-3", "1", "b"),)),
        Rule(id="leerplicht.adult", label="none", when=Not(younger(18)), sources=(cite("lpw1969-4b"),)),
        Rule(
            id="leerplicht.qualified",
            label="none",
            when=QUALIFIED,
            sources=(cite("lpw1969-4b"), cite("lpw1969-1", None, "f")),
        ),
        Rule(id="leerplicht.exempt", label="none", when=_EXEMPT, sources=(cite("lpw1969-4a", "2"),)),
        Rule(
            id="leerplicht.qualification",
            label="kwalificatieplicht",
            sources=(cite("lpw1969-4a", "1"), cite("lpw1969-4b")),
        ),
    ),
    grounds={
        **dict.fromkeys(("birth_date", "age"), (cite("lpw1969-3", "1", "b"), cite("lpw1969-4b"))),
        **dict.fromkeys(
            ("startkwalificatie", "school_type", "diploma", "mbo_level", "foreign_diploma"),
            (cite("lpw1969-4b"), cite("lpw1969-1", None, "f")),
        ),
        **dict.fromkeys(
            ("pro_document", "vso_profile", "earlier_school", "earlier_vso_profile"), (cite("lpw1969-4a", "2"),)
        ),
    },
)

CONSENT_BY = Decision(
    "consent_by",
    (
        Rule(id="consent.mbo", label="youth", when=school("mbo"), sources=(cite("web-9.2.13", "2"),)),
        Rule(
            id="consent.parents",
            label="parents",
            when=younger(18),
            sources=(cite("wvo2020-2.31b", "2"), cite("wec-44a", "2")),
        ),
        Rule(
            id="consent.representative",
            label="legal_rep",
            when=Not(COMPETENT),
            sources=(cite("wvo2020-2.31b", "2"), cite("wec-44a", "2")),
        ),
        Rule(id="consent.youth", label="youth", sources=(cite("wvo2020-2.31b", "2"), cite("wec-44a", "2"))),
    ),
    grounds={
        "school_type": (cite("web-9.2.13", "2"),),
        **dict.fromkeys(("birth_date", "age", "legally_competent"), (cite("wvo2020-2.31b", "2"), cite("wec-44a", "2"))),
    },
)

_AT_PRO_OR_VSO = Either(
    (
        All((school("pro"), at_school("pro"))),
        All((school("vso"), at_school("vso"))),
        Assume(All((true("currently_enrolled"), Is("now_at", ("pro", "vso")))), False),
    )
)
_LEFT_PRO_OR_VSO_THIS_YEAR = All((school("pro", "vso"), Not(Before(Anniversary(("left_school_date",), 1), Today()))))
"""The exact anniversary still counts: "uiterlijk een jaar voorafgaand" (R-BST-2)."""

BIJSTAND_SEARCH_PERIOD = Decision(
    "bijstand_search_period",
    (
        Rule(id="search.bes", label="unknown", when=BES, basis=EUROPEAN),
        Rule(id="search.adult", label="not_applies", when=Not(younger(27)), sources=(cite("pw-41", "4"),)),
        Rule(
            id="search.target_group",
            label="not_applies",
            when=Assume(true("target_group_lks"), False),
            sources=(cite("pw-41", "4", "b"),),
        ),
        Rule(
            id="search.recent_school",
            label="not_applies",
            when=Either((_AT_PRO_OR_VSO, _LEFT_PRO_OR_VSO_THIS_YEAR)),
            sources=(cite("pw-41", "4", "a"),),
        ),
        Rule(id="search.applies", label="applies", sources=(cite("pw-41", "4"), cite("pw-41", "11"))),
    ),
    grounds={
        **dict.fromkeys(("birth_date", "age"), (cite("pw-41", "4"),)),
        "target_group_lks": (cite("pw-41", "4", "b"),),
        **dict.fromkeys(
            ("school_type", "still_at_same_school", "left_school_date", "currently_enrolled", "now_at"),
            (cite("pw-41", "4", "a"),),
        ),
    },
)
