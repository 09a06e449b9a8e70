"""Carrying out what a person says or asks about the way of their request."""

from __future__ import annotations

from collections.abc import Sequence

from backend.conversations.messages import Row
from backend.db import Transaction
from backend.handovers import service
from backend.handovers.standing import stands
from backend.vault import Vault
from dialogs.effects import AnswerHandover, ConfirmContact, HandoverEffect, TellWhere
from dialogs.news import HandoverNews


def handed_over(db: Transaction, vault: Vault, row: Row, effect: HandoverEffect, *, at: int) -> Sequence[HandoverNews]:
    """Does it for the conversation in `row`, in the person's own turn; what the conversation is to hear of it."""
    match effect:
        case AnswerHandover():
            return [service.answered(db, row, effect, at=at)]
        case ConfirmContact():
            return [service.confirmed(db, row, met=effect.met, at=at)]
        case TellWhere():
            return stands(db, vault, row, at=at)
