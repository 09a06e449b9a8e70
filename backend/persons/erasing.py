"""Erasing a person: every row about them in every table of the register, and the key without which no copy can be read."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from backend.audit import record
from backend.conversations.messages import PUSH_CHANNELS
from backend.conversations.models import inbox
from backend.db import Transaction
from backend.register.walking import Held, rows_of, tables_about_person
from backend.vault import Vault


def _keep_handled(db: Transaction, held: Held) -> None:
    """What came in over a push channel may come once more; it must not bring the person back. Its number is kept, for
    nobody, until retention takes it away too."""
    mine = sa.and_(inbox.c.conversation_id.in_(held.conversations), inbox.c.channel.in_(PUSH_CHANNELS))
    nothing = {"conversation_id": None, "body_hash": b"", "first_number": 0, "last_number": 0}
    db.execute(sa.update(inbox).where(mine).values(**nothing))


BEFORE: tuple[Callable[[Transaction, Held], None], ...] = (_keep_handled,)
"""What a feature does in the same transaction before the rows go, beyond its rows: topics to wake, files to delete."""


def erase_person(db: Transaction, vault: Vault, person_id: str, *, actor: str) -> None:
    """Deletes everything about the person. Who still holds the conversation open finds it gone (404 or 410)."""
    held = Held.of(db, person_id)
    for hook in BEFORE:
        hook(db, held)
    queues = set(held.queues)
    for table, entry in reversed(tables_about_person()):
        if not entry.kept_after_erasing:
            queues |= _queues(db, table, rows_of(table, entry, held))
            db.execute(sa.delete(table).where(rows_of(table, entry, held)))
    vault.forget_person(db, person_id)
    db.erases = True
    record(db, "person.erase", person_id, actor=actor)
    for topic in [f"conversation:{id}" for id in held.conversations] + [f"queue:{id}" for id in sorted(queues)]:
        db.wake(topic)


def _queues(db: Transaction, table: sa.Table, mine: sa.ColumnElement[bool]) -> set[str]:
    """The queues that rows of this table lie in: who looks at them must see that they are gone."""
    if "queue_id" not in table.c:
        return set()
    return set(db.execute(sa.select(table.c.queue_id).where(mine)).scalars())
