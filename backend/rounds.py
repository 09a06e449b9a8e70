"""Background work in rounds: done again and again until the service stops, whatever goes wrong in one of them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Literal

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError

from backend.db import Transaction
from backend.errors import Refused, Unavailable, without_words
from backend.postgres import BUSY
from backend.telemetry import WORK_FAILED

Step = Callable[[], Awaitable[object]]
Outcome = Literal["done", "held", "failed"]
"""What became of one thing: done; left for later, since somebody holds what it needs; undone for a defect."""

_DEFECTS = (DataError, IntegrityError, ProgrammingError)
_log = logging.getLogger(__name__)


async def in_rounds(steps: Mapping[str, Step], pause: float, stop: asyncio.Event) -> None:
    """Takes these steps in turn, with `pause` seconds between the rounds, until stopped. One that cannot be taken, since the
    database is away or for a defect, holds up none of the others and is tried in the next round. It is told once until it
    goes well again; a defect is counted under its name each time."""
    troubled: dict[str, str] = {}
    for name in steps:
        counted(name)
    while not stop.is_set():
        for name, step in steps.items():
            try:
                await step()
            except Exception as error:  # noqa: BLE001 - one defect must not silence everybody
                troubled[name] = _note(name, error, troubled.get(name))
            else:
                troubled.pop(name, None)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause)


def _note(name: str, error: Exception, before: str | None) -> str:
    """Counts it, and tells it unless that is what was wrong `before`; what is wrong."""
    if isinstance(error, Unavailable) and not isinstance(error.__cause__, IntegrityError):
        if before != "away":
            _log.warning("%s: not now, the database is away", name)
        return "away"
    kind = type(error).__name__
    tell_failure(name, error, again=kind == before)
    return kind


def alone(db: Transaction, name: str, work: Callable[[], object]) -> Outcome:
    """Does one of several things in this transaction. If it fails for a defect it is undone alone, told and counted; what
    somebody holds is left for later. Trouble of the database itself is raised."""
    try:
        with db.connection.begin_nested():
            work()
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) in BUSY:
            _log.warning("%s: left for later, somebody holds what it needs", name)
            return "held"
        if not isinstance(error, _DEFECTS):
            raise
        tell_failure(name, error)
        return "failed"
    except Refused:
        raise
    except Exception as error:  # noqa: BLE001 - one defect must not silence everybody
        tell_failure(name, error)
        return "failed"
    return "done"


def counted(name: str) -> str:
    """The name of work whose failures are counted: from now on there are none, or nobody would notice the first."""
    WORK_FAILED.labels(name)
    return name


def tell_failure(name: str, error: Exception, *, again: bool = False) -> None:
    """That background work of this name failed for a defect: one more in the figures, and unless it did so `again`, a line
    in the log."""
    WORK_FAILED.labels(name).inc()
    if not again:
        _log.error("%s failed: %s", name, without_words(error))
