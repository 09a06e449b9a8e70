"""Runs migrations on the connection that `backend.migrations` hands over."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context

from backend.schema import metadata

connection: sa.Connection = context.config.attributes["connection"]
if connection.dialect.name == "postgresql":
    connection.execute(sa.text("create schema if not exists keys"))
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    include_schemas=True,
    include_name=lambda name, kind, _parents: kind != "schema" or name in (None, "keys"),
)
with context.begin_transaction():
    context.run_migrations()
