"""The benchmark of the desk: three sizes in one run, and desks that are all told of a new request."""

from __future__ import annotations

from pathlib import Path

from backend.benchmarks.desk import TARGETS, _town, growth
from backend.benchmarks.live import live_figures


def test_list_claim_and_open_are_measured_side_by_side(tmp_path: Path) -> None:
    """Every act has its p95 at each size, and its growth from the first to the last."""
    towns = [_town(tmp_path / f"{size}.db", size, 9) for size in (60, 300)]
    figures = growth(towns, 4)
    for town in towns:
        town.database.close()
    assert {"list_60_p95_ms", "claim_300_p95_ms", "open_p95_growth", "list_p95_growth"} <= set(figures)
    assert all(value > 0 for value in figures.values())


def test_every_open_desk_hears_of_a_new_request(tmp_path: Path) -> None:
    """Real streams of a real service: each one is told, and that is what the targets are about."""
    figures = live_figures(tmp_path, desks=10, rounds=2)
    assert figures["live_p95_ms"] > 0
    assert {"live_p95_ms", "live_cpu_growth"} <= set(TARGETS) & set(figures)
