"""Delivering the outbox: only what is committed, in order per conversation, retried, each claimed by one process.

A message goes to `sending` (committed) before the call and to its end state after it; who finds an expired `sending`
does not know whether it arrived, so it becomes `uncertain` and is never blindly sent again (trust promise R5); only words
about danger go once more. All processes together keep a channel's pace, and answers go before broadcasts (R6).
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from backend.conversations import messages as mail
from backend.conversations.discretion import ANNOUNCED, carried
from backend.conversations.models import conversation, message, outbox
from backend.conversations.pacing import Going, chat_limit, chat_may, is_paused, latest_begin, note_end, paced_until
from backend.conversations.service import address_of
from backend.db import Database, Transaction, now
from backend.errors import Refused, without_words
from backend.prepared import Prepared
from backend.rounds import counted, tell_failure
from backend.telemetry import DELIVERIES
from backend.vault import NoKey, Vault
from bot.channel import Channel, Delivered, DeliveryResult, Gone, Message, Pace, TryAgain, Uncertain

_log = logging.getLogger(__name__)
_WORK = counted("delivery")

_LEASE = 60_000_000
_BATCH = 20
_FOR_ANSWERS = 8
"""Of the messages that a process has in hand, so many are never broadcasts."""
_FIRST_DELAY, _LONGEST_DELAY = 1.0, 300.0
_MOST_TRIES, _GIVE_UP_AFTER = 60, 4 * 3600 * 1_000_000
_POLL_SECONDS = 1.0
_PACE_SECONDS = 0.1
_LONGEST_IDS = 400
REPEATED = "repeated"
"""What stands in the outbox of words about danger that are sent for the second time."""

_AGAIN = sa.case((outbox.c.last_error == REPEATED, REPEATED), else_="again")
_LATEST_DUE = int(_LONGEST_DELAY * 1.2e6)
_older = outbox.alias("older")
_now = sa.bindparam("now", type_=sa.BigInteger)
# Literal, as the indexes of open rows say it: only then are they used.
_OPEN_STATES: Sequence[sa.ColumnElement[str]] = [sa.literal_column("'waiting'"), sa.literal_column("'sending'")]
_DUE = (
    sa.select(
        outbox.c.id,
        outbox.c.conversation_id,
        outbox.c.number,
        outbox.c.tries,
        outbox.c.state,
        outbox.c.broadcast,
        outbox.c.last_error,
        outbox.c.outside_ids,
    )
    .join(conversation, conversation.c.id == outbox.c.conversation_id)
    .where(
        conversation.c.channel == sa.bindparam("channel"),
        outbox.c.state.in_(_OPEN_STATES),
        # Twice as far ahead as any moment is set, but for broadcasts by night: the clock stepped back since.
        sa.or_(
            outbox.c.due_at <= _now,
            # An answer that was never tried waits for nothing.
            sa.and_(~outbox.c.broadcast, sa.or_(outbox.c.tries == 0, outbox.c.due_at > _now + 2 * _LATEST_DUE)),
        ),
        sa.or_(outbox.c.lease_until < _now, outbox.c.lease_until > _now + 2 * _LEASE),
        ~sa.exists().where(
            _older.c.conversation_id == outbox.c.conversation_id,
            _older.c.state.in_(_OPEN_STATES),
            _older.c.id < outbox.c.id,
        ),
    )
    .order_by(outbox.c.broadcast, outbox.c.id)
    .limit(sa.bindparam("most"))
)
_ANY_DUE = Prepared(_DUE)
_HEADS = Prepared(_DUE.where(chat_may()))
_HEADS_LOCKED = Prepared(_DUE.where(chat_may()).with_for_update(skip_locked=True, of=outbox))
_TAKE = (
    sa.update(outbox)
    .where(outbox.c.id == sa.bindparam("row_id"))
    .values(state="sending", lease_until=sa.bindparam("until"), tries=sa.bindparam("try"))
)
_TAKEN = Prepared(_TAKE)
_TAKEN_PACED = Prepared(_TAKE.values(paced_until=sa.bindparam("paced")))
_STANDING = sa.select(outbox.c.state, outbox.c.tries).where(outbox.c.id == sa.bindparam("row_id"))
_THERE = Prepared(_STANDING)
_THERE_LOCKED = Prepared(_STANDING.with_for_update())
_END = (
    sa.update(outbox)
    .where(outbox.c.id == sa.bindparam("row_id"))
    .values(state=sa.bindparam("end"), lease_until=0, last_error=sa.bindparam("error"))
)
_ENDED = Prepared(_END)
_SENT = Prepared(_END.values(outside_ids=sa.bindparam("ids")))


@dataclass(frozen=True, slots=True)
class _Parcel:
    """One claimed message, opened, with where it goes."""

    outbox_id: int
    conversation_id: str
    channel: str
    address: str
    message: Message
    tries: int
    claimed_at: int
    announced: bool = False
    sendings: int = 1
    begun: tuple[str, ...] = ()


class Delivery:
    """The loop that empties the outbox; any number of processes may run one. `paces` are those of channels that have one."""

    def __init__(self, database: Database, vault: Vault, channels: Mapping[str, Channel], *, web: str = "") -> None:
        self._database = database
        self._web = web
        self._vault = vault
        self._channels = channels
        self.paces: dict[str, Pace] = {}
        self._look_again = _POLL_SECONDS
        self._in_hand: dict[asyncio.Task[None], int] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Delivers until stopped; a database that is away is waited for."""
        with self._database.signals.listen("outbox") as listener:
            while not stop.is_set():
                if not await self._take_up():
                    await listener.wait(self._look_again)
        if self._in_hand:
            await asyncio.wait(self._in_hand)

    async def drain(self) -> bool:
        """Delivers what is due now, until each of it came to something; whether there was anything."""
        busy = await self._take_up()
        while self._in_hand:
            await asyncio.wait(self._in_hand)
        return busy

    async def _take_up(self) -> bool:
        """Begins to deliver what is due now, beside what is in hand: who waits for no answer holds up nobody else."""
        self._look_again = _POLL_SECONDS
        if self._free <= 0:
            return False
        try:
            parcels = await self._database.write(self._claim)
        except Exception as error:  # noqa: BLE001 - one defect must not silence everybody
            _complain(error)
            return False
        for parcel in parcels:
            task = asyncio.ensure_future(self._deliver_or_complain(parcel))
            self._in_hand[task] = parcel.outbox_id
            task.add_done_callback(self._let_go)
        return bool(parcels)

    @property
    def _free(self) -> int:
        return _BATCH - len(self._in_hand)

    def _let_go(self, task: asyncio.Task[None]) -> None:
        if not self._free:
            self._database.signals.publish(["outbox"])
        self._in_hand.pop(task, None)

    async def _deliver_or_complain(self, parcel: _Parcel) -> None:
        try:
            await self._deliver(parcel)
        except Exception as error:  # noqa: BLE001 - one defect must not silence everybody
            _complain(error)

    def _claim(self, db: Transaction) -> list[_Parcel]:
        parcels: list[_Parcel] = []
        for channel in self._channels:
            parcels += self._claim_of(db, channel, self._free - len(parcels))
        return parcels

    def _claim_of(self, db: Transaction, channel: str, most: int) -> list[_Parcel]:
        """What of one channel may go now, its pace locked meanwhile."""
        if most <= 0 or not self._is_due(db, channel, now()):
            return []
        going = Going.locked(db, channel, now())
        at, pace = now(), self.paces.get(channel)
        if going.paused_until > at:
            self._look_again = min(_POLL_SECONDS, (going.paused_until - at) / 1e6)
            return []
        parcels: list[_Parcel] = []
        for row in self._heads(db, channel, most, at):
            if row.state == "sending":
                _doubt(db, row.id, "lost", safety=self._is_safety(db, row))
                continue
            if row.broadcast and most - len(parcels) <= _FOR_ANSWERS:
                break
            parcel = self._open(db, row, at)
            if parcel is None:
                continue
            if pace and going.free(pace) < parcel.sendings + (pace.for_answers if row.broadcast else 0):
                break
            self._take(db, parcel, row, going, at)
            parcels.append(parcel)
        if pace and not parcels:
            self._look_again = _PACE_SECONDS
        if parcels:
            going.keep(db, at)
        return parcels

    def _is_due(self, db: Transaction, channel: str, at: int) -> bool:
        """Whether there is anything at all: who has nothing to send must not wait for others."""
        return _ANY_DUE.first(db.connection, {"now": at, "most": 1, "channel": channel}) is not None

    def _heads(self, db: Transaction, channel: str, most: int, at: int) -> Sequence[mail.Row]:
        statement = _HEADS_LOCKED if db.locks_rows else _HEADS
        limit = chat_limit(self.paces.get(channel), at)
        found = statement.all(db.connection, {"now": at, "most": most, "channel": channel, "chat_limit": limit})
        # When the clock stepped back it looks as if what is on its way from here were lost.
        return [row for row in found if row.id not in self._in_hand.values()]

    def _is_safety(self, db: Transaction, row: mail.Row) -> bool:
        try:
            return mail.read_messages(db, self._vault, row.conversation_id, after=row.number - 1)[0].safety
        except (LookupError, ValueError, Refused):
            return False

    def _take(self, db: Transaction, parcel: _Parcel, row: mail.Row, going: Going, at: int) -> None:
        going.begin(row.id, parcel.sendings, parcel.tries, at)
        values = {"row_id": row.id, "until": at + _LEASE, "try": parcel.tries}
        if parcel.channel in self.paces:
            values["paced"] = paced_until(db, row.conversation_id, row.number, parcel.sendings, at)
        (_TAKEN_PACED if "paced" in values else _TAKEN).run(db.connection, values)

    def _open(self, db: Transaction, row: mail.Row, at: int) -> _Parcel | None:
        talk = mail.look_up(db, row.conversation_id)
        if not talk.reachable:
            _finish(db, row.id, "failed", "unreachable")
            return None
        try:
            found = mail.read_message(db, self._vault, talk, row.number)
            message = carried(db, self._vault, talk, found, web=self._web)
            if message is None:
                _finish(db, row.id, "sent", ANNOUNCED)
                return None
            pace = self.paces.get(talk.channel)
            return _Parcel(
                row.id,
                row.conversation_id,
                talk.channel,
                address_of(db, self._vault, talk),
                message,
                row.tries + 1,
                at,
                announced=message.text != found.text,
                begun=tuple((row.outside_ids or "").split()) if row.last_error == "again" else (),
                sendings=min(pace.sendings(message), pace.per_second - pace.for_answers) if pace else 1,
            )
        except (LookupError, ValueError, Refused) as error:
            _finish(db, row.id, "failed", "erased" if isinstance(error, NoKey) else "unreadable")
            return None

    async def _deliver(self, parcel: _Parcel) -> None:
        held, paused = await self._database.read(
            lambda db: (_is_held(db, parcel), is_paused(db, parcel.channel, now()))
        )
        if not held:  # the person was erased since it was claimed
            await self._database.write(lambda db: _note_end(db, parcel))
            return
        if paused:  # somebody was told to slow down since it was claimed
            result: DeliveryResult = TryAgain(paused / 1e6)
        elif now() - parcel.claimed_at > latest_begin(parcel.tries):  # a busy machine: its place in the pace runs out
            result = TryAgain(_PACE_SECONDS)
        else:
            result = await self._bring(parcel)
        DELIVERIES.labels(parcel.channel, type(result).__name__).inc()
        kept = await self._database.write(lambda db: self._note(db, parcel, result))
        if not kept and isinstance(result, Delivered) and result.ids:  # the person was erased while it was on its way
            await self._channels[parcel.channel].unsend(parcel.address, result.ids)

    async def _bring(self, parcel: _Parcel) -> DeliveryResult:
        try:
            return await self._channels[parcel.channel].deliver(parcel.address, parcel.message, begun=parcel.begun)
        except Exception as error:  # noqa: BLE001 - a channel's defect must not stop the others
            _log.error("a channel failed on message %s: %s", parcel.outbox_id, without_words(error))
            return Uncertain()

    def _note(self, db: Transaction, parcel: _Parcel, result: DeliveryResult) -> bool:
        """Writes down what became of it; False when the person was erased since, and there is nothing to write it to."""
        told_to_wait = isinstance(result, TryAgain) and result.whole_channel
        # Locked before the pace: an erasing that is under way is waited for here, and by nobody else.
        there = (_THERE_LOCKED if db.locks_rows else _THERE).first(db.connection, {"row_id": parcel.outbox_id})
        held = _holds(there, parcel)
        if told_to_wait or there is None or parcel.channel in self.paces:
            _note_end(db, parcel, result)
        if there is None:
            return False
        if not held and isinstance(result, TryAgain | Uncertain):
            return True  # somebody took over, and knows no less
        match result:
            case Delivered(ids):
                _finish(db, parcel.outbox_id, "sent", ANNOUNCED if parcel.announced else None, ids=ids)
            case Uncertain():
                _doubt(db, parcel.outbox_id, "no_answer", safety=parcel.message.safety)
            case Gone(reason):
                _finish(db, parcel.outbox_id, "failed", reason)
                if reason in ("blocked", "no_chat"):
                    db.execute(
                        sa.update(conversation)
                        .where(conversation.c.id == parcel.conversation_id)
                        .values(reachable=False)
                    )
            case TryAgain(after):
                self._postpone(
                    db, parcel, min(after or _back_off(parcel.tries), _LATEST_DUE / 1e6), result.begun or parcel.begun
                )
        db.wake("outbox")
        return True

    def _postpone(self, db: Transaction, parcel: _Parcel, wait: float, begun: Sequence[str]) -> None:
        if parcel.tries > _MOST_TRIES and _written_at(db, parcel) < now() - _GIVE_UP_AFTER:
            _finish(db, parcel.outbox_id, "failed", "gave_up")
            return
        db.execute(
            sa.update(outbox)
            .where(outbox.c.id == parcel.outbox_id)
            .values(
                state="waiting",
                lease_until=0,
                outside_ids=" ".join(begun)[:_LONGEST_IDS] or None,
                due_at=now() + int(wait * 1e6),
                last_error=_AGAIN,
            )
        )


def _complain(error: Exception) -> None:
    """To the log; that the database is away is told elsewhere."""
    if not isinstance(error, Refused):
        tell_failure(_WORK, error)


def _back_off(tries: int) -> float:
    """1 s doubling to 5 min, with jitter so that a crowd does not come back at once."""
    return min(_FIRST_DELAY * 2.0 ** (tries - 1), _LONGEST_DELAY) * random.uniform(0.8, 1.2)


def _note_end(db: Transaction, parcel: _Parcel, result: DeliveryResult | None = None) -> None:
    """In the channel's pace: its calls have ended; and where the other side said so, that all must wait."""
    wait = isinstance(result, TryAgain) and result.whole_channel and (result.after or _back_off(parcel.tries))
    note_end(db, parcel.channel, parcel.outbox_id, parcel.sendings, wait or 0.0, now())


def _is_held(db: Transaction, parcel: _Parcel) -> bool:
    """Whether nobody else took over in the meantime, as happens when the lease ran out."""
    return _holds(_THERE.first(db.connection, {"row_id": parcel.outbox_id}), parcel)


def _holds(there: mail.Row | None, parcel: _Parcel) -> bool:
    return there is not None and there.state == "sending" and there.tries == parcel.tries


def _written_at(db: Transaction, parcel: _Parcel) -> int:
    written = sa.select(message.c.at).where(
        message.c.conversation_id == parcel.conversation_id, message.c.number == parcel.message.number
    )
    return int(db.execute(written).scalar_one())


def _doubt(db: Transaction, outbox_id: int, why: str, *, safety: bool) -> None:
    """Nobody knows whether it arrived. Words about danger are better read twice than never: they go once more."""
    first = sa.and_(outbox.c.id == outbox_id, outbox.c.last_error.is_distinct_from(REPEATED))
    again = sa.update(outbox).where(first).values(state="waiting", lease_until=0, due_at=now(), last_error=REPEATED)
    if not safety or db.execute(again).rowcount != 1:
        _finish(db, outbox_id, "uncertain", why)


def _finish(db: Transaction, outbox_id: int, state: str, error: str | None, *, ids: Sequence[str] = ()) -> None:
    values = {"row_id": outbox_id, "end": state, "error": error, "ids": " ".join(ids)[:_LONGEST_IDS]}
    (_SENT if ids else _ENDED).run(db.connection, values)
