"""Tables of queues, the teams that take them, who works in them, and when nobody does."""

from __future__ import annotations

import sqlalchemy as sa

from backend.db import metadata

KINDS_OF_HELP = {"work": "Werk", "learning": "Leren", "other": "Andere vragen"}
"""The kinds of help a person can choose, with the name of the queue an organisation gets for each."""

team = sa.Table(
    "team",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("organisation_id", sa.String(32), sa.ForeignKey("organisation.id"), nullable=False, index=True),
    sa.Column("name", sa.String(80), nullable=False),
)

team_member = sa.Table(
    "team_member",
    metadata,
    sa.Column("team_id", sa.String(32), sa.ForeignKey("team.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("counsellor_id", sa.String(32), sa.ForeignKey("counsellor.id"), primary_key=True, index=True),
)

queue = sa.Table(
    "queue",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("organisation_id", sa.String(32), sa.ForeignKey("organisation.id"), nullable=False, index=True),
    sa.Column("name", sa.String(80), nullable=False),
    sa.Column("kind_of_help", sa.String(24), nullable=False),
    sa.Column("topic", sa.String(24)),
    sa.Column("language", sa.String(8)),
    sa.Column("age_band", sa.String(8)),
    sa.Column("team_id", sa.String(32), sa.ForeignKey("team.id")),
)
"""`kind_of_help` is one of work, learning, other; "other" takes what no queue of the organisation is for. A queue may be
for one topic, language or age band alone (`queues/choosing.py`). The members of a queue with a team are those of the team.
"""

queue_member = sa.Table(
    "queue_member",
    metadata,
    sa.Column("queue_id", sa.String(32), sa.ForeignKey("queue.id"), primary_key=True),
    sa.Column("counsellor_id", sa.String(32), sa.ForeignKey("counsellor.id"), primary_key=True, index=True),
)

desk_setting = sa.Table(
    "desk_setting",
    metadata,
    sa.Column("organisation_id", sa.String(32), sa.ForeignKey("organisation.id"), primary_key=True),
    sa.Column("opening_hours", sa.String(200), nullable=False),
    sa.Column("holiday_region", sa.String(8)),
    sa.Column("first_answer_hours", sa.Integer, nullable=False),
    sa.Column("next_answer_hours", sa.Integer, nullable=False),
    sa.Column("claim_hours", sa.Integer, nullable=False),
    sa.Column("handover_days", sa.Integer, nullable=False),
    sa.Column("most_claims", sa.Integer),
    sa.Column("changed_at", sa.BigInteger, nullable=False),
    sa.CheckConstraint("holiday_region in ('noord', 'midden', 'zuid')", name="holiday_region"),
)
"""How an organisation works; one without a row has the defaults. Hours and days count only while it is open.
With a `holiday_region` it is closed in that region's school holidays."""

absence = sa.Table(
    "absence",
    metadata,
    sa.Column("counsellor_id", sa.String(32), sa.ForeignKey("counsellor.id"), primary_key=True),
    sa.Column("back_at", sa.BigInteger, nullable=False),
    sa.Column("stand_in_id", sa.String(32)),
)
"""A counsellor who is away until `back_at`; without a row, or after it, they are there. `stand_in_id` is the colleague
who helps in the meantime, when one was named."""
