"""One serving process per SQLite file: a second one is refused with a clear message."""

from __future__ import annotations

import fcntl
from pathlib import Path
from types import TracebackType
from typing import IO

from sqlalchemy.engine import make_url

from backend.settings import Settings, UnsafeSettings


class OneProcess:
    """Holds the lock file beside an embedded database for as long as the block runs; nothing on PostgreSQL."""

    def __init__(self, settings: Settings) -> None:
        name = make_url(settings.database_url).database if settings.is_sqlite else None
        self._path = Path(f"{name}.lock") if name else None
        self._file: IO[str] | None = None

    def __enter__(self) -> OneProcess:
        if self._path is None:
            return self
        self._file = self._path.open("w")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise UnsafeSettings(
                f"another process serves {self._path.with_suffix('')} already; use PostgreSQL for more than one"
            ) from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file:
            self._file.close()
