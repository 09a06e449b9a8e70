"""Invitations of a school: making codes, taking them back, what a code tells, and how many were used. Never by whom."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, assert_never

import sqlalchemy as sa

from backend import audit
from backend.arrivals.service import blot_out
from backend.db import Transaction, now
from backend.dutch_time import in_amsterdam
from backend.errors import Refused, not_found
from backend.invitations.models import invitation, invitation_code
from backend.organisations.models import organisation
from dialogs.codes import INVITATION, SIGNS, read_code
from dialogs.effects import AcceptInvitation, InvitationEffect, UseInvitation
from dialogs.news import Invited, News, NotInvited
from knowledge.facts import BadFact, PartialDate, read_facts, write_facts

SCHOOLS = ("pro", "vso", "mbo")
MAY_TELL: Mapping[str, tuple[str, ...]] = {
    "pro": ("left_school_date",),
    "vso": ("vso_profile", "left_school_date"),
    "mbo": ("mbo_level", "mbo_leerweg", "left_school_date"),
}
"""What a school of each kind may put into an invitation, beside its kind: facts from closed lists, and a day."""
MOST_PEOPLE = 500
LONGEST_DAYS = 730
FEW = 5
"""For fewer people nothing is counted where the school can see it: a number would point at somebody."""
_OPENS_EACH = 5
"""How often one person's code may begin a conversation: on the phone, on the web, and once more."""
_DAY = 24 * 3600 * 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """One act of inviting: for how many people, with one code for all (`shared`) or one each, and what it tells.

    Times are microseconds UTC. `opened` and `used` are None where there are too few people to count.
    """

    id: str
    organisation_id: str
    school: str
    facts: Mapping[str, object]
    people: int
    shared: bool
    made_at: int
    expires_at: int
    revoked_at: int | None
    codes: tuple[str, ...]
    opened: int | None
    used: int | None


def make(
    db: Transaction,
    organisation_id: str,
    *,
    facts: Mapping[str, object],
    people: int,
    shared: bool,
    days: int,
    actor: str,
    at: int,
) -> str:
    """A new invitation's id. Raises `Refused` 422 for facts that may not be told, 404 where no school invites."""
    found = sa.select(organisation.c.kind).where(organisation.c.id == organisation_id)
    kind = db.execute(found).scalar_one_or_none()
    if kind not in SCHOOLS:
        raise not_found()
    told = {"school_type": kind, **checked(kind, facts)}
    if not 1 <= people <= MOST_PEOPLE or not 1 <= days <= LONGEST_DAYS:
        raise Refused(422, "invitation_size", most=MOST_PEOPLE, days=LONGEST_DAYS)
    id = secrets.token_hex(16)
    values = {"facts": json.dumps(told), "people": people, "shared": shared, "used": 0, "made_at": at}
    db.execute(
        sa.insert(invitation),
        {"id": id, "organisation_id": organisation_id, "expires_at": at + days * _DAY, **values},
    )
    codes = [{"code": new_code(), "invitation_id": id, "opened": 0} for _ in range(1 if shared else people)]
    db.execute(sa.insert(invitation_code), codes)
    audit.record(db, "invitation.make", id, actor=actor, organisation_id=organisation_id)
    return id


def checked(kind: str, facts: Mapping[str, object]) -> dict[str, object]:
    """The facts as JSON values. Raises `Refused` 422 for any other fact, and for words: nobody's name fits into this."""
    try:
        told = write_facts(read_facts(facts))
    except BadFact as bad:
        raise _refused(bad.fact) from None
    if other := next((fact for fact in told if fact not in MAY_TELL[kind]), None):
        raise _refused(other)
    return told


def revoke(db: Transaction, organisation_id: str, id: str, *, actor: str, at: int) -> None:
    """From now on its codes do nothing; doing it again changes nothing. Raises the 404 refusal for another's."""
    own = (invitation.c.id == id) & (invitation.c.organisation_id == organisation_id)
    if not db.execute(
        sa.update(invitation).where(own).values(revoked_at=sa.func.coalesce(invitation.c.revoked_at, at))
    ).rowcount:
        raise not_found()
    audit.record(db, "invitation.revoke", id, actor=actor, organisation_id=organisation_id)


def invitations_of(db: Transaction, organisation_id: str) -> Sequence[Invitation]:
    """The organisation's invitations, newest first."""
    return _read(db, invitation.c.organisation_id == organisation_id)


def one_invitation(db: Transaction, organisation_id: str, id: str) -> Invitation:
    """One of the organisation's invitations; raises the 404 refusal."""
    found = _read(db, (invitation.c.organisation_id == organisation_id) & (invitation.c.id == id))
    if not found:
        raise not_found()
    return found[0]


def carry_out_invitation(db: Transaction, conversation_id: str, effect: InvitationEffect) -> list[News]:
    """Looks a code up, or counts one that was accepted. Whoever brings a good one never counts as one of many strangers."""
    match effect:
        case UseInvitation(code):
            told = use(db, code, at=now())
            if isinstance(told, Invited):
                blot_out(db, conversation_id)
            return [told]
        case AcceptInvitation(id):
            db.execute(sa.update(invitation).where(invitation.c.id == id).values(used=invitation.c.used + 1))
            return []
        case _:
            assert_never(effect)


def use(db: Transaction, typed: str, *, at: int) -> Invited | NotInvited:
    """What a code tells, while it is good; counted as opened. All codes that are not good get the same answer."""
    code = read_code(typed)
    if code is None:
        return NotInvited()
    most = sa.case((invitation.c.shared, invitation.c.people), else_=1) * _OPENS_EACH
    good = (
        sa.select(invitation.c.id, invitation.c.facts, organisation.c.id.label("school_id"), organisation.c.name)
        .join(invitation_code, invitation_code.c.invitation_id == invitation.c.id)
        .join(organisation, organisation.c.id == invitation.c.organisation_id)
        .where(invitation_code.c.code == code, invitation.c.revoked_at.is_(None), invitation.c.expires_at > at)
        .where(invitation_code.c.opened < most)
    )
    row = db.execute(good).first()
    if row is None:
        return NotInvited()
    opened = sa.update(invitation_code).where(invitation_code.c.code == code)
    db.execute(opened.values(opened=invitation_code.c.opened + 1))
    today = in_amsterdam(at).date()
    return Invited(row.id, row.school_id, row.name, _on(today, json.loads(row.facts)))


def new_code() -> str:
    """A random code of an invitation."""
    return random_code(INVITATION)


def random_code(length: int) -> str:
    """A random code of so many signs, with letters and numbers in it."""
    while True:
        code = "".join(secrets.choice(SIGNS) for _ in range(length))
        if read_code(code):
            return code


def _on(today: date, facts: dict[str, Any]) -> dict[str, object]:
    """The facts on a day: who has not left yet is still at school, and the day may change."""
    left = facts.get("left_school_date")
    if left and PartialDate.parse(left).last > today:
        return {
            **{fact: value for fact, value in facts.items() if fact != "left_school_date"},
            "still_at_same_school": True,
        }
    return facts


def _read(db: Transaction, which: sa.ColumnElement[bool]) -> list[Invitation]:
    rows = db.execute(
        sa.select(invitation, organisation.c.name)
        .join(organisation, organisation.c.id == invitation.c.organisation_id)
        .where(which)
        .order_by(invitation.c.made_at.desc(), invitation.c.id)
    ).all()
    codes: dict[str, list[tuple[str, int]]] = {row.id: [] for row in rows}
    found = sa.select(invitation_code).where(invitation_code.c.invitation_id.in_(list(codes)))
    for one in db.execute(found.order_by(invitation_code.c.code)):
        codes[one.invitation_id].append((one.code, one.opened))
    return [_invitation(row, codes[row.id]) for row in rows]


def _invitation(row: sa.Row[Any], codes: Sequence[tuple[str, int]]) -> Invitation:
    counted = row.people >= FEW
    return Invitation(
        id=row.id,
        organisation_id=row.organisation_id,
        school=row.name,
        facts=read_facts(json.loads(row.facts)),
        people=row.people,
        shared=row.shared,
        made_at=row.made_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        codes=tuple(code for code, _ in codes),
        opened=sum(opened for _, opened in codes) if counted else None,
        used=row.used if counted else None,
    )


def _refused(fact: str) -> Refused:
    return Refused(422, "invitation_facts", fields={fact[:40]: "not allowed"})
