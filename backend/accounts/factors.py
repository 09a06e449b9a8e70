"""The second factors of a counsellor: codes from an app (RFC 6238) and one-time recovery codes; which there are."""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, urlencode

import sqlalchemy as sa
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from backend.accounts.models import account_invitation, passkey, recovery_code, totp
from backend.db import Transaction
from backend.organisations.login import SECOND
from backend.vault import Vault

Used = Literal["totp", "recovery"]
STEP_SECONDS = 30
CODES = 10
_SECRET_BYTES = 20
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP = 4, 4
_PLACE = "totp.secret"


@dataclass(frozen=True, slots=True)
class Factors:
    """What a counsellor has set up: an app with codes, passkeys, and so many recovery codes left."""

    has_totp: bool
    passkeys: int
    recovery_codes: int

    @property
    def any(self) -> bool:
        """Whether there is a second factor. Recovery codes alone are none."""
        return self.has_totp or self.passkeys > 0

    @property
    def one(self) -> bool:
        """Whether there is exactly one, which must stay."""
        return self.has_totp + self.passkeys == 1


def factors_of(db: Transaction, counsellor_id: str) -> Factors:
    """What is set up now."""
    confirmed = sa.and_(totp.c.counsellor_id == counsellor_id, totp.c.confirmed_at.is_not(None))
    counts = (
        sa.select(sa.func.count()).select_from(totp).where(confirmed).scalar_subquery(),
        _count(passkey, counsellor_id),
        _count(recovery_code, counsellor_id),
    )
    row = db.execute(
        sa.select(*(count.label(name) for count, name in zip(counts, ("apps", "passkeys", "codes"), strict=True)))
    ).one()
    return Factors(bool(row.apps), row.passkeys, row.codes)


def offer_totp(db: Transaction, vault: Vault, counsellor_id: str) -> str:
    """A secret (base32) for an app, the same one until it is confirmed. Raises ValueError when there is one already."""
    row = db.execute(sa.select(totp).where(totp.c.counsellor_id == counsellor_id)).first()
    if row is not None and row.confirmed_at is not None:
        raise ValueError("an app is set up already")
    if row is not None:
        return base64.b32encode(vault.open(db, counsellor_id, _PLACE, counsellor_id, row.secret)).decode()
    secret = secrets.token_bytes(_SECRET_BYTES)
    sealed = vault.seal(db, counsellor_id, _PLACE, counsellor_id, secret)
    insert = db.insert(totp)
    values = {"counsellor_id": counsellor_id, "secret": sealed, "last_step": 0, "confirmed_at": None}
    if db.execute(insert.values(values).on_conflict_do_nothing()).rowcount == 0:
        return offer_totp(db, vault, counsellor_id)
    return base64.b32encode(secret).decode()


def confirm_totp(db: Transaction, vault: Vault, counsellor_id: str, code: str, *, at: int) -> bool:
    """Whether the code is of the offered secret; from now on the app counts, and this code is used."""
    offered = sa.and_(totp.c.counsellor_id == counsellor_id, totp.c.confirmed_at.is_(None))
    step = _step_of(db, vault, counsellor_id, offered, code, at)
    if step is None:
        return False
    change = sa.update(totp).where(offered, totp.c.last_step < step)
    return db.execute(change.values(last_step=step, confirmed_at=at)).rowcount == 1


def code_fits(db: Transaction, vault: Vault, counsellor_id: str, code: str, *, at: int) -> bool:
    """Whether the code would be accepted now; it is not used by this."""
    found = sa.select(recovery_code).where(recovery_code.c.code_hash == _recovery_hash(vault, counsellor_id, code))
    return _fresh_step(db, vault, counsellor_id, code, at) is not None or db.execute(found).first() is not None


def use_code(db: Transaction, vault: Vault, counsellor_id: str, code: str, *, at: int) -> Used | None:
    """Which factor the code was, or None. Whatever was accepted is never accepted again."""
    step = _fresh_step(db, vault, counsellor_id, code, at)
    if step is not None:
        mine = totp.c.counsellor_id == counsellor_id, totp.c.confirmed_at.is_not(None), totp.c.last_step < step
        return "totp" if db.execute(sa.update(totp).where(*mine).values(last_step=step)).rowcount == 1 else None
    spent = sa.delete(recovery_code).where(recovery_code.c.code_hash == _recovery_hash(vault, counsellor_id, code))
    return "recovery" if db.execute(spent).rowcount == 1 else None


def new_recovery_codes(db: Transaction, vault: Vault, counsellor_id: str) -> Sequence[str]:
    """Ten new codes, shown this once; the old ones are worth nothing any more."""
    db.execute(sa.delete(recovery_code).where(recovery_code.c.counsellor_id == counsellor_id))
    codes = ["-".join(_group() for _ in range(_GROUPS)) for _ in range(CODES)]
    rows = [{"code_hash": _recovery_hash(vault, counsellor_id, one), "counsellor_id": counsellor_id} for one in codes]
    db.execute(sa.insert(recovery_code), rows)
    return codes


def remove_totp(db: Transaction, counsellor_id: str) -> None:
    """The app no longer counts."""
    db.execute(sa.delete(totp).where(totp.c.counsellor_id == counsellor_id))


def remove_all(db: Transaction, counsellor_id: str) -> None:
    """No factor is left: new ones are set up through an invitation alone."""
    for table in (totp, passkey, recovery_code):
        db.execute(sa.delete(table).where(table.c.counsellor_id == counsellor_id))


def needs_invitation(db: Transaction, counsellor_id: str) -> bool:
    """Whether new factors may be set up only by whoever has the invitation that lies ready."""
    waits = account_invitation.c.counsellor_id == counsellor_id, account_invitation.c.kind != "password"
    return db.execute(sa.select(account_invitation.c.kind).where(*waits)).first() is not None


def totp_address(secret: str, *, account: str, issuer: str) -> str:
    """What an app reads from the QR code."""
    query = urlencode({"secret": secret, "issuer": issuer}, quote_via=quote)
    return f"otpauth://totp/{quote(issuer)}:{quote(account)}?{query}"


def totp_code(secret: str, at: int) -> str:
    """The code an app would show at this moment (microseconds)."""
    return _app(base64.b32decode(secret)).generate(at // SECOND).decode()


def _fresh_step(db: Transaction, vault: Vault, counsellor_id: str, code: str, at: int) -> int | None:
    mine = sa.and_(totp.c.counsellor_id == counsellor_id, totp.c.confirmed_at.is_not(None))
    return _step_of(db, vault, counsellor_id, mine, code, at)


def _step_of(
    db: Transaction, vault: Vault, counsellor_id: str, where: sa.ColumnElement[bool], code: str, at: int
) -> int | None:
    """The time step this code belongs to, when it is newer than the last one used; one step off is forgiven."""
    row = db.execute(sa.select(totp).where(where)).first()
    digits = code.replace(" ", "")
    if row is None or not (len(digits) == 6 and digits.isascii() and digits.isdigit()):
        return None
    app = _app(vault.open(db, counsellor_id, _PLACE, counsellor_id, row.secret))
    now = at // SECOND // STEP_SECONDS
    fitting = [
        step
        for step in (now - 1, now, now + 1)
        if hmac.compare_digest(app.generate(step * STEP_SECONDS), digits.encode())
    ]
    return next((step for step in fitting if step > row.last_step), None)


def _app(secret: bytes) -> TOTP:
    return TOTP(secret, 6, SHA1(), STEP_SECONDS)  # noqa: S303 - RFC 6238 as every app has it


def _recovery_hash(vault: Vault, counsellor_id: str, code: str) -> bytes:
    plain = "".join(letter for letter in code.casefold() if letter in _LETTERS)
    return vault.index("recovery_code", f"{counsellor_id}\0{plain}")


def _group() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(_GROUP))


def _count(table: sa.Table, counsellor_id: str) -> sa.ScalarSelect[int]:
    mine = table.c.counsellor_id == counsellor_id
    return sa.select(sa.func.count()).select_from(table).where(mine).scalar_subquery()
