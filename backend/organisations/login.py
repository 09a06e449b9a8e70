"""Logging in and out of the desk, and the sessions between: 30 idle minutes, at most 10 hours.

Wrong passwords slow down the next try for that e-mail address, known or not; nobody is locked out for good.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from backend import audit
from backend.db import Database, Transaction
from backend.errors import Refused
from backend.organisations.counsellors import Counsellor
from backend.organisations.models import counsellor, desk_session, login_failure
from backend.organisations.passwords import password_matches
from backend.organisations.service import email_index, open_name
from backend.vault import Vault

SECOND = 1_000_000
IDLE = 30 * 60 * SECOND
ABSOLUTE = 10 * 3600 * SECOND
FREE_TRIES = 5
LONGEST_WAIT = 42
_FORGOTTEN = 24 * 3600 * SECOND
_SEEN_EVERY = 60 * SECOND


@dataclass(frozen=True, slots=True)
class Session:
    """A desk log-in: who, and the token every action must carry."""

    counsellor: Counsellor
    csrf_token: str
    token_hash: bytes


async def log_in(
    database: Database, vault: Vault, *, email: str, password: str, at: int, ends: str | None = None
) -> tuple[str, Session]:
    """A new session's token and the session; `ends` is the token of the session it replaces.

    Raises `Refused` 401 for a wrong address or password alike, 429 with Retry-After when it went wrong too often.
    """
    subject = email_index(vault, email)
    account = await database.write(lambda db: _begin_try(db, subject, at))
    if not await password_matches(account.password_hash if account else None, password) or account is None:
        raise Refused(401, "wrong_login")
    token = secrets.token_urlsafe(32)
    session = await database.write(lambda db: _start(db, vault, account.id, token=token, at=at, ends=ends))
    return token, session


def find_session(db: Transaction, vault: Vault, token: str, *, at: int) -> tuple[Session, bool] | None:
    """The session under this token and whether it is time to note its use, or None when it is over."""
    hashed = _hashed(token)
    found = (
        sa.select(desk_session, counsellor.c.organisation_id, counsellor.c.name)
        .join(counsellor, counsellor.c.id == desk_session.c.counsellor_id)
        .where(desk_session.c.token_hash == hashed, sa.not_(counsellor.c.disabled))
        .where(desk_session.c.seen_at > at - IDLE, desk_session.c.started_at > at - ABSOLUTE)
    )
    row = db.execute(found).first()
    if row is None:
        return None
    name = open_name(db, vault, row.counsellor_id, row.name)
    who = Counsellor(row.counsellor_id, row.organisation_id, name)
    return Session(who, row.csrf_token, hashed), row.seen_at < at - _SEEN_EVERY


def keep_alive(db: Transaction, session: Session, *, at: int) -> None:
    """Notes that the session is in use."""
    db.execute(sa.update(desk_session).where(desk_session.c.token_hash == session.token_hash).values(seen_at=at))


def log_out(db: Transaction, session: Session) -> None:
    """Ends the session: its token is worth nothing from here on."""
    db.execute(sa.delete(desk_session).where(desk_session.c.token_hash == session.token_hash))
    who = session.counsellor
    audit.record(db, "session.ended", who.id, actor=who.id, organisation_id=who.organisation_id)


def seconds_to_wait(failures: int, last_at: int, at: int) -> int:
    """How long until the next try, after so many wrong ones (whole seconds): 2, 4, 8 … at most `LONGEST_WAIT`."""
    if failures < FREE_TRIES:
        return 0
    delay = min(LONGEST_WAIT, 1 << min(failures - FREE_TRIES + 1, 10))
    return max(0, -((at - last_at - delay * SECOND) // SECOND))


def _begin_try(db: Transaction, subject: bytes, at: int) -> sa.Row[Any] | None:
    """Counts this try as wrong beforehand, so that simultaneous tries cannot slip through; the account or None."""
    db.execute(sa.delete(login_failure).where(login_failure.c.last_at < at - _FORGOTTEN))
    failed = db.execute(
        sa.select(login_failure.c.failures, login_failure.c.last_at)
        .where(login_failure.c.subject == subject)
        .with_for_update()
    ).first()
    if failed and (seconds := seconds_to_wait(failed.failures, failed.last_at, at)):
        raise Refused(429, "login_wait", retry_after=seconds, seconds=seconds)
    insert = (postgresql.insert if db.locks_rows else sqlite.insert)(login_failure)
    counted = {"failures": login_failure.c.failures + 1, "last_at": at}
    db.execute(
        insert.values(subject=subject, failures=1, last_at=at).on_conflict_do_update(
            index_elements=["subject"], set_=counted
        )
    )
    account = sa.select(counsellor).where(counsellor.c.email_index == subject, sa.not_(counsellor.c.disabled))
    return db.execute(account).first()


def _start(db: Transaction, vault: Vault, counsellor_id: str, *, token: str, at: int, ends: str | None) -> Session:
    row = db.execute(
        sa.select(counsellor).where(counsellor.c.id == counsellor_id, sa.not_(counsellor.c.disabled))
    ).first()
    if row is None:
        raise Refused(401, "wrong_login")
    old = desk_session.c.token_hash == _hashed(ends or "")
    over = sa.or_(desk_session.c.seen_at <= at - IDLE, desk_session.c.started_at <= at - ABSOLUTE)
    db.execute(sa.delete(desk_session).where(sa.or_(old, over)))
    db.execute(sa.delete(login_failure).where(login_failure.c.subject == row.email_index))
    who = Counsellor(counsellor_id, row.organisation_id, open_name(db, vault, counsellor_id, row.name))
    session = Session(who, secrets.token_urlsafe(32), _hashed(token))
    values = {"counsellor_id": counsellor_id, "csrf_token": session.csrf_token, "started_at": at, "seen_at": at}
    db.execute(sa.insert(desk_session), {"token_hash": session.token_hash, **values})
    audit.record(db, "session.started", counsellor_id, actor=counsellor_id, organisation_id=who.organisation_id)
    return session


def _hashed(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
