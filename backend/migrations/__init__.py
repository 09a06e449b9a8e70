"""The schema's history, and bringing a database up to date with it.

Alembic is loaded only when there is something to migrate: a start with a current schema does without it.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from backend import row_security

if TYPE_CHECKING:
    from alembic.config import Config

_FOLDER = Path(__file__).parent
_LOCK = 5_937_261
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
    wait."""
    with engine.connect() as connection:
        if is_current(connection):
            return
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        from alembic import command

        command.upgrade(config(connection), revision or "head")
        row_security.guard(connection, _tables())
        connection.commit()


def is_current(connection: sa.Connection) -> bool:
    """Whether the schema is the one this code knows."""
    if not sa.inspect(connection).has_table(_VERSION.name):
        return False
    return connection.execute(sa.select(_VERSION.c.version_num)).scalar_one_or_none() == head()


def _tables() -> sa.MetaData:
    from backend.schema import metadata

    return metadata


@cache
def head() -> str:
    """The newest revision: migrations are numbered, so it is the last file's number."""
    return max(path.name.partition("_")[0] for path in (_FOLDER / "versions").glob("[0-9]*.py"))
