"""Everything that is held about a person, readable and for machines."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from backend.audit import audit_event
from backend.consents.models import consent
from backend.conversations.messages import read_messages, rfc3339
from backend.conversations.service import open_conversation
from backend.db import Transaction
from backend.enclosures import draw_svg
from backend.organisations.models import organisation
from backend.support_requests.models import support_request
from backend.support_requests.opening import NEED_PLACE
from backend.vault import Vault
from bot.channel import Message
from bot.web_widget.translate import to_json
from dialogs.conversation import write


def export_person(db: Transaction, vault: Vault, row: sa.Row[Any]) -> dict[str, Any]:
    """All rows about the person of this conversation, opened: answers, messages, consents, requests."""
    names = {one.id: one.name for one in db.execute(sa.select(organisation.c.id, organisation.c.name))}
    consents = db.execute(sa.select(consent).where(consent.c.person_id == row.person_id).order_by(consent.c.at))
    requests = db.execute(
        sa.select(support_request)
        .where(support_request.c.person_id == row.person_id)
        .order_by(support_request.c.created_at)
    )
    return {
        "conversation": {
            "id": row.id,
            "channel": row.channel,
            "started_at": rfc3339(row.started_at),
            "updated_at": rfc3339(row.updated_at),
            "state": write(open_conversation(db, vault, row)),
        },
        "messages": [_message(one, row.id) for one in read_messages(db, vault, row.id, person_id=row.person_id)],
        "consents": [
            {
                "purpose": one.purpose,
                "recipient": names[one.recipient],
                "data_groups": one.data_groups.split(),
                "text_id": one.text_id,
                "text_version": one.text_version,
                "language": one.language,
                "given": one.given,
                "given_by": one.given_by,
                "at": rfc3339(one.at),
            }
            for one in consents
        ],
        "requests": [
            {
                "organisation": names[one.organisation_id],
                "kind_of_help": one.kind_of_help,
                "language": one.language,
                "urgent": one.urgent,
                "status": one.status,
                "need": vault.open(db, row.person_id, NEED_PLACE, one.id, one.need).decode(),
                "created_at": rfc3339(one.created_at),
                "closed_at": rfc3339(one.closed_at) if one.closed_at else None,
                "what_happened": _events(db, one.id),
            }
            for one in requests
        ],
    }


def _message(one: Message, conversation_id: str) -> dict[str, Any]:
    """A message as the person saw it, with all the words of its papers."""
    shown = to_json(one, conversation_id, draw_svg)
    for described, paper in zip(shown.get("papers", ()), one.papers, strict=True):
        described["content"] = asdict(paper)
    return shown


def _events(db: Transaction, request_id: str) -> list[dict[str, str]]:
    """Who did what with a request, by role: each reading, claim and answer stands in the audit trail."""
    found = sa.select(audit_event).where(audit_event.c.object == request_id).order_by(audit_event.c.id)
    return [
        {"action": one.action, "by": "person" if one.actor == "person" else "counsellor", "at": rfc3339(one.at)}
        for one in db.execute(found)
    ]
