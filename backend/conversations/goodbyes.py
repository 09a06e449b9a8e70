"""The last that a push channel does for a conversation that is gone from it: what was said there is taken back, as far as
the channel lets us, and a last word is sent. None of it is stored, so it happens right after the commit or never.

A message that is on its way at that moment can neither be called back nor be found in the outbox any more. Whoever sends it
takes it back, and the last word waits until it arrived: nothing comes after it.
"""

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
    """Where, the channel's own ids of what to take back there, and what to say last; `on_its_way` is the outbox's
    number of a message that is being sent, if one is."""

    channel: str
    address: str
    unsend: tuple[str, ...]
    messages: tuple[Message, ...] = ()
    on_its_way: int | None = None


def goodbye_to(
    db: Transaction, vault: Vault, row: Any, words: Sequence[Text] = (), *, language: str | None = None
) -> Goodbye | None:
    """A goodbye for the conversation in `row`, read before it goes; None where nothing was pushed to it."""
    if row.channel not in PUSH_CHANNELS or not row.address:
        return None
    address = vault.open(db, row.person_id, _ADDRESS, row.id, row.address).decode()
    there = sa.select(outbox.c.id, outbox.c.state, outbox.c.outside_ids, outbox.c.due_at)
    # Locked, so that nothing more is begun to be sent.
    found = db.execute(there.where(outbox.c.conversation_id == row.id).with_for_update()).all()
    recent = (one.outside_ids or "" for one in found if one.due_at > now() - _TAKEN_BACK)
    ids = tuple(id for together in recent for id in together.split())
    going = next((one.id for one in found if one.state == "sending"), None)
    spoken = spoken_language(language)
    code = spoken.code if spoken.has(words) else SOURCE
    said = [draft(1, "system", spoken_language(code).say(text), language=code, at=now()) for text in words]
    return Goodbye(row.channel, address, ids, tuple(said), going)
