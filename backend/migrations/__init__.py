"""The schema's history, and bringing a database up to date with it.

Alembic is loaded only when there is something to migrate: a start with a current schema does without it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from backend import row_security
from backend.engines import commits_files_together
from backend.postgres import BUSY

if TYPE_CHECKING:
    from alembic.config import Config

_log = logging.getLogger(__name__)
_FOLDER = Path(__file__).parent
LOCK = 5_937_261
"""PostgreSQL's advisory lock of whoever changes the schema."""
_PATIENCE = "set local lock_timeout = '2s'"
"""Who waits for a table keeps everybody behind it waiting too: so not for long, and then once more."""
_TRIES = 60
_VERSION = sa.table("alembic_version", sa.column("version_num"))


def config(connection: sa.Connection | None = None) -> Config:
    """Alembic's configuration, without a file; migrations run on the given connection."""
    from alembic.config import Config

    settings = Config()
    settings.set_main_option("script_location", str(_FOLDER))
    settings.attributes["connection"] = connection
    return settings


def upgrade(engine: sa.Engine, revision: str | None = None) -> None:
    """Brings the schema up to date (or to a revision); of several processes that start together one does it and the others
    wait. A schema that is newer already is left alone: it only has more than this release knows.

    While another release serves the same database its turns wait for two seconds at most: what cannot have a table by then
    lets go and tries again.
    """
    for left in reversed(range(_TRIES)):
        try:
            _upgrade(engine, revision)
        except OperationalError as error:
            if left == 0 or getattr(error.orig, "sqlstate", None) not in BUSY:
                raise
            _log.info("the database is busy; its schema is changed in a moment")
            time.sleep(0.2)
        else:
            return


def _upgrade(engine: sa.Engine, revision: str | None) -> None:
    with engine.connect() as connection:
        if _is_done(connection):
            return
        with _references_unchecked(connection):
            if connection.dialect.name == "postgresql":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
                if _is_done(connection):
                    return
                connection.exec_driver_sql(_PATIENCE)
            if not serves(connection):
                run(connection, revision or "head")
            row_security.guard(connection, _tables())
            connection.commit()


def run(connection: sa.Connection, revision: str) -> None:
    """Runs the migrations up to this revision, all inside the transaction of this connection, which the caller commits."""
    from alembic import command

    if connection.dialect.name != "sqlite":
        command.upgrade(config(connection), revision)
        return
    sa.event.listen(connection, "before_cursor_execute", _stay_inside, retval=True)
    try:
        command.upgrade(config(connection), revision)
    finally:
        sa.event.remove(connection, "before_cursor_execute", _stay_inside)
    if connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise RuntimeError("a migration left rows that refer to nothing")


def _stay_inside(
    _connection: sa.Connection, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool
) -> tuple[str, Any]:
    """Migration 0014 commits on SQLite in its midst, since references are checked until then and must not be while a table
    is made anew. Who was killed after it had half a schema that no start could finish: here nothing is checked anyway."""
    return ("SELECT 1" if statement in ("COMMIT", "BEGIN IMMEDIATE") else statement), parameters


@contextmanager
def _references_unchecked(connection: sa.Connection) -> Iterator[None]:
    """SQLite changes a constraint only by making the table anew; that must not take along what points to its rows. It is
    heard only outside a transaction."""
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name != "sqlite":
        yield
        return
    connection.rollback()
    commits_files_together(connection)  # or who is killed at the first start of all has tables and no table of keys
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        connection.rollback()
        driver.execute("PRAGMA foreign_keys=ON")


def _is_done(connection: sa.Connection) -> bool:
    return serves(connection) and row_security.stands(connection)


def serves(connection: sa.Connection) -> bool:
    """Whether this code can work on the schema: it is the one it knows, or a newer one, which only added to it."""
    return _there(connection) and still_serves(connection)


def still_serves(connection: sa.Connection) -> bool:
    """The same, of a database that has a schema."""
    found = _revision(connection)
    return found is not None and int(found) >= int(head())


def is_current(connection: sa.Connection) -> bool:
    """Whether the schema is the one this code knows."""
    return _there(connection) and _revision(connection) == head()


def _there(connection: sa.Connection) -> bool:
    return sa.inspect(connection).has_table(_VERSION.name)


def _revision(connection: sa.Connection) -> str | None:
    found: str | None = connection.execute(sa.select(_VERSION.c.version_num)).scalar_one_or_none()
    return found


def _tables() -> sa.MetaData:
    from backend.schema import metadata

    return metadata


@cache
def head() -> str:
    """The newest revision: migrations are numbered, so it is the last file's number."""
    return max(path.name.partition("_")[0] for path in (_FOLDER / "versions").glob("[0-9]*.py"))
