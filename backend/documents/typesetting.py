"""Measures and breaks lines of text in the fonts that lie here: Noto Sans, and its Arabic and Ethiopic sisters.

Picture and sheet share it, so that both know how wide a line is before it is drawn.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path
from typing import Literal

from PIL import ImageFont

from dialogs.messages import Direction

Face = Literal["sans", "arabic", "ethiopic"]
FAMILIES: dict[Face, str] = {"sans": "Noto Sans", "arabic": "Noto Sans Arabic", "ethiopic": "Noto Sans Ethiopic"}
_FONTS = Path(__file__).parent / "fonts"
_EM = 1000
"""Size to measure at: the fonts' own units, so that nothing is rounded."""

_CONTROLS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_SPARE = str.maketrans({"→": "›", "←": "‹", "▶": "›", "◀": "‹", "✓": "√"})
"""Signs that none of the fonts has, and a likeness that Noto Sans does have."""

_WORD = r"(?:\([^\W\d_]*[0-9A-Za-z\u00c0-\u052f]+\)|[0-9A-Za-z\u00c0-\u052f]+)"
_FOREIGN = re.compile(rf"[+€]?{_WORD}(?:(?: [-–/&+] |[-–/&+'’:_.@]| ){_WORD})*[%€]?")


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring characters in one font; `direction` is how they are read."""

    text: str
    face: Face
    direction: Direction = "ltr"


def font_file(face: Face, *, bold: bool) -> Path:
    """The TrueType file of a face."""
    return _FONTS / f"{FAMILIES[face].replace(' ', '')}-{'Bold' if bold else 'Regular'}.ttf"


def clean(text: str) -> str:
    """The text without control characters and marks of direction; new lines stay, and signs no font has are replaced."""
    kept = (sign for sign in _CONTROLS.sub("", text).translate(_SPARE) if sign in "\n\t" or _visible(sign))
    return unicodedata.normalize("NFC", "".join(kept))


def runs(text: str) -> tuple[Run, ...]:
    """The text in pieces of one font each, in the order of reading."""
    faces: list[Face] = []
    for sign in text:
        faces.append(_face(sign) or (faces[-1] if faces else "sans"))
    pairs = groupby(zip(text, faces, strict=True), key=lambda pair: pair[1])
    return tuple(Run("".join(sign for sign, _ in group), face) for face, group in pairs)


@lru_cache(maxsize=8192)
def width(text: str, *, bold: bool = False) -> float:
    """How wide the text is in ems, shaped."""
    return sum(_font(run.face, bold).getlength(run.text) for run in runs(text)) / _EM


@lru_cache(maxsize=2048)
def wrap(text: str, room: float, *, bold: bool = False) -> tuple[str, ...]:
    """Lines of at most `room` ems, cleaned. A new line in the text begins a line; a word too long for one is cut."""
    return tuple(line for part in clean(text).split("\n") for line in _filled(part, room, bold))


def isolated(line: str, direction: Direction) -> str:
    """The line for a drawer that knows the Unicode bidi algorithm: its direction fixed, Dutch names and dates in it kept
    whole, whatever stands beside them.
    """
    if direction == "ltr":
        return line
    return "\u2067" + _FOREIGN.sub("\u2066\\g<0>\u2069", line) + "\u2069"


def visual(line: str, direction: Direction) -> Iterator[Run]:
    """The runs of a line as they stand from left to right, each of one font and to be read in its own direction.

    For a drawer that can shape one font at a time (rule L2 of the Unicode bidi algorithm). Spaces at the ends of a run are
    runs of their own: a drawer would move them to the other side.
    """
    # Half a second and 30 MB that a picture in the widget does without.
    from fpdf.bidi import BidiParagraph
    from fpdf.enums import TextDirection

    base = TextDirection.RTL if direction == "rtl" else TextDirection.LTR
    signs = BidiParagraph(text=isolated(line, direction), base_direction=base).get_characters_with_embedding_level()
    levels = [
        (level, "".join(sign.character for sign in group))
        for level, group in groupby(signs, key=lambda sign: sign.embedding_level)
    ]
    for level, text in _reordered(levels):
        spaced = [
            Run(part, run.face, "rtl" if level % 2 else "ltr")
            for run in runs(_CONTROLS.sub("", text))
            for part in re.split("(^ +| +$)", run.text)
            if part
        ]
        yield from reversed(spaced) if level % 2 else spaced


def _reordered(levels: list[tuple[int, str]]) -> list[tuple[int, str]]:
    for deepest in range(max((level for level, _ in levels), default=0), 0, -1):
        groups = [(deep, list(group)) for deep, group in groupby(levels, key=lambda pair: pair[0] >= deepest)]
        levels = [pair for deep, group in groups for pair in (reversed(group) if deep else group)]
    return levels


def _filled(text: str, room: float, bold: bool) -> list[str]:
    lines: list[str] = []
    space, used = width(" ", bold=bold), 0.0
    for word in (piece for long in re.split(r"[ \t]+", text) if long for piece in _cut(long, room, bold)):
        wide = width(word, bold=bold)
        if lines and used + space + wide <= room:
            lines[-1] += " " + word
            used += space + wide
        else:
            lines.append(word)
            used = wide
    return lines


def _cut(word: str, room: float, bold: bool) -> list[str]:
    if width(word, bold=bold) <= room:
        return [word]
    pieces = [""]
    for sign in word:
        if pieces[-1] and width(pieces[-1] + sign, bold=bold) > room:
            pieces.append("")
        pieces[-1] += sign
    return pieces


def _visible(sign: str) -> bool:
    return unicodedata.category(sign) not in ("Cc", "Cs", "Cn", "Co")


@cache
def _face(sign: str) -> Face | None:
    """The font for a sign; none for spaces, marks and joiners, which go with the letter before them."""
    script = unicodedata.name(sign, "").removeprefix("EXTENDED ").split(" ")[0].split("-")[0]
    if script == "ARABIC":
        return "arabic"
    if script == "ETHIOPIC":
        return "ethiopic"
    return None if sign.isspace() or unicodedata.category(sign) in ("Mn", "Cf") else "sans"


@cache
def _font(face: Face, bold: bool) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(font_file(face, bold=bold), _EM)
