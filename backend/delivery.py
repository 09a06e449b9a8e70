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
from typing import Any

import sqlalchemy as sa

from backend.conversations import messages as mail
from backend.conversations.discretion import ANNOUNCED, carried
from backend.conversations.models import conversation, message, outbox
from backend.conversations.service import address_of
from backend.db import Database, Transaction, now
from backend.errors import Refused, without_words
from backend.pacing import Going, chat_limit, chat_may, is_paused, paced_until
from backend.telemetry import DELIVERIES
from backend.vault import NoKey, Vault
from bot.channel import Channel, Delivered, DeliveryResult, Gone, Message, Pace, TryAgain, Uncertain

_log = logging.getLogger(__name__)

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
_older = outbox.alias("older")
# Literal, as the indexes of open rows say it: only then are they used.
_OPEN_STATES: Sequence[sa.ColumnElement[str]] = [sa.literal_column("'waiting'"), sa.literal_column("'sending'")]
_DUE = (
    sa.select(
        outbox.c.id, outbox.c.conversation_id, outbox.c.number, outbox.c.tries, outbox.c.state, outbox.c.broadcast
    )
    .join(conversation, conversation.c.id == outbox.c.conversation_id)
    .where(
        conversation.c.channel == sa.bindparam("channel"),
        outbox.c.state.in_(_OPEN_STATES),
        outbox.c.due_at <= sa.bindparam("now"),
        outbox.c.lease_until < sa.bindparam("now"),
        ~sa.exists().where(
            _older.c.conversation_id == outbox.c.conversation_id,
            _older.c.state.in_(_OPEN_STATES),
            _older.c.id < outbox.c.id,
        ),
    )
    .order_by(outbox.c.broadcast, outbox.c.id)
    .limit(sa.bindparam("most"))
)
_HEADS = _DUE.where(chat_may())


@dataclass(frozen=True, slots=True)
class _Parcel:
    """One claimed message, opened, with where it goes."""

    outbox_id: int
    conversation_id: str
    channel: str
    address: str
    message: Message
    tries: int
    announced: bool = False
    sendings: int = 1


class Delivery:
    """The loop that empties the outbox; any number of processes may run one. `paces` are those of channels that have one."""

    def __init__(self, database: Database, vault: Vault, channels: Mapping[str, Channel], *, web: str = "") -> None:
        self._database = database
        self._web = web
        self._vault = vault
        self._channels = channels
        self.paces: dict[str, Pace] = {}
        self._look_again = _POLL_SECONDS
        self._in_hand: set[asyncio.Task[None]] = set()

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
            self._in_hand.add(task)
            task.add_done_callback(self._let_go)
        return bool(parcels)

    @property
    def _free(self) -> int:
        return _BATCH - len(self._in_hand)

    def _let_go(self, task: asyncio.Task[None]) -> None:
        if not self._free:
            self._database.signals.publish(["outbox"])
        self._in_hand.discard(task)

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
        at, pace = now(), self.paces.get(channel)
        if most <= 0 or not self._is_due(db, channel, at):
            return []
        going = Going.locked(db, channel, at)
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
            parcel = self._open(db, row)
            if parcel is None:
                continue
            if pace and going.free(pace) < parcel.sendings + (pace.for_answers if row.broadcast else 0):
                break
            self._take(db, parcel, row, going, at)
            parcels.append(parcel)
        if pace and not parcels:
            self._look_again = _PACE_SECONDS
        if parcels:
            going.keep(db)
        return parcels

    def _is_due(self, db: Transaction, channel: str, at: int) -> bool:
        """Whether there is anything at all: who has nothing to send must not wait for others."""
        return db.execute(_DUE, {"now": at, "most": 1, "channel": channel}).first() is not None

    def _heads(self, db: Transaction, channel: str, most: int, at: int) -> Sequence[sa.Row[Any]]:
        statement = _HEADS.with_for_update(skip_locked=True, of=outbox) if db.locks_rows else _HEADS
        limit = chat_limit(self.paces.get(channel), at)
        return db.execute(statement, {"now": at, "most": most, "channel": channel, "chat_limit": limit}).all()

    def _is_safety(self, db: Transaction, row: sa.Row[Any]) -> bool:
        try:
            return mail.read_messages(db, self._vault, row.conversation_id, after=row.number - 1)[0].safety
        except (LookupError, ValueError, Refused):
            return False

    def _take(self, db: Transaction, parcel: _Parcel, row: sa.Row[Any], going: Going, at: int) -> None:
        going.begin(row.id, parcel.sendings, at)
        values: dict[str, object] = {"state": "sending", "lease_until": at + _LEASE, "tries": parcel.tries}
        if parcel.channel in self.paces:
            values["paced_until"] = paced_until(db, row.conversation_id, row.number, parcel.sendings, at)
        db.execute(sa.update(outbox).where(outbox.c.id == row.id).values(**values))

    def _open(self, db: Transaction, row: sa.Row[Any]) -> _Parcel | None:
        talk = db.execute(sa.select(conversation).where(conversation.c.id == row.conversation_id)).one()
        if not talk.reachable:
            _finish(db, row.id, "failed", "unreachable")
            return None
        try:
            found = mail.read_messages(
                db, self._vault, row.conversation_id, after=row.number - 1, person_id=talk.person_id
            )
            message = carried(db, self._vault, talk, found[0], web=self._web)
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
                announced=message.text != found[0].text,
                sendings=min(pace.sendings(message), pace.per_second - pace.for_answers) if pace else 1,
            )
        except (LookupError, ValueError) as error:
            _finish(db, row.id, "failed", "erased" if isinstance(error, NoKey) else "unreadable")
            return None

    async def _deliver(self, parcel: _Parcel) -> None:
        held, paused = await self._database.read(
            lambda db: (_is_held(db, parcel), is_paused(db, parcel.channel, now()))
        )
        if not held:
            return  # the person was erased since it was claimed
        if paused:  # somebody was told to slow down since it was claimed
            result: DeliveryResult = TryAgain(paused / 1e6)
        else:
            result = await self._bring(parcel)
        DELIVERIES.labels(parcel.channel, type(result).__name__).inc()
        await self._database.write(lambda db: self._note(db, parcel, result))

    async def _bring(self, parcel: _Parcel) -> DeliveryResult:
        try:
            return await self._channels[parcel.channel].deliver(parcel.address, parcel.message)
        except Exception as error:  # noqa: BLE001 - a channel's defect must not stop the others
            _log.error("a channel failed on message %s: %s", parcel.outbox_id, without_words(error))
            return Uncertain()

    def _note(self, db: Transaction, parcel: _Parcel, result: DeliveryResult) -> None:
        told_to_wait = isinstance(result, TryAgain) and result.whole_channel
        if told_to_wait or parcel.channel in self.paces:
            self._note_pace(db, parcel, result)
        if isinstance(result, TryAgain | Uncertain) and not _is_held(db, parcel):
            return
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
                self._postpone(db, parcel, after or _back_off(parcel.tries))
        db.wake("outbox")

    def _note_pace(self, db: Transaction, parcel: _Parcel, result: DeliveryResult) -> None:
        at = now()
        going = Going.locked(db, parcel.channel, at)
        going.end(parcel.outbox_id, parcel.sendings, at)
        if isinstance(result, TryAgain) and result.whole_channel:
            going.pause(at + int((result.after or _back_off(parcel.tries)) * 1e6))
        going.keep(db)

    def _postpone(self, db: Transaction, parcel: _Parcel, wait: float) -> None:
        if parcel.tries > _MOST_TRIES and _written_at(db, parcel) < now() - _GIVE_UP_AFTER:
            _finish(db, parcel.outbox_id, "failed", "gave_up")
            return
        db.execute(
            sa.update(outbox)
            .where(outbox.c.id == parcel.outbox_id)
            .values(state="waiting", lease_until=0, due_at=now() + int(wait * 1e6), last_error=_AGAIN)
        )


def _complain(error: Exception) -> None:
    """To the log; that the database is away is told elsewhere."""
    if not isinstance(error, Refused):
        _log.error("a delivery failed: %s", without_words(error))


def _back_off(tries: int) -> float:
    """1 s doubling to 5 min, with jitter so that a crowd does not come back at once."""
    return min(_FIRST_DELAY * 2.0 ** (tries - 1), _LONGEST_DELAY) * random.uniform(0.8, 1.2)


def _is_held(db: Transaction, parcel: _Parcel) -> bool:
    """Whether nobody else took over in the meantime, as happens when the lease ran out."""
    held = sa.select(outbox.c.id).where(
        outbox.c.id == parcel.outbox_id, outbox.c.state == "sending", outbox.c.tries == parcel.tries
    )
    return db.execute(held).first() is not None


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
    values: dict[str, object] = {"state": state, "lease_until": 0, "last_error": error}
    if ids:
        values["outside_ids"] = " ".join(ids)[:_LONGEST_IDS]
    db.execute(sa.update(outbox).where(outbox.c.id == outbox_id).values(**values))
