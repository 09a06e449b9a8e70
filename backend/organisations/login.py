"""Sessions of the desk: 30 idle minutes, at most 10 hours; nothing but an open one lets anybody in.

Who may have a session is decided in `backend.accounts`. A session that still waits for a second factor, or for setting
one up, has another stage and a short life.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from backend import audit
from backend.db import Transaction
from backend.errors import Refused
from backend.organisations.counsellors import Counsellor
from backend.organisations.models import counsellor, desk_session
from backend.organisations.service import end_sessions, open_name
from backend.vault import Vault

Stage = Literal["open", "code", "enrol"]
OPEN: tuple[Stage, ...] = ("open",)
ANY: tuple[Stage, ...] = ("open", "code", "enrol")
SECOND = 1_000_000
IDLE = 30 * 60 * SECOND
ABSOLUTE = 10 * 3600 * SECOND
UNFINISHED = 20 * 60 * SECOND
"""How long a session may wait for its second factor."""
RECENT = 10 * 60 * SECOND
"""How old the last proof may be for what is sensitive."""
_SEEN_EVERY = 60 * SECOND


@dataclass(frozen=True, slots=True)
class Session:
    """A desk log-in: who, the token every action must carry, and when the counsellor last proved who they are."""

    counsellor: Counsellor
    csrf_token: str
    token_hash: bytes
    id: str = ""
    stage: Stage = "open"
    started_at: int = 0
    confirmed_at: int = 0

    def is_recent(self, at: int) -> bool:
        """Whether the last proof is fresh enough for what is sensitive."""
        return self.confirmed_at > at - RECENT


def find_session(
    db: Transaction, vault: Vault, token: str, *, at: int, stages: Collection[Stage] = OPEN
) -> tuple[Session, bool] | None:
    """The session under this token and whether it is time to note its use, or None when it is over."""
    found = (
        sa.select(desk_session, counsellor.c.organisation_id, counsellor.c.name, counsellor.c.role)
        .join(counsellor, counsellor.c.id == desk_session.c.counsellor_id)
        .where(desk_session.c.token_hash == hash_token(token), sa.not_(counsellor.c.disabled))
        .where(desk_session.c.stage.in_(stages), *_alive(at))
    )
    row = db.execute(found).first()
    if row is None:
        return None
    name = open_name(db, vault, row.counsellor_id, row.name)
    who = Counsellor(row.counsellor_id, row.organisation_id, name, row.role)
    session = Session(who, row.csrf_token, row.token_hash, row.id, row.stage, row.started_at, row.confirmed_at)
    return session, row.seen_at < at - _SEEN_EVERY


def keep_alive(db: Transaction, session: Session, *, at: int) -> None:
    """Notes that the session is in use."""
    db.execute(sa.update(desk_session).where(desk_session.c.token_hash == session.token_hash).values(seen_at=at))


def log_out(db: Transaction, session: Session) -> None:
    """Ends the session: its token is worth nothing from here on."""
    db.execute(sa.delete(desk_session).where(desk_session.c.token_hash == session.token_hash))
    _record(db, "session.ended", session.counsellor)


def start_session(
    db: Transaction,
    vault: Vault,
    counsellor_id: str,
    *,
    token: str,
    at: int,
    stage: Stage = "open",
    device: str = "",
    ends: str | None = None,
    confirmed_at: int | None = None,
) -> Session:
    """A new session under a new token; the one under the token `ends` is over. Raises 401 for a disabled account."""
    row = db.execute(
        sa.select(counsellor).where(counsellor.c.id == counsellor_id, sa.not_(counsellor.c.disabled))
    ).first()
    if row is None:
        raise Refused(401, "wrong_login")
    old = desk_session.c.token_hash == hash_token(ends or "")
    db.execute(sa.delete(desk_session).where(sa.or_(old, sa.not_(sa.and_(*_alive(at))))))
    who = Counsellor(counsellor_id, row.organisation_id, open_name(db, vault, counsellor_id, row.name), row.role)
    values: dict[str, Any] = {
        "token_hash": hash_token(token),
        "csrf_token": secrets.token_urlsafe(32),
        "id": secrets.token_hex(16),
        "stage": stage,
        "started_at": at,
        "confirmed_at": at if confirmed_at is None else confirmed_at,
    }
    db.execute(
        sa.insert(desk_session), {"counsellor_id": counsellor_id, "seen_at": at, "device": device[:40], **values}
    )
    if stage == "open":
        _record(db, "session.started", who)
    return Session(counsellor=who, **values)


def renew(db: Transaction, session: Session, token: str, *, at: int) -> None:
    """After a change of password, factor or role: the session goes on under a new token, every other one is over."""
    end_sessions(db, session.counsellor.id, but=session.token_hash)
    here = desk_session.c.token_hash == session.token_hash
    values = {"token_hash": hash_token(token), "csrf_token": secrets.token_urlsafe(32), "seen_at": at}
    db.execute(sa.update(desk_session).where(here).values(values))


def confirm(db: Transaction, session: Session, *, at: int) -> None:
    """Notes that the counsellor just proved again who they are."""
    here = desk_session.c.token_hash == session.token_hash
    db.execute(sa.update(desk_session).where(here).values(confirmed_at=at))


def sessions_of(db: Transaction, counsellor_id: str, *, at: int) -> Sequence[sa.Row[Any]]:
    """The counsellor's open sessions, the newest first."""
    mine = sa.select(desk_session).where(desk_session.c.counsellor_id == counsellor_id, desk_session.c.stage == "open")
    return db.execute(mine.where(*_alive(at)).order_by(desk_session.c.started_at.desc())).all()


def end_one(db: Transaction, who: Counsellor, session_id: str) -> None:
    """Ends one of the counsellor's own sessions; nothing happens when it is over or somebody else's."""
    mine = desk_session.c.id == session_id, desk_session.c.counsellor_id == who.id
    if db.execute(sa.delete(desk_session).where(*mine)).rowcount:
        _record(db, "session.ended", who)


def hash_token(token: str) -> bytes:
    """Under which a session is stored: the token itself is only in the browser."""
    return hashlib.sha256(token.encode()).digest()


def _alive(at: int) -> tuple[sa.ColumnElement[bool], ...]:
    finished = sa.or_(desk_session.c.stage == "open", desk_session.c.started_at > at - UNFINISHED)
    return desk_session.c.seen_at > at - IDLE, desk_session.c.started_at > at - ABSOLUTE, finished


def _record(db: Transaction, action: str, who: Counsellor) -> None:
    audit.record(db, action, who.id, actor=who.id, organisation_id=who.organisation_id)
