"""The schema's history, and bringing a database up to date with it."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

_LOCK = 5_937_261


def config(connection: sa.Connection | None = None) -> Config:
    """Alembic's configuration, without a file; migrations run on the given connection."""
    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent))
    settings.attributes["connection"] = connection
    return settings


def upgrade(engine: sa.Engine) -> None:
    """Brings the schema up to date; of several processes that start together one does it and the others wait."""
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        command.upgrade(config(connection), "head")
        connection.commit()


def is_current(connection: sa.Connection) -> bool:
    """Whether the schema is the one this code knows."""
    head = ScriptDirectory.from_config(config()).get_current_head()
    return MigrationContext.configure(connection).get_current_revision() == head
