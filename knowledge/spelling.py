"""Makes a message plain before it is read: one spelling for slang, accents, leetspeak, drawn-out and hidden letters.

A listed phrase and a message go through the same function, so that a phrase is found however it was typed.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from itertools import groupby
from pathlib import Path

# Letters that Unicode does not decompose, and Persian letters that are often typed as their Arabic twins.
_TWINS = str.maketrans(
    {"ł": "l", "ı": "i", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "ی": "ي", "ى": "ي", "ک": "ك", "ة": "ه"}
)
_DIGITS = str.maketrans("013457", "oieast")
_DIGIT_IN_WORD = re.compile(r"(?<=[^\W\d_])[013457]+(?=[^\W\d_])")
_DRAWN_OUT = re.compile(r"([^\W\d_])\1+")
_APOSTROPHES = dict.fromkeys(map(ord, "'’‘ʼ`´ʹ\N{PRIME}"))
_GONE, _GAP = frozenset({"Mn", "Me", "Cc", "Cf", "Cs"}), " "
_SPELLED_OUT = 3


def plain_words(text: str, spellings: Mapping[str, tuple[str, ...]], *, hidden: str = "") -> tuple[str, ...]:
    """The words of a text in their plain spelling.

    `spellings` maps a typed word to the word or words that are meant. `hidden` stands in for a control or zero-width
    character: nothing by default, or a space, because such a character can hide inside a word or between two.
    """
    bare = text.translate(_APOSTROPHES)
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", bare).casefold())
    letters = "".join([_letter(char, hidden) for char in decomposed]).translate(_TWINS)
    words = _joined_letters(folded(letters).split())
    return tuple([meant for word in words for meant in spellings.get(word, (word,))])


def load_spellings(path: Path) -> Mapping[str, tuple[str, ...]]:
    """What is meant by each typed word, from a TOML table `[spellings]`."""
    table: dict[str, str] = tomllib.loads(path.read_text("utf-8"))["spellings"]
    return {folded(typed): tuple(map(folded, meant.split())) for typed, meant in table.items()}


def has_hidden(text: str) -> bool:
    """Whether there are control or zero-width characters in the text, line ends and tabs aside."""
    return any(unicodedata.category(char) in {"Cc", "Cf"} and not char.isspace() for char in text)


def folded(text: str) -> str:
    """Words with leetspeak read as letters and each repeated letter once: "z3lfmoooord" is "zelfmord"."""
    return _DRAWN_OUT.sub(r"\1", _DIGIT_IN_WORD.sub(lambda found: found[0].translate(_DIGITS), text))


@lru_cache(maxsize=4096)
def _letter(char: str, hidden: str) -> str:
    if char.isalnum():
        return "" if char == "\N{ARABIC TATWEEL}" else char
    if char.isspace():
        return _GAP
    category = unicodedata.category(char)
    if category in _GONE:
        return hidden if category in {"Cc", "Cf"} else ""
    return _GAP


def _joined_letters(words: list[str]) -> list[str]:
    """Three or more loose letters in a row are one word that was spelled out: "k m s" is "kms"."""
    if sum(len(word) == 1 for word in words) < _SPELLED_OUT:
        return words
    joined: list[str] = []
    for loose, run in groupby(words, key=lambda word: len(word) == 1 and word.isalpha()):
        letters = list(run)
        joined += [folded("".join(letters))] if loose and len(letters) >= _SPELLED_OUT else letters
    return joined
