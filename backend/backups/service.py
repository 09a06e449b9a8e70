"""Backup, restore, drill and moving to another database: everything that must survive, and nobody who was erased."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

import backend.schema  # noqa: F401 - every table is known
from backend.audit import record
from backend.audit.gone import mark_of
from backend.audit.verifying import verify
from backend.backups.archive import Header, read_archive, write_archive
from backend.backups.renewing import of_today
from backend.backups.rows import contents, read_tables, sift, snapshot, write_tables
from backend.backups.target import CannotRestore, filling
from backend.consents.models import consent
from backend.conversations.models import outbox
from backend.db import Transaction, now
from backend.engines import make_engine
from backend.migrations import head, is_current
from backend.my_data.withdrawing import withdraw_again
from backend.organisations.models import desk_session
from backend.persons.erasing import erase_person
from backend.vault import Vault, person_key

_OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore came to: rows, persons who stay erased, consents that stay withdrawn, and messages of which nobody
    knows whether they were sent."""

    rows: int
    erased: int
    withdrawn: int
    uncertain: int


@dataclass(frozen=True, slots=True)
class Drilled:
    """What a drill found: rows, persons whose words can be opened, what is wrong with the trail, and how long it took."""

    rows: int
    persons: int
    wrong: tuple[str, ...]
    seconds: float


def back_up(url: str, path: Path, recipients: Iterable[str] = ()) -> int:
    """Writes the whole database of one moment to a new file, while the service goes on; the number of rows.

    The keys that open it are not in it. Raises FileExistsError, `BadArchive` for a bad recipient, `CannotRestore` for a
    database of another release.
    """
    engine = make_engine(url)
    try:
        with snapshot(engine.connect()) as connection:
            if not is_current(connection):
                raise CannotRestore("this database is of another release; start this release on it first")
            return write_archive(path, Header(head(), now()), read_tables(connection), recipients)
    finally:
        engine.dispose()


def restore(url: str, path: Path, vault: Vault, gone: set[str], identity: Path | None = None) -> Restored:
    """Puts a backup into an empty database and brings it up to this release.

    What was taken back since the backup (`gone`, marks) stays so. Erased persons are never readable in it: their keys are
    left out, and then their rows go. Messages on their way are uncertain now: they may have been sent after the backup.
    Sessions of the desk end. Raises `CannotRestore` and `BadArchive`; then the database is as it was before.
    """
    again = _Again(gone)
    with (
        read_archive(path, identity) as (header, found),
        filling(url) as connection,
        of_today(header.revision, sift(found, again.keep)) as tables,
    ):
        db = Transaction(connection)
        rows = write_tables(connection, tables)
        if not vault.fits(db):
            raise CannotRestore("the key file is not the one of this backup: nothing in it could be read")
        withdrawn, uncertain = _settle(db, vault, again, header)
    return Restored(rows, len(again.persons), withdrawn, uncertain)


def _settle(db: Transaction, vault: Vault, again: _Again, header: Header) -> tuple[int, int]:
    """What must be true before anybody serves: how many consents stay withdrawn, how many messages are uncertain now."""
    withdrawn = again.take_back(db, vault)
    on_its_way = sa.update(outbox).where(outbox.c.state.in_(("waiting", "sending")))
    uncertain = db.execute(on_its_way.values(state="uncertain", last_error="restored")).rowcount
    record(db, "backup.restored", f"backup:{header.at}", actor=_OPERATOR)
    return withdrawn, uncertain


class _Again:
    """Takes back once more, in a restored database, what was taken back after the backup."""

    def __init__(self, gone: set[str]) -> None:
        self._gone = gone
        self.persons: list[str] = []
        self._consents: list[str] = []

    def keep(self, table: str, row: Mapping[str, object]) -> bool:
        """Whether the row is restored at all; notes what is to be taken back when all rows are there."""
        if table == desk_session.name:
            return False
        if table == consent.name and mark_of(str(row["id"])) in self._gone:
            self._consents.append(str(row["id"]))
        if table != person_key.fullname or mark_of(str(row["person_id"])) not in self._gone:
            return True
        self.persons.append(str(row["person_id"]))
        return False

    def take_back(self, db: Transaction, vault: Vault) -> int:
        """Withdraws and erases; how many consents were withdrawn."""
        for person in self.persons:
            erase_person(db, vault, person, actor=_OPERATOR)
        return sum(withdraw_again(db, vault, id, actor=_OPERATOR) for id in self._consents)


def move(source: str, target: str) -> int:
    """Copies everything into another, empty database, of whichever kind, and proves that both hold the same; the rows.

    Nothing may serve meanwhile. Raises `CannotRestore`.
    """
    engine = make_engine(source)
    try:
        with snapshot(engine.connect()) as connection:
            if not is_current(connection):
                raise CannotRestore("this database is of another release; start this release on it first")
            with filling(target) as into:
                rows = write_tables(into, read_tables(connection))
                before, after = contents(connection), contents(into)
                if different := [name for name in before if before[name] != after[name]]:
                    raise CannotRestore(f"nothing was moved, these tables came out differently: {', '.join(different)}")
        return rows
    finally:
        engine.dispose()


def drill(folder: Path, path: Path, vault: Vault, gone: set[str], identity: Path | None = None) -> Drilled:
    """Restores a backup into a database in `folder` and tries it: the trail is whole, every person's key opens."""
    began = time.monotonic()
    url = f"sqlite:///{folder / 'drill.db'}"
    restored = restore(url, path, vault, gone, identity)
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            db = Transaction(connection)
            _, wrong = verify(db, vault.audit_key, at=now())
            persons = list(db.execute(sa.select(person_key.c.person_id)).scalars())
            shut = sum(not vault.knows(db, person) for person in persons)
    finally:
        engine.dispose()
    unread = [f"{shut} persons' keys do not open"] if shut else []
    return Drilled(restored.rows, len(persons) - shut, (*wrong, *unread), time.monotonic() - began)
