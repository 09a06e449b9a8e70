"""Which passwords are refused: too short, known to everybody, or made of nothing. No rules about kinds of letters."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

from backend.organisations.passwords import LONGEST, SHORTEST

_FEWEST_LETTERS = 5
_SHORTEST_WORD = 3
_OWN = ("verder", "begeleider", "counsellor", "wachtwoord", "welkom", "welkom01", "geheim", "school")


def is_weak(password: str, *, about: tuple[str, ...] = ()) -> bool:
    """Whether a password must not be used; `about` are words everybody knows of the counsellor, such as their name."""
    plain = password.casefold()
    if not SHORTEST <= len(password) <= LONGEST or len(set(plain)) < _FEWEST_LETTERS or _counts_up(plain):
        return True
    core = _core(plain)
    known = {plain, core, _once(plain), _once(core)}
    return bool(known & _common()) or _is_about(plain, about)


def _core(plain: str) -> str:
    """From the first letter to the last: what is put around a word makes it no better."""
    letters = [place for place, sign in enumerate(plain) if sign.isalnum() and not sign.isdecimal()]
    return plain[letters[0] : letters[-1] + 1] if letters else ""


def _is_about(plain: str, about: tuple[str, ...]) -> bool:
    """Whether hardly anything is left without the words everybody knows of the counsellor."""
    words = [word for word in (one.casefold() for one in about) if len(word) >= _SHORTEST_WORD]
    rest = plain
    for word in words:
        rest = rest.replace(word, "")
    return bool(words) and len(rest.replace(" ", "")) < SHORTEST // 2


def _once(text: str) -> str:
    """What is repeated, of a text that only repeats itself."""
    for length in range(1, len(text) // 2 + 1):
        if text == (text[:length] * (len(text) // length + 1))[: len(text)]:
            return text[:length]
    return text


def _counts_up(text: str) -> bool:
    """Whether each letter or digit is the next one (or the one before) of the last: abcdef, 567890123, 987654."""
    steps = {(ord(after) - ord(before)) % (10 if text.isdigit() else 1000) for before, after in pairwise(text)}
    return steps in ({1}, {9}, {999})


@cache
def _common() -> frozenset[str]:
    """The 30,000 passwords seen most in leaks, and our own obvious ones."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # type: ignore[import-untyped] # has no types

    return frozenset([*FREQUENCY_LISTS["passwords"], *_OWN])
