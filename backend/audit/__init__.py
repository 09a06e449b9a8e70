"""The audit trail: who did what to which object, why and on what ground, without what it was about.

Rows are only ever added. `record` adds one in the caller's transaction; `backend.audit.chain` links them afterwards.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import sqlalchemy as sa

from backend.db import Transaction, metadata, now
from backend.vault import Vault

Result = Literal["done", "refused"]

audit_event = sa.Table(
    "audit_event",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("actor", sa.String(40), nullable=False),
    sa.Column("action", sa.String(40), nullable=False),
    sa.Column("object", sa.String(60), nullable=False, index=True),
    sa.Column("organisation_id", sa.String(32)),
    sa.Column("person_id", sa.String(32), index=True),
    sa.Column("result", sa.String(16)),
    sa.Column("origin", sa.String(24)),
    sa.Column("purpose", sa.String(40)),
    sa.Column("basis", sa.String(120)),
    sa.Column("personal", sa.LargeBinary),
    sa.Column("number", sa.BigInteger),
    sa.Column("hash", sa.LargeBinary),
)
"""`number` and `hash` are the event's place in the chain: null until it was linked, a few seconds later. `personal` is
sealed under the key of `person_id`, so that erasing the person leaves the chain whole. What older releases wrote has
no result, origin, purpose or basis."""
sa.Index("ix_audit_event_number", audit_event.c.number, unique=True)
sa.Index("ix_audit_event_organisation", audit_event.c.organisation_id, audit_event.c.id)
sa.Index(
    "ix_audit_event_reads",
    audit_event.c.organisation_id,
    audit_event.c.at,
    sqlite_where=audit_event.c.action == "request.read",
    postgresql_where=audit_event.c.action == "request.read",
)
sa.Index(
    "ix_audit_event_open",
    audit_event.c.id,
    sqlite_where=audit_event.c.number.is_(None),
    postgresql_where=audit_event.c.number.is_(None),
)

audit_head = sa.Table(
    "audit_head",
    metadata,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.Column("signature", sa.LargeBinary, nullable=False),
)
"""A signed statement that the chain had `number` events at `at` and the last of them this hash."""

audit_cut = sa.Table(
    "audit_cut",
    metadata,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.Column("signature", sa.LargeBinary, nullable=False),
)
"""A signed statement that at `at` the first `number` events had had their time and were cut off; the last had this hash."""

_ADD = sa.insert(audit_event)
_ORIGINS = {"person": "conversation", "retention": "worker", "system": "worker", "operator": "command"}
NOT_STAFF = frozenset(_ORIGINS)
"""Actors that are no counsellor: the person, and the service itself."""
_PLACE = "audit_event.personal"


@dataclass(frozen=True, slots=True)
class Ground:
    """Why something is done, and on what legal basis, in the words of the processing register."""

    purpose: str
    basis: str


@cache
def grounds() -> Mapping[str, Ground]:
    """The grounds by an action or by its first word (`actions.toml`)."""
    raw = tomllib.loads((Path(__file__).parent / "actions.toml").read_text("utf-8"))
    return {action: Ground(**ground) for action, ground in raw["actions"].items()}


def ground_of(action: str) -> Ground | None:
    """The ground of an action: its own, otherwise that of its first word."""
    return grounds().get(action) or grounds().get(action.partition(".")[0])


def record(
    db: Transaction,
    action: str,
    of: str,
    *,
    actor: str,
    organisation_id: str | None = None,
    person_id: str | None = None,
    origin: str | None = None,
    purpose: str | None = None,
    basis: str | None = None,
    result: Result = "done",
    personal: str | None = None,
    vault: Vault | None = None,
) -> None:
    """Adds one event.

    `action` is such as "request.read", `of` an object's id, `actor` a counsellor's id or person, retention, system,
    operator. `personal` (with `vault` and `person_id`) is the one argument that may say something about the person.
    """
    at, ground = now(), ground_of(action)
    values = {
        "at": at,
        "actor": actor,
        "action": action,
        "object": of,
        "organisation_id": organisation_id,
        "person_id": person_id,
        "result": result,
        "origin": origin or _ORIGINS.get(actor, "desk"),
        "purpose": purpose or (ground and ground.purpose),
        "basis": basis or (ground and ground.basis),
        "personal": None,
    }
    if personal is not None:
        if vault is None or person_id is None:
            raise ValueError("what is personal is sealed for its person: it needs the vault and the person's id")
        values["personal"] = vault.seal(db, person_id, _PLACE, personal_row(at, action, of), personal.encode())
    db.execute(_ADD, values)


def personal_row(at: int, action: str, of: str) -> str:
    """What binds the sealed part of an event to its event."""
    return f"{at}:{action}:{of}"
