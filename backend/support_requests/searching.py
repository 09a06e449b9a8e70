"""Searching in one's own requests, and which requests are of one person. Words are sealed, so they are opened one by one,
in memory, and only those of requests that are the counsellor's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from backend import audit
from backend.conversations.messages import read_messages
from backend.db import Transaction
from backend.organisations.counsellors import Counsellor
from backend.support_requests.access import may_read
from backend.support_requests.models import support_request
from backend.support_requests.opening import NEED_PLACE
from backend.support_requests.repository import SupportRequest, sealed_need, some_requests
from backend.vault import NoKey, Vault

SHORTEST = 2
MOST_REQUESTS = 100
MOST_HITS = 20
_AROUND = 60


@dataclass(frozen=True, slots=True)
class Hit:
    """A request in which the words stand, and the words around them."""

    request: SupportRequest
    words: str


def search_own(db: Transaction, vault: Vault, who: Counsellor, wanted: str) -> Sequence[Hit]:
    """Where these words stand in the newest of `who`'s own requests, open or closed; each hit is a reading and is written
    to the audit trail. Fewer than two signs find nothing."""
    looked_for = " ".join(wanted.casefold().split())
    if len(looked_for) < SHORTEST:
        return ()
    hits: list[Hit] = []
    for request in _own(db, vault, who):
        found = _found(db, vault, request, looked_for)
        if found is not None:
            audit.record(db, "request.read", request.id, actor=who.id, organisation_id=who.organisation_id)
            hits.append(Hit(request, found))
        if len(hits) == MOST_HITS:
            break
    return hits


def same_person(db: Transaction, who: Counsellor, requests: Iterable[SupportRequest]) -> Mapping[str, Sequence[str]]:
    """For each of these requests the other open requests of the same person that `who` may read, oldest first."""
    of = support_request.c
    persons = {one.person_id for one in requests if one.is_open}
    if not persons:
        return {}
    open_ones = sa.select(of.id, of.person_id).where(of.person_id.in_(persons), of.status != "closed", may_read(who))
    rows = db.execute(open_ones.order_by(of.created_at, of.id)).all()
    return {
        one.id: [row.id for row in rows if row.person_id == one.person_id and row.id != one.id]
        for one in requests
        if one.is_open
    }


def _own(db: Transaction, vault: Vault, who: Counsellor) -> Sequence[SupportRequest]:
    """The newest requests that `who` has or had last, as far as they may be read now."""
    of = support_request.c
    mine = sa.select(of.id).where(of.claimed_by == who.id, may_read(who))
    ids = db.execute(mine.order_by(of.created_at.desc(), of.id).limit(MOST_REQUESTS)).scalars().all()
    readable = some_requests(db, vault, who, ids)
    return [readable[id] for id in ids if id in readable and readable[id].is_open]


def _found(db: Transaction, vault: Vault, request: SupportRequest, looked_for: str) -> str | None:
    try:
        need = vault.open(db, request.person_id, NEED_PLACE, request.id, sealed_need(db, request)).decode()
        said = read_messages(db, vault, request.conversation_id, request_id=request.id)
    except NoKey:
        return None
    for text in (need, *(one.text for one in said)):
        line = " ".join(text.split())
        place = line.casefold().find(looked_for)
        if place >= 0:
            start = max(0, place - _AROUND)
            return ("… " if start else "") + line[start : place + len(looked_for) + _AROUND]
    return None
