"""How every connection to PostgreSQL is made: a server that fell silent is noticed within about ten seconds."""

from __future__ import annotations

from typing import Any

CONNECTING: dict[str, Any] = {
    "connect_timeout": 3,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""Seconds, but for the last: milliseconds."""
