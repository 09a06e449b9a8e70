"""Signing in with a password and a second factor: what each try leads to, and the second half of it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from backend import audit
from backend.accounts import factors, guessing
from backend.accounts.guessing import Begun, Subjects
from backend.db import Database, Transaction
from backend.errors import Refused
from backend.organisations.counsellors import Counsellor
from backend.organisations.login import Session, Stage, confirm, find_session, start_session
from backend.organisations.models import counsellor
from backend.organisations.passwords import password_matches
from backend.vault import Vault

WAITS: tuple[Stage, ...] = ("code",)
Why = Literal["password", "code", "passkey", "provider"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """What somebody typed at the door, from which network address and device; `ends` is the token they had."""

    email: str
    password: str
    code: str = ""
    address: str = ""
    device: str = ""
    ends: str | None = None


async def log_in(
    database: Database, vault: Vault, attempt: Attempt, *, at: int, unfinished: bool
) -> tuple[str, Session]:
    """A new session's token and the session; where a second factor is missing its stage says so, if that may be.

    Raises `Refused` 401 for a wrong address, password or code alike, 429 with Retry-After when it went wrong too often,
    401 or 403 for a missing second factor when the caller cannot go on with an `unfinished` session.
    """
    subjects = Subjects.of(vault, attempt.email, attempt.address)
    begun = await database.write(lambda db: _begin(db, vault, subjects, attempt.code, at))
    account = begun.account
    stored = account.password_hash if account else None
    if begun.with_code and not begun.has_code:
        if not attempt.code:
            raise Refused(401, "login_with_code")
        stored = None
    if not await password_matches(stored or None, attempt.password) or account is None:
        await database.write(lambda db: record_refusal(db, account, "password"))
        raise Refused(401, "wrong_login")
    token = secrets.token_urlsafe(32)

    def finish(db: Transaction) -> Session | Refused:
        guessing.password_was_right(db, subjects, all_is_well=account.demo)
        stage = _stage(db, vault, account, attempt.code, at)
        if stage != "open" and not unfinished:
            return Refused(401, "code_needed") if stage == "code" else Refused(403, "enrol_first")
        if stage == "open":
            guessing.code_was_right(db, vault, account.id)
        return start_session(
            db, vault, account.id, token=token, at=at, stage=stage, device=attempt.device, ends=attempt.ends
        )

    if attempt.code and not account.demo and not begun.has_code:
        await database.write(lambda db: guessing.begin_code(db, vault, account.id, at=at))
    done = await database.write(finish)
    if isinstance(done, Refused):
        raise done
    return token, done


async def second_factor(
    database: Database, vault: Vault, session: Session, code: str, *, at: int, device: str, token_before: str
) -> tuple[str, Session]:
    """The open session that a right code makes of one that waits for it. Raises 401 for a wrong code, 429 to wait."""
    who = session.counsellor
    await database.write(lambda db: guessing.begin_code(db, vault, who.id, at=at))
    token = secrets.token_urlsafe(32)

    def use(db: Transaction) -> Session | None:
        if find_session(db, vault, token_before, at=at, stages=WAITS) is None:
            raise Refused(401, "not_signed_in")
        if factors.use_code(db, vault, who.id, code, at=at) is None:
            audit.record(
                db, "session.refused", who.id, actor="system", organisation_id=who.organisation_id, result="refused"
            )
            return None
        guessing.code_was_right(db, vault, who.id)
        return start_session(db, vault, who.id, token=token, at=at, device=device, ends=token_before)

    opened = await database.write(use)
    if opened is None:
        raise Refused(401, "wrong_code")
    return token, opened


async def confirm_again(
    database: Database, vault: Vault, session: Session, *, password: str, code: str, at: int
) -> None:
    """Notes that the counsellor just proved again who they are. Raises 401 for wrong proof, 429 to wait."""
    who = session.counsellor
    await database.write(lambda db: guessing.begin_code(db, vault, who.id, at=at))
    account = await database.read(lambda db: account_of(db, who.id))
    right = bool(password) and await password_matches(account.password_hash or None, password)

    def note(db: Transaction) -> bool:
        if not right and (not code or factors.use_code(db, vault, who.id, code, at=at) is None):
            return False
        guessing.code_was_right(db, vault, who.id)
        confirm(db, session, at=at)
        return True

    if not await database.write(note):
        await database.write(lambda db: record_refusal(db, account, "code"))
        raise Refused(401, "wrong_proof")


def next_stage(db: Transaction, counsellor_id: str) -> Stage:
    """Where somebody stands who proved one thing: a second factor is asked, or set up when there is none.

    Raises 403 when new factors may be set up through an invitation alone.
    """
    if factors.factors_of(db, counsellor_id).any:
        return "code"
    if factors.needs_invitation(db, counsellor_id):
        raise Refused(403, "use_invitation")
    return "enrol"


def account_of(db: Transaction, counsellor_id: str) -> sa.Row[Any]:
    """The counsellor's row."""
    return db.execute(sa.select(counsellor).where(counsellor.c.id == counsellor_id)).one()


def record_refusal(db: Transaction, account: sa.Row[Any] | None, why: Why) -> None:
    """Writes a refused sign-in into the audit trail; nobody is named when there is no such account."""
    of, organisation_id = (account.id, account.organisation_id) if account else (f"unknown:{why}", None)
    audit.record(db, "session.refused", of, actor="system", organisation_id=organisation_id, result="refused")


def record_change(db: Transaction, action: str, who: Counsellor) -> None:
    """Writes a change of a counsellor's own account into the audit trail."""
    audit.record(db, action, who.id, actor=who.id, organisation_id=who.organisation_id)


def _stage(db: Transaction, vault: Vault, account: sa.Row[Any], code: str, at: int) -> Stage:
    """After the right password: open for the demo and for a right code."""
    if account.demo:
        return "open"
    stage = next_stage(db, account.id)
    if stage == "code" and code:
        if factors.use_code(db, vault, account.id, code, at=at) is None:
            raise Refused(401, "wrong_login")
        return "open"
    return stage


def _begin(db: Transaction, vault: Vault, subjects: Subjects, code: str, at: int) -> Begun:
    """Counts the try; with a good code it counts as a try of the code, too, so that its holder cannot guess passwords."""

    def code_fits(account: sa.Row[Any]) -> bool:
        return bool(code) and not account.demo and factors.code_fits(db, vault, account.id, code, at=at)

    begun = guessing.begin_try(db, subjects, at=at, code_fits=code_fits)
    if begun.has_code and begun.account is not None:
        guessing.begin_code(db, vault, begun.account.id, at=at)
    return begun
