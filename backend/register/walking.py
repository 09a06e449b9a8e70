"""Finding every row about a person by the column register, so that no table can be forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from backend.conversations.models import conversation
from backend.db import Transaction
from backend.db import metadata as everything
from backend.register.reading import WAYS, Register, TableEntry, the_register
from backend.support_requests.models import support_request

_REQUESTS = (support_request.c.id, support_request.c.queue_id)


@dataclass(frozen=True, slots=True)
class Held:
    """Whose rows are looked for: the ids by which a row may point to the person."""

    person_id: str
    conversations: Sequence[str]
    requests: Sequence[str]
    queues: Sequence[str]

    @classmethod
    def of(cls, db: Transaction, person_id: str) -> Held:
        """The ids of this person, whose conversations stay as they are until the transaction ends."""
        mine = sa.select(conversation.c.id).where(conversation.c.person_id == person_id)
        lines = mine.order_by(conversation.c.id)
        found = db.execute(lines.with_for_update() if db.locks_rows else lines).scalars().all()
        requests = db.execute(sa.select(*_REQUESTS).where(support_request.c.person_id == person_id)).all()
        return cls(person_id, found, [row.id for row in requests], sorted({row.queue_id for row in requests}))


def tables_about_person(
    register: Register | None = None, metadata: sa.MetaData = everything
) -> Sequence[tuple[sa.Table, TableEntry]]:
    """Every table about persons, what others point to first. Raises LookupError when a table of the register is not
    loaded: better an error than a person of whom something stays."""
    entries = {entry.name: entry for entry in (register or the_register()).tables.values() if entry.about == "person"}
    found = [(table, entries[table.name]) for table in metadata.sorted_tables if table.name in entries]
    if len(found) < len(entries):
        raise LookupError(f"not loaded: {sorted(entries.keys() - {table.name for table, _ in found})}")
    return found


def rows_of(table: sa.Table, entry: TableEntry, held: Held) -> sa.ColumnElement[bool]:
    """The condition that a row of this table is about this person."""
    if entry.found_by:
        column, _, target = entry.found_by.partition(" -> ")
        other = next(key.column.table for key in table.foreign_keys if key.parent.name == column)
        pointed = other.c[target.partition(".")[2]]
        return table.c[column].in_(sa.select(pointed).where(_by_ids(other, held)))
    return _by_ids(table, held)


def _by_ids(table: sa.Table, held: Held) -> sa.ColumnElement[bool]:
    values: dict[str, Any] = {
        "person_id": [held.person_id],
        "conversation_id": held.conversations,
        "request_id": held.requests,
    }
    way = next(way for way in WAYS if way in table.c)
    return table.c[way].in_(values[way])
