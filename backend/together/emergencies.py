"""Access in an emergency: who runs the platform reads nothing, unless a second person agrees; then one request, for an
hour at most, seen by the organisation and by the young person."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from backend import audit
from backend.consents.service import refusal_of, sharing_states
from backend.conversations.messages import read_messages
from backend.conversations.models import conversation
from backend.db import Transaction
from backend.errors import Refused, not_found
from backend.organisations.counsellors import Counsellor
from backend.organisations.models import counsellor, organisation
from backend.organisations.service import open_name
from backend.support_requests.models import support_request
from backend.support_requests.opening import NEED_PLACE
from backend.together.models import emergency_access
from backend.vault import NoKey, Vault
from bot.channel import Message

State = Literal["asked", "open", "refused", "ended", "expired"]
_MINUTE = 60 * 1_000_000
LASTS = 60 * _MINUTE
"""How long a request may be read."""
WAITS = 24 * 60 * _MINUTE
"""How long a second person may think."""
LONGEST_REASON = 300
_PLACE = "emergency_access.reason"
_ID = re.compile(r"[0-9a-f]{32}")
_MOST = 50


@dataclass(frozen=True, slots=True)
class Emergency:
    """Somebody (`asker`) asks to read a request, or may, or might; `second` is who agreed or None; until `ends_at`."""

    id: str
    request_id: str
    person_id: str
    organisation_id: str
    organisation: str
    asked_by: str
    asker: str
    second: str | None
    reason: str
    asked_at: int
    agreed_at: int | None
    ends_at: int
    state: State

    def is_open(self, at: int) -> bool:
        """Whether it can be read now."""
        return self.state == "open" and self.ends_at > at


@dataclass(frozen=True, slots=True)
class ReadOnly:
    """What is read: the need in the person's own words and the messages of the request."""

    emergency: Emergency
    need: str
    messages: Sequence[Message]


def ask(db: Transaction, vault: Vault, who: Counsellor, *, request: str, reason: str, at: int) -> None:
    """`request` is its whole number or its address. Raises 422 for one that is none or no reason, 409 while it is asked or
    open already, and what the gate says when the person's consent is not in force."""
    words = " ".join(reason.split())[:LONGEST_REASON]
    found = _ID.search(request.lower())
    if not words or found is None:
        raise Refused(422, "bad_emergency", fields={"request": "number", "reason": "needed"})
    with db.across():  # who runs the platform belongs to no request's organisation
        of = support_request.c
        row = db.execute(sa.select(of.id, of.person_id, of.organisation_id).where(of.id == found.group())).first()
        if row is None:
            raise Refused(422, "bad_emergency", fields={"request": "unknown"})
        _pass_gate(db, row.id, row.organisation_id)
        here = emergency_access.c
        mine = here.request_id == row.id, here.asked_by == who.id, here.ends_at > at
        if db.execute(sa.select(here.id).where(*mine, here.state.in_(("asked", "open")))).first():
            raise Refused(409, "emergency_waits")
        id = secrets.token_hex(16)
        try:
            sealed = vault.seal(db, row.person_id, _PLACE, id, words.encode())
        except NoKey:
            raise not_found() from None
        values = {"id": id, "request_id": row.id, "person_id": row.person_id, "organisation_id": row.organisation_id}
        added = {"asked_by": who.id, "reason": sealed, "asked_at": at, "ends_at": at + WAITS, "state": "asked"}
        db.execute(sa.insert(emergency_access), {**values, **added})
        _record(db, "emergency.asked", row, who.id)


def agree(db: Transaction, vault: Vault, who: Counsellor, id: str, *, at: int) -> None:
    """A second person opens it. Raises 404 for what `who` may not see, 403 for their own, 409 when it waits no more."""
    one = _visible(db, vault, who, id)
    if one.asked_by == who.id:
        raise Refused(403, "second_person")
    with db.across():
        _pass_gate(db, one.request_id, one.organisation_id)
        values = {"state": "open", "agreed_by": who.id, "agreed_at": at, "ends_at": at + LASTS}
        _change(db, one, "asked", at, **values)
        _record(db, "emergency.agreed", one, who.id)


def finish(db: Transaction, vault: Vault, who: Counsellor, id: str, *, at: int) -> None:
    """Refuses what is asked, ends what is open. Raises 404 for what `who` may not see, 409 when it is over."""
    one = _visible(db, vault, who, id)
    before: State = "open" if one.state == "open" else "asked"
    with db.across():
        after = "ended" if before == "open" else "refused"
        _change(db, one, before, at, state=after, ends_at=at)
        _record(db, f"emergency.{after}", one, who.id)


def read(db: Transaction, vault: Vault, who: Counsellor, id: str, *, at: int) -> ReadOnly:
    """The request, for whoever asked, while it is open; each reading is in the trail and in "who looked". Raises 404, or
    what the gate says when the person took their consent back."""
    with db.across():
        of = emergency_access.c
        found = _emergencies(db, vault, sa.and_(of.id == id, of.asked_by == who.id))
        if not found or not found[0].is_open(at):
            raise not_found()
        (one,) = found
        here = support_request.c
        row = db.execute(sa.select(here.conversation_id, here.need).where(here.id == one.request_id)).one()
        if db.locks_rows:
            held = sa.select(conversation.c.id).where(conversation.c.id == row.conversation_id)
            db.execute(held.with_for_update())
        _pass_gate(db, one.request_id, one.organisation_id)
        try:
            need = vault.open(db, one.person_id, NEED_PLACE, one.request_id, bytes(row.need)).decode()
            messages = read_messages(db, vault, row.conversation_id, request_id=one.request_id)
        except NoKey:
            raise not_found() from None
        _record(db, "emergency.read", one, who.id)
        return ReadOnly(one, need, messages)


def seen_by(db: Transaction, vault: Vault, who: Counsellor, *, at: int) -> Sequence[Emergency]:
    """What is asked and open now, as `who` may decide about it, the newest first."""
    of = emergency_access.c
    now = sa.and_(of.state.in_(("asked", "open")), of.ends_at > at)
    if who.role == "privacy_officer":
        now = sa.and_(now, of.organisation_id == who.organisation_id)
    elif who.role != "platform_admin":
        return []
    with db.across():
        return _emergencies(db, vault, now)


def of_request(db: Transaction, vault: Vault, request_id: str) -> Sequence[Emergency]:
    """What was ever opened of a request, for its organisation."""
    of = emergency_access.c
    with db.across():  # whoever asked may work elsewhere
        return _emergencies(db, vault, sa.and_(of.request_id == request_id, of.agreed_by.is_not(None)))


def of_organisation(db: Transaction, vault: Vault, organisation_id: str) -> Sequence[Emergency]:
    """The newest of an organisation, also what was refused."""
    with db.across():  # whoever asked may work elsewhere
        return _emergencies(db, vault, emergency_access.c.organisation_id == organisation_id)


def due(db: Transaction, at: int) -> Sequence[str]:
    """The ids of what is over by now."""
    of = emergency_access.c
    found = sa.select(of.id).where(of.state.in_(("asked", "open")), of.ends_at <= at).order_by(of.ends_at, of.id)
    return db.execute(found.limit(_MOST)).scalars().all()


def settle(db: Transaction, vault: Vault, id: str, *, at: int) -> None:
    """Writes down that it is over; it could not be read any more since `ends_at`."""
    for one in _emergencies(db, vault, emergency_access.c.id == id):
        after = {"open": "ended", "asked": "expired"}.get(one.state)
        if after and one.ends_at <= at:
            of = emergency_access.c
            db.execute(sa.update(emergency_access).where(of.id == id, of.state == one.state).values(state=after))
            _record(db, f"emergency.{after}", one, "system")


def _visible(db: Transaction, vault: Vault, who: Counsellor, id: str) -> Emergency:
    of = emergency_access.c
    mine = sa.true() if who.role == "platform_admin" else of.organisation_id == who.organisation_id
    with db.across():
        found = _emergencies(db, vault, sa.and_(of.id == id, mine))
    if not found:
        raise not_found()
    return found[0]


def _change(db: Transaction, one: Emergency, before: State, at: int, **values: Any) -> None:
    of = emergency_access.c
    still = sa.update(emergency_access).where(of.id == one.id, of.state == before, of.ends_at > at)
    if db.execute(still.values(**values)).rowcount != 1:
        raise Refused(409, "emergency_over")


def _pass_gate(db: Transaction, request_id: str, organisation_id: str) -> None:
    """The person's consent is in force: no emergency goes around it. Raises 409 or 410."""
    state = sharing_states(db, [request_id], recipient=organisation_id)[request_id]
    if state != "open":
        raise refusal_of(state)


def _emergencies(db: Transaction, vault: Vault, condition: sa.ColumnElement[bool]) -> Sequence[Emergency]:
    of, asker, second = emergency_access.c, counsellor.alias("asker"), counsellor.alias("second")
    found = (
        sa.select(
            emergency_access,
            asker.c.name.label("asker"),
            second.c.name.label("second"),
            organisation.c.name.label("organisation"),
        )
        .join(asker, asker.c.id == of.asked_by)
        .outerjoin(second, second.c.id == of.agreed_by)
        .join(organisation, organisation.c.id == of.organisation_id)
        .where(condition)
        .order_by(of.asked_at.desc(), of.id)
        .limit(_MOST)
    )
    return [one for row in db.execute(found) if (one := _emergency(db, vault, row))]


def _emergency(db: Transaction, vault: Vault, row: sa.Row[Any]) -> Emergency | None:
    """The row in words; None when the person was erased in this moment."""
    try:
        reason = vault.open(db, row.person_id, _PLACE, row.id, row.reason).decode()
    except NoKey:
        return None
    return Emergency(
        id=row.id,
        request_id=row.request_id,
        person_id=row.person_id,
        organisation_id=row.organisation_id,
        organisation=row.organisation,
        asked_by=row.asked_by,
        asker=open_name(db, vault, row.asked_by, row.asker),
        second=open_name(db, vault, row.agreed_by, row.second) if row.agreed_by else None,
        reason=reason,
        asked_at=row.asked_at,
        agreed_at=row.agreed_at,
        ends_at=row.ends_at,
        state=row.state,
    )


def _record(db: Transaction, action: str, of: Any, actor: str) -> None:
    """`of` is an `Emergency`, or a row of the request it is about."""
    request_id = of.request_id if isinstance(of, Emergency) else of.id
    audit.record(db, action, request_id, actor=actor, organisation_id=of.organisation_id, person_id=of.person_id)
