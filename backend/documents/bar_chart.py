"""Draws bars as SVG: for the page around it, whose style gives the colours (light and dark), and whose table the figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH = 400
_ROW, _TEXT, _BAR = 38, 16, 10
"""Heights: of a row, of the line of words in it, of its bar below them."""
_LETTERS = 40
"""As many letters of a label fit beside its value; the table has them all."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A label, its value (None when it may not be shown) and that value in words."""

    label: str
    value: float | None
    shown: str


def draw_bars(title: str, alt: str, bars: Sequence[Bar]) -> str:
    """The picture as SVG text; `title` names it, `alt` says in words what it shows. A value that may not be shown has no
    bar but its words. Classes: chart, chart__bar, chart__label, chart__value."""
    most = max((bar.value or 0 for bar in bars), default=0) or 1
    drawn = [_bar(bar, number * _ROW, round(WIDTH * (bar.value or 0) / most, 1)) for number, bar in enumerate(bars)]
    height = max(1, len(bars)) * _ROW
    return (
        f'<svg class="chart" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label="{escape(f"{title}. {alt}")}">{"".join(drawn)}</svg>'
    )


def _bar(bar: Bar, top: int, length: float) -> str:
    words, below = top + _TEXT, top + _TEXT + 6
    label = bar.label if len(bar.label) <= _LETTERS else f"{bar.label[: _LETTERS - 1]}…"
    ground = f'<rect class="chart__ground" x="0" y="{below}" width="{WIDTH}" height="{_BAR}" rx="2"/>'
    filled = f'<rect class="chart__bar" x="0" y="{below}" width="{length}" height="{_BAR}" rx="2"/>' if length else ""
    return (
        f'<text class="chart__label" x="0" y="{words}">{escape(label, quote=False)}</text>'
        f'<text class="chart__value" x="{WIDTH}" y="{words}" text-anchor="end">{escape(bar.shown, quote=False)}</text>'
        f"{ground}{filled}"
    )
