"""Codes that open a conversation elsewhere: made when the person asks, kept as a keyed hash, good once and for a week.

Guessing: 45 bits, ten tries an hour from one address, fewer when many go wrong everywhere; nobody is locked out for good.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from backend.conversations.discretion import ANNOUNCED
from backend.conversations.models import conversation, outbox
from backend.db import Transaction, now
from backend.dutch_time import in_amsterdam
from backend.errors import Refused
from backend.invitations.service import random_code
from backend.networks import network_of
from backend.resume_codes.models import code_try, resume_code
from backend.vault import Vault
from dialogs.codes import MOVING, read_code
from dialogs.effects import MakeMovingCode, SendHere
from dialogs.goals.moving import DAYS
from dialogs.news import CodeMade, News

HOUR = 3600 * 1_000_000
_DAY = 24 * HOUR
TRIES = 10
TRIES_IN_A_STORM = 2
STORM = 1000
"""Wrong codes in an hour, from everywhere, after which each address gets `TRIES_IN_A_STORM`."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where a conversation can be opened: the address of the chat on the web, and the bot's name if there is one."""

    web: str = ""
    bot: str = ""

    def telegram(self, code: str) -> str | None:
        """The link that brings a code to the bot."""
        return f"https://t.me/{self.bot}?start={code}" if self.bot else None


NOWHERE = Places()


def make(db: Transaction, vault: Vault, row: sa.Row[Any], *, moves: bool, places: Places) -> CodeMade:
    """A new code for the conversation in `row`; the one before it stops working."""
    code, at = random_code(MOVING), now()
    until = at + DAYS * _DAY
    insert = db.insert(resume_code)
    values = {"code_index": _index(vault, code), "moves": moves, "made_at": at, "expires_at": until}
    db.execute(
        insert.values(conversation_id=row.id, **values).on_conflict_do_update(
            index_elements=["conversation_id"], set_=values
        )
    )
    return CodeMade(code, _day(until), moves, places.web, places.telegram(code))


def claim(db: Transaction, vault: Vault, typed: str, *, at: int) -> tuple[str, bool] | None:
    """Uses a code up: the conversation it opens and whether that moves; None for one that is not good. Of two who bring
    the same code at once, one gets it."""
    code = read_code(typed)
    if code is None:
        return None
    good = (resume_code.c.code_index == _index(vault, code)) & (resume_code.c.expires_at > at)
    used = sa.delete(resume_code).where(good).returning(resume_code.c.conversation_id, resume_code.c.moves)
    row = db.execute(used).first()
    return (row.conversation_id, row.moves) if row else None


def may_try(db: Transaction, subject: bytes, *, at: int) -> None:
    """Counts a try as wrong beforehand, so that simultaneous tries cannot slip through; `right` takes it back.

    Raises `Refused` 429 when there were too many within the hour.
    """
    db.execute(sa.delete(code_try).where(code_try.c.since_at <= at - HOUR))
    everywhere = db.execute(sa.select(sa.func.coalesce(sa.func.sum(code_try.c.tries), 0))).scalar_one()
    most = TRIES_IN_A_STORM if everywhere >= STORM else TRIES
    insert = db.insert(code_try)
    counted = insert.values(subject=subject, tries=1, since_at=at).on_conflict_do_update(
        index_elements=["subject"], set_={"tries": code_try.c.tries + 1}, where=code_try.c.tries < most
    )
    if db.execute(counted.returning(code_try.c.tries)).first() is None:
        since = db.execute(sa.select(code_try.c.since_at).where(code_try.c.subject == subject)).scalar_one()
        raise Refused(429, "code_wait", retry_after=max(1, (since + HOUR - at) // 1_000_000))


def right(db: Transaction, subject: bytes) -> None:
    """The code was a good one: this try was not a guess."""
    mine = code_try.c.subject == subject
    db.execute(sa.update(code_try).where(mine).values(tries=code_try.c.tries - 1))


def subject_of(vault: Vault, address: str) -> bytes:
    """Under what tries from a network are counted: its address is kept nowhere."""
    return vault.index("resume_code.try", network_of(address))


def kept_for_a_code(at: int) -> sa.ColumnElement[bool]:
    """A conversation with a code that still works is kept, as was said when the code was made."""
    mine = sa.select(resume_code.c.conversation_id).where(
        resume_code.c.conversation_id == conversation.c.id, resume_code.c.expires_at > at
    )
    return sa.exists(mine)


def carry_out_moving(
    db: Transaction, vault: Vault, row: sa.Row[Any], effect: MakeMovingCode | SendHere, places: Places
) -> list[News]:
    """Makes a code, or lets what was held back go out after all."""
    if isinstance(effect, MakeMovingCode):
        return [make(db, vault, row, moves=effect.moves, places=places)]
    held = (outbox.c.conversation_id == row.id) & (outbox.c.last_error == ANNOUNCED)
    again = {"state": "waiting", "due_at": now(), "lease_until": 0, "tries": 0, "last_error": None}
    db.execute(sa.update(outbox).where(held).values(**again))
    db.wake("outbox")
    return []


def _index(vault: Vault, code: str) -> bytes:
    return vault.index("resume_code", code)


def _day(at: int) -> date:
    return in_amsterdam(at).date()
