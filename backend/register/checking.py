"""What `python -m backend.checks` asks of the column register: whole, in plain words, and its document current."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import sqlalchemy as sa

from backend.register.document import as_markdown
from backend.register.reading import BadRegister, Register, register_problems, the_register

_DOCUMENT = Path(__file__).parents[2] / "docs" / "processing-register.md"


def register_complete(texts: Mapping[str, str], metadata: sa.MetaData) -> Iterator[str]:
    """One line for each problem of the register, its words and its document."""
    try:
        register = the_register()
    except BadRegister as bad:
        yield f"register: {bad}"
        return
    found = list(register_problems(register, metadata))
    yield from found
    yield from unnamed(register, texts)
    if not found and _DOCUMENT.exists() and _DOCUMENT.read_text("utf-8") != as_markdown(register):
        yield f"docs/{_DOCUMENT.name}: out of date; run verder admin register > docs/{_DOCUMENT.name}"


def unnamed(register: Register, texts: Mapping[str, str]) -> Iterator[str]:
    """Sections and columns of the export that have no name in simple words."""
    for entry in register.tables.values():
        exported = [column for column in entry.columns.values() if column.in_export]
        if exported and f"held.section.{entry.section}" not in texts:
            yield f"register: held.section.{entry.section} is missing: the name of a part of the export"
        for column in exported:
            if not {f"held.{entry.name}.{column.name}", f"held.any.{column.name}"} & texts.keys():
                yield f"register: held.{entry.name}.{column.name} is missing: the name of a column of the export"
