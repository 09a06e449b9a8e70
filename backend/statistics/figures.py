"""The figures that may be shown of one measure: months, quarters and years that are over, by two closed lists.

A table has rows and columns (places and one topic, kinds of help and languages). What is tried when: each month as it
ends, then its quarter, then its year. In each the whole comes first (where rows have groups those, and the whole last),
then rows and columns, the largest first: what must be held back for the sake of a small one is the next smallest. A
period that is not over has no figures, so that no two looks at one can be compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product

from backend.statistics.withholding import shown

Cell = tuple[int, str, str]
"""Month (1-12), row, column."""
ALL = ""
"""Stands for every row, or every column."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One figure: a period ("2026-10", "2026-Q3" or "2026"), a row and a column, each `ALL` for all of them."""

    period: str
    row: str = ALL
    column: str = ALL


NO_GROUPS: Mapping[str, Sequence[str]] = {}
Figures = Mapping[Asked, int | None]
"""Each figure that was tried; None where it is fewer than five, or would give away something that is."""


def figures_of(
    counts: Mapping[Cell, int],
    *,
    year: int,
    today: date,
    rows: Sequence[str],
    columns: Sequence[str],
    groups: Mapping[str, Sequence[str]] = NO_GROUPS,
    whole: bool = True,
) -> Figures:
    """The figures of a year up to today: the whole, groups of rows (by a name of their own), rows, and columns. Without
    `whole` only columns, for one person may be in several rows."""
    months = months_over(year, today)
    every = {cell: max(0, counts.get(cell, 0)) for cell in product(months, rows, columns)}
    asked: list[Asked] = []
    parts: list[list[Cell]] = []
    for period in periods_over(year, today):
        inside = months_of(period)

        def number(line: str, inside: range = inside) -> int:
            """How many there are in a row or column in this period."""
            return -sum(every[cell] for cell in product(inside, rows, columns) if line in cell)

        largest_first = sorted(rows, key=number), sorted(columns, key=number)
        for row, column, among in _combinations(*largest_first, groups, whole=whole):
            asked.append(Asked(period, row, column))
            parts.append(list(product(inside, among, [column] if column else columns)))
    allowed = shown(every, parts)
    return {
        one: sum(every[cell] for cell in part) if fits else None
        for one, part, fits in zip(asked, parts, allowed, strict=True)
    }


def months_over(year: int, today: date) -> range:
    """The months of a year that are over."""
    return range(1, 13 if year < today.year else today.month if year == today.year else 1)


def periods_over(year: int, today: date) -> tuple[str, ...]:
    """The periods of a year that are over, in the order in which they ended."""
    over: list[str] = []
    for month in months_over(year, today):
        over.append(f"{year}-{month:02}")
        if month % 3 == 0:
            over.append(f"{year}-Q{month // 3}")
        if month == 12:
            over.append(str(year))
    return tuple(over)


def months_of(period: str) -> range:
    """The months (1-12) of a period."""
    _, _, part = period.partition("-")
    if not part:
        return range(1, 13)
    if part.startswith("Q"):
        last = int(part[1:]) * 3
        return range(last - 2, last + 1)
    return range(int(part), int(part) + 1)


def quantile(by_limit: Iterable[tuple[float, int]], share: float) -> float | None:
    """The smallest limit within which this share of a count falls; None when it is beyond the last, or without a count."""
    known = list(by_limit)
    wanted, so_far = share * sum(count for _, count in known), 0
    for limit, count in known:
        so_far += count
        if count and so_far >= wanted:
            return limit
    return None


def _combinations(
    rows: Sequence[str], columns: Sequence[str], groups: Mapping[str, Sequence[str]], *, whole: bool
) -> Iterator[tuple[str, str, Sequence[str]]]:
    """Name of the row or group, the column, and the rows that it is the sum of."""
    if whole:
        everything = (ALL, ALL, rows)
        yield from [] if groups else [everything]
        yield from ((name, ALL, among) for name, among in groups.items())
        yield from ((row, ALL, (row,)) for row in rows)
        yield from [everything] if groups else []
    yield from ((ALL, column, rows) for column in columns)
