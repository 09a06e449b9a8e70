"""Open requests that nobody and no moment looks after. There must be none (trust promise R17): this is how one is seen."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

import sqlalchemy as sa

from backend.db import Database, Transaction, now
from backend.dutch_time import AMSTERDAM, in_amsterdam
from backend.organisations.models import counsellor
from backend.queues.models import queue, queue_member
from backend.rounds import in_rounds
from backend.support_requests.models import assignment, support_request
from backend.telemetry import ORPHANS

_log = logging.getLogger(__name__)
_EVERY_NIGHT = time(4, 15)
_LONGEST_SLEEP = 600.0

_of = support_request.c
# Literal, as the index of open requests says it: only then is it used.
_OPEN = _of.status != sa.literal_column("'closed'")
_IN_HAND = sa.select(sa.func.count()).where(assignment.c.request_id == _of.id, assignment.c.ended_at.is_(None))
_OWNERS = _IN_HAND.where(assignment.c.counsellor_id == _of.claimed_by).scalar_subquery()
_AT_HOME = sa.exists().where(queue.c.id == _of.queue_id, queue.c.organisation_id == _of.organisation_id)
_STAFFED = sa.exists().where(
    queue_member.c.queue_id == _of.queue_id,
    counsellor.c.id == queue_member.c.counsellor_id,
    sa.not_(counsellor.c.disabled),
)
_WRONG: Mapping[str, sa.ColumnElement[bool]] = {
    "queue": sa.not_(_AT_HOME),
    "nobody": sa.and_(_of.status == "waiting", _of.escalate_at.is_(None)),
    "silent": sa.and_(_of.status == "claimed", _of.waiting_since.is_not(None), _of.escalate_at.is_(None)),
    "owner": _IN_HAND.scalar_subquery() != sa.case((_of.status == "claimed", 1), else_=0),
    "other_owner": sa.and_(_of.status == "claimed", _OWNERS != 1),
    "deserted": sa.and_(_of.status == "waiting", sa.not_(_STAFFED)),
}
"""What can be wrong: in a queue of another organisation; waiting without a moment; claimed and unanswered without one; not
exactly one open assignment to its owner (none while it waits); waiting where nobody works."""


@dataclass(frozen=True, slots=True)
class Orphan:
    """An open request, and what is wrong with it (a key of the table above)."""

    id: str
    organisation_id: str
    why: str


def orphans(db: Transaction) -> Sequence[Orphan]:
    """Every open request that nobody looks after, by its id."""
    why = sa.case(*((wrong, name) for name, wrong in _WRONG.items()))
    found = sa.select(_of.id, _of.organisation_id, why.label("why")).where(_OPEN, sa.or_(*_WRONG.values()))
    return [Orphan(row.id, row.organisation_id, row.why) for row in db.execute(found.order_by(_of.id))]


async def keep_watch(database: Database, stop: asyncio.Event) -> None:
    """Looks at the start and then once every night, until stopped; what it finds is an error in the log."""
    due = now()

    async def look() -> None:
        nonlocal due
        if now() >= due:
            _tell(await database.read(orphans))
            due = next_night(now())

    await in_rounds({"checking open requests": look}, _LONGEST_SLEEP, stop)


def next_night(at: int) -> int:
    """The first quarter past four in Dutch time after this moment (microseconds UTC): an hour that every day has once."""
    today = in_amsterdam(at).date()
    nights = (datetime.combine(today + timedelta(days=day), _EVERY_NIGHT, AMSTERDAM) for day in (0, 1))
    return next(moment for moment in (int(night.timestamp()) * 1_000_000 for night in nights) if moment > at)


def _tell(found: Sequence[Orphan]) -> None:
    ORPHANS.set(len(found))
    if not found:
        _log.info("every open request has a queue, and somebody or a moment that looks after it")
        return
    kinds = ", ".join(sorted({one.why for one in found}))
    _log.error("%s open requests are looked after by nobody (%s): see `verder admin check`", len(found), kinds)
