"""What every benchmark prints: one JSON object with figures, targets and what was missed."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping
from typing import Literal

Target = tuple[float, Literal["min", "max"]]


def report(name: str, seed: int, figures: Mapping[str, float], targets: Mapping[str, Target]) -> str:
    """The contract's shape (§1); a target without a figure counts as missed."""
    missed = [
        key for key, (limit, kind) in targets.items() if key not in figures or not _met(figures[key], limit, kind)
    ]
    return json.dumps(
        {
            "benchmark": name,
            "machine": {
                "cpus": os.cpu_count(),
                "processor": platform.machine(),
                "python": platform.python_version(),
                "system": platform.system(),
            },
            "seed": seed,
            "figures": {key: round(value, 4) for key, value in figures.items()},
            "targets": {key: {"limit": limit, "is": kind} for key, (limit, kind) in targets.items()},
            "missed": missed,
        }
    )


def _met(figure: float, limit: float, kind: str) -> bool:
    return figure >= limit if kind == "min" else figure <= limit
