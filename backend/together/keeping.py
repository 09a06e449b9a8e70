"""The work that ends what two persons do together when its time is over: changes that wait, access in an emergency."""

from __future__ import annotations

import asyncio
import logging
from functools import partial

from backend.db import Database, now
from backend.errors import Refused
from backend.rounds import counted, in_rounds, tell_failure
from backend.together import changes, emergencies
from backend.vault import Vault

_log = logging.getLogger(__name__)
_PAUSE_SECONDS = 60.0
_ONE = counted("settling one")


async def keep_agreements(database: Database, vault: Vault, stop: asyncio.Event) -> None:
    """Does every minute what is due until stopped; a database that is away is waited for."""
    await in_rounds({"settling": lambda: settle_all(database, vault, at=now())}, _PAUSE_SECONDS, stop)


async def settle_all(database: Database, vault: Vault, *, at: int) -> int:
    """Does what is due at this moment (microseconds UTC), each in a transaction of its own; how many things it was."""
    done = 0
    for part in (changes, emergencies):
        for id in await database.read(partial(part.due, at=at)):
            try:
                await database.write(partial(part.settle, vault=vault, id=id, at=at))
                done += 1
            except Refused as refusal:
                _log.warning("what was due was left as it is (%s)", refusal.code)
            except Exception as error:  # noqa: BLE001 - one defect must not silence everybody
                tell_failure(_ONE, error)
    return done
