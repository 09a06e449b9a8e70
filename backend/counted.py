"""In two plain lines how combinations of facts were counted: what `diff` and the benchmark say under their numbers."""

from __future__ import annotations

from collections.abc import Iterator


def how_counted(combinations: int, runs: int | None = None, compared: int = 0, differing: int = 0) -> Iterator[str]:
    """`runs`: how often conditions were run; `compared`: random combinations evaluated in full, of which `differing`."""
    yield (
        "Counted: for each decision by itself every value of each fact it reads, and not known; dates and ages that no "
        "condition tells apart are one value."
    )
    ran = "The conditions were run on each edition" if runs is None else f"Conditions were really run {runs:,} times"
    beside = (
        f"; {compared:,} random combinations were evaluated in full as well: {_same(differing)}" if compared else ""
    )
    yield f"{ran}; decision diagrams combine what they said to {combinations:,} combinations{beside}."


def _same(differing: int) -> str:
    return f"{differing:,} DIFFER" if differing else "all the same"
