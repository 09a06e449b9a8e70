"""The one-time link a counsellor gets from whoever manages the service: to begin, or after a reset."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from backend import audit
from backend.accounts import factors
from backend.accounts.models import account_invitation, counsellor_identity
from backend.db import Transaction
from backend.organisations.login import SECOND
from backend.organisations.models import counsellor
from backend.organisations.service import end_sessions

Kind = Literal["welcome", "password", "factors"]
LIFE_DAYS = 7
_LIFE = LIFE_DAYS * 24 * 3600 * SECOND


@dataclass(frozen=True, slots=True)
class Invitation:
    """Whose it is and what for: welcome (everything new), password (the factor stays), factors (the password stays)."""

    counsellor_id: str
    organisation_id: str
    kind: Kind


def invite(db: Transaction, counsellor_id: str, kind: Kind, *, at: int, by: str = "operator") -> str:
    """A new code; an earlier one is worth nothing any more. What it renews is taken away at once, sessions too."""
    code = make_code()
    invite_with(db, counsellor_id, kind, hash_code(code), at=at, by=by)
    return code


def invite_with(db: Transaction, counsellor_id: str, kind: Kind, code_hash: bytes, *, at: int, by: str) -> None:
    """The same for a code that somebody holds already."""
    row = db.execute(sa.select(counsellor).where(counsellor.c.id == counsellor_id)).one()
    if row.demo:
        raise ValueError("an account of the demo region has its own password")
    if kind != "factors":
        db.execute(sa.update(counsellor).where(counsellor.c.id == counsellor_id).values(password_hash=""))
    if kind != "password":
        factors.remove_all(db, counsellor_id)
        db.execute(sa.delete(counsellor_identity).where(counsellor_identity.c.counsellor_id == counsellor_id))
    end_sessions(db, counsellor_id)
    db.execute(sa.delete(account_invitation).where(account_invitation.c.counsellor_id == counsellor_id))
    values = {"code_hash": code_hash, "counsellor_id": counsellor_id, "kind": kind, "made_at": at}
    db.execute(sa.insert(account_invitation), {**values, "expires_at": at + _LIFE})
    audit.record(db, f"account.{kind}_invited", counsellor_id, actor=by, organisation_id=row.organisation_id)


def find_invitation(db: Transaction, code: str, *, at: int) -> Invitation | None:
    """The invitation under this code, or None when it is used, replaced, expired or the account is disabled."""
    found = (
        sa.select(account_invitation.c.counsellor_id, account_invitation.c.kind, counsellor.c.organisation_id)
        .join(counsellor, counsellor.c.id == account_invitation.c.counsellor_id)
        .where(account_invitation.c.code_hash == hash_code(code), account_invitation.c.expires_at > at)
        .where(sa.not_(counsellor.c.disabled))
    )
    row = db.execute(found).first()
    return None if row is None else Invitation(row.counsellor_id, row.organisation_id, row.kind)


def close_invitation(db: Transaction, counsellor_id: str) -> None:
    """What it was made for is done: the link is worth nothing any more."""
    db.execute(sa.delete(account_invitation).where(account_invitation.c.counsellor_id == counsellor_id))


def make_code() -> str:
    """A new code: 192 random bits."""
    return secrets.token_urlsafe(24)


def hash_code(code: str) -> bytes:
    """Under which a code is stored."""
    return hashlib.sha256(code.strip().encode()).digest()
