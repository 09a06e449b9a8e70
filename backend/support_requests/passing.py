"""A request that goes on inside the organisation: to another queue or colleague, or back from who did not answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from backend import audit
from backend.connections.webhooks import announce
from backend.conversations.messages import look_up
from backend.conversations.service import tell
from backend.db import Transaction
from backend.errors import Refused
from backend.organisations.counsellors import Counsellor
from backend.organisations.models import counsellor, organisation
from backend.organisations.service import open_name
from backend.queues.models import queue, queue_member
from backend.queues.settings import setting_of
from backend.support_requests.escalating import answer_by
from backend.support_requests.models import support_request
from backend.support_requests.notes import add_note
from backend.support_requests.repository import SupportRequest
from backend.support_requests.service import FREE, change_own, end_assignment, own_request, tell_change
from backend.vault import Vault
from dialogs.news import RequestSlow


@dataclass(frozen=True, slots=True)
class Place:
    """A queue of the organisation with the colleagues who work in it: id and name each."""

    id: str
    name: str
    colleagues: Sequence[tuple[str, str]]


def places(db: Transaction, vault: Vault, who: Counsellor) -> Sequence[Place]:
    """Every queue of `who`'s organisation in which somebody works, by name."""
    rows = db.execute(
        sa.select(queue.c.id, queue.c.name, counsellor.c.id.label("counsellor_id"), counsellor.c.name.label("sealed"))
        .join(queue_member, queue_member.c.queue_id == queue.c.id)
        .join(counsellor, counsellor.c.id == queue_member.c.counsellor_id)
        .where(queue.c.organisation_id == who.organisation_id, sa.not_(counsellor.c.disabled))
        .order_by(queue.c.name, queue.c.id)
    ).all()
    names = {row.id: row.name for row in rows}
    return [
        Place(
            id,
            name,
            sorted(
                (
                    (row.counsellor_id, open_name(db, vault, row.counsellor_id, row.sealed))
                    for row in rows
                    if row.id == id
                ),
                key=lambda one: one[1],
            ),
        )
        for id, name in names.items()
    ]


def pass_on(
    db: Transaction,
    vault: Vault,
    who: Counsellor,
    request_id: str,
    *,
    queue_id: str | None,
    counsellor_id: str | None,
    reason: str,
    at: int,
) -> SupportRequest:
    """The request waits in another queue, or first for this colleague; the reason stays behind as a note.

    Raises 422 for a queue where nobody works or a colleague who does not work in it, and without a reason.
    """
    request = own_request(db, vault, who, request_id, at=at)
    there = next((one for one in places(db, vault, who) if one.id == (queue_id or request.queue_id)), None)
    if there is None:
        raise Refused(422, "unknown_receiver", fields={"queue": "unknown"})
    if counsellor_id and (counsellor_id == who.id or counsellor_id not in {id for id, _ in there.colleagues}):
        raise Refused(422, "unknown_receiver", fields={"counsellor": "unknown"})
    if not counsellor_id and there.id == request.queue_id:
        raise Refused(422, "unknown_receiver", fields={"queue": "same"})
    add_note(db, vault, who, request_id, text=reason, at=at)
    since = sa.func.coalesce(support_request.c.waiting_since, at)
    free = {**FREE, "waiting_since": since, "transferred_at": at, "intended_for": counsellor_id}
    ends = answer_by(db, who.organisation_id, at)
    changed = change_own(db, vault, who, request_id, at=at, values={**free, "escalate_at": ends})
    end_assignment(db, request_id, at)
    tell_change(db, vault, changed, who, change="released")
    # Last, because who passes it on need not work in the queue where it goes.
    here = support_request.c.id == request_id
    db.execute(sa.update(support_request).where(here).values(queue_id=there.id))
    audit.record(db, "request.transfer", request_id, actor=who.id, organisation_id=who.organisation_id)
    db.wake(f"queue:{there.id}")
    return changed


def overdue(db: Transaction, at: int, *, most: int) -> Sequence[str]:
    """Open requests that may not go on as they are; those in the hands of a handover are its own business."""
    of = support_request.c
    late = sa.and_(of.status != "closed", of.escalate_at <= at)
    return db.execute(sa.select(of.id).where(late).order_by(of.escalate_at).limit(most)).scalars().all()


def escalate(db: Transaction, vault: Vault, request_id: str, *, at: int) -> None:
    """A claim without an answer comes back; one that was passed on waits for everybody; who waits is told honestly."""
    row = _locked(db, request_id)
    if row is None or row.status == "closed" or row.escalate_at is None or row.escalate_at > at:
        return
    setting = setting_of(db, row.organisation_id)
    if setting.working_time.opened(at) is None:
        later = setting.working_time.next_opening(at)
        db.execute(sa.update(support_request).where(support_request.c.id == request_id).values(escalate_at=later))
        return
    values = {**FREE, "escalate_at": answer_by(db, row.organisation_id, at, answered=True)}
    if row.status == "claimed" and row.waiting_since is None:
        values = {"escalate_at": None}
    db.execute(sa.update(support_request).where(support_request.c.id == request_id).values(**values))
    if row.waiting_since is None:
        return
    came_back = row.status == "claimed"
    if came_back:
        end_assignment(db, request_id, at)
        announce(db, row.organisation_id, "released", request_id, at=at)
    name = db.execute(sa.select(organisation.c.name).where(organisation.c.id == row.organisation_id)).scalar_one()
    slow = RequestSlow(name, came_back)
    tell(db, vault, row.conversation_id, slow, request_id=request_id, broadcast=not row.urgent)
    action = "request.came_back" if came_back else "request.slow"
    audit.record(db, action, request_id, actor="system", organisation_id=row.organisation_id)
    db.wake(f"queue:{row.queue_id}")


def _locked(db: Transaction, request_id: str) -> sa.Row[tuple[object, ...]] | None:
    """The request's row, with the person's conversation locked first as their own turns do."""
    of = support_request.c
    columns = (of.conversation_id, of.queue_id, of.organisation_id, of.status, of.waiting_since)
    found = sa.select(*columns, of.escalate_at, of.urgent).where(of.id == request_id)
    row = db.execute(found).first()
    if row is None or look_up(db, row.conversation_id, lock=True) is None:
        return None
    return db.execute(found).first()
