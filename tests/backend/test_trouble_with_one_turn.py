"""The database is there, and cannot store one person's words: they hear once on Telegram where help is, in their language,
and are answered once when the trouble is over. All through the webhook, as Telegram brings it."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psycopg
import pytest

from backend.conversations.messages import read_messages
from backend.conversations.models import inbox
from backend.conversations.service import Host, Received, receive
from backend.db import Transaction
from backend.errors import Unavailable
from bot.channel import Envelope
from fake_telegram import TOKEN, FakeTelegram
from locales import Text, language
from phone import SECRET, Phone
from world import World, open_world, settings_for

WORDS = "Ik heb een vraag over geld"


@pytest.fixture
def world(database_url: str, tmp_path: Path, telegram: FakeTelegram) -> Iterator[World]:
    """A service with a bot that keeps Telegram's pace; its updates are brought by the tests themselves."""
    more = {"telegram_token": TOKEN, "telegram_api_url": telegram.url, "telegram_webhook_secret": SECRET}
    with open_world(settings_for(database_url, tmp_path, rate_limits="on", **more)) as world:
        yield world


class Writer(Phone):
    """A person whose updates the test brings, as often as it likes."""

    def writes(self, text: str) -> dict[str, Any]:
        """An update that nobody brought yet."""
        update = self.telegram.person_says(self.chat, text)
        self.telegram.pending.clear()
        return update

    def brings(self, update: dict[str, Any]) -> int:
        """What the webhook says to it."""
        return self.post(update).status_code

    def taps(self, prefix: str) -> dict[str, Any]:
        """Taps a button, whose update is brought at once."""
        seen, data = next(
            (seen, data)
            for seen in reversed(self.sees())
            for row in seen.buttons
            for _, data in row
            if data.startswith(f"v1:{prefix}")
        )
        update = self.telegram._tap(self.chat, seen, data)
        self.telegram.pending.clear()
        assert self.brings(update) == 200
        return update

    def lines(self) -> list[str]:
        """The lines of trouble that this person sees."""
        return [text for text in self.texts() if text in TROUBLE.values()]

    def stored(self) -> list[str]:
        """The person's own words, as they are stored."""
        vault, id = self.world.service.host.vault, self.id() or ""
        messages = self.world.do(lambda db: read_messages(db, vault, id))
        return [one.text for one in messages if one.sender == "person"]


TROUBLE = {code: language(code).say(Text.of("errors.unavailable_kept")) for code in ("nl", "en", "tr")}


def _writer(world: World, telegram: FakeTelegram, *, chat: int, phone: str, chosen: str) -> Writer:
    """Somebody with a phone in one language who chose another, and to whom everything was brought."""
    telegram.names[chat] = {"language_code": phone}
    writer = Writer(world, telegram, chat)
    assert writer.brings(writer.writes("/start")) == 200
    writer.until(writer.settled)
    writer.taps(f"lang:{chosen}")
    writer.until(writer.settled)
    return writer


@contextmanager
def _held(database_url: str, statement: str) -> Iterator[None]:
    """Another session keeps something to itself."""
    with closing(psycopg.connect(database_url)) as holder:
        holder.execute(statement)
        yield


@contextmanager
def _file_held(database_url: str) -> Iterator[None]:
    """Another process keeps the file to itself."""
    with closing(sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None)) as holder:
        holder.execute("begin immediate")
        yield


def _message_kept(database_url: str) -> Any:
    return _held(database_url, "lock table message in access exclusive mode")


def _conversation_kept(database_url: str) -> Any:
    return _held(database_url, "lock table conversation in access exclusive mode")


@pytest.mark.parametrize(
    ("database_url", "kept", "spoken", "often"),
    [
        ("postgresql", _message_kept, "tr", 2),
        ("postgresql", _conversation_kept, "en", 1),
        ("sqlite", _file_held, "en", 1),
    ],
    indirect=["database_url"],
)
def test_what_somebody_keeps_is_told_once(
    world: World, telegram: FakeTelegram, database_url: str, kept: Callable[[str], Any], spoken: str, often: int
) -> None:
    """While a table or the file is kept by somebody else an update that comes again and again gets one line with 112 and
    113: in the language that was chosen where it can be read, else in that of the phone. Afterwards it is stored and
    answered once, and the next trouble is told again."""
    person = _writer(world, telegram, chat=701_000, phone="en", chosen="tr")
    before = len(person.texts())
    for times in range(1, often + 1):
        update = person.writes(f"{WORDS} {times}")
        with kept(database_url):
            assert person.brings(update) == 503
            person.until(lambda times=times: len(person.lines()) == times)  # type: ignore[misc]
            assert person.brings(update) == 503
        assert person.lines() == [TROUBLE[spoken]] * times
        assert {"112", "113"} <= set(re.findall(r"\d+", person.lines()[-1]))
        assert [person.brings(update) for _ in range(2)] == [200] * 2
        person.until(person.settled)
    assert [text for text in person.stored() if text.startswith(WORDS)] == [
        f"{WORDS} {times}" for times in range(1, often + 1)
    ]
    assert len(person.lines()) == often
    assert len(person.sees()) == len(person.states()) + often > before + often
    assert len(person.rows(inbox)) == 2 + often


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_who_alone_has_trouble_is_told_while_others_go_on(
    world: World, telegram: FakeTelegram, database_url: str
) -> None:
    """Where one conversation alone is held its person hears of it once, however often others are answered meanwhile; and
    those hear nothing."""
    held = _writer(world, telegram, chat=701_100, phone="nl", chosen="en")
    other = _writer(world, telegram, chat=701_101, phone="nl", chosen="nl")
    update = held.writes(WORDS)
    with _held(database_url, f"select 1 from conversation where id = '{held.id()}' for update"):
        for times in range(2):
            assert held.brings(update) == 503
            held.until(lambda: held.lines() == [TROUBLE["en"]])
            assert other.brings(other.writes(f"{WORDS} {times}")) == 200
    assert held.brings(update) == 200
    for one in (held, other):
        one.until(one.settled)
    assert held.stored().count(WORDS) == 1
    assert held.lines() == [TROUBLE["en"]]
    assert other.lines() == []
    assert other.stored()[-2:] == [f"{WORDS} {times}" for times in range(2)]


def test_lines_count_in_the_pace(world: World, telegram: FakeTelegram) -> None:
    """While answers go out as fast as they may, fifty persons with trouble are told beside them, each once, and Telegram
    never gets more than 30 in any second."""
    answered = [Writer(world, telegram, chat) for chat in range(702_000, 702_100)]
    troubled = [Writer(world, telegram, chat) for chat in range(703_000, 703_050)]
    starts = [(one, one.writes("/start")) for one in answered]
    words = [(one, one.writes(WORDS)) for one in troubled]

    def some_cannot(db: Transaction, host: Host, envelope: Envelope) -> Received:
        if int(envelope.address) >= troubled[0].chat:
            raise Unavailable
        return receive(db, host, envelope)

    with patch("backend.conversations.push.receive", some_cannot), ThreadPoolExecutor(8) as pool:
        beginning = [pool.submit(one.brings, update) for one, update in starts]
        troubled[0].until(lambda: telegram.called("sendMessage") != [])
        while not all(one.lines() for one in troubled):
            assert set(pool.map(lambda pair: pair[0].brings(pair[1]), words)) == {503}
        assert {one.result() for one in beginning} == {200}
        answered[0].until(lambda: all(one.settled() for one in answered))
    assert [len(one.lines()) for one in troubled] == [1] * len(troubled)
    times = sorted(call.at for call in telegram.called("sendMessage"))
    assert max(sum(begin <= at < begin + 1 for at in times) for begin in times) <= 30
