"""Tables of what two persons do together: changes that a second one must agree to, and access in an emergency."""

from __future__ import annotations

import sqlalchemy as sa

from backend.db import metadata

ID = sa.String(32)

pending_change = sa.Table(
    "pending_change",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("organisation_id", ID, sa.ForeignKey("organisation.id"), nullable=False),
    sa.Column("kind", sa.String(8), nullable=False),
    sa.Column("counsellor_id", ID, sa.ForeignKey("counsellor.id"), nullable=False),
    sa.Column("role", sa.String(20)),
    sa.Column("code_hash", sa.LargeBinary),
    sa.Column("asked_by", ID, sa.ForeignKey("counsellor.id"), nullable=False),
    sa.Column("asked_at", sa.BigInteger, nullable=False),
    sa.Column("ends_at", sa.BigInteger, nullable=False),
    sa.Column("by_itself", sa.Boolean, nullable=False),
    sa.Column("state", sa.String(8), nullable=False),
    sa.Column("decided_by", ID, sa.ForeignKey("counsellor.id")),
    sa.Column("decided_at", sa.BigInteger),
    sa.CheckConstraint("kind in ('role', 'factors', 'disable', 'enable', 'invite')", name="kind"),
    sa.CheckConstraint("state in ('waiting', 'done', 'stopped', 'expired')", name="state"),
    sa.Index("ix_pending_change_organisation", "organisation_id", "state"),
)
"""`counsellor_id` is whose account it is about, `role` the new role. Until `ends_at` somebody may agree; with `by_itself`
nobody can, and the change happens then. `code_hash` is of the code that whoever asked was shown for a new second factor:
it works once the change is done. Done without `decided_by`: by itself."""

emergency_access = sa.Table(
    "emergency_access",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("request_id", ID, sa.ForeignKey("support_request.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("person_id", ID, nullable=False, index=True),
    sa.Column("organisation_id", ID, sa.ForeignKey("organisation.id"), nullable=False),
    sa.Column("asked_by", ID, sa.ForeignKey("counsellor.id"), nullable=False),
    sa.Column("reason", sa.LargeBinary, nullable=False),
    sa.Column("asked_at", sa.BigInteger, nullable=False),
    sa.Column("agreed_by", ID, sa.ForeignKey("counsellor.id")),
    sa.Column("agreed_at", sa.BigInteger),
    sa.Column("ends_at", sa.BigInteger, nullable=False),
    sa.Column("state", sa.String(8), nullable=False),
    sa.CheckConstraint("state in ('asked', 'open', 'refused', 'ended', 'expired')", name="state"),
)
"""`organisation_id` is whose request it is; `reason` is sealed under the person. Nobody agreed by `ends_at`: expired.
Open: whoever asked may read until `ends_at`."""
