"""Linking audit events into a chain: each hash is SHA-256 of the one before it and the event as canonical JSON.

Events are written unlinked in the transactions they belong to, so nobody waits for anybody; one process at a time links
them afterwards, in the order of their ids (docs/decisions/0007-audit-chain.md).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from backend.audit import audit_event
from backend.db import Transaction
from backend.prepared import Prepared

GENESIS = bytes(32)
"""What stands before the first event."""
BATCH = 500
_LOCK = 5_937_262
_LARGEST = 2**53
_LINKED = (
    "id",
    "at",
    "actor",
    "action",
    "object",
    "organisation_id",
    "person_id",
    "result",
    "origin",
    "purpose",
    "basis",
)
_LINK = Prepared(
    sa.update(audit_event)
    .where(audit_event.c.id == sa.bindparam("event"))
    .values(number=sa.bindparam("new_number"), hash=sa.bindparam("new_hash"))
)
_LAST = (
    sa.select(audit_event.c.number, audit_event.c.hash)
    .where(audit_event.c.number.is_not(None))
    .order_by(audit_event.c.number.desc())
    .limit(1)
)
_OPEN = sa.select(audit_event).where(audit_event.c.number.is_(None)).order_by(audit_event.c.id)


def canonical(event: Mapping[str, str | int | bool | None]) -> bytes:
    """The event as JSON in the canonical form of RFC 8785, of which strings and whole numbers under 2^53 are enough.

    Raises TypeError for anything else: floats and nested values have rules of their own there.
    """
    for name, value in event.items():
        if not (name.isascii() and (value is None or isinstance(value, str | bool) or _is_small(value))):
            raise TypeError(f"{name} cannot be written in canonical form")
    return json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def link(previous: bytes, event: Mapping[Any, Any]) -> bytes:
    """The hash of an event (a row of `audit_event` by column) after the one whose hash is `previous`."""
    personal = event["personal"]
    written = {name: event[name] for name in _LINKED}
    written["personal"] = personal.hex() if personal is not None else None
    return hashlib.sha256(previous + canonical(written)).digest()


def hold_chain(db: Transaction) -> None:
    """From here to the end of the transaction nobody else links or signs."""
    if db.locks_rows:
        db.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


def last_link(db: Transaction) -> tuple[int, bytes]:
    """How long the chain is and its last hash."""
    row = db.execute(_LAST).first()
    return (row.number, row.hash) if row else (0, GENESIS)


def is_open(db: Transaction) -> bool:
    """Whether there are events to link."""
    return db.execute(_OPEN.limit(1)).first() is not None


def link_open_events(db: Transaction, *, limit: int = BATCH) -> int:
    """Links the oldest events that are not linked yet; how many."""
    hold_chain(db)
    number, previous = last_link(db)
    rows = db.execute(_OPEN.limit(limit)).mappings().all()
    links = []
    for row in rows:
        number, previous = number + 1, link(previous, row)
        links.append({"event": row["id"], "new_number": number, "new_hash": previous})
    if links:
        _LINK.run_many(db.connection, links)
    return len(links)


def _is_small(value: object) -> bool:
    return isinstance(value, int) and -_LARGEST < value < _LARGEST
