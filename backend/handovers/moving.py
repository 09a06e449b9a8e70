"""The rows of a handover: its stage, and the request that goes to the receiver and may come back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import sqlalchemy as sa

from backend.connections.webhooks import announce
from backend.consents.models import consent
from backend.consents.service import add_row, record_consent, share, sharing_states
from backend.conversations.messages import Row
from backend.db import Transaction
from backend.errors import Refused
from backend.handovers.models import handover
from backend.handovers.reading import Handover, open_handover
from backend.organisations.models import counsellor
from backend.queues.models import queue_member
from backend.statistics.service import count_at
from backend.support_requests.closing import close_for_good
from backend.support_requests.escalating import answer_by
from backend.support_requests.models import assignment, support_request
from backend.support_requests.opening import choose_queue
from dialogs.effects import RecordConsent

Back = Literal["declined", "returned", "withdrawn"]


def change_stage(db: Transaction, one: Handover, **values: Any) -> None:
    """Changes a handover that is still at the stage it was at; raises `Refused` 409 when it is not."""
    same = sa.and_(handover.c.id == one.id, handover.c.stage == one.stage, handover.c.ended_at.is_(None))
    if db.execute(sa.update(handover).where(same).values(**values)).rowcount != 1:
        raise Refused(409, "handover_changed")


def to_receiver(db: Transaction, row: Row, one: Handover, agreed: RecordConsent, *, at: int, due_at: int) -> None:
    """The person agreed: the consent is recorded, the request is laid before the receiver and waits there."""
    with db.across():  # the request goes from one organisation to the other
        consent_id = record_consent(db, one.person_id, row.id, agreed)
        share(
            db,
            one.person_id,
            kind="handover",
            object_id=one.request_id,
            purpose=agreed.purpose,
            recipient=agreed.recipient,
            data_groups=agreed.data_groups,
            text_version=agreed.text_version,
        )
        of = support_request.c
        before = db.execute(sa.select(of.queue_id, of.language).where(of.id == one.request_id)).one()
        queue_id = choose_queue(db, one.to_organisation_id, one.kind_of_help, language=before.language)
        moved = {
            "organisation_id": one.to_organisation_id,
            "queue_id": queue_id,
            "consent_id": consent_id,
            "transferred_at": at,
            "escalate_at": due_at,
        }
        _move(db, one, at=at, values=moved)
        values = {"consent_id": consent_id, "from_queue_id": before.queue_id, "to_queue_id": queue_id, "due_at": due_at}
        change_stage(db, one, stage="agreed", agreed_at=at, **values)
        count_at(db, one.from_organisation_id, "handover", "sent", at=at)
        wake_both(db, replace(one, to_queue_id=queue_id, from_queue_id=before.queue_id))


def refused(db: Transaction, row: Row, one: Handover, said: RecordConsent, *, at: int) -> None:
    """The person said no: that is recorded, and everything stays as it is."""
    record_consent(db, one.person_id, row.id, said)
    change_stage(db, one, stage="refused", ended_at=at)
    wake_both(db, one)


def to_sender(db: Transaction, one: Handover, back: Back, *, at: int, answer: bytes | None = None) -> None:
    """The request waits at the sender again, first for who proposed it; the receiver can read nothing from here on."""
    with db.across():  # the request goes from one organisation to the other
        change_stage(db, one, stage=back, ended_at=at, answer=answer)
        count_at(db, one.from_organisation_id, "handover", "came_back", at=at)
        moved = {
            "organisation_id": one.from_organisation_id,
            "queue_id": one.from_queue_id,
            "consent_id": one.from_consent_id,
            "transferred_at": None,
            "intended_for": _still_there(db, one),
            "escalate_at": answer_by(db, one.from_organisation_id, at),
        }
        _move(db, one, at=at, values=moved)
        _end_consent(db, one)
        state = sharing_states(db, [one.request_id], recipient=one.from_organisation_id)[one.request_id]
        if state in ("withdrawn", "expired"):
            close_for_good(db, one.request_id, organisation_id=one.from_organisation_id)
        wake_both(db, one)


def back_without_consent(db: Transaction, request_id: str, *, recipient: str, at: int) -> bool:
    """The person took back what they agreed to: a request that is not done at the receiver goes back; False if it is."""
    of = handover.c
    here = sa.and_(of.request_id == request_id, of.to_organisation_id == recipient, of.consent_id.is_not(None))
    one = open_handover(db, here)
    if one:
        to_sender(db, one, "withdrawn", at=at)
    return one is not None


def as_changed(one: Handover, **values: Any) -> Handover:
    """The same handover with these values."""
    return replace(one, **values)


def wake_both(db: Transaction, one: Handover) -> None:
    """Tells the desks of both sides."""
    for queue_id in filter(None, (one.from_queue_id, one.to_queue_id)):
        db.wake(f"queue:{queue_id}")


def _move(db: Transaction, one: Handover, *, at: int, values: dict[str, Any]) -> None:
    """Lays an open request in another queue, where nobody has it yet."""
    of = support_request.c
    free = {"status": "waiting", "claimed_by": None, "claimed_at": None, "intended_for": None, "bundled_at": None}
    since = sa.func.coalesce(of.waiting_since, at)
    moved = sa.update(support_request).where(of.id == one.request_id, of.status != "closed")
    if db.execute(moved.values(**{**free, "waiting_since": since, **values})).rowcount != 1:
        raise Refused(409, "request_closed")
    still = sa.and_(assignment.c.request_id == one.request_id, assignment.c.ended_at.is_(None))
    db.execute(sa.update(assignment).where(still).values(ended_at=at))
    announce(db, values["organisation_id"], "transferred", one.request_id, at=at)


def _still_there(db: Transaction, one: Handover) -> str | None:
    """Who proposed it, if they still work in that queue."""
    found = (
        sa.select(counsellor.c.id)
        .join(queue_member, queue_member.c.counsellor_id == counsellor.c.id)
        .where(counsellor.c.id == one.proposed_by, queue_member.c.queue_id == one.from_queue_id)
        .where(sa.not_(counsellor.c.disabled))
    )
    return db.execute(found).scalar_one_or_none()


def _end_consent(db: Transaction, one: Handover) -> None:
    """What was agreed for this handover ends with it: the ledger gets a row that takes it back."""
    given = db.execute(sa.select(consent).where(consent.c.id == one.consent_id)).first()
    taken_back = sa.select(consent.c.id).where(consent.c.withdraws == one.consent_id)
    if given is None or db.execute(taken_back).first():
        return
    ended = RecordConsent(
        purpose=given.purpose,
        recipient=given.recipient,
        data_groups=tuple(given.data_groups.split()),
        text_id=given.text_id,
        text_version=given.text_version,
        language=given.language,
        given=False,
    )
    add_row(db, one.person_id, one.conversation_id, ended, {"given_by": given.given_by, "withdraws": given.id})
