"""The benchmark of turns measures the real service, and its report has the contract's shape."""

from __future__ import annotations

import json
from pathlib import Path

from backend.benchmarks.report import report
from backend.benchmarks.turn import _compare


def test_the_report_says_what_was_missed() -> None:
    """A figure over its limit, and a target that was not measured, both count as missed."""
    figures = {"fast": 3.0, "small": 200.0}
    targets = {"fast": (2.0, "min"), "small": (150.0, "max"), "unmeasured": (1.0, "max")}
    printed = json.loads(report("turn", 7, figures, targets))  # type: ignore[arg-type]
    assert set(printed) == {"benchmark", "machine", "seed", "figures", "targets", "missed"}
    assert printed["targets"]["fast"] == {"limit": 2.0, "is": "min"}
    assert printed["missed"] == ["small", "unmeasured"]


def test_service_and_floor_are_measured_in_one_run(tmp_path: Path) -> None:
    """Real conversations over HTTP and bare commits of as many rows give every figure that the targets need."""
    urls = (f"sqlite:///{tmp_path / 'service.db'}", f"sqlite:///{tmp_path / 'floor.db'}")
    figures = _compare(tmp_path, urls, 0.5, 1, 1)
    assert {"turns_per_second", "p50_ms", "p99_ms", "cpu_ms_per_turn", "rate_of_floor", "p99_of_floor"} <= set(figures)
    assert all(value > 0 for value in figures.values())
