"""The empty database that rows go into: in one transaction, so that it is whole in the end or as it was before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from backend import row_security
from backend.db import metadata
from backend.engines import commits_files_together, make_engine
from backend.migrations import LOCK, run, serves


class CannotRestore(Exception):
    """The backup cannot go into this database; the message says why."""


@contextmanager
def filling(url: str) -> Iterator[sa.Connection]:
    """A transaction with the empty tables of this release. Tables and rows are committed together when the block ends;
    whoever is cut off before that, and be it by a kill, leaves what was there. Raises `CannotRestore` where there is
    something already, or where somebody has the files open.
    """
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            _check_empty(connection)
            connection.rollback()
            if connection.dialect.name == "sqlite" and not commits_files_together(connection):
                raise CannotRestore("somebody has this database open: stop what uses it first")
            with connection.begin():
                if connection.dialect.name == "postgresql":
                    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
                    _check_empty(connection)  # while it waited another restore may have come first
                if not serves(connection):
                    run(connection, "head")
                    row_security.guard(connection, metadata)
                yield connection
    finally:
        engine.dispose()


def _check_empty(connection: sa.Connection) -> None:
    there = sa.inspect(connection)
    used = [
        table.fullname
        for table in metadata.tables.values()
        if there.has_table(table.name, schema=table.schema)
        if connection.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first()
    ]
    if used:
        raise CannotRestore(f"this database is not empty: there are rows in {', '.join(sorted(used)[:3])}")
