"""Runs migrations on the connection that `backend.migrations` hands over."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context

from backend import row_security
from backend.migrations import LOCK
from backend.schema import metadata

connection: sa.Connection = context.config.attributes["connection"]
if connection.dialect.name == "postgresql":
    # whoever starts waits here, also for a restore, which makes the tables and fills them in one transaction
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
    connection.execute(sa.text("create schema if not exists keys"))
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    include_schemas=True,
    # an index over expressions reads back in the database's own words, so that no comparison holds
    include_object=lambda _thing, name, _kind, _reflected, _other: name != "ix_support_request_list",
    include_name=lambda name, kind, _parents: kind != "schema" or name in (None, "keys"),
)
with context.begin_transaction():
    row_security.release(connection)
    context.run_migrations()
