"""Counting in buckets: one more of a kind in a month, never who."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from backend.db import Transaction
from backend.dutch_time import in_amsterdam
from backend.statistics.models import helped
from dialogs.effects import CountHelped

FEW = 5
"""Fewer than this is told as "<5": nobody can be guessed from it."""


def count_helped(db: Transaction, said: CountHelped, *, at: int) -> None:
    """One more answer that helped, or did not, in the month of `at` (microseconds)."""
    insert = postgresql.insert if db.locks_rows else sqlite.insert
    month = f"{in_amsterdam(at):%Y-%m}"
    row = {"month": month, "goal": said.goal, "language": said.language, "helped": said.helped, "count": 1}
    keys = list(helped.primary_key.columns)
    more = {"count": helped.c.count + 1}
    db.execute(insert(helped).values(**row).on_conflict_do_update(index_elements=keys, set_=more))


def helped_lines(db: Transaction) -> Iterator[str]:
    """The counts as lines to read, by month and goal over all languages."""
    total = sa.func.sum(helped.c.count).label("total")
    by = (helped.c.month, helped.c.goal, helped.c.helped)
    yield f"{'month':<10}{'goal':<14}{'helped':<9}count"
    for row in db.execute(sa.select(*by, total).group_by(*by).order_by(*by)):
        shown = row.total if row.total >= FEW else f"<{FEW}"
        yield f"{row.month:<10}{row.goal:<14}{'yes' if row.helped else 'no':<9}{shown}"
