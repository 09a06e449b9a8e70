"""The key ring and its file: opening it, following its changes, and giving it new keys while the service runs."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from backend.audit import record
from backend.db import Database, Transaction
from backend.lock import FileLock
from backend.settings import Settings, UnsafeSettings
from backend.vault import KeyRing, Vault

_log = logging.getLogger(__name__)

OLD_COPIES = timedelta(days=35)
"""How long copies of the database are kept at most: for as long a key that opened them is kept too."""


class KeysRefused(Exception):
    """The keys cannot be changed like this; the message says why."""


def open_key_ring(settings: Settings) -> KeyRing:
    """The ring in the key file. Outside production a missing one is made."""
    if not settings.key_file.exists():
        KeyRing.make().write(settings.key_file)
        _log.warning(
            "a new key file was made: %s. Back it up apart from the database: without it nothing can be read any more",
            settings.key_file,
        )
    return read_key_ring(settings.key_file)


def read_key_ring(path: Path) -> KeyRing:
    """The ring in a key file. Raises `UnsafeSettings` for one that is damaged, FileNotFoundError."""
    try:
        return KeyRing.read(path)
    except FileNotFoundError:
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise UnsafeSettings(f"VERDER_KEY_FILE cannot be read: {type(problem).__name__}") from None


def open_vault(settings: Settings) -> Vault:
    """A vault that follows the key file: keys may be rotated while it is open."""
    file = KeyFile(settings.key_file)
    return Vault(open_key_ring(settings), file.newer)


class KeyFile:
    """The key file as one process sees it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int] | None = None

    def newer(self) -> KeyRing | None:
        """The ring, when the file is another than at the last call; None when it is the same or away."""
        try:
            found = self._path.stat()
            seen = (found.st_mtime_ns, found.st_ino)
            if seen == self._seen:
                return None
            ring = KeyRing.read(self._path)
        except (OSError, ValueError):
            return None
        self._seen = seen
        return ring


def add_key(path: Path) -> int:
    """Puts a new key into the file, to be copied to other machines before it is used; its version."""
    with _locked(path):
        ring = read_key_ring(path)
        if max(ring.keys) == ring.current:
            ring = ring.with_new_key()
            ring.replace(path)
        return max(ring.keys)


async def rotate(database: Database, path: Path, today: date, *, step: int = 500) -> tuple[int, int]:
    """Wraps every person's key under a new version; the version and how many were wrapped anew.

    A rotation that was broken off is finished, without another new key. Nobody waits for longer than one step.
    """
    with _locked(path):
        ring = KeyRing.read(path)
        vault = Vault(ring, KeyFile(path).newer)
        is_finished = all(version in ring.left for version in ring.keys if version < ring.current)
        if is_finished and not await database.read(vault.stale_keys):
            _next_key(path)
        done = await _rewrap_all(database, vault, step)
        ring = KeyRing.read(path)
        left = {version: ring.left.get(version, today) for version in ring.keys if version < ring.current}
        replace(ring, left=left).replace(path)
        name = f"ring:{ring.current}"
        await database.write(lambda db: record(db, "keys.rotated", name, actor="operator"))
    return ring.current, done


async def retire(database: Database, path: Path, version: int, today: date) -> None:
    """Takes a version out of the key file for good. Raises `KeysRefused` while it may still be needed."""
    with _locked(path):
        ring = KeyRing.read(path)
        if version not in ring.keys:
            raise KeysRefused(f"there is no version {version} in the key file")
        if version >= ring.current:
            raise KeysRefused(f"version {version} is in use; rotate first")
        if await database.read(Vault(ring).stale_keys):
            raise KeysRefused("some keys are still under an old version; run `verder admin keys rotate` first")
        first = ring.left.get(version, today) + OLD_COPIES
        if today < first:
            raise KeysRefused(f"copies of the database may still need version {version}; it can go on {first}")
        ring.without(version).replace(path)
        await database.write(lambda db: record(db, "keys.retired", f"ring:{version}", actor="operator"))


def _next_key(path: Path) -> None:
    ring = KeyRing.read(path)
    if max(ring.keys) == ring.current:
        ring = ring.with_new_key()
    replace(ring, current=max(ring.keys)).replace(path)


async def _rewrap_all(database: Database, vault: Vault, step: int) -> int:
    """Until nobody is left: who came in under the old key meanwhile is taken along."""
    done = 0
    while found := await database.read(vault.stale_keys):
        after: str | None = ""
        while after is not None:
            after = await database.write(_one_step(vault, after, step))
        done += found
    return done


def _one_step(vault: Vault, after: str, step: int) -> Callable[[Transaction], str | None]:
    return lambda db: vault.rewrap(db, after=after, limit=step)


def _locked(path: Path) -> FileLock:
    return FileLock(path.with_name(f"{path.name}.lock"), KeysRefused("the keys are being changed by another process"))
