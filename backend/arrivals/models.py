"""Table of arrivals: that two conversations of one day began in the same network, and nothing else of that network."""

from __future__ import annotations

import sqlalchemy as sa

from backend.db import metadata

ID = sa.String(32)

arrival = sa.Table(
    "arrival",
    metadata,
    sa.Column("conversation_id", ID, sa.ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("mark", sa.LargeBinary, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
)
"""`mark` is a keyed hash of the network and the Dutch day: those of two days cannot be compared."""
