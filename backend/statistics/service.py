"""Counting in buckets: one more of a kind in a month, never who."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from backend.db import Transaction
from backend.dutch_time import in_amsterdam
from backend.statistics.models import helped, organisation_tally, tally
from backend.statistics.withholding import FEW
from dialogs.effects import CountHelped, CountUse

ANSWER_HOURS = (1, 2, 4, 8, 16, 24, 40, 80)
"""Working hours within which a first answer came; later than the last is "more"."""


def count_helped(db: Transaction, said: CountHelped, *, at: int) -> None:
    """One more answer that helped, or did not, in the month of `at` (microseconds)."""
    _one_more(db, helped, {"month": _month(at), "goal": said.goal, "language": said.language, "helped": said.helped})


def count_use(db: Transaction, seen: CountUse, *, at: int) -> None:
    """One more conversation, question or unmet need, in a municipality or everywhere."""
    row = {"measure": seen.measure, "place": seen.place, "detail": seen.detail}
    _one_more(db, tally, {"month": _month(at), **row})


def count_at(db: Transaction, organisation_id: str, measure: str, detail: str, *, at: int) -> None:
    """One more of something that happened at an organisation, whoever's act it was."""
    row = {"measure": measure, "organisation_id": organisation_id, "detail": detail}
    with db.across():
        _one_more(db, organisation_tally, {"month": _month(at), **row})


def count_first_answer(db: Transaction, organisation_id: str, *, hours: float, at: int) -> None:
    """One more first answer of an organisation, after so many working hours."""
    within = next((str(limit) for limit in ANSWER_HOURS if hours <= limit), "more")
    count_at(db, organisation_id, "answer", within, at=at)


def helped_lines(db: Transaction) -> Iterator[str]:
    """The counts as lines to read, by month and goal over all languages."""
    total = sa.func.sum(helped.c.count).label("total")
    by = (helped.c.month, helped.c.goal, helped.c.helped)
    yield f"{'month':<10}{'goal':<14}{'helped':<9}count"
    for row in db.execute(sa.select(*by, total).group_by(*by).order_by(*by)):
        shown = row.total if row.total >= FEW else f"<{FEW}"
        yield f"{row.month:<10}{row.goal:<14}{'yes' if row.helped else 'no':<9}{shown}"


def _one_more(db: Transaction, table: sa.Table, row: Mapping[str, Any]) -> None:
    insert = postgresql.insert if db.locks_rows else sqlite.insert
    keys = list(table.primary_key.columns)
    more = {"count": table.c.count + 1}
    db.execute(insert(table).values(**row, count=1).on_conflict_do_update(index_elements=keys, set_=more))


def _month(at: int) -> str:
    return f"{in_amsterdam(at):%Y-%m}"
