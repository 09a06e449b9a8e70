"""Making the engines: how SQLite and PostgreSQL are opened, and a `Database` from a URL."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from backend.db import Database, PostgresDatabase, SqliteDatabase

_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA busy_timeout=5000",
    "PRAGMA foreign_keys=ON",
    "PRAGMA trusted_schema=OFF",
    "PRAGMA secure_delete=ON",
)


_log = logging.getLogger("sqlalchemy.engine")


def open_database(url: str) -> Database:
    """The database behind a URL: `sqlite:///file.db` or `postgresql://…`. The schema must be there already."""
    if url.startswith("sqlite"):
        return SqliteDatabase(sqlite_engine(url, pool_size=1), sqlite_engine(url, pool_size=4, read_only=True))
    return PostgresDatabase(postgres_engine(url))


def make_engine(url: str) -> sa.Engine:
    """An engine for migrations and commands."""
    return sqlite_engine(url, pool_size=1) if url.startswith("sqlite") else postgres_engine(url)


def postgres_engine(url: str) -> sa.Engine:
    """PostgreSQL through psycopg; waits at most three seconds for a connection."""
    _log_no_rows()
    return sa.create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        pool_size=12,
        max_overflow=0,
        pool_timeout=3,
        connect_args={"connect_timeout": 3},
        hide_parameters=True,
    )


def key_file_of(url: str) -> str:
    """Where the wrapped keys of persons lie: a database file of their own beside the main one."""
    path = Path(make_url(url).database or "")
    return str(path.with_name(f"{path.stem}-keys{path.suffix}"))


def sqlite_engine(url: str, *, pool_size: int, read_only: bool = False) -> sa.Engine:
    """SQLite: WAL, synchronous FULL, writers begin IMMEDIATE, the key store attached as schema `keys`."""
    _log_no_rows()
    engine = sa.create_engine(url, pool_size=pool_size, max_overflow=0, pool_timeout=60, hide_parameters=True)
    keys = key_file_of(url)

    @sa.event.listens_for(engine, "connect")
    def _open(driver: Any, _record: Any) -> None:
        driver.isolation_level = None
        driver.execute("ATTACH DATABASE ? AS keys", (keys,))
        for pragma in _PRAGMAS:
            driver.execute(pragma)
        driver.execute("PRAGMA keys.journal_mode=WAL")
        driver.execute("PRAGMA keys.synchronous=FULL")
        driver.execute("PRAGMA keys.secure_delete=ON")
        if read_only:
            driver.execute("PRAGMA query_only=1")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine


def _log_no_rows() -> None:
    """At its most talkative the library logs every row it reads, tokens of sessions among them."""
    _log.setLevel(max(_log.getEffectiveLevel(), logging.WARNING))
