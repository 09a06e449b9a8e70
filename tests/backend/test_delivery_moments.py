"""The outbox when time plays tricks: late processes, clocks that are set back, pauses, and messages that change hands."""

from __future__ import annotations

import asyncio
from unittest.mock import patch

import pytest
import sqlalchemy as sa

from backend import delivery
from backend.conversations.models import outbox
from backend.conversations.pacing import LATEST_BEGIN, SECOND, latest_begin
from backend.db import now, run_now
from backend.delivery import Delivery
from bot.channel import Pace, TryAgain
from bot.telegram.channel import TelegramChannel
from bot.telegram.pace import PACE
from fake_telegram import FakeTelegram
from office import HOUR, Office
from telegram_host import opened


def test_a_late_no_does_not_revive_a_message(office: Office) -> None:
    """When the lease ran out and the message became uncertain, a late "try again" of the first sender changes nothing."""
    id = office.conversation("1")
    office.write(id, "traag")
    parcel = run_now(office.database, lambda db: office.delivery._claim(db))[0]
    office.clock += HOUR
    office.drain()
    run_now(office.database, lambda db: office.delivery._note(db, parcel, TryAgain(0)))
    office.clock += HOUR
    office.drain_all()
    assert office.states(id)[-1] == ("uncertain", "lost")
    assert office.post.brought == {}


def test_who_comes_late_to_a_claimed_message_claims_anew(office: Office) -> None:
    """A busy process that begins a call long after its claim, when its place in the pace runs out, does not make it."""
    id = office.conversation("1")
    office.write(id, "traag")
    parcel = run_now(office.database, lambda db: office.delivery._claim(db))[0]
    with patch.object(delivery, "now", lambda: parcel.claimed_at + LATEST_BEGIN + 1):
        asyncio.run(office.delivery._deliver(parcel))
    assert office.post.brought == {}
    assert office.states(id)[-1] == ("waiting", "again")
    office.clock = parcel.claimed_at + 2 * LATEST_BEGIN
    office.drain_all()
    assert office.post.brought == {"1": ["traag"]}


def test_a_machine_that_is_always_late_sends_all_the_same(office: Office) -> None:
    """Where each call begins five seconds after its claim, a message goes out at the third try, once: a place in the pace is
    kept longer with every try."""
    office.delivery.paces["telegram"] = PACE
    id = office.conversation("1")
    office.write(id, "112")
    bring, tries = office.delivery._deliver, []

    async def late(parcel: delivery._Parcel) -> None:
        tries.append(parcel.tries)
        office.clock += 5 * SECOND
        await bring(parcel)

    with patch.object(office.delivery, "_deliver", late):
        while office.states(id)[-1][0] != "sent" and len(tries) < 20:
            office.drain()
            office.clock += SECOND
    assert tries == [1, 2, 3]
    assert office.post.brought == {"1": ["112"]}


@pytest.mark.parametrize("tries", [1, 3, 61])
def test_a_place_in_the_pace_is_kept_as_long_as_a_call_may_begin(office: Office, tries: int) -> None:
    """What a dead process had in hand counts in the pace for as long as its call could begin and last, however often it was
    tried, and not for ever; that is over before its message is given to another."""
    office.delivery.paces["telegram"] = Pace(per_second=1, for_answers=0, at_once=5, sendings=lambda _: 1)
    lost, waits = office.conversation("1"), office.conversation("2")
    office.write(lost, "weg")
    run_now(office.database, lambda db: db.execute(sa.update(outbox).values(tries=tries - 1)))
    office.clock = now() + HOUR  # ahead of the real one, which goes on meanwhile
    with patch.object(delivery, "now", lambda: office.clock):
        assert [parcel.tries for parcel in run_now(office.database, lambda db: office.delivery._claim(db))] == [tries]
    office.write(waits, "daarna")
    for wait in (1, latest_begin(tries) // SECOND + 6):
        office.clock += wait * SECOND
        assert office.drain() is False
    office.clock += 2 * SECOND
    office.drain_all()
    assert office.post.brought == {"2": ["daarna"]}
    assert office.states(lost)[-1] == ("sending", None)


def test_an_answer_waits_for_no_clock_and_a_broadcast_does(office: Office) -> None:
    """An answer that was never tried goes out at once, whatever its row says of when; a broadcast waits for its moment."""
    answer, broadcast = office.conversation("1"), office.conversation("2")
    office.write(answer, "antwoord")
    office.write(broadcast, "aan iedereen")
    later = sa.update(outbox).where(outbox.c.state == "waiting").values(due_at=office.clock + HOUR // 10)
    run_now(office.database, lambda db: db.execute(later))
    to_all = sa.update(outbox).where(outbox.c.conversation_id == broadcast).values(broadcast=True)
    run_now(office.database, lambda db: db.execute(to_all))
    office.drain_all()
    assert office.post.brought == {"1": ["antwoord"]}
    office.clock += HOUR // 10
    office.drain_all()
    assert office.post.brought == {"1": ["antwoord"], "2": ["aan iedereen"]}


@pytest.mark.parametrize(("asked", "back"), [(20, 24 * HOUR), (3600, HOUR)])
def test_a_pause_moves_along_with_the_clock(office: Office, asked: int, back: int) -> None:
    """When the clock is set back during a pause, the channel is silent for as long as was asked, and no longer; what was told
    to wait comes within minutes of it."""
    ids = [office.conversation(str(number)) for number in range(2)]
    office.post.answers["te snel"] = [TryAgain(asked, whole_channel=True)]
    with patch.object(office, "clock", now() + back + HOUR):
        office.write(ids[0], "te snel")
        office.drain()
        office.clock -= back
        office.write(ids[1], "112")
        assert office.drain() is False
        office.clock += (asked - 2) * SECOND
        assert office.drain() is False
        office.clock += 4 * SECOND
        office.drain_all()
        assert office.post.brought["1"] == ["112"]
        office.clock += HOUR // 10
        office.drain_all()
    assert office.post.brought == {"0": ["te snel", "te snel"], "1": ["112"]}


def test_a_clock_that_steps_back_silences_nobody(office: Office) -> None:
    """After an hour back on the clock everything goes on at once: what waited to be tried again, what came after it, what a
    dead process had in hand, a pause that was asked for, and a pace that was used up."""
    office.delivery.paces["telegram"] = PACE
    office.post.answers["later"] = [TryAgain(0)]
    office.post.answers["te snel"] = [TryAgain(30, whole_channel=True)]
    busy, waits, lost, paused = (office.conversation(str(number)) for number in range(4))
    with patch.object(office, "clock", now() + 2 * HOUR):
        office.write(lost, "weg", "erna")
        with patch.object(delivery, "now", lambda: office.clock):
            run_now(office.database, lambda db: office.delivery._claim(db))
        office.write(busy, *"abcdef")
        office.write(waits, "later", "daarna")
        for _ in range(6):
            office.drain()
        office.write(paused, "te snel")
        office.drain()
        assert office.drain() is False
    office.drain()
    office.clock += 31_000_000  # the pause that was asked for is kept, in the new time
    for _ in range(3):
        office.drain()
        office.clock += 1_000_000
    assert office.post.brought["0"] == list("abcdef")
    assert office.post.brought["1"] == ["later", "later", "daarna"]
    assert office.states(lost)[-2:] == [("uncertain", "lost"), ("sent", None)]
    assert office.post.brought["3"] == ["te snel", "te snel"]


def test_another_process_goes_on_where_a_long_message_stopped(office: Office, telegram: FakeTelegram) -> None:
    """Where Telegram took a part of a long message from one process, another one sends what comes after it: every part is
    there once, in order, and all their numbers are known at the end."""
    telegram.person_says(1, "hoi")
    telegram.fail("sendMessage", "429", after=1)
    id = office.conversation("1")
    office.write(id, "woord " * 1500)

    async def two_processes() -> list[str]:
        async with opened(telegram.url) as first, opened(telegram.url) as second:
            return [await _drained(office, TelegramChannel(client)) for client in (first, second)]

    kept = asyncio.run(two_processes())
    seen = telegram.sees(1)
    assert len(seen) == 3
    assert " ".join(part.text for part in seen).split() == ["woord"] * 1500
    assert kept == [str(seen[0].id), " ".join(str(part.id) for part in seen)]
    assert office.states(id)[-1] == ("sent", None)


def test_who_gets_a_long_message_back_knows_what_others_sent(office: Office, telegram: FakeTelegram) -> None:
    """Where two processes take turns at a long message, neither sends a part that the other has sent."""
    telegram.person_says(1, "hoi")
    for _ in range(2):
        telegram.fail("sendMessage", "429", after=1)
    id = office.conversation("1")
    office.write(id, "woord " * 1500)

    async def in_turn() -> str:
        async with opened(telegram.url) as first, opened(telegram.url) as second:
            one, two = TelegramChannel(first), TelegramChannel(second)
            return [await _drained(office, channel) for channel in (one, two, one)][-1]

    kept = asyncio.run(in_turn())
    seen = telegram.sees(1)
    assert " ".join(part.text for part in seen).split() == ["woord"] * 1500
    assert kept == " ".join(str(part.id) for part in seen)
    assert office.states(id)[-1] == ("sent", None)


async def _drained(office: Office, channel: TelegramChannel) -> str:
    """A process delivers what is due half a minute later; gives the numbers that are kept of it then."""
    office.clock += 30 * SECOND
    with patch.object(delivery, "now", lambda: office.clock):
        await Delivery(office.database, office.vault, {"telegram": channel}).drain()
    newest = sa.select(outbox.c.outside_ids).order_by(outbox.c.id.desc()).limit(1)
    return str(await office.database.read(lambda db: db.execute(newest).scalar_one()))
