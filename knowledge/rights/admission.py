"""Admission to mbo: the entree course and level 2 (WEB, articles 8.1.1b, 8.1.1c and 8.2.1; rule book §2.15)."""

from __future__ import annotations

from knowledge.conditions import All, Assume, Either, Is, Not
from knowledge.rights.common import QUALIFIED, leap, on_bes, school, true
from knowledge.rights.statuses import COMPULSORY, MUST_ATTEND
from knowledge.rules import Decision, Rule
from knowledge.statutes import Source, cite

_ENTREE_FOR_WHOM = cite("web-8.1.1b", "1")
_ENTREE_REFUSAL = cite("web-8.1.1b", "2")
_LEERPLICHT = cite("lpw1969-3", "1", "b")
_OPEN = cite("web-8.1.1c", "1")
_PLACES = cite("web-8.1.1c", "2")
_REFUSAL = cite("web-8.1.1c", "3")
_OTHER_COURSE = cite("web-8.1.1c", "4")
_REQUIRED = cite("web-8.2.1", "4")
_THREE_YEARS = cite("web-8.2.1", "4", "d")
_EXEMPTION = cite("web-8.2.1", "6")
_BY_1_APRIL = cite("web-8.0.1", "1")
_ADVICE = cite("web-8.0.4", "1")

_OPEN_TO = (_OPEN, _REQUIRED, _BY_1_APRIL, _ADVICE, _PLACES, _REFUSAL, _OTHER_COURSE)

_ENOUGH_DIPLOMA = All((school("vmbo", "mbo"), true("diploma")))
_MEETS_LEVEL_2 = Either((_ENOUGH_DIPLOMA, QUALIFIED))
"""WEB 8.2.1 paragraph 4, as far as facts tell it; that three years of havo or vwo were passed is no fact of ours."""
_LATE_IS_NO_REASON = Either((COMPULSORY, All((_ENOUGH_DIPLOMA, MUST_ATTEND))))
"""Who meets level 2 by a startkwalificatie has no kwalificatieplicht, so that is not asked for here."""
_HAVO_OR_VWO = school("havo", "vwo")
_TURNS_18 = leap("birth_date", 18)
_SCHOOLING = ("school_type", "diploma", "mbo_level", "vso_profile", "startkwalificatie", "foreign_diploma")


def _duty_to_attend(*sources: Source) -> dict[str, tuple[Source, ...]]:
    """The facts that only tell whether kwalificatieplicht is over."""
    facts = ("birth_date", "age", "pro_document", "earlier_school", "earlier_vso_profile")
    return dict.fromkeys(facts, sources)


ENTREE_ADMISSION = Decision(
    "entree_admission",
    (
        on_bes("entree_admission", "unknown"),
        Rule(
            id="entree_admission.too_young",
            label="no",
            when=COMPULSORY,
            sources=(_ENTREE_FOR_WHOM, _LEERPLICHT),
        ),
        Rule(
            id="entree_admission.higher_level",
            label="no",
            when=_MEETS_LEVEL_2,
            sources=(_ENTREE_FOR_WHOM, _REQUIRED),
        ),
        Rule(
            id="entree_admission.three_years",
            label="may",
            when=_HAVO_OR_VWO,
            sources=(_ENTREE_FOR_WHOM, _THREE_YEARS),
        ),
        Rule(
            id="entree_admission.before",
            label="may",
            when=true("entree_enrolled_last_two_study_years"),
            sources=(_ENTREE_REFUSAL,),
        ),
        Rule(id="entree_admission.open", label="on_request", sources=(_ENTREE_FOR_WHOM, _ENTREE_REFUSAL, _BY_1_APRIL)),
    ),
    grounds={
        **dict.fromkeys(("birth_date", "age"), (_ENTREE_FOR_WHOM, _LEERPLICHT)),
        **dict.fromkeys(_SCHOOLING, (_ENTREE_FOR_WHOM, _REQUIRED)),
        "entree_enrolled_last_two_study_years": (_ENTREE_REFUSAL,),
    },
)

MBO2_ADMISSION = Decision(
    "mbo2_admission",
    (
        on_bes("mbo2_admission", "unknown"),
        Rule(
            id="mbo2_admission.three_years",
            label="may",
            when=All((_HAVO_OR_VWO, Not(_MEETS_LEVEL_2))),
            flags=(_TURNS_18,),
            sources=(_THREE_YEARS, _EXEMPTION),
        ),
        Rule(
            id="mbo2_admission.exemption",
            label="may",
            when=Not(_MEETS_LEVEL_2),
            sources=(_EXEMPTION, _REQUIRED),
        ),
        Rule(
            id="mbo2_admission.late",
            label="may",
            when=All((Is("applied_before_1_april", (False,)), Not(_LATE_IS_NO_REASON))),
            sources=(_REFUSAL, _BY_1_APRIL),
        ),
        Rule(
            id="mbo2_admission.in_time",
            label="on_request",
            when=Assume(true("applied_before_1_april"), False),
            flags=(_TURNS_18,),
            sources=_OPEN_TO,
        ),
        Rule(id="mbo2_admission.open", label="on_request", flags=(_TURNS_18,), sources=_OPEN_TO),
    ),
    grounds={
        **_duty_to_attend(_REFUSAL),
        **dict.fromkeys(_SCHOOLING, (_OPEN, _REQUIRED)),
        "applied_before_1_april": (_REFUSAL, _BY_1_APRIL),
    },
)
"""Under 18 with kwalificatieplicht a late application is no reason to refuse."""
