"""Verifying the trail: whether anything in it was changed, deleted, inserted, put in another order or cut off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa

from backend.audit import audit_event
from backend.audit.chain import GENESIS, link
from backend.audit.heads import Head, heads_after, last_cut
from backend.db import Transaction

_STEP = 2_000
_LATE = 15 * 60 * 1_000_000
"""How much older than those before it an event may be (microseconds): transactions end in another order than begun."""
_MOST = 20


def verify(db: Transaction, audit_key: bytes, *, at: int, elsewhere: Iterable[Head] = ()) -> tuple[int, list[str]]:
    """How many events are linked, and one line for each thing that is wrong (at most 20).

    `elsewhere` are heads that were kept in another place; those in the database are looked at too. Where the trail was cut
    because its time was over, the chain begins at the signed cut; the events before it count.
    """
    heads = {head.number: head for head in [*heads_after(db, 0), *elsewhere]}
    wrong: list[str] = []
    wrong += (f"the head of {head.number} events is not signed with this key" for head in _unsigned(heads, audit_key))
    cut = last_cut(db)
    if cut and not cut.is_signed_by(audit_key):
        wrong.append(f"that {cut.number} events were cut off is not signed with this key")
    walk = _Walk(heads, cut)
    wrong += walk.begin()
    for row in _linked(db):
        wrong += walk.step(row)
        if len(wrong) >= _MOST:
            break
    else:
        wrong += walk.end()
        wrong += _unlinked(db, at)
    return walk.number, wrong[:_MOST]


class _Walk:
    """One walk along the chain."""

    def __init__(self, heads: dict[int, Head], cut: Head | None) -> None:
        self._heads = heads
        self._previous = cut.hash if cut else GENESIS
        self._newest = 0
        self.number = cut.number if cut else 0

    def begin(self) -> Iterator[str]:
        """Whether it begins where it was signed."""
        head = self._heads.get(self.number)
        if head and head.hash != self._previous:
            yield f"the chain up to event {self.number} is not the one that was signed"

    def step(self, row: sa.RowMapping) -> Iterator[str]:
        """What is wrong with the next event; the walk goes on as if it were right."""
        self.number += 1
        if row["number"] != self.number:
            yield f"events {self.number} to {row['number'] - 1} were deleted"
            self.number = row["number"]
        elif link(self._previous, row) != row["hash"]:
            yield f"event {self.number} was changed, or the one before it was replaced"
        if row["at"] < self._newest - _LATE:
            yield f"event {self.number} carries a much earlier time than those before it: it was inserted later"
        self._newest = max(self._newest, row["at"])
        self._previous = row["hash"]
        head = self._heads.get(self.number)
        if head and head.hash != row["hash"]:
            yield f"the chain up to event {self.number} is not the one that was signed"

    def end(self) -> Iterator[str]:
        """What is missing at the end."""
        longest = max(self._heads, default=0)
        if longest > self.number:
            yield f"the trail was cut off: {longest} events were signed, {self.number} are left"


def _linked(db: Transaction) -> Iterator[sa.RowMapping]:
    after = 0
    while True:
        some = sa.select(audit_event).where(audit_event.c.number > after).order_by(audit_event.c.number).limit(_STEP)
        rows: Any = db.execute(some).mappings().all()
        if not rows:
            return
        yield from rows
        after = rows[-1]["number"]


def _unlinked(db: Transaction, at: int) -> Iterator[str]:
    """Events that should have been linked long ago: somebody put them there, or nothing links any more."""
    late = sa.and_(audit_event.c.number.is_(None), audit_event.c.at < at - _LATE)
    old = sa.or_(late, audit_event.c.number < 1)
    count = db.execute(sa.select(sa.func.count()).select_from(audit_event).where(old)).scalar_one()
    if count:
        yield f"{count} events of long ago are not linked: they were inserted, or the background work does not run"


def _unsigned(heads: dict[int, Head], audit_key: bytes) -> list[Head]:
    return [head for head in heads.values() if not head.is_signed_by(audit_key)]
