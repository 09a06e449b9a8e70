"""What the browser must come back with: kept for ten minutes under a key that only its cookie knows, and used once."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from typing import Literal

import sqlalchemy as sa

from backend.accounts.models import sign_in_step
from backend.db import Transaction
from backend.organisations.login import SECOND

Kind = Literal["passkey_new", "passkey_code", "passkey_alone", "provider"]
LIFE = 10 * 60 * SECOND


def begin_step(db: Transaction, kind: Kind, details: Mapping[str, str], *, at: int) -> str:
    """The key to come back with; steps that nobody finished are forgotten."""
    db.execute(sa.delete(sign_in_step).where(sign_in_step.c.expires_at <= at))
    key = secrets.token_urlsafe(32)
    values = {"key_hash": _hashed(key), "kind": kind, "details": json.dumps(dict(details)), "expires_at": at + LIFE}
    db.execute(sa.insert(sign_in_step), values)
    return key


def take_step(db: Transaction, kind: Kind, key: str, *, at: int) -> dict[str, str] | None:
    """The details kept under the key, this once; None for a key that is used, old, of another kind or made up."""
    found = (sign_in_step.c.key_hash == _hashed(key), sign_in_step.c.kind == kind)
    row = db.execute(sa.select(sign_in_step.c.details).where(*found, sign_in_step.c.expires_at > at)).first()
    if db.execute(sa.delete(sign_in_step).where(*found)).rowcount != 1 or row is None:
        return None
    details: dict[str, str] = json.loads(row.details)
    return details


def _hashed(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
