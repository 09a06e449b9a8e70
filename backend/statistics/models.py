"""Tables of figures without people in them."""

from __future__ import annotations

import sqlalchemy as sa

from backend.db import metadata

helped = sa.Table(
    "helped",
    metadata,
    sa.Column("month", sa.String(7), primary_key=True),
    sa.Column("goal", sa.String(16), primary_key=True),
    sa.Column("language", sa.String(8), primary_key=True),
    sa.Column("helped", sa.Boolean, primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
)
"""How often an answer about this goal helped, in this month ("2026-11"), by who said so with one tap."""

tally = sa.Table(
    "tally",
    metadata,
    sa.Column("month", sa.String(7), primary_key=True),
    sa.Column("measure", sa.String(16), primary_key=True),
    sa.Column("place", sa.String(8), primary_key=True),
    sa.Column("detail", sa.String(40), primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
)
"""How often something happened in conversations in a month, in Dutch time. `place` is the code of a municipality, or ""
for everywhere; `detail` is a word of a closed list."""

tally_step = sa.Table(
    "tally_step",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("month", sa.String(7), nullable=False),
    sa.Column("measure", sa.String(16), nullable=False),
    sa.Column("place", sa.String(8), nullable=False),
    sa.Column("detail", sa.String(40), nullable=False),
)
"""One more for `tally`, not added yet: so that turns that count the same thing at once do not wait for each other."""

organisation_tally = sa.Table(
    "organisation_tally",
    metadata,
    sa.Column("month", sa.String(7), primary_key=True),
    sa.Column("measure", sa.String(16), primary_key=True),
    sa.Column("organisation_id", sa.String(32), primary_key=True),
    sa.Column("detail", sa.String(40), primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
)
"""How often something happened at an organisation in a month; `detail` is a word of a closed list."""
