"""What a model is trained on: every example as written and as typed in a hurry, as rows of features and embeddings."""

from __future__ import annotations

import importlib
import importlib.util
import json
import math
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse  # type: ignore[import-untyped]

from backend.training.noise import noisy
from knowledge.embedding import PACKAGE, WEIGHTS
from knowledge.example_sentences import FOLDER, all_examples
from knowledge.features import bare_text, counted, rows, rows_of
from knowledge.spelling import load_spellings, plain_words
from knowledge.understand import read_polite, without_polite

Matrix = Any
_MANY_NOISY = ("nl", "en")
_LEAST_SENTENCES = 2
_BATCH = 128


@dataclass(frozen=True, slots=True)
class Material:
    """All sentences; `number` is the example one comes from, `written` whether it is the example itself."""

    sentences: tuple[str, ...]
    words: tuple[tuple[str, ...], ...]
    languages: Matrix
    labels: tuple[str, ...]
    wanted: Matrix
    number: Matrix
    written: Matrix


@dataclass(frozen=True, slots=True)
class Features:
    """Which hashed features are kept, a row each, and how rare each is."""

    buckets: Sequence[int]
    rarity: Sequence[float]
    unseen: float

    def matrix(self, words: Sequence[tuple[str, ...]]) -> Matrix:
        """Sentences x features."""
        at, columns, values = [], [], []
        row_of = rows_of(self.buckets)
        for number, sentence in enumerate(words):
            for row, weight in rows(sentence, row_of, self.rarity, self.unseen):
                at.append(number)
                columns.append(row)
                values.append(weight)
        shape = (len(words), len(self.buckets))
        return sparse.csr_matrix((np.array(values, np.float32), (at, columns)), shape=shape)


def gather(folder: Path = FOLDER) -> Material:
    """Every example of the files, with one or two noisy copies."""
    spellings = load_spellings(folder / "words" / "spelling.toml")
    polite = read_polite(folder / "words" / "polite.toml", spellings)
    found = [
        (noisy(one.sentence, one.language, copy) if copy else one.sentence, one, number, copy == 0)
        for number, one in enumerate(all_examples(folder))
        for copy in range(3 if one.language in _MANY_NOISY else 2)
    ]
    labels = tuple(sorted({one.label for _, one, _, _ in found}))
    return Material(
        sentences=tuple(text for text, *_ in found),
        words=tuple(without_polite(polite, plain_words(text, spellings)) for text, *_ in found),
        languages=np.array([one.language for _, one, _, _ in found]),
        labels=labels,
        wanted=np.array([labels.index(one.label) for _, one, _, _ in found]),
        number=np.array([number for _, _, number, _ in found]),
        written=np.array([written for *_, written in found]),
    )


def choose_features(words: Sequence[tuple[str, ...]]) -> Features:
    """The features of at least two of these sentences, with their rarity."""
    seen: Counter[int] = Counter()
    for sentence in words:
        pieces, whole = counted(sentence)
        seen.update({*pieces, *whole})
    kept = sorted(bucket for bucket, number in seen.items() if number >= _LEAST_SENTENCES)

    def rarity(number: int) -> float:
        return math.log((1 + len(words)) / (1 + number)) + 1

    return Features(kept, [rarity(seen[bucket]) for bucket in kept], rarity(1))


def embed_all(texts: Sequence[str], cache: Path | None) -> Matrix:
    """The embedding of each text, sentences x 384; kept in the cache file, since it takes minutes."""
    bare = [bare_text(text) for text in texts]
    known = _read_cache(cache)
    missing = [text for text in dict.fromkeys(bare) if text not in known]
    engine: Any = _engine() if missing else None
    for at in range(0, len(missing), _BATCH):
        tell(f"embedding {at} of {len(missing)}")
        part = missing[at : at + _BATCH]
        known.update(zip(part, engine.query(part), strict=True))
    if cache and missing:
        cache.parent.mkdir(parents=True, exist_ok=True)
        names = np.frombuffer(json.dumps(list(known)).encode(), np.uint8)
        np.savez(cache, names=names, vectors=np.array(list(known.values()), np.float32))
    return np.array([known[text] for text in bare], np.float32)


def tell(what: str) -> None:
    """Progress, for who waits."""
    sys.stderr.write(f"{what}\n")


def _read_cache(cache: Path | None) -> dict[str, Matrix]:
    if cache is None or not cache.exists():
        return {}
    with np.load(cache, allow_pickle=False) as kept:
        return dict(zip(json.loads(bytes(kept["names"])), kept["vectors"], strict=True))


def _engine() -> Any:
    """The engine with all processors; serving uses one."""
    found = importlib.util.find_spec(PACKAGE)
    assert found is not None, "training needs the extra nlu"
    assert found.origin is not None
    place = Path(found.origin).parent
    return importlib.import_module(f"{PACKAGE}._core").E5(model_path=str(place / WEIGHTS), sae_path=str(place / "none"))
