"""The work that keeps requests moving by itself: handovers that go back, questions about contact, claims without an answer.

Each thing that is due is one short transaction of its own, so that any number of processes may do this at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from functools import partial

import sqlalchemy as sa

from backend.conversations.messages import look_up
from backend.db import Database, Transaction, now
from backend.errors import Refused
from backend.handovers import moving, service
from backend.handovers.models import handover
from backend.handovers.reading import Handover, due_handovers, open_handover
from backend.queues.settings import setting_of
from backend.rounds import counted, in_rounds, tell_failure
from backend.support_requests import passing
from backend.support_requests.models import support_request
from backend.vault import Vault

_log = logging.getLogger(__name__)
_AT_ONCE = 50
_PAUSE_SECONDS = 30.0
_ONE = {kind: counted(f"moving a {kind}") for kind in ("handover", "request")}

Due = tuple[str, str]
"""What is due ("handover" or "request") and its id."""


async def keep_moving(database: Database, vault: Vault, stop: asyncio.Event) -> None:
    """Does twice a minute what is due until stopped; a database that is away is waited for."""
    await in_rounds({"moving": lambda: move_all(database, vault, at=now())}, _PAUSE_SECONDS, stop)


async def move_all(database: Database, vault: Vault, *, at: int) -> int:
    """Does what is due at this moment (microseconds UTC); how many things it was."""
    done = 0
    for kind, id in await database.read(lambda db: find_due(db, at)):
        try:
            await database.write(partial(move_one, vault=vault, kind=kind, id=id, at=at))
            done += 1
        except Refused as refusal:
            _log.warning("a %s that was due was left as it is (%s)", kind, refusal.code)
        except Exception as error:  # noqa: BLE001 - one defect must not silence everybody
            tell_failure(_ONE[kind], error)
    return done


def find_due(db: Transaction, at: int) -> Sequence[Due]:
    """What is due, handovers first: a request on its way comes back with its handover."""
    of = handover.c
    due = sa.or_(of.due_at <= at, service.contact_is_due(at), support_request.c.status == "closed")
    handovers = [("handover", one.id) for one in due_handovers(db, due, most=_AT_ONCE)]
    return [*handovers, *(("request", id) for id in passing.overdue(db, at, most=_AT_ONCE))]


def move_one(db: Transaction, vault: Vault, kind: str, id: str, *, at: int) -> None:
    """Does one thing that is due, if it still is."""
    if kind == "request":
        if open_handover(db, sa.and_(handover.c.request_id == id, handover.c.stage == "agreed")) is None:
            passing.escalate(db, vault, id, at=at)
        return
    one = open_handover(db, handover.c.id == id)
    if one is None or look_up(db, one.conversation_id, lock=True) is None:
        return
    one = open_handover(db, handover.c.id == id)
    if one is not None:
        _settle(db, vault, one, at)


def _settle(db: Transaction, vault: Vault, one: Handover, at: int) -> None:
    closed = sa.select(support_request.c.id).where(
        support_request.c.id == one.request_id, support_request.c.status == "closed"
    )
    if db.execute(closed).first():
        moving.change_stage(db, one, stage="withdrawn", ended_at=at)
    elif one.due_at is not None and one.due_at <= at:
        service.return_one(db, vault, one, at=at)
    elif setting_of(db, one.to_organisation_id).working_time.opened(at):
        service.ask_contact(db, vault, one, at=at)
