"""Sets "my rights" as a PDF on A4: in one column, or in the person's language beside simple Dutch.

A column that is read from right to left stands on the right. Lines are broken and put in visual order here, a run of one
font at a time, so that shaping never loses a sign or its place.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import zip_longest

from fpdf import FPDF

from backend.documents.typesetting import FAMILIES, clean, font_file, runs, visual, width, wrap
from dialogs.messages import Direction, RowKind, Sheet, SheetRow

_PAGE, _MARGIN, _GUTTER = (210.0, 297.0), 16.0, 9.0
_SIZES = (12.0, 11.5, 11.0, 10.5, 10.0, 9.5, 9.0, 8.5, 8.0)
"""Sizes of the text in points to try, until everything is on one page."""
_IF_MORE_PAGES = 9.0
_MM = 25.4 / 72
_LEADING = 1.42
_UNDER_TITLE = 2.0
_ALWAYS = datetime(2026, 1, 1, tzinfo=UTC)
"""The date in every file: when somebody asked is nobody's business, and the same words give the same bytes."""

_Colour = tuple[int, int, int]
_GREEN, _AMBER, _INK, _QUIET, _EDGE = (0, 86, 77), (255, 197, 61), (21, 48, 44), (75, 98, 93), (198, 211, 206)


@dataclass(frozen=True, slots=True)
class _Style:
    """How a kind of row looks: size and room above it relative to the text, and how far a law stands from its rule."""

    scale: float
    colour: _Colour
    above: float
    bold: bool = False
    indent: float = 0


_STYLES: dict[RowKind, _Style] = {
    "title": _Style(1.9, _GREEN, 0, bold=True),
    "heading": _Style(1.25, _GREEN, 1.1, bold=True),
    "text": _Style(1, _INK, 0.35),
    "words": _Style(1, _INK, 0.1, indent=3),
    "law": _Style(0.84, _QUIET, 0.35, indent=3),
    "small": _Style(0.84, _QUIET, 0.6),
}


@dataclass(frozen=True, slots=True)
class _Column:
    """Where a language stands: left edge and width in mm."""

    left: float
    width: float
    direction: Direction


@dataclass(frozen=True, slots=True)
class _Block:
    """A row with its lines in each column, `top` and `line` (height of one line) in mm, `size` in points."""

    kind: RowKind
    lines: tuple[tuple[str, ...], ...]
    size: float
    above: float
    line: float

    @property
    def height(self) -> float:
        return self.line * max(map(len, self.lines), default=0) + _UNDER_TITLE * (self.kind == "title")


def make_pdf(sheet: Sheet) -> bytes:
    """The sheet as PDF: one page, with text of 12 down to 8 points; more pages, of 9, only when 8 is not small enough."""
    columns = _columns(tuple(direction for _, direction in sheet.languages))
    blocks = next((fit for size in _SIZES if _fits(fit := _blocks(sheet, columns, size))), None)
    pdf = _document(sheet)
    _set(pdf, blocks or _blocks(sheet, columns, _IF_MORE_PAGES), columns)
    return bytes(pdf.output())


def _columns(directions: tuple[Direction, ...]) -> tuple[_Column, ...]:
    wide = (_PAGE[0] - 2 * _MARGIN - _GUTTER * (len(directions) - 1)) / len(directions)
    lefts = [_MARGIN + place * (wide + _GUTTER) for place in range(len(directions))]
    if directions[0] == "rtl":
        lefts.reverse()
    return tuple(_Column(left, wide, direction) for left, direction in zip(lefts, directions, strict=True))


def _blocks(sheet: Sheet, columns: tuple[_Column, ...], size: float) -> tuple[_Block, ...]:
    return tuple(_block(row, columns, size) for row in sheet.rows)


def _block(row: SheetRow, columns: tuple[_Column, ...], size: float) -> _Block:
    style = _STYLES[row.kind]
    # Two columns leave too little room for the title's full size.
    points = size * (style.scale if len(columns) == 1 or row.kind != "title" else 1.5)
    lines = tuple(
        wrap(text, (column.width - style.indent) / (points * _MM), bold=style.bold)
        for text, column in zip(row.texts, columns, strict=True)
    )
    return _Block(row.kind, lines, points, style.above * size * _MM, points * _MM * _LEADING)


def _fits(blocks: tuple[_Block, ...]) -> bool:
    return sum(block.above + block.height for block in blocks) < _PAGE[1] - 2 * _MARGIN


def _document(sheet: Sheet) -> FPDF:
    pdf = FPDF(format="A4")
    pdf.set_creation_date(_ALWAYS)
    pdf.set_title(clean(next((row.texts[0] for row in sheet.rows if row.kind == "title"), sheet.name)))
    pdf.set_lang(sheet.languages[0][0])
    pdf.set_creator("Verder")
    pdf.set_margin(0)
    pdf.c_margin = 0
    pdf.set_auto_page_break(False)
    words = "".join(text for row in sheet.rows for text in row.texts)
    for face in sorted({run.face for run in runs(clean(words))}):
        for bold in (False, True):
            pdf.add_font(FAMILIES[face], "B" if bold else "", font_file(face, bold=bold))
    return pdf


def _set(pdf: FPDF, blocks: tuple[_Block, ...], columns: tuple[_Column, ...]) -> None:
    pdf.add_page()
    top = _MARGIN
    for block, after in zip_longest(blocks, blocks[1:]):
        needed = block.above + min(block.height, 40)
        if after and block.kind == "heading":
            needed += after.above + min(after.height, 40)
        if top + needed > _PAGE[1] - _MARGIN:
            pdf.add_page()
            top = _MARGIN
        top = _set_block(pdf, block, columns, top + block.above)


def _set_block(pdf: FPDF, block: _Block, columns: tuple[_Column, ...], top: float) -> float:
    """Sets the columns line by line beside each other; gives where the next row can begin."""
    style = _STYLES[block.kind]
    for number in range(max(map(len, block.lines), default=0)):
        if top + block.line > _PAGE[1] - _MARGIN:
            pdf.add_page()
            top = _MARGIN
        for column, lines in zip(columns, block.lines, strict=True):
            if number < len(lines):
                direction = natural("".join(lines)) if block.kind == "words" else column.direction
                _set_line(pdf, lines[number], column, style, block.size, top, direction)
                _rule(pdf, column, style, top, block.line)
        top += block.line
    if block.kind == "title":
        pdf.set_draw_color(*_AMBER)
        pdf.set_line_width(0.9)
        pdf.line(_MARGIN, top + 1, _PAGE[0] - _MARGIN, top + 1)
        top += _UNDER_TITLE
    return top


def _rule(pdf: FPDF, column: _Column, style: _Style, top: float, height: float) -> None:
    """The upright rule beside a line of law, or of somebody's own words."""
    if style.indent:
        x = column.left + (column.width - 0.4 if column.direction == "rtl" else 0.4)
        pdf.set_draw_color(*_AMBER)
        pdf.set_line_width(0.8)
        pdf.line(x, top, x, top + height)


def natural(text: str) -> Direction:
    """The direction in which somebody's own words are read: that of their first letter."""
    kinds = map(unicodedata.bidirectional, text)
    return "rtl" if next((kind for kind in kinds if kind in ("L", "R", "AL")), "L") != "L" else "ltr"


def _set_line(
    pdf: FPDF, line: str, column: _Column, style: _Style, size: float, top: float, direction: Direction
) -> None:
    x = column.left + style.indent
    if column.direction == "rtl":
        x = column.left + column.width - style.indent - width(line, bold=style.bold) * size * _MM
    pdf.set_text_color(*style.colour)
    for run in visual(line, direction):
        wide = width(run.text, bold=style.bold) * size * _MM
        pdf.set_font(FAMILIES[run.face], "B" if style.bold else "", size)
        pdf.set_text_shaping(use_shaping_engine=True, direction=run.direction)
        pdf.set_xy(x, top)
        pdf.cell(wide, size * _MM * _LEADING, run.text)
        x += wide
