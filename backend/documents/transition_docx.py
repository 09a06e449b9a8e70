"""The overgangsdocument as a Word file, with the same rows as the PDF: one column for each language.

The template is the one that comes with python-docx; nothing is fetched, and no field, link or macro is ever written.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from docx import Document
from docx.enum.table import WD_TABLE_DIRECTION
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor

from backend.documents.rights_sheet import natural
from backend.documents.transition_pdf import document_sheet
from backend.documents.typesetting import clean
from dialogs.messages import Direction, RowKind, Sheet, SheetRow
from dialogs.transition_document import Line
from knowledge.transition_form import Form
from locales import Language

_ALWAYS = datetime(2026, 1, 1, tzinfo=UTC)
"""The date in every file: when somebody asked is nobody's business."""
_GREEN, _INK, _QUIET = RGBColor(0, 86, 77), RGBColor(21, 48, 44), RGBColor(75, 98, 93)
_STYLES: dict[RowKind, tuple[float, RGBColor, bool]] = {
    "title": (20, _GREEN, True),
    "heading": (14, _GREEN, True),
    "text": (11, _INK, False),
    "words": (11, _INK, False),
    "law": (9, _QUIET, False),
    "small": (9, _QUIET, False),
}


def make_docx(form: Form, lines: Sequence[Line], spoken: Language) -> bytes:
    """The file; what people wrote is only ever text in it."""
    sheet = document_sheet(form, lines, spoken)
    document = Document()
    _describe(document, sheet)
    columns = len(sheet.languages)
    table = document.add_table(rows=0, cols=columns)
    directions = [direction for _, direction in sheet.languages]
    if directions[0] == "rtl":
        table.table_direction = WD_TABLE_DIRECTION.RTL
    for row in sheet.rows:
        cells = table.add_row().cells
        for cell, (code, direction), text in zip(cells, sheet.languages, row.texts, strict=True):
            _write(cell.paragraphs[0], row, text, code, direction)
    file = BytesIO()
    document.save(file)
    return file.getvalue()


def _describe(document: Any, sheet: Sheet) -> None:
    """What the file says of itself: the same for everybody."""
    about = document.core_properties
    about.title = clean(sheet.rows[0].texts[0])
    about.author = about.last_modified_by = "Verder"
    about.language = sheet.languages[0][0]
    about.comments = ""
    about.created = about.modified = _ALWAYS


def _write(paragraph: Any, row: SheetRow, text: str, code: str, direction: Direction) -> None:
    size, colour, bold = _STYLES[row.kind]
    if row.kind == "words":
        paragraph.paragraph_format.left_indent = Pt(9)
        direction = natural(text)
    # The order of what is set is the schema's.
    if row.kind in ("title", "heading"):
        paragraph.paragraph_format.keep_with_next = True
    if direction == "rtl":
        _set(paragraph.paragraph_format.element.get_or_add_pPr(), "w:bidi")
    if row.kind in ("title", "heading"):
        _set(
            paragraph.paragraph_format.element.get_or_add_pPr(),
            "w:outlineLvl",
            **{"w:val": "0" if row.kind == "title" else "1"},
        )
    for place, line in enumerate(_visible(text).split("\n")):
        run = paragraph.add_run()
        if place:
            run.add_break()
        run.add_text(line)
        run.font.size, run.font.color.rgb, run.font.bold = Pt(size), colour, bold
        properties = run.font.element.get_or_add_rPr()
        if direction == "rtl":
            run.font.cs_bold = bold
            _set(properties, "w:szCs", **{"w:val": str(int(size * 2))})
            _set(properties, "w:rtl")
        _set(properties, "w:lang", **{"w:bidi" if direction == "rtl" else "w:val": code})


def _visible(text: str) -> str:
    """The text without what XML cannot hold; marks of direction stay, they keep own words in their own order."""
    return "".join(sign for sign in text if sign == "\n" or sign in "\u2068\u2069" or clean(sign))


def _set(parent: Any, name: str, **attributes: str) -> None:
    element = OxmlElement(name)
    for key, value in attributes.items():
        element.set(qn(key), value)
    parent.append(element)
