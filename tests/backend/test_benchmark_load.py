"""The benchmark of load measures the real service: updates as Telegram brings them, and streams that are open at once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from backend.benchmarks.load import SMALL, targets, update_figures
from backend.benchmarks.services import services
from backend.benchmarks.streams import stream_figures

TINY = replace(SMALL, updates_seconds=1.0, updates_per_second=15, chats=20)


def test_every_update_is_stored_and_answered(tmp_path: Path) -> None:
    """Updates at a steady pace are each stored and answered in Telegram, and give the figures that have a target."""
    figures = asyncio.run(update_figures(tmp_path, f"sqlite:///{tmp_path / 'load.db'}", TINY, 1))
    assert (figures["updates"], figures["updates_refused"], figures["updates_unanswered"]) == (15, 0, 0)
    wanted = {name.partition("_")[2] for name in targets(TINY) if name.startswith("sqlite_")}
    assert wanted <= set(figures)
    assert 0 < figures["stored_p50_ms"] <= figures["stored_p95_ms"] <= figures["stored_p99_ms"]


def test_open_streams_hear_of_every_turn(tmp_path: Path) -> None:
    """Each of the streams that are open at once brings its own person's message."""

    async def measured() -> dict[str, float]:
        async with services(tmp_path, f"sqlite:///{tmp_path / 'load.db'}") as (service,):
            return await stream_figures(service, 10, idle=0.1, turns=5, seed=1)

    figures = asyncio.run(measured())
    assert figures["streams_open"] == 10
    assert 0 < figures["stream_p50_ms"] <= figures["stream_p95_ms"]
