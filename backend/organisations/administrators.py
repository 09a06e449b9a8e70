"""Who became an administrator, or is one no longer: written into the trail, and told to the other administrators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from backend import audit
from backend.access.roles import ROLES, Role, may_ever
from backend.audit import audit_event
from backend.db import Transaction
from backend.organisations.counsellors import Counsellor
from backend.organisations.models import counsellor
from backend.organisations.service import open_name
from backend.vault import Vault

ADMINISTRATORS: tuple[Role, ...] = tuple(
    role for role in ROLES if may_ever(role, "manage_people") or may_ever(role, "manage_tenants")
)
BEGAN, ENDED = "account.admin.began", "account.admin.ended"
TOLD_FOR = 14 * 24 * 3600 * 1_000_000
"""How long a change is told, in microseconds."""


@dataclass(frozen=True, slots=True)
class AdminChange:
    """Somebody (`name`) became an administrator at `at` (microseconds UTC), or is none since then."""

    name: str
    began: bool
    at: int


def note_change(
    db: Transaction, person_id: str, before: str | None, after: str | None, *, by: str, organisation_id: str
) -> None:
    """Writes into the trail that an account (None: one that does not work) became that of an administrator, or no longer
    is; any other change is no news."""
    was, is_now = before in ADMINISTRATORS, after in ADMINISTRATORS
    if before != after and (was or is_now):
        audit.record(db, BEGAN if is_now else ENDED, person_id, actor=by, organisation_id=organisation_id)


def recent_changes(db: Transaction, vault: Vault, who: Counsellor, *, at: int) -> Sequence[AdminChange]:
    """What others changed in the last two weeks, the newest first and the last of each account; nothing of `who`."""
    of, account = audit_event.c, counsellor.c
    newest = (
        sa.select(sa.func.max(of.id))
        .join(counsellor, account.id == of.object)
        .where(account.organisation_id == who.organisation_id, account.id != who.id)
        .where(of.action.in_((BEGAN, ENDED)), of.at > at - TOLD_FOR)
        .group_by(of.object)
    )
    found = sa.select(of.action, of.at, account.id, account.name).join(counsellor, account.id == of.object)
    rows = db.execute(found.where(of.id.in_(newest), of.actor != who.id).order_by(of.id.desc()))
    return [AdminChange(open_name(db, vault, row.id, row.name), row.action == BEGAN, row.at) for row in rows]
