"""The table of handovers: one line for each time a request was proposed to another organisation, and what became of it."""

from __future__ import annotations

import sqlalchemy as sa

from backend.db import metadata

ID = sa.String(32)

handover = sa.Table(
    "handover",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("request_id", ID, sa.ForeignKey("support_request.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("conversation_id", ID, nullable=False, index=True),
    sa.Column("person_id", ID, nullable=False, index=True),
    sa.Column("from_organisation_id", ID, sa.ForeignKey("organisation.id"), nullable=False, index=True),
    sa.Column("from_queue_id", ID, sa.ForeignKey("queue.id"), nullable=False),
    sa.Column("from_consent_id", ID, nullable=False),
    sa.Column("proposed_by", ID, sa.ForeignKey("counsellor.id"), nullable=False),
    sa.Column("to_organisation_id", ID, sa.ForeignKey("organisation.id"), nullable=False, index=True),
    sa.Column("to_queue_id", ID, sa.ForeignKey("queue.id")),
    sa.Column("consent_id", ID),
    sa.Column("reason", sa.LargeBinary, nullable=False),
    sa.Column("answer", sa.LargeBinary),
    sa.Column("stage", sa.String(12), nullable=False),
    sa.Column("asked_at", sa.BigInteger, nullable=False),
    sa.Column("agreed_at", sa.BigInteger),
    sa.Column("accepted_at", sa.BigInteger),
    sa.Column("accepted_by", ID, sa.ForeignKey("counsellor.id")),
    sa.Column("contact_asked_at", sa.BigInteger),
    sa.Column("no_contact_at", sa.BigInteger),
    sa.Column("due_at", sa.BigInteger),
    sa.Column("ended_at", sa.BigInteger),
    sa.CheckConstraint(
        "stage in ('asked', 'refused', 'agreed', 'accepted', 'confirmed', 'declined', 'returned', 'withdrawn')",
        name="stage",
    ),
    sa.CheckConstraint(
        "stage <> 'confirmed' or (accepted_at is not null and consent_id is not null)", name="confirmed"
    ),
    sa.CheckConstraint("stage not in ('agreed', 'accepted') or due_at is not null", name="due"),
)
"""`reason` is what the counsellor told the person, `answer` why the receiver declined: both sealed. `stage` goes
asked, agreed, accepted, confirmed; the other stages are ends without a hand-over. At `due_at` it goes back to the sender.
"""
sa.Index(
    "uq_handover_open",
    handover.c.request_id,
    unique=True,
    sqlite_where=handover.c.ended_at.is_(None),
    postgresql_where=handover.c.ended_at.is_(None),
)
sa.Index(
    "ix_handover_due",
    handover.c.due_at,
    sqlite_where=handover.c.ended_at.is_(None),
    postgresql_where=handover.c.ended_at.is_(None),
)
