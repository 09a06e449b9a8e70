"""What is deleted when nobody needs it any more, by itself, in small steps; any number of processes may do it.

A conversation without a request vanishes a day after its last word, one with requests when the last was closed as long
ago as its organisation keeps it (90 days), unless set otherwise. While a request is open or held nothing of it is touched.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial

import sqlalchemy as sa

from backend.arrivals import service as arrivals
from backend.conversations.models import conversation, inbox, parked
from backend.db import Database, Transaction, Work, now
from backend.duties.service import kept_for_school
from backend.follow_ups.service import is_awaited
from backend.organisations.models import desk_session, login_failure
from backend.persons.erasing import erase_person
from backend.persons.keyless import finish_erasings
from backend.register.walking import Held
from backend.resume_codes.service import kept_for_a_code
from backend.retention.models import legal_hold
from backend.retention.terms import AFTER_CLOSING, DAY, kept_until, term, warn
from backend.retention.trail import cut_trail
from backend.rounds import Step, alone, counted, in_rounds
from backend.statistics.service import add_up
from backend.support_requests.models import desk_action, support_request
from backend.understanding.service import forget_old
from backend.vault import KeyRingLacks, Vault

__all__ = ["AFTER_CLOSING", "CONVERSATION", "DESK", "PARKED", "STILL_NEEDED", "keep_clean", "purge"]

_log = logging.getLogger(__name__)

CONVERSATION = DAY
"""How long a conversation without a request is kept after its last word, where the service sets nothing else."""
PARKED = 7 * DAY
DESK = DAY
"""Idempotency keys, sessions and wrong passwords of the desk."""

STILL_NEEDED: tuple[Callable[[int], sa.ColumnElement[bool]], ...] = (is_awaited, kept_for_a_code, kept_for_school)
"""Conditions over `conversation` by which a feature keeps a person at a moment (microseconds UTC), beyond requests."""

_STEP = 50
_ONE = counted("purging one person")
_PAUSE_SECONDS = 600.0


async def keep_clean(database: Database, vault: Vault, stop: asyncio.Event, *, talk: int = CONVERSATION) -> None:
    """Purges every ten minutes until stopped; a database that is away is waited for. `talk` as in `purge`."""

    def until_done(work: Work[object]) -> Step:
        async def repeat() -> None:
            while await database.write(work):
                pass

        return repeat

    async def rewrap() -> None:
        try:
            await until_done(vault.rewrap)()
        except KeyRingLacks:
            _log.error("some persons' keys are under a version that the key file of this machine lacks")

    steps = {
        "finishing what was erased": lambda: finish_erasings(database, vault),
        "purging": until_done(lambda db: purge(db, vault, at=now(), talk=talk)),
        "warning of what will go": until_done(lambda db: warn(db, at=now())),
        "adding up": until_done(add_up),
        "wrapping keys anew": rewrap,
        "cutting the audit trail": until_done(lambda db: cut_trail(db, vault.audit_key, at=now())),
    }
    await in_rounds(steps, _PAUSE_SECONDS, stop)


def purge(db: Transaction, vault: Vault, *, at: int, talk: int = CONVERSATION) -> int:
    """One small step: how many persons were erased (there may be more when it is not 0). `at` in microseconds; `talk` is
    how long a conversation without a request is kept after its last word."""
    persons = db.execute(_done_with(at, talk).limit(_STEP)).scalars().all()
    erased = 0
    for person_id in persons:
        # One in whose data a defect lies, or whom somebody holds, must not keep all others from being erased.
        erase = partial(_erase, db, vault, person_id, _done_with(at, talk))
        erased += alone(db, _ONE, erase) == "done"
    for row in db.execute(sa.select(parked.c.id, parked.c.person_id).where(parked.c.at < at - PARKED).limit(_STEP)):
        vault.forget_person(db, row.person_id)
        db.execute(sa.delete(parked).where(parked.c.id == row.id))
    # What is left of an erased person is the id of the update that erased, so that it cannot bring them back.
    db.execute(sa.delete(inbox).where(inbox.c.conversation_id.is_(None), inbox.c.at < at - PARKED))
    db.execute(sa.delete(desk_action).where(desk_action.c.at < at - DESK))
    db.execute(sa.delete(desk_session).where(desk_session.c.seen_at < at - DESK))
    db.execute(sa.delete(login_failure).where(login_failure.c.last_at < at - DESK))
    forget_old(db, vault, at=at)
    arrivals.forget_old(db, at=at)
    return erased


def _erase(db: Transaction, vault: Vault, person_id: str, done_with: sa.Select[tuple[str]]) -> None:
    """Erases somebody whom nobody needs any more, if that is still so."""
    Held.of(db, person_id)  # whoever writes at this very moment is waited for, and then keeps what they have
    if db.execute(done_with.where(conversation.c.person_id == person_id)).first():
        erase_person(db, vault, person_id, actor="retention")


def _done_with(at: int, talk: int) -> sa.Select[tuple[str]]:
    """Persons of whom nobody needs any conversation any more."""
    other = conversation.alias("other")
    talked = sa.select(other.c.id).where(other.c.person_id == conversation.c.person_id, other.c.updated_at >= at - talk)
    requests = sa.select(support_request.c.id).where(support_request.c.person_id == conversation.c.person_id)
    recent = sa.or_(support_request.c.closed_at.is_(None), kept_until() > at)
    held = requests.join(legal_hold, legal_hold.c.request_id == support_request.c.id).where(
        legal_hold.c.lifted_at.is_(None)
    )
    kept = [~sa.exists(talked), ~sa.exists(term(requests).where(recent)), ~sa.exists(held)]
    needed = [~condition(at) for condition in STILL_NEEDED]
    return sa.select(conversation.c.person_id).where(*kept, *needed).distinct()
