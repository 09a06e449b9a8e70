"""How easy an answer is to read, as the desk shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backend.desk.words import Words
from backend.support_requests.service import LONGEST_TEXT
from knowledge.plain_writing import look_at

_MOST = 5


@dataclass(frozen=True, slots=True)
class WritingView:
    """The level in words, what stands in the way (sentence by sentence), and easier words."""

    level: str
    said: str
    hints: Sequence[str]
    swaps: Sequence[tuple[str, str]]


def writing_view(words: Words, text: str) -> WritingView | None:
    """What is shown beside a text; None for an empty one."""
    if not text.strip():
        return None
    found = look_at(text[:LONGEST_TEXT])
    hints = [words(f"writing_hint.{one.kind}", sentence=one.sentence, detail=one.detail) for one in found.problems]
    return WritingView(
        found.level,
        words(f"writing.{found.level}"),
        list(dict.fromkeys(hints))[:_MOST],
        list(found.swaps.items())[:_MOST],
    )
