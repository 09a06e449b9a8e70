"""The overgangsdocument of a person in the database: opened, changed, and never two at once."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from backend.db import Transaction
from backend.transition_documents.models import transition_document, transition_sending
from backend.vault import Vault
from dialogs.transition_document import Line, digest, read_lines, write_lines

_CONTENT, _DRAFT = "transition_document.content", "transition_document.draft"
Row = sa.Row[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """The document, opened. `lines` is what the person reads; `draft` what the school wrote and did not give yet."""

    id: str
    conversation_id: str
    person_id: str
    salt: str
    lines: tuple[Line, ...]
    draft: tuple[Line, ...] | None = None
    school_id: str | None = None
    created_at: int
    changed_at: int
    ready_at: int | None = None

    @property
    def digest(self) -> str:
        """Identifies this content."""
        return digest(self.lines, self.salt)

    def by(self, who: str) -> tuple[Line, ...]:
        """The lines of the "person" or of the "school"."""
        return tuple(line for line in self.lines if line.by == who)

    def with_lines(self, lines: Iterable[Line], *, at: int) -> Stored:
        """With these lines in the place of all."""
        return replace(self, lines=tuple(lines), changed_at=at)


def new_document(conversation_id: str, person_id: str, lines: tuple[Line, ...], *, at: int) -> Stored:
    """A document that is not stored yet."""
    return Stored(
        id=secrets.token_hex(16),
        conversation_id=conversation_id,
        person_id=person_id,
        salt=secrets.token_hex(16),
        lines=lines,
        created_at=at,
        changed_at=at,
    )


def find(db: Transaction, vault: Vault, person_id: str) -> Stored | None:
    """The person's document; None when there is none. Raises `NoKey`."""
    row = db.execute(sa.select(transition_document).where(transition_document.c.person_id == person_id)).first()
    if row is None:
        return None
    content = _opened(db, vault, row, _CONTENT, row.content)
    return Stored(
        id=row.id,
        conversation_id=row.conversation_id,
        person_id=row.person_id,
        salt=content["salt"],
        lines=read_lines(content["lines"]),
        draft=read_lines(_opened(db, vault, row, _DRAFT, row.draft)["lines"]) if row.draft else None,
        school_id=row.school_id,
        created_at=row.created_at,
        changed_at=row.changed_at,
        ready_at=row.ready_at,
    )


def save(db: Transaction, vault: Vault, one: Stored) -> None:
    """Writes the document, new or in the place of what it was."""
    values = {
        "conversation_id": one.conversation_id,
        "person_id": one.person_id,
        "school_id": one.school_id,
        "content": _sealed(db, vault, one, _CONTENT, {"salt": one.salt, "lines": write_lines(one.lines)}),
        "draft": None if one.draft is None else _sealed(db, vault, one, _DRAFT, {"lines": write_lines(one.draft)}),
        "digest": one.digest,
        "created_at": one.created_at,
        "changed_at": one.changed_at,
        "ready_at": one.ready_at,
    }
    changed = sa.update(transition_document).where(transition_document.c.id == one.id).values(**values)
    if db.execute(changed).rowcount == 0:
        db.execute(sa.insert(transition_document), {"id": one.id, **values})


def delete(db: Transaction, document_id: str) -> None:
    """Takes the document away, and where it was sent."""
    db.execute(sa.delete(transition_sending).where(transition_sending.c.document_id == document_id))
    db.execute(sa.delete(transition_document).where(transition_document.c.id == document_id))


def _sealed(db: Transaction, vault: Vault, one: Stored, place: str, content: Mapping[str, Any]) -> bytes:
    return vault.seal(db, one.person_id, place, one.id, json.dumps(content, ensure_ascii=False).encode())


def _opened(db: Transaction, vault: Vault, row: Row, place: str, sealed: bytes) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(vault.open(db, row.person_id, place, row.id, sealed))
    return content
