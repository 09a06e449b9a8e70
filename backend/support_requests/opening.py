"""Opening a support request in the right queue, and the person's later words to it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from backend.audit import record
from backend.connections.webhooks import announce
from backend.consents.service import share as open_to
from backend.conversations.messages import share
from backend.db import Transaction, now
from backend.organisations.arranging import work_places
from backend.queues.choosing import Wanted, choose
from backend.statistics.service import count_at
from backend.support_requests.bundling import bundle
from backend.support_requests.danger import note_danger, seal_danger
from backend.support_requests.escalating import answer_by, claim_ends
from backend.support_requests.models import support_request
from backend.vault import Vault
from dialogs.effects import OpenSupportRequest, RecordConsent
from knowledge.danger import Danger

NEED_PLACE = "support_request.need"

_OPEN = sa.insert(support_request)


def open_request(
    db: Transaction,
    vault: Vault,
    row: sa.Row[Any],
    asked: OpenSupportRequest,
    *,
    agreed: RecordConsent,
    consent_id: str,
) -> str:
    """A new request in the recipient's queue for this kind of help; returns its id. `agreed` is the consent that was just
    recorded under `consent_id`; raises `Refused` 409 when it does not allow exactly this."""
    id, at = secrets.token_hex(16), now()
    queue_id = choose_queue(db, asked.recipient, asked.kind_of_help, language=asked.language)
    db.execute(
        _OPEN,
        {
            "id": id,
            "conversation_id": row.id,
            "person_id": row.person_id,
            "organisation_id": asked.recipient,
            "queue_id": queue_id,
            "consent_id": consent_id,
            "kind_of_help": asked.kind_of_help,
            "language": asked.language,
            "need": vault.seal(db, row.person_id, NEED_PLACE, id, asked.need.encode()),
            "urgent": asked.urgent,
            "danger": seal_danger(db, vault, row.person_id, id, asked.danger),
            "status": "waiting",
            "created_at": at,
            "waiting_since": at,
            "escalate_at": answer_by(db, asked.recipient, at),
        },
    )
    open_to(
        db,
        row.person_id,
        kind="support_request",
        object_id=id,
        purpose=agreed.purpose,
        recipient=asked.recipient,
        data_groups=agreed.data_groups,
        text_version=agreed.text_version,
    )
    bundle(db, row.id, asked.recipient, at=at)
    count_at(db, asked.recipient, "request", f"{asked.kind_of_help} {asked.language}", at=at)
    record(db, "request.open", id, actor="person", organisation_id=asked.recipient)
    announce(db, asked.recipient, "opened", id, at=at)
    db.wake(f"queue:{queue_id}")
    return id


def choose_queue(db: Transaction, organisation_id: str, kind_of_help: str, *, language: str | None = None) -> str:
    """The organisation's queue for this; see `choosing.choose`."""
    scopes = [place.scope for place in work_places(db, organisation_id)]
    found = choose(scopes, Wanted.of(kind_of_help, language))
    if found is None:
        raise LookupError("a connected organisation has no queue")
    return found


def new_words(
    db: Transaction,
    vault: Vault,
    conversation_id: str,
    said: int | None,
    *,
    urgent: bool,
    danger: Danger | None = None,
) -> None:
    """The person wrote in their open request: the message (number `said`) now belongs to it, the counsellor sees that
    somebody waits, and danger goes to the front."""
    waiting: dict[str, Any] = {"waiting_since": sa.func.coalesce(support_request.c.waiting_since, now())}
    if urgent:
        waiting["urgent"] = True
    if urgent or danger:
        waiting["bundled_at"] = None
    waiting["escalate_at"] = sa.func.coalesce(support_request.c.escalate_at, sa.bindparam("claim_ends"))
    open_ones = (support_request.c.conversation_id == conversation_id) & (support_request.c.status != "closed")
    of = support_request.c
    columns = (of.id, of.queue_id, of.organisation_id, of.person_id, of.danger, of.kind_of_help)
    rows = _listening(db.execute(sa.select(*columns).where(open_ones).order_by(of.created_at, of.id)).all())
    note_danger(db, vault, rows, danger)
    for row in rows:
        ends = claim_ends(db, row.organisation_id, now())
        db.execute(sa.update(support_request).where(of.id == row.id).values(**waiting), {"claim_ends": ends})
        if said is not None:
            share(db, conversation_id, said, row.id)
        db.wake(f"queue:{row.queue_id}")


def _listening(rows: Sequence[sa.Row[Any]]) -> Sequence[sa.Row[Any]]:
    """Who hears what the person types: the request for help that is open; without one, what came with a document last."""
    return [row for row in rows if row.kind_of_help != "transition_document"] or rows[-1:]
