"""Until when a request may wait: what the organisation promised, counted in its own working hours."""

from __future__ import annotations

from backend.db import Transaction
from backend.queues.settings import DeskSetting, setting_of


def promised(setting: DeskSetting, since: int, *, answered: bool) -> int:
    """Until when somebody who waits since then was promised an answer (microseconds UTC)."""
    hours = setting.next_answer_hours if answered else setting.first_answer_hours
    return setting.working_time.after_hours(since, hours)


def answer_by(db: Transaction, organisation_id: str, since: int, *, answered: bool = False) -> int:
    """The same, by the organisation's setting."""
    return promised(setting_of(db, organisation_id), since, answered=answered)


def claim_ends(db: Transaction, organisation_id: str, since: int) -> int:
    """Until when a counsellor who took a request may leave the person without an answer."""
    setting = setting_of(db, organisation_id)
    return setting.working_time.after_hours(since, setting.claim_hours)
