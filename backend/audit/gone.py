"""What was taken back, kept in another place than the database: no restored backup may bring an erased person back, or a
consent that was withdrawn.

Kept is a hash of a random id and nothing else, a file for each month. Backups are kept for 35 days at most, so that older
files may go.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from backend.audit import audit_event
from backend.db import Transaction

_NAME = "gone-*.txt"
_FILES_KEPT = 3
_TAKEN_BACK = ("person.erase", "consent.withdraw")


def mark_of(id: str) -> str:
    """What is kept of an erased person or a withdrawn consent."""
    return hashlib.sha256(f"gone:{id}".encode()).hexdigest()


def gone_since(db: Transaction, number: int) -> tuple[int, list[str]]:
    """The marks of what was taken back after the event with this number of the trail, and the number to go on from."""
    of = audit_event.c
    last = db.execute(sa.select(sa.func.max(of.number))).scalar() or 0
    new = sa.and_(of.number > number, of.number <= last, of.action.in_(_TAKEN_BACK))
    return last, [mark_of(id) for id in db.execute(sa.select(of.object).where(new)).scalars()]


def keep_gone(folder: Path, marks: Iterable[str], known: set[str]) -> None:
    """Adds what is not `known` yet to this month's file, and lets files go that no backup can need. Raises OSError."""
    new = [mark for mark in marks if mark not in known]
    if not new:
        return
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"gone-{datetime.now(UTC):%Y-%m}.txt").open("a", encoding="ascii") as file:
        file.writelines(f"{mark}\n" for mark in new)
        file.flush()
        os.fsync(file.fileno())
    known.update(new)
    for old in sorted(folder.glob(_NAME))[:-_FILES_KEPT]:
        old.unlink()


def read_gone(folder: Path) -> set[str]:
    """The marks in a folder; empty when nothing was taken back. Raises OSError."""
    return {line.strip() for path in folder.glob(_NAME) for line in path.read_text("ascii").splitlines()}
