"""Tables as files: CSV and XLSX in which no cell can be taken for a formula, whatever somebody wrote into it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

Value = str | int | float | None
Rows = Sequence[Sequence[Value]]

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_BEGINS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")
"""With these a spreadsheet may begin to calculate, also after spaces, and in their wide forms."""
_DIRECTING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_LONGEST = 32_000
"""A cell of a spreadsheet holds 32,767 signs."""


def as_csv(rows: Rows) -> bytes:
    """UTF-8 with its mark, every text quoted; text that could be a formula gets an apostrophe before it."""
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n").writerows(
        [[_plain(value) if isinstance(value, str) else value for value in row] for row in rows]
    )
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(title: str, rows: Rows) -> bytes:
    """One sheet; text is written as text and numbers as numbers, nothing else."""
    import xlsxwriter  # type: ignore[import-untyped]

    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet(_sheet_name(title))
    for line, row in enumerate(rows):
        for place, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(line, place, _written(value))
            elif value is not None:
                sheet.write_number(line, place, value)
    sheet.freeze_panes(1, 0)
    sheet.autofit()
    book.close()
    return content.getvalue()


def _plain(text: str) -> str:
    written = _written(text)
    return f"'{written}" if written.startswith(_BEGINS) or written.lstrip().startswith(_BEGINS) else written


def _written(text: str) -> str:
    """Without signs that no file of this kind can hold, or that would reorder the cells after it."""
    kept = "".join(sign for sign in text if sign in "\t\n\r" or (sign >= " " and not "\ud800" <= sign <= "\udfff"))
    kept = _DIRECTING.sub("", kept)
    return kept.replace("￾", "").replace("￿", "")[:_LONGEST]


def _sheet_name(title: str) -> str:
    kept = "".join(sign for sign in title if sign not in "[]:*?/\\'")
    return kept[:31] or "1"
