"""Writes an example the way it may be typed in a hurry: chat spelling, dropped accents and letters, swapped neighbours."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable

_CHAT: dict[str, tuple[tuple[str, str], ...]] = {
    "nl": (
        (r"\bmijn\b", "mn"), (r"\bmijn\b", "me"), (r"\bniet\b", "nie"), (r"\bik\b", "k"), (r"\bhet\b", "t"),
        (r"\been\b", "n"), (r"\been\b", "ff een"), (r"\bgewoon\b", "gwn"), (r"\bdat\b", "da"), (r"\bwat\b", "wa"),
        (r"(?<=\w{3})en\b", "e"), (r"\bheb ik\b", "heb k"), (r"\bkan ik\b", "kank"), (r"\bvoor\b", "vr"),
        (r"\baltijd\b", "altyd"), (r"ij", "y"), (r"\btoch\b", "tog"), (r"(?<=\w)dt\b", "d"), (r"\bjullie\b", "jullie"),
        (r"sch", "sg"), (r"\berg\b", "egt"), (r"\bals\b", "as"), (r"\bnaar\b", "nr"),
    ),
    "en": (
        (r"\byou\b", "u"), (r"\bare\b", "r"), (r"\bdo not\b", "dont"), (r"\bcannot\b", "cant"), (r"\bplease\b", "pls"),
        (r"ing\b", "in"), (r"\bto\b", "2"), (r"\bfor\b", "4"), (r"\bi am\b", "im"), (r"\bwith\b", "w"),
        (r"\bbecause\b", "cuz"), (r"\bgoing to\b", "gonna"), (r"\bwant to\b", "wanna"), (r"\bmy\b", "ma"),
    ),
}  # fmt: skip


def noisy(sentence: str, language: str, number: int) -> str:
    """The sentence with a few typical slips; the same sentence and number always give the same slips."""
    chance = random.Random(f"{number} {sentence}")
    text = _chat(sentence.lower(), language, chance)
    for _ in range(1 if len(text) < 25 else 2):
        text = chance.choice(_SLIPS)(text, chance)
    return text


def typing_mistakes(text: str, count: int, seed: str) -> str:
    """The text with this many letters dropped, doubled, swapped or hit beside."""
    chance = random.Random(f"{seed} {text}")
    for _ in range(count):
        text = chance.choice(_SLIPS[:4])(text, chance)
    return text


def _chat(text: str, language: str, chance: random.Random) -> str:
    for pattern, meant in _CHAT.get(language, ()):
        if chance.random() < 0.5:
            text = re.sub(pattern, meant, text)
    return text.rstrip("?.! ") if chance.random() < 0.7 else text


def _place(text: str, chance: random.Random) -> int | None:
    """Somewhere inside a word, not at its first letter."""
    places = [at for at in range(1, len(text) - 1) if text[at].isalpha() and text[at - 1].isalpha()]
    return chance.choice(places) if places else None


def _dropped(text: str, chance: random.Random) -> str:
    at = _place(text, chance)
    return text if at is None else text[:at] + text[at + 1 :]


def _doubled(text: str, chance: random.Random) -> str:
    at = _place(text, chance)
    return text if at is None else text[:at] + text[at] + text[at:]


def _swapped(text: str, chance: random.Random) -> str:
    at = _place(text, chance)
    return text if at is None else text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def _beside(text: str, chance: random.Random) -> str:
    at = _place(text, chance)
    if at is None:
        return text
    letters = [letter for letter in set(text) if letter.isalpha() and letter != text[at]] or ["e"]
    return text[:at] + chance.choice(sorted(letters)) + text[at + 1 :]


def _bare(text: str, _chance: random.Random) -> str:
    plain = "".join(char for char in unicodedata.normalize("NFD", text) if unicodedata.category(char) != "Mn")
    return unicodedata.normalize("NFC", plain)


_SLIPS: tuple[Callable[[str, random.Random], str], ...] = (_dropped, _doubled, _swapped, _beside, _bare)
