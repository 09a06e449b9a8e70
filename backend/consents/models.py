"""The consent ledger, what was shared on the ground of it, and who put their data on lock. Rows of the first two are only
ever added: a withdrawal is a row of its own, and the database refuses to change any."""

from __future__ import annotations

import sqlalchemy as sa

from backend.db import metadata

ID = sa.String(32)

consent = sa.Table(
    "consent",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("person_id", ID, nullable=False, index=True),
    sa.Column(
        "conversation_id",
        ID,
        sa.ForeignKey("conversation.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    sa.Column("purpose", sa.String(40), nullable=False),
    sa.Column("recipient", ID, sa.ForeignKey("organisation.id"), nullable=False),
    sa.Column("data_groups", sa.String(200), nullable=False),
    sa.Column("text_id", sa.String(80), nullable=False),
    sa.Column("text_version", sa.String(16), nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("given", sa.Boolean, nullable=False),
    sa.Column("given_by", sa.String(16), nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("withdraws", ID),
    sa.Column("expires_at", sa.BigInteger),
    sa.Column("recorded_by", ID),
    sa.Column("how", sa.String(16)),
    sa.Column("giver", sa.LargeBinary),
    sa.Column("said_at", sa.BigInteger),
)
"""`text_version` is the beginning of the SHA-256 of the sentence as it was shown; `given` false records a refusal, or, with
`withdraws`, that the consent with that id is taken back. `given_by` is youth, parents or legal_rep. What a counsellor
recorded has `recorded_by` (their id), `how` it was said, `giver` (sealed: who) and `said_at` (when)."""
sa.Index("ix_consent_withdraws", consent.c.withdraws, unique=True)

sharing = sa.Table(
    "sharing",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("consent_id", ID, sa.ForeignKey("consent.id"), primary_key=True),
    sa.Column("person_id", ID, nullable=False, index=True),
    sa.Column("kind", sa.String(24), nullable=False),
    sa.Column("object_id", ID, nullable=False, index=True),
    sa.Column("recipient", ID, sa.ForeignKey("organisation.id"), nullable=False),
    sa.Column("purpose", sa.String(40), nullable=False),
    sa.Column("data_groups", sa.String(200), nullable=False),
    sa.Column("text_version", sa.String(16), nullable=False),
    sa.Column("basis", sa.String(120), nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
)
"""Something of a person was laid before an organisation: one row for each consent that it rests on, under one `id`. It is
open as long as every one of those consents is in force."""

restriction = sa.Table(
    "restriction",
    metadata,
    sa.Column("person_id", ID, primary_key=True),
    sa.Column("at", sa.BigInteger, nullable=False),
)
"""Who put their data on lock: it is kept, and nobody but the person reads it."""
