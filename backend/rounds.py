"""Background work in rounds: done again and again until the service stops, whatever goes wrong in one of them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

from backend.errors import Unavailable, without_words
from backend.telemetry import WORK_FAILED

Step = Callable[[], Awaitable[object]]

_log = logging.getLogger(__name__)


async def in_rounds(steps: Mapping[str, Step], pause: float, stop: asyncio.Event) -> None:
    """Takes these steps in turn, with `pause` seconds between the rounds, until stopped. A database that is away is waited
    for; a step that fails for a defect is told, counted under its name, and tried again, and holds up none of the others."""
    away = False
    while not stop.is_set():
        for name, step in steps.items():
            try:
                await step()
                away = False
            except Unavailable:
                if not away:  # once for each time: these rounds go on while it is away
                    _log.warning("%s: not now, the database is away", name)
                away = True
                break
            except Exception as error:  # noqa: BLE001 - one defect must not silence everybody
                tell_failure(name, error)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause)


def tell_failure(name: str, error: Exception) -> None:
    """That background work of this name failed for a defect: a line in the log, and one more in the figures."""
    WORK_FAILED.labels(name).inc()
    _log.error("%s failed: %s", name, without_words(error))
