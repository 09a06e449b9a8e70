"""Files with tables: whatever stands in a cell, no spreadsheet takes it for a formula, and it reads back as it was."""

from __future__ import annotations

import csv
import io
import zipfile
from itertools import chain
from xml.etree import ElementTree as ET

from hypothesis import given, settings
from hypothesis import strategies as st

from backend.documents.bar_chart import Bar, draw_bars
from backend.documents.spreadsheet import as_csv, as_xlsx
from sizes import size

_NS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_CELLS = 20
_STARTS = st.sampled_from(
    ["=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", " =", "=cmd|'/c calc'!A0", '"', "'", "\x00="]
)
_TEXT = st.builds(str.__add__, st.one_of(_STARTS, st.just("")), st.text(max_size=20))
_ROWS = st.lists(_TEXT, min_size=_CELLS, max_size=_CELLS)


@settings(max_examples=size(25, 500), deadline=None)
@given(_ROWS)
def test_no_cell_of_a_csv_begins_a_formula(texts: list[str]) -> None:
    """Read back, no cell begins with a sign that calculates, and rows and columns are where they were."""
    rows = list(csv.reader(io.StringIO(as_csv([texts[:10], texts[10:]]).decode("utf-8-sig"), newline="")))
    assert [len(row) for row in rows] == [10, 10]
    for cell in chain.from_iterable(rows):
        assert not cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠"))


@settings(max_examples=size(25, 500), deadline=None)
@given(_ROWS)
def test_no_cell_of_a_sheet_is_a_formula(texts: list[str]) -> None:
    """Read back, every cell is a shared text, and none is a formula or a link."""
    with zipfile.ZipFile(io.BytesIO(as_xlsx("Cijfers", [texts[:10], texts[10:]]))) as book:
        sheet = ET.fromstring(book.read("xl/worksheets/sheet1.xml"))
        assert not [name for name in book.namelist() if "external" in name.lower()]
    assert sheet.find(f".//{_NS}f") is None
    assert sheet.find(f".//{_NS}hyperlink") is None
    assert {cell.get("t") for cell in sheet.iter(f"{_NS}c") if cell.find(f"{_NS}v") is not None} <= {"s"}


def test_numbers_stay_numbers() -> None:
    """A figure can be calculated with; what is not there is an empty cell."""
    assert as_csv([["a", 3, 2.5, None]]).decode("utf-8-sig") == '"a",3,2.5,""\r\n'
    with zipfile.ZipFile(io.BytesIO(as_xlsx("[x]", [["a"], [3, None]]))) as book:
        sheet = ET.fromstring(book.read("xl/worksheets/sheet1.xml"))
    assert [cell.get("t") for cell in sheet.iter(f"{_NS}c")] == ["s", None]


def test_a_chart_says_in_words_what_it_draws() -> None:
    """The picture has a name and words, a bar for each figure, and only words for one that is not shown."""
    svg = draw_bars("Bereik", "Zie <tabel>", [Bar("a" * 40, 5, "5"), Bar("<b>", None, "–")])
    picture = ET.fromstring(svg)
    assert picture.get("role") == "img"
    assert picture.get("aria-label") == "Bereik. Zie <tabel>"
    assert len([one for one in picture if one.get("class") == "chart__bar"]) == 1
    assert [one.text for one in picture if one.get("class") == "chart__value"] == ["5", "–"]
    assert ET.fromstring(draw_bars("Leeg", "", [])) is not None
