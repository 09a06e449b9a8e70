"""Polling brings in every update, in order, and lets Telegram forget none that is not stored."""

from __future__ import annotations

import asyncio
import time

from bot.telegram.polling import poll
from dialogs.messages import Incoming
from fake_telegram import FakeTelegram
from telegram_host import CHAT, Host, Unavailable, deliver, message, opened

pytest_plugins = ["fake_telegram"]


def polled(telegram: FakeTelegram, host: Host, count: int) -> None:
    """Polls until the host has received or parked so many updates, then stops."""

    async def run() -> None:
        stop = asyncio.Event()

        async def look() -> None:
            if len(host.received) + len(host.parked) >= count:
                stop.set()

        host.after = look
        async with opened(telegram.url) as client:
            await asyncio.wait_for(poll(client, host.receive, host.park, stop), 60)

    asyncio.run(run())


def offsets(telegram: FakeTelegram) -> list[int]:
    return [int(call.params["offset"]) for call in telegram.called("getUpdates")]


def test_polling_brings_everything_in_order(telegram: FakeTelegram) -> None:
    """Waiting updates come in once, in order, and are confirmed when polling stops."""
    updates = [telegram.person_says(CHAT, text) for text in ("een", "twee", "drie")]
    host = Host()
    polled(telegram, host, 3)
    assert host.said == ["een", "twee", "drie"]
    assert offsets(telegram) == [0, updates[-1]["update_id"] + 1]
    assert telegram.pending == []


def test_polling_forgets_nothing_that_was_not_stored(telegram: FakeTelegram) -> None:
    """While the host cannot store, the offset stays, and the same update is offered until it is stored."""
    first, second = (telegram.person_says(CHAT, text)["update_id"] for text in ("een", "twee"))
    host = Host(Unavailable(0.01), Unavailable(0.01))
    polled(telegram, host, 1)
    assert host.said == ["een"]
    assert offsets(telegram) == [0, first, first, second]
    assert [update["message"]["text"] for update in telegram.pending] == ["twee"]


def test_what_one_chat_waits_for_holds_up_no_other(telegram: FakeTelegram) -> None:
    """While one person's words cannot be stored, others are answered; their own next words wait for the first, each update is
    stored once, and Telegram keeps what is not stored."""
    said = ((CHAT, "een"), (7, "drie"), (CHAT, "twee"), (7, "vier"))
    first, *_, last = (telegram.person_says(chat, text)["update_id"] for chat, text in said)
    host = Host(Unavailable(0.3))
    polled(telegram, host, 4)
    assert host.said == ["drie", "vier", "een", "twee"]
    assert telegram.pending == []
    assert offsets(telegram) == [0, first, last + 1]


def test_who_writes_while_somebody_else_waits_is_answered(telegram: FakeTelegram) -> None:
    """What comes in while one chat is held up does not wait for that chat's next try; each chat keeps its order."""
    host = Host(Unavailable(60))
    telegram.person_says(CHAT, "een")
    began = time.monotonic()

    async def run() -> None:
        stop = asyncio.Event()

        async def look() -> None:
            if len(host.received) == 2:
                stop.set()

        host.after = look
        async with opened(telegram.url) as client:
            polling = asyncio.create_task(poll(client, host.receive, host.park, stop))
            await asyncio.to_thread(telegram.until, lambda: len(telegram.called("getUpdates")) > 1)
            for chat, text in ((CHAT, "twee"), (7, "drie"), (8, "vier")):
                telegram.person_says(chat, text)
            await asyncio.wait_for(polling, 50)

    asyncio.run(run())
    assert host.said == ["drie", "vier"]
    assert time.monotonic() - began < 50
    assert [update["message"]["text"] for update in telegram.pending[:2]] == ["een", "twee"]


def test_polling_passes_a_poison_update(telegram: FakeTelegram) -> None:
    """An update that breaks the host is parked, and the next one comes through."""
    poison = telegram.person_says(CHAT, "een")
    telegram.person_says(CHAT, "twee")
    host = Host(RuntimeError("defect"))
    polled(telegram, host, 2)
    assert (host.parked, host.said) == ([poison], ["twee"])


def test_polling_waits_for_telegram(telegram: FakeTelegram) -> None:
    """A broken connection or an error of Telegram only makes polling pause, as long as Telegram asks."""
    telegram.person_says(CHAT, "een")
    telegram.fail("getUpdates", "reset")
    telegram.fail("getUpdates", "429", retry_after=1)
    host = Host()
    polled(telegram, host, 1)
    assert host.said == ["een"]
    assert [call.status for call in telegram.called("getUpdates")] == [0, 429, 200, 200]


def test_polling_stops_at_once(telegram: FakeTelegram) -> None:
    """A stop does not wait for the long poll to end, and taps that were stored are acknowledged."""
    telegram.person_says(CHAT, "hoi")
    deliver(telegram, message(choices=(("a", "Ja"),)))
    telegram.person_taps(CHAT, "Ja")
    host = Host()

    async def run() -> None:
        stop = asyncio.Event()
        async with opened(telegram.url) as client:
            polling = asyncio.create_task(poll(client, host.receive, host.park, stop))
            await asyncio.to_thread(telegram.until, lambda: bool(telegram.acknowledged))
            stop.set()
            await asyncio.wait_for(polling, 15)

    asyncio.run(run())
    assert host.received[-1].incoming == Incoming(choice="a")
