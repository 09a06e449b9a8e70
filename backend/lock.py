"""Locks between processes of one machine: one serving process per SQLite file, one change of the keys at a time."""

from __future__ import annotations

import fcntl
from pathlib import Path
from types import TracebackType
from typing import IO

from sqlalchemy.engine import make_url

from backend.settings import Settings, UnsafeSettings


class FileLock:
    """Holds a lock file for as long as the block runs, or raises `refusal`; without a path there is nothing to hold."""

    def __init__(self, path: Path | None, refusal: Exception) -> None:
        self._path = path
        self._refusal = refusal
        self._file: IO[str] | None = None

    def __enter__(self) -> None:
        if self._path is None:
            return
        self._file = self._path.open("w")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise self._refusal from None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file:
            self._file.close()


def one_process(settings: Settings) -> FileLock:
    """One serving process for an embedded database, with a clear message to the second; nothing on PostgreSQL."""
    name = make_url(settings.database_url).database if settings.is_sqlite else None
    refusal = UnsafeSettings(f"another process serves {name} already; use PostgreSQL for more than one")
    return FileLock(Path(f"{name}.lock") if name else None, refusal)
