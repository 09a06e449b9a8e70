"""Moments in the person's own time: on which instant a day's message is due, and when nothing is sent at all."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from backend.dutch_time import AMSTERDAM

_AT = time(16, 30)
"""After school and before the evening. The question whether it may be sent names it (`follow_up.ask.time`)."""
_FIRST, _LAST = time(9, 0), time(20, 0)
_HALF_A_YEAR = timedelta(days=182)


def zone_named(name: str | None) -> ZoneInfo:
    """The zone of this name; Dutch time without one, and for one that this machine does not know."""
    return ZoneInfo(name) if name and name in _known() else AMSTERDAM


def zone_to_keep(name: str | None, *, at: int) -> str | None:
    """The name, if the clock there is ever another than the Dutch one: what makes no difference is not kept."""
    zone, moment = zone_named(name), datetime.fromtimestamp(at / 1_000_000, UTC)
    seasons = (moment, moment + _HALF_A_YEAR)
    same = all(one.astimezone(zone).utcoffset() == one.astimezone(AMSTERDAM).utcoffset() for one in seasons)
    return None if same else name


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


@cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones())
