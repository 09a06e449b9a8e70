"""Whose rows a transaction may touch: every statement on a table of organisations gets its organisation, whatever it asks.

What a counsellor does runs inside their organisation. `within` writes the organisation into each statement, wherever a
table of organisations stands in it; PostgreSQL says the same once more for each row (`backend/row_security.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import visitors
from sqlalchemy.sql.dml import Delete, Insert, Update
from sqlalchemy.sql.selectable import Alias, Join

acting_for: ContextVar[str | None] = ContextVar("acting_for", default=None)
"""The organisation of the counsellor whose request this is; None for the service itself: persons, the worker, commands."""

_OWNER = "organisation_id"
_OTHER_OWNERS: Mapping[str, Sequence[str]] = {"handover": ("from_organisation_id", "to_organisation_id")}
_SHARED: Mapping[str, str] = {
    "organisation_area": "which municipality an organisation serves is public",
    "follow_up": "the person's own; the organisation is where an answer leads back to",
    "transition_sending": "the person's own; the organisation is who received it, and the school sees that it arrived",
}
"""Tables with an organisation in them that are not an organisation's own, and why."""


class NoOrganisation(Exception):
    """A statement that cannot be kept inside an organisation: text, or a row of another one."""


def owners(table: sa.FromClause) -> Sequence[str]:
    """The columns of a table that say whose its rows are; () for a table that is nobody's."""
    if not isinstance(table, sa.Table) or table.name in _SHARED:
        return ()
    return _OTHER_OWNERS.get(table.name, (_OWNER,) if _OWNER in table.c else ())


def within(statement: sa.Executable, organisation_id: str) -> sa.Executable:
    """The same statement on the rows of one organisation. Raises `NoOrganisation` for SQL text."""
    if isinstance(statement, sa.TextClause):
        raise NoOrganisation("SQL text cannot be kept inside an organisation")
    if not isinstance(statement, sa.Select | sa.CompoundSelect | Update | Delete):
        return statement

    def narrow(element: Any) -> None:
        _NARROW[element.__visit_name__](element, organisation_id)

    return visitors.cloned_traverse(statement, {}, dict.fromkeys(_NARROW, narrow))


def _narrow_select(select: Any, organisation_id: str) -> None:
    """Each table it reads from, outside joins in its own condition, on the right of a join in that of the join."""
    joined = {table for start in select._from_obj for table in _right_sides(start)}
    joined |= {target for target, *_ in select._setup_joins}
    parts = (*select._raw_columns, *select._where_criteria)
    read = [*map(_leftmost, select._from_obj), *(table for part in parts for table in part._from_objects)]
    for table in dict.fromkeys(read):
        if table not in joined:
            _add(select, _condition(table, organisation_id))
    select._setup_joins = tuple(_narrow_step(select, step, organisation_id) for step in select._setup_joins)


def _narrow_step(select: Any, step: Any, organisation_id: str) -> Any:
    """One `.join()` of a select that was not made into a join yet."""
    target, onclause, start, flags = step
    condition = _condition(target, organisation_id)
    if condition is None:
        return step
    if onclause is not None:
        return target, sa.and_(onclause, condition), start, flags
    if flags["isouter"] or flags["full"]:
        raise NoOrganisation("an outer join without a condition of its own")
    _add(select, condition)
    return step


def _narrow_join(join: Any, organisation_id: str) -> None:
    condition = _condition(join.right, organisation_id)
    if condition is not None:
        join.onclause = sa.and_(join.onclause, condition)


def _narrow_change(change: Any, organisation_id: str) -> None:
    _add(change, _condition(change.table, organisation_id))


_NARROW: Mapping[str, Callable[[Any, str], None]] = {
    "select": _narrow_select,
    "update": _narrow_change,
    "delete": _narrow_change,
    "join": _narrow_join,
}


def check_insert(statement: sa.Executable, parameters: Any, organisation_id: str) -> None:
    """Raises `NoOrganisation` for a new row that would be another organisation's."""
    if not isinstance(statement, Insert) or not owners(statement.table):
        return
    for row in _rows(statement, parameters):
        found = {row[name] for name in owners(statement.table) if row.get(name) is not None}
        if found and organisation_id not in found:
            raise NoOrganisation(f"a row of {statement.table} for another organisation")


def _rows(statement: Insert, parameters: Any) -> Iterator[Mapping[str, Any]]:
    if parameters is None:
        values = statement.compile().params
        yield {key: value for key, value in values.items() if isinstance(key, str)}
    elif isinstance(parameters, Mapping):
        yield parameters
    else:
        yield from parameters


def _leftmost(table: Any) -> Any:
    while isinstance(table, Join):
        table = table.left
    return table


def _right_sides(table: Any) -> Iterator[Any]:
    while isinstance(table, Join):
        yield table.right
        table = table.left


def _condition(table: Any, organisation_id: str) -> sa.ColumnElement[bool] | None:
    """That rows of this table (or of an alias of one) are the organisation's; None for a table that is nobody's."""
    original = table.element if isinstance(table, Alias) else table
    names = owners(original) if isinstance(original, sa.FromClause) else ()
    if not names:
        return None
    return sa.or_(*(table.c[name] == organisation_id for name in names))


def _add(statement: Any, condition: sa.ColumnElement[bool] | None) -> None:
    if condition is not None:
        statement._where_criteria += (condition,)
