"""The benchmark of endurance watches the real service while people write."""

from __future__ import annotations

import asyncio
from pathlib import Path

from backend.benchmarks.endurance import Size, Watched, measure, targets


def test_nothing_is_left_in_the_outbox(tmp_path: Path) -> None:
    """After turns at a steady pace the outbox is empty, nobody went without an answer, and every figure with a target is
    there."""
    size = Size(seconds=2, warm_up=1, chats=10)
    figures = asyncio.run(measure(tmp_path, f"sqlite:///{tmp_path / 'endurance.db'}", size, 1))
    assert (figures["turns"], figures["outbox_left"], figures["updates_unanswered"]) == (40, 0, 0)
    assert {name.partition("_")[2] for name in targets() if name.startswith("sqlite_")} <= set(figures)


def test_growth_is_the_end_against_the_beginning() -> None:
    """What goes up and down is no growth; what is higher at the end is."""
    flat = Watched([100, 110, 100, 90, 80, 110, 100, 110], [20, 24, 20, 22, 20, 21, 24, 22])
    grown = Watched([100, 100, 104, 106, 108, 110, 115, 120], [20, 20, 24, 26, 28, 30, 32, 34])
    assert (flat.growth(), flat.more_files()) == (0, 0)
    assert (round(grown.growth()), grown.more_files()) == (20, 14)
