"""Making the engines: how SQLite and PostgreSQL are opened, and a `Database` from a URL."""

from __future__ import annotations

import logging
import sqlite3
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from backend.db import Database, PostgresDatabase, SqliteDatabase
from backend.postgres import CONNECTING, check_encoding, watch

_OF_EACH_FILE = ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON")
_OF_THE_CONNECTION = ("busy_timeout=5000", "foreign_keys=ON", "trusted_schema=OFF")

_log = logging.getLogger("sqlalchemy.engine")


def open_database(url: str) -> Database:
    """The database behind a URL: `sqlite:///file.db` or `postgresql://…`. The schema must be there already."""
    if url.startswith("sqlite"):
        return SqliteDatabase(sqlite_engine(url, pool_size=1), sqlite_engine(url, pool_size=4, read_only=True))
    return PostgresDatabase(postgres_engine(url, patient=False))


def make_engine(url: str) -> sa.Engine:
    """An engine for migrations and commands."""
    return sqlite_engine(url, pool_size=1, changes_schema=True) if url.startswith("sqlite") else postgres_engine(url)


def postgres_engine(url: str, *, patient: bool = True) -> sa.Engine:
    """PostgreSQL through psycopg; waits at most three seconds for a connection and, where it is not `patient`, five for a
    lock, as on SQLite; a server that fell silent is given up after ten."""
    _log_no_rows()
    engine = sa.create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        pool_size=12,
        max_overflow=0,
        pool_timeout=3,
        connect_args=CONNECTING,
        hide_parameters=True,
    )
    sa.event.listen(engine, "connect", _watch)
    if not patient:
        sa.event.listen(engine, "connect", _limit_waiting)
    return engine


def _watch(driver: Any, _record: Any) -> None:
    check_encoding(driver)
    watch(driver)


def _limit_waiting(driver: Any, _record: Any) -> None:
    driver.autocommit = True
    driver.execute("set lock_timeout = '5s'")
    driver.autocommit = False


def key_file_of(url: str) -> str:
    """Where the wrapped keys of persons lie: a database file of their own beside the main one."""
    path = Path(make_url(url).database or "")
    return str(path.with_name(f"{path.stem}-keys{path.suffix}"))


def sqlite_engine(url: str, *, pool_size: int, read_only: bool = False, changes_schema: bool = False) -> sa.Engine:
    """SQLite: WAL, synchronous FULL, writers begin IMMEDIATE; two files, the schemas `keys` and `data`.

    A commit is whole in each file, but not over both: a process that is killed in between has stored the first alone. That
    is the one that was attached first: so nothing is ever stored for somebody whose key is not. Only who changes the schema
    has the data as `main`, where new tables go.
    """
    _log_no_rows()
    files = {"keys": key_file_of(url), "data": make_url(url).database or ""}
    main = files.pop("data") if changes_schema else ":memory:"
    engine = sa.create_engine(
        url,
        creator=partial(sqlite3.connect, main, check_same_thread=False),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=60,
        hide_parameters=True,
    )

    @sa.event.listens_for(engine, "connect")
    def _open(driver: Any, _record: Any) -> None:
        driver.isolation_level = None
        for name, path in files.items():
            driver.execute(f"ATTACH DATABASE ? AS {name}", (path,))
        for name in ("main", *files):
            for pragma in _OF_EACH_FILE:
                driver.execute(f"PRAGMA {name}.{pragma}")
        for pragma in _OF_THE_CONNECTION:
            driver.execute(f"PRAGMA {pragma}")
        if read_only:
            driver.execute("PRAGMA query_only=1")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine


def commits_files_together(connection: sa.Connection) -> bool:
    """Lets SQLite commit data and keys both or not at all, which it does not with write-ahead logs, until the files are
    opened anew; whether it could: not while somebody else has them open. Outside a transaction."""
    driver: Any = connection.connection.driver_connection
    try:
        for name in ("main", "keys"):
            driver.execute(f"PRAGMA {name}.journal_mode=DELETE")
    except sqlite3.OperationalError:
        return False
    return True


def _log_no_rows() -> None:
    """At its most talkative the library logs every row it reads, tokens of sessions among them."""
    _log.setLevel(max(_log.getEffectiveLevel(), logging.WARNING))
