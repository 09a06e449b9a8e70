"""Every row of a database out of it and into another, whichever kind, and whether two hold the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice

import sqlalchemy as sa

from backend.backups.archive import Row, TableRows, encode
from backend.db import metadata

_STEP = 1_000
_WHOLE = 1 << 256

Keep = Callable[[str, Mapping[str, object]], bool]
"""Whether a row of this table (by its full name) is taken along."""


def snapshot(connection: sa.Connection) -> sa.Connection:
    """The connection with a transaction that sees one moment, whatever is written meanwhile."""
    if connection.dialect.name == "postgresql":
        return connection.execution_options(isolation_level="REPEATABLE READ", stream_results=True)
    return connection


def read_tables(connection: sa.Connection) -> Iterator[TableRows]:
    """All tables of the schema of today, those first that others point at."""
    for table in metadata.sorted_tables:
        found = connection.execute(sa.select(table).execution_options(yield_per=_STEP))
        yield TableRows(table.fullname, tuple(table.c.keys()), (tuple(row) for row in found))


def sift(tables: Iterable[TableRows], keep: Keep) -> Iterator[TableRows]:
    """The tables with those rows alone that are to be kept."""
    for table in tables:
        kept = (row for row in table.rows if keep(table.name, dict(zip(table.columns, row, strict=True))))
        yield TableRows(table.name, table.columns, kept)


def write_tables(connection: sa.Connection, tables: Iterable[TableRows]) -> int:
    """Puts the rows into the empty tables that are there, a step of rows at a time; how many."""
    total = 0
    for table in tables:
        into = _table(connection, table.name)
        rows = (dict(zip(table.columns, row, strict=True)) for row in table.rows)
        while step := list(islice(rows, _STEP)):
            connection.execute(sa.insert(into), step)
            total += len(step)
    for known in metadata.sorted_tables:
        _count_on(connection, known)
    return total


def _table(connection: sa.Connection, name: str) -> sa.TableClause:
    """The table as it is there: a backup of an older release has the columns of then."""
    schema, _, plain = name.rpartition(".")
    there = sa.inspect(connection).get_columns(plain, schema or None)
    return sa.table(plain, *(sa.column(one["name"], one["type"]) for one in there), schema=schema or None)


def _count_on(connection: sa.Connection, table: sa.Table) -> None:
    """PostgreSQL numbers new rows from where its own counter stands: after the rows that came in."""
    column = table.autoincrement_column
    if column is None or connection.dialect.name != "postgresql" or not sa.inspect(connection).has_table(table.name):
        return
    largest = connection.execute(sa.select(sa.func.max(column))).scalar()
    counter = sa.func.pg_get_serial_sequence(table.fullname, column.name)
    if largest:
        connection.execute(sa.select(sa.func.setval(counter, largest)))


def contents(connection: sa.Connection) -> dict[str, str]:
    """For each table how many rows and a hash of them that does not depend on their order."""
    return {table.name: _content(table.rows) for table in read_tables(connection)}


def _content(rows: Iterable[Row]) -> str:
    count, total = 0, 0
    for row in rows:
        line = json.dumps(encode(row), sort_keys=True).encode()
        total = (total + int.from_bytes(hashlib.sha256(line).digest(), "big")) % _WHOLE
        count += 1
    return f"{count}:{total:064x}"
