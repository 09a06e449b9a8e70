"""An appointment for a call: the counsellor offers up to three moments, the person takes one or none."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from backend import audit
from backend.conversations.messages import Row
from backend.conversations.service import tell
from backend.db import Transaction
from backend.dutch_time import in_amsterdam
from backend.errors import Refused, not_found
from backend.organisations.counsellors import Counsellor
from backend.organisations.models import counsellor
from backend.organisations.service import open_name
from backend.support_requests.models import appointment, support_request
from backend.support_requests.repository import SupportRequest
from backend.support_requests.service import own_request
from backend.vault import NoKey, Vault
from dialogs.effects import ChooseAppointment
from dialogs.news import AppointmentAsked, AppointmentSet, CallMoment

MOST = 3
_FURTHEST = 92 * 24 * 3600 * 1_000_000
Stage = Literal["asked", "chosen", "none", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Appointment:
    """An offer and what became of it; `moments` and `chosen` in microseconds UTC."""

    id: str
    stage: Stage
    moments: Sequence[int]
    chosen: int | None
    counsellor_id: str


def propose_call(
    db: Transaction, vault: Vault, who: Counsellor, request_id: str, *, moments: Sequence[int], at: int
) -> str:
    """Offers these moments to the person of `who`'s own request; the appointment's id. An older offer is withdrawn.

    Raises 422 without a moment, with more than three, and for one that is over or three months away.
    """
    wanted = sorted(set(moments))
    if not 1 <= len(wanted) <= MOST or any(not at < one <= at + _FURTHEST for one in wanted):
        raise Refused(422, "bad_moments", fields={"moments": "1-3, to come"})
    request = own_request(db, vault, who, request_id, at=at)
    for older in open_ones(db, request_id):
        _end(db, older.id, "withdrawn", at=at)
    id = secrets.token_hex(16)
    first, second, third = (*wanted, None, None)[:MOST]
    values = {
        "id": id,
        "request_id": request_id,
        "person_id": request.person_id,
        "conversation_id": request.conversation_id,
        "organisation_id": who.organisation_id,
        "counsellor_id": who.id,
        "first_at": first,
        "second_at": second,
        "third_at": third,
        "stage": "asked",
        "asked_at": at,
    }
    db.execute(sa.insert(appointment), values)
    _tell(db, vault, request, AppointmentAsked(id, who.name, tuple(map(_moment, wanted))))
    audit.record(db, "appointment.propose", id, actor=who.id, organisation_id=who.organisation_id)
    db.wake(f"queue:{request.queue_id}")
    return id


def withdraw_call(db: Transaction, vault: Vault, who: Counsellor, request_id: str, *, at: int) -> None:
    """Takes the offer of `who`'s own request back, or the moment that was agreed on; the person is told. 404 without one."""
    request = own_request(db, vault, who, request_id, at=at)
    one = next(iter(open_ones(db, request_id)), None)
    if one is None:
        raise not_found()
    _end(db, one.id, "withdrawn", at=at)
    _tell(db, vault, request, AppointmentSet("withdrawn", who.name, _moment(one.chosen) if one.chosen else None))
    audit.record(db, "appointment.withdraw", one.id, actor=who.id, organisation_id=who.organisation_id)
    db.wake(f"queue:{request.queue_id}")


def took(db: Transaction, vault: Vault, row: Row, effect: ChooseAppointment, *, at: int) -> AppointmentSet:
    """The person took a moment or none, in their own turn (`row` is their conversation). What is over cannot be taken."""
    of, request = appointment.c, support_request.c
    found = db.execute(
        sa.select(appointment, request.queue_id, counsellor.c.name)
        .join(support_request, request.id == of.request_id)
        .join(counsellor, counsellor.c.id == of.counsellor_id)
        .where(of.id == effect.appointment, of.person_id == row.person_id, of.stage == "asked")
        .where(request.status != "closed")
    ).first()
    if found is None:
        return AppointmentSet("gone")
    moment = (None, *_moments(found))[effect.place] if effect.place <= len(_moments(found)) else 0
    if moment is not None and moment <= at:
        return AppointmentSet("gone")
    stage: Literal["chosen", "none"] = "none" if moment is None else "chosen"
    _end(db, found.id, stage, at=at, moment=moment)
    audit.record(db, f"appointment.{stage}", found.id, actor="person", person_id=row.person_id)
    db.wake(f"queue:{found.queue_id}")
    name = open_name(db, vault, found.counsellor_id, found.name)
    return AppointmentSet(stage, name, _moment(moment) if moment else None)


def newest(db: Transaction, request_id: str) -> Appointment | None:
    """The last offer of a request, for whoever may read the request."""
    found = sa.select(appointment).where(appointment.c.request_id == request_id)
    row = db.execute(found.order_by(appointment.c.asked_at.desc(), appointment.c.id).limit(1)).first()
    return _of(row) if row else None


def open_ones(db: Transaction, request_id: str) -> Sequence[Appointment]:
    """Offers that wait for an answer, and moments that were agreed on."""
    of = appointment.c
    found = sa.select(appointment).where(of.request_id == request_id, of.stage.in_(("asked", "chosen")))
    return [_of(row) for row in db.execute(found.order_by(of.asked_at.desc(), of.id))]


def _end(db: Transaction, id: str, stage: Stage, *, at: int, moment: int | None = None) -> None:
    values = {"stage": stage, "answered_at": at, "chosen_at": moment}
    db.execute(sa.update(appointment).where(appointment.c.id == id).values(**values))


def _of(row: Row) -> Appointment:
    return Appointment(row.id, row.stage, _moments(row), row.chosen_at, row.counsellor_id)


def _moments(row: Row) -> Sequence[int]:
    return [one for one in (row.first_at, row.second_at, row.third_at) if one is not None]


def _moment(at: int) -> CallMoment:
    then = in_amsterdam(at)
    return CallMoment(then.date(), f"{then:%H:%M}")


def _tell(db: Transaction, vault: Vault, request: SupportRequest, news: AppointmentAsked | AppointmentSet) -> None:
    try:
        tell(db, vault, request.conversation_id, news, request_id=request.id)
    except NoKey:
        raise not_found() from None
