"""Bijstand itself: no law can be read off for it beyond the age, the gemeente decides (Participatiewet 13; §2.7)."""

from __future__ import annotations

from knowledge.conditions import Assume
from knowledge.rights.common import UNDER_18, UNDER_27, leap, on_bes
from knowledge.rules import UNKNOWN, Decision, Rule
from knowledge.statutes import cite

_MINOR = cite("pw-13", "1", "f")
_CAN_LEARN = cite("pw-13", "2", "c")
_DECIDES = cite("pw-7", "1", "b")
_FOUR_WEEKS = cite("pw-41", "4")

BIJSTAND = Decision(
    "bijstand",
    (
        on_bes("bijstand", UNKNOWN),
        Rule(
            id="bijstand.minor",
            label="no",
            when=UNDER_18,
            flags=(leap("birth_date", 18),),
            sources=(_MINOR,),
        ),
        Rule(
            id="bijstand.young",
            label=UNKNOWN,
            when=Assume(UNDER_27, True),
            sources=(_DECIDES, _CAN_LEARN, _FOUR_WEEKS),
        ),
        Rule(id="bijstand.adult", label=UNKNOWN, sources=(_DECIDES, _FOUR_WEEKS)),
    ),
    grounds=dict.fromkeys(("birth_date", "age"), (_MINOR, _CAN_LEARN)),
)
"""From 18 income, partner and housing decide, which nobody asks here; under 27 also whether one can learn."""
