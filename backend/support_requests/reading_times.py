"""When somebody at an organisation is there to read, as the person is told."""

from __future__ import annotations

import sqlalchemy as sa

from backend.db import Transaction
from backend.dutch_time import in_amsterdam
from backend.organisations.models import organisation
from backend.queues.settings import setting_of
from dialogs.news import Opening


def opening(db: Transaction, organisation_id: str, *, at: int) -> Opening:
    """Until when the organisation is open now, or when it opens again."""
    working = setting_of(db, organisation_id).working_time
    name = db.execute(sa.select(organisation.c.name).where(organisation.c.id == organisation_id)).scalar_one()
    open_now = working.opened(at)
    moment = in_amsterdam(open_now[1] if open_now else working.next_opening(at))
    return Opening(name, f"{moment:%H:%M}", None if open_now else moment.date())
