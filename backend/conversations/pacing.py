"""A channel's pace, kept by all processes together in one row that the claiming transaction locks.

A sending counts from when it is claimed until a second after its end. So however long each call takes to arrive, the
other side never sees more than the limit in any second. A moment further ahead than any is ever set was written before
the clock stepped back, and does not count: else everybody would be silent until the clock is there again.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass

import sqlalchemy as sa

from backend.conversations.models import channel_pace, outbox
from backend.db import Transaction
from backend.prepared import Prepared
from bot.channel import Pace

SECOND = 1_000_000
LATEST_BEGIN = 2 * SECOND
"""So long after its claim a call may begin at the first try; who comes later claims anew, or it would send uncounted."""
_MOST_PATIENCE = 20
_CALL = 8 * SECOND
"""A call that began so long ago (it has 5 s to connect) arrived or never will."""
_LONGEST_CALL = _MOST_PATIENCE * LATEST_BEGIN + _CALL
"""A claim counts no longer than this when nobody noted its end. Less than the lease of a message."""
_LONGEST_PAUSE = 3600 * SECOND
"""Who is told to be silent for longer asks again after this."""
_LONGEST_USED = 60 * SECOND
"""A chat never uses its pace further ahead than this."""
_STEP = 30 * SECOND
"""The clocks of machines differ less; a clock that lies further behind was set back."""
_WRITTEN = 0
"""The number, of no outbox row, under which stands when the pace was last written."""
_BACK = 30
"""The latest sending of a chat is at most so many messages ago, its own words between them."""

_before = outbox.alias("before")
_USED_UP = Prepared(
    sa.select(sa.func.max(_before.c.paced_until).label("used")).where(
        _before.c.conversation_id == sa.bindparam("conversation"),
        _before.c.number.between(sa.bindparam("first"), sa.bindparam("last")),
    )
)
_of_channel = channel_pace.c.channel == sa.bindparam("of")
_READ = Prepared(sa.select(channel_pace).where(_of_channel))
_LOCKED = Prepared(sa.select(channel_pace).where(_of_channel).with_for_update())
_KEEP = Prepared(
    sa.update(channel_pace).where(_of_channel).values(paused_until=sa.bindparam("until"), moments=sa.bindparam("going"))
)


def latest_begin(tries: int) -> int:
    """So long after its claim a call may begin. Longer with every try: what is always late must go out all the same."""
    return LATEST_BEGIN * min(tries, _MOST_PATIENCE)


def chat_may() -> sa.ColumnElement[bool]:
    """A condition over `outbox`: its chat has not used its pace up to the moment `chat_limit`, `now` being now."""
    return ~sa.exists().where(
        _before.c.conversation_id == outbox.c.conversation_id,
        _before.c.number.between(outbox.c.number - _BACK, outbox.c.number - 1),
        _before.c.paced_until > sa.bindparam("chat_limit"),
        _before.c.paced_until <= sa.bindparam("now") + _LONGEST_USED,
    )


def chat_limit(pace: Pace | None, at: int) -> int:
    """Up to which moment a chat may have used its pace and still get a message now."""
    return at + (pace.at_once - 1) * SECOND if pace else 2**62


def paced_until(db: Transaction, conversation_id: str, number: int, sendings: int, at: int) -> int:
    """Up to which moment a chat has used its pace after this message."""
    of = {"conversation": conversation_id, "first": number - _BACK, "last": number - 1}
    used = _USED_UP.first(db.connection, of).used or 0
    return max(_ahead(used, at, _LONGEST_USED), at) + sendings * SECOND


@dataclass(slots=True)
class Going:
    """What of one channel is under way, its row locked: per outbox row until when it counts, and for how many."""

    channel: str
    paused_until: int
    moments: dict[int, tuple[int, int]]

    @classmethod
    def locked(cls, db: Transaction, channel: str, at: int) -> Going:
        """The channel's row as it is at this moment, locked until the transaction ends."""
        find = _LOCKED if db.locks_rows else _READ
        row = find.first(db.connection, {"of": channel})
        if row is None:
            insert = db.insert(channel_pace)
            new = {"channel": channel, "paused_until": 0, "moments": "[]"}
            db.execute(insert.values(new).on_conflict_do_nothing())
            row = find.first(db.connection, {"of": channel})
        kept = {id: (until, sendings) for id, until, sendings in json.loads(row.moments)}
        going = {id: one for id, one in kept.items() if id != _WRITTEN and _ahead(one[0], at, _LONGEST_CALL)}
        written, _ = kept.get(_WRITTEN, (0, 0))
        back = written - at if written - at > _STEP else 0
        found = cls(channel, _ahead(row.paused_until - back, at, _LONGEST_PAUSE), going)
        if back:  # at once, and once: from here on the pause is of the new time
            found.keep(db, at)
        return found

    def free(self, pace: Pace) -> int:
        """How many sendings may begin now."""
        return pace.per_second - sum(sendings for _, sendings in self.moments.values())

    def begin(self, outbox_id: int, sendings: int, tries: int, at: int) -> None:
        """A message is claimed."""
        self.moments[outbox_id] = (at + latest_begin(tries) + _CALL, sendings)

    def end(self, outbox_id: int, sendings: int, at: int) -> None:
        """Its calls have ended."""
        self.moments[outbox_id] = (at + SECOND, sendings)

    def pause(self, until: int, at: int) -> None:
        """Nobody sends before this moment."""
        self.paused_until = max(self.paused_until, min(until, at + _LONGEST_PAUSE))

    def keep(self, db: Transaction, at: int) -> None:
        """Writes it down, and when: a clock that is set back later is noticed by it."""
        noted = {**self.moments, _WRITTEN: (at, 0)}
        moments = json.dumps([(id, until, sendings) for id, (until, sendings) in noted.items()])
        _KEEP.run(db.connection, {"of": self.channel, "until": self.paused_until, "going": moments})


def begin_beside(db: Transaction, channel: str, pace: Pace, at: int) -> int | None:
    """Begins one sending that is of no outbox row: the number under which it counts, None while there is no room."""
    going = Going.locked(db, channel, at)
    if going.paused_until > at or going.free(pace) < 1:
        return None
    number = -1 - secrets.randbits(40)
    going.begin(number, 1, 1, at)
    going.keep(db, at)
    return number


def note_end(db: Transaction, channel: str, number: int, sendings: int, pause: float, at: int) -> None:
    """The calls of this outbox row (or this number of none) have ended; for `pause` seconds all must wait."""
    going = Going.locked(db, channel, at)
    going.end(number, sendings, at)
    if pause:
        going.pause(at + int(pause * SECOND), at)
    going.keep(db, at)


def is_going(db: Transaction, channel: str, outbox_id: int, at: int) -> bool:
    """Whether this message is being sent now, as far as anybody knows; for so long as a call may last."""
    row = _READ.first(db.connection, {"of": channel})
    return row is not None and any(
        id == outbox_id and _ahead(until, at + SECOND, _LONGEST_CALL) for id, until, _ in json.loads(row.moments)
    )


def is_paused(db: Transaction, channel: str, at: int) -> int:
    """For how long the channel must be left alone, in microseconds; 0 when it need not."""
    row = _READ.first(db.connection, {"of": channel})
    return max(0, _ahead(row.paused_until, at, _LONGEST_PAUSE) - at) if row else 0


def _ahead(moment: int, at: int, most: int) -> int:
    """The moment if it is still to come and can have been set, else 0. Twice the most: clocks of machines differ."""
    return moment if at < moment <= at + 2 * most else 0
