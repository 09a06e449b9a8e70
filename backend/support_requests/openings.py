"""Opening a request that a colleague has: only with a reason, which the colleague and the young person both see."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from backend import audit
from backend.access.models import request_opening
from backend.access.roles import REASONS, Reason, Whose, answer
from backend.audit import audit_event
from backend.db import Transaction, now
from backend.errors import Refused, not_found
from backend.organisations.counsellors import Counsellor
from backend.organisations.models import counsellor
from backend.organisations.service import open_name
from backend.support_requests import repository
from backend.support_requests.models import assignment
from backend.support_requests.repository import SupportRequest
from backend.vault import NoKey, Vault

LASTS = 3600 * 1_000_000
"""How long one reason is good for: reading on and the page that refreshes itself."""
MANY = 30
"""So many openings in a day of what one does not have oneself are brought to the attention of others."""
LONGEST_REASON = 300
_DAY = 24 * 3600 * 1_000_000
_PLACE = "request_opening.words"
_MOST = 100


@dataclass(frozen=True, slots=True)
class Opening:
    """Somebody (`name`) looked at a request that a colleague had; `words` says more than the reason, or is ""."""

    request_id: str
    name: str
    reason: Reason
    words: str
    at: int


@dataclass(frozen=True, slots=True)
class Looker:
    """How many requests somebody opened in the last day without having them, then or since."""

    name: str
    count: int

    @property
    def many(self) -> bool:
        """Whether that is remarkable."""
        return self.count >= MANY


def whose(who: Counsellor, request: SupportRequest) -> Whose:
    """Whose a request of `who`'s own organisation is."""
    if request.claimed_by is None:
        return "organisation"
    return "own" if request.claimed_by == who.id else "colleague"


def needs_reason(db: Transaction, who: Counsellor, request: SupportRequest) -> bool:
    """Whether `who` must first say why. Raises 403 for a role that may not read it at all."""
    said = answer(who.role, "read_request", whose(who, request))
    if said == "no":
        raise Refused(403, "not_your_role")
    if said == "yes":
        return False
    of = request_opening.c
    mine = sa.and_(of.request_id == request.id, of.counsellor_id == who.id, of.at > now() - LASTS)
    return db.execute(sa.select(of.id).where(mine).limit(1)).first() is None


def readable_request(db: Transaction, vault: Vault, who: Counsellor, request_id: str) -> SupportRequest:
    """A request whose words `who` may read now; as `one_request`, and 403 "reason_needed" for a colleague's."""
    request = repository.one_request(db, vault, who, request_id)
    if needs_reason(db, who, request):
        raise Refused(403, "reason_needed", fields={"reason": "needed"}, name=request.owner)
    return request


def open_with_reason(
    db: Transaction, vault: Vault, who: Counsellor, request_id: str, *, reason: str, words: str
) -> None:
    """Notes why `who` looks; from here on they can, for an hour. Raises 422 for no reason, or "else" without words."""
    repository.lock(db, who, request_id)
    request = repository.one_request(db, vault, who, request_id)
    if answer(who.role, "read_request", whose(who, request)) == "no":
        raise Refused(403, "not_your_role")
    more = " ".join(words.split())[:LONGEST_REASON]
    if reason not in REASONS or (reason == "else" and not more):
        raise Refused(422, "wrong_reason", fields={"reason": "unknown"})
    id, person = secrets.token_hex(16), request.person_id
    try:
        sealed = vault.seal(db, person, _PLACE, id, more.encode()) if more else None
        audit.record(
            db,
            "request.opened",
            request_id,
            actor=who.id,
            organisation_id=who.organisation_id,
            person_id=person,
            personal=reason,
            vault=vault,
        )
    except NoKey:
        raise not_found() from None
    values = {"id": id, "request_id": request_id, "person_id": person, "reason": reason, "words": sealed, "at": now()}
    added = {**values, "organisation_id": who.organisation_id, "counsellor_id": who.id}
    db.execute(sa.insert(request_opening), added)
    db.wake(f"queue:{request.queue_id}")


def openings_of(db: Transaction, vault: Vault, request: SupportRequest) -> Sequence[Opening]:
    """Who looked at this request for a reason, the newest first."""
    return _openings(db, vault, request_opening.c.request_id == request.id)


def lately_opened(db: Transaction, vault: Vault, organisation_id: str) -> Sequence[Opening]:
    """The organisation's newest openings."""
    return _openings(db, vault, request_opening.c.organisation_id == organisation_id)


def lookers(db: Transaction, vault: Vault, organisation_id: str, *, at: int) -> Sequence[Looker]:
    """Who opened requests in the last day that they neither had nor have, most first."""
    of = audit_event.c
    had = sa.exists().where(assignment.c.request_id == of.object, assignment.c.counsellor_id == of.actor)
    count = sa.func.count(sa.distinct(of.object)).label("requests")
    found = (
        sa.select(counsellor.c.id, counsellor.c.name, count)
        .join_from(audit_event, counsellor, counsellor.c.id == of.actor)
        .where(of.organisation_id == organisation_id, of.action == "request.read", of.at > at - _DAY, sa.not_(had))
        .group_by(counsellor.c.id, counsellor.c.name)
        .order_by(count.desc(), counsellor.c.id)
        .limit(_MOST)
    )
    return [Looker(open_name(db, vault, row.id, row.name), row.requests) for row in db.execute(found)]


def _openings(db: Transaction, vault: Vault, condition: sa.ColumnElement[bool]) -> Sequence[Opening]:
    found = (
        sa.select(request_opening, counsellor.c.name)
        .join(counsellor, counsellor.c.id == request_opening.c.counsellor_id)
        .where(condition)
        .order_by(request_opening.c.at.desc(), request_opening.c.id)
        .limit(_MOST)
    )
    return [one for row in db.execute(found) if (one := _opening(db, vault, row))]


def _opening(db: Transaction, vault: Vault, row: sa.Row[Any]) -> Opening | None:
    """The row in words; None when the person was erased in this moment."""
    try:
        words = vault.open(db, row.person_id, _PLACE, row.id, row.words).decode() if row.words else ""
    except NoKey:
        return None
    return Opening(row.request_id, open_name(db, vault, row.counsellor_id, row.name), row.reason, words, row.at)
