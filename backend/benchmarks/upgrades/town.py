"""People by the thousand in a database of any age: real keys, values sealed for real and as long as in life."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from backend.audit import record
from backend.conversations.models import conversation, inbox, message
from backend.db import Transaction, now
from backend.vault import Vault

_STEP = 1_000
_MESSAGES = 8
_WITH_REQUEST = 3
"""One person in so many asked for help."""
_STATE, _WORDS, _NEED = os.urandom(900), os.urandom(320), os.urandom(80)
_DAY = 86_400 * 1_000_000
_GROUPS = "need messages language kind_of_help"

Rows = dict[str, list[tuple[Any, ...]]]

_COLUMNS = {
    "organisation": "id kind name demo",
    "queue": "id organisation_id name kind_of_help",
    "conversation": "id person_id channel state last_number reachable started_at updated_at",
    "message": "conversation_id number sender content at",
    "inbox": "channel outside_id conversation_id body_hash first_number last_number at",
    "consent": "id person_id conversation_id purpose recipient data_groups text_id text_version language given given_by at",
    "sharing": "id consent_id person_id kind object_id recipient purpose data_groups text_version basis at",
    "support_request": "id conversation_id person_id organisation_id queue_id consent_id kind_of_help language need urgent "
    "status created_at waiting_since escalate_at",
}
"""What every release since 0010 has, parents before children."""


def fill_town(connection: sa.Connection, vault: Vault, people: int) -> list[str]:
    """So many persons with eight messages each, a third with a request; their ids. Commits as it goes."""
    place, line = secrets.token_hex(16), secrets.token_hex(16)
    with connection.begin():
        _insert(connection, {"organisation": [(place, "gemeente", "Organisatie", False)]})
        _insert(connection, {"queue": [(line, place, "Rij", "other")]})
    persons: list[str] = []
    while len(persons) < people:
        rows: Rows = {name: [] for name in _COLUMNS}
        with connection.begin():
            for _ in range(min(_STEP, people - len(persons))):
                persons.append(_person(Transaction(connection), vault, rows, asks=(place, line), number=len(persons)))
            _insert(connection, rows)
    return persons


def record_requests(db: Transaction) -> None:
    """An event in the trail for each request: only where the schema is today's."""
    for row in db.execute(sa.text("select id, person_id, organisation_id from support_request")).all():
        record(
            db,
            "request.open",
            row.id,
            actor="person",
            organisation_id=row.organisation_id,
            person_id=row.person_id,
        )


def _person(db: Transaction, vault: Vault, rows: Rows, *, asks: tuple[str, str], number: int) -> str:
    person, talk, at = vault.add_person(db), secrets.token_hex(16), now()
    place, line = asks
    state = vault.seal(db, person, "conversation.state", talk, _STATE)
    rows[conversation.name].append((talk, person, "web", state, _MESSAGES, True, at, at))
    rows[message.name] += [
        (
            talk,
            each,
            "bot" if each % 2 else "person",
            vault.seal(db, person, "message.content", f"{talk}:{each}", _WORDS),
            at,
        )
        for each in range(1, _MESSAGES + 1)
    ]
    rows[inbox.name] += [
        ("web", f"{talk}:{each}", talk, _WORDS[:32], each, each + 1, at) for each in range(2, _MESSAGES, 2)
    ]
    if number % _WITH_REQUEST == 0:
        _request(rows, person, talk, place, line, at, vault.seal(db, person, "support_request.need", talk, _NEED))
    return person


def _request(rows: Rows, person: str, talk: str, place: str, line: str, at: int, need: bytes) -> None:
    """Its id is the conversation's, and the consent's too."""
    version, purpose = "0123456789abcdef", "support_request"
    agreed = (talk, person, talk, purpose, place, _GROUPS, "dialogs.request.consent", version, "nl", True, "youth", at)
    rows["consent"].append(agreed)
    rows["sharing"].append(
        (talk, talk, person, purpose, talk, place, purpose, _GROUPS, version, "consent", at),
    )
    rows["support_request"].append(
        (talk, talk, person, place, line, talk, "work", "nl", need, False, "waiting", at, at, at + 365 * _DAY)
    )


def _insert(connection: sa.Connection, rows: Rows) -> None:
    driver: Any = connection.connection.driver_connection
    for table, columns in _COLUMNS.items():
        names = columns.split()
        if connection.dialect.name == "sqlite":
            places = ", ".join("?" * len(names))
            driver.executemany(f"insert into {table} ({', '.join(names)}) values ({places})", rows.get(table, ()))
        elif found := rows.get(table):
            _copy(driver, f"copy {table} ({', '.join(names)}) from stdin", found)


def _copy(driver: Any, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def words_of(db: Transaction, vault: Vault, persons: Sequence[str]) -> Iterator[bool]:
    """For each of these persons whether every message of theirs opens."""
    for person in persons:
        found = db.execute(
            sa.select(message.c.conversation_id, message.c.number, message.c.content)
            .join(conversation, conversation.c.id == message.c.conversation_id)
            .where(conversation.c.person_id == person)
        ).all()
        opened = [
            vault.open(db, person, "message.content", f"{row.conversation_id}:{row.number}", row.content)
            for row in found
        ]
        yield opened == [_WORDS] * _MESSAGES
