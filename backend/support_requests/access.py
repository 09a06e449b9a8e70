"""Which requests a counsellor may read: the one condition that every query over requests starts from."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from backend.organisations.counsellors import Counsellor
from backend.queues.models import queue_member
from backend.support_requests.models import support_request


def queues_read_by(who: Counsellor) -> sa.Select[tuple[str]]:
    """The ids of the queues the counsellor works in."""
    return sa.select(queue_member.c.queue_id).where(queue_member.c.counsellor_id == who.id)


def may_read(who: Counsellor) -> sa.ColumnElement[bool]:
    """The request belongs to the counsellor's organisation and lies in a queue the counsellor works in."""
    of = support_request.c
    return sa.and_(of.organisation_id == who.organisation_id, of.queue_id.in_(queues_read_by(who)))


def readable_by(who: Counsellor) -> sa.Select[Any]:
    """All requests this counsellor may read, every column; anything else does not exist for them."""
    return sa.select(support_request).where(may_read(who))
