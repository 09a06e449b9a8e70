"""Tables of former pupils who let their school know of them, what it offered them, and hours spent."""

from __future__ import annotations

import sqlalchemy as sa

from backend.db import metadata

ID = sa.String(32)

former_pupil = sa.Table(
    "former_pupil",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("person_id", ID, nullable=False),
    sa.Column("conversation_id", ID, sa.ForeignKey("conversation.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("organisation_id", ID, sa.ForeignKey("organisation.id"), nullable=False, index=True),
    sa.Column("facts", sa.LargeBinary, nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("used_first_year", sa.Boolean),
    sa.Column("known_at", sa.BigInteger, nullable=False),
    sa.Column("keep_until", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("person_id", "organisation_id"),
)
"""Somebody who allowed their school to see `facts` (sealed JSON of a closed list) and to send them an offer; what it reads
goes through the gate of consents. `used_first_year` is what the school recorded. Kept until `keep_until`."""

school_offer = sa.Table(
    "school_offer",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("former_pupil_id", ID, sa.ForeignKey("former_pupil.id", ondelete="CASCADE"), nullable=False),
    sa.Column("person_id", ID, nullable=False, index=True),
    sa.Column("year", sa.Integer, nullable=False),
    sa.Column("again", sa.Boolean, nullable=False),
    sa.Column("due_at", sa.BigInteger, nullable=False),
    sa.Column("offered_at", sa.BigInteger),
    sa.Column("offered_by", ID, sa.ForeignKey("counsellor.id")),
    sa.Column("answer", sa.String(8)),
    sa.Column("answered_at", sa.BigInteger),
    sa.UniqueConstraint("former_pupil_id", "year"),
    sa.CheckConstraint("answer in ('yes', 'no', 'later')", name="answer"),
    sa.CheckConstraint("year in (1, 2)", name="year"),
)
"""At most one offer for each year after school. The row is there from when the list first showed it as due (`due_at`);
`offered_at` is when it was made, by whom, and then what the person answered."""

hours_spent = sa.Table(
    "hours_spent",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("former_pupil_id", ID, sa.ForeignKey("former_pupil.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("person_id", ID, nullable=False),
    sa.Column("day", sa.String(10), nullable=False),
    sa.Column("minutes", sa.Integer, nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("counsellor_id", ID, sa.ForeignKey("counsellor.id"), nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
)
"""Time a school gave a former pupil on a `day` ("2026-11-22"); `kind` is a word of a closed list."""
