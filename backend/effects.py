"""Carrying out what a turn asks for: one function per effect, in the turn's own transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, assert_never

import sqlalchemy as sa

from backend.consents.service import record_consent
from backend.db import Transaction
from backend.support_requests.opening import new_words, open_request
from backend.vault import Vault
from dialogs.effects import Effect, ForgetPerson, OpenSupportRequest, RecordConsent, RelayToCounsellor
from dialogs.news import News


def carry_out(
    db: Transaction, vault: Vault, row: sa.Row[Any], effects: Sequence[Effect], *, said: int | None
) -> list[News]:
    """Does what the effects say for the conversation in `row`, and gives what the conversation is to hear of it; `said`
    is the number of the person's message."""
    news: list[News] = []
    consent_id: str | None = None
    for effect in effects:
        match effect:
            case RecordConsent():
                recorded = record_consent(db, row.person_id, row.id, effect)
                consent_id = recorded if effect.given else None
            case OpenSupportRequest():
                if consent_id is None:
                    raise ValueError("a request needs the consent of the same turn")
                open_request(db, vault, row, effect, consent_id=consent_id)
            case RelayToCounsellor():
                new_words(db, row.id, said, urgent=effect.urgent)
            case ForgetPerson():
                raise ValueError("erasing ends a turn before its other effects")
            case _:
                assert_never(effect)
    return news
