"""What a counsellor had when their account ends: it goes back to the queues, where others see it at once."""

from __future__ import annotations

import sqlalchemy as sa

from backend.db import Transaction
from backend.errors import Refused
from backend.organisations.counsellors import Counsellor
from backend.support_requests import service
from backend.support_requests.models import support_request
from backend.vault import Vault


def give_all_back(db: Transaction, vault: Vault, who: Counsellor, *, at: int) -> None:
    """Gives back every open request of `who`; what may not be read any more is left as it is."""
    of = support_request.c
    mine = sa.select(of.id).where(
        of.organisation_id == who.organisation_id, of.claimed_by == who.id, of.status == "claimed"
    )
    for request_id in db.execute(mine.order_by(of.id)).scalars().all():
        try:
            service.release(db, vault, who, request_id, at=at)
        except Refused:
            continue
