"""Vmbo, havo and vwo: this help is part of praktijkonderwijs only (WVO 2020, article 2.31; rule book §2.4)."""

from __future__ import annotations

from knowledge.rights.common import SURELY_ADULT, SURELY_UNDER_18
from knowledge.rules import Decision, Rule
from knowledge.statutes import cite

_PART_OF_PRO = cite("wvo2020-2.31", "1", "c")

VO_SCHOOL = Decision(
    "vo_school",
    (
        Rule(id="vo.minor", label="no", when=SURELY_UNDER_18, sources=(_PART_OF_PRO,)),
        Rule(id="vo.adult", label="no", when=SURELY_ADULT, sources=(_PART_OF_PRO,)),
        Rule(id="vo.no", label="no", sources=(_PART_OF_PRO,)),
    ),
    grounds={"school_type": (_PART_OF_PRO,)},
)
"""The age changes nothing but who is named to go to."""
