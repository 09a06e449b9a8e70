"""The outbox: in order, each message once, every message ends in a state that can be seen."""

from __future__ import annotations

import asyncio
from functools import partial
from unittest.mock import patch

import pytest
import sqlalchemy as sa

from backend.conversations.models import conversation, message, outbox
from backend.conversations.service import receive
from backend.db import Transaction, run_now
from backend.delivery import Delivery
from backend.engines import open_database
from backend.errors import Unavailable
from backend.persons.erasing import erase_person
from bot.channel import Delivered, DeliveryResult, Envelope, Gone, TryAgain, Uncertain
from dialogs.messages import Incoming
from office import HOUR, Office


def test_messages_come_in_order_each_once(office: Office) -> None:
    """Messages of several conversations are brought once each, in order within a conversation, side by side between them."""
    ids = [office.conversation(str(number)) for number in range(8)]
    for id in ids:
        office.write(id, "een", "twee", "drie")
    office.drain_all()
    assert office.post.brought == {str(number): ["een", "twee", "drie"] for number in range(8)}
    assert office.post.most_together > 1
    assert {state for id in ids for state, _ in office.states(id)} == {"sent"}


def test_two_loops_bring_each_message_once(office: Office) -> None:
    """Two loops with their own connections share the work: every message exactly once, order kept."""
    ids = [office.conversation(str(number)) for number in range(12)]
    texts = [f"bericht {number}" for number in range(5)]
    for id in ids:
        office.write(id, *texts)
    other = open_database(office.service.settings.database_url)
    loops = [office.delivery, Delivery(other, office.vault, {"telegram": office.post})]

    async def both() -> None:
        stop = asyncio.Event()
        running = [asyncio.ensure_future(loop.run(stop)) for loop in loops]
        open_ones = sa.select(sa.func.count()).where(outbox.c.state.in_(("waiting", "sending"))).select_from(outbox)
        while await office.database.read(lambda db: db.execute(open_ones).scalar_one()):
            await asyncio.sleep(0.01)
        stop.set()
        office.database.signals.publish(["outbox"])
        other.signals.publish(["outbox"])
        await asyncio.gather(*running)

    asyncio.run(asyncio.wait_for(both(), 100))
    other.close()
    assert office.post.brought == {str(number): texts for number in range(12)}


def test_what_was_on_its_way_at_a_crash_is_uncertain(office: Office) -> None:
    """A message that a dead process had in hand is never sent again; it is shown as uncertain and the next one goes."""
    id = office.conversation("1")
    office.write(id, "onderweg", "daarna")
    held = sa.update(outbox).where(outbox.c.state == "waiting", outbox.c.number == 1 + _last_before(office, id, 2))
    run_now(
        office.database, lambda db: db.execute(held.values(state="sending", lease_until=office.clock + HOUR, tries=1))
    )
    assert office.drain() is False
    office.clock += 2 * HOUR
    office.drain()
    office.drain_all()
    assert office.post.brought["1"] == ["daarna"]
    assert office.states(id)[-2:] == [("uncertain", "lost"), ("sent", None)]


def _last_before(office: Office, id: str, newest: int) -> int:
    last = sa.select(conversation.c.last_number).where(conversation.c.id == id)
    return int(run_now(office.database, lambda db: db.execute(last).scalar_one())) - newest


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (Uncertain(), ("uncertain", "no_answer")),
        (RuntimeError("defect"), ("uncertain", "no_answer")),
        (Gone("refused"), ("failed", "refused")),
        (Gone("blocked"), ("failed", "blocked")),
    ],
)
def test_what_did_not_arrive_is_shown(
    office: Office, answer: DeliveryResult | Exception, state: tuple[str, str]
) -> None:
    """Whatever becomes of a message stands in its row, and it is not sent a second time."""
    id = office.conversation("1")
    office.post.answers = {"hoi": [answer]}
    office.write(id, "hoi")
    office.drain_all()
    assert office.states(id)[-1] == state
    assert office.post.brought["1"] == ["hoi"]


def test_a_failing_message_waits_longer_each_time(office: Office) -> None:
    """What surely did not arrive is tried again after 1, 2, 4 … seconds, and the messages behind it wait for it."""
    id = office.conversation("1")
    office.post.answers = {"een": [TryAgain(0)] * 3}
    office.write(id, "een", "twee")
    waits = []
    for _ in range(3):
        office.drain()
        due = sa.select(outbox.c.due_at).where(outbox.c.state == "waiting").order_by(outbox.c.id)
        waits.append((run_now(office.database, lambda db: db.execute(due).scalars().all())[0] - office.clock) / 1e6)
        assert office.drain() is False
        office.clock += 400_000_000
    office.drain_all()
    assert all(0.8 * 2**n <= wait <= 1.2 * 2**n for n, wait in enumerate(waits))
    assert office.post.brought["1"] == ["een"] * 4 + ["twee"]


def test_the_whole_channel_pauses_when_it_is_told_to(office: Office) -> None:
    """After "too many requests" nobody's message is sent before the time that was asked."""
    ids = [office.conversation(str(number)) for number in range(2)]
    office.post.answers = {"een": [TryAgain(30, whole_channel=True)]}
    office.write(ids[0], "een")
    office.drain()
    office.write(ids[1], "twee")
    office.clock += 29_000_000
    assert office.drain() is False
    office.clock += 2_000_000
    office.drain_all()
    assert office.post.brought == {"0": ["een", "een"], "1": ["twee"]}


def test_giving_up_takes_four_hours(office: Office) -> None:
    """However often a busy channel says no, a message is given up only after four hours; then the next one gets its turn."""
    id = office.conversation("1")
    office.post.answers = {"een": [TryAgain(1)] * 70}
    office.write(id, "een", "twee")
    for _ in range(65):
        office.drain()
        office.clock += 1_100_000
    assert office.states(id)[-2][0] == "waiting"
    office.clock += 4 * HOUR
    office.drain()
    office.drain_all()
    assert office.states(id)[-2:] == [("failed", "gave_up"), ("sent", None)]


def test_a_person_who_blocked_is_left_alone_until_they_write(office: Office) -> None:
    """After a block nothing more is sent; when the person writes again, the answers go out again."""
    id = office.conversation("1")
    office.post.answers = {"een": [Gone("blocked")]}
    office.write(id, "een")
    office.drain_all()
    office.write(id, "twee")
    office.drain_all()
    assert office.post.brought["1"] == ["een"]
    assert office.states(id)[-1] == ("failed", "unreachable")
    back = Envelope(channel="telegram", outside_id="back", address="1", incoming=Incoming(choice="menu"))
    run_now(office.database, lambda db: receive(db, office.service.host, back))
    office.drain_all()
    assert len(office.post.brought["1"]) > 1
    assert office.states(id)[-1] == ("sent", None)


def test_one_unreadable_message_stops_nobody(office: Office) -> None:
    """A message that no longer opens is shown as failed, and everybody else's messages go out."""
    ids = [office.conversation(str(number)) for number in range(2)]
    office.write(ids[0], "stuk", "heel")
    office.write(ids[1], "ook heel")
    broken = sa.update(message).where(
        message.c.conversation_id == ids[0], message.c.number == 1 + _last_before(office, ids[0], 2)
    )
    run_now(office.database, lambda db: db.execute(broken.values(content=b"\x01" + b"x" * 60)))
    office.drain()
    office.drain_all()
    assert office.post.brought == {"0": ["heel"], "1": ["ook heel"]}
    assert office.states(ids[0])[-2:] == [("failed", "unreadable"), ("sent", None)]


def test_a_defect_does_not_end_the_loop(office: Office) -> None:
    """After trouble of any kind the loop goes on by itself."""
    id = office.conversation("1")
    office.write(id, "hoi")
    claim, failures = office.delivery._claim, [Unavailable(), RuntimeError("defect")]

    def failing(db: Transaction) -> object:
        if failures:
            raise failures.pop(0)
        return claim(db)

    async def run() -> None:
        stop = asyncio.Event()
        with patch.object(office.delivery, "_claim", failing):
            running = asyncio.ensure_future(office.delivery.run(stop))
            while not office.post.brought:
                office.database.signals.publish(["outbox"])
                await asyncio.sleep(0.01)
            stop.set()
            office.database.signals.publish(["outbox"])
            await running

    asyncio.run(asyncio.wait_for(run(), 100))
    assert office.post.brought["1"] == ["hoi"]


def test_nothing_goes_out_for_an_erased_person(office: Office) -> None:
    """What was waiting when the person was erased is never sent, and a delivery that was under way leaves no trace."""
    id = office.conversation("1")
    office.write(id, "een", "twee")
    parcel = run_now(office.database, lambda db: office.delivery._claim(db))[0]
    mine = sa.select(conversation.c.person_id).where(conversation.c.id == id)

    def erase(db: Transaction) -> None:
        erase_person(db, office.vault, db.execute(mine).scalar_one(), actor="person")

    run_now(office.database, erase)
    for result in (TryAgain(0), Delivered(), Gone("blocked"), Uncertain()):
        run_now(office.database, partial(office.delivery._note, parcel=parcel, result=result))
    assert office.drain() is False
    assert office.post.brought == {}
    assert office.states(id) == []
