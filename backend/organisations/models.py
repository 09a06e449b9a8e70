"""Tables of organisations, the municipalities they serve, their counsellors and desk sessions."""

from __future__ import annotations

import sqlalchemy as sa

from backend.db import metadata

ID = sa.String(32)

organisation = sa.Table(
    "organisation",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("name", sa.String(120), nullable=False),
    sa.Column("school_key", sa.String(40)),
    sa.Column("website", sa.String(200)),
    sa.Column("phone", sa.String(40)),
    sa.Column("demo", sa.Boolean, nullable=False),
    sa.CheckConstraint("kind in ('pro', 'vso', 'mbo', 'doorstroompunt', 'gemeente')", name="kind"),
)
"""`school_key` is the school's key in the knowledge of schools, when it stands there."""

organisation_area = sa.Table(
    "organisation_area",
    metadata,
    sa.Column("organisation_id", ID, sa.ForeignKey("organisation.id"), primary_key=True),
    sa.Column("municipality_code", sa.String(4), primary_key=True, index=True),
)
"""The municipalities an organisation serves; for a school the municipality where it stands."""

counsellor = sa.Table(
    "counsellor",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("organisation_id", ID, sa.ForeignKey("organisation.id"), nullable=False, index=True),
    sa.Column("email_index", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("email", sa.LargeBinary, nullable=False),
    sa.Column("name", sa.LargeBinary, nullable=False),
    sa.Column("password_hash", sa.String(200), nullable=False),
    sa.Column("demo", sa.Boolean, nullable=False),
    sa.Column("disabled", sa.Boolean, nullable=False),
    sa.Column("role", sa.String(20), nullable=False, server_default="counsellor"),
)
"""The counsellor's id is also the person id under which e-mail and name are sealed."""

desk_session = sa.Table(
    "desk_session",
    metadata,
    sa.Column("token_hash", sa.LargeBinary, primary_key=True),
    sa.Column("counsellor_id", ID, sa.ForeignKey("counsellor.id"), nullable=False, index=True),
    sa.Column("csrf_token", sa.String(64), nullable=False),
    sa.Column("started_at", sa.BigInteger, nullable=False),
    sa.Column("seen_at", sa.BigInteger, nullable=False),
    sa.Column("id", ID, nullable=False, unique=True),
    sa.Column("stage", sa.String(8), nullable=False),
    sa.Column("confirmed_at", sa.BigInteger, nullable=False),
    sa.Column("device", sa.String(40), nullable=False),
    sa.CheckConstraint("stage in ('open', 'code', 'enrol')", name="stage"),
)
"""`id` names a session to its owner; `confirmed_at` is when they last proved who they are; `device` is a few coarse
words. Only the stage "open" lets anybody in: "code" waits for a second factor, "enrol" for setting one up."""

login_failure = sa.Table(
    "login_failure",
    metadata,
    sa.Column("subject", sa.LargeBinary, primary_key=True),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("last_at", sa.BigInteger, nullable=False),
    sa.Column("since", sa.BigInteger, nullable=False),
)
"""Wrong tries by blind index (account, address, the account from that address, domain, second factor) since a moment:
slows guessing without locking anybody out for good."""
