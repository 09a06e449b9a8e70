"""Access tokens for case systems: made by an organisation's administrator, shown once, kept as a hash."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import sqlalchemy as sa

from backend import audit
from backend.connections.models import api_token
from backend.db import Transaction
from backend.errors import Refused, not_found
from backend.organisations.counsellors import Counsellor
from locales import undirected

Scope = Literal["figures", "requests"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
"""figures: how many requests there are; requests: the id, queue, status and times of each. Nothing of a person."""
PREFIX = "verder_"
LONGEST_NAME = 80
MOST = 20
_DAY = 24 * 3600 * 1_000_000


@dataclass(frozen=True, slots=True)
class Token:
    """A token without its secret; times are microseconds UTC, `last_used_at` the beginning of that day."""

    id: str
    name: str
    scopes: Sequence[Scope]
    made_at: int
    last_used_at: int | None
    revoked_at: int | None


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose token was shown, and what it may do."""

    token_id: str
    organisation_id: str
    scopes: Sequence[Scope]


def make_token(db: Transaction, by: Counsellor, *, name: str, scopes: Collection[str], at: int) -> str:
    """A new token: the only time it can be read. Raises 422 without a name, without a scope or with too many tokens."""
    chosen = [scope for scope in SCOPES if scope in scopes]
    words = " ".join(undirected(name).split())
    named = 1 <= len(words) <= LONGEST_NAME and words.isprintable()
    if not chosen or not named or set(scopes) - set(SCOPES):
        raise Refused(422, "bad_token", fields={"scopes": "one at least", "name": f"1-{LONGEST_NAME}"})
    if sum(one.revoked_at is None for one in tokens_of(db, by.organisation_id)) >= MOST:
        raise Refused(422, "too_many_connections", count=MOST)
    token, id = PREFIX + secrets.token_urlsafe(32), secrets.token_hex(16)
    values = {"id": id, "organisation_id": by.organisation_id, "name": words, "scopes": " ".join(chosen)}
    db.execute(sa.insert(api_token), {**values, "token_hash": _hashed(token), "made_by": by.id, "made_at": at})
    audit.record(db, "connection.token_made", id, actor=by.id, organisation_id=by.organisation_id)
    return token


def tokens_of(db: Transaction, organisation_id: str) -> Sequence[Token]:
    """The organisation's tokens, the newest first."""
    of = api_token.c
    found = sa.select(api_token).where(of.organisation_id == organisation_id).order_by(of.made_at.desc(), of.id)
    return [
        Token(row.id, row.name, row.scopes.split(), row.made_at, row.last_used_at, row.revoked_at)
        for row in db.execute(found)
    ]


def revoke_token(db: Transaction, by: Counsellor, token_id: str, *, at: int) -> None:
    """From here on the token is worth nothing. Raises 404."""
    of = api_token.c
    mine = sa.and_(of.id == token_id, of.organisation_id == by.organisation_id)
    if db.execute(sa.select(of.id).where(mine)).first() is None:
        raise not_found()
    db.execute(sa.update(api_token).where(mine, of.revoked_at.is_(None)).values(revoked_at=at))
    audit.record(db, "connection.token_revoked", token_id, actor=by.id, organisation_id=by.organisation_id)


def find_caller(db: Transaction, token: str, *, at: int) -> tuple[Caller, bool] | None:
    """Whose token this is and whether the day of its use must be noted; None for one that is none, or no more."""
    of = api_token.c
    found = sa.select(api_token).where(of.token_hash == _hashed(token), of.revoked_at.is_(None))
    row = db.execute(found).first()
    if row is None:
        return None
    return Caller(row.id, row.organisation_id, row.scopes.split()), row.last_used_at != _day(at)


def note_use(db: Transaction, caller: Caller, *, at: int) -> None:
    """Notes the day on which a token was used, and nothing finer."""
    db.execute(sa.update(api_token).where(api_token.c.id == caller.token_id).values(last_used_at=_day(at)))


def _day(at: int) -> int:
    return at - at % _DAY


def _hashed(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
