"""The host's side of push channels: receives an envelope durably, and parks what could not be handled."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import time
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from backend.conversations.goodbyes import Goodbye
from backend.conversations.messages import draft
from backend.conversations.models import conversation, parked
from backend.conversations.pacing import begin_beside, is_going, note_end
from backend.conversations.service import Host, open_conversation, receive
from backend.db import Database, Transaction, now
from backend.errors import Refused, Unavailable
from backend.telemetry import turn
from bot.channel import Channel, Envelope, Message, Pace, TryAgain
from locales import Text, language

_log = logging.getLogger(__name__)
_LOOK_AGAIN = 0.05
_MOST_LOOKS = 100
"""Seconds between looks at whether something is still on its way, and how often at most."""
_TELL_EVERY = 0.1
"""Seconds between two who are told of trouble."""
_ROOM_AGAIN = 0.5
"""Seconds between looks whether the pace has room for a line."""
_TELL_AGAIN = 1800.0
"""Who was not refused for so many seconds hears of the next trouble: another process may have stored their words."""
_MOST_TOLD = 10_000
"""To so many people at most trouble is told on a push channel."""
_KEPT = Text.of("errors.unavailable_kept")
"""Their message is kept by the channel, which brings it again until it is stored."""

_Place = tuple[str, str]
"""The name of a channel, and an address there."""


class PushReceiver:
    """Gives `receive` and `park` to a push channel."""

    def __init__(self, database: Database, host: Host) -> None:
        self._database = database
        self._host = host
        self.channels: dict[str, Channel] = {}
        self.paces: Mapping[str, Pace] = {}
        self._farewells: set[asyncio.Task[object]] = set()
        self._told: dict[_Place, float] = {}
        self._told_of_outage: set[_Place] = set()
        self._turn_to_tell = asyncio.Lock()
        self._quiet_until = 0.0

    async def receive(self, envelope: Envelope) -> None:
        """One envelope, once; returns after the commit."""
        place = envelope.channel, envelope.address
        try:
            with turn(envelope.channel):
                received = await self._database.write(lambda db: receive(db, self._host, envelope))
        except Unavailable as trouble:
            self._tell_once(place, envelope, trouble)
            raise
        # Their own trouble is over, and so is an outage; what holds up somebody else alone may last.
        for better in (place, *self._told_of_outage):
            self._told.pop(better, None)
        self._told_of_outage.clear()
        self.part(received.goodbye)

    def part(self, goodbye: Goodbye | None) -> None:
        """Does the last for a conversation that is gone from its channel, beside what comes next."""
        if goodbye is None or goodbye.channel not in self.channels:
            return
        # Nothing about the person is kept there, so the last words cannot wait in the outbox.
        self._beside(self._say(goodbye))

    async def close(self) -> None:
        """Lets last words that are under way be said."""
        if self._farewells:
            await asyncio.wait(self._farewells, timeout=_MOST_LOOKS * _LOOK_AGAIN)

    def _tell_once(self, place: _Place, envelope: Envelope, trouble: Unavailable) -> None:
        """While their words cannot be stored a person hears once where help is; they come again, and are answered then."""
        at = time.monotonic()
        if place not in self._told:
            self._told = {one: refused for one, refused in self._told.items() if at < refused + _TELL_AGAIN}
            if len(self._told) >= _MOST_TOLD or envelope.channel not in self.channels:
                return
        before, self._told[place] = self._told.get(place), at
        if before is None or at >= before + _TELL_AGAIN:
            self._beside(self._tell_if_trouble(place, envelope, trouble))

    async def _tell_if_trouble(self, place: _Place, envelope: Envelope, trouble: Unavailable) -> None:
        """Tells of a database that is away, and of one that is there and cannot store this: a table may be locked. Two first
        words at the same moment are refused once as well, and of that nobody hears."""
        try:
            await self._database.probe()
        except Unavailable:
            self._told_of_outage.add(place)
            told = await self._tell(place, _line(envelope.language_hint))
        else:
            told = not isinstance(trouble.__cause__, IntegrityError) and await self._tell(
                place, _line(await self._language(envelope)), counted=True
            )
        if not told:  # it comes again, and is tried again then
            self._told.pop(place, None)
            self._told_of_outage.discard(place)

    async def _language(self, envelope: Envelope) -> str | None:
        """The language that the person chose, where that can be read, or what the channel guesses."""
        try:
            chosen = await self._database.read(lambda db: _chosen(db, self._host, envelope))
        except (LookupError, ValueError, Refused):
            chosen = None
        return chosen or envelope.language_hint

    async def _tell(self, place: _Place, line: Message, *, counted: bool = False) -> bool:
        """Without a database nobody keeps the pace of all processes, so this one stays far below it; else the line is
        `counted` there. Whether it need not be tried again."""
        async with self._turn_to_tell:
            await asyncio.sleep(_TELL_EVERY)
            number = await self._room(place) if counted else None
        wait = 0.0
        try:
            # While it waited the trouble may have passed, and their words are answered: a line would promise one more.
            if place not in self._told or time.monotonic() < self._quiet_until:
                return place not in self._told
            result = await self.channels[place[0]].deliver(place[1], line)
            if isinstance(result, TryAgain) and result.whole_channel:
                wait = result.after or _LOOK_AGAIN
                self._quiet_until = time.monotonic() + wait
            return not isinstance(result, TryAgain)
        finally:
            if number:
                with suppress(Refused):  # else it ends by itself, a little later
                    await self._database.write(lambda db: note_end(db, place[0], number, 1, wait, now()))

    async def _room(self, place: _Place) -> int | None:
        """Waits until the pace has room for a line to this place: the number under which it counts there. None for one that
        does not count: there is no pace, their trouble is over, or nothing can be written, and nobody delivers anything."""
        pace = self.paces.get(place[0])
        while pace and place in self._told:
            try:
                number = await self._database.write(lambda db: begin_beside(db, place[0], pace, now()))
            except Unavailable:
                return None
            if number:
                return number
            await asyncio.sleep(_ROOM_AGAIN)
        return None

    def _beside(self, work: Coroutine[Any, Any, object]) -> None:
        task = asyncio.ensure_future(work)
        self._farewells.add(task)
        task.add_done_callback(self._farewells.discard)

    async def _say(self, goodbye: Goodbye) -> None:
        channel = self.channels[goodbye.channel]
        for _ in range(_MOST_LOOKS):
            if not await self._something_comes(goodbye):
                break
            await asyncio.sleep(_LOOK_AGAIN)
        for message in goodbye.messages:
            await channel.deliver(goodbye.address, message)
        if goodbye.unsend:
            await channel.unsend(goodbye.address, goodbye.unsend)

    async def _something_comes(self, goodbye: Goodbye) -> bool:
        id = goodbye.on_its_way
        if id is None:
            return False
        try:
            return await self._database.read(lambda db: is_going(db, goodbye.channel, id, now()))
        except Refused:  # the database is away, and who waits for a last word gets it
            return False

    async def park(self, channel: str, update: Mapping[str, object]) -> None:
        """Keeps an update that could not be handled, sealed under a key of its own."""
        await self._database.write(lambda db: self._park(db, channel, update))
        _log.error("an update of %s was parked; see the table of parked updates", channel)

    def _park(self, db: Transaction, channel: str, update: Mapping[str, object]) -> None:
        id = secrets.token_hex(16)
        outside_id = ascii(update.get("update_id", id))[:120]  # what is no number may hold signs that no database takes
        there = sa.select(parked.c.id).where(parked.c.channel == channel, parked.c.outside_id == outside_id)
        if db.execute(there).first():
            return
        person_id = self._host.vault.add_person(db)
        content = self._host.vault.seal(db, person_id, "parked.content", id, json.dumps(update).encode())
        values = {"channel": channel, "outside_id": outside_id, "person_id": person_id, "content": content}
        try:
            db.execute(sa.insert(parked), {"id": id, "at": now(), **values})
        except IntegrityError:
            _log.info("an update of %s was parked already", channel)


def _line(code: str | None) -> Message:
    """What is said in a language, or in Dutch where that lacks it."""
    spoken = language(code) if language(code).has([_KEPT]) else language(None)
    return draft(0, "system", spoken.say(_KEPT), language=spoken.code, at=now())


def _chosen(db: Transaction, host: Host, envelope: Envelope) -> str | None:
    """The language of the conversation at this address, None where there is none. Raises what its key raises."""
    index = host.vault.index(envelope.channel, envelope.address)
    there = sa.select(conversation).where(
        conversation.c.channel == envelope.channel, conversation.c.address_index == index
    )
    row = db.execute(there).first()
    return open_conversation(db, host.vault, row).language if row else None
