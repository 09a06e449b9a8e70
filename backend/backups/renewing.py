"""A backup of an older release as this one would have made it: migrated in a database of its own, which is thrown away."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from backend.backups.archive import TableRows
from backend.backups.rows import read_tables, write_tables
from backend.backups.target import CannotRestore
from backend.engines import make_engine
from backend.migrations import head, upgrade


@contextmanager
def of_today(revision: str, tables: Iterable[TableRows]) -> Iterator[Iterable[TableRows]]:
    """The tables of this release, from those of an older one; today's as they are. Raises `CannotRestore` for newer."""
    if int(revision) > int(head()):
        raise CannotRestore("this backup was made by a newer release")
    if revision == head():
        yield tables
        return
    with tempfile.TemporaryDirectory(prefix="verder-restore-") as folder:
        engine = make_engine(f"sqlite:///{Path(folder, 'older.db')}")
        try:
            upgrade(engine, revision)
            with engine.begin() as connection:
                write_tables(connection, tables)
            upgrade(engine)
            with engine.connect() as connection:
                yield read_tables(connection)
        finally:
            engine.dispose()
