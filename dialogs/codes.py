"""Codes that people scan or type over: signs that cannot be mistaken for each other, in groups of five."""

from __future__ import annotations

import re

SIGNS = "2346789BCDFGHJKMPQRTVWXY"
"""Without vowels there are no words in it; without 0, 1, 5, I, L, N, O, S, U and Z nothing looks like another sign."""
INVITATION = 15
"""Signs of an invitation: 68 bits, because anybody may try one."""
MOVING = 10
"""Signs of a code that opens a conversation elsewhere: 45 bits, for a few tries an hour."""
_GROUP = 5
_SPACES = re.compile(r"[\s·.\-–—]+")
_LIKENESS = str.maketrans({"Z": "2"})


def read_code(text: str) -> str | None:
    """The code that was typed, in capitals without spaces, or None for anything that is no code."""
    signs = _SPACES.sub("", text).upper().translate(_LIKENESS)
    # A code has letters and numbers, so that neither a word nor a telephone number is ever taken for one.
    whole = len(signs) in (INVITATION, MOVING) and set(signs) <= set(SIGNS) and not signs.isalpha()
    return signs if whole and not signs.isdigit() else None


def grouped(code: str) -> str:
    """The code as it is shown: "BCD23-FGH46"."""
    return "-".join(code[at : at + _GROUP] for at in range(0, len(code), _GROUP))
