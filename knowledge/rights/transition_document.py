"""The overgangsdocument, for oneself and for the gemeente (WEC 14e, 14h, 44a; WVO 2020 2.31b; WEB 9.2.13; §3)."""

from __future__ import annotations

from knowledge.conditions import All, Is, Not
from knowledge.rights.common import (
    BES,
    COMPETENT,
    IN_FORCE,
    OLD_LAW,
    SURELY_ADULT,
    SURELY_UNDER_18,
    leap,
    on_bes,
    school,
)
from knowledge.rules import Decision, Flag, Rule
from knowledge.statutes import cite

_TO_WORK = cite("wec-14e")
_DAYTIME = cite("wec-14h")
_PRO_DOCUMENT = cite("wvo2020-2.31b", "3")
_PRO_CONSENT = cite("wvo2020-2.31b", "2")
_VSO_DOCUMENT = cite("wec-44a", "3")
_VSO_CONSENT = cite("wec-44a", "2")
_MBO_DOCUMENT = cite("web-9.2.13", "3")
_MBO_CONSENT = cite("web-9.2.13", "2")
_DOCUMENT = (_PRO_DOCUMENT, _VSO_DOCUMENT, _MBO_DOCUMENT)
_CONSENT = (_PRO_CONSENT, _VSO_CONSENT, _MBO_CONSENT)

OVERGANGSDOCUMENT_SELF = Decision(
    "overgangsdocument_self",
    (
        Rule(
            id="overgangsdocument_self.to_learn",
            label="no",
            when=All((Not(BES), Is("vso_profile", ("vervolgonderwijs",)))),
            sources=(_TO_WORK, _DAYTIME),
        ),
        Rule(
            id="overgangsdocument_self.other_school",
            label="no",
            when=Not(school("vso")),
            sources=(_TO_WORK, _DAYTIME),
        ),
        on_bes("overgangsdocument_self", "unknown"),
        Rule(
            id="overgangsdocument_self.represented",
            label="must_offer",
            when=All((SURELY_ADULT, Not(COMPETENT))),
            sources=(_TO_WORK, _DAYTIME),
        ),
        Rule(
            id="overgangsdocument_self.parents",
            label="must_offer",
            when=SURELY_UNDER_18,
            flags=(leap("birth_date", 18),),
            sources=(_TO_WORK, _DAYTIME),
        ),
        Rule(
            id="overgangsdocument_self.youth",
            label="must_offer",
            when=SURELY_ADULT,
            sources=(_TO_WORK, _DAYTIME),
        ),
        Rule(id="overgangsdocument_self.on_leaving", label="must_offer", sources=(_TO_WORK, _DAYTIME)),
    ),
    grounds=dict.fromkeys(
        ("school_type", "vso_profile", "birth_date", "age", "legally_competent"), (_TO_WORK, _DAYTIME)
    ),
)
"""Who gets it, the parents or the person, is in the words; whether the school must make it does not hang on age."""

OVERGANGSDOCUMENT_GEMEENTE = Decision(
    "overgangsdocument_gemeente",
    (
        on_bes("overgangsdocument_gemeente", "no", cite("wvo2020-11.8a")),
        Rule(
            id="overgangsdocument_gemeente.other_school",
            label="no",
            when=Not(school("pro", "vso", "mbo")),
            sources=_DOCUMENT,
        ),
        Rule(id="overgangsdocument_gemeente.old_law", label="no", when=OLD_LAW, basis=IN_FORCE),
        Rule(
            id="overgangsdocument_gemeente.refused",
            label="no",
            when=Is("consent", ("refused",)),
            sources=_CONSENT,
        ),
        Rule(
            id="overgangsdocument_gemeente.not_continued",
            label="no",
            when=Is("municipality_continues", (False,)),
            sources=_DOCUMENT,
        ),
        Rule(
            id="overgangsdocument_gemeente.no_diploma",
            label="no",
            when=All((school("mbo"), Is("diploma", (False,)))),
            sources=(_MBO_CONSENT, _MBO_DOCUMENT),
        ),
        Rule(
            id="overgangsdocument_gemeente.other_profile",
            label="may",
            when=All((school("vso"), Is("vso_profile", ("dagbesteding", "vervolgonderwijs")))),
            flags=(Flag("uncertain_overgangsdocument", sources=(_VSO_DOCUMENT,)),),
            sources=(_VSO_DOCUMENT, _VSO_CONSENT),
        ),
        Rule(
            id="overgangsdocument_gemeente.continued",
            label="must_offer",
            sources=(*_DOCUMENT, *_CONSENT),
        ),
    ),
    grounds={
        "school_type": _DOCUMENT,
        "vso_profile": (_VSO_DOCUMENT,),
        "diploma": (_MBO_CONSENT,),
        "consent": _CONSENT,
        "municipality_continues": _DOCUMENT,
    },
)
