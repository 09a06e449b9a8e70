"""The end of the audit trail: what is older than its term is cut off, and where it was cut is signed.

Only the oldest events go, up to a signed head; one that must stay keeps everything after it. So the chain from the cut on
is verified as before, and a head that is kept elsewhere still fits.
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from backend.audit import audit_cut, audit_event, audit_head, record
from backend.audit.chain import hold_chain, last_link
from backend.audit.heads import last_cut, sign_cut
from backend.conversations.models import conversation
from backend.db import Transaction
from backend.register.walking import tables_about_person
from backend.retention.models import retention_setting
from backend.retention.terms import DAY, DAYS_AFTER_CLOSING

TRAIL_DAYS = 2 * 365
SHORTEST, LONGEST = 365, 3650
_STEP = 5_000


def set_trail_days(db: Transaction, organisation_id: str, days: int, *, by: str, at: int) -> None:
    """The organisation keeps the events of the trail for so many days (365 to 3650)."""
    insert = db.insert(retention_setting)
    values = {"trail_days": days, "changed_at": at}
    new = {"organisation_id": organisation_id, "days_after_closing": DAYS_AFTER_CLOSING, **values}
    db.execute(insert.values(**new).on_conflict_do_update(index_elements=["organisation_id"], set_=values))
    record(db, "retention.trail_changed", organisation_id, actor=by, organisation_id=organisation_id)


def trail_days_of(db: Transaction, organisation_id: str) -> int:
    """For how many days at least this organisation keeps the events of the trail."""
    of = retention_setting.c
    found = sa.select(of.trail_days).where(of.organisation_id == organisation_id)
    return db.execute(found).scalar_one_or_none() or TRAIL_DAYS


def cut_trail(db: Transaction, audit_key: bytes, *, at: int) -> int:
    """One step: cuts off old events and signs where; how many went (there may be more when it is not 0).

    An event stays for the term of its organisation, and while anything is kept of the person whom it is about: they may
    always see who looked.
    """
    hold_chain(db)
    before = last_cut(db)
    start = before.number if before else 0
    to = _end(db, start, at)
    if to is None:
        return 0
    hashed = db.execute(sa.select(audit_event.c.hash).where(audit_event.c.number == to)).scalar_one()
    sign_cut(db, audit_key, number=to, hashed=hashed, at=at)
    db.execute(sa.delete(audit_event).where(audit_event.c.number <= to))
    db.execute(sa.delete(audit_head).where(audit_head.c.number < to))
    db.execute(sa.delete(audit_cut).where(audit_cut.c.number < to))
    record(db, "trail.cut", f"trail:{to}", actor="retention")
    return to - start


def _end(db: Transaction, start: int, at: int) -> int | None:
    """The last event to go now: that of a signed head, at most one step on; None when nothing goes."""
    stays = db.execute(_stays(at).limit(1)).scalar_one_or_none()
    limit = last_link(db)[0] if stays is None else stays
    heads = sa.select(audit_head.c.number).where(audit_head.c.number > start, audit_head.c.number < limit)
    step = heads.where(audit_head.c.number <= start + _STEP).order_by(audit_head.c.number.desc())
    found: int | None = (
        db.execute(step.limit(1)).scalar() or db.execute(heads.order_by(audit_head.c.number).limit(1)).scalar()
    )
    return found


def _stays(at: int) -> sa.Select[tuple[int]]:
    """Numbers of linked events that may not go yet, the oldest first."""
    days = sa.func.coalesce(retention_setting.c.trail_days, TRAIL_DAYS)
    recent = audit_event.c.at > at - sa.cast(days, sa.BigInteger) * DAY
    of = retention_setting.c.organisation_id == audit_event.c.organisation_id
    found = sa.select(audit_event.c.number).outerjoin(retention_setting, of)
    return found.where(audit_event.c.number.is_not(None), sa.or_(recent, *_about_somebody())).order_by(
        audit_event.c.number
    )


def _about_somebody() -> Iterator[sa.ColumnElement[bool]]:
    """The event is about a person of whom something is kept: it names them, or a row of theirs."""
    whose = conversation.c.person_id
    yield sa.exists().where(sa.or_(whose == audit_event.c.person_id, whose == audit_event.c.object))
    for table, _ in tables_about_person():
        if isinstance(table.c.get("id"), sa.Column) and isinstance(table.c.id.type, sa.String):
            yield sa.exists().where(table.c.id == audit_event.c.object)
