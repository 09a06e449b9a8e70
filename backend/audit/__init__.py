"""The audit trail: who did what to which request, without what it was about. Rows are only ever added."""

from __future__ import annotations

import sqlalchemy as sa

from backend.db import Transaction, metadata, now

audit_event = sa.Table(
    "audit_event",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("actor", sa.String(40), nullable=False),
    sa.Column("action", sa.String(40), nullable=False),
    sa.Column("object", sa.String(60), nullable=False),
    sa.Column("organisation_id", sa.String(32)),
)

_ADD = sa.insert(audit_event)


def record(db: Transaction, action: str, of: str, *, actor: str, organisation_id: str | None = None) -> None:
    """Adds one event: `action` such as "request.read", `of` an object's id, `actor` a counsellor's id or "person"."""
    db.execute(_ADD, {"at": now(), "actor": actor, "action": action, "object": of, "organisation_id": organisation_id})
