"""Moments in the person's own time: on which instant a day's message is due, and when nothing is sent at all."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from backend.dutch_time import AMSTERDAM

_AT = time(16, 30)
"""After school and before the evening."""
_FIRST, _LAST = time(9, 0), time(20, 0)


def due_moment(day: date, zone: ZoneInfo = AMSTERDAM) -> int:
    """When the message of this day is due: microseconds since 1970 in UTC, whatever the clocks do in that night."""
    return _microseconds(datetime.combine(day, _AT, zone))


def next_allowed(at: int, zone: ZoneInfo = AMSTERDAM) -> int:
    """The first moment from `at` on that is not in the quiet hours (20:00 to 9:00)."""
    local = datetime.fromtimestamp(at / 1_000_000, zone)
    if local.time() < _FIRST:
        return _microseconds(datetime.combine(local.date(), _FIRST, zone))
    if local.time() >= _LAST:
        return _microseconds(datetime.combine(local.date() + timedelta(days=1), _FIRST, zone))
    return at


def _microseconds(moment: datetime) -> int:
    return int(moment.astimezone(UTC).timestamp()) * 1_000_000
