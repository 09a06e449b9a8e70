"""The connected organisations as the conversation sees them, read from the database every few seconds."""

from __future__ import annotations

import time
from threading import Lock

import sqlalchemy as sa

from backend.db import Transaction
from backend.organisations.models import organisation, organisation_area
from backend.queues.models import queue
from knowledge.directory import ConnectedOrganisation
from knowledge.library import Knowledge

_FRESH_SECONDS = 5.0


class DirectoryCache:
    """Keeps knowledge with the connected organisations filled in; an organisation without a queue is not connected."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._filled: Knowledge | None = None
        self._until = 0.0

    def fill(self, db: Transaction, knowledge: Knowledge) -> Knowledge:
        """The knowledge with the organisations as they were at most a few seconds ago."""
        if self._filled is None or time.monotonic() > self._until:
            filled = knowledge.with_organisations(connected(db))
            with self._lock:
                self._filled, self._until = filled, time.monotonic() + _FRESH_SECONDS
        return self._filled

    def forget(self) -> None:
        """Reads anew at the next turn."""
        self._until = 0.0


def connected(db: Transaction) -> tuple[ConnectedOrganisation, ...]:
    """Every organisation that has a queue, with the municipalities it serves."""
    areas: dict[str, set[str]] = {}
    for row in db.execute(sa.select(organisation_area)):
        areas.setdefault(row.organisation_id, set()).add(row.municipality_code)
    has_queue = sa.select(queue.c.organisation_id)
    rows = db.execute(sa.select(organisation).where(organisation.c.id.in_(has_queue)).order_by(organisation.c.name))
    return tuple(
        ConnectedOrganisation(
            id=row.id,
            kind=row.kind,
            name=row.name,
            municipalities=frozenset(areas.get(row.id, ())),
            school_key=row.school_key,
            website=row.website,
            phone=row.phone,
        )
        for row in rows
    )
