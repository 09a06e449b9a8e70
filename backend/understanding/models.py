"""Tables of what was not understood: counts without words or persons, and sentences that were given to learn from."""

from __future__ import annotations

import sqlalchemy as sa

from backend.db import metadata

misunderstanding = sa.Table(
    "misunderstanding",
    metadata,
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("language", sa.String(8), primary_key=True),
    sa.Column("kind", sa.String(12), primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
    sa.CheckConstraint("kind in ('unknown', 'choose', 'out_of_scope', 'corrected')", name="kind"),
)

given_sentence = sa.Table(
    "given_sentence",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("day", sa.Date, nullable=False, index=True),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("kind", sa.String(12), nullable=False),
    sa.Column("sentence", sa.LargeBinary, nullable=False),
    sa.Column("text_version", sa.String(32), nullable=False),
)
"""`sentence` is sealed under a key of its own that has the row's id as its person: nothing leads to who wrote it.
`text_version` identifies the question that was agreed to, as it was shown."""
