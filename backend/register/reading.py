"""Reading the column register, and saying where it and the tables differ."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa

ABOUT = ("person", "counsellor", "organisation", "none")
SENSITIVITIES = ("none", "pseudonym", "personal", "special")
WAYS = ("person_id", "conversation_id", "request_id")
"""The columns by which the rows of a person are found, the first that a table has."""
_FILE = Path(__file__).parent / "columns.toml"
_LISTS = ("purposes", "bases", "retentions")
_OF_TABLES = ("export_as", "row", "found_by", "kept_after_erasing", "columns")
_NAMED = ("organisation",)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnEntry:
    """What the register says of a column; `purpose`, `basis` and `retention` are keys of the register's lists."""

    name: str
    about: str
    purpose: str
    basis: str
    sensitivity: str
    retention: str
    in_export: bool
    export_as: str = ""
    sealed: Literal["", "text", "json"] = ""
    names: str = ""
    list: bool = False

    @property
    def shown_as(self) -> str:
        """Its name in the export."""
        return self.export_as or self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class TableEntry:
    """What the register says of a table."""

    name: str
    about: str
    columns: Mapping[str, ColumnEntry]
    export_as: str = ""
    row: str = "{id}"
    found_by: str = ""
    kept_after_erasing: str = ""

    @property
    def section(self) -> str:
        """The name of its section in the export."""
        return self.export_as or self.name


@dataclass(frozen=True, slots=True)
class Purpose:
    """A purpose as the processing register describes it."""

    title: str
    text: str
    recipients: str
    abroad: str


@dataclass(frozen=True, slots=True)
class Register:
    """The whole register."""

    tables: Mapping[str, TableEntry]
    purposes: Mapping[str, Purpose]
    bases: Mapping[str, str]
    retentions: Mapping[str, str]


class BadRegister(ValueError):
    """The register cannot be read; the message says which entry and why."""


@cache
def the_register() -> Register:
    """The register of this release."""
    return read_register(_FILE.read_text("utf-8"))


def read_register(toml: str) -> Register:
    """A register from its TOML; raises `BadRegister`."""
    raw = tomllib.loads(toml)
    purposes = {key: Purpose(**each) for key, each in raw.pop("purposes").items()}
    bases, retentions = raw.pop("bases"), raw.pop("retentions")
    return Register({name: _table(name, each) for name, each in raw.items()}, purposes, bases, retentions)


def _table(name: str, raw: Mapping[str, Any]) -> TableEntry:
    default = {key: value for key, value in raw.items() if key not in _OF_TABLES}
    columns = {each: _column(name, each, {**default, **own}) for each, own in raw.get("columns", {}).items()}
    own = {key: raw[key] for key in _OF_TABLES if key in raw and key != "columns"}
    return TableEntry(name=name, about=str(raw.get("about", "")), columns=columns, **own)


def _column(table: str, name: str, raw: Mapping[str, Any]) -> ColumnEntry:
    known = {field.name for field in fields(ColumnEntry)}
    needed = {"about", "purpose", "basis", "sensitivity", "retention", "in_export"}
    for wrong, said in ((raw.keys() - known, "unknown"), (needed - raw.keys(), "missing")):
        if wrong:
            raise BadRegister(f"{table}.{name}: {said}: {', '.join(sorted(wrong))}")
    return ColumnEntry(name=name, **raw)


def register_problems(register: Register, metadata: sa.MetaData) -> Iterator[str]:
    """One line for each column without an entry, each entry without its column, and each entry that says nonsense."""
    tables = {table.name: table for table in metadata.tables.values()}
    for name in sorted(tables.keys() - register.tables.keys()):
        yield f"register: table {name} has no entry"
    for name, entry in register.tables.items():
        if name not in tables:
            yield f"register: there is no table {name}"
            continue
        table = tables[name]
        yield from (f"register: {name}.{each.name} has no entry" for each in table.c if each.name not in entry.columns)
        yield from (f"register: there is no column {name}.{each}" for each in entry.columns if each not in table.c)
        yield from _table_problems(entry, table, tables)
        for column in entry.columns.values():
            yield from (f"register: {name}.{column.name}: {problem}" for problem in _nonsense(register, column))


def _table_problems(entry: TableEntry, table: sa.Table, tables: Mapping[str, sa.Table]) -> Iterator[str]:
    if entry.about != "person":
        if any(column.in_export for column in entry.columns.values()):
            yield f"register: {entry.name} is not about a person but in the export"
        return
    if entry.found_by:
        way, _, target = entry.found_by.partition(" -> ")
        pointed = {f"{key.column.table.name}.{key.column.name}" for key in table.foreign_keys if key.parent.name == way}
        if target not in pointed or target.partition(".")[0] not in tables:
            yield f"register: {entry.name}: found_by must be a foreign key, as in 'document_id -> document.id'"
    elif not any(way in table.c for way in WAYS):
        yield f"register: {entry.name} is about a person, but nothing says whose a row is (found_by)"
    for column in entry.columns.values():
        binary = column.name in table.c and isinstance(table.c[column.name].type, sa.LargeBinary)
        if column.in_export and binary is not bool(column.sealed):
            yield f"register: {entry.name}.{column.name}: exported bytes are opened (sealed), and nothing else is"


def _nonsense(register: Register, column: ColumnEntry) -> Iterator[str]:
    for said, allowed in (
        (column.about, ABOUT),
        (column.sensitivity, SENSITIVITIES),
        (column.purpose, register.purposes),
        (column.basis, register.bases),
        (column.retention, register.retentions),
        (column.sealed, ("", "text", "json")),
        (column.names, ("", *_NAMED)),
    ):
        if said not in allowed:
            yield f"{said!r} is none of {', '.join(filter(None, allowed))}"
