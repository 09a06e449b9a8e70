"""Tables of retention: how long an organisation keeps closed requests, and what must be kept longer for a reason."""

from __future__ import annotations

import sqlalchemy as sa

from backend.db import metadata

ID = sa.String(32)

retention_setting = sa.Table(
    "retention_setting",
    metadata,
    sa.Column("organisation_id", ID, sa.ForeignKey("organisation.id"), primary_key=True),
    sa.Column("days_after_closing", sa.Integer, nullable=False),
    sa.Column("changed_at", sa.BigInteger, nullable=False),
    sa.Column("trail_days", sa.Integer),
    sa.CheckConstraint("days_after_closing between 1 and 3650", name="days"),
    sa.CheckConstraint("trail_days between 365 and 3650", name="trail_days"),
)
"""An organisation without a row keeps a closed request for the default number of days; without `trail_days` it keeps the
events of the audit trail for the default of that."""

legal_hold = sa.Table(
    "legal_hold",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("request_id", ID, sa.ForeignKey("support_request.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("reason", sa.LargeBinary, nullable=False),
    sa.Column("placed_by", sa.String(40), nullable=False),
    sa.Column("placed_at", sa.BigInteger, nullable=False),
    sa.Column("lifted_at", sa.BigInteger),
)
"""While a hold is not lifted, nothing of the request's person vanishes by itself. `reason` is sealed under the key of
the person; `placed_by` is a counsellor's id or "operator". The person's own wish to be erased goes before a hold."""
