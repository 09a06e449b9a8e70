"""Counting what was not understood, and keeping the sentences that people gave to learn from, for 180 days."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa

from backend.db import Transaction
from backend.dutch_time import in_amsterdam
from backend.understanding.models import given_sentence, misunderstanding
from backend.vault import Vault
from dialogs.effects import GiveSentence, Misunderstood

KEPT = timedelta(days=180)
FEW = 5
"""Fewer than this on one day are told as "<5": who else wrote that day in that language cannot be guessed."""
_PLACE = "given_sentence.sentence"
_STEP = 50


@dataclass(frozen=True, slots=True)
class Count:
    """How often a kind of misunderstanding was met on one day in one language."""

    day: date
    language: str
    kind: str
    count: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence that somebody gave, and what was done with it then."""

    day: date
    language: str
    kind: str
    words: str


def count(db: Transaction, what: Misunderstood, *, at: int) -> None:
    """One more of this kind on the day of `at` (microseconds); the bucket holds nothing else."""
    row = {"day": _day(at), "language": what.language, "kind": what.kind, "count": 1}
    keys = list(misunderstanding.primary_key.columns)
    more = {"count": misunderstanding.c.count + 1}
    db.execute(db.insert(misunderstanding).values(**row).on_conflict_do_update(index_elements=keys, set_=more))


def keep_sentence(db: Transaction, vault: Vault, given: GiveSentence, *, at: int) -> None:
    """Keeps the sentence, sealed, with the day and without the person."""
    id = vault.add_person(db)
    row = {"id": id, "day": _day(at), "language": given.language, "kind": given.kind}
    sealed = vault.seal(db, id, _PLACE, id, given.sentence.encode())
    db.execute(sa.insert(given_sentence), {**row, "sentence": sealed, "text_version": given.text_version})


def counts(db: Transaction, *, since: date) -> Sequence[Count]:
    """All counts since that day, by day, language and kind."""
    of = misunderstanding.c
    found = sa.select(of.day, of.language, of.kind, of["count"].label("met")).where(of.day >= since)
    rows = db.execute(found.order_by(of.day, of.language, of.kind)).all()
    return [Count(row.day, row.language, row.kind, row.met) for row in rows]


def sentences(db: Transaction, vault: Vault, *, since: date) -> Sequence[Sentence]:
    """The sentences that were given since that day, in an order that tells nothing about the hour."""
    found = sa.select(given_sentence).where(given_sentence.c.day >= since)
    rows = db.execute(found.order_by(given_sentence.c.day, given_sentence.c.id)).all()

    def words(row: sa.Row[tuple[object, ...]]) -> str:
        return vault.open(db, row.id, _PLACE, row.id, row.sentence).decode()

    return [Sentence(row.day, row.language, row.kind, words(row)) for row in rows]


def forget_old(db: Transaction, vault: Vault, *, at: int) -> int:
    """Deletes sentences older than 180 days, with their keys, in one small step; how many."""
    old = sa.select(given_sentence.c.id).where(given_sentence.c.day < _day(at) - KEPT).limit(_STEP)
    ids = db.execute(old).scalars().all()
    for id in ids:
        vault.forget_person(db, id)
        db.execute(sa.delete(given_sentence).where(given_sentence.c.id == id))
    return len(ids)


def listing(db: Transaction, vault: Vault, *, since: date) -> Iterator[str]:
    """Counts and sentences as lines to read."""
    yield f"{'day':<12}{'language':<10}{'kind':<14}count"
    for one in counts(db, since=since):
        yield f"{one.day!s:<12}{one.language:<10}{one.kind:<14}{one.count if one.count >= FEW else f'<{FEW}'}"
    for given in sentences(db, vault, since=since):
        yield f"{given.day!s:<12}{given.language:<10}{given.kind:<14}{given.words!r}"


def _day(at: int) -> date:
    """The day in the Netherlands."""
    return in_amsterdam(at).date()
