"""The people of an organisation as its administrator manages them: who is there, in which role, and who no longer is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from backend import audit
from backend.access.roles import ROLES, Role
from backend.db import Transaction
from backend.errors import Refused, not_found
from backend.organisations.administrators import note_change
from backend.organisations.counsellors import Counsellor
from backend.organisations.models import counsellor
from backend.organisations.service import disable_counsellor, end_sessions, open_name
from backend.vault import Vault

GIVABLE: tuple[Role, ...] = tuple(role for role in ROLES if role != "platform_admin")
"""The roles an administrator can give; who runs the platform is named with `verder admin`."""


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody with an account."""

    id: str
    name: str
    email: str
    role: Role
    disabled: bool


def people_of(db: Transaction, vault: Vault, organisation_id: str) -> Sequence[Colleague]:
    """Everybody of an organisation, by name; who is disabled comes last."""
    rows = db.execute(sa.select(counsellor).where(counsellor.c.organisation_id == organisation_id)).all()
    return sorted((_colleague(db, vault, row) for row in rows), key=lambda one: (one.disabled, one.name.casefold()))


def change_role(db: Transaction, by: Counsellor, person_id: str, role: str, *, only_givable: bool = True) -> None:
    """Gives a role; the person's sessions end, because what they may do has changed. Raises 404, or 422 for a role that
    is none and for one's own; who runs the platform is neither named nor changed while `only_givable`."""
    row = _one(db, by, person_id)
    fixed = only_givable and row.role == "platform_admin"
    if role not in (GIVABLE if only_givable else ROLES) or fixed or person_id == by.id:
        raise Refused(422, "bad_role", fields={"role": "unknown"})
    db.execute(sa.update(counsellor).where(counsellor.c.id == person_id).values(role=role))
    end_sessions(db, person_id)
    audit.record(db, f"account.role.{role}", person_id, actor=by.id, organisation_id=by.organisation_id)
    if not row.disabled:
        note_change(db, person_id, str(row.role), role, by=by.id, organisation_id=by.organisation_id)


def disable(db: Transaction, by: Counsellor, person_id: str) -> None:
    """The account works no more; every session ends at once. Raises 404, or 422 for one's own and for who runs the
    platform."""
    row = _one(db, by, person_id)
    if person_id == by.id or row.role == "platform_admin":
        raise Refused(422, "bad_role", fields={"person": "self"})
    disable_counsellor(db, person_id)
    audit.record(db, "account.disabled", person_id, actor=by.id, organisation_id=by.organisation_id)
    if not row.disabled:
        note_change(db, person_id, str(row.role), None, by=by.id, organisation_id=by.organisation_id)


def enable(db: Transaction, by: Counsellor, person_id: str) -> None:
    """The account works again, with the password and factor it had."""
    row = _one(db, by, person_id)
    db.execute(sa.update(counsellor).where(counsellor.c.id == person_id).values(disabled=False))
    audit.record(db, "account.enabled", person_id, actor=by.id, organisation_id=by.organisation_id)
    if row.disabled:
        note_change(db, person_id, None, str(row.role), by=by.id, organisation_id=by.organisation_id)


def as_counsellor(db: Transaction, vault: Vault, by: Counsellor, person_id: str) -> Counsellor:
    """Somebody of `by`'s organisation. Raises 404."""
    row = _one(db, by, person_id)
    return Counsellor(row.id, row.organisation_id, open_name(db, vault, row.id, row.name), row.role)


def _one(db: Transaction, by: Counsellor, person_id: str) -> sa.Row[tuple[object, ...]]:
    mine = sa.and_(counsellor.c.id == person_id, counsellor.c.organisation_id == by.organisation_id)
    row = db.execute(sa.select(counsellor).where(mine)).first()
    if row is None:
        raise not_found()
    return row


def _colleague(db: Transaction, vault: Vault, row: sa.Row[tuple[object, ...]]) -> Colleague:
    email = vault.open(db, row.id, "counsellor.email", row.id, row.email).decode()
    return Colleague(row.id, open_name(db, vault, row.id, row.name), email, row.role, row.disabled)
