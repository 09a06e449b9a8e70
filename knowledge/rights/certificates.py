"""Papers for a part of a course: the mbo-verklaring (WEB, article 7.4.6a) and praktijkleren (rule book §§2.13, 2.14)."""

from __future__ import annotations

from knowledge.conditions import All, Is, Not
from knowledge.rights.common import ENROLLED, QUALIFIED, TURNS_27, UNDER_27, leap, on_bes, true
from knowledge.rules import Decision, Rule
from knowledge.statutes import cite

_FOR_A_PART = cite("web-7.4.6a", "1")
_ON_REQUEST = cite("web-7.4.6a", "2", "a")
_WITHOUT_REQUEST = cite("web-7.4.6a", "2", "b")

MBO_VERKLARING = Decision(
    "mbo_verklaring",
    (
        on_bes("mbo_verklaring", "unknown"),
        Rule(
            id="mbo_verklaring.no_part",
            label="no",
            when=Is("has_partial_result", (False,)),
            sources=(_FOR_A_PART,),
        ),
        Rule(
            id="mbo_verklaring.stopped",
            label="must_offer",
            when=All((true("has_partial_result"), Not(ENROLLED), UNDER_27, Not(QUALIFIED))),
            until=TURNS_27,
            flags=(leap("birth_date", 27),),
            sources=(_WITHOUT_REQUEST, _FOR_A_PART),
        ),
        Rule(id="mbo_verklaring.on_request", label="on_request", sources=(_ON_REQUEST, _FOR_A_PART)),
    ),
    grounds={
        "has_partial_result": (_FOR_A_PART,),
        **dict.fromkeys(("currently_enrolled", "still_at_same_school"), (_WITHOUT_REQUEST,)),
        **dict.fromkeys(("birth_date", "age"), (_WITHOUT_REQUEST,)),
        **dict.fromkeys(
            ("startkwalificatie", "school_type", "diploma", "mbo_level", "vso_profile", "foreign_diploma"),
            (_WITHOUT_REQUEST, cite("lpw1969-1", None, "f")),
        ),
    },
)

PRAKTIJKLEREN = Decision(
    "praktijkleren",
    (
        on_bes("praktijkleren", "unknown"),
        Rule(
            id="praktijkleren.ask",
            label="may",
            basis="EMMA meeting report, early 2023: mbo certificate or praktijkverklaring; SLIM scheme for the money",
        ),
    ),
)
"""No right of a person's own: an employer, a gemeente or a Werkcentrum can make it possible."""
