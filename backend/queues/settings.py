"""How an organisation works its queues: opening hours, promises, load and how long a handover may take."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import sqlalchemy as sa

from backend.db import Transaction, now
from backend.queues.models import absence, desk_setting
from backend.queues.working_time import USUAL, WorkingTime, read_hours
from knowledge.holidays import HolidayRegion


@dataclass(frozen=True, slots=True)
class DeskSetting:
    """Hours are working hours, days working days. Without `most_claims` a counsellor may have any number at once."""

    opening_hours: str = USUAL
    holiday_region: HolidayRegion | None = None
    first_answer_hours: int = 8
    next_answer_hours: int = 16
    claim_hours: int = 16
    handover_days: int = 10
    most_claims: int | None = None

    @property
    def working_time(self) -> WorkingTime:
        """The organisation's calendar."""
        return read_hours(self.opening_hours, self.holiday_region)


def setting_of(db: Transaction, organisation_id: str) -> DeskSetting:
    """The organisation's setting, or the defaults."""
    row = db.execute(sa.select(desk_setting).where(desk_setting.c.organisation_id == organisation_id)).first()
    if row is None:
        return DeskSetting()
    return DeskSetting(**{name: getattr(row, name) for name in DeskSetting.__slots__})


def change_setting(db: Transaction, organisation_id: str, **changes: Any) -> DeskSetting:
    """Changes what is named; raises `BadHours` for opening hours that cannot be read."""
    new = replace(setting_of(db, organisation_id), **changes)
    read_hours(new.opening_hours)
    values = {**asdict(new), "changed_at": now()}
    changed = sa.update(desk_setting).where(desk_setting.c.organisation_id == organisation_id).values(**values)
    if db.execute(changed).rowcount == 0:
        db.execute(sa.insert(desk_setting), {"organisation_id": organisation_id, **values})
    return new


def be_away(db: Transaction, counsellor_id: str, *, until: int | None, stand_in: str | None = None) -> None:
    """The counsellor is away until a moment (microseconds UTC) and somebody stands in, or they are there again."""
    db.execute(sa.delete(absence).where(absence.c.counsellor_id == counsellor_id))
    if until is not None:
        db.execute(sa.insert(absence), {"counsellor_id": counsellor_id, "back_at": until, "stand_in_id": stand_in})


def away_until(db: Transaction, counsellor_id: str, *, at: int) -> int | None:
    """When the counsellor is back, or None when they are there."""
    found = sa.select(absence.c.back_at).where(absence.c.counsellor_id == counsellor_id, absence.c.back_at > at)
    return db.execute(found).scalar_one_or_none()


def stand_in_of(db: Transaction, counsellor_id: str) -> str | None:
    """Who was named to help in the place of this counsellor."""
    found = sa.select(absence.c.stand_in_id).where(absence.c.counsellor_id == counsellor_id)
    return db.execute(found).scalar_one_or_none()
