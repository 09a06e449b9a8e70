"""Keeping something longer than its time, for a written reason, and how long an organisation keeps what is closed."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from backend.audit import record
from backend.db import Transaction
from backend.retention.models import legal_hold, retention_setting
from backend.support_requests.models import support_request
from backend.vault import Vault

PLACE = "legal_hold.reason"


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold that is on: why, since when (microseconds UTC), and by whom (a counsellor's id or "operator")."""

    reason: str
    placed_at: int
    placed_by: str


def place_hold(db: Transaction, vault: Vault, request_id: str, reason: str, *, by: str, at: int) -> str:
    """From here on nothing of the request's person vanishes by itself; the hold's id.

    `by` is a counsellor's id or "operator". Raises LookupError when there is no such request.
    """
    row = _request(db, request_id)
    id = secrets.token_hex(16)
    sealed = vault.seal(db, row.person_id, PLACE, id, reason.encode())
    values = {"id": id, "request_id": request_id, "reason": sealed, "placed_by": by, "placed_at": at}
    db.execute(sa.insert(legal_hold), values)
    record(db, "hold.placed", request_id, actor=by, organisation_id=row.organisation_id, person_id=row.person_id)
    return id


def lift_holds(db: Transaction, request_id: str, *, by: str, at: int) -> int:
    """The request's holds are over; how many. Raises LookupError when there is no such request."""
    row = _request(db, request_id)
    on = sa.and_(legal_hold.c.request_id == request_id, legal_hold.c.lifted_at.is_(None))
    lifted = db.execute(sa.update(legal_hold).where(on).values(lifted_at=at)).rowcount
    if lifted:
        record(db, "hold.lifted", request_id, actor=by, organisation_id=row.organisation_id, person_id=row.person_id)
    return lifted


def holds_on(db: Transaction, vault: Vault, request_ids: Sequence[str]) -> Mapping[str, Hold]:
    """Those of these requests that are held, each with its newest hold."""
    on = sa.and_(legal_hold.c.request_id.in_(request_ids), legal_hold.c.lifted_at.is_(None))
    rows = db.execute(
        sa.select(legal_hold, support_request.c.person_id)
        .join(support_request, support_request.c.id == legal_hold.c.request_id)
        .where(on)
        .order_by(legal_hold.c.placed_at)
    )
    return {
        row.request_id: Hold(
            vault.open(db, row.person_id, PLACE, row.id, row.reason).decode(), row.placed_at, row.placed_by
        )
        for row in rows
    }


def set_days(db: Transaction, organisation_id: str, days: int, *, by: str, at: int) -> None:
    """The organisation keeps a closed request for so many days (1 to 3650)."""
    insert = db.insert(retention_setting)
    values = {"days_after_closing": days, "changed_at": at}
    db.execute(
        insert.values(organisation_id=organisation_id, **values).on_conflict_do_update(
            index_elements=["organisation_id"], set_=values
        )
    )
    record(db, "retention.changed", organisation_id, actor=by, organisation_id=organisation_id)


def _request(db: Transaction, request_id: str) -> sa.Row[tuple[str, str]]:
    columns = sa.select(support_request.c.person_id, support_request.c.organisation_id)
    row = db.execute(columns.where(support_request.c.id == request_id)).first()
    if row is None:
        raise LookupError(f"there is no request {request_id}")
    return row
