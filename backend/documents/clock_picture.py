"""Draws the rights clock: a road down the picture with a stop for each step, as SVG and as a small PNG.

The step of now differs by its frame, its larger stop and the words above it, not by colour alone.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from functools import cache, lru_cache
from html import escape

import resvg_py
from PIL import Image, ImageColor

from backend.documents.typesetting import FAMILIES, clean, font_file, isolated, runs, wrap
from dialogs.messages import Direction, Picture, PictureStep

WIDTH = 1080
_GREEN, _AMBER, _GROUND, _CARD, _NOW = "#00564d", "#ffc53d", "#eef3f0", "#ffffff", "#fff8e6"
_INK, _QUIET, _EDGE, _WHITE, _ON_AMBER = "#15302c", "#4b625d", "#c6d3ce", "#ffffff", "#241a00"
_MEETING = (
    (_INK, _CARD),
    (_INK, _NOW),
    (_GREEN, _CARD),
    (_GREEN, _NOW),
    (_GREEN, _GROUND),
    (_GREEN, _WHITE),
    (_GREEN, _AMBER),
    (_ON_AMBER, _AMBER),
    (_EDGE, _CARD),
)
_ROAD, _LEFT, _RIGHT, _PAD = 80, 160, 1036, 40
"""Distances from the side where reading starts: middle of the road, both edges of a card, room inside it."""
_BAND, _GAP = 88, 34
_LEADING = 1.36
_SLACK = 0.97
"""A browser without these fonts may draw wider letters."""


@dataclass(frozen=True, slots=True)
class _Style:
    size: int
    colour: str
    bold: bool = False
    above: int = 0

    def lines(self, text: str, room: float) -> tuple[str, ...]:
        return wrap(text, room * _SLACK / self.size, bold=self.bold)

    def height(self, lines: tuple[str, ...]) -> float:
        return self.above + len(lines) * self.size * _LEADING if lines else 0


_TITLE = _Style(56, _WHITE, bold=True)
_HERE = _Style(40, _ON_AMBER, bold=True)
_CARD_STYLES = (_Style(45, _INK, bold=True), _Style(36, _GREEN, bold=True), _Style(40, _INK, above=12))


@dataclass(frozen=True, slots=True)
class _Card:
    """A step with its place: `top` and `height` in pixels, and the lines of name, time and text."""

    step: PictureStep
    top: float
    height: float
    blocks: tuple[tuple[str, ...], ...]

    @property
    def stop(self) -> float:
        return self.top + (_BAND / 2 if self.step.here else _PAD + 30)


@dataclass(slots=True)
class _Canvas:
    """Shapes and lines of text; from right to left the shapes are mirrored and the text keeps to the other side."""

    direction: Direction
    shapes: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def shape(self, element: str, **attributes: object) -> None:
        described = (f'{name.replace("_", "-")}="{value}"' for name, value in attributes.items())
        self.shapes.append(f"<{element} {' '.join(described)}/>")

    def write(self, start: float, top: float, lines: tuple[str, ...], style: _Style) -> None:
        """Lines under each other: `start` from the reading side, `top` of the block (style.above included)."""
        rtl = self.direction == "rtl"
        common = f'font-size="{style.size}" font-weight="{700 if style.bold else 400}" fill="{style.colour}"'
        for number, line in enumerate(lines):
            baseline = top + style.above + style.size * (number * _LEADING + 1.06)
            place = f'x="{WIDTH - start if rtl else start:g}" y="{baseline:.1f}"' + ' text-anchor="end"' * rtl
            self.texts.append(f"<text {place} {common}>{_spans(isolated(line, self.direction))}</text>")

    def svg(self, height: float, picture: Picture, language: str) -> str:
        mirror = f' transform="translate({WIDTH} 0) scale(-1 1)"' * (self.direction == "rtl")
        size = f'width="{WIDTH}" height="{height:.0f}" viewBox="0 0 {WIDTH} {height:.0f}"'
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" lang="{escape(language)}" '
            f'xml:lang="{escape(language)}"><title>{escape(clean(picture.title))}</title>'
            f'<desc>{escape(clean(picture.alt))}</desc><rect width="100%" height="100%" fill="{_GROUND}"/>'
            f'<g fill="none"{mirror}>{"".join(self.shapes)}</g>'
            f"""<g font-family="'{FAMILIES["sans"]}', system-ui, sans-serif">{"".join(self.texts)}</g></svg>"""
        )


def draw_svg(picture: Picture, *, language: str, direction: Direction) -> str:
    """The picture as SVG text, 1080 wide and as high as its words need; `language` is the code of those words."""
    canvas = _Canvas(direction)
    title = _TITLE.lines(picture.title, _RIGHT - _LEFT)
    head = _TITLE.height(title) + 88
    _draw_head(canvas, title, head)
    cards = _placed(picture.steps, head + 48)
    end = cards[-1].top + cards[-1].height if cards else head
    _draw_road(canvas, cards, head, end)
    for card in cards:
        _draw_card(canvas, card, picture.here)
    return canvas.svg(end + 72, picture, language)


@lru_cache(maxsize=64)
def draw_png(picture: Picture, *, language: str, direction: Direction) -> bytes:
    """The picture as PNG of few colours, mostly under 35 KiB. Takes about a third of a second the first time."""
    svg = draw_svg(picture, language=language, direction=direction)
    faces = {run.face for run in runs(svg)} | {"sans"}
    files = [str(font_file(face, bold=bold)) for face in FAMILIES if face in faces for bold in (False, True)]
    drawn = resvg_py.svg_to_bytes(
        svg_string=svg, skip_system_fonts=True, font_files=files, font_family=FAMILIES["sans"]
    )
    image = Image.open(io.BytesIO(drawn)).convert("RGB").quantize(palette=_palette(), dither=Image.Dither.NONE)
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()


@cache
def _palette() -> Image.Image:
    """The colours of the picture with two shades between each pair that meets: its letters keep smooth edges, and the
    file is half as large as with every shade.
    """
    pairs = ((ImageColor.getrgb(one), ImageColor.getrgb(other)) for one, other in _MEETING)
    shades = {
        tuple(round(a + (b - a) * part / 3) for a, b in zip(one, other, strict=True)): None
        for one, other in pairs
        for part in range(4)
    }
    palette = Image.new("P", (1, 1))
    palette.putpalette([value for shade in shades for value in shade])
    return palette


def _spans(line: str) -> str:
    """The line as SVG, each script in its own font: a fallback found by the drawer would lose the bold."""
    return "".join(
        escape(run.text, quote=False)
        if run.face == "sans"
        else f"""<tspan font-family="'{FAMILIES[run.face]}', system-ui, sans-serif">{escape(run.text)}</tspan>"""
        for run in runs(line)
    )


def _placed(steps: tuple[PictureStep, ...], top: float) -> tuple[_Card, ...]:
    cards: list[_Card] = []
    for step in steps:
        words = (step.title, step.when, step.text)
        room = _RIGHT - _LEFT - 2 * _PAD
        blocks = tuple(style.lines(text, room) for style, text in zip(_CARD_STYLES, words, strict=True))
        inside = sum(style.height(lines) for style, lines in zip(_CARD_STYLES, blocks, strict=True))
        height = inside + 2 * _PAD - 14 + _BAND * step.here
        cards.append(_Card(step, top, height, blocks))
        top += height + _GAP
    return tuple(cards)


def _draw_head(canvas: _Canvas, title: tuple[str, ...], height: float) -> None:
    canvas.shape("rect", width=WIDTH, height=f"{height:.1f}", fill=_GREEN)
    middle = 44 + _TITLE.size * _LEADING / 2
    for start, colour in ((48, _WHITE), (78, _AMBER)):
        arrow = f"M{start} {middle - 26:.1f}l26 26l-26 26"
        canvas.shape("path", d=arrow, stroke=colour, stroke_width=11, stroke_linecap="round", stroke_linejoin="round")
    canvas.write(_LEFT, 44, title, _TITLE)


def _draw_road(canvas: _Canvas, cards: tuple[_Card, ...], top: float, end: float) -> None:
    """The line from the title to below the last card: whole up to now, dashed after it, with an arrow at its end."""
    now = next((card.stop for card in cards if card.step.here), top)
    tip = end + 44
    line = {"stroke": _GREEN, "stroke_width": 8}
    canvas.shape("path", d=f"M{_ROAD} {top:.1f}V{now:.1f}", **line)
    canvas.shape(
        "path", d=f"M{_ROAD} {now:.1f}V{tip - 10:.1f}", stroke_dasharray="4 20", stroke_linecap="round", **line
    )
    head = f"M{_ROAD - 22} {tip - 22:.1f}l22 22l22 -22"
    canvas.shape("path", d=head, stroke_linecap="round", stroke_linejoin="round", **line)
    for card in cards:
        past = card.stop < now
        if not card.step.here:
            canvas.shape("circle", cx=_ROAD, cy=f"{card.stop:.1f}", r=20, fill=_GREEN if past else _GROUND, **line)


def _draw_card(canvas: _Canvas, card: _Card, here: str) -> None:
    top, frame = card.top, {"x": _LEFT, "width": _RIGHT - _LEFT, "rx": 30, "y": f"{card.top:.1f}"}
    edge = {"stroke": _GREEN, "stroke_width": 7} if card.step.here else {"stroke": _EDGE, "stroke_width": 3}
    canvas.shape("rect", height=f"{card.height:.1f}", fill=_NOW if card.step.here else _CARD, **frame, **edge)
    if card.step.here:
        _draw_here(canvas, card, here)
        top += _BAND
    top += _PAD - 14
    for style, lines in zip(_CARD_STYLES, card.blocks, strict=True):
        canvas.write(_LEFT + _PAD, top, lines, style)
        top += style.height(lines)


def _draw_here(canvas: _Canvas, card: _Card, here: str) -> None:
    """The band with "you are here", a pin before the words, and a large stop that points at the card."""
    left, right, top, middle = _LEFT, _RIGHT, card.top, card.stop
    band = f"M{left} {top + _BAND:.1f}v{30 - _BAND}q0 -30 30 -30H{right - 30}q30 0 30 30V{top + _BAND:.1f}z"
    canvas.shape("path", d=band, fill=_AMBER, stroke=_GREEN, stroke_width=7, stroke_linejoin="round")
    canvas.shape("path", d=f"M{left} {middle - 26:.1f}l-30 26l30 26z", fill=_GREEN)
    canvas.shape("circle", cx=_ROAD, cy=f"{middle:.1f}", r=36, fill=_AMBER, stroke=_GREEN, stroke_width=11)
    canvas.shape("circle", cx=_ROAD, cy=f"{middle:.1f}", r=12, fill=_GREEN)
    pin = f"M{left + _PAD + 20} {middle + 30:.1f}c-14 -18 -21 -28 -21 -39a21 21 0 0 1 42 0c0 11 -7 21 -21 39z"
    canvas.shape("path", d=pin, fill=_GREEN)
    canvas.shape("circle", cx=left + _PAD + 20, cy=f"{middle - 9:.1f}", r=8, fill=_AMBER)
    line = _HERE.lines(here, right - left - 2 * _PAD - 64)[:1]
    canvas.write(left + _PAD + 64, middle - _HERE.size * _LEADING / 2 - 1, line, _HERE)
