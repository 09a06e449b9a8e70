"""A team lead takes a request from the colleague who has it and lays it before another one of the same queue."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from backend import audit
from backend.access.roles import ROLES, answer
from backend.db import Transaction
from backend.errors import Refused
from backend.organisations.counsellors import Counsellor
from backend.organisations.models import counsellor
from backend.organisations.service import open_name
from backend.queues.models import queue_member
from backend.support_requests import repository
from backend.support_requests.escalating import answer_by
from backend.support_requests.models import support_request
from backend.support_requests.notes import add_note
from backend.support_requests.openings import whose
from backend.support_requests.repository import SupportRequest
from backend.support_requests.service import FREE, end_assignment, since_when, tell_change
from backend.vault import Vault

_ANSWERING = tuple(role for role in ROLES if answer(role, "answer_request", "own") == "yes")


def may_reassign(who: Counsellor, request: SupportRequest) -> bool:
    """Whether `who` may give this request to somebody else: a colleague has it, and the role allows it."""
    held = request.status == "claimed" and whose(who, request) == "colleague"
    return held and answer(who.role, "reassign_request", "colleague") == "yes"


def colleagues_for(db: Transaction, vault: Vault, request: SupportRequest) -> Sequence[tuple[str, str]]:
    """Who else answers requests in this queue: id and name, by name."""
    of = counsellor.c
    found = (
        sa.select(of.id, of.name)
        .join(queue_member, queue_member.c.counsellor_id == of.id)
        .where(queue_member.c.queue_id == request.queue_id, of.role.in_(_ANSWERING), sa.not_(of.disabled))
        .where(of.id != (request.claimed_by or ""))
    )
    names = [(row.id, open_name(db, vault, row.id, row.name)) for row in db.execute(found)]
    return sorted(names, key=lambda one: (one[1], one[0]))


def reassign(
    db: Transaction,
    vault: Vault,
    who: Counsellor,
    request_id: str,
    *,
    counsellor_id: str,
    reason: str,
    at: int,
    seen_with: str = "",
) -> SupportRequest:
    """The request waits first for this colleague; the reason stays behind as a note that both read.

    The person hears that somebody else takes it over. Raises 403 for a role that may not, 409 when no colleague has it
    (any more) or another one than `seen_with` says, 422 for who does not work in its queue or has it already, and without a
    reason.
    """
    if answer(who.role, "reassign_request", "colleague") != "yes":
        raise Refused(403, "not_your_role")
    repository.lock(db, who, request_id)
    before = repository.one_request(db, vault, who, request_id)
    if not may_reassign(who, before) or seen_with not in ("", before.claimed_by):
        raise _too_late(who, before, at)
    if counsellor_id not in {id for id, _ in colleagues_for(db, vault, before)}:
        raise Refused(422, "unknown_receiver", fields={"counsellor": "unknown"})
    add_note(db, vault, who, request_id, text=reason, at=at)
    of = support_request.c
    free = {**FREE, "waiting_since": sa.func.coalesce(of.waiting_since, at), "intended_for": counsellor_id}
    values = {**free, "transferred_at": at, "escalate_at": answer_by(db, who.organisation_id, at)}
    same = sa.and_(of.id == request_id, of.status == "claimed", of.claimed_by == before.claimed_by)
    if db.execute(sa.update(support_request).where(same).values(**values)).rowcount != 1:
        raise _too_late(who, repository.one_request(db, vault, who, request_id), at)
    end_assignment(db, request_id, at)
    changed = repository.one_request(db, vault, who, request_id)
    tell_change(db, vault, changed, who, change="released")
    audit.record(db, "request.reassign", request_id, actor=who.id, organisation_id=who.organisation_id)
    return changed


def _too_late(who: Counsellor, request: SupportRequest, at: int) -> Refused:
    """Why it cannot be given any more: it is done, it waits again, one has it oneself, or who has it now and since when."""
    if request.status == "closed":
        return Refused(409, "request_closed", fields={"status": "closed"})
    if request.claimed_by is None or request.claimed_at is None:
        return Refused(409, "reassign_free", fields={"status": request.status})
    if request.claimed_by == who.id:
        return Refused(409, "reassign_own", fields={"status": "claimed"})
    name = request.owner or ""
    since = since_when(request.claimed_at, at)
    return Refused(409, "reassign_late", fields={"status": "claimed", "claimed_by": name}, name=name, since=since)
