"""Finding handovers: by a counsellor of either side, by the request, or by the person's conversation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from backend.db import Transaction
from backend.errors import not_found
from backend.handovers.models import handover
from backend.organisations.counsellors import Counsellor
from backend.organisations.models import organisation
from backend.queues.models import queue_member
from backend.support_requests.models import support_request
from backend.vault import NoKey, Vault

Stage = Literal["asked", "refused", "agreed", "accepted", "confirmed", "declined", "returned", "withdrawn"]
REASON_PLACE, ANSWER_PLACE = "handover.reason", "handover.answer"
RECENT = 14 * 24 * 3600 * 1_000_000
"""How long a handover that ended is still shown."""
_MOST = 50
_SENDER, _RECEIVER = organisation.alias("sender"), organisation.alias("receiver")


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """A handover without its words; times are microseconds UTC, `sender` and `receiver` the organisations' names.
    `urgent` and `waiting_since` are those of the request."""

    id: str
    request_id: str
    conversation_id: str
    person_id: str
    from_organisation_id: str
    from_queue_id: str
    from_consent_id: str
    proposed_by: str
    to_organisation_id: str
    to_queue_id: str | None
    consent_id: str | None
    stage: Stage
    asked_at: int
    agreed_at: int | None
    accepted_at: int | None
    contact_asked_at: int | None
    no_contact_at: int | None
    due_at: int | None
    ended_at: int | None
    kind_of_help: str
    urgent: bool
    waiting_since: int | None
    sender: str
    receiver: str

    def sent_by(self, who: Counsellor) -> bool:
        """Whether this counsellor's organisation is the sender."""
        return self.from_organisation_id == who.organisation_id


_OF_REQUEST = ("kind_of_help", "urgent", "waiting_since")
_COLUMNS = [
    *(column for column in handover.c if column.name in Handover.__slots__),
    *(support_request.c[name] for name in _OF_REQUEST),
    _SENDER.c.name.label("sender"),
    _RECEIVER.c.name.label("receiver"),
]
_ALL = sa.select(*_COLUMNS).select_from(
    handover.join(support_request, support_request.c.id == handover.c.request_id)
    .join(_SENDER, _SENDER.c.id == handover.c.from_organisation_id)
    .join(_RECEIVER, _RECEIVER.c.id == handover.c.to_organisation_id)
)


def visible_to(who: Counsellor) -> sa.ColumnElement[bool]:
    """Handovers of the counsellor's queues: as the sender always, as the receiver only after the person's yes."""
    queues = sa.select(queue_member.c.queue_id).where(queue_member.c.counsellor_id == who.id)
    of = handover.c
    sent = sa.and_(of.from_organisation_id == who.organisation_id, of.from_queue_id.in_(queues))
    received = sa.and_(
        of.to_organisation_id == who.organisation_id, of.to_queue_id.in_(queues), of.consent_id.is_not(None)
    )
    return sa.or_(sent, received)


def list_handovers(db: Transaction, who: Counsellor, *, at: int) -> Sequence[Handover]:
    """Open handovers and those that ended lately, danger first, then what is due first."""
    lately = sa.or_(handover.c.ended_at.is_(None), handover.c.ended_at > at - RECENT)
    ended = sa.case((handover.c.ended_at.is_(None), 0), else_=1)
    calm = sa.case((support_request.c.urgent, 0), else_=1)
    due = sa.func.coalesce(handover.c.due_at, handover.c.asked_at)
    found = _ALL.where(visible_to(who), lately).order_by(ended, calm, due, handover.c.id).limit(_MOST)
    return [_handover(row) for row in _rows(db, found)]


def one_handover(db: Transaction, who: Counsellor, handover_id: str) -> Handover:
    """One handover that `who` may see; raises the 404 refusal."""
    return _only(db, sa.and_(handover.c.id == handover_id, visible_to(who)))


def handover_of(db: Transaction, who: Counsellor, request_id: str) -> Handover | None:
    """The newest handover of a request, as far as `who` may see it."""
    mine = _ALL.where(handover.c.request_id == request_id, visible_to(who))
    row = next(iter(_rows(db, mine.order_by(handover.c.asked_at.desc()).limit(1))), None)
    return _handover(row) if row else None


def open_handover(db: Transaction, condition: sa.ColumnElement[bool]) -> Handover | None:
    """The open handover for which the condition holds, for whoever it is about."""
    row = next(iter(_rows(db, _ALL.where(condition, handover.c.ended_at.is_(None)))), None)
    return _handover(row) if row else None


def due_handovers(db: Transaction, condition: sa.ColumnElement[bool], *, most: int) -> Sequence[Handover]:
    """Open handovers for which the condition holds, the oldest first."""
    found = _ALL.where(condition, handover.c.ended_at.is_(None)).order_by(handover.c.due_at).limit(most)
    return [_handover(row) for row in db.execute(found)]


def open_words(db: Transaction, vault: Vault, one: Handover) -> tuple[str, str | None]:
    """Why it was proposed, and why it was declined. Raises the 404 refusal when the person is gone."""
    sealed = db.execute(sa.select(handover.c.reason, handover.c.answer).where(handover.c.id == one.id)).one()
    try:
        reason = vault.open(db, one.person_id, REASON_PLACE, one.id, sealed.reason).decode()
        if sealed.answer is None:
            return reason, None
        return reason, vault.open(db, one.person_id, ANSWER_PLACE, one.id, sealed.answer).decode()
    except NoKey:
        raise not_found() from None


def _only(db: Transaction, condition: sa.ColumnElement[bool]) -> Handover:
    row = next(iter(_rows(db, _ALL.where(condition))), None)
    if row is None:
        raise not_found()
    return _handover(row)


def _rows(db: Transaction, statement: sa.Select[Any]) -> Sequence[sa.Row[Any]]:
    """A handover is of two organisations, and its request of the one or the other: the statement says who may see it."""
    with db.across():
        return db.execute(statement).all()


def _handover(row: sa.Row[Any]) -> Handover:
    return Handover(**{name: getattr(row, name) for name in Handover.__slots__})
