"""Telegram's pace over processes: never more than it allows in any second, silence when it asks, answers first."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from backend.app import Service
from backend.conversations import messages as mail
from backend.conversations.models import conversation, outbox
from backend.conversations.pacing import SECOND, chat_limit
from backend.conversations.service import receive
from backend.db import Database, Transaction, run_now
from backend.delivery import Delivery
from backend.engines import open_database
from bot.channel import Envelope, Message
from bot.telegram.channel import TelegramChannel
from bot.telegram.client import Client
from bot.telegram.pace import PACE, sendings
from dialogs.messages import Incoming
from fake_telegram import TOKEN, Call, FakeTelegram
from sizes import size
from world import open_service, settings_for

CHATS = size(8, 60)
EACH = size(7, 20)
BROADCASTS = size(60, 5_000)


class House:
    """One database with conversations over Telegram, and loops of deliveries as so many processes would run them."""

    def __init__(self, service: Service, telegram: FakeTelegram) -> None:
        self.service, self.telegram = service, telegram
        self.vault = service.host.vault

    def chats(self, count: int) -> list[str]:
        """Conversations whose first words were sent long ago, with chats 1, 2, … ."""
        ids = [self._chat(number) for number in range(1, count + 1)]
        run_now(self.service.database, lambda db: db.execute(sa.update(outbox).values(state="sent")))
        return ids

    def write(self, id: str, *texts: str, broadcast: bool = False) -> None:
        """Words to a person, in one transaction."""
        run_now(self.service.database, partial(self._write, id, texts, broadcast))

    def _write(self, id: str, texts: Sequence[str], broadcast: bool, db: Transaction) -> None:
        row = mail.find(db, id)
        last = row.last_number + len(texts)
        numbers = range(row.last_number + 1, last + 1)
        words = [
            mail.draft(number, "system", text, language="nl", at=1) for number, text in zip(numbers, texts, strict=True)
        ]
        mail.add(db, self.vault, row, words, 1, broadcast=broadcast)
        db.execute(sa.update(conversation).where(conversation.c.id == id).values(last_number=last))

    def _chat(self, number: int) -> str:
        self.telegram._message(number)
        first = Envelope(
            channel="telegram", outside_id=f"first {number}", address=str(number), incoming=Incoming(start="")
        )
        received = run_now(self.service.database, lambda db: receive(db, self.service.host, first))
        return received.conversation_id

    async def deliver(self, loops: int, *, at_start: asyncio.Event | None = None) -> None:
        """Runs so many loops, each with its own connections to the database and to Telegram, until all is sent."""
        with ExitStack() as stack:
            databases = [stack.enter_context(self._database()) for _ in range(loops)]
            clients = [Client.of(TOKEN, self.telegram.url) for _ in databases]
            stop, running = asyncio.Event(), []
            for database, client in zip(databases, clients, strict=True):
                delivery = Delivery(database, self.vault, {"telegram": TelegramChannel(client)})
                delivery.paces["telegram"] = PACE
                running.append(asyncio.ensure_future(delivery.run(stop)))
            if at_start:
                at_start.set()
            while await databases[0].read(_are_open):
                await asyncio.sleep(0.05)
            stop.set()
            for database in databases:
                database.signals.publish(["outbox"])
            await asyncio.gather(*running)
            for client in clients:
                await client.close()

    @contextmanager
    def _database(self) -> Iterator[Database]:
        database = open_database(self.service.settings.database_url)
        yield database
        database.close()

    def sent(self) -> list[Call]:
        """Every sending as Telegram saw it, oldest first."""
        return sorted(self.telegram.called("sendMessage"), key=lambda call: call.at)


def _are_open(db: Transaction) -> bool:
    waiting = sa.select(outbox.c.id).where(outbox.c.state.in_(("waiting", "sending")))
    return db.execute(waiting.limit(1)).first() is not None


@pytest.fixture
def house(database_url: str, tmp_path: Path, telegram: FakeTelegram) -> Iterator[House]:
    """A house on each of the two databases."""
    service = open_service(settings_for(database_url, tmp_path))
    yield House(service, telegram)
    service.database.close()


def test_processes_keep_the_pace_together(house: House) -> None:
    """Two loops together send at most 30 in any second and, after the first few, one a second in a chat; in order, each
    once."""
    texts = [f"bericht {number}" for number in range(EACH)]
    for id in house.chats(CHATS):
        house.write(id, *texts)
    began = time.monotonic()
    asyncio.run(asyncio.wait_for(house.deliver(2), 60 + 2 * CHATS * EACH / PACE.per_second))
    calls = house.sent()
    assert len(calls) == CHATS * EACH
    for first, after in zip(calls, calls[30:], strict=False):
        assert after.at - first.at > 1, "31 in one second"
    for chat in range(1, CHATS + 1):
        mine = [call for call in calls if call.params["chat_id"] == str(chat)]
        assert [call.params["text"] for call in mine] == texts
        # A call counts from its claim, which comes after the call before it: so however long each was on its way.
        moments = [began, *(call.at for call in mine)]
        for early, late in itertools.combinations(range(EACH + 1), 2):
            assert late - early <= moments[late] - moments[early] + PACE.at_once


def test_too_many_requests_quietens_every_process(house: House) -> None:
    """After "too many requests" to one loop no loop sends before the time that was asked, and then everything goes."""
    for id in house.chats(6):
        house.write(id, "een", "twee")
    house.telegram.fail("sendMessage", "429", after=2, retry_after=6)
    asyncio.run(asyncio.wait_for(house.deliver(2), 60))
    calls = house.sent()
    refused = next(call for call in calls if call.status == 429)
    on_their_way = 3
    late = [call.at - refused.at for call in calls if call.at > refused.at]
    assert [wait for wait in late if on_their_way < wait < 5.9] == []
    assert len([call for call in calls if call.status == 200]) == 12


def test_answers_go_before_broadcasts(house: House) -> None:
    """While many broadcasts wait, an answer arrives before as many of them as may go out in a second, also where a broadcast
    to the same person waits."""
    ids = house.chats(BROADCASTS)
    for id in ids:
        house.write(id, "aan iedereen", broadcast=True)
    asked: dict[str, float] = {}

    async def ask() -> None:
        begun = asyncio.Event()
        delivering = asyncio.ensure_future(house.deliver(2, at_start=begun))
        await begun.wait()
        await asyncio.to_thread(house.telegram.until, partial(_has_sent, house, 1))
        for chat in range(BROADCASTS, BROADCASTS - 5, -1):
            asked[str(chat)] = time.monotonic()
            await asyncio.to_thread(house.write, ids[chat - 1], "antwoord")
        await delivering

    asyncio.run(asyncio.wait_for(ask(), 60 + BROADCASTS / 10))
    calls = house.sent()
    answered = {call.params["chat_id"]: call.at for call in calls if call.params["text"] == "antwoord"}
    assert answered.keys() == asked.keys()
    broadcasts = [call.at for call in calls if call.params["text"] == "aan iedereen"]
    before = [sum(asked[chat] < at < answered[chat] for at in broadcasts) for chat in asked]
    assert sorted(before)[2] <= PACE.per_second
    assert calls[-1].params["text"] == "aan iedereen", "the broadcasts were still going on"
    last = [call.params["text"] for call in calls if call.params["chat_id"] == str(BROADCASTS)]
    assert last == ["aan iedereen", "antwoord"]


def _has_sent(house: House, count: int) -> bool:
    return len(house.telegram.called("sendMessage")) >= count


def test_a_long_message_counts_for_all_its_parts() -> None:
    """A text that Telegram only takes in parts counts as so many; one that is refused before any call as one."""
    whole = Message(number=1, sender="bot", text="woord " * 1500, language="nl", direction="ltr", at="")
    wrong = Message(number=1, sender="bot", text="x", language="nl", direction="ltr", at="", choices=(("x" * 90, "y"),))
    assert sendings(whole) == 3
    assert sendings(wrong) == 1
    assert chat_limit(PACE, 0) == (PACE.at_once - 1) * SECOND
