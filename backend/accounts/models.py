"""Tables of how counsellors prove who they are: codes from an app, passkeys, recovery codes, invitations, providers."""

from __future__ import annotations

import sqlalchemy as sa

from backend.db import metadata
from backend.organisations.models import ID


def _counsellor(*, index: bool = True) -> sa.Column[str]:
    whose = sa.ForeignKey("counsellor.id")
    return sa.Column("counsellor_id", ID, whose, nullable=False, index=index, unique=not index)


totp = sa.Table(
    "totp",
    metadata,
    sa.Column("counsellor_id", ID, sa.ForeignKey("counsellor.id"), primary_key=True),
    sa.Column("secret", sa.LargeBinary, nullable=False),
    sa.Column("last_step", sa.BigInteger, nullable=False),
    sa.Column("confirmed_at", sa.BigInteger),
)
"""`secret` is sealed under the counsellor; `last_step` is the newest time step whose code was used. Not confirmed yet:
the counsellor has seen the secret but not yet typed a code."""

passkey = sa.Table(
    "passkey",
    metadata,
    sa.Column("id", ID, primary_key=True),
    _counsellor(),
    sa.Column("credential_index", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("credential", sa.LargeBinary, nullable=False),
    sa.Column("sign_count", sa.BigInteger, nullable=False),
    sa.Column("made_at", sa.BigInteger, nullable=False),
    sa.Column("used_at", sa.BigInteger),
)
"""`credential` is sealed: its id, public key, transports, and the name the counsellor gave it."""

recovery_code = sa.Table(
    "recovery_code",
    metadata,
    sa.Column("code_hash", sa.LargeBinary, primary_key=True),
    _counsellor(),
)
"""A row is taken away when its code is used."""

account_invitation = sa.Table(
    "account_invitation",
    metadata,
    sa.Column("code_hash", sa.LargeBinary, primary_key=True),
    _counsellor(index=False),
    sa.Column("kind", sa.String(8), nullable=False),
    sa.Column("made_at", sa.BigInteger, nullable=False),
    sa.Column("expires_at", sa.BigInteger, nullable=False),
    sa.CheckConstraint("kind in ('welcome', 'password', 'factors')", name="kind"),
)
"""One at a time for a counsellor, until what it was made for is done. While there is one for factors, a password alone
does not let anybody set up new ones."""

counsellor_identity = sa.Table(
    "counsellor_identity",
    metadata,
    sa.Column("identity_index", sa.LargeBinary, primary_key=True),
    _counsellor(),
    sa.Column("provider", sa.String(40), nullable=False),
    sa.Column("made_at", sa.BigInteger, nullable=False),
)
"""Who signs in at an identity provider: a blind index of issuer and subject, never an e-mail address."""

sign_in_step = sa.Table(
    "sign_in_step",
    metadata,
    sa.Column("key_hash", sa.LargeBinary, primary_key=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("details", sa.Text, nullable=False),
    sa.Column("expires_at", sa.BigInteger, nullable=False, index=True),
)
"""What the browser must come back with: the challenge of a passkey, or state, nonce and verifier of a provider. Taken
away by the first who comes back."""
