"""Reads the example sentences that teach the assistant: `examples/<language>.txt` and `examples/danger/<language>.txt`.

Also the fingerprint of everything a trained model is made from, so that a model older than its files is noticed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from knowledge.danger import Kind

FOLDER = Path(__file__).parent
OUT_OF_SCOPE, SAFE = "oos", "safe"
DANGER_KINDS: tuple[str, ...] = get_args(Kind)
_MADE_FROM = ("examples/*.txt", "examples/danger/*.txt", "words/spelling.toml", "words/polite.toml", "features.py")


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence and what it stands for: a topic, `oos`, a kind of danger, or `safe` (looks like danger, is none)."""

    label: str
    language: str
    sentence: str


def read_examples(path: Path) -> Iterator[tuple[str, str]]:
    """Each (label, sentence) of a file with `## label` lines and a sentence a line under them."""
    label = None
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("## "):
            label = line.removeprefix("## ").strip()
        elif line.strip():
            if label is None:
                raise ValueError(f"{path.name}: a sentence before the first topic: {line!r}")
            yield label, line.strip()


def all_examples(folder: Path = FOLDER) -> list[Example]:
    """Every example of topics and danger. Raises ValueError for an unknown kind of danger, or one among the topics."""
    found = []
    for path in _files(folder, _MADE_FROM[:2]):
        in_danger = path.parent.name == "danger"
        for label, sentence in read_examples(path):
            if in_danger is not (label in DANGER_KINDS or label == SAFE):
                raise ValueError(f"{path.parent.name}/{path.name}: {label!r} does not belong here")
            found.append(Example(label, path.stem, sentence))
    return found


def fingerprint(folder: Path = FOLDER) -> str:
    """SHA-256 over every file a model is trained from; changes when one of them does."""
    digest = hashlib.sha256()
    for path in _files(folder, _MADE_FROM):
        content = path.read_bytes().replace(b"\r\n", b"\n")
        digest.update(f"{path.relative_to(folder).as_posix()} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def _files(folder: Path, patterns: tuple[str, ...]) -> list[Path]:
    return [path for pattern in patterns for path in sorted(folder.glob(pattern))]
