"""The table of messages that come later because the person asked for them."""

from __future__ import annotations

import sqlalchemy as sa

from backend.db import metadata

ID = sa.String(32)

follow_up = sa.Table(
    "follow_up",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("conversation_id", ID, sa.ForeignKey("conversation.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("person_id", ID, nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("organisation_id", ID, sa.ForeignKey("organisation.id")),
    sa.Column("text_id", sa.String(80), nullable=False),
    sa.Column("text_version", sa.String(16), nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("planned_at", sa.BigInteger, nullable=False),
    sa.Column("due_at", sa.BigInteger, nullable=False),
    sa.Column("done_at", sa.BigInteger),
    sa.Column("time_zone", sa.String(48)),
    sa.CheckConstraint("state in ('waiting', 'sent', 'stopped')", name="state"),
)
sa.Index(
    "ix_follow_up_due",
    follow_up.c.due_at,
    sqlite_where=follow_up.c.state == "waiting",
    postgresql_where=follow_up.c.state == "waiting",
)
"""The row is the consent as well: which sentence was shown, in which version and language, and when it was agreed to.
`organisation_id` is who helped before, to whom an answer leads back. `time_zone` is where the person's clock stands (IANA
name), null for Dutch time: it says when the message is due, and in which hours nothing is sent."""
