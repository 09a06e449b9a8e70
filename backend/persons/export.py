"""Everything that is held about a person, readable and for machines: the column register says what, table by table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa
from pydantic_core import from_json

from backend.audit import NOT_STAFF, audit_event
from backend.conversations.messages import read_messages, rfc3339
from backend.db import Transaction
from backend.enclosures import draw_svg
from backend.errors import not_found
from backend.organisations.models import organisation
from backend.register.reading import ColumnEntry, TableEntry, the_register
from backend.register.walking import Held, rows_of, tables_about_person
from backend.vault import Vault
from bot.channel import Message
from bot.web_widget.translate import to_json

Row = dict[str, Any]
_TIMES = ("at", "_at", "_since", "_until")


def export_person(db: Transaction, vault: Vault, row: sa.Row[Any]) -> dict[str, Any]:
    """All rows about the person of this conversation, opened; `row` is the conversation's row.

    One section for each table about persons, named as the register says: `conversation` (this one; others of the same
    person in `other_conversations`), `messages` as they were shown, `consents`, `requests` with what happened to them,
    `who_looked`, and whatever else there is. Times are RFC 3339, organisations their names. Raises the 404 refusal for
    a person who was erased in the meantime.
    """
    held = Held.of(db, row.person_id)
    if row.id not in held.conversations:
        raise not_found()
    names = _names(db)
    sections: dict[str, Any] = {}
    for table, entry in tables_about_person():
        if table is not audit_event and any(column.in_export for column in entry.columns.values()):
            rows = (
                db.execute(sa.select(table).where(rows_of(table, entry, held)).order_by(*table.primary_key))
                .mappings()
                .all()
            )
            sections[entry.section] = [_exported(db, vault, entry, one, held, names) for one in rows]
    events = _events(db, vault, held, names)
    sections["who_looked"] = _without(events, "object")
    _show_conversations(sections, row.id)
    sections["messages"] = _messages(db, vault, held, sections["messages"])
    sections["requests"].sort(key=lambda each: str(each["created_at"]))
    sections["consents"].sort(key=lambda each: str(each["at"]))
    for each in sections["requests"]:
        each["what_happened"] = [
            {key: event[key] for key in ("action", "by", "at")} for event in events if event["object"] == each["id"]
        ]
    return sections


def who_looked(db: Transaction, vault: Vault, person_id: str) -> list[Row]:
    """That section of the export alone, oldest first: action, role, organisation, time, purpose and legal basis."""
    return _without(_events(db, vault, Held.of(db, person_id), _names(db)), "object")


def _names(db: Transaction) -> Mapping[str, str]:
    return {one.id: one.name for one in db.execute(sa.select(organisation.c.id, organisation.c.name))}


def _without(rows: Iterable[Row], name: str) -> list[Row]:
    return [{key: value for key, value in row.items() if key != name} for row in rows]


def _exported(
    db: Transaction, vault: Vault, entry: TableEntry, row: sa.RowMapping, held: Held, names: Mapping[str, str]
) -> Row:
    """The exported columns of one row, opened and in words."""
    return {
        column.shown_as: _value(db, vault, entry, column, row, held, names)
        for column in entry.columns.values()
        if column.in_export
    }


def _value(
    db: Transaction,
    vault: Vault,
    entry: TableEntry,
    column: ColumnEntry,
    row: sa.RowMapping,
    held: Held,
    names: Mapping[str, str],
) -> Any:
    value = row[column.name]
    if value is None:
        return None
    if column.sealed:
        place = f"{entry.name}.{column.name}"
        opened = vault.open(db, held.person_id, place, entry.row.format_map(dict(row)), value)
        return from_json(opened) if column.sealed == "json" else opened.decode()
    if column.names:
        return names.get(value, value)
    if column.list:
        return value.split()
    return rfc3339(value) if is_time(column.name) else value


def is_time(column: str) -> bool:
    """Whether a column of this name holds a moment."""
    return column == _TIMES[0] or column.endswith(_TIMES[1:])


def _show_conversations(sections: dict[str, Any], conversation_id: str) -> None:
    """This conversation by itself, its state without what is only kept to draw buttons."""
    shown = [{**each, **_state(each["state"])} for each in sections.pop("conversation")]
    sections["conversation"] = next(each for each in shown if each["id"] == conversation_id)
    sections["other_conversations"] = [each for each in shown if each["id"] != conversation_id]


def _state(state: Mapping[str, Any]) -> Row:
    return {"state": state["conversation"], "offered": state["offered"]}


def _messages(db: Transaction, vault: Vault, held: Held, rows: Sequence[Row]) -> list[Row]:
    """The messages as the person saw them, with what else is kept of each."""
    kept = {(row["conversation_id"], row["number"]): row for row in _without(rows, "content")}
    return [
        {**kept[id, one.number], **_message(one, id)}
        for id in held.conversations
        for one in read_messages(db, vault, id, person_id=held.person_id)
    ]


def _message(one: Message, conversation_id: str) -> Row:
    """A message as the person saw it, with all the words of its papers."""
    shown = to_json(one, conversation_id, draw_svg)
    for described, paper in zip(shown.get("papers", ()), one.papers, strict=True):
        described["content"] = asdict(paper)
    return shown


def _events(db: Transaction, vault: Vault, held: Held, names: Mapping[str, str]) -> list[Row]:
    """Who did what with anything of this person, and when: by role and organisation, without the names of staff."""
    entry = the_register().tables[audit_event.name]
    mine = sa.or_(audit_event.c.person_id == held.person_id, audit_event.c.object.in_(_objects(db, held)))
    return [
        {
            **_exported(db, vault, entry, row, held, names),
            "by": row["actor"] if row["actor"] in NOT_STAFF else "counsellor",
            "object": row["object"],
        }
        for row in db.execute(sa.select(audit_event).where(mine).order_by(audit_event.c.id)).mappings()
    ]


def _objects(db: Transaction, held: Held) -> set[str]:
    """The ids of all rows about the person: an event about one of them is about the person."""
    ids = {held.person_id, *held.conversations, *held.requests}
    for table, entry in tables_about_person():
        if isinstance(table.c.get("id"), sa.Column) and isinstance(table.c.id.type, sa.String):
            ids.update(db.execute(sa.select(table.c.id).where(rows_of(table, entry, held))).scalars())
    return ids
