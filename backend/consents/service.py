"""Writing the consent ledger: rows are only ever added."""

from __future__ import annotations

import secrets

import sqlalchemy as sa

from backend.consents.models import consent
from backend.db import Transaction, now
from dialogs.effects import RecordConsent

_ADD = sa.insert(consent)


def record_consent(db: Transaction, person_id: str, conversation_id: str, said: RecordConsent) -> str:
    """Adds what the person agreed to or refused, and returns the record's id."""
    id = secrets.token_hex(16)
    db.execute(
        _ADD,
        {
            "id": id,
            "person_id": person_id,
            "conversation_id": conversation_id,
            "purpose": said.purpose,
            "recipient": said.recipient,
            "data_groups": " ".join(said.data_groups),
            "text_id": said.text_id,
            "text_version": said.text_version,
            "language": said.language,
            "given": said.given,
            "given_by": "youth",
            "at": now(),
        },
    )
    return id
