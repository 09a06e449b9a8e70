"""Statements of the path of a turn and of its delivery, compiled once: each run then costs the driver's time and no more.

A Core statement costs five times the driver's work to execute (compilation cache, context, result wrapping). That is
nothing at the desk and a fifth of a turn, so the handful of statements that every turn runs are prepared here. What a turn
writes goes to PostgreSQL as one statement: each way there and back costs as much as the writing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import make_dataclass
from functools import cache
from itertools import groupby
from operator import itemgetter, methodcaller
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

Parameters = Mapping[str, Any]
_ONE, _EVERY = methodcaller("fetchone"), methodcaller("fetchall")
_STATEMENT = itemgetter(0)


Write = tuple["Prepared", Parameters]
"""An insert or update, and its parameters."""

_NAMED = re.compile(r"%\((\w+)\)s")


class Prepared:
    """A Core statement with named parameters and constants of its own. Values must be what the drivers take as they are: no
    type processing."""

    def __init__(self, statement: sa.Select[Any] | sa.sql.dml.UpdateBase, *columns: str) -> None:
        self._statement = statement
        self._columns = columns
        self._compiled: dict[str, tuple[str, Callable[[Parameters], Any], Any]] = {}

    def run(self, connection: sa.Connection, parameters: Parameters) -> int:
        """Executes it once; the number of rows it touched. Raises what SQLAlchemy raises."""
        text, bind, _ = self.compiled(connection)
        driver: Any = connection.connection.driver_connection
        try:
            return int(driver.execute(text, bind(parameters)).rowcount)
        except connection.dialect.loaded_dbapi.Error as error:
            raise _as_sqlalchemy(connection, text, error) from error

    def run_many(self, connection: sa.Connection, rows: Sequence[Parameters]) -> None:
        """Executes it for each row."""
        text, bind, _ = self.compiled(connection)
        cursor = connection.connection.cursor()
        try:
            cursor.executemany(text, [bind(row) for row in rows])
        except connection.dialect.loaded_dbapi.Error as error:
            raise _as_sqlalchemy(connection, text, error) from error
        finally:
            cursor.close()

    def first(self, connection: sa.Connection, parameters: Parameters) -> Any:
        """The first row, with its columns by name, or None."""
        row, shape = self._ask(connection, parameters, _ONE)
        return None if row is None else shape(*row)

    def all(self, connection: sa.Connection, parameters: Parameters) -> list[Any]:
        """Every row, with its columns by name."""
        rows, shape = self._ask(connection, parameters, _EVERY)
        return [shape(*row) for row in rows]

    def _ask(self, connection: sa.Connection, parameters: Parameters, fetch: Callable[[Any], Any]) -> tuple[Any, Any]:
        """What is fetched of the answer, and the shape of a row."""
        text, bind, shape = self.compiled(connection)
        driver: Any = connection.connection.driver_connection
        try:
            return fetch(driver.execute(text, bind(parameters))), shape
        except connection.dialect.loaded_dbapi.Error as error:
            raise _as_sqlalchemy(connection, text, error) from error

    def compiled(self, connection: sa.Connection) -> tuple[str, Callable[[Parameters], list[Any]], Any]:
        """Its text on this database, how parameters are put in their order, and the shape of a row."""
        dialect = connection.dialect
        found = self._compiled.get(dialect.name)
        if found is None:
            found = self._compiled[dialect.name] = self._compile(dialect)
        return found

    def _compile(self, dialect: sa.engine.Dialect) -> tuple[str, Callable[[Parameters], Any], Any]:
        names = list(self._columns) or None
        statement = self._statement
        if isinstance(statement, sa.Insert):
            statement = statement.inline()  # nobody asks for the id that the database gives it
        compiled = statement.compile(dialect=dialect, column_keys=names)
        shape = _shape(statement) if isinstance(statement, sa.Select) else None
        own = {name: one.value for one, name in compiled.bind_names.items() if not one.required}
        text, order = str(compiled), compiled.positiontup
        if order is None:
            text, order = _NAMED.sub("%s", text), _NAMED.findall(text)
        return text, lambda parameters: _in_order(order, {**own, **parameters} if own else parameters), shape


def run_together(connection: sa.Connection, writes: Sequence[Write]) -> None:
    """Executes inserts and updates of which none needs to see another, nor touches a row of another."""
    parts = [(one, [parameters for _, parameters in rows]) for one, rows in groupby(writes, _STATEMENT)]
    if connection.dialect.name == "sqlite" or not parts:
        for statement, rows in parts:
            statement.run_many(connection, rows)
        return
    text = _as_one(tuple([(statement.compiled(connection)[0], len(rows)) for statement, rows in parts]))
    values = [value for statement, rows in parts for row in rows for value in statement.compiled(connection)[1](row)]
    driver: Any = connection.connection.driver_connection
    try:
        driver.execute(text, values)
    except connection.dialect.loaded_dbapi.Error as error:
        raise _as_sqlalchemy(connection, text, error) from error


@cache
def _as_one(parts: Sequence[tuple[str, int]]) -> str:
    """Statements, and for how many rows each, as one of PostgreSQL: each part sees the rows as they were before, and the
    rows of one insert go in in their order."""
    *first, last = [piece for text, count in parts for piece in _for_rows(text, count)]
    before = ", ".join(f"part{number} as ({text})" for number, text in enumerate(first))
    return f"with {before} {last}" if first else last


def _for_rows(text: str, count: int) -> list[str]:
    """An insert of so many rows; an update once for each."""
    insert, values, row = text.partition(" VALUES ")
    return [insert + values + ", ".join([row] * count)] if values else [text] * count


def _in_order(order: Sequence[str], parameters: Parameters) -> list[Any]:
    return [parameters[name] for name in order]


def _shape(statement: sa.Select[Any]) -> Any:
    names = [str(column.name) for column in statement.selected_columns]
    return make_dataclass("Row", names, slots=True)


def _as_sqlalchemy(connection: sa.Connection, text: str, error: Exception) -> BaseException:
    """The error SQLAlchemy would have raised for a driver's error; a broken connection is given up."""
    dialect = connection.dialect
    if dialect.is_disconnect(error, connection.connection.driver_connection, None):  # type: ignore[arg-type]
        connection.invalidate(error)
    wrapped: BaseException = DBAPIError.instance(
        text, None, error, dialect.loaded_dbapi.Error, hide_parameters=True, dialect=dialect
    )
    return wrapped
