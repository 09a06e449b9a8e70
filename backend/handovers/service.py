"""A handover from one organisation to another: proposed, agreed by the person, accepted, confirmed, or back at the sender.

A stage changes only while it is still the one it was, in one statement; whoever comes second changes nothing. The request
moves when the person agrees, and back when the receiver declines, the sender takes it back or time is up.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import replace

import sqlalchemy as sa

from backend import audit
from backend.conversations.messages import Row, look_up
from backend.conversations.service import tell
from backend.db import Transaction
from backend.errors import Refused, not_found
from backend.follow_ups.service import lead_to
from backend.handovers import moving
from backend.handovers.models import handover
from backend.handovers.reading import ANSWER_PLACE, REASON_PLACE, Handover, one_handover, open_handover
from backend.organisations.counsellors import Counsellor
from backend.organisations.models import organisation
from backend.queues.models import queue
from backend.queues.settings import setting_of
from backend.support_requests import service as requests
from backend.support_requests.models import support_request
from backend.support_requests.repository import SupportRequest
from backend.vault import NoKey, Vault
from dialogs.effects import AnswerHandover
from dialogs.news import HandoverAsked, HandoverChange, HandoverMoved

LONGEST_REASON = 500
_ID = re.compile(r"[0-9a-f]{32}")
_CONTACT_AFTER = 4 * 24 * 3600 * 1_000_000


def propose(
    db: Transaction, vault: Vault, who: Counsellor, request_id: str, *, organisation_id: str, reason: str, at: int
) -> str:
    """Asks the person whether their request may go to another organisation; the handover's id. Nothing moves yet.

    Raises `Refused` 409 when the request is not `who`'s or is being handed over already, 422 for a receiver that is not
    connected or the counsellor's own, and without a reason.
    """
    words = requests.clean(reason, longest=LONGEST_REASON, field="reason")
    request = requests.own_request(db, vault, who, request_id, at=at)
    receiver = _receiver(db, who, organisation_id)
    if open_handover(db, handover.c.request_id == request_id):
        raise Refused(409, "handover_open")
    id = secrets.token_hex(16)
    values = {
        "id": id,
        "request_id": request_id,
        "conversation_id": request.conversation_id,
        "person_id": request.person_id,
        "from_organisation_id": who.organisation_id,
        "from_queue_id": request.queue_id,
        "from_consent_id": request.consent_id,
        "proposed_by": who.id,
        "to_organisation_id": organisation_id,
        "reason": vault.seal(db, request.person_id, REASON_PLACE, id, words.encode()),
        "stage": "asked",
        "asked_at": at,
    }
    db.execute(sa.insert(handover), values)
    names = {"sender": _name(db, who.organisation_id), "receiver": receiver}
    asked = HandoverAsked(handover=id, counsellor=who.name, recipient=organisation_id, reason=words, **names)
    _tell(db, vault, request.conversation_id, asked, request_id=request_id)
    audit.record(db, "handover.propose", id, actor=who.id, organisation_id=who.organisation_id)
    db.wake(f"queue:{request.queue_id}")
    return id


def answered(db: Transaction, row: Row, answer: AnswerHandover, *, at: int) -> HandoverMoved:
    """The person's yes or no, in their own turn (`row` is their conversation): the request moves, or stays."""
    of, still = handover.c, support_request.c.status != "closed"
    mine = sa.and_(of.id == answer.handover, of.person_id == row.person_id, of.stage == "asked", still)
    one = open_handover(db, mine)
    gone = one is None or (answer.consent.given and not _is_connected(db, one.to_organisation_id))
    if one is None or gone or one.to_organisation_id != answer.consent.recipient:
        return HandoverMoved("gone")
    if answer.consent.given:
        days = setting_of(db, one.from_organisation_id)
        moving.to_receiver(
            db, row, one, answer.consent, at=at, due_at=days.working_time.after_days(at, days.handover_days)
        )
        change: HandoverChange = "agreed"
    else:
        moving.refused(db, row, one, answer.consent, at=at)
        change = "refused"
    audit.record(db, f"handover.{change}", one.id, actor="person", person_id=one.person_id)
    return _moved(one, change)


def confirmed(db: Transaction, row: Row, *, met: bool, at: int) -> HandoverMoved:
    """The person says whether there was contact; only this, after the receiver's yes, ends a handover well."""
    one = open_handover(db, sa.and_(handover.c.conversation_id == row.id, handover.c.stage.in_(("agreed", "accepted"))))
    if one is None or (met and one.stage != "accepted"):
        return HandoverMoved("gone") if one is None else _moved(one, "no_contact")
    values = {"stage": "confirmed", "ended_at": at} if met else {"no_contact_at": at}
    moving.change_stage(db, one, **values)
    change: HandoverChange = "confirmed" if met else "no_contact"
    audit.record(db, f"handover.{change}", one.id, actor="person", person_id=one.person_id)
    moving.wake_both(db, one)
    moved = _moved(one, change)
    return replace(moved, later=not _asked_later(db, one)) if met else moved


def claim(db: Transaction, vault: Vault, who: Counsellor, request_id: str, *, at: int) -> SupportRequest:
    """The request is `who`'s (see `requests.claim`); when it was handed over to them, that is accepted with it."""
    request = requests.claim(db, vault, who, request_id, at=at)
    one = open_handover(db, sa.and_(handover.c.request_id == request_id, handover.c.stage == "agreed"))
    if one is None:
        return request
    with db.across():  # the sender's days
        setting = setting_of(db, one.from_organisation_id)
    due_at = setting.working_time.after_days(at, setting.handover_days)
    moving.change_stage(db, one, stage="accepted", accepted_at=at, accepted_by=who.id, due_at=due_at)
    _tell(db, vault, one.conversation_id, _moved(one, "accepted"), request_id=request_id)
    audit.record(db, "handover.accept", one.id, actor=who.id, organisation_id=who.organisation_id)
    moving.wake_both(db, one)
    return request


def decline(db: Transaction, vault: Vault, who: Counsellor, handover_id: str, *, reason: str, at: int) -> Handover:
    """The receiver cannot help, and says why: the request goes back to the sender at once."""
    words = requests.clean(reason, longest=LONGEST_REASON, field="reason")
    one = _held(db, who, handover_id)
    if one.sent_by(who):
        raise not_found()
    if one.stage != "agreed":
        raise Refused(409, "handover_changed")
    try:
        sealed = vault.seal(db, one.person_id, ANSWER_PLACE, one.id, words.encode())
    except NoKey:
        raise not_found() from None
    moving.to_sender(db, one, "declined", at=at, answer=sealed)
    _tell(db, vault, one.conversation_id, _moved(one, "declined"), request_id=one.request_id)
    audit.record(db, "handover.decline", one.id, actor=who.id, organisation_id=who.organisation_id)
    return one_handover_now(db, one)


def take_back(db: Transaction, vault: Vault, who: Counsellor, handover_id: str, *, at: int) -> Handover:
    """The sender takes the proposal or the request back, as long as the receiver has not accepted."""
    one = _held(db, who, handover_id)
    if not one.sent_by(who):
        raise not_found()
    if one.stage == "asked":
        moving.change_stage(db, one, stage="withdrawn", ended_at=at)
        moving.wake_both(db, one)
    elif one.stage == "agreed":
        moving.to_sender(db, one, "withdrawn", at=at)
    else:
        raise Refused(409, "handover_changed")
    change: HandoverChange = "withdrawn" if one.stage == "asked" else "taken_back"
    _tell(db, vault, one.conversation_id, _moved(one, change), request_id=one.request_id)
    audit.record(db, "handover.withdraw", one.id, actor=who.id, organisation_id=who.organisation_id)
    return one_handover_now(db, one)


def before_close(db: Transaction, vault: Vault, who: Counsellor, request_id: str, *, at: int) -> None:
    """A request cannot be closed on the way: raises 409 until the person confirmed; an open proposal is taken back."""
    one = open_handover(db, handover.c.request_id == request_id)
    if one and one.stage == "asked" and one.sent_by(who):
        take_back(db, vault, who, one.id, at=at)
    elif one:
        raise Refused(409, "handover_open")


def after_reply(db: Transaction, vault: Vault, who: Counsellor, request_id: str, *, at: int) -> None:
    """With the receiver's first answer the person is asked whether there was contact."""
    one = open_handover(db, sa.and_(handover.c.request_id == request_id, handover.c.stage == "accepted"))
    if one and not one.sent_by(who) and one.contact_asked_at is None:
        ask_contact(db, vault, one, at=at)


def ask_contact(db: Transaction, vault: Vault, one: Handover, *, at: int) -> None:
    """Asks the person "did you have contact?"."""
    moving.change_stage(db, one, contact_asked_at=at)
    _tell(db, vault, one.conversation_id, _moved(one, "contact"), request_id=one.request_id, broadcast=True)


def return_one(db: Transaction, vault: Vault, one: Handover, *, at: int) -> None:
    """Time is up without the receiver's yes or without contact: the request goes back, and everybody is told."""
    moving.to_sender(db, one, "returned", at=at)
    _tell(db, vault, one.conversation_id, _moved(one, "returned"), request_id=one.request_id, broadcast=True)
    audit.record(db, "handover.return", one.id, actor="system", organisation_id=one.from_organisation_id)


def contact_is_due(at: int) -> sa.ColumnElement[bool]:
    """Handovers of which the person is to be asked (again) whether there was contact."""
    last = sa.func.coalesce(handover.c.contact_asked_at, handover.c.accepted_at)
    return sa.and_(handover.c.stage == "accepted", last < at - _CONTACT_AFTER)


def one_handover_now(db: Transaction, one: Handover) -> Handover:
    """The handover as it is after a change, for whoever made the change."""
    row = db.execute(sa.select(handover.c.stage, handover.c.ended_at).where(handover.c.id == one.id)).one()
    return moving.as_changed(one, stage=row.stage, ended_at=row.ended_at)


def _held(db: Transaction, who: Counsellor, handover_id: str) -> Handover:
    """The handover, with the person's conversation locked first as their own turns do; then read anew."""
    seen = one_handover(db, who, handover_id)
    with db.across():  # the request may lie with the receiver
        there = look_up(db, seen.conversation_id, lock=True)
    if there is None:
        raise not_found()
    return one_handover(db, who, handover_id)


def _receiver(db: Transaction, who: Counsellor, organisation_id: str) -> str:
    """The name of a connected organisation that is not the counsellor's own."""
    known = _ID.fullmatch(organisation_id) and _is_connected(db, organisation_id)
    if organisation_id == who.organisation_id or not known:
        raise Refused(422, "unknown_receiver", fields={"organisation": "unknown"})
    return _name(db, organisation_id)


def _is_connected(db: Transaction, organisation_id: str) -> bool:
    with db.across():  # that an organisation answers in Verder is public
        return db.execute(sa.select(queue.c.id).where(queue.c.organisation_id == organisation_id)).first() is not None


def _name(db: Transaction, organisation_id: str) -> str:
    return str(db.execute(sa.select(organisation.c.name).where(organisation.c.id == organisation_id)).scalar_one())


def _asked_later(db: Transaction, one: Handover) -> bool:
    return lead_to(db, one.person_id, sender=one.from_organisation_id, receiver=one.to_organisation_id)


def _moved(one: Handover, change: HandoverChange) -> HandoverMoved:
    return HandoverMoved(change, one.sender, one.receiver)


def _tell(
    db: Transaction,
    vault: Vault,
    conversation_id: str,
    news: HandoverAsked | HandoverMoved,
    *,
    request_id: str,
    broadcast: bool = False,
) -> None:
    try:
        tell(db, vault, conversation_id, news, request_id=request_id, broadcast=broadcast)
    except NoKey:
        raise not_found() from None
