"""What a channel whose company can read along carries: the one place that every outgoing message passes (promise P5).

Words of a counsellor, and what a goal marked as private, are announced there and read on the web, unless the person chose
otherwise knowingly.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from backend.conversations import messages as mail
from backend.conversations.models import message as message_table
from backend.conversations.service import open_conversation
from backend.db import Transaction
from backend.errors import Refused
from backend.vault import Vault
from bot.channel import Message
from dialogs.goals.moving import announcement
from dialogs.say import render

ANNOUNCED = "announced"
"""What stands in the outbox of a message that was announced instead of sent."""


def is_private(message: Message) -> bool:
    """Whether it holds words that nobody wrote beforehand, or was marked as such."""
    return message.sender == "counsellor" or message.discretion == "private"


def carried(db: Transaction, vault: Vault, row: Any, message: Message, *, web: str) -> Message | None:
    """What may leave for this conversation's (`row`) push channel in place of this message; None where the announcement
    before it speaks for it too."""
    if not is_private(message):
        return message
    talk = open_conversation(db, vault, row)
    if talk.here == "yes":
        return replace(message, discretion="covered")
    if message.sender != "counsellor" and _said_together(db, vault, row, message):
        return None
    said = render((announcement(talk, web),), talk.language)[-1]
    return replace(mail.from_reply(message.number, said, 0), sender="system", at=message.at)


def _said_together(db: Transaction, vault: Vault, row: Any, message: Message) -> bool:
    """Whether the message before it came of the same turn and is announced already."""
    times = [
        db.execute(
            sa.select(message_table.c.at).where(
                message_table.c.conversation_id == row.id, message_table.c.number == number
            )
        ).scalar()
        for number in (message.number - 1, message.number)
    ]
    if times[0] is None or times[0] != times[1]:
        return False
    try:
        before = mail.read_message(db, vault, row, message.number - 1)
    except Refused:
        return False
    return before.sender != "person" and is_private(before)
