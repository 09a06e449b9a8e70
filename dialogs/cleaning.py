"""Making typed text safe before anything looks at it: no control characters, no signs that reorder what follows, no
citizen service numbers."""

from __future__ import annotations

import re
import unicodedata

from locales import tame

_NINE_DIGITS = re.compile(r"(?<!\d)\d(?:[ .-]?\d){8}(?!\d)")
_HIDDEN = "•" * 9


def clean(text: str) -> tuple[str, bool]:
    """The text without control characters, signs that reorder what stands after it, and outer spaces; and whether a BSN
    was taken out (UAVG article 46)."""
    spaced = text.replace("\t", " ")
    plain = tame("".join(c for c in spaced if c == "\n" or unicodedata.category(c) not in ("Cc", "Cs")))
    without = _NINE_DIGITS.sub(lambda match: _HIDDEN if _is_bsn(match[0]) else match[0], plain)
    return without.strip(), without != plain


def _is_bsn(words: str) -> bool:
    """The eleven-test: 9a + 8b + ... + 2h - i is divisible by eleven."""
    digits = [int(c) for c in words if c.isdigit()]
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return sum(digit * weight for digit, weight in zip(digits, weights, strict=True)) % 11 == 0 and any(digits)
