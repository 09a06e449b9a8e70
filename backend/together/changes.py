"""Strong changes of accounts: one administrator asks, a second one agrees. Where nobody can agree, everybody in the
organisation sees it for three days, and any administrator can stop it, before it happens."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from backend import audit
from backend.access.roles import Role, may_ever
from backend.accounts.invitations import invite_with
from backend.db import Transaction
from backend.errors import Refused, not_found
from backend.organisations import people
from backend.organisations.counsellors import Counsellor
from backend.organisations.models import counsellor, organisation
from backend.organisations.service import open_name
from backend.support_requests.leaving import give_all_back
from backend.together.models import pending_change
from backend.vault import Vault

Kind = Literal["role", "factors", "disable", "enable", "invite"]
STRONG: frozenset[Role] = frozenset({"team_lead", "organisation_admin", "privacy_officer"})
"""Accounts of these roles are not invited, ended or begun anew by one administrator alone."""
_HOUR = 3600 * 1_000_000
WAITS = 7 * 24 * _HOUR
"""How long a change waits for somebody to agree."""
SHOWN = 72 * _HOUR
"""How long a change is shown to everybody where nobody can agree."""
_MOST = 50
_ASKER, _ABOUT, _OTHER = (counsellor.alias(name) for name in ("asker", "about", "other"))
_SECOND = sa.exists().where(
    _OTHER.c.organisation_id == pending_change.c.organisation_id,
    _OTHER.c.role == "organisation_admin",
    sa.not_(_OTHER.c.disabled),
    _OTHER.c.id != pending_change.c.asked_by,
    _OTHER.c.id != pending_change.c.counsellor_id,
)
"""That the organisation has an administrator who may agree."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change that waits: about whom (`person_id`, `name`), what (`kind`, `role`), who asked, until when (microseconds
    UTC); `by_itself`: nobody can agree, so it happens then."""

    id: str
    organisation_id: str
    organisation: str
    kind: Kind
    person_id: str
    name: str
    role: Role | None
    asked_by: str
    asker: str
    asked_at: int
    ends_at: int
    by_itself: bool


def is_strong(db: Transaction, by: Counsellor, person_id: str) -> bool:
    """Whether the account of somebody of `by`'s organisation has a strong role. Raises 404."""
    return _account(db, by.organisation_id, person_id).role in STRONG


def ask(
    db: Transaction,
    by: Counsellor,
    person_id: str,
    kind: Kind,
    *,
    at: int,
    role: str | None = None,
    code_hash: bytes | None = None,
) -> None:
    """Writes down what `by` asks for. Raises 404, 422 for what cannot be (one's own account too), 409 while another
    change of the same account waits."""
    if db.locks_rows:
        db.execute(sa.select(counsellor.c.id).where(counsellor.c.id == person_id).with_for_update())
    row = _account(db, by.organisation_id, person_id)
    wrong = person_id == by.id or row.role == "platform_admin"
    if wrong or (kind == "role" and role not in people.GIVABLE) or (kind == "factors" and (row.demo or row.disabled)):
        raise Refused(422, "bad_role", fields={"role": "unknown"})
    of = pending_change.c
    if db.execute(sa.select(of.id).where(of.counsellor_id == person_id, of.state == "waiting")).first():
        raise Refused(409, "change_waits", fields={"person": "waits"})
    alone = not _who_could(db, by.organisation_id, {by.id, person_id})
    values = {
        "id": secrets.token_hex(16),
        "organisation_id": by.organisation_id,
        "kind": kind,
        "counsellor_id": person_id,
        "role": role,
        "code_hash": code_hash,
        "asked_by": by.id,
        "asked_at": at,
        "ends_at": at + (SHOWN if alone else WAITS),
        "by_itself": alone,
        "state": "waiting",
    }
    db.execute(sa.insert(pending_change), values)
    _record(db, f"account.asked.{role if kind == 'role' else kind}", by.organisation_id, person_id, by.id)


def agree(db: Transaction, vault: Vault, who: Counsellor, change_id: str, *, at: int) -> None:
    """A second one agrees, and it happens. Raises 404 for what `who` may not see, 403 for what they asked or what is about
    themselves, 409 when it waits no more."""
    change = _visible(db, vault, who, change_id)
    if who.id in (change.asked_by, change.person_id):
        raise Refused(403, "second_person")
    with db.across():
        _decide(db, change, "done", by=who.id, at=at, before=True)
        _record(db, "account.agreed", change.organisation_id, change.person_id, who.id)
        _carry_out(db, vault, change, by=who.id, at=at)


def stop(db: Transaction, vault: Vault, who: Counsellor, change_id: str, *, at: int) -> None:
    """It does not happen. Raises 404 for what `who` may not see, 409 when it waits no more."""
    change = _visible(db, vault, who, change_id)
    with db.across():
        _decide(db, change, "stopped", by=who.id, at=at)
        _record(db, "account.stopped", change.organisation_id, change.person_id, who.id)


def waiting_for(db: Transaction, vault: Vault, who: Counsellor, *, change_id: str | None = None) -> Sequence[Change]:
    """What waits (or the one of them), as `who` may decide about it: an administrator all of their organisation, who runs
    the platform what no second administrator can agree to."""
    of = pending_change.c
    one = sa.true() if change_id is None else of.id == change_id
    if who.role == "organisation_admin":
        return _changes(db, vault, sa.and_(of.organisation_id == who.organisation_id, one))
    if who.role != "platform_admin":
        return []
    with db.across():  # who runs the platform stands in where an organisation has nobody
        return _changes(db, vault, sa.and_(sa.not_(_SECOND), one))


def shown_to_all(db: Transaction, vault: Vault, organisation_id: str) -> Sequence[Change]:
    """What will happen by itself in an organisation unless somebody stops it."""
    of = pending_change.c
    return _changes(db, vault, sa.and_(of.organisation_id == organisation_id, of.by_itself))


def due(db: Transaction, at: int) -> Sequence[str]:
    """The ids of the changes whose time is over."""
    of = pending_change.c
    found = sa.select(of.id).where(of.state == "waiting", of.ends_at <= at).order_by(of.ends_at, of.id)
    return db.execute(found.limit(_MOST)).scalars().all()


def settle(db: Transaction, vault: Vault, id: str, *, at: int) -> None:
    """The time of a change is over: it happens by itself, if that was the rule and whoever asked still may; or it lapses."""
    found = [one for one in _changes(db, vault, pending_change.c.id == id) if one.ends_at <= at]
    for change in found:
        still = _administrators(db, change.organisation_id, {change.person_id})
        happens = change.by_itself and change.asked_by in still
        _decide(db, change, "done" if happens else "expired", by=None, at=at)
        action = "account.by_itself" if happens else "account.lapsed"
        _record(db, action, change.organisation_id, change.person_id, "system")
        if happens:
            _carry_out(db, vault, change, by="system", at=at)


def _carry_out(db: Transaction, vault: Vault, change: Change, *, by: str, at: int) -> None:
    acting = Counsellor(by, change.organisation_id, "", "organisation_admin")
    match change.kind:
        case "role":
            assert change.role is not None
            if not may_ever(change.role, "answer_request"):
                give_all_back(db, vault, people.as_counsellor(db, vault, acting, change.person_id), at=at)
            people.change_role(db, acting, change.person_id, change.role)
        case "disable":
            people.disable(db, acting, change.person_id)
            give_all_back(db, vault, people.as_counsellor(db, vault, acting, change.person_id), at=at)
        case "enable" | "invite":
            people.enable(db, acting, change.person_id)
        case "factors":
            of = pending_change.c
            code_hash = db.execute(sa.select(of.code_hash).where(of.id == change.id)).scalar_one()
            invite_with(db, change.person_id, "factors", code_hash, at=at, by=by)


def _decide(db: Transaction, change: Change, state: str, *, by: str | None, at: int, before: bool = False) -> None:
    """Once: raises 409 when it waits no more, or (`before`) when its time is over."""
    of = pending_change.c
    still = sa.update(pending_change).where(of.id == change.id, of.state == "waiting")
    if before:
        still = still.where(of.ends_at > at)
    values: Mapping[str, Any] = {"state": state, "decided_by": by, "decided_at": at}
    if db.execute(still.values(**values)).rowcount != 1:
        raise Refused(409, "change_over")


def _visible(db: Transaction, vault: Vault, who: Counsellor, change_id: str) -> Change:
    found = waiting_for(db, vault, who, change_id=change_id)
    if not found:
        raise not_found()
    return found[0]


def _changes(db: Transaction, vault: Vault, condition: sa.ColumnElement[bool]) -> Sequence[Change]:
    """The changes that wait, the oldest first."""
    of, asker, about = pending_change.c, _ASKER.c, _ABOUT.c
    found = (
        sa.select(pending_change, asker.name.label("asker"), about.name.label("about"), organisation.c.name.label("at"))
        .join(_ASKER, asker.id == of.asked_by)
        .join(_ABOUT, about.id == of.counsellor_id)
        .join(organisation, organisation.c.id == of.organisation_id)
        .where(condition, of.state == "waiting")
        .order_by(of.asked_at, of.id)
        .limit(_MOST)
    )
    return [_change(db, vault, row) for row in db.execute(found)]


def _change(db: Transaction, vault: Vault, row: sa.Row[Any]) -> Change:
    return Change(
        id=row.id,
        organisation_id=row.organisation_id,
        organisation=row.at,
        kind=row.kind,
        person_id=row.counsellor_id,
        name=open_name(db, vault, row.counsellor_id, row.about),
        role=row.role,
        asked_by=row.asked_by,
        asker=open_name(db, vault, row.asked_by, row.asker),
        asked_at=row.asked_at,
        ends_at=row.ends_at,
        by_itself=row.by_itself,
    )


def _who_could(db: Transaction, organisation_id: str, but: set[str]) -> bool:
    """Whether anybody could agree: another administrator, or who runs the platform."""
    if _administrators(db, organisation_id, but):
        return True
    of = counsellor.c
    platform = sa.select(of.id).where(of.role == "platform_admin", sa.not_(of.disabled), of.id.not_in(but))
    with db.across():  # who runs the platform may work at any organisation
        return db.execute(platform.limit(1)).first() is not None


def _administrators(db: Transaction, organisation_id: str, but: set[str]) -> Sequence[str]:
    of = counsellor.c
    found = sa.select(of.id).where(of.organisation_id == organisation_id, of.role == "organisation_admin")
    return db.execute(found.where(sa.not_(of.disabled), of.id.not_in(but))).scalars().all()


def _account(db: Transaction, organisation_id: str, person_id: str) -> sa.Row[Any]:
    of = counsellor.c
    mine = sa.select(counsellor).where(of.id == person_id, of.organisation_id == organisation_id)
    row = db.execute(mine).first()
    if row is None:
        raise not_found()
    return row


def _record(db: Transaction, action: str, organisation_id: str, person_id: str, by: str) -> None:
    audit.record(db, action, person_id, actor=by, organisation_id=organisation_id)
