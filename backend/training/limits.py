"""Chooses from what chance on an answer is sure or a warning is given, on sentences that the model had not seen."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from knowledge.example_sentences import DANGER_KINDS, OUT_OF_SCOPE, SAFE

Matrix = Any
Figures = dict[str, float]

_MOST_WRONG, _MOST_OTHER_SURE, _MOST_LOST = 0.008, 0.012, 0.005
# Shares of the look-alikes (`safe`), which are harder than what most people write. Without the embedding a model sees
# little, and every answer has the line on help: it may ask only when rather certain.
_ALARMS = {
    "full": {"red": 0.012, "amber": 0.20, "footer": 0.25},
    "classic": {"red": 0.006, "amber": 0.08, "footer": 0.25},
}
_SMALLEST_CHOICE = 0.03


def choose_limits(chances: Matrix, wanted: Matrix, labels: tuple[str, ...], mode: str) -> tuple[Figures, Figures]:
    """The limits, and what they give: shares of topics, of out of scope, and of danger, on unseen sentences."""
    topics = np.array([at for at, label in enumerate(labels) if label not in DANGER_KINDS and label != SAFE])
    kinds = np.array([labels.index(kind) for kind in DANGER_KINDS])
    other, safe = labels.index(OUT_OF_SCOPE), labels.index(SAFE)
    danger = chances[:, kinds].sum(axis=1)
    ordinary, in_danger = np.isin(wanted, topics), np.isin(wanted, kinds)
    harmless = danger[wanted == safe]
    limits = {tier: float(np.quantile(harmless, 1 - share)) for tier, share in _ALARMS[mode].items()}
    figures = {f"danger_{tier}": float((danger[in_danger] >= limit).mean()) for tier, limit in limits.items()}
    figures |= {f"safe_{tier}": float((harmless >= limit).mean()) for tier, limit in limits.items()}
    figures |= {f"topics_{tier}": float((danger[ordinary] >= limit).mean()) for tier, limit in limits.items()}

    parts = chances[:, topics]
    parts = parts / parts.sum(axis=1, keepdims=True) * (1 - danger)[:, None]
    out = parts[:, list(topics).index(other)]
    parts = np.where(topics[None] == other, -1, parts)
    order = np.argsort(-parts, axis=1)[:, :3]
    best, second = (np.take_along_axis(parts, order[:, at : at + 1], axis=1)[:, 0] for at in (0, 1))
    margin = best - np.maximum(second, out)
    asked, outside = ordinary & (wanted != other), wanted == other
    right = topics[order[:, 0]] == wanted
    among = (topics[order] == wanted[:, None]).any(axis=1)

    limits["choose_score"] = max(_SMALLEST_CHOICE, float(np.quantile(best[asked], _MOST_LOST)))
    limits["out_of_scope"] = max(0.5, float(np.quantile(out[asked], 1 - _MOST_LOST)))
    known = (best >= limits["choose_score"]) & (out < limits["out_of_scope"])
    found = []
    for score, least in product(np.arange(0.15, 1, 0.025), np.arange(0.05, 0.8, 0.025)):
        sure = known & (best >= score) & (margin >= least)
        wrong, loose = (sure & ~right)[asked].mean(), sure[outside].mean()
        if wrong <= _MOST_WRONG and loose <= _MOST_OTHER_SURE:
            found.append(((sure & right)[asked].mean(), float(score), float(least)))
    _, limits["sure_score"], limits["sure_margin"] = max(found)
    sure = known & (best >= limits["sure_score"]) & (margin >= limits["sure_margin"])
    figures |= {
        "right_at_once": float((sure & right)[asked].mean()),
        "within_one_tap": float(((sure & right) | (known & ~sure & among))[asked].mean()),
        "wrong": float((sure & ~right)[asked].mean()),
        "lost": float((~known)[asked].mean()),
        "out_of_scope_wrong": float(sure[outside].mean()),
    }
    return limits, figures
