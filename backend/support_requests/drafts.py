"""Answers that are not sent yet: kept sealed for the counsellor who writes them, on every device, until they are sent."""

from __future__ import annotations

import sqlalchemy as sa

from backend.db import Transaction
from backend.errors import not_found
from backend.organisations.counsellors import Counsellor
from backend.support_requests.models import desk_draft
from backend.support_requests.repository import one_request
from backend.support_requests.service import LONGEST_TEXT, clean
from backend.vault import NoKey, Vault

_PLACE = "desk_draft.content"


def keep_draft(db: Transaction, vault: Vault, who: Counsellor, request_id: str, *, text: str, at: int) -> None:
    """Keeps `who`'s words for a request that they may read; without words nothing is kept any more."""
    request = one_request(db, vault, who, request_id)
    words = clean(text, longest=LONGEST_TEXT, empty=True)
    if not words:
        drop_draft(db, who, request_id)
        return
    try:
        sealed = vault.seal(db, request.person_id, _PLACE, f"{request_id}:{who.id}", words.encode())
    except NoKey:
        raise not_found() from None
    insert = db.insert(desk_draft)
    keys = {"request_id": request_id, "counsellor_id": who.id}
    new = {"person_id": request.person_id, "content": sealed, "at": at}
    db.execute(insert.values(**keys, **new).on_conflict_do_update(index_elements=list(keys), set_=new))


def draft_of(db: Transaction, vault: Vault, who: Counsellor, request_id: str) -> str:
    """What `who` had written for this request, "" when nothing is kept."""
    of = desk_draft.c
    mine = sa.select(of.content, of.person_id).where(of.request_id == request_id, of.counsellor_id == who.id)
    row = db.execute(mine).first()
    if row is None:
        return ""
    try:
        return vault.open(db, row.person_id, _PLACE, f"{request_id}:{who.id}", row.content).decode()
    except NoKey:
        return ""


def drop_draft(db: Transaction, who: Counsellor, request_id: str) -> None:
    """The words were sent, or are not wanted any more."""
    of = desk_draft.c
    db.execute(sa.delete(desk_draft).where(of.request_id == request_id, of.counsellor_id == who.id))
