"""Tables of support requests and who has them: a request needs its consent, and has at most one open assignment."""

from __future__ import annotations

import sqlalchemy as sa

from backend.db import metadata

ID = sa.String(32)
PLACE_IN_LIST = tuple(
    sa.text(f"({part})")
    for part in (
        "CASE WHEN transferred_at IS NULL THEN 0 ELSE 1 END",
        "CASE WHEN urgent THEN 0 ELSE 1 END",
        "CASE WHEN waiting_since IS NULL THEN 1 ELSE 0 END",
        "coalesce(waiting_since, created_at)",
    )
)
"""Where a request stands in a queue's list: passed on last, urgent first, those who wait first, longest first. Written as
text, so that the queries of `support_requests/listing.py` say exactly what the index says."""

support_request = sa.Table(
    "support_request",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("conversation_id", ID, sa.ForeignKey("conversation.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("person_id", ID, nullable=False),
    sa.Column("organisation_id", ID, sa.ForeignKey("organisation.id"), nullable=False),
    sa.Column("queue_id", ID, sa.ForeignKey("queue.id"), nullable=False),
    sa.Column("consent_id", ID, sa.ForeignKey("consent.id"), nullable=False),
    sa.Column("kind_of_help", sa.String(24), nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("need", sa.LargeBinary, nullable=False),
    sa.Column("urgent", sa.Boolean, nullable=False),
    sa.Column("status", sa.String(12), nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("waiting_since", sa.BigInteger),
    sa.Column("claimed_by", ID, sa.ForeignKey("counsellor.id")),
    sa.Column("claimed_at", sa.BigInteger),
    sa.Column("closed_at", sa.BigInteger),
    sa.Column("transferred_at", sa.BigInteger),
    sa.Column("intended_for", ID),
    sa.Column("answered_at", sa.BigInteger),
    sa.Column("escalate_at", sa.BigInteger),
    sa.Column("danger", sa.LargeBinary),
    sa.Column("bundled_at", sa.BigInteger),
    sa.CheckConstraint("status in ('waiting', 'claimed', 'closed')", name="status"),
    sa.CheckConstraint("status <> 'claimed' or claimed_by is not null", name="claimed"),
    sa.CheckConstraint("status <> 'waiting' or claimed_by is null", name="waiting"),
)
sa.Index("ix_support_request_queue", support_request.c.queue_id, support_request.c.status, support_request.c.created_at)
"""`waiting_since` is when the person last waited for an answer: null while the counsellor has answered last.

A waiting request with `transferred_at` is "transferred": since then it waits at a receiver who has not accepted yet.
`intended_for` is the counsellor it waits for first, `answered_at` when a counsellor last answered. At `escalate_at` it
may not go on as it is: a waiting request is brought to mind, a claim without an answer comes back to the queue.
`danger` is what made it urgent (`support_requests/danger.py`), sealed under the key of the person. With `bundled_at` it
lies with many others from one network (`support_requests/bundling.py`).
"""
sa.Index(
    "ix_support_request_escalate",
    support_request.c.escalate_at,
    sqlite_where=support_request.c.status != "closed",
    postgresql_where=support_request.c.status != "closed",
)

sa.Index(
    "ix_support_request_list",
    support_request.c.queue_id,
    support_request.c.status,
    *PLACE_IN_LIST,
    support_request.c.id,
)
sa.Index(
    "ix_support_request_owner",
    support_request.c.claimed_by,
    sqlite_where=support_request.c.status == "claimed",
    postgresql_where=support_request.c.status == "claimed",
)
sa.Index(
    "ix_support_request_done",
    support_request.c.queue_id,
    support_request.c.closed_at,
    support_request.c.id,
    sqlite_where=support_request.c.status == "closed",
    postgresql_where=support_request.c.status == "closed",
)
sa.Index("ix_support_request_person", support_request.c.person_id)

assignment = sa.Table(
    "assignment",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("request_id", ID, sa.ForeignKey("support_request.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("counsellor_id", ID, sa.ForeignKey("counsellor.id"), nullable=False),
    sa.Column("started_at", sa.BigInteger, nullable=False),
    sa.Column("ended_at", sa.BigInteger),
)
sa.Index(
    "uq_assignment_open",
    assignment.c.request_id,
    unique=True,
    sqlite_where=assignment.c.ended_at.is_(None),
    postgresql_where=assignment.c.ended_at.is_(None),
)

desk_action = sa.Table(
    "desk_action",
    metadata,
    sa.Column("counsellor_id", ID, sa.ForeignKey("counsellor.id"), primary_key=True),
    sa.Column("key", sa.String(120), primary_key=True),
    sa.Column("body_hash", sa.LargeBinary, nullable=False),
    sa.Column("answer", sa.Text),
    sa.Column("at", sa.BigInteger, nullable=False),
)
"""What a counsellor did under an Idempotency-Key, with the answer (JSON of ids and statuses, nothing personal)."""

note = sa.Table(
    "note",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("request_id", ID, sa.ForeignKey("support_request.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("person_id", ID, nullable=False, index=True),
    sa.Column("organisation_id", ID, sa.ForeignKey("organisation.id"), nullable=False),
    sa.Column("counsellor_id", ID, sa.ForeignKey("counsellor.id"), nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
)
"""What counsellors of one organisation write to each other about a request; no message, and read nowhere else."""

canned_answer = sa.Table(
    "canned_answer",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("organisation_id", ID, sa.ForeignKey("organisation.id"), nullable=False, index=True),
    sa.Column("counsellor_id", ID, sa.ForeignKey("counsellor.id")),
    sa.Column("title", sa.String(80), nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("set_id", ID),
)
"""An answer kept for another time: of one counsellor, or without one of the whole organisation. About nobody. The rows of
one `set_id` say the same in several languages."""

appointment = sa.Table(
    "appointment",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("request_id", ID, sa.ForeignKey("support_request.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("person_id", ID, nullable=False, index=True),
    sa.Column("conversation_id", ID, nullable=False),
    sa.Column("organisation_id", ID, sa.ForeignKey("organisation.id"), nullable=False),
    sa.Column("counsellor_id", ID, sa.ForeignKey("counsellor.id"), nullable=False),
    sa.Column("first_at", sa.BigInteger, nullable=False),
    sa.Column("second_at", sa.BigInteger),
    sa.Column("third_at", sa.BigInteger),
    sa.Column("stage", sa.String(12), nullable=False),
    sa.Column("chosen_at", sa.BigInteger),
    sa.Column("asked_at", sa.BigInteger, nullable=False),
    sa.Column("answered_at", sa.BigInteger),
    sa.CheckConstraint("stage in ('asked', 'chosen', 'none', 'withdrawn')", name="stage"),
)
"""A counsellor offers to call back at one of at most three moments; `chosen_at` is the one that the person took."""

desk_draft = sa.Table(
    "desk_draft",
    metadata,
    sa.Column("request_id", ID, sa.ForeignKey("support_request.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("counsellor_id", ID, sa.ForeignKey("counsellor.id"), primary_key=True),
    sa.Column("person_id", ID, nullable=False, index=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
)
"""An answer that a counsellor has not sent yet, sealed under the key of the person it is for."""
