"""The trained model: one weight per feature and label, and the chance of each label that follows from them.

Made by `python -m backend.training`; loaded from `data/model/<mode>.npz`, where the weights are bytes with a scale a row.
"""

from __future__ import annotations

import json
import math
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import mul
from pathlib import Path
from typing import Any

from knowledge.features import UNKNOWN, counted, rows, rows_of
from knowledge.numbers_file import Numbers, damaged, read_numbers

Chances = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class LinearModel:
    """Weights of hashed features (`weights`, a row of one byte a label, times the row's scale) and of the embedding."""

    labels: tuple[str, ...]
    row_of: Sequence[int]
    rarity: Numbers
    unseen: float
    weights: Numbers
    scales: Numbers
    bias: tuple[float, ...]
    centre: tuple[float, ...]
    embedding: tuple[tuple[float, ...], ...]
    made_from: str
    limits: Mapping[str, float]

    def chances(self, words: Sequence[str], vector: Sequence[float] | None = None) -> Chances:
        """The chance of each label for these plain words and, in the mode that has them, the embedding's numbers."""
        size = len(self.labels)
        sums: list[float] = list(self.bias)
        weights, scales = self.weights, self.scales
        for row, weight in rows(words, self.row_of, self.rarity, self.unseen):
            factor = weight * scales[row]
            sums = [old + factor * new for old, new in zip(sums, weights[row * size : (row + 1) * size], strict=True)]
        if vector is not None:
            moved = [number - middle for number, middle in zip(vector, self.centre, strict=True)]
            length = math.hypot(*moved) or 1.0
            sums = [old + sum(map(mul, moved, row)) / length for old, row in zip(sums, self.embedding, strict=True)]
        return dict(zip(self.labels, _softmax(sums), strict=True))

    def familiar(self, words: Sequence[str]) -> float:
        """The share of pieces and words that some example has: low for what is no language that it was taught."""
        pieces, whole = counted(words)
        seen = {*pieces, *whole}
        return sum(self.row_of[one] != UNKNOWN for one in seen) / len(seen) if seen else 0.0


def load_model(path: Path) -> LinearModel:
    """The model in a file. Raises Damaged when it is not there, not whole, or no model."""
    try:
        return _model(read_numbers(path))
    except (ValueError, LookupError, TypeError) as problem:
        raise damaged(path, type(problem).__name__) from problem


def _model(numbers: Mapping[str, Numbers]) -> LinearModel:
    about: dict[str, Any] = json.loads(bytes(array("B", numbers["about"])))
    labels = tuple(about["labels"])
    flat, size = numbers["embedding"], len(numbers["centre"])
    if len(numbers["rarity"]) != len(numbers["buckets"]):
        raise ValueError("a rarity for each row")
    return LinearModel(
        labels=labels,
        row_of=rows_of(int(bucket) for bucket in numbers["buckets"]),
        rarity=numbers["rarity"],
        unseen=about["unseen"],
        weights=numbers["weights"],
        scales=numbers["scales"],
        bias=tuple(numbers["bias"]),
        centre=tuple(numbers["centre"]),
        embedding=tuple(tuple(flat[at : at + size]) for at in range(0, len(flat), size)) if size else (),
        made_from=about["made_from"],
        limits=about["limits"],
    )


def _softmax(sums: Sequence[float]) -> list[float]:
    highest = max(sums)
    powers = [math.exp(one - highest) for one in sums]
    total = sum(powers)
    return [power / total for power in powers]
