"""A channel's pace, kept by all processes together in one row that the claiming transaction locks.

A sending counts from when it is claimed until a second after its end. So however long each call takes to arrive, the
other side never sees more than the limit in any second.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from backend.conversations.models import channel_pace, outbox
from backend.db import Transaction
from bot.channel import Pace

SECOND = 1_000_000
_LONGEST_CALL = 5 * SECOND
"""A claim whose end nobody noted stops counting: its call arrived long ago or never will."""
_BACK = 30
"""The latest sending of a chat is at most so many messages ago, its own words between them."""

_before = outbox.alias("before")
_USED_UP = sa.select(sa.func.max(_before.c.paced_until)).where(
    _before.c.conversation_id == sa.bindparam("conversation"),
    _before.c.number.between(sa.bindparam("number") - _BACK, sa.bindparam("number") - 1),
)


def chat_may() -> sa.ColumnElement[bool]:
    """A condition over `outbox`: its chat has not used its pace up to the moment `chat_limit`."""
    return ~sa.exists().where(
        _before.c.conversation_id == outbox.c.conversation_id,
        _before.c.number.between(outbox.c.number - _BACK, outbox.c.number - 1),
        _before.c.paced_until > sa.bindparam("chat_limit"),
    )


def chat_limit(pace: Pace | None, at: int) -> int:
    """Up to which moment a chat may have used its pace and still get a message now."""
    return at + (pace.at_once - 1) * SECOND if pace else 2**62


def paced_until(db: Transaction, conversation_id: str, number: int, sendings: int, at: int) -> int:
    """Up to which moment a chat has used its pace after this message."""
    used = db.execute(_USED_UP, {"conversation": conversation_id, "number": number}).scalar_one() or 0
    return int(max(used, at)) + sendings * SECOND


@dataclass(slots=True)
class Going:
    """What of one channel is under way, its row locked: per outbox row until when it counts, and for how many."""

    channel: str
    paused_until: int
    moments: dict[int, tuple[int, int]]

    @classmethod
    def locked(cls, db: Transaction, channel: str, at: int) -> Going:
        """The channel's row as it is at this moment, locked until the transaction ends."""
        find = sa.select(channel_pace).where(channel_pace.c.channel == channel).with_for_update()
        row = db.execute(find).first()
        if row is None:
            insert = (postgresql.insert if db.locks_rows else sqlite.insert)(channel_pace)
            new = {"channel": channel, "paused_until": 0, "moments": "[]"}
            db.execute(insert.values(new).on_conflict_do_nothing())
            row = db.execute(find).one()
        kept = {id: (until, sendings) for id, until, sendings in json.loads(row.moments) if until > at}
        return cls(channel, row.paused_until, kept)

    def free(self, pace: Pace) -> int:
        """How many sendings may begin now."""
        return pace.per_second - sum(sendings for _, sendings in self.moments.values())

    def begin(self, outbox_id: int, sendings: int, at: int) -> None:
        """A message is claimed."""
        self.moments[outbox_id] = (at + _LONGEST_CALL, sendings)

    def end(self, outbox_id: int, sendings: int, at: int) -> None:
        """Its calls have ended."""
        self.moments[outbox_id] = (at + SECOND, sendings)

    def pause(self, until: int) -> None:
        """Nobody sends before this moment."""
        self.paused_until = max(self.paused_until, until)

    def keep(self, db: Transaction) -> None:
        """Writes it down."""
        moments = json.dumps([(id, until, sendings) for id, (until, sendings) in self.moments.items()])
        mine = sa.update(channel_pace).where(channel_pace.c.channel == self.channel)
        db.execute(mine.values(paused_until=self.paused_until, moments=moments))


def is_paused(db: Transaction, channel: str, at: int) -> int:
    """For how long the channel must be left alone, in microseconds; 0 when it need not."""
    until = db.execute(sa.select(channel_pace.c.paused_until).where(channel_pace.c.channel == channel)).scalar() or 0
    return max(0, int(until) - at)
