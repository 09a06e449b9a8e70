"""A person with a phone: a service whose bot's webhook is set, its Telegram, and what was said between them."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

import httpx
import pytest
import sqlalchemy as sa

from backend import demo
from backend.conversations.models import conversation, outbox
from bot.telegram.pace import PACE
from fake_telegram import TOKEN, FakeTelegram, Seen, serving
from world import World, new_database, open_world, settings_for

SECRET = "s" * 40
HEADER = "X-Telegram-Bot-Api-Secret-Token"
_chats = itertools.count(900_000)


@dataclass
class Phone:
    """A service, its Telegram, and one new person with a phone."""

    world: World
    telegram: FakeTelegram
    chat: int

    def says(self, text: str) -> dict[str, Any]:
        """Types, and waits until everything is answered."""
        return self._settle(self.telegram.person_says(self.chat, text))

    def taps(self, prefix: str) -> dict[str, Any]:
        """Taps the newest button whose choice begins like this, and waits until everything is answered."""
        for seen in reversed(self.sees()):
            for _, data in itertools.chain(*seen.buttons):
                if data.startswith(f"v1:{prefix}"):
                    return self._settle(self.telegram._tap(self.chat, seen, data))
        raise LookupError(prefix)

    def sees(self) -> list[Seen]:
        """What the bot wrote to this person."""
        return self.telegram.sees(self.chat)

    def texts(self) -> list[str]:
        """The same as text."""
        return [seen.text for seen in self.sees()]

    def post(self, update: dict[str, Any], **headers: str) -> httpx.Response:
        """The webhook as somebody calls it."""
        return self.world.http.post("/telegram/webhook", json=update, headers=headers or {HEADER: SECRET})

    def id(self) -> str | None:
        """The conversation's id, if it is there."""
        index = self.world.service.host.vault.index("telegram", str(self.chat))
        rows = self.world.rows(sa.select(conversation.c.id).where(conversation.c.address_index == index))
        assert len(rows) <= 1
        return rows[0].id if rows else None

    def rows(self, table: sa.Table) -> list[Any]:
        """The rows of this conversation in a table."""
        return list(self.world.rows(sa.select(table).where(table.c.conversation_id == self.id())))

    def states(self) -> list[str]:
        """The states of this conversation's messages in the outbox, oldest first."""
        mine = sa.select(outbox.c.state).where(outbox.c.conversation_id == self.id()).order_by(outbox.c.id)
        return [row.state for row in self.world.rows(mine)]

    def until(self, true: Callable[[], bool], *, seconds: float = 60) -> None:
        """Waits until something is so."""
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, "it never happened"
            threading.Event().wait(0.01)

    def settled(self) -> bool:
        """Whether nothing is on its way in or out; last words pass no outbox."""
        if self.telegram.pending or self.world.service.push._farewells:
            return False
        return not {"waiting", "sending"} & set(self.states())

    def begins(self) -> None:
        """Starts and chooses Dutch."""
        self.says("/start")
        self.taps("lang:nl")

    def asks_for_help(self) -> None:
        """The whole way to a request at the gemeente of the demo region."""
        self.begins()
        self.taps("person")
        self.says("Ik zoek werk in een winkel.")
        self.taps("kind:work")
        self.says(demo.PLACE)
        self.taps("who:gemeente")

    def _settle(self, update: dict[str, Any]) -> dict[str, Any]:
        self.until(self.settled)
        return update


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[World, FakeTelegram]]:
    """A service with a bot whose webhook is set, on each of the two databases. It keeps no pace: that has tests of its own,
    and each conversation would otherwise take as many seconds as it has messages."""
    folder = tmp_path_factory.mktemp("telegram")
    fake = FakeTelegram()
    swift = replace(PACE, per_second=1_000, at_once=1_000)
    with patch("bot.telegram.pace.PACE", swift), serving(fake.app) as fake.url:
        more = {"telegram_token": TOKEN, "telegram_api_url": fake.url, "telegram_webhook_secret": SECRET}
        if request.param == "sqlite":
            with open_world(settings_for(f"sqlite:///{folder / 'verder.db'}", folder, **more)) as world:
                yield world, fake
        else:
            with new_database(request.getfixturevalue("postgres")) as url:
                with open_world(settings_for(url, folder, **more)) as world:
                    yield world, fake


@pytest.fixture
def phone(served: tuple[World, FakeTelegram]) -> Phone:
    """A new person; the webhook is set and nothing fails yet."""
    world, telegram = served
    telegram.webhook = {"url": f"{world.url}/telegram/webhook", "secret_token": SECRET}
    return Phone(world, telegram, next(_chats))
