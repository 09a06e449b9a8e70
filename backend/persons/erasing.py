"""Erasing a person: their rows in an order the database allows, and the key without which no copy can be read."""

from __future__ import annotations

import sqlalchemy as sa

from backend.audit import record
from backend.consents.models import consent
from backend.conversations.models import conversation, inbox, message, outbox
from backend.db import Transaction
from backend.support_requests.models import assignment, support_request
from backend.vault import Vault


def erase_person(db: Transaction, vault: Vault, person_id: str, *, actor: str) -> None:
    """Deletes everything about the person. Who still holds the conversation open finds it gone (404 or 410)."""
    mine = sa.select(conversation.c.id).where(conversation.c.person_id == person_id)
    requests = sa.select(support_request.c.id).where(support_request.c.person_id == person_id)
    topics = [f"conversation:{id}" for id in db.execute(mine).scalars()]
    queues = sa.select(support_request.c.queue_id).where(support_request.c.person_id == person_id)
    topics += [f"queue:{id}" for id in db.execute(queues).scalars()]
    db.execute(sa.delete(assignment).where(assignment.c.request_id.in_(requests)))
    db.execute(sa.delete(support_request).where(support_request.c.person_id == person_id))
    db.execute(sa.delete(consent).where(consent.c.person_id == person_id))
    for table in (outbox, inbox, message):
        db.execute(sa.delete(table).where(table.c.conversation_id.in_(mine)))
    db.execute(sa.delete(conversation).where(conversation.c.person_id == person_id))
    vault.forget_person(db, person_id)
    db.erases = True
    record(db, "person.erase", person_id, actor=actor)
    for topic in topics:
        db.wake(topic)
