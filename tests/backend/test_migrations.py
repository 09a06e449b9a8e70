"""The schema: the migrations lead to exactly the tables the code knows, and back, on both databases."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command

from backend import row_security
from backend.benchmarks.upgrades.town import fill_town
from backend.engines import make_engine
from backend.migrations import config, is_current, serves, upgrade
from backend.schema import metadata
from backend.vault import KeyRing, Vault
from sizes import size
from world import World, new_database


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database with nothing in it, on each of the two kinds."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    with new_database(request.getfixturevalue("postgres"), template="template1") as url:
        yield url


def _tables(engine: sa.Engine) -> set[str]:
    found = sa.inspect(engine)
    return {*found.get_table_names(), *found.get_table_names(schema="keys")} - {"alembic_version"}


def test_migrations_lead_to_the_models(empty: str) -> None:
    """After upgrading an empty database, comparing it with the models finds no difference."""
    engine = make_engine(empty)
    with engine.connect() as connection:
        assert not is_current(connection)
    upgrade(engine)
    assert _tables(engine) == {table.name for table in metadata.tables.values()}
    with engine.connect() as connection:
        assert is_current(connection)
        command.check(config(connection))
    engine.dispose()


def test_upgrading_twice_changes_nothing(empty: str) -> None:
    """A start on a database that is up to date leaves it as it is."""
    engine = make_engine(empty)
    for _ in range(2):
        upgrade(engine)
    assert _tables(engine) == {table.name for table in metadata.tables.values()}
    engine.dispose()


def test_there_and_back(empty: str) -> None:
    """Downgrading takes every table away and upgrading brings them all back."""
    engine = make_engine(empty)
    upgrade(engine)
    with engine.connect() as connection:
        command.downgrade(config(connection), "base")
        connection.commit()
    assert _tables(engine) == set()
    upgrade(engine)
    with engine.connect() as connection:
        command.check(config(connection))
    engine.dispose()


class CutOff(Exception):
    """What a test throws into an upgrade."""


@pytest.mark.parametrize("revision", [None, "0010"])
def test_an_upgrade_that_is_cut_off_can_be_done_again(tmp_path: Path, revision: str | None) -> None:
    """Cut off at any statement, or at the commit, an embedded database is what it was, new or with people in it; the next
    start brings it up to date, and nobody and nothing is gone."""
    old = make_engine(f"sqlite:///{tmp_path / 'old.db'}")
    if revision:
        upgrade(old, revision)
        with old.connect() as connection:
            fill_town(connection, Vault(KeyRing.make()), 6)
    before = _content(old)
    old.dispose()
    straight = _copy_of(tmp_path, "straight")
    with _cut_off(straight) as came:
        upgrade(straight)
    after, some = _content(straight), size(12, 200)
    straight.dispose()
    for at in sorted({*(1 + len(came) * step // some for step in range(some)), len(came) - 1, len(came)}):
        engine = _copy_of(tmp_path, f"cut-{at}")
        with _cut_off(engine, at), pytest.raises(CutOff):
            upgrade(engine)
        assert _content(engine) == before, f"cut off at {came[at - 1]}"
        upgrade(engine)
        assert _content(engine) == after, f"cut off at {came[at - 1]}"
        with engine.connect() as connection:
            assert connection.exec_driver_sql("pragma foreign_keys").scalar_one() == 1
        engine.dispose()


def test_a_new_database_is_whole_or_nothing(tmp_path: Path) -> None:
    """Data and keys of an embedded database that is new are committed together: neither file has a log of its own then."""
    modes: list[str] = []

    def look(connection: sa.Connection) -> None:
        asked = (connection.exec_driver_sql(f"pragma {name}.journal_mode") for name in ("main", "keys"))
        modes.extend(one.scalar_one() for one in asked)

    engine = make_engine(f"sqlite:///{tmp_path / 'new.db'}")
    sa.event.listen(engine, "commit", look)
    upgrade(engine)
    engine.dispose()
    assert modes == ["delete", "delete"]


def _copy_of(folder: Path, name: str) -> sa.Engine:
    """Of the old database, to be spoilt."""
    for file in folder.glob("old*.db"):
        shutil.copy(file, folder / file.name.replace("old", name))
    return make_engine(f"sqlite:///{folder / name}.db")


def _content(engine: sa.Engine) -> dict[str, Any]:
    """Every table and index of both files as it was made (constraints come in any order), and every row."""
    found: dict[str, Any] = {}
    with engine.connect() as connection:
        for place in ("main", "keys"):
            made = sa.text(f"select type, name, sql from {place}.sqlite_master where name not like 'sqlite%'")
            for kind, name, sql in connection.execute(made):
                rows = connection.exec_driver_sql(f"select * from {place}.{name}").all() if kind == "table" else ()
                lines = sorted(line.strip("\t ,") for line in sql.splitlines())
                found[f"{place}.{name}"] = (lines, sorted(map(repr, rows)))
    return found


@contextmanager
def _cut_off(engine: sa.Engine, at: int | None = None) -> Iterator[list[str]]:
    """Breaks off whoever works on this database at that statement or commit of theirs; gives those that came so far."""
    came: list[str] = []

    def step(what: str) -> None:
        came.append(what)
        if len(came) == at:
            raise CutOff(what)

    def statement(_connection: object, _cursor: object, sql: str, *_: object) -> None:
        step(sql)

    def commit(_connection: object) -> None:
        step("commit")

    sa.event.listen(engine, "before_cursor_execute", statement)
    sa.event.listen(engine, "commit", commit)
    try:
        yield came
    finally:
        sa.event.remove(engine, "before_cursor_execute", statement)
        sa.event.remove(engine, "commit", commit)


def test_many_may_start_at_once(postgres: str) -> None:
    """Four processes that start together on an empty PostgreSQL all come up, and the schema is made once."""
    with new_database(postgres, template="template1") as url:
        engines = [make_engine(url) for _ in range(4)]
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(upgrade, engines))
        assert _tables(engines[0]) == {table.name for table in metadata.tables.values()}
        for engine in engines:
            engine.dispose()


def test_a_newer_schema_is_served_and_left_alone(fresh: World) -> None:
    """The release before goes on, and may start again, on a schema to which a newer release added: it is ready."""
    fresh.do(lambda db: db.execute(sa.text("update alembic_version set version_num = '9999'")).rowcount)
    assert fresh.http.get("/readyz").json()["checks"] == {"database": "ok", "schema": "ok"}
    person = fresh.person()
    assert person.says("Wie helpt mij?")
    engine = make_engine(fresh.service.settings.database_url)
    upgrade(engine)
    with engine.connect() as connection:
        assert serves(connection)
        assert not is_current(connection)
    engine.dispose()


def test_a_migration_lets_others_go_first(postgres: str) -> None:
    """While somebody holds a table the new release waits without holding others up, and migrates when it is free."""
    with new_database(postgres, template="template1") as url:
        engine, other = make_engine(url), make_engine(url)
        upgrade(engine, "0016")
        with other.connect() as connection, ThreadPoolExecutor(1) as pool:
            connection.exec_driver_sql("lock table support_request in access share mode")
            migrating = pool.submit(upgrade, engine)
            with pytest.raises(TimeoutError):
                migrating.result(3)
            connection.rollback()
            migrating.result(60)
        with other.connect() as connection:
            assert is_current(connection)
        engine.dispose()
        other.dispose()


def _policies(engine: sa.Engine) -> set[tuple[str, int]]:
    """The tables that have a policy of the desk's role, each with the policy's number, which a new one would not have."""
    found = sa.text("select polrelid::regclass::text, oid::bigint from pg_policy where polname = :role")
    with engine.connect() as connection:
        return {(row[0], row[1]) for row in connection.execute(found, {"role": row_security.ROLE})}


def test_row_security_that_went_missing_is_made_anew(postgres: str) -> None:
    """A start makes the policies of every table anew where they are gone although the schema is current; the next start
    leaves them as they are."""
    with new_database(postgres) as url:
        engine = make_engine(url)
        with engine.begin() as connection:
            row_security.release(connection)
        assert _policies(engine) == set()
        with engine.connect() as connection:
            assert is_current(connection)
        upgrade(engine)
        made = _policies(engine)
        assert {table for table, _ in made} == row_security.guarded(metadata)
        upgrade(engine)
        assert _policies(engine) == made
        engine.dispose()


def test_names_are_short_and_plain() -> None:
    """Every table and column has a plain lower-case name that both databases take as it is."""
    names = [name for table in metadata.tables.values() for name in (table.name, *table.c.keys())]
    assert all(re.fullmatch(r"[a-z][a-z_]{1,29}", name) for name in names)
