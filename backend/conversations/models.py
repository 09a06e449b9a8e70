"""Tables of conversations: state, messages, what came in (once), and what still has to go out."""

from __future__ import annotations

import sqlalchemy as sa

from backend.db import metadata

ID = sa.String(32)

conversation = sa.Table(
    "conversation",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("person_id", ID, nullable=False, index=True),
    sa.Column("channel", sa.String(16), nullable=False),
    sa.Column("token_hash", sa.LargeBinary),
    sa.Column("address_index", sa.LargeBinary),
    sa.Column("address", sa.LargeBinary),
    sa.Column("state", sa.LargeBinary, nullable=False),
    sa.Column("last_number", sa.Integer, nullable=False),
    sa.Column("reachable", sa.Boolean, nullable=False),
    sa.Column("started_at", sa.BigInteger, nullable=False),
    sa.Column("updated_at", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("channel", "address_index"),
)

message = sa.Table(
    "message",
    metadata,
    sa.Column("conversation_id", ID, sa.ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("sender", sa.String(12), nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("request_id", ID),
    sa.CheckConstraint("sender in ('bot', 'person', 'counsellor', 'system')", name="sender"),
)
"""`request_id` is the support request a message belongs to: only those are read at the desk, whatever else is said."""

inbox = sa.Table(
    "inbox",
    metadata,
    sa.Column("channel", sa.String(16), primary_key=True),
    sa.Column("outside_id", sa.String(120), primary_key=True),
    sa.Column("conversation_id", ID, sa.ForeignKey("conversation.id", ondelete="CASCADE"), index=True),
    sa.Column("body_hash", sa.LargeBinary, nullable=False),
    sa.Column("first_number", sa.Integer, nullable=False),
    sa.Column("last_number", sa.Integer, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
)
"""What came in, by its id outside: its replies are the messages after `first_number` up to `last_number`.
Without a conversation it is what erased a person: that it was handled is all that is kept."""

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("conversation_id", ID, sa.ForeignKey("conversation.id", ondelete="CASCADE"), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("due_at", sa.BigInteger, nullable=False),
    sa.Column("lease_until", sa.BigInteger, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("last_error", sa.String(40)),
    sa.Column("outside_ids", sa.String(400)),
    sa.Column("broadcast", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("paced_until", sa.BigInteger),
    sa.UniqueConstraint("conversation_id", "number"),
    sa.CheckConstraint("state in ('waiting', 'sending', 'sent', 'uncertain', 'failed')", name="state"),
)
"""`outside_ids` are the channel's own ids of what was sent, so that it can be taken back there. A `broadcast` is what
nobody waits for now: it lets answers go first. `paced_until` is the moment up to which a chat has used its pace."""

sa.Index(
    "ix_outbox_open",
    outbox.c.conversation_id,
    outbox.c.id,
    sqlite_where=outbox.c.state.in_(("waiting", "sending")),
    postgresql_where=outbox.c.state.in_(("waiting", "sending")),
)

sa.Index(
    "ix_outbox_turn",
    outbox.c.broadcast,
    outbox.c.id,
    sqlite_where=outbox.c.state.in_(("waiting", "sending")),
    postgresql_where=outbox.c.state.in_(("waiting", "sending")),
)

channel_pace = sa.Table(
    "channel_pace",
    metadata,
    sa.Column("channel", sa.String(16), primary_key=True),
    sa.Column("paused_until", sa.BigInteger, nullable=False),
    sa.Column("moments", sa.Text, nullable=False),
)
"""One row for each channel: until when nothing may go, and what went in the last moments, as JSON."""

parked = sa.Table(
    "parked",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("channel", sa.String(16), nullable=False),
    sa.Column("outside_id", sa.String(120), nullable=False),
    sa.Column("person_id", ID, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("channel", "outside_id"),
)
"""What came in and could not be handled: kept sealed under a key of its own until somebody looked at it."""
