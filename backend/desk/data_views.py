"""What the privacy officer sees: the term, what is kept longer and why, and what vanishes soon. Never a request itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from backend import audit
from backend.db import Transaction
from backend.desk.keeping_panel import all_vanishing_soon
from backend.desk.words import Words
from backend.errors import Refused
from backend.organisations.counsellors import Counsellor
from backend.retention.holds import holds_on
from backend.retention.models import legal_hold
from backend.retention.terms import days_of
from backend.retention.trail import trail_days_of
from backend.support_requests.models import support_request
from backend.vault import Vault

SHORTEST, LONGEST = 1, 3650
"""Days that a closed request can be kept."""
_NUMBER = re.compile(r"[0-9a-f]{6,32}")
_MOST = 200


@dataclass(frozen=True, slots=True)
class HeldView:
    """A request that is kept longer; `said` tells its number, since when and why."""

    id: str
    number: str
    said: str


@dataclass(frozen=True, slots=True)
class DataView:
    """Everything on the page: days of the terms of a request and of the trail, holds that are on, and a sentence for each
    that vanishes soon."""

    days: int
    trail_days: int
    held: Sequence[HeldView]
    soon: Sequence[str]


def data_view(db: Transaction, vault: Vault, words: Words, who: Counsellor, *, at: int) -> DataView:
    """The page; that the reasons were read is written to the audit trail."""
    held = _held(db, vault, words, who)
    for one in held:
        audit.record(db, "hold.read", one.id, actor=who.id, organisation_id=who.organisation_id)
    soon = [said for _, said in all_vanishing_soon(db, words, who.organisation_id, at=at)]
    of = who.organisation_id
    return DataView(days_of(db, of), trail_days_of(db, of), held, soon)


def request_of(db: Transaction, who: Counsellor, number: str) -> str:
    """The id of the one request of `who`'s organisation with this number. Raises 422 for none and for more than one."""
    wanted, of = number.strip().lower(), support_request.c
    if _NUMBER.fullmatch(wanted):
        found = sa.select(of.id).where(of.organisation_id == who.organisation_id, of.id.startswith(wanted))
        ids = db.execute(found.limit(2)).scalars().all()
        if len(ids) == 1:
            return str(ids[0])
    raise Refused(422, "bad_number", fields={"number": "unknown"})


def _held(db: Transaction, vault: Vault, words: Words, who: Counsellor) -> Sequence[HeldView]:
    of = support_request.c
    mine = sa.and_(of.organisation_id == who.organisation_id, legal_hold.c.lifted_at.is_(None))
    joined = sa.select(of.id).join(legal_hold, legal_hold.c.request_id == of.id).where(mine).distinct()
    ids = db.execute(joined.limit(_MOST)).scalars().all()
    found = sorted(holds_on(db, vault, ids).items(), key=lambda pair: (pair[1].placed_at, pair[0]))
    return [
        HeldView(
            id,
            id[:6],
            words("data.hold.one", number=id[:6], moment=words.moment(hold.placed_at), reason=hold.reason),
        )
        for id, hold in found
    ]
