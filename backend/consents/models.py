"""The consent ledger: append-only; what a person agreed or refused to, in which words, for whom."""

from __future__ import annotations

import sqlalchemy as sa

from backend.db import metadata

consent = sa.Table(
    "consent",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("person_id", sa.String(32), nullable=False, index=True),
    sa.Column(
        "conversation_id",
        sa.String(32),
        sa.ForeignKey("conversation.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    sa.Column("purpose", sa.String(40), nullable=False),
    sa.Column("recipient", sa.String(32), sa.ForeignKey("organisation.id"), nullable=False),
    sa.Column("data_groups", sa.String(200), nullable=False),
    sa.Column("text_id", sa.String(80), nullable=False),
    sa.Column("text_version", sa.String(16), nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("given", sa.Boolean, nullable=False),
    sa.Column("given_by", sa.String(16), nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
)
"""`text_version` is the beginning of the SHA-256 of the sentence as it was shown; `given` false records a refusal."""
