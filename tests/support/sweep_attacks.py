"""Texts that are made to be slow for a regular expression, from what stands in it, and how its time grows with them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

_EVERY = ("a", "1", " ", "-", ".", "\n", "/", "_", "é", "(")
_OF_A_KIND = {"CATEGORY_DIGIT": "1", "CATEGORY_SPACE": " ", "CATEGORY_WORD": "a"}
_NOT_OF_A_KIND = {"CATEGORY_NOT_DIGIT": "a", "CATEGORY_NOT_SPACE": "a", "CATEGORY_NOT_WORD": "-"}
_CLASSES = _OF_A_KIND | _NOT_OF_A_KIND
_FIRST_STEPS = (11, 16, 20, 24, 28)
_NOTICED = 0.003
_LIMIT = 0.05
_ROUNDS = 3


def attacks(pattern: str, flags: int) -> list[tuple[str, str, str]]:
    """Beginning, what is repeated, and end: each sign of the expression alone and in twos, and a text that fits, whole and
    without its last sign, after each part of a text that fits."""
    tree = list(re._parser.parse(pattern, flags))  # type: ignore[attr-defined]
    parts = [_fitting([node]) for node in tree]
    whole = "".join(parts)
    own = list(dict.fromkeys("".join(_signs(tree))))[:6]
    signs = list(dict.fromkeys((*own, *_EVERY)))
    pairs = [one + other for one in own[:4] for other in (*own[:4], " ", "a") if one != other]
    units = list(dict.fromkeys(unit for unit in (*signs, *pairs, whole, whole[:-1], *parts) if unit))
    starts = list(dict.fromkeys(("", *("".join(parts[:count]) for count in range(1, min(len(parts), 4) + 1)))))
    return [(start, unit, end) for start in starts for unit in units for end in ("", "\x00", "!a")]


def _fitting(nodes: Sequence[Any]) -> str:
    """A short text that these parts of an expression may match."""
    return "".join(_one(str(name), value) for name, value in nodes)


def _one(name: str, value: Any) -> str:
    match name:
        case "LITERAL":
            return chr(value)
        case "NOT_LITERAL":
            return "a" if value != ord("a") else "b"
        case "ANY":
            return "a"
        case "IN":
            return _member(value)
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            return _fitting(value[2]) * max(1, value[0])
        case "SUBPATTERN":
            return _fitting(value[3])
        case "ATOMIC_GROUP":
            return _fitting(value)
        case "BRANCH":
            return _fitting(value[1][0])
    return ""


def _member(members: Sequence[Any]) -> str:
    name, value = str(members[0][0]), members[0][1]
    if name == "NEGATE":
        listed = {chr(one) for kind, one in members[1:] if str(kind) == "LITERAL"}
        return next(sign for sign in "aA1-_ " if sign not in listed)
    if name == "RANGE":
        return chr(value[0])
    return _CLASSES.get(str(value), "a") if name == "CATEGORY" else chr(value)


def _signs(nodes: Sequence[Any]) -> Iterator[str]:
    """The signs of which an expression consists."""
    for name, value in nodes:
        match str(name):
            case "LITERAL" | "ANY" | "NOT_LITERAL" | "IN":
                yield _one(str(name), value)
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                yield from _signs(value[2])
            case "SUBPATTERN":
                yield from _signs(value[3])
            case "ATOMIC_GROUP":
                yield from _signs(value)
            case "BRANCH":
                for one in value[1]:
                    yield from _signs(one)


def runner(compiled: re.Pattern[Any], method: str) -> Callable[[Any], object]:
    """What one use of an expression does to a text."""
    if method in ("sub", "subn"):
        nothing = b"" if isinstance(compiled.pattern, bytes) else ""
        return lambda text: compiled.sub(nothing, text)
    if method == "finditer":
        return compiled.findall
    asked: Callable[[Any], object] = getattr(compiled, method)
    return asked


def too_slow(run: Callable[[Any], object], make: Callable[[int], Any], *, most: int) -> str | None:
    """How an expression's time explodes with the length of a text, up to `most` signs, or how long it takes at that length
    where that is `_LIMIT` or more; None when neither is so.

    Robust on a busy machine: time explodes when it grows threefold with twice the length and before that, too, each the
    least of several tries. Once alone it may be memory that a longer text needs.
    """
    for length in (*_FIRST_STEPS, *_doubling(128, most)):
        if _seconds(run, make(length)) < (_NOTICED if length < most else _LIMIT):
            continue
        whole = _least(run, make(length))
        if length <= _FIRST_STEPS[-1]:
            if whole >= _NOTICED:
                return f"{length} signs take {whole:.3f} s"
            continue
        half, quarter = (_least(run, make(length // part)) for part in (2, 4))
        if whole >= _NOTICED and whole >= 3 * half >= 9 * quarter:
            return f"{length} signs take {whole:.3f} s, half of them {half:.3f} s, a quarter {quarter:.3f} s"
        if length == most and whole >= _LIMIT:
            return f"{length} signs take {whole:.3f} s"
    return None


def _least(run: Callable[[Any], object], text: Any) -> float:
    return min(_seconds(run, text) for _ in range(_ROUNDS))


def _doubling(length: int, most: int) -> Iterator[int]:
    while length < most:
        yield length
        length *= 2
    yield most


def _seconds(run: Callable[[Any], object], text: Any) -> float:
    """Of the processor's time for this thread: what others take of the machine does not count."""
    began = time.thread_time()
    run(text)
    return time.thread_time() - began
