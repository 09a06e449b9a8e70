"""Tables of invitations: what a school knows of a whole class, and the codes that tell it. Nothing about a person."""

from __future__ import annotations

import sqlalchemy as sa

from backend.db import metadata

ID = sa.String(32)

invitation = sa.Table(
    "invitation",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("organisation_id", ID, sa.ForeignKey("organisation.id"), nullable=False, index=True),
    sa.Column("facts", sa.String(400), nullable=False),
    sa.Column("people", sa.Integer, nullable=False),
    sa.Column("shared", sa.Boolean, nullable=False),
    sa.Column("used", sa.Integer, nullable=False),
    sa.Column("made_at", sa.BigInteger, nullable=False),
    sa.Column("expires_at", sa.BigInteger, nullable=False),
    sa.Column("revoked_at", sa.BigInteger),
)
"""`facts` is JSON of a closed list, true of everybody it is for. `used` counts who said that it is right."""

invitation_code = sa.Table(
    "invitation_code",
    metadata,
    sa.Column("code", sa.String(15), primary_key=True),
    sa.Column("invitation_id", ID, sa.ForeignKey("invitation.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("opened", sa.Integer, nullable=False),
)
"""Readable, because a school prints it again, and it opens nothing: who has it learns what everybody in the class knows.
`opened` is how often a conversation began with it. Which conversation is kept nowhere."""
