"""The host's side of the widget: every call is one transaction, every refusal a kind one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from pydantic_core import to_json

from backend.audit import record
from backend.conversations import messages as mail
from backend.conversations import service
from backend.conversations.goodbyes import Goodbye, goodbye_to
from backend.conversations.service import Host
from backend.db import Database, Transaction, now
from backend.enclosures import draw_png, render_paper
from backend.errors import Refused, not_found
from backend.my_data.erasing import Receipt, erase_with_receipt
from backend.my_data.readable import readable
from backend.persons.export import export_person
from backend.quiet_hours import zone_to_keep
from backend.resume_codes.api import Opening
from backend.signals import Listener
from backend.telemetry import turn
from backend.vault import NoKey
from bot.channel import File, Message, paper_kind
from dialogs.messages import Incoming, OwnData
from locales import languages

_CHANNEL = "web"
_KEY_LIMIT = 64
_CHECK_SECONDS = 15.0
_MOST_STREAMS = 10
"""Of one conversation; a new one ends the oldest, which a phone that lost its network left behind."""
_AT_ONCE = 2
_T = TypeVar("_T")


class WebConversations:
    """Implements `bot.web_widget.channel.Conversations` on the database."""

    def __init__(
        self, database: Database, host: Host, *, part: Callable[[Goodbye | None], None] = lambda _goodbye: None
    ) -> None:
        self._database = database
        self._host = host
        self._part = part
        self.opening = Opening(database, host, part=part)
        self._drawing = asyncio.Semaphore(_AT_ONCE)
        self._streams: dict[str, list[Listener]] = {}

    async def start(
        self, *, language: str | None, code: str, time_zone: str | None = None, address: str = ""
    ) -> tuple[str, str, Sequence[Message]]:
        known = language if language in languages() else None
        zone = zone_to_keep(time_zone, at=now())
        with turn(_CHANNEL):
            received, token = await self._database.write(
                lambda db: service.start(
                    db, self._host, _CHANNEL, language=known, code=code, zone=zone, came_from=address
                )
            )
        return received.conversation_id, token, received.messages

    async def resume(self, code: str, address: str) -> tuple[str, str]:
        opened = await self.opening.open(code, address)
        return opened.id, opened.token

    async def take(self, id: str, token: str, key: str, incoming: Incoming) -> Sequence[Message]:
        with turn(_CHANNEL):
            received = await self._database.write(
                lambda db: service.receive_web(db, self._host, id, token, key, incoming)
            )
        self._part(received.goodbye)
        return received.messages

    async def messages(self, id: str, token: str, after: int) -> Sequence[Message]:
        def work(db: Transaction) -> list[Message]:
            row = service.authorised(db, id, token)
            return mail.read_messages(db, self._host.vault, id, after=after, person_id=row.person_id)

        return await self._database.read(work)

    async def image(self, id: str, token: str, number: int) -> File:
        message = await self._message(id, token, number)
        picture = message.picture
        if picture is None:
            raise not_found()
        content = await self._made(lambda: draw_png(picture, language=message.language, direction=message.direction))
        return File(content, "image/png", "verder.png")

    async def paper(self, id: str, token: str, number: int, place: int) -> File:
        papers = (await self._message(id, token, number)).papers
        if place > len(papers):
            raise not_found()
        paper = papers[place - 1]
        if isinstance(paper, OwnData):
            held = await self.export(id, token)
            return await self._made(lambda: _own_data(paper, held))
        return await self._made(lambda: render_paper(paper))

    async def _message(self, id: str, token: str, number: int) -> Message:
        def work(db: Transaction) -> Message:
            return mail.read_message(db, self._host.vault, service.authorised(db, id, token), number)

        return await self._database.read(work)

    async def _made(self, make: Callable[[], _T]) -> _T:
        """A few at once: the others wait for their file, and nobody waits for theirs."""
        async with self._drawing:
            return await asyncio.to_thread(make)

    async def check(self, id: str, token: str) -> None:
        await self._database.read(lambda db: service.authorised(db, id, token))

    async def follow(self, id: str, token: str, after: int) -> AsyncIterator[Message]:
        with self._database.signals.listen(f"conversation:{id}") as listener, self._place(id, listener) as has_place:
            while has_place() and not self._database.signals.ending:
                try:
                    found = await self.messages(id, token, after)
                except (Refused, NoKey):
                    return  # erased, or the database is away: who still wants to know asks again
                for message in found:
                    after = message.number
                    yield message
                await listener.wait(_CHECK_SECONDS)

    @contextmanager
    def _place(self, id: str, listener: Listener) -> Iterator[Callable[[], bool]]:
        """A place among the streams of this conversation, for as long as there is room."""
        mine = self._streams.setdefault(id, [])
        mine.append(listener)
        if len(mine) > _MOST_STREAMS:
            mine.pop(0).wake()
        try:
            yield lambda: listener in mine
        finally:
            if listener in mine:
                mine.remove(listener)
            if not mine and self._streams.get(id) is mine:
                del self._streams[id]

    async def export(self, id: str, token: str) -> dict[str, Any]:
        def note(db: Transaction) -> None:
            record(db, "person.export", service.authorised(db, id, token).person_id, actor="person")

        def work(db: Transaction) -> dict[str, Any]:
            return export_person(db, self._host.vault, service.authorised(db, id, token))

        await self._database.write(note)
        return await self._database.read(work)

    async def erase(self, id: str, token: str) -> tuple[str, str]:
        def work(db: Transaction) -> tuple[Receipt, Goodbye | None]:
            row = service.authorised(db, id, token, lock=True)
            goodbye = goodbye_to(db, self._host.vault, row)
            return erase_with_receipt(db, self._host.vault, row.person_id, actor="person"), goodbye

        receipt, goodbye = await self._database.write(work)
        self._part(goodbye)
        return receipt.reference, mail.rfc3339(receipt.at)

    def token_of(self, authorization: str | None) -> str:
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise not_found()
        return token

    def key_of(self, idempotency_key: str | None) -> str:
        if not idempotency_key or len(idempotency_key) > _KEY_LIMIT:
            raise Refused(400, "idempotency_missing")
        return idempotency_key


def _own_data(paper: OwnData, held: dict[str, Any]) -> File:
    """Everything as it is now, to read or for a computer."""
    content = readable(held, paper.language).encode() if paper.form == "read" else to_json(held, indent=1)
    return File(content, *paper_kind(paper))
