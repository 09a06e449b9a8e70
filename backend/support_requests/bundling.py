"""Many new requests from one network within the hour lie together at the desk, so that they push nobody down.

Such a request keeps every right. It is on its own again as soon as somebody takes it, it is meant for somebody, or danger
is heard in it.
"""

from __future__ import annotations

import sqlalchemy as sa

from backend.arrivals.models import arrival
from backend.db import Transaction
from backend.queues.models import queue
from backend.support_requests.models import assignment, support_request

MANY = 10
"""So many within `WITHIN` (microseconds) are laid together."""
WITHIN = 3600 * 1_000_000
_LOOKED_AT = 5 * MANY

_of = support_request.c
_NOBODY_KNOWS = sa.and_(
    _of.status == "waiting",
    sa.not_(_of.urgent),
    _of.danger.is_(None),
    _of.transferred_at.is_(None),
    _of.intended_for.is_(None),
    ~sa.exists(sa.select(assignment.c.id).where(assignment.c.request_id == _of.id)),
)


def bundle(db: Transaction, conversation_id: str, organisation_id: str, *, at: int) -> None:
    """Lays the request that this conversation just opened together with those like it, where that makes `MANY`."""
    mark = db.execute(sa.select(arrival.c.mark).where(arrival.c.conversation_id == conversation_id)).scalar()
    if mark is None:
        return
    found = db.execute(_like(mark, organisation_id, since=at - WITHIN)).scalars().all()
    if len(found) < MANY:
        return
    # Whatever somebody is changing at this moment is left to them: nobody waits here, so nobody waits for each other.
    alone = sa.select(_of.id).where(_of.id.in_(found), _of.bundled_at.is_(None), _NOBODY_KNOWS)
    ids = db.execute(alone.with_for_update(skip_locked=True, of=support_request)).scalars().all()
    db.execute(sa.update(support_request).where(_of.id.in_(ids)).values(bundled_at=at))


def _like(mark: bytes, organisation_id: str, *, since: int) -> sa.Select[tuple[str]]:
    """Requests of the organisation whose conversations began in this network and that nobody knows anything about."""
    queues = sa.select(queue.c.id).where(queue.c.organisation_id == organisation_id)
    return (
        sa.select(_of.id)
        .join(arrival, arrival.c.conversation_id == _of.conversation_id)
        .where(_of.queue_id.in_(queues), _of.created_at > since, arrival.c.mark == mark, _NOBODY_KNOWS)
        .limit(_LOOKED_AT)
    )
