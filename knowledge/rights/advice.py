"""Who gives advice to anyone or to the young: UWV, Werkcentrum and Jongerenloket (rule book §§2.8 to 2.10)."""

from __future__ import annotations

from knowledge.conditions import Not
from knowledge.rights.common import TURNS_27, UNDER_18, UNDER_27, UWV_BENEFIT, leap, on_bes, younger
from knowledge.rules import Decision, Rule
from knowledge.statutes import cite

_UWV_SUPPORTS = cite("pw-7", "3", "c")
_LABOUR_MARKET = "samenvoordeklant.nl FAQ hervorming arbeidsmarktinfrastructuur"
_DESK = "VNG uitvoeringstoets, November 2023: the desk for the young from 16 or 18 to 26"

UWV = Decision(
    "uwv",
    (
        on_bes("uwv", "unknown"),
        Rule(id="uwv.benefit", label="on_request", when=UWV_BENEFIT, sources=(_UWV_SUPPORTS,)),
        Rule(id="uwv.register", label="on_request", basis="werk.nl: anyone may register with UWV as a jobseeker"),
    ),
    grounds={"benefit": (_UWV_SUPPORTS,)},
)

WERKCENTRUM = Decision(
    "werkcentrum",
    (
        on_bes("werkcentrum", "unknown"),
        Rule(id="werkcentrum.advice", label="on_request", basis=_LABOUR_MARKET),
    ),
)

JONGERENLOKET = Decision(
    "jongerenloket",
    (
        on_bes("jongerenloket", "unknown"),
        Rule(id="jongerenloket.too_young", label="no", when=younger(16), basis=_DESK),
        Rule(id="jongerenloket.too_old", label="no", when=Not(UNDER_27), basis=_DESK),
        Rule(
            id="jongerenloket.minor",
            label="may",
            when=UNDER_18,
            until=TURNS_27,
            flags=(leap("birth_date", 18),),
            basis=_DESK,
        ),
        Rule(
            id="jongerenloket.young",
            label="may",
            until=TURNS_27,
            flags=(leap("birth_date", 27),),
            basis=_DESK,
        ),
    ),
)
"""Not a right from the law: a local desk, which only part of the municipalities have."""
