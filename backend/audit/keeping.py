"""The background work of the trail: links new events every few seconds and signs the chain's head every hour."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from backend.audit.chain import is_open, link_open_events
from backend.audit.gone import gone_since, keep_gone, read_gone
from backend.audit.heads import Head, heads_after, is_due, last_kept, longest_head, send, sign_head
from backend.db import Database, Transaction, now
from backend.rounds import in_rounds
from backend.vault import Vault

_log = logging.getLogger(__name__)
_PAUSE_SECONDS = 2.0


async def keep_trail(database: Database, vault: Vault, stop: asyncio.Event, folder: Path | None = None) -> None:
    """Links and signs until stopped; a database that is away is waited for. `folder` is where heads are kept too."""
    sent: int | None = None
    gone = _Gone(folder)

    async def link() -> None:
        await link_all(database)
        if await database.read(lambda db: is_due(db, at=now())):
            await database.write(lambda db: sign_head(db, vault.audit_key, at=now()))

    async def send_heads() -> None:
        nonlocal sent
        if sent is None:
            sent = await _sent_before(database, folder)
        sent = await _send_new(database, sent, folder)

    steps = {
        "linking the audit trail": link,
        "keeping its heads in VERDER_AUDIT_HEADS": send_heads,
        "keeping who is gone in VERDER_AUDIT_HEADS": lambda: gone.keep_new(database),
    }
    await in_rounds(steps, _PAUSE_SECONDS, stop)


class _Gone:
    """Keeps what is taken back in the folder as well: the next restore must know it."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._known: set[str] | None = None
        self._number = 0

    async def keep_new(self, database: Database) -> None:
        """Writes down what came since the last time; after a start, whatever is missing."""
        if self._folder is None:
            return
        if self._known is None:
            self._known = await asyncio.to_thread(read_gone, self._folder)
        start = self._number
        last, marks = await database.read(lambda db: gone_since(db, start))
        await asyncio.to_thread(keep_gone, self._folder, marks, self._known)
        self._number = last


async def link_all(database: Database) -> None:
    """Links whatever there is, in small steps."""
    while await database.read(is_open):
        await database.write(link_open_events)


async def _send_new(database: Database, sent: int, folder: Path | None) -> int:
    """Sends the heads after the one that speaks of `sent` events; what the last one speaks of."""

    def new(db: Transaction) -> list[Head]:
        return heads_after(db, sent)

    heads = await database.read(new)
    if not heads:
        return sent
    await asyncio.to_thread(send, heads, folder)
    return heads[-1].number


async def _sent_before(database: Database, folder: Path | None) -> int:
    """What the newest head speaks of that needs not be sent: the last in the folder, without one the last there is."""
    if folder is None:
        return await database.read(longest_head)
    try:
        return await asyncio.to_thread(last_kept, folder)
    except ValueError:
        _log.error("a file in VERDER_AUDIT_HEADS was damaged; every head is written to it again")
        return 0
