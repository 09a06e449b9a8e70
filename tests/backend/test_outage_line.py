"""While the database is away a chat gets one line with the numbers of help, however often an update comes again (R10). Where
it is there and cannot store one turn: see `test_trouble_with_one_turn`."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Coroutine, Sequence
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy.exc import IntegrityError

from backend.conversations import push as pushing
from backend.conversations.goodbyes import Goodbye
from backend.conversations.push import PushReceiver
from backend.conversations.service import Received
from backend.errors import Unavailable
from bot.channel import Delivered, DeliveryResult, Envelope, Message, TryAgain
from bot.telegram.pace import PACE
from dialogs.messages import Incoming


class Post:
    """A channel that keeps what it is given."""

    name = "telegram"

    def __init__(self) -> None:
        self.brought: list[tuple[str, Message]] = []
        self.times: list[float] = []
        self.answers: list[DeliveryResult] = []

    async def deliver(self, address: str, message: Message, *, begun: Sequence[str] = ()) -> DeliveryResult:
        self.brought.append((address, message))
        self.times.append(asyncio.get_running_loop().time())
        return self.answers.pop(0) if self.answers else Delivered()

    @property
    def chats(self) -> list[str]:
        """Who was written to, in that order."""
        return [address for address, _ in self.brought]

    async def unsend(self, address: str, ids: object) -> None:
        """Nothing is taken back."""


class Shaky:
    """A database that is away now and then."""

    away = True
    only_once = False

    async def write(self, _work: Any) -> Received:
        if self.only_once:
            raise Unavailable from IntegrityError("insert", {}, Exception("there already"))
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
        await push.close()

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
        await push.close()

    asyncio.run(collide())
    assert post.brought == []


class Crowded(Shaky):
    """A database that refuses a turn, and lets whoever asks for room in the pace wait."""

    def __init__(self) -> None:
        self.asked, self.room = asyncio.Event(), asyncio.Event()
        self.away = True
        self.ended = 0

    async def write(self, work: Any) -> Any:
        if "begin_beside" in work.__code__.co_names:
            self.asked.set()
            await self.room.wait()
            return -1
        if "note_end" in work.__code__.co_names:
            self.ended += 1
            return None
        return await super().write(work)

    async def read(self, _work: Any) -> None:
        raise Unavailable

    async def probe(self) -> None:
        """It is there."""


@pytest.mark.parametrize("passes", [True, False])
def test_no_line_comes_after_the_answer(passes: bool) -> None:
    """Who waited for room while their own words were stored hears nothing: the line would promise one more answer. Else the
    line comes; and either way what was counted in the pace is noted to have ended."""

    async def wait_for_room() -> tuple[int, int]:
        database, post = Crowded(), Post()
        push = PushReceiver(database, None)  # type: ignore[arg-type]
        push.channels["telegram"] = post  # type: ignore[assignment]
        push.paces = {"telegram": PACE}
        with pytest.raises(Unavailable):
            await push.receive(_update(1, 1, "nl"))
        await database.asked.wait()
        if passes:
            database.away = False
            await push.receive(_update(1, 1, "nl"))
        database.room.set()
        await push.close()
        return len(post.brought), database.ended

    assert asyncio.run(asyncio.wait_for(wait_for_room(), 60)) == ((0, 1) if passes else (1, 1))


def test_a_channel_that_is_not_here_is_told_nothing() -> None:
    """An update of a channel that this process does not send on is refused, and that is all."""
    push = PushReceiver(Shaky(), None)  # type: ignore[arg-type]
    with pytest.raises(Unavailable):
        asyncio.run(push.receive(_update(1, 1, None)))
    push.part(Goodbye("telegram", "1", (), ()))  # nobody to say it


# The pace.


class Leaping(asyncio.SelectorEventLoop):
    """An event loop that waits for nothing: its clock leaps to the next moment for which anything was planned."""

    at = 1000.0

    def time(self) -> float:
        return self.at

    def _run_once(self) -> None:
        if not self._ready and self._scheduled:  # type: ignore[attr-defined]
            self.at = max(self.at, self._scheduled[0].when())  # type: ignore[attr-defined]
        super()._run_once()  # type: ignore[misc]


def _leaping(work: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=Leaping) as runner:
        with patch.object(pushing, "time", SimpleNamespace(monotonic=runner.get_loop().time)):
            runner.run(work)


class Crowd:
    """Many chats whose updates come while the database is away, and come again until they are stored."""

    def __init__(self, chats: int) -> None:
        self.database, self.post = Shaky(), Post()
        self.push = PushReceiver(self.database, None)  # type: ignore[arg-type]
        self.push.channels["telegram"] = self.post  # type: ignore[assignment]
        self.names = [str(number) for number in range(1, chats + 1)]

    async def comes(self) -> None:
        """Every chat's update once, all of them at the same moment, and then whatever follows from that."""
        for name in self.names:
            with pytest.raises(Unavailable):
                await self.push.receive(_update(int(name), 1, "nl"))
        while self.push._farewells:
            await self.push.close()


def test_a_crowd_is_told_in_turn() -> None:
    """A hundred chats at one moment are told one after the other, about ten in any second, in the order in which they came;
    the last of them after ten seconds."""
    crowd = Crowd(100)
    _leaping(crowd.comes())
    assert crowd.post.chats == crowd.names
    times = crowd.post.times
    in_a_second = [sum(begin <= at < begin + 1 for at in times) for begin in times]
    assert max(in_a_second) <= 11
    assert times[-1] - Leaping.at <= 100 * pushing._TELL_EVERY + 0.1
    assert all(later > earlier for earlier, later in itertools.pairwise(times))


def test_who_was_not_told_is_told_when_they_come_again() -> None:
    """After "too many requests" nobody is told for as long as that asks, however often updates come; after it exactly those
    are told who were not, once each."""
    crowd = Crowd(12)
    crowd.post.answers = [Delivered(), Delivered(), TryAgain(30, whole_channel=True)]

    async def outage() -> None:
        for _ in range(5):
            await crowd.comes()
        assert crowd.post.chats == crowd.names[:3]
        refused = crowd.post.times[-1]
        while asyncio.get_running_loop().time() < refused + 30:
            await crowd.comes()
            await asyncio.sleep(1)
        for _ in range(3):
            await crowd.comes()
        assert crowd.post.times[3] >= refused + 30

    _leaping(outage())
    assert sorted(crowd.post.chats[3:]) == sorted(crowd.names[2:])


def test_one_chat_that_cannot_be_told_yet_quietens_nobody() -> None:
    """Where one line alone did not arrive, the others are told at once, and that one when its update comes again."""
    crowd = Crowd(4)
    crowd.post.answers = [Delivered(), TryAgain(0)]

    async def twice() -> None:
        await crowd.comes()
        assert crowd.post.chats == crowd.names
        await crowd.comes()

    _leaping(twice())
    assert crowd.post.chats == [*crowd.names, "2"]


def test_nobody_hears_of_an_outage_that_is_over() -> None:
    """Once anything is stored again, those who still waited for their turn to be told are not told any more."""
    crowd = Crowd(50)

    async def short() -> None:
        coming = asyncio.ensure_future(crowd.comes())
        await asyncio.sleep(1)
        crowd.database.away = False
        await crowd.push.receive(_update(1, 1, "nl"))
        told = list(crowd.post.chats)
        await coming
        assert 0 < len(told) < len(crowd.names)
        assert crowd.post.chats == told

    _leaping(short())
