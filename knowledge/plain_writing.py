"""How easy a counsellor's words are for a young person: the level, what stands in the way, and easier words.

It looks at form alone (see `simple_language`) and leaves out what only a list of our own texts could tell.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from knowledge.facts import DATA
from knowledge.simple_language import A2, B1, Level, Problem, problems, vocabulary

_LEFT_OUT = ("no_frequency", "rare_word", "sentences", "questions", "tone")


@dataclass(frozen=True, slots=True)
class Writing:
    """The level of a text ("B2" is harder than B1), what keeps it from A2, and easier words by the words used."""

    level: Literal["A2", "B1", "B2"]
    problems: tuple[Problem, ...]
    swaps: Mapping[str, str]


def look_at(text: str) -> Writing:
    """Looks at Dutch words as they are; an empty text is A2."""
    hard = _found(text, A2)
    level: Literal["A2", "B1", "B2"] = "A2" if not hard else "B2" if _found(text, B1) else "B1"
    used = {word.lower() for word in vocabulary(text)}
    return Writing(level, hard, {word: easier for word, easier in swaps().items() if word in used})


@cache
def swaps() -> Mapping[str, str]:
    """Easier words for words of offices and schools (`data/term_swaps.toml`), in small letters."""
    found: Mapping[str, str] = tomllib.loads((DATA / "term_swaps.toml").read_text("utf-8"))["swaps"]
    return found


def _found(text: str, level: Level) -> tuple[Problem, ...]:
    return tuple(one for one in problems(text, level) if one.kind not in _LEFT_OUT)
