"""How every connection to PostgreSQL is made: a server that fell silent is noticed within about ten seconds.

A machine that is gone is noticed by TCP. A server that is frozen is not: its kernel goes on confirming what it gets. So who
waits long for an answer comes in once more, and gives up where nothing is said to that; a statement that is only slow is
waited for.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Any, TypeVar

T = TypeVar("T")

CONNECTING: dict[str, Any] = {
    "connect_timeout": 3,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    "client_encoding": "utf8",
}
"""Seconds, but for the last of them: milliseconds."""

BUSY = ("55P03", "40P01")
"""The codes for a lock that was not had in time, and for a deadlock that was broken."""

SILENT_SECONDS = 6.0
"""So long an answer is waited for without a question: longer than for a lock."""


def watch(driver: Any) -> None:
    """From now on this connection of psycopg closes itself, and raises `OperationalError`, where its server is frozen.

    Nobody knows then whether a commit that was under way is done, as after any connection that is lost.
    """
    wait = driver.wait
    driver.wait = lambda work, *how, **more: wait(_watched(driver, work), *how, **more)


def check_encoding(driver: Any) -> None:
    """Raises `OperationalError` for a database that would keep words as bytes without a meaning."""
    from psycopg import OperationalError  # only where PostgreSQL is used

    encoding = driver.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        driver.close()
        raise OperationalError(f"its encoding is {encoding}: make one with ENCODING 'UTF8' TEMPLATE template0")


def _watched(driver: Any, work: Generator[Any, Any, T]) -> Generator[Any, Any, T]:
    """The steps of `work`, which tell what is waited for; what is sent to them is false where nothing came for a moment."""
    since = time.monotonic()
    try:
        step = next(work)
        while True:
            ready = yield step
            if not ready and time.monotonic() - since > SILENT_SECONDS:
                _ask_for_life(driver)
                since = time.monotonic()
            step = work.send(ready)
    except StopIteration as end:
        result: T = end.value
        return result


def _ask_for_life(driver: Any) -> None:
    """Raises `OperationalError`, the connection closed, where the server says nothing to somebody who comes in."""
    from psycopg import Connection, OperationalError  # only where PostgreSQL is used
    from psycopg.errors import ConnectionTimeout

    try:
        Connection.connect(driver.info.dsn, password=driver.info.password).close()
    except ConnectionTimeout:
        driver.close()
        raise
    except OperationalError:
        return  # it answered, and be it that there are too many
