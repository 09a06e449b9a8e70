"""Counting in buckets: one more of a kind in a month, never who."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from backend.db import Transaction
from backend.dutch_time import in_amsterdam
from backend.prepared import Prepared
from backend.statistics.models import helped, organisation_tally, tally, tally_step
from dialogs.effects import CountHelped, CountUse

ANSWER_HOURS = (1, 2, 4, 8, 16, 24, 40, 80)
"""Working hours within which a first answer came; later than the last is "more"."""
_STEPS = 2000
_CELL = (tally_step.c.month, tally_step.c.measure, tally_step.c.place, tally_step.c.detail)
_ADD_STEP = Prepared(sa.insert(tally_step), *(column.name for column in _CELL))


def count_helped(db: Transaction, said: CountHelped, *, at: int) -> None:
    """One more answer that helped, or did not, in the month of `at` (microseconds)."""
    _more(db, helped, {"month": _month(at), "goal": said.goal, "language": said.language, "helped": said.helped})


def count_use(db: Transaction, seen: CountUse, *, at: int) -> None:
    """One more conversation, question or unmet need, in a municipality or everywhere. A row of its own: nearly every turn
    counts, and one row for all would make them wait for each other."""
    row = {"measure": seen.measure, "place": seen.place, "detail": seen.detail}
    _ADD_STEP.run(db.connection, {"month": _month(at), **row})


def add_up(db: Transaction) -> int:
    """Moves some of what was counted into the sums: how many (there may be more when it is not 0)."""
    some = sa.select(tally_step.c.id).order_by(tally_step.c.id).limit(_STEPS)
    some = some.with_for_update(skip_locked=True) if db.locks_rows else some
    taken = db.execute(sa.delete(tally_step).where(tally_step.c.id.in_(some)).returning(*_CELL)).all()
    for cell, count in sorted(Counter(tuple(row) for row in taken).items()):
        row = dict(zip((column.name for column in _CELL), cell, strict=True))
        _more(db, tally, row, count)
    return len(taken)


def count_at(db: Transaction, organisation_id: str, measure: str, detail: str, *, at: int) -> None:
    """One more of something that happened at an organisation, whoever's act it was."""
    row = {"measure": measure, "organisation_id": organisation_id, "detail": detail}
    with db.across():
        _more(db, organisation_tally, {"month": _month(at), **row})


def count_first_answer(db: Transaction, organisation_id: str, *, hours: float, at: int) -> None:
    """One more first answer of an organisation, after so many working hours."""
    within = next((str(limit) for limit in ANSWER_HOURS if hours <= limit), "more")
    count_at(db, organisation_id, "answer", within, at=at)


def _more(db: Transaction, table: sa.Table, row: Mapping[str, Any], count: int = 1) -> None:
    keys = list(table.primary_key.columns)
    more = {"count": table.c.count + count}
    db.execute(db.insert(table).values(**row, count=count).on_conflict_do_update(index_elements=keys, set_=more))


def _month(at: int) -> str:
    return f"{in_amsterdam(at):%Y-%m}"
