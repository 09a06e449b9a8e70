"""Row security on PostgreSQL: what a desk does runs as a role that sees the rows of one organisation and no others.

The service itself (persons, the worker, commands, dumps) keeps its own role and needs no setting. Where the service's
account may not make roles, the statements alone keep organisations apart (`backend/tenancy.py`), and the log says so.
"""

from __future__ import annotations

import logging

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from backend.tenancy import owners

ROLE = "verder_desk"
_log = logging.getLogger(__name__)
_ENTER = sa.text("select set_config('verder.organisation', :organisation, true), set_config('role', :role, true)")
_LEAVE = sa.text("select set_config('role', 'none', true)")
_MAY_ENTER = sa.text(
    "select 1 from pg_roles where rolname = :role and pg_has_role(current_user, oid, 'member') "
    "and exists (select 1 from pg_policies where policyname = :role)"
)
_GUARDED = sa.text("select tablename from pg_policies where policyname = :role and schemaname = 'public'")
_THROUGH_REQUEST = {"conversation": "id", "message": "conversation_id"}
"""Tables of persons that a counsellor reaches only through a request of their organisation."""


def can_enter(connection: sa.Connection) -> bool:
    """Whether this account can take the role, and the policies are there."""
    return connection.execute(_MAY_ENTER, {"role": ROLE}).first() is not None


def stands(connection: sa.Connection) -> bool:
    """Whether there is nothing to guard any more: it stands, or this is no PostgreSQL."""
    return connection.dialect.name != "postgresql" or can_enter(connection)


def enter(connection: sa.Connection, organisation_id: str) -> None:
    """From here to the end of the transaction only rows of this organisation exist."""
    connection.execute(_ENTER, {"organisation": organisation_id, "role": ROLE})


def leave(connection: sa.Connection) -> None:
    """The rest of the transaction is the service's own again."""
    connection.execute(_LEAVE)


def guard(connection: sa.Connection, metadata: sa.MetaData) -> None:
    """Makes the role and the policies of every table that is there; runs after each change of the schema."""
    if connection.dialect.name != "postgresql":
        return
    try:
        with connection.begin_nested():
            _make_role(connection)
    except DBAPIError:
        _log.warning("row security is off: this account may not make the role %s", ROLE)
        return
    there = set(sa.inspect(connection).get_table_names())
    for table in metadata.sorted_tables:
        condition = _condition(table)
        if table.name in there and condition:
            _make_policy(connection, table.name, condition)


def release(connection: sa.Connection) -> None:
    """Takes the policies away, in the transaction that changes the schema: tables that they speak of may go then."""
    if connection.dialect.name != "postgresql":
        return
    for table in connection.execute(_GUARDED, {"role": ROLE}).scalars().all():
        connection.exec_driver_sql(f'drop policy {ROLE} on "{table}"')


def guarded(metadata: sa.MetaData) -> frozenset[str]:
    """The names of the tables that have a policy."""
    return frozenset(table.name for table in metadata.sorted_tables if _condition(table))


def _condition(table: sa.Table) -> str:
    """What a row must be, in SQL; "" for a table that is nobody's. Names come from our own tables alone."""
    mine = "current_setting('verder.organisation', true)"
    if through := _THROUGH_REQUEST.get(table.name):
        return f"exists (select 1 from support_request as own where own.conversation_id = {table.name}.{through})"  # noqa: S608 - both names are constants above
    return " or ".join(f"{name} = {mine}" for name in owners(table))


def _make_role(connection: sa.Connection) -> None:
    connection.exec_driver_sql(
        f"do $$ begin create role {ROLE} nologin; exception when duplicate_object or unique_violation then null; end $$"
    )
    connection.exec_driver_sql(f"grant {ROLE} to current_user")
    for schema in ("public", "keys"):
        connection.exec_driver_sql(f"grant usage on schema {schema} to {ROLE}")
        connection.exec_driver_sql(f"grant select, insert, update, delete on all tables in schema {schema} to {ROLE}")
        connection.exec_driver_sql(f"grant usage on all sequences in schema {schema} to {ROLE}")


def _make_policy(connection: sa.Connection, table: str, condition: str) -> None:
    connection.exec_driver_sql(f'alter table "{table}" enable row level security')
    connection.exec_driver_sql(f'drop policy if exists {ROLE} on "{table}"')
    new = f"{condition} or organisation_id is null" if table == "audit_event" else condition
    connection.exec_driver_sql(
        f'create policy {ROLE} on "{table}" for all to {ROLE} using ({condition}) with check ({new})'
    )
