"""The table of openings: who looked at a request that a colleague has, and the reason they gave for it."""

from __future__ import annotations

import sqlalchemy as sa

from backend.db import metadata

ID = sa.String(32)

request_opening = sa.Table(
    "request_opening",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("request_id", ID, sa.ForeignKey("support_request.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("person_id", ID, nullable=False, index=True),
    sa.Column("organisation_id", ID, sa.ForeignKey("organisation.id"), nullable=False),
    sa.Column("counsellor_id", ID, sa.ForeignKey("counsellor.id"), nullable=False),
    sa.Column("reason", sa.String(16), nullable=False),
    sa.Column("words", sa.LargeBinary),
    sa.Column("at", sa.BigInteger, nullable=False),
)
"""`reason` is one of `roles.REASONS`; `words` says more, sealed under the key of the person."""
