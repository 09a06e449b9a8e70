"""Planning a message for later, stopping it, and sending what is due: each exactly once."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

import sqlalchemy as sa

from backend.conversations.messages import look_up
from backend.conversations.models import conversation
from backend.conversations.service import open_conversation, tell
from backend.db import Database, Transaction, now
from backend.follow_ups.models import follow_up
from backend.organisations.models import organisation
from backend.quiet_hours import due_moment, next_allowed, zone_named
from backend.rounds import alone, counted, in_rounds
from backend.support_requests.models import support_request
from backend.vault import NoKey, Vault
from dialogs.effects import PlanFollowUp
from dialogs.news import FollowUpDue, SchoolOffers

_PAUSE_SECONDS = 20.0
_LAID_BY = {"held": 60 * 1_000_000, "failed": 3600 * 1_000_000}
_ONE = counted("one follow-up")
OFFERS = ("offer", "offer_again")
"""Kinds that a school sends on the ground of a consent of their own: the first offer, and the one in the second year."""
HOW_IT_GOES = ("two_weeks", "month")
"""Kinds that ask how somebody is."""
_MOST_LAID_BY = 100
"""So many that wait for a morning are laid by at once."""
_MOST_WAITING = 5
"""A person can have this many planned; the earliest are kept."""


def plan(db: Transaction, row: sa.Row[Any], asked: PlanFollowUp) -> None:
    """Plans the message; the same kind planned again takes the place of the earlier one."""
    mine = (follow_up.c.person_id == row.person_id) & (follow_up.c.state == "waiting")
    db.execute(_stop().where(mine, follow_up.c.kind == asked.kind))
    waiting = db.execute(sa.select(sa.func.count()).select_from(follow_up).where(mine)).scalar_one()
    if waiting >= _MOST_WAITING:
        return
    at = now()
    values = {
        "id": secrets.token_hex(16),
        "conversation_id": row.id,
        "person_id": row.person_id,
        "kind": asked.kind,
        "organisation_id": _last_helper(db, row.person_id),
        "text_id": asked.text_id,
        "text_version": asked.text_version,
        "language": asked.language,
        "state": "waiting",
        "planned_at": at,
        "due_at": due_moment(asked.day, zone_named(asked.time_zone)),
        "time_zone": asked.time_zone,
    }
    db.execute(sa.insert(follow_up).values(**values))


def plan_offer(
    db: Transaction,
    vault: Vault,
    conversation_id: str,
    *,
    person_id: str,
    organisation_id: str,
    again: bool,
    at: int,
) -> None:
    """Sends a school's offer as soon as it is not night where the person is; the consent to it stands in the ledger of
    consents. Raises `NoKey` for somebody who is erased."""
    time_zone = _time_zone(db, vault, conversation_id)
    values = {
        "id": secrets.token_hex(16),
        "conversation_id": conversation_id,
        "person_id": person_id,
        "kind": OFFERS[again],
        "organisation_id": organisation_id,
        "text_id": "offers.ask.question",
        "text_version": "",
        "language": "",
        "state": "waiting",
        "planned_at": at,
        "due_at": next_allowed(at, zone_named(time_zone)),
        "time_zone": time_zone,
    }
    db.execute(sa.insert(follow_up).values(**values))


def stop_offers(db: Transaction, person_id: str, organisation_id: str) -> None:
    """An offer of this school that still waits is not sent any more."""
    of = follow_up.c
    theirs = sa.and_(of.person_id == person_id, of.organisation_id == organisation_id, of.kind.in_(OFFERS))
    db.execute(_stop().where(theirs, of.state == "waiting"))


def stop_all(db: Transaction, person_id: str) -> None:
    """Nothing that was planned for this person is sent any more."""
    db.execute(_stop().where(follow_up.c.person_id == person_id, follow_up.c.state == "waiting"))


def lead_to(db: Transaction, person_id: str, *, sender: str, receiver: str) -> bool:
    """After a handover an answer leads to who helps now; whether somebody is to be asked how it goes already."""
    of = follow_up.c
    mine = sa.and_(of.person_id == person_id, of.state == "waiting", of.kind.not_in(OFFERS))
    db.execute(sa.update(follow_up).where(mine, of.organisation_id == sender).values(organisation_id=receiver))
    return db.execute(sa.select(of.id).where(mine, of.kind.in_(HOW_IT_GOES))).first() is not None


def is_awaited(_at: int) -> sa.ColumnElement[bool]:
    """A condition over `conversation`: a message that the person asked for is still to come."""
    mine = follow_up.c.person_id == conversation.c.person_id
    return sa.exists().where(mine, follow_up.c.state == "waiting")


async def keep_promises(database: Database, vault: Vault, stop: asyncio.Event) -> None:
    """Sends what is due, until stopped; any number of processes may do it. A database that is away is waited for."""

    async def send_all() -> None:
        while await database.write(lambda db: send_one(db, vault, at=now())):
            pass

    await in_rounds({"follow-ups": send_all}, _PAUSE_SECONDS, stop)


def send_one(db: Transaction, vault: Vault, *, at: int) -> bool:
    """Sends the message that is due longest, in this transaction; whether there may be another one. What is due where it is
    night is laid by until the morning there. `at` in microseconds."""
    for _ in range(_MOST_LAID_BY):
        row = _due_longest(db, at)
        if row is None:
            return False
        own = sa.update(follow_up).where(follow_up.c.id == row.id, follow_up.c.state == "waiting")
        morning = next_allowed(at, zone_named(row.time_zone))
        if morning == at:
            _send(db, vault, row, own, at)
            return True
        db.execute(own.values(due_at=morning))
    return True


def _send(db: Transaction, vault: Vault, row: sa.Row[Any], own: sa.Update, at: int) -> None:
    """A message that cannot be made for a defect is laid by for an hour, and for a minute where somebody holds what it
    needs: it must not stand before all others."""

    def send() -> None:
        won = db.execute(own.values(state="sent", done_at=at)).rowcount == 1
        if won and db.execute(sa.select(conversation.c.id).where(conversation.c.id == row.conversation_id)).first():
            _tell(db, vault, row)

    outcome = alone(db, _ONE, send)
    if outcome != "done":
        db.execute(own.values(due_at=at + _LAID_BY[outcome]))


def _due_longest(db: Transaction, at: int) -> sa.Row[Any] | None:
    due = (
        sa.select(follow_up)
        .where(follow_up.c.state == "waiting", follow_up.c.due_at <= at)
        .order_by(follow_up.c.due_at, follow_up.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return db.execute(due).first()


def _tell(db: Transaction, vault: Vault, row: sa.Row[Any]) -> None:
    try:
        tell(db, vault, row.conversation_id, _news(db, row), broadcast=True)
    except NoKey:
        db.execute(_stop().where(follow_up.c.id == row.id))


def _news(db: Transaction, row: sa.Row[Any]) -> FollowUpDue | SchoolOffers:
    if row.kind not in OFFERS:
        return FollowUpDue(row.kind, row.organisation_id)
    name = db.execute(sa.select(organisation.c.name).where(organisation.c.id == row.organisation_id)).scalar_one()
    return SchoolOffers(row.organisation_id, name, again=row.kind == OFFERS[True])


def _time_zone(db: Transaction, vault: Vault, conversation_id: str) -> str | None:
    with db.across():  # the conversation is the person's own, whoever has something to offer in it
        row = look_up(db, conversation_id)
        return open_conversation(db, vault, row).time_zone if row else None


def _stop() -> sa.Update:
    return sa.update(follow_up).values(state="stopped", done_at=now())


def _last_helper(db: Transaction, person_id: str) -> str | None:
    """The organisation of the person's newest request."""
    mine = sa.select(support_request.c.organisation_id).where(support_request.c.person_id == person_id)
    return db.execute(mine.order_by(support_request.c.created_at.desc()).limit(1)).scalar()
