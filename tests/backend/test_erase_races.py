"""Erasing wins every race: whatever else happens to a person at the same moment, afterwards nothing of them is left."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from backend.conversations.models import conversation
from backend.conversations.service import receive
from backend.db import Transaction, now
from backend.persons.erasing import erase_person
from backend.register.walking import Held, rows_of, tables_about_person
from backend.retention.purging import CONVERSATION, purge
from backend.vault import NoKey
from bot.channel import Delivered, DeliveryResult, Envelope, Message
from dialogs.messages import Incoming
from sizes import size
from world import Counsellor, Person, World, open_world, settings_for

ROUNDS = size(4, 125)
"""Each round races the erasing of two people against eight other things: four interleavings of two kinds each."""


@dataclass
class Listener:
    """A push channel that notes what it was asked to deliver to whom."""

    name: str = "telegram"
    heard: dict[str, list[Message]] = field(default_factory=dict)

    async def deliver(self, address: str, message: Message, *, begun: Sequence[str] = ()) -> DeliveryResult:
        self.heard.setdefault(address, []).append(message)
        await asyncio.sleep(0)
        return Delivered()


@pytest.fixture
def fresh(database_url: str, tmp_path: Path) -> Iterator[World]:
    """A service whose background work is done by the test."""
    with open_world(settings_for(database_url, tmp_path), worker=False) as world:
        yield world


@pytest.fixture
def listener(fresh: World) -> Iterator[Listener]:
    """The channel over which a person outside the web is reached."""
    channel = Listener()
    fresh.service.push.channels["telegram"] = channel
    yield channel
    del fresh.service.push.channels["telegram"]


def _sends(world: World, chat: str, id: str, incoming: Incoming) -> bool:
    """An update of the push channel comes in; whether it erased the person."""
    envelope = Envelope(channel="telegram", outside_id=f"{chat}-{id}", address=chat, incoming=incoming)
    return bool(world.do(lambda db: receive(db, world.service.host, envelope)).erased)


def _held(world: World, conversation_id: str) -> Held:
    of = sa.select(conversation.c.person_id).where(conversation.c.id == conversation_id)
    return world.do(lambda db: Held.of(db, db.execute(of).scalar_one()))


def _left(world: World, held: Held) -> dict[str, int]:
    """How many rows about the person each table has; the trail may keep its own."""

    def work(db: Transaction) -> dict[str, int]:
        counts = {
            table.name: db.execute(
                sa.select(sa.func.count()).select_from(table).where(rows_of(table, entry, held))
            ).scalar_one()
            for table, entry in tables_about_person()
            if not entry.kept_after_erasing
        }
        return {name: count for name, count in counts.items() if count}

    return world.do(work)


def _chat_of(world: World, chat: str) -> str:
    index = world.service.host.vault.index("telegram", chat)
    found: str = world.rows(sa.select(conversation.c.id).where(conversation.c.address_index == index))[0].id
    return found


def _together(acts: list[Callable[[], object]]) -> list[object]:
    """Runs all at the same moment, in random order; what each gave."""
    ready = threading.Barrier(len(acts))
    order = random.sample(range(len(acts)), len(acts))

    def run(place: int) -> tuple[int, object]:
        ready.wait()
        return place, acts[place]()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [given for _, given in sorted(pool.map(run, order), key=lambda pair: pair[0])]


def test_erasing_wins_every_race(fresh: World, listener: Listener) -> None:
    """Against a reply, a claim, an export, a word, a delivery, a purge and a redelivery: no row and no key is left, nobody
    gets a 5xx, the desk finds nothing, and nothing more is sent."""
    with fresh.counsellor() as coach, fresh.counsellor(letter="b") as colleague:
        for turn in range(ROUNDS):
            _round(fresh, listener, coach, colleague, turn)


def _round(world: World, listener: Listener, coach: Counsellor, colleague: Counsellor, turn: int) -> None:
    person, chat = world.person(), f"chat{turn}"
    person.asks_for_help()
    (request,) = (one for one in coach.requests() if one["status"] == "waiting")
    coach.does("claim", request["id"]) if turn % 2 else None
    for id, incoming in (
        ("a", Incoming(start="")),
        ("b", Incoming(choice="lang:nl")),
        ("c", Incoming(choice="forget")),
    ):
        _sends(world, chat, id, incoming)
    held = [_held(world, person.id), _held(world, _chat_of(world, chat))]

    def job() -> object:
        return world.do(lambda db: purge(db, world.service.host.vault, at=now() - CONVERSATION))

    given = _together(
        [
            lambda: world.http.delete(person.path, headers=person.headers).status_code,
            lambda: _sends(world, chat, "d", Incoming(choice="forget:yes")),
            lambda: coach.does("reply", request["id"], text="Dag!").status_code,
            lambda: colleague.does("claim", request["id"]).status_code,
            lambda: _status(person.get, "export"),
            lambda: person.turn({"text": "Nog een vraag"}).status_code,
            lambda: asyncio.run(world.service.delivery.drain()),
            lambda: _sends(world, chat, "c", Incoming(choice="forget")),
            job,
        ]
    )
    assert given[0] in (200, 204)
    assert given[1] is True
    assert {given[2], given[3]} <= {200, 404, 409, 410}
    assert {given[4], given[5]} <= {200, 404}
    for each in held:
        assert _left(world, each) == {}
    heard = len(listener.heard.get(chat, []))
    asyncio.run(world.service.delivery.drain())
    assert len(listener.heard.get(chat, [])) == heard
    _nothing_answers(world, person, coach, request["id"], held[0])


def test_what_was_about_to_be_sent_is_not_sent(fresh: World, listener: Listener) -> None:
    """A message that was taken up for sending at the moment of the erasing stays unsent."""
    _sends(fresh, "chat", "a", Incoming(start=""))
    _sends(fresh, "chat", "b", Incoming(choice="lang:nl"))
    _sends(fresh, "chat", "c", Incoming(choice="forget"))
    delivery, database = fresh.service.delivery, fresh.service.database

    async def run() -> int:
        parcels = await database.write(delivery._claim)
        held = await database.read(lambda db: _holder(db, parcels[0].conversation_id))
        await database.write(lambda db: erase_person(db, fresh.service.host.vault, held, actor="person"))
        for parcel in parcels:
            await delivery._deliver(parcel)
        return len(parcels)

    assert asyncio.run(run()) == 1
    assert listener.heard == {}


def _holder(db: Transaction, conversation_id: str) -> str:
    of = sa.select(conversation.c.person_id).where(conversation.c.id == conversation_id)
    return str(db.execute(of).scalar_one())


def _status(get: Callable[[str], httpx.Response], what: str) -> int:
    return get(what).status_code


def _nothing_answers(world: World, person: Person, coach: Counsellor, request_id: str, held: Held) -> None:
    """Afterwards the desk finds nothing, nor does the person's own link, and nothing can be sealed for them any more."""
    assert coach.does("reply", request_id, text="Dag!").status_code in (404, 410)
    assert person.get("export").status_code == 404
    vault = world.service.host.vault
    with pytest.raises(NoKey):
        world.do(lambda db: vault.seal(db, held.person_id, "message.content", 1, b"x"))
