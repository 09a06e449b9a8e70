"""What Telegram's rules about text need: cleaning, measuring and directing it. Pure; knows no update and no message."""

from __future__ import annotations

import unicodedata

from dialogs.messages import Direction

_BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0\ufffc")
_MARKS = {"ltr": "\N{LEFT-TO-RIGHT MARK}", "rtl": "\N{RIGHT-TO-LEFT MARK}"}
_STRONG = {"L": "ltr", "R": "rtl", "AL": "rtl"}


def clean(text: str) -> str:
    """The text without control characters (new lines stay, tabs become spaces) and without halves of characters."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return "".join(sign for sign in text if sign == "\n" or unicodedata.category(sign) not in ("Cc", "Cs"))


def visible(text: str) -> bool:
    """Whether anything is left to see: Telegram refuses a text of spaces and invisible characters as empty."""
    return any(unicodedata.category(sign)[0] not in "ZC" and sign not in _BLANK_LETTERS for sign in text)


def units(text: str) -> int:
    """The length as Telegram counts it, in UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def directed(text: str, direction: Direction) -> str:
    """The text with an invisible mark before each line that would otherwise be shown from the wrong side.

    Telegram lets the first letter of each line decide, so a line that begins with "UWV" in an Arabic text goes wrong.
    Adds at most one character per line.
    """
    return "\n".join(_directed_line(line, direction) for line in text.split("\n"))


def _directed_line(line: str, direction: Direction) -> str:
    if not visible(line):
        return line
    first = next((_STRONG[kind] for kind in map(unicodedata.bidirectional, line) if kind in _STRONG), "ltr")
    return line if first == direction else _MARKS[direction] + line
