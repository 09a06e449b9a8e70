"""Delivering the outbox: only what is committed, in order per conversation, retried, each claimed by one process.

A message goes to `sending` (committed) before the call and to its end state after it; who finds an expired `sending`
does not know whether it arrived, so it becomes `uncertain` and is never blindly sent again (trust promise R5).
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
from backend.vault import NoKey, Vault
from bot.channel import Channel, Delivered, DeliveryResult, Gone, Message, TryAgain, Uncertain

_log = logging.getLogger(__name__)

_LEASE = 60_000_000
_BATCH = 20
_FIRST_DELAY, _LONGEST_DELAY = 1.0, 300.0
_MOST_TRIES, _GIVE_UP_AFTER = 60, 4 * 3600 * 1_000_000
_POLL_SECONDS = 1.0
_LONGEST_IDS = 400

_older = outbox.alias("older")
_OPEN_STATES = ("waiting", "sending")
_HEADS = (
    sa.select(outbox.c.id, outbox.c.conversation_id, outbox.c.number, outbox.c.tries, outbox.c.state)
    .where(
        outbox.c.state.in_(_OPEN_STATES),
        outbox.c.due_at <= sa.bindparam("now"),
        outbox.c.lease_until < sa.bindparam("now"),
        ~sa.exists().where(
            _older.c.conversation_id == outbox.c.conversation_id,
            _older.c.state.in_(_OPEN_STATES),
            _older.c.id < outbox.c.id,
        ),
    )
    .order_by(outbox.c.id)
    .limit(_BATCH)
)


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


class Delivery:
    """The loop that empties the outbox; any number of processes may run one.

    A channel's pace is kept by each process for itself: where one is told to slow down, others find out themselves.
    """

    def __init__(self, database: Database, vault: Vault, channels: Mapping[str, Channel], *, web: str = "") -> None:
        self._database = database
        self._web = web
        self._vault = vault
        self._channels = channels
        self._paused_until = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Delivers until stopped; a database that is away is waited for."""
        with self._database.signals.listen("outbox") as listener:
            while not stop.is_set():
                try:
                    busy = await self.drain()
                except Exception as error:  # noqa: BLE001 - one defect must not silence everybody
                    busy = False
                    if not isinstance(error, Refused):
                        _log.error("a round of deliveries failed: %s", without_words(error))
                if not busy:
                    await listener.wait(_POLL_SECONDS)

    async def drain(self) -> bool:
        """Delivers what is due now; whether there was anything."""
        if now() < self._paused_until:
            return False
        parcels = await self._database.write(self._claim)
        if parcels:
            await asyncio.gather(*(self._deliver(parcel) for parcel in parcels))
        return bool(parcels)

    def _claim(self, db: Transaction) -> list[_Parcel]:
        statement = _HEADS.with_for_update(skip_locked=True, of=outbox) if db.locks_rows else _HEADS
        parcels = []
        for row in db.execute(statement, {"now": now()}).all():
            if row.state == "sending":
                _finish(db, row.id, "uncertain", "lost")
                continue
            parcel = self._open(db, row)
            if parcel is None:
                continue
            db.execute(
                sa.update(outbox)
                .where(outbox.c.id == row.id)
                .values(state="sending", lease_until=now() + _LEASE, tries=row.tries + 1)
            )
            parcels.append(parcel)
        return parcels

    def _open(self, db: Transaction, row: sa.Row[Any]) -> _Parcel | None:
        talk = db.execute(sa.select(conversation).where(conversation.c.id == row.conversation_id)).one()
        if talk.channel not in self._channels:
            return None
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
            address, announced = address_of(db, self._vault, talk), message.text != found[0].text
            return _Parcel(
                row.id, row.conversation_id, talk.channel, address, message, row.tries + 1, announced=announced
            )
        except (LookupError, ValueError) as error:
            _finish(db, row.id, "failed", "erased" if isinstance(error, NoKey) else "unreadable")
            return None

    async def _deliver(self, parcel: _Parcel) -> None:
        if not await self._database.read(lambda db: _is_held(db, parcel)):
            return  # the person was erased since it was claimed
        try:
            result = await self._channels[parcel.channel].deliver(parcel.address, parcel.message)
        except Exception as error:  # noqa: BLE001 - a channel's defect must not stop the others
            _log.error("a channel failed on message %s: %s", parcel.outbox_id, without_words(error))
            result = Uncertain()
        await self._database.write(lambda db: self._note(db, parcel, result))

    def _note(self, db: Transaction, parcel: _Parcel, result: DeliveryResult) -> None:
        if isinstance(result, TryAgain) and not _is_held(db, parcel):
            return
        match result:
            case Delivered(ids):
                _finish(db, parcel.outbox_id, "sent", ANNOUNCED if parcel.announced else None, ids=ids)
            case Uncertain():
                _finish(db, parcel.outbox_id, "uncertain", "no_answer")
            case Gone(reason):
                _finish(db, parcel.outbox_id, "failed", reason)
                if reason in ("blocked", "no_chat"):
                    db.execute(
                        sa.update(conversation)
                        .where(conversation.c.id == parcel.conversation_id)
                        .values(reachable=False)
                    )
            case TryAgain(after, whole_channel):
                wait = after or _back_off(parcel.tries)
                if whole_channel:
                    self._paused_until = now() + int(wait * 1e6)
                self._postpone(db, parcel, wait)
        db.wake("outbox")

    def _postpone(self, db: Transaction, parcel: _Parcel, wait: float) -> None:
        if parcel.tries > _MOST_TRIES and _written_at(db, parcel) < now() - _GIVE_UP_AFTER:
            _finish(db, parcel.outbox_id, "failed", "gave_up")
            return
        db.execute(
            sa.update(outbox)
            .where(outbox.c.id == parcel.outbox_id)
            .values(state="waiting", lease_until=0, due_at=now() + int(wait * 1e6), last_error="again")
        )


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


def _finish(db: Transaction, outbox_id: int, state: str, error: str | None, *, ids: Sequence[str] = ()) -> None:
    values: dict[str, object] = {"state": state, "lease_until": 0, "last_error": error}
    if ids:
        values["outside_ids"] = " ".join(ids)[:_LONGEST_IDS]
    db.execute(sa.update(outbox).where(outbox.c.id == outbox_id).values(**values))
