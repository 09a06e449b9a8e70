"""The last that a push channel does for a conversation that is gone from it: what was said there is taken back, as far as
the channel lets us, and a last word is sent. None of it is stored, so it happens right after the commit or never."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from backend.conversations.messages import PUSH_CHANNELS, draft
from backend.conversations.models import outbox
from backend.db import Transaction, now
from backend.vault import Vault
from bot.channel import Message
from locales import SOURCE, Text
from locales import language as spoken_language

_ADDRESS = "conversation.address"
_TAKEN_BACK = 48 * 3600 * 1_000_000
"""How long Telegram lets a bot take its messages back."""


@dataclass(frozen=True, slots=True)
class Goodbye:
    """Where, the channel's own ids of what to take back there, and what to say last."""

    channel: str
    address: str
    unsend: tuple[str, ...]
    messages: tuple[Message, ...] = ()


def goodbye_to(
    db: Transaction, vault: Vault, row: Any, words: Sequence[Text] = (), *, language: str | None = None
) -> Goodbye | None:
    """A goodbye for the conversation in `row`, read before it goes; None where nothing was pushed to it."""
    if row.channel not in PUSH_CHANNELS or not row.address:
        return None
    address = vault.open(db, row.person_id, _ADDRESS, row.id, row.address).decode()
    recent = (outbox.c.conversation_id == row.id) & (outbox.c.due_at > now() - _TAKEN_BACK)
    found = db.execute(sa.select(outbox.c.outside_ids).where(recent, outbox.c.outside_ids.is_not(None))).scalars()
    ids = tuple(id for together in found for id in together.split())
    spoken = spoken_language(language)
    code = spoken.code if spoken.has(words) else SOURCE
    said = [draft(1, "system", spoken_language(code).say(text), language=code, at=now()) for text in words]
    return Goodbye(row.channel, address, ids, tuple(said))
