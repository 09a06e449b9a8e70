"""The host's side of push channels: receives an envelope durably, and parks what could not be handled."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import time
from collections.abc import Coroutine, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from backend.conversations.goodbyes import Goodbye
from backend.conversations.messages import draft
from backend.conversations.models import parked
from backend.conversations.pacing import is_going
from backend.conversations.service import Host, receive
from backend.db import Database, Transaction, now
from backend.errors import Refused, Unavailable
from backend.telemetry import turn
from bot.channel import Channel, Envelope, Message, TryAgain
from locales import language

_log = logging.getLogger(__name__)
_LOOK_AGAIN = 0.05
_MOST_LOOKS = 100
"""Seconds between looks at whether something is still on its way, and how often at most."""
_TELL_EVERY = 0.1
"""Seconds between two who are told of an outage."""
_MOST_TOLD = 10_000
"""To so many people at most an outage is told on a push channel."""


class PushReceiver:
    """Gives `receive` and `park` to a push channel."""

    def __init__(self, database: Database, host: Host) -> None:
        self._database = database
        self._host = host
        self.channels: dict[str, Channel] = {}
        self._farewells: set[asyncio.Task[object]] = set()
        self._told: set[tuple[str, str]] = set()
        self._turn_to_tell = asyncio.Lock()
        self._quiet_until = 0.0

    async def receive(self, envelope: Envelope) -> None:
        """One envelope, once; returns after the commit."""
        try:
            with turn(envelope.channel):
                received = await self._database.write(lambda db: receive(db, self._host, envelope))
        except Unavailable as away:
            self._tell_once(envelope, away)
            raise
        self._told.clear()
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

    def _tell_once(self, envelope: Envelope, away: Unavailable) -> None:
        """While nothing can be stored a person hears once where help is; their words come again, and are answered then."""
        place = envelope.channel, envelope.address
        if place in self._told or len(self._told) >= _MOST_TOLD or envelope.channel not in self.channels:
            return
        self._told.add(place)
        spoken = language(envelope.language_hint)
        words = away.message(envelope.language_hint)
        line = draft(0, "system", words, language=spoken.code, at=now())
        self._beside(self._tell_if_away(place, line))

    async def _tell_if_away(self, place: tuple[str, str], line: Message) -> None:
        """Two first words at the same moment are refused once as well: only a database that is away is told of."""
        try:
            await self._database.probe()
        except Unavailable:
            if not await self._tell(place, line):
                self._told.discard(place)  # it comes again, and is tried again then
        else:
            self._told.discard(place)

    async def _tell(self, place: tuple[str, str], line: Message) -> bool:
        """Without a database nobody keeps the pace of all processes, so this one stays far below it."""
        async with self._turn_to_tell:
            await asyncio.sleep(_TELL_EVERY)
        if place not in self._told:  # while it waited here the database came back, and their words are answered
            return True
        if time.monotonic() < self._quiet_until:
            return False
        result = await self.channels[place[0]].deliver(place[1], line)
        if isinstance(result, TryAgain) and result.whole_channel:
            self._quiet_until = time.monotonic() + result.after
        return not isinstance(result, TryAgain)

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
