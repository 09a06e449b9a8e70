"""Receipts of erasing: a random reference and when, without whom; the person saw the reference once."""

from __future__ import annotations

import sqlalchemy as sa

from backend.db import metadata

erasure_receipt = sa.Table(
    "erasure_receipt",
    metadata,
    sa.Column("reference", sa.String(16), primary_key=True),
    sa.Column("at", sa.BigInteger, nullable=False),
)
