"""Writes that go together: on PostgreSQL as one statement, on SQLite one after the other, with the same rows at the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from backend.conversations.models import conversation, inbox, message, outbox
from backend.db import Database, run_now
from backend.engines import open_database
from backend.errors import Unavailable
from backend.prepared import Prepared, Write, run_together

ID = "a" * 32
SAY = Prepared(sa.insert(message), "conversation_id", "number", "sender", "content", "at")
QUEUE = Prepared(sa.insert(outbox), "conversation_id", "number", "state", "due_at", "lease_until", "tries", "broadcast")
HANDLED = Prepared(sa.insert(inbox), *inbox.c.keys())
KEEP = Prepared(
    sa.update(conversation)
    .where(conversation.c.id == sa.bindparam("row_id"), conversation.c.channel == "web")
    .values(last_number=sa.bindparam("number"), state=b"new")
)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database of each kind, with one conversation."""
    opened = open_database(database_url)
    row = {"id": ID, "person_id": ID, "channel": "web", "state": b"old", "last_number": 0}
    times = {"reachable": True, "started_at": 1, "updated_at": 1}
    run_now(opened, lambda db: db.execute(sa.insert(conversation), {**row, **times}).rowcount)
    yield opened
    opened.close()


def said(number: int) -> Write:
    """A message, of which the database asks whether its conversation is there."""
    return SAY, {"conversation_id": ID, "number": number, "sender": "bot", "content": b"x" * number, "at": number}


def queued(number: int) -> Write:
    """A message that must still go out; the database counts these."""
    values = {"conversation_id": ID, "number": number, "state": "waiting", "due_at": 1, "lease_until": 0, "tries": 0}
    return QUEUE, {**values, "broadcast": False}


def handled(key: str, last: int) -> Write:
    """That something is handled, which the database lets be said once."""
    values = {"channel": "web", "outside_id": key, "conversation_id": None, "body_hash": b"h"}
    return HANDLED, {**values, "first_number": 0, "last_number": last, "at": 1}


def kept(number: int) -> Write:
    """A change of a row that is there, with values of its own in it."""
    return KEEP, {"row_id": ID, "number": number}


def write(database: Database, *writes: Write) -> None:
    """Writes them together, in a transaction."""
    run_now(database, lambda db: run_together(db.connection, writes))


def rows(database: Database, table: sa.Table, order: str) -> Sequence[Any]:
    """What is in a table, in this order."""
    return run_now(database, lambda db: db.execute(sa.select(table).order_by(table.c[order])).all())


def test_rows_of_every_kind_are_written_in_their_order(database: Database) -> None:
    """Inserts of several rows, an insert of one and a change all happen, and what is counted is counted in order."""
    numbers = [3, 1, 2, 5, 4]
    write(database, *map(said, numbers), *map(queued, numbers), kept(5), handled("key", 5))
    assert [(row.number, row.content) for row in rows(database, message, "at")] == [(n, b"x" * n) for n in range(1, 6)]
    assert [row.number for row in rows(database, outbox, "id")] == numbers
    assert [(row.state, row.last_number) for row in rows(database, conversation, "id")] == [(b"new", 5)]
    assert [(row.outside_id, row.last_number) for row in rows(database, inbox, "outside_id")] == [("key", 5)]


def test_all_or_nothing(database: Database) -> None:
    """When one of them cannot be written none is, and the error is the one that a single statement raises."""
    write(database, handled("key", 1))
    with pytest.raises(Unavailable) as refused:
        write(database, said(1), handled("key", 2), kept(2))
    assert isinstance(refused.value.__cause__, IntegrityError)
    assert rows(database, message, "at") == []
    assert [row.state for row in rows(database, conversation, "id")] == [b"old"]
    assert [row.last_number for row in rows(database, inbox, "outside_id")] == [1]


def test_nothing_together_is_nothing(database: Database) -> None:
    """Without writes nothing happens."""
    write(database)
    assert rows(database, message, "at") == []


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    numbers=st.lists(st.integers(1, 40), unique=True, max_size=6),
    keys=st.lists(st.text("abc", min_size=1, max_size=3), unique=True, max_size=3),
    last=st.none() | st.integers(0, 10**6),
)
def test_any_bundle_is_there_afterwards(
    database: Database, numbers: list[int], keys: list[str], last: int | None
) -> None:
    """Whatever goes together is there as it was given, on both databases."""
    for table in (message, outbox, inbox):
        run_now(database, lambda db, table=table: db.execute(sa.delete(table)).rowcount)  # type: ignore[misc]
    change = [] if last is None else [kept(last)]
    write(database, *map(said, numbers), *change, *(handled(key, 1) for key in keys), *map(queued, numbers))
    assert [row.number for row in rows(database, message, "at")] == sorted(numbers)
    assert [row.number for row in rows(database, outbox, "id")] == numbers
    assert {row.outside_id for row in rows(database, inbox, "outside_id")} == set(keys)
    assert last is None or rows(database, conversation, "id")[0].last_number == last
