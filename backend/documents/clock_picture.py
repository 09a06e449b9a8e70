"""Draws the rights clock: a road down the picture with a stop for each step, as SVG and as a small PNG.

The step of now differs by its frame, its larger stop and the words above it, not by colour alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from html import escape

from backend.documents.typesetting import FAMILIES, Face, clean, isolated, visual, width, wrap
from dialogs.messages import Direction, Picture, PictureStep

WIDTH = 1080
_GREEN, _AMBER, _GROUND, _CARD, _NOW = "#00564d", "#ffc53d", "#eef3f0", "#ffffff", "#fff8e6"
_INK, _EDGE, _WHITE, _ON_AMBER = "#15302c", "#c6d3ce", "#ffffff", "#241a00"
_MEETING = (
    (_INK, _CARD),
    (_INK, _NOW),
    (_GREEN, _CARD),
    (_GREEN, _NOW),
    (_GREEN, _GROUND),
    (_GREEN, _AMBER),
    (_ON_AMBER, _AMBER),
    (_EDGE, _CARD),
)
_ROAD, _LEFT, _RIGHT, _PAD = 80, 160, 1036, 40
"""Distances from the side where reading starts: middle of the road, both edges of a card, room inside it."""
_GAP, _LIFT = 34, 14
"""Between cards; and how much less room the first line needs above it, as its letters do not fill it."""
_LEADING = 1.36
_SLACK = 0.97
"""A browser without these fonts may draw wider letters."""
_FAMILIES = ", ".join(f"'{family}'" for family in FAMILIES.values()) + ", system-ui, sans-serif"
_ROUND = {"stroke_linecap": "round", "stroke_linejoin": "round"}

_Lines = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Style:
    size: int
    colour: str
    bold: bool = False
    above: int = 0

    def lines(self, text: str, room: float) -> _Lines:
        return wrap(text, room * _SLACK / self.size, bold=self.bold)

    def height(self, lines: _Lines) -> int:
        return self.above + round(len(lines) * self.size * _LEADING) if lines else 0


_TITLE = _Style(54, _WHITE, bold=True)
_HERE = _Style(40, _ON_AMBER, bold=True)
_CARD_STYLES = (_Style(44, _INK, bold=True), _Style(35, _GREEN, bold=True), _Style(39, _INK, above=12))


@dataclass(frozen=True, slots=True)
class _Card:
    """A step with its place: `top`, `band` ("you are here", or 0) and `height` in pixels; lines of name, time and text."""

    step: PictureStep
    here: _Lines
    blocks: tuple[_Lines, ...]
    top: int

    @property
    def band(self) -> int:
        return _HERE.height(self.here) + 34 if self.here else 0

    @property
    def height(self) -> int:
        inside = sum(style.height(lines) for style, lines in zip(_CARD_STYLES, self.blocks, strict=True))
        return self.band + inside + 2 * _PAD - _LIFT

    @property
    def stop(self) -> int:
        return self.top + (self.band // 2 or _PAD + 30)


@dataclass(slots=True)
class _Canvas:
    """Shapes and lines of text; from right to left the shapes are mirrored and the text keeps to the other side.

    A browser gets whole lines, for it finds the fonts itself. `placed` gives each run of one font its own place: where
    one text has several fonts, resvg mixes up letters or loses the bold.
    """

    direction: Direction
    placed: bool = False
    shapes: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    faces: set[Face] = field(default_factory=set)

    def shape(self, element: str, **attributes: object) -> None:
        described = (f'{name.replace("_", "-")}="{value}"' for name, value in attributes.items())
        self.shapes.append(f"<{element} {' '.join(described)}/>")

    def write(self, start: int, top: int, lines: _Lines, style: _Style) -> None:
        """Lines under each other: `start` from the reading side, `top` of the block (style.above included)."""
        weight = 700 if style.bold else 400
        for number, line in enumerate(lines):
            y = round(top + style.above + style.size * (number * _LEADING + 1.06))
            described = f'y="{y}" font-size="{style.size}" font-weight="{weight}" fill="{style.colour}"'
            (self._place if self.placed else self._write)(start, line, style, described)

    def svg(self, height: int, picture: Picture, language: str) -> str:
        mirror = f' transform="translate({WIDTH} 0) scale(-1 1)"' * (self.direction == "rtl")
        size = f'width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}"'
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" lang="{escape(language)}" '
            f'xml:lang="{escape(language)}"><title>{escape(clean(picture.title))}</title>'
            f'<desc>{escape(clean(picture.alt))}</desc><rect width="100%" height="100%" fill="{_GROUND}"/>'
            f'<g fill="none"{mirror}>{"".join(self.shapes)}</g>'
            f'<g font-family="{_FAMILIES}">{"".join(self.texts)}</g></svg>'
        )

    def _write(self, start: int, line: str, style: _Style, described: str) -> None:
        place = f'x="{WIDTH - start}" text-anchor="end"' if self.direction == "rtl" else f'x="{start}"'
        self.texts.append(f"<text {place} {described}>{escape(isolated(line, self.direction), quote=False)}</text>")

    def _place(self, start: int, line: str, style: _Style, described: str) -> None:
        x: float = start
        if self.direction == "rtl":
            x = WIDTH - start - width(line, bold=style.bold) * style.size
        for run in visual(line, self.direction):
            words = f"\u2067{run.text}\u2069" if run.direction == "rtl" else run.text
            family = f'font-family="\'{FAMILIES[run.face]}\'" xml:space="preserve"'
            if run.text.strip():
                self.texts.append(f'<text x="{x:.1f}" {family} {described}>{escape(words, quote=False)}</text>')
            self.faces.add(run.face)
            x += width(run.text, bold=style.bold) * style.size


def draw_svg(picture: Picture, *, language: str, direction: Direction) -> str:
    """The picture as SVG text, 1080 wide and as high as its words need; `language` is the code of those words."""
    return _drawn(picture, language, _Canvas(direction))


@lru_cache(maxsize=64)
def draw_png(picture: Picture, *, language: str, direction: Direction) -> bytes:
    """The picture as PNG, under 35 KiB for a sentence a step. Takes about a quarter of a second the first time."""
    from backend.documents.small_png import png_of  # only here: who sees SVG needs no renderer in memory

    canvas = _Canvas(direction, placed=True)
    svg = _drawn(picture, language, canvas)
    return png_of(svg, canvas.faces | {"sans"}, _MEETING)


def _drawn(picture: Picture, language: str, canvas: _Canvas) -> str:
    title = _TITLE.lines(picture.title, _RIGHT - _LEFT)
    head = _TITLE.height(title) + 88
    _draw_head(canvas, title, head)
    cards = _cards(picture, head + 48)
    end = cards[-1].top + cards[-1].height if cards else head
    _draw_road(canvas, cards, head, end)
    for card in cards:
        _draw_card(canvas, card)
    return canvas.svg(end + 72, picture, language)


def _cards(picture: Picture, top: int) -> tuple[_Card, ...]:
    cards: list[_Card] = []
    room = _RIGHT - _LEFT - 2 * _PAD
    for step in picture.steps:
        words = (step.title, step.when, step.text)
        blocks = tuple(style.lines(text, room) for style, text in zip(_CARD_STYLES, words, strict=True))
        here = _HERE.lines(picture.here, room - 64) if step.here else ()
        cards.append(_Card(step, here, blocks, top))
        top += cards[-1].height + _GAP
    return tuple(cards)


def _draw_head(canvas: _Canvas, title: _Lines, height: int) -> None:
    canvas.shape("rect", width=WIDTH, height=height, fill=_GREEN)
    middle = 44 + round(_TITLE.size * _LEADING / 2)
    for start, colour in ((48, _WHITE), (78, _AMBER)):
        canvas.shape("path", d=f"M{start} {middle - 26}l26 26l-26 26", stroke=colour, stroke_width=11, **_ROUND)
    canvas.write(_LEFT, 44, title, _TITLE)


def _draw_road(canvas: _Canvas, cards: tuple[_Card, ...], top: int, end: int) -> None:
    """The line from the title to below the last card: whole up to now, dotted after it, with an arrow at its end."""
    now = next((card.stop for card in cards if card.step.here), top)
    tip = end + 44
    line = {"stroke": _GREEN, "stroke_width": 8}
    canvas.shape("path", d=f"M{_ROAD} {top}V{now}", **line)
    canvas.shape("path", d=f"M{_ROAD} {tip}V{now}", stroke_dasharray="4 20", stroke_linecap="round", **line)
    canvas.shape("path", d=f"M{_ROAD - 22} {tip - 22}l22 22l22 -22", **line, **_ROUND)
    for card in cards:
        if not card.step.here:
            fill = _GREEN if card.stop < now else _GROUND
            canvas.shape("circle", cx=_ROAD, cy=card.stop, r=20, fill=fill, **line)


def _draw_card(canvas: _Canvas, card: _Card) -> None:
    place = {"x": _LEFT, "y": card.top, "width": _RIGHT - _LEFT, "height": card.height, "rx": 30}
    canvas.shape("rect", **place, fill=_NOW if card.step.here else _CARD, stroke=_EDGE, stroke_width=3)
    if card.step.here:
        _draw_here(canvas, card)
        canvas.shape("rect", **place, stroke=_GREEN, stroke_width=7)
    top = card.top + card.band + _PAD - _LIFT
    for style, lines in zip(_CARD_STYLES, card.blocks, strict=True):
        canvas.write(_LEFT + _PAD, top, lines, style)
        top += style.height(lines)


def _draw_here(canvas: _Canvas, card: _Card) -> None:
    """The band with "you are here", a pin before the words, and a large stop that points at the card."""
    top, below, middle, pin = card.top, card.top + card.band, card.stop, _LEFT + _PAD + 20
    across = _RIGHT - _LEFT - 60
    band = f"M{_LEFT} {below}V{top + 30}q0 -30 30 -30h{across}q30 0 30 30V{below}z"
    canvas.shape("path", d=band, fill=_AMBER)
    canvas.shape("path", d=f"M{_LEFT} {below}H{_RIGHT}", stroke=_GREEN, stroke_width=6)
    canvas.shape("path", d=f"M{_LEFT} {middle - 26}l-30 26l30 26z", fill=_GREEN)
    canvas.shape("circle", cx=_ROAD, cy=middle, r=36, fill=_AMBER, stroke=_GREEN, stroke_width=11)
    canvas.shape("circle", cx=_ROAD, cy=middle, r=12, fill=_GREEN)
    drop = f"M{pin} {middle + 30}c-14 -18 -21 -28 -21 -39a21 21 0 0 1 42 0c0 11 -7 21 -21 39z"
    canvas.shape("path", d=drop, fill=_GREEN)
    canvas.shape("circle", cx=pin, cy=middle - 9, r=8, fill=_AMBER)
    canvas.write(pin + 44, card.top + 16, card.here, _HERE)
