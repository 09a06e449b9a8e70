"""When a closed request vanishes, and telling counsellors a week before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from backend.audit import audit_event, record
from backend.db import Transaction
from backend.organisations.models import organisation
from backend.retention.models import legal_hold, retention_setting
from backend.support_requests.models import support_request

DAY = 24 * 3600 * 1_000_000
DAYS_AFTER_CLOSING = 90
AFTER_CLOSING = DAYS_AFTER_CLOSING * DAY
WARNING = 7 * DAY
WARNED = "retention.warned"
_STEP = 200


def term(requests: sa.Select[Any]) -> sa.Select[Any]:
    """The same query over requests with the setting of their organisation beside it."""
    same = retention_setting.c.organisation_id == support_request.c.organisation_id
    return requests.outerjoin(retention_setting, same)


def kept_until() -> sa.ColumnElement[int]:
    """The moment to which a closed request is kept (microseconds UTC), in a query made with `term`."""
    days = sa.func.coalesce(retention_setting.c.days_after_closing, DAYS_AFTER_CLOSING)
    return support_request.c.closed_at + sa.cast(days, sa.BigInteger) * DAY


def days_of(db: Transaction, organisation_id: str) -> int:
    """For how many days this organisation keeps a closed request."""
    found = sa.select(retention_setting.c.days_after_closing).where(
        retention_setting.c.organisation_id == organisation_id
    )
    return db.execute(found).scalar_one_or_none() or DAYS_AFTER_CLOSING


def own_terms(db: Transaction) -> Sequence[tuple[str, int]]:
    """Name and days of each organisation that keeps a closed request for another time than usual, by name."""
    days = retention_setting.c.days_after_closing
    same = organisation.c.id == retention_setting.c.organisation_id
    found = sa.select(organisation.c.name, days).join(organisation, same).where(days != DAYS_AFTER_CLOSING)
    return [(row.name, row.days_after_closing) for row in db.execute(found.order_by(organisation.c.name))]


def vanishing(db: Transaction, request_ids: Sequence[str], *, at: int) -> Mapping[str, int]:
    """Those of these requests that vanish within a week, with the moment (microseconds UTC): what the desk marks.

    A request whose person has another one that is open, held or kept longer stays as long as that one.
    """
    if not request_ids:
        return {}
    mine = support_request.alias("mine")
    whose = sa.select(mine.c.person_id).where(mine.c.id.in_(request_ids))
    found = _soon(at).join(mine, mine.c.person_id == support_request.c.person_id)
    found = found.where(support_request.c.person_id.in_(whose.correlate(None)), mine.c.id.in_(request_ids))
    rows = db.execute(found.add_columns(mine.c.id.label("request_id")).group_by(mine.c.id))
    return {row.request_id: row.until for row in rows}


def warn(db: Transaction, *, at: int) -> int:
    """Writes into the trail that requests vanish within a week, once for each, and wakes their queues; how many."""
    warned = sa.select(audit_event.c.id).where(
        audit_event.c.object == support_request.c.id, audit_event.c.action == WARNED
    )
    persons = _soon(at).subquery()
    columns = (support_request.c.id, support_request.c.queue_id, support_request.c.organisation_id)
    found = (
        sa.select(*columns)
        .join(persons, persons.c.person_id == support_request.c.person_id)
        .where(~sa.exists(warned))
        .limit(_STEP)
    )
    rows = db.execute(found).all()
    for row in rows:
        record(db, WARNED, row.id, actor="retention", organisation_id=row.organisation_id)
        db.wake(f"queue:{row.queue_id}")
    return len(rows)


def _soon(at: int) -> sa.Select[Any]:
    """Persons all of whose requests are closed and not held, of which the last goes within a week, and when."""
    held = sa.select(legal_hold.c.id).where(
        legal_hold.c.request_id == support_request.c.id, legal_hold.c.lifted_at.is_(None)
    )
    stays = sa.case((sa.or_(support_request.c.closed_at.is_(None), sa.exists(held)), 1), else_=0)
    until = sa.func.max(kept_until())
    persons = term(sa.select(support_request.c.person_id, until.label("until")).select_from(support_request))
    return persons.group_by(support_request.c.person_id).having(sa.func.max(stays) == 0, until <= at + WARNING)
