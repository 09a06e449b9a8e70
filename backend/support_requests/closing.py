"""Closing a request that may not be read any more: nobody acts on it, and whoever looks at it sees that it is over."""

from __future__ import annotations

import sqlalchemy as sa

from backend.connections.webhooks import announce
from backend.db import Transaction, now
from backend.support_requests.models import assignment, support_request


def close_for_good(db: Transaction, request_id: str, *, organisation_id: str) -> str | None:
    """Closes the request where it lies with this organisation and is still open; the conversation it came from."""
    of, at = support_request.c, now()
    here = sa.and_(of.id == request_id, of.organisation_id == organisation_id)
    row = db.execute(sa.select(of.conversation_id, of.queue_id, of.status).where(here)).first()
    if row is None:
        return None
    wake(db, row.queue_id)
    if row.status == "closed":
        return None
    db.execute(sa.update(support_request).where(here).values(status="closed", closed_at=at, waiting_since=None))
    still = sa.and_(assignment.c.request_id == request_id, assignment.c.ended_at.is_(None))
    db.execute(sa.update(assignment).where(still).values(ended_at=at))
    announce(db, organisation_id, "closed", request_id, at=at)
    return str(row.conversation_id)


def wake(db: Transaction, queue_id: str) -> None:
    """Whoever looks at this queue looks again."""
    db.wake(f"queue:{queue_id}")


def wake_all(db: Transaction, person_id: str) -> None:
    """Whoever looks at a request of this person looks again."""
    found = sa.select(support_request.c.queue_id).where(support_request.c.person_id == person_id).distinct()
    for queue_id in db.execute(found).scalars():
        wake(db, queue_id)
