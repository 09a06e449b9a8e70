"""Guessing gets slower and then worth nothing, but nobody is locked out.

Whoever tries from one address waits longer each time. An account or domain at which many guess asks the code together
with the password: a guesser has none, and the owner gets in at once. Nor does who shows a good code with the password
wait for others who guess from the same address. Known and unknown accounts look exactly alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from backend.db import Transaction
from backend.errors import Refused
from backend.networks import network_of
from backend.organisations.login import SECOND
from backend.organisations.models import counsellor, login_failure
from backend.organisations.service import email_index
from backend.vault import Vault

FREE_TRIES = 5
LONGEST_WAIT = 42
FREE_FROM_ADDRESS = 50
"""Wrong tries in an hour from one address, whatever the account: a whole school may sit behind it."""
FREE_AT_ACCOUNT = 5
"""Wrong tries in an hour at one account, from wherever; after these the password is only tried with a code. Counted by
the clock's hours from the first, so that no sixty minutes have more than twice as many."""
FREE_AT_DOMAIN = 100
"""The same for all accounts of one organisation's e-mail domain."""
_HOUR = 3600 * SECOND
_FORGOTTEN = 24 * _HOUR


@dataclass(frozen=True, slots=True)
class Subjects:
    """What a try is counted under: the account from this address, the account, the address, and the e-mail domain."""

    pair: bytes
    account: bytes
    address: bytes
    domain: bytes

    @classmethod
    def of(cls, vault: Vault, email: str, address: str) -> Subjects:
        """Blind indexes: neither e-mail nor address can be read from them."""
        known, network = email.strip().casefold(), network_of(address)
        return cls(
            vault.index("login.pair", f"{known}\0{network}"),
            email_index(vault, email),
            vault.index("login.address", network),
            vault.index("login.domain", known.rpartition("@")[2]),
        )

    @property
    def all(self) -> tuple[bytes, ...]:
        """In one order, so that two tries never wait for each other in a circle."""
        return tuple(sorted((self.pair, self.account, self.address, self.domain)))


@dataclass(frozen=True, slots=True)
class Begun:
    """A try that may go on: the account or None, whether its password is only tried together with a code, and whether
    a good code came with it."""

    account: sa.Row[Any] | None
    with_code: bool
    has_code: bool


def seconds_to_wait(failures: int, last_at: int, at: int, *, free: int = FREE_TRIES) -> int:
    """How long until the next try, after so many wrong ones (whole seconds): 2, 4, 8 … at most `LONGEST_WAIT`."""
    if failures < free:
        return 0
    delay = min(LONGEST_WAIT, 1 << min(failures - free + 1, 10))
    return max(0, -((at - last_at - delay * SECOND) // SECOND))


def begin_try(db: Transaction, subjects: Subjects, *, at: int, code_fits: Callable[[sa.Row[Any]], bool]) -> Begun:
    """Counts this try as wrong beforehand, so that simultaneous tries cannot slip through. Raises 429 to wait, unless
    `code_fits` says that the account's owner is there: a flood from their address is no reason to keep them out."""
    db.execute(sa.delete(login_failure).where(login_failure.c.last_at < at - _FORGOTTEN))
    before = _counted(db, subjects.all, at)
    account = db.execute(
        sa.select(counsellor).where(counsellor.c.email_index == subjects.account, sa.not_(counsellor.c.disabled))
    ).first()
    has_code = account is not None and code_fits(account)
    if not has_code:
        _refuse_soon(before.get(subjects.pair), at)
        _refuse_soon(before.get(subjects.address), at, free=FREE_FROM_ADDRESS)
    many = (
        _failures(before, subjects.account) >= FREE_AT_ACCOUNT or _failures(before, subjects.domain) >= FREE_AT_DOMAIN
    )
    if account is not None and account.demo:
        _refuse_soon(before.get(subjects.account), at)
    for subject in subjects.all:
        _count(db, subject, at)
    return Begun(account, many and not (account is not None and account.demo), has_code)


def password_was_right(db: Transaction, subjects: Subjects, *, all_is_well: bool) -> None:
    """Takes back what was counted; `all_is_well` forgets the account's earlier failures, too."""
    forgotten = [subjects.pair, *([subjects.account] if all_is_well else [])]
    db.execute(sa.delete(login_failure).where(login_failure.c.subject.in_(forgotten)))
    less = {"failures": login_failure.c.failures - 1}
    kept = [subject for subject in subjects.all if subject not in forgotten]
    for subject in kept:
        found = login_failure.c.subject == subject, login_failure.c.failures > 0
        db.execute(sa.update(login_failure).where(*found).values(less))


def begin_code(db: Transaction, vault: Vault, counsellor_id: str, *, at: int) -> None:
    """Counts a try of a second factor as wrong beforehand. Raises 429 to wait."""
    subject = _code_subject(vault, counsellor_id)
    _refuse_soon(_counted(db, (subject,), at).get(subject), at)
    _count(db, subject, at)


def code_was_right(db: Transaction, vault: Vault, counsellor_id: str) -> None:
    """Forgets the wrong codes before it."""
    db.execute(sa.delete(login_failure).where(login_failure.c.subject == _code_subject(vault, counsellor_id)))


def _code_subject(vault: Vault, counsellor_id: str) -> bytes:
    return vault.index("login.code", counsellor_id)


def _counted(db: Transaction, subjects: tuple[bytes, ...], at: int) -> Mapping[bytes, sa.Row[Any]]:
    rows = db.execute(
        sa.select(login_failure)
        .where(login_failure.c.subject.in_(subjects), login_failure.c.since > at - _HOUR)
        .order_by(login_failure.c.subject)
        .with_for_update()
    )
    return {row.subject: row for row in rows}


def _count(db: Transaction, subject: bytes, at: int) -> None:
    insert = db.insert(login_failure)
    new_hour = login_failure.c.since <= at - _HOUR
    counted = {
        "failures": sa.case((new_hour, 1), else_=login_failure.c.failures + 1),
        "since": sa.case((new_hour, at), else_=login_failure.c.since),
        "last_at": at,
    }
    values = {"subject": subject, "failures": 1, "last_at": at, "since": at}
    db.execute(insert.values(values).on_conflict_do_update(index_elements=["subject"], set_=counted))


def _failures(before: Mapping[bytes, sa.Row[Any]], subject: bytes) -> int:
    row = before.get(subject)
    return row.failures if row else 0


def _refuse_soon(row: sa.Row[Any] | None, at: int, *, free: int = FREE_TRIES) -> None:
    if row and (seconds := seconds_to_wait(row.failures, row.last_at, at, free=free)):
        raise Refused(429, "login_wait", retry_after=seconds, seconds=seconds)
