"""Whether what was in a database before a change of its schema is there after it, value for value."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import sqlalchemy as sa

Columns = Mapping[str, tuple[str, ...]]
_STEP = 2_000
_WHOLE = 1 << 128
_BOOKKEEPING = "alembic_version"


def columns_of(connection: sa.Connection) -> Columns:
    """The columns of each table that is there, by the table's full name."""
    found = sa.inspect(connection)
    names: list[tuple[str, str | None]] = [(name, None) for name in found.get_table_names() if name != _BOOKKEEPING]
    names += [(name, "keys") for name in found.get_table_names(schema="keys")]
    return {
        f"{schema}.{name}" if schema else name: tuple(sorted(one["name"] for one in found.get_columns(name, schema)))
        for name, schema in names
    }


def kept(before: Columns, after: Columns) -> Columns:
    """The columns of before that are there after."""
    return {
        table: tuple(name for name in columns if name in after[table])
        for table, columns in before.items()
        if table in after
    }


def gone(before: Columns, after: Columns) -> int:
    """How many columns are not there any more."""
    return sum(name not in after.get(table, ()) for table, columns in before.items() for name in columns)


def contents_of(connection: sa.Connection, columns: Columns) -> dict[str, tuple[int, int]]:
    """For each table its number of rows and a hash of these columns that does not depend on the rows' order."""
    return {table: _content(connection, table, names) for table, names in columns.items()}


def broken_keys(connection: sa.Connection) -> int:
    """Rows that point at nothing (SQLite), or foreign keys that PostgreSQL does not vouch for."""
    if connection.dialect.name == "sqlite":
        return len(connection.exec_driver_sql("pragma foreign_key_check").all())
    unproved = "select count(*) from pg_constraint where contype = 'f' and not convalidated"
    return int(connection.exec_driver_sql(unproved).scalar_one())


def _content(connection: sa.Connection, table: str, names: tuple[str, ...]) -> tuple[int, int]:
    rows, total = 0, 0
    schema, _, plain = table.rpartition(".")
    statement: sa.Executable = sa.select(*map(sa.column, names)).select_from(sa.table(plain, schema=schema or None))
    for row in connection.execute(statement.execution_options(yield_per=_STEP)):
        digest = hashlib.blake2b(repr(tuple(row)).encode(), digest_size=16).digest()
        total = (total + int.from_bytes(digest, "big")) % _WHOLE
        rows += 1
    return rows, total
