"""The file of a backup: lines of JSON, gzip, and age around it when there is somebody to encrypt it for.

The first line says what it is and which schema it holds, then each table with its columns and rows, and a last line
counts them, so that a file that was cut off is never taken for a whole one.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO, Any, cast

FORMAT = 1
_AGE = b"age-encryption.org/"
_FAST = 1
"""Compression of sealed values gains nothing; of their base64 a quarter, and the quickest does that too."""

Row = tuple[Any, ...]


class BadArchive(Exception):
    """The file is no whole backup, or cannot be opened; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a backup holds: the schema's revision, and when it was made (microseconds UTC)."""

    revision: str
    at: int


@dataclass(frozen=True, slots=True)
class TableRows:
    """A table's full name, its columns, and its rows in their order."""

    name: str
    columns: tuple[str, ...]
    rows: Iterable[Row]


def write_archive(path: Path, header: Header, tables: Iterable[TableRows], recipients: Iterable[str] = ()) -> int:
    """Writes a new file, readable by its owner alone, and only under its name when it is whole; the number of rows.

    `recipients` are age public keys (`age1…`). Raises FileExistsError and `BadArchive` for a recipient that is none.
    """
    draft = path.with_name(f"{path.name}.part")
    if path.exists():
        raise FileExistsError(path)
    keys = [_recipient(key) for key in recipients]
    try:
        with open(draft, "xb", opener=_owner_only) as file:
            count = _through_age(file, keys, header, tables) if keys else _write_plain(file, header, tables)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)
    return count


@contextmanager
def read_archive(path: Path, identity: Path | None = None) -> Iterator[tuple[Header, Iterator[TableRows]]]:
    """The header and the tables, to be read in their order; each table's rows before the next table.

    `identity` is the file with the age secret key, for an encrypted backup. Raises OSError or `BadArchive`, also while
    rows are read: whoever restores must be able to undo.
    """
    with path.open("rb") as file:
        if file.read(len(_AGE)) != _AGE:
            file.seek(0)
            yield _opened(file)
            return
        file.seek(0)
        with _decrypted(file, identity) as plain:
            yield _opened(plain)


def encode(row: Iterable[Any]) -> list[Any]:
    """A row as JSON can hold it: bytes as {"b": base64}, dates as {"d": "YYYY-MM-DD"}."""
    return [_encoded(value) for value in row]


def _encoded(value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return {"b": base64.b64encode(value).decode()}
    return {"d": value.isoformat()} if isinstance(value, date) else value


def _decoded(value: Any) -> Any:
    match value:
        case {"b": content}:
            return base64.b64decode(content)
        case {"d": day}:
            return date.fromisoformat(day)
        case _:
            return value


def _write_plain(file: IO[bytes], header: Header, tables: Iterable[TableRows]) -> int:
    with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=_FAST, filename="", mtime=0) as packed:

        def line(content: Any) -> None:
            packed.write(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")

        line({"verder": "backup", "format": FORMAT, "revision": header.revision, "at": header.at})
        total = 0
        for table in tables:
            line({"table": table.name, "columns": table.columns})
            for row in table.rows:
                line(encode(row))
                total += 1
        line({"end": total})
    return total


def _through_age(file: IO[bytes], keys: list[Any], header: Header, tables: Iterable[TableRows]) -> int:
    """age pulls what it encrypts: it reads in a thread from a pipe, and nothing plain touches the disk."""
    import pyrage

    reader, writer = os.pipe()

    def encrypt() -> None:
        with os.fdopen(reader, "rb") as source:
            pyrage.encrypt_io(source, file, keys)

    with _beside(encrypt), os.fdopen(writer, "wb") as sink:
        return _write_plain(sink, header, tables)


@contextmanager
def _decrypted(file: IO[bytes], identity: Path | None) -> Iterator[IO[bytes]]:
    import pyrage

    if identity is None:
        raise BadArchive("this backup is encrypted: name the file with the age secret key (--identity FILE)")
    key = _identity(identity)
    reader, writer = os.pipe()

    def decrypt() -> None:
        with os.fdopen(writer, "wb") as sink:
            try:
                pyrage.decrypt_io(file, sink, [key])
            except BrokenPipeError:
                return
            except pyrage.DecryptError as error:
                raise BadArchive("this backup cannot be opened with that age key") from error

    with _beside(decrypt), os.fdopen(reader, "rb") as source:
        yield source


@contextmanager
def _beside(work: Callable[[], None]) -> Iterator[None]:
    """Runs `work` in a thread while the block runs; what went wrong in it is what the caller hears."""
    errors: list[Exception] = []

    def run() -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - raised again below
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    except (BadArchive, OSError):
        thread.join()
        if errors:
            raise errors[0] from None
        raise
    thread.join()
    if errors:
        raise errors[0]


def _opened(file: IO[bytes]) -> tuple[Header, Iterator[TableRows]]:
    lines = _lines(file)
    first = next(lines, None)
    if not isinstance(first, dict) or first.get("verder") != "backup":
        raise BadArchive("this file is no backup of Verder")
    if first["format"] != FORMAT:
        raise BadArchive("this backup was made by a newer Verder")
    return Header(first["revision"], first["at"]), _tables(lines)


def _lines(file: IO[bytes]) -> Iterator[Any]:
    try:
        with gzip.GzipFile(fileobj=file, mode="rb") as packed:
            for line in packed:
                yield json.loads(line)
    except (EOFError, gzip.BadGzipFile, ValueError) as error:
        raise BadArchive("this file is damaged, or no backup of Verder") from error


def _tables(lines: Iterator[Any]) -> Iterator[TableRows]:
    count = 0
    following: dict[str, Any] | None = cast("dict[str, Any] | None", next(lines, None))

    def rows() -> Iterator[Row]:
        nonlocal count, following
        for line in lines:
            if isinstance(line, dict):
                following = line
                return
            count += 1
            yield tuple(_decoded(value) for value in line)
        following = None

    while following and "table" in following:
        table, following = following, None
        yield TableRows(table["table"], tuple(table["columns"]), rows())
    after = next(lines, None)  # nothing; with the end of the file its sums are looked at
    if not following or following.get("end") != count or after:
        raise BadArchive("this backup is not whole: its end is missing")


def _recipient(key: str) -> Any:
    import pyrage

    try:
        return pyrage.x25519.Recipient.from_str(key)
    except pyrage.RecipientError:
        raise BadArchive(f"{key} is no age public key (age1…)") from None


def _identity(path: Path) -> Any:
    import pyrage

    lines = (line.strip() for line in path.read_text("utf-8").splitlines())
    try:
        return pyrage.x25519.Identity.from_str(next(line for line in lines if line and not line.startswith("#")))
    except (StopIteration, pyrage.IdentityError):
        raise BadArchive(f"{path} holds no age secret key") from None


def _owner_only(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)
