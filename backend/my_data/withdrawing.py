"""Taking a consent back: a row in the ledger, and everything that rested on it is closed in the same transaction."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from backend.audit import record
from backend.consents.models import consent, sharing
from backend.db import Transaction, now
from backend.duties.service import close_known
from backend.handovers.moving import back_without_consent
from backend.organisations.counsellors import Counsellor
from backend.organisations.models import organisation
from backend.register.walking import Held
from backend.support_requests.closing import close_for_good
from backend.vault import Vault

Close = Callable[[Transaction, Vault, sa.Row[Any]], str | None]
"""Closes what one row of `sharing` opened; the conversation whose open request it was, or None."""


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What was taken back: the organisation's name, the conversation in which the yes was given, and the conversations
    whose open request is closed by it."""

    name: str
    purpose: str
    given_in: str
    closed: Sequence[str]


def _close_request(db: Transaction, _vault: Vault, row: sa.Row[Any]) -> str | None:
    return close_for_good(db, row.object_id, organisation_id=row.recipient)


def _back_from_receiver(db: Transaction, vault: Vault, row: sa.Row[Any]) -> str | None:
    """What was on its way to another organisation goes back to the first; what had arrived there is closed."""
    if back_without_consent(db, row.object_id, recipient=row.recipient, at=now()):
        return None
    return _close_request(db, vault, row)


CLOSERS: Mapping[str, Close] = {
    "support_request": _close_request,
    "handover": _back_from_receiver,
    "school_offer": close_known,
}
"""What each kind of sharing does when its consent is gone, beyond that nobody can read it any more."""


def withdraw(
    db: Transaction, vault: Vault, person_id: str, consent_id: str, *, by: Counsellor | None = None
) -> Withdrawn | None:
    """Takes back a consent; None when there is no such consent (any more). From the commit on nobody of the recipient
    reads anything that rested on it, and whoever looks at it is woken.

    The person takes back their own; a counsellor (`by`) records that a parent or representative took theirs back.
    """
    Held.of(db, person_id)  # a counsellor's act on one of the conversations happens before this, or after
    row = _given(db, person_id, consent_id, own=by is None)
    if row is None or not _add_withdrawal(db, row, by):
        return None
    actor, where = (by.id, by.organisation_id) if by else ("person", row.recipient)
    record(db, "consent.withdraw", consent_id, actor=actor, organisation_id=where, person_id=person_id)
    closed = _close_all(db, vault, consent_id)
    name = db.execute(sa.select(organisation.c.name).where(organisation.c.id == row.recipient)).scalar_one()
    return Withdrawn(name, row.purpose, row.conversation_id, sorted({one for one in closed if one}))


def withdraw_again(db: Transaction, vault: Vault, consent_id: str, *, actor: str) -> bool:
    """Takes back what a restored backup still has as given, whoever took it back then; whether it was still given."""
    row = db.execute(sa.select(consent).where(consent.c.id == consent_id, consent.c.given)).first()
    if row is None or not _add_withdrawal(db, row, None):
        return False
    record(db, "consent.withdraw", consent_id, actor=actor, organisation_id=row.recipient, person_id=row.person_id)
    _close_all(db, vault, consent_id)
    return True


def _close_all(db: Transaction, vault: Vault, consent_id: str) -> list[str | None]:
    opened = db.execute(sa.select(sharing).where(sharing.c.consent_id == consent_id)).all()
    return [CLOSERS[one.kind](db, vault, one) for one in opened if one.kind in CLOSERS]


def _given(db: Transaction, person_id: str, consent_id: str, *, own: bool) -> sa.Row[Any] | None:
    of = consent.c
    giver = of.given_by == "youth" if own else of.given_by != "youth"
    mine = sa.and_(of.id == consent_id, of.person_id == person_id, of.given, giver)
    return db.execute(sa.select(consent).where(mine)).first()


def _add_withdrawal(db: Transaction, row: sa.Row[Any], by: Counsellor | None) -> bool:
    """Adds the row that takes it back; False when it was taken back before."""
    same = (
        "person_id",
        "conversation_id",
        "purpose",
        "recipient",
        "data_groups",
        "text_id",
        "text_version",
        "language",
    )
    values = {name: getattr(row, name) for name in same}
    new = {
        "id": secrets.token_hex(16),
        "given": False,
        "given_by": row.given_by,
        "at": now(),
        "withdraws": row.id,
        "recorded_by": by.id if by else None,
    }
    insert = db.insert(consent)
    added = db.execute(insert.values(**values, **new).on_conflict_do_nothing().returning(consent.c.id))
    return added.first() is not None
