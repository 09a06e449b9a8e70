"""Tables of what case systems connect with: access tokens, webhooks, and each delivery of a webhook."""

from __future__ import annotations

import sqlalchemy as sa

from backend.db import metadata

ID = sa.String(32)

api_token = sa.Table(
    "api_token",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("organisation_id", ID, sa.ForeignKey("organisation.id"), nullable=False, index=True),
    sa.Column("name", sa.String(80), nullable=False),
    sa.Column("scopes", sa.String(120), nullable=False),
    sa.Column("token_hash", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("made_by", ID, nullable=False),
    sa.Column("made_at", sa.BigInteger, nullable=False),
    sa.Column("last_used_at", sa.BigInteger),
    sa.Column("revoked_at", sa.BigInteger),
)
"""The token itself is shown once and kept nowhere. `last_used_at` is the beginning of the day (UTC)."""

webhook = sa.Table(
    "webhook",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("organisation_id", ID, sa.ForeignKey("organisation.id"), nullable=False, index=True),
    sa.Column("url", sa.String(400), nullable=False),
    sa.Column("events", sa.String(200), nullable=False),
    sa.Column("secret", sa.LargeBinary, nullable=False),
    sa.Column("old_secret", sa.LargeBinary),
    sa.Column("old_until", sa.BigInteger),
    sa.Column("made_by", ID, nullable=False),
    sa.Column("made_at", sa.BigInteger, nullable=False),
    sa.Column("stopped_at", sa.BigInteger),
)
"""The id is also the person id under which its secrets are sealed. The old secret signs along until `old_until`."""

webhook_delivery = sa.Table(
    "webhook_delivery",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("organisation_id", ID, sa.ForeignKey("organisation.id"), nullable=False),
    sa.Column("webhook_id", ID, sa.ForeignKey("webhook.id", ondelete="CASCADE"), nullable=False),
    sa.Column("event", sa.String(40), nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("state", sa.String(8), nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("made_at", sa.BigInteger, nullable=False),
    sa.Column("due_at", sa.BigInteger, nullable=False),
    sa.Column("lease_until", sa.BigInteger, nullable=False),
    sa.Column("done_at", sa.BigInteger),
    sa.Column("outcome", sa.String(24)),
    sa.CheckConstraint("state in ('waiting', 'sent', 'failed')", name="state"),
)
"""`body` is what is signed and sent: ids and statuses, nothing personal. `outcome` is a status such as "200" or a word."""
sa.Index("ix_webhook_delivery_webhook", webhook_delivery.c.webhook_id, webhook_delivery.c.made_at)
sa.Index(
    "ix_webhook_delivery_due",
    webhook_delivery.c.due_at,
    sqlite_where=webhook_delivery.c.state == "waiting",
    postgresql_where=webhook_delivery.c.state == "waiting",
)
