"""Stored moments (microseconds since 1970 in UTC) as the clock in the Netherlands shows them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def in_amsterdam(at: int) -> datetime:
    """A stored moment, with the Dutch time zone."""
    return datetime.fromtimestamp(at / 1_000_000, AMSTERDAM)
