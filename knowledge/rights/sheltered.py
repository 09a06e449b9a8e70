"""Work and training with much help: beschut werk (Participatiewet, article 10b) and ESB (rule book §§2.11, 2.12)."""

from __future__ import annotations

from knowledge.conditions import Assume, Is, NotKnown
from knowledge.rights.common import QUALIFIED, UNDER_18, leap, on_bes, true
from knowledge.rules import Decision, Rule
from knowledge.statutes import cite

_GIVES = cite("pw-10b", "1")
_ADVISES_THE_GEMEENTE = cite("pw-10b", "2")
_ADVISES_THE_PERSON = cite("pw-10b", "3")
_PLACES_TAKEN = cite("pw-10b", "6")
_ESB = "uwv.nl and Stcrt. 2023, 24126: scheme for ESB institutions"

BESCHUT_WERK = Decision(
    "beschut_werk",
    (
        on_bes("beschut_werk", "no"),
        Rule(
            id="beschut_werk.not_established",
            label="on_request",
            when=NotKnown("only_sheltered_work"),
            sources=(_ADVISES_THE_PERSON, _ADVISES_THE_GEMEENTE),
        ),
        Rule(
            id="beschut_werk.ordinary_work",
            label="no",
            when=Is("only_sheltered_work", (False,)),
            sources=(_GIVES,),
        ),
        Rule(
            id="beschut_werk.places_taken",
            label="may",
            when=true("sheltered_quota_reached"),
            sources=(_PLACES_TAKEN,),
        ),
        Rule(id="beschut_werk.place", label="must_offer", sources=(_GIVES,)),
    ),
    grounds={"only_sheltered_work": (_GIVES,), "sheltered_quota_reached": (_PLACES_TAKEN,)},
)
"""A benefit of UWV never stands in the way: paragraph 1 names them."""

ESB = Decision(
    "esb",
    (
        on_bes("esb", "unknown"),
        Rule(id="esb.too_young", label="no", when=UNDER_18, flags=(leap("birth_date", 18),), basis=_ESB),
        Rule(id="esb.qualified", label="no", when=QUALIFIED, basis=_ESB),
        Rule(id="esb.indicated", label="may", when=Assume(true("esb_indication"), False), basis=_ESB),
        Rule(id="esb.support", label="may", basis=_ESB),
    ),
)
