"""Turns the words of a message into weighted, hashed features: pieces of 2 to 5 letters, words, and pairs of words.

Deterministic on every machine (CRC-32), because a trained model relies on the same numbers.
"""

from __future__ import annotations

import math
import re
import unicodedata
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from zlib import crc32

BUCKETS = 1 << 18
UNKNOWN = -1
"""In the place of a row: no sentence that was learned from had this feature."""
TEXT_LIMIT = 600
_PIECES = (2, 3, 4, 5)
_WORD_SHARE = 0.8
_SPACES = re.compile(r"\s+")

Row = tuple[int, float]


def bare_text(text: str) -> str:
    """A text without control, private and broken characters, on one line, in small letters, at most 600 long."""
    kept = [" " if char.isspace() else char for char in text[:TEXT_LIMIT] if char.isspace() or _readable(char)]
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", "".join(kept)).lower()).strip()[:TEXT_LIMIT]


def counted(words: Iterable[str]) -> tuple[Counter[int], Counter[int]]:
    """How often each hashed feature is in the words: pieces of letters, and words with pairs."""
    listed = tuple(words)
    pieces = Counter(_bucket(piece) for word in listed for piece in _pieces(word))
    whole = Counter(_bucket(f"w {word}") for word in listed)
    whole.update(_bucket(f"p {first} {second}") for first, second in pairwise(listed))
    return pieces, whole


def rows_of(buckets: Iterable[int]) -> Sequence[int]:
    """For each bucket its row, or `UNKNOWN`: the first of `buckets` is row 0. A fifth of the memory of a dictionary."""
    found = array("i", [UNKNOWN]) * BUCKETS
    for row, bucket in enumerate(buckets):
        found[bucket] = row
    return found


def rows(words: Iterable[str], row_of: Sequence[int], rarity: Sequence[float], unseen: float) -> list[Row]:
    """The known features as (row, weight); `row_of` by bucket, `rarity` by row. What was never seen still counts for the
    length, and so lowers the rest."""
    found: list[Row] = []
    for counts, share in zip(counted(words), (1.0, _WORD_SHARE), strict=True):
        weighed = [
            (row, (1 + math.log(count)) * (unseen if row == UNKNOWN else rarity[row]))
            for row, count in ((row_of[bucket], count) for bucket, count in counts.items())
        ]
        length = math.hypot(*(weight for _, weight in weighed)) or 1.0
        found += [(row, share * weight / length) for row, weight in weighed if row != UNKNOWN]
    return found


def _bucket(feature: str) -> int:
    return crc32(feature.encode("utf-8", "replace")) % BUCKETS


def _pieces(word: str) -> list[str]:
    framed = f" {word} "
    return [framed[at : at + size] for size in _PIECES for at in range(len(framed) - size + 1)]


def _readable(char: str) -> bool:
    return unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn"} or char == "\N{ZERO WIDTH NON-JOINER}"
