"""While the database is away a chat gets one line with the numbers of help, however often an update comes again (R10)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from backend.conversations.goodbyes import Goodbye
from backend.conversations.push import PushReceiver
from backend.conversations.service import Received
from backend.errors import Unavailable
from bot.channel import Delivered, DeliveryResult, Envelope, Message
from dialogs.messages import Incoming


class Post:
    """A channel that keeps what it is given."""

    name = "telegram"

    def __init__(self) -> None:
        self.brought: list[tuple[str, Message]] = []

    async def deliver(self, address: str, message: Message) -> DeliveryResult:
        self.brought.append((address, message))
        return Delivered()

    async def unsend(self, address: str, ids: object) -> None:
        """Nothing is taken back."""


class Shaky:
    """A database that is away now and then."""

    away = True
    only_once = False

    async def write(self, _work: Any) -> Received:
        if self.away:
            raise Unavailable
        return Received("", (), goodbye=None)

    async def probe(self) -> None:
        if self.away and not self.only_once:
            raise Unavailable


def _update(chat: int, number: int, language: str | None) -> Envelope:
    return Envelope(
        channel="telegram",
        outside_id=str(number),
        address=str(chat),
        incoming=Incoming(text="help"),
        language_hint=language,
    )


def test_one_line_for_each_chat_and_outage() -> None:
    """Thirty updates of three chats, each offered three times: three lines, in the language of the phone where it is spoken,
    with 112 and 113; after it is over the next outage is told once more, and nothing is taken for stored."""
    database, post = Shaky(), Post()
    push = PushReceiver(database, None)  # type: ignore[arg-type]
    push.channels["telegram"] = post  # type: ignore[assignment]
    languages = {1: "nl", 2: "en", 3: "xx"}

    async def outage() -> None:
        database.away = True
        for number in range(90):
            chat = number % 3 + 1
            with pytest.raises(Unavailable):
                await push.receive(_update(chat, number // 3, languages[chat]))
        for _ in range(5):
            await asyncio.sleep(0)

    async def over() -> None:
        database.away = False
        await push.receive(_update(1, 1, "nl"))

    async def both() -> None:
        await outage()
        assert sorted(address for address, _ in post.brought) == ["1", "2", "3"]
        await over()
        assert len(post.brought) == 3
        await outage()

    asyncio.run(both())
    assert sorted(address for address, _ in post.brought) == ["1", "1", "2", "2", "3", "3"]
    assert all("112" in line.text and "113" in line.text for _, line in post.brought)
    assert {line.language for address, line in post.brought if address == "2"} == {"en"}


def test_a_refusal_that_is_no_outage_is_not_told() -> None:
    """Where the database is there all the same, as after two first words at once, nobody hears of trouble."""
    database, post = Shaky(), Post()
    database.only_once = True
    push = PushReceiver(database, None)  # type: ignore[arg-type]
    push.channels["telegram"] = post  # type: ignore[assignment]

    async def collide() -> None:
        with pytest.raises(Unavailable):
            await push.receive(_update(1, 1, "nl"))
        for _ in range(5):
            await asyncio.sleep(0)

    asyncio.run(collide())
    assert post.brought == []


def test_a_channel_that_is_not_here_is_told_nothing() -> None:
    """An update of a channel that this process does not send on is refused, and that is all."""
    push = PushReceiver(Shaky(), None)  # type: ignore[arg-type]
    with pytest.raises(Unavailable):
        asyncio.run(push.receive(_update(1, 1, None)))
    push.part(Goodbye("telegram", "1", (), ()))  # nobody to say it
