"""What is deleted when nobody needs it any more, by itself, in small steps; any number of processes may do it.

A conversation without a request vanishes a day after its last word, one with requests 90 days after the last was
closed. While a request is open nothing of it is touched.
"""

from __future__ import annotations

import asyncio
import logging

import sqlalchemy as sa

from backend.conversations.models import conversation, inbox, parked
from backend.db import Database, Transaction, now
from backend.errors import Refused
from backend.organisations.models import desk_session, login_failure
from backend.persons.erasing import erase_person
from backend.support_requests.models import desk_action, support_request
from backend.vault import Vault

_log = logging.getLogger(__name__)

_HOUR = 3600 * 1_000_000
_DAY = 24 * _HOUR
CONVERSATION = _DAY
AFTER_CLOSING = 90 * _DAY
PARKED = 7 * _DAY
DESK = _DAY
"""Idempotency keys, sessions and wrong passwords of the desk."""

_STEP = 50
_PAUSE_SECONDS = 600.0


async def keep_clean(database: Database, vault: Vault, stop: asyncio.Event) -> None:
    """Purges every ten minutes until stopped; a database that is away is waited for."""
    while not stop.is_set():
        try:
            while await database.write(lambda db: purge(db, vault, at=now())):
                pass
        except Refused:
            _log.warning("nothing was purged: the database is away")
        try:
            await asyncio.wait_for(stop.wait(), _PAUSE_SECONDS)
        except TimeoutError:
            continue


def purge(db: Transaction, vault: Vault, *, at: int) -> int:
    """One small step: how many persons were erased (there may be more when it is not 0). `at` in microseconds."""
    persons = db.execute(_done_with(at)).scalars().all()
    for person_id in persons:
        erase_person(db, vault, person_id, actor="retention")
    for row in db.execute(sa.select(parked.c.id, parked.c.person_id).where(parked.c.at < at - PARKED).limit(_STEP)):
        vault.forget_person(db, row.person_id)
        db.execute(sa.delete(parked).where(parked.c.id == row.id))
    # What is left of an erased person is the id of the update that erased, so that it cannot bring them back.
    db.execute(sa.delete(inbox).where(inbox.c.conversation_id.is_(None), inbox.c.at < at - PARKED))
    db.execute(sa.delete(desk_action).where(desk_action.c.at < at - DESK))
    db.execute(sa.delete(desk_session).where(desk_session.c.seen_at < at - DESK))
    db.execute(sa.delete(login_failure).where(login_failure.c.last_at < at - DESK))
    return len(persons)


def _done_with(at: int) -> sa.Select[tuple[str]]:
    """Persons whose conversation nobody needs any more."""
    requests = sa.select(support_request.c.id).where(support_request.c.conversation_id == conversation.c.id)
    recent = sa.or_(support_request.c.closed_at.is_(None), support_request.c.closed_at >= at - AFTER_CLOSING)
    quiet = conversation.c.updated_at < at - CONVERSATION
    return sa.select(conversation.c.person_id).where(quiet, ~sa.exists(requests.where(recent))).limit(_STEP)
