"""Tables of codes that open a conversation elsewhere, kept only as keyed hashes, and of how often codes were tried."""

from __future__ import annotations

import sqlalchemy as sa

from backend.db import metadata

ID = sa.String(32)

resume_code = sa.Table(
    "resume_code",
    metadata,
    sa.Column("conversation_id", ID, sa.ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("code_index", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("moves", sa.Boolean, nullable=False),
    sa.Column("made_at", sa.BigInteger, nullable=False),
    sa.Column("expires_at", sa.BigInteger, nullable=False),
)
"""One for each conversation: a new code ends the old one. `moves`: the place it came from is closed."""

code_try = sa.Table(
    "code_try",
    metadata,
    sa.Column("subject", sa.LargeBinary, primary_key=True),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("since_at", sa.BigInteger, nullable=False),
)
"""Wrong codes within the hour, by keyed hash of the address they came from."""
