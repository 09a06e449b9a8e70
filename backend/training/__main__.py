"""`python -m backend.training [--cache FILE]`: trains both models from the example files and writes a report.

Needs the development packages and the extra `nlu`. Deterministic: the same files give the same models.
"""

from __future__ import annotations

import argparse
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from backend.training.fit import Fitted, fit
from backend.training.limits import choose_limits
from backend.training.material import Features, Material, choose_features, embed_all, gather, tell
from knowledge.embedding import GOLDEN_TEXTS
from knowledge.example_sentences import DANGER_KINDS, SAFE, fingerprint
from knowledge.understand import MODELS

Matrix = Any
_FOLDS = 3
_NEAREST_IN = "nl"
# There are many sentences of danger and look-alikes; at full weight they would crowd out the topics.
_DANGER_WEIGHT = 0.5
_STRENGTH: dict[str, float] = {"full": 5.0, "classic": 10.0}
_DENSE_STRENGTH = 2.0


def main() -> None:
    """Trains, chooses limits on unseen sentences, and writes `full.npz`, `classic.npz`, `golden.npz`, `report.json`."""
    parser = argparse.ArgumentParser(prog="python -m backend.training")
    parser.add_argument("--cache", type=Path, default=None, help="where embeddings are kept between two runs")
    cache = parser.parse_args().cache
    material = gather()
    vectors = embed_all(material.sentences, cache)
    MODELS.mkdir(parents=True, exist_ok=True)
    _write(MODELS / "golden.npz", {"vectors": embed_all(GOLDEN_TEXTS, cache)})
    folds = _folds(material, vectors)
    report: dict[str, Any] = {"examples": int(material.written.sum()), "made_from": fingerprint()}
    for mode in _STRENGTH:
        dense = vectors if mode == "full" else vectors[:, :0]
        limits, figures = _validate(material, dense, folds, mode)
        features, fitted, centre = _train(material, dense, np.ones(len(dense), bool), mode)
        _write(MODELS / f"{mode}.npz", _numbers(material, features, fitted, centre, limits))
        report[mode] = {"limits": limits, "unseen": figures, "features": len(features.buckets)}
        tell(json.dumps(report[mode], indent=1))
    (MODELS / "report.json").write_text(json.dumps(_rounded(report), indent=1) + "\n", "utf-8")


def _folds(material: Material, vectors: Matrix) -> Matrix:
    """The part in which each sentence is left out. Danger and its look-alikes, of which many are in all languages, go
    with the Dutch sentence that means nearly the same: a translation that stays behind would make it look seen."""
    part = np.random.RandomState(7).randint(0, _FOLDS, material.number.max() + 1)
    first = np.flatnonzero(material.written)
    near = _centred(vectors, vectors[first].mean(axis=0))
    for label in (material.labels.index(name) for name in (*DANGER_KINDS, SAFE)):
        mine = first[material.wanted[first] == label]
        dutch = material.languages[mine] == _NEAREST_IN
        if dutch.any() and not dutch.all():
            nearest = (near[mine[~dutch]] @ near[mine[dutch]].T).argmax(axis=1)
            part[material.number[mine[~dutch]]] = part[material.number[mine[dutch]][nearest]]
    return part[material.number]


def _validate(material: Material, dense: Matrix, folds: Matrix, mode: str) -> tuple[dict[str, float], dict[str, float]]:
    """Limits and figures on sentences left out in turn."""
    chances = np.zeros((len(folds), len(material.labels)))
    for fold in range(_FOLDS):
        tell(f"{mode}: part {fold + 1} of {_FOLDS}")
        left_out = (folds == fold) & material.written
        features, fitted, centre = _train(material, dense, folds != fold, mode)
        tested = features.matrix([words for words, out in zip(material.words, left_out, strict=True) if out])
        sums = fitted.sums(tested, _centred(dense[left_out], centre))
        powers = np.exp(sums - sums.max(axis=1, keepdims=True))
        chances[left_out] = powers / powers.sum(axis=1, keepdims=True)
    return choose_limits(chances[material.written], material.wanted[material.written], material.labels, mode)


def _train(material: Material, dense: Matrix, used: Matrix, mode: str) -> tuple[Features, Fitted, Matrix]:
    written = used & material.written
    features = choose_features([words for words, one in zip(material.words, written, strict=True) if one])
    letters = features.matrix([words for words, one in zip(material.words, used, strict=True) if one])
    centre = dense[written].mean(axis=0)
    fitted = fit(
        letters,
        _centred(dense[used], centre),
        material.wanted[used],
        np.where(_is_about_danger(material), _DANGER_WEIGHT, 1.0)[used],
        strength=_STRENGTH[mode],
        dense_strength=_DENSE_STRENGTH,
    )
    return features, fitted, centre


def _is_about_danger(material: Material) -> Matrix:
    return np.isin(np.array(material.labels)[material.wanted], (*DANGER_KINDS, SAFE))


def _centred(vectors: Matrix, centre: Matrix) -> Matrix:
    moved = vectors - centre
    return moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-9)


def _numbers(
    material: Material, features: Features, fitted: Fitted, centre: Matrix, limits: Mapping[str, float]
) -> dict[str, Matrix]:
    """The weights as one byte each, times a scale a row."""
    scales = np.maximum(np.abs(fitted.sparse).max(axis=1), 1e-6) / 127
    about = {"labels": material.labels, "unseen": features.unseen, "made_from": fingerprint(), "limits": dict(limits)}
    return {
        "about": np.frombuffer(json.dumps(about, sort_keys=True).encode(), np.uint8),
        "buckets": np.array(features.buckets, np.int32),
        "rarity": np.array(features.rarity, np.float32),
        "scales": scales.astype(np.float32),
        "weights": np.rint(fitted.sparse / scales[:, None]).astype(np.int8),
        "bias": fitted.bias.astype(np.float32),
        "centre": centre.astype(np.float32),
        "embedding": np.ascontiguousarray(fitted.dense.T, np.float32),
    }


def _write(path: Path, numbers: Mapping[str, Matrix]) -> None:
    """An `.npz` that is the same for the same numbers: no dates inside."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, values in numbers.items():
            content = io.BytesIO()
            np.lib.format.write_array(content, np.asarray(values), version=(1, 0), allow_pickle=False)
            packed.writestr(
                zipfile.ZipInfo(f"{name}.npy", (2026, 1, 1, 0, 0, 0)), content.getvalue(), zipfile.ZIP_DEFLATED, 9
            )


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    return round(value, 4) if isinstance(value, float) else value


if __name__ == "__main__":
    main()
