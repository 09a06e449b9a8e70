"""Notes between colleagues about a request. They are no messages: they lie in a table of their own, are read by the
organisation that wrote them and by nobody it hands the request to, and no function sends one.

A person may ask what is written about them (art. 15 AVG). Other people may be in it, so a counsellor looks first: the
export tells that there is a note, by whom and when, and how to ask for it; it never holds the words by itself.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from backend import audit
from backend.db import Transaction
from backend.errors import not_found
from backend.organisations.counsellors import Counsellor
from backend.organisations.models import counsellor
from backend.organisations.service import open_name
from backend.support_requests import repository
from backend.support_requests.models import note
from backend.support_requests.repository import SupportRequest
from backend.support_requests.service import clean
from backend.vault import NoKey, Vault

LONGEST_NOTE = 2000
_PLACE = "note.content"


@dataclass(frozen=True, slots=True)
class Note:
    """What a colleague (`name`) wrote; `at` in microseconds UTC."""

    id: str
    name: str
    text: str
    at: int


def add_note(db: Transaction, vault: Vault, who: Counsellor, request_id: str, *, text: str, at: int) -> str:
    """Adds a note to a request that `who` may read, whoever has it; its id. Raises 422 without words."""
    words = clean(text, longest=LONGEST_NOTE)
    repository.lock(db, who, request_id)
    request = repository.one_request(db, vault, who, request_id)
    id = secrets.token_hex(16)
    try:
        sealed = vault.seal(db, request.person_id, _PLACE, id, words.encode())
    except NoKey:
        raise not_found() from None
    values = {"id": id, "request_id": request_id, "person_id": request.person_id, "content": sealed, "at": at}
    db.execute(sa.insert(note), {**values, "organisation_id": who.organisation_id, "counsellor_id": who.id})
    audit.record(db, "request.note", request_id, actor=who.id, organisation_id=who.organisation_id)
    return id


def read_notes(db: Transaction, vault: Vault, who: Counsellor, request: SupportRequest) -> Sequence[Note]:
    """The notes of `who`'s own organisation about a request they just opened, oldest first."""
    found = (
        sa.select(note.c.id, note.c.content, note.c.at, note.c.counsellor_id, counsellor.c.name)
        .join(counsellor, counsellor.c.id == note.c.counsellor_id)
        .where(note.c.request_id == request.id, note.c.organisation_id == who.organisation_id)
        .order_by(note.c.at, note.c.id)
    )
    try:
        return [
            Note(
                row.id,
                open_name(db, vault, row.counsellor_id, row.name),
                vault.open(db, request.person_id, _PLACE, row.id, row.content).decode(),
                row.at,
            )
            for row in db.execute(found)
        ]
    except NoKey:
        raise not_found() from None
