"""Tables of queues and who works in them."""

from __future__ import annotations

import sqlalchemy as sa

from backend.db import metadata

KINDS_OF_HELP = {"work": "Werk", "learning": "Leren", "other": "Andere vragen"}
"""The kinds of help a person can choose, with the name of the queue an organisation gets for each."""

queue = sa.Table(
    "queue",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("organisation_id", sa.String(32), sa.ForeignKey("organisation.id"), nullable=False, index=True),
    sa.Column("name", sa.String(80), nullable=False),
    sa.Column("kind_of_help", sa.String(24), nullable=False),
    sa.UniqueConstraint("organisation_id", "kind_of_help"),
)
"""`kind_of_help` is one of work, learning, other; "other" takes what no queue of the organisation is for."""

queue_member = sa.Table(
    "queue_member",
    metadata,
    sa.Column("queue_id", sa.String(32), sa.ForeignKey("queue.id"), primary_key=True),
    sa.Column("counsellor_id", sa.String(32), sa.ForeignKey("counsellor.id"), primary_key=True, index=True),
)
