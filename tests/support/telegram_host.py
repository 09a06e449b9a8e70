"""What stands behind and around the Telegram channel in its tests: a host that keeps what came in, and a client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from bot.channel import DeliveryResult, Envelope, Message
from bot.telegram.channel import TelegramChannel
from bot.telegram.client import Client
from fake_telegram import TOKEN, FakeTelegram

CHAT = 700_100


class Unavailable(Exception):
    """What the host raises when nothing was stored."""

    def __init__(self, retry_after: float = 7) -> None:
        super().__init__("busy")
        self.retry_after = retry_after


class Host:
    """Stands where the database would: keeps what came in, and fails on order before it does."""

    def __init__(self, *failures: Exception) -> None:
        self.received: list[Envelope] = []
        self.parked: list[dict[str, object]] = []
        self.failures = list(failures)
        self.park_failures: list[Exception] = []
        self.after: Callable[[], Awaitable[None]] | None = None

    async def receive(self, envelope: Envelope) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.received.append(envelope)
        if self.after:
            await self.after()

    async def park(self, update: dict[str, object]) -> None:
        if self.park_failures:
            raise self.park_failures.pop(0)
        self.parked.append(update)

    @property
    def said(self) -> list[str | None]:
        return [envelope.incoming.text or envelope.incoming.choice for envelope in self.received]


def message(text: str = "Hallo", number: int = 1, **more: Any) -> Message:
    at = "2026-11-22T10:00:00Z"
    return Message(number=number, sender="bot", text=text, language="nl", direction="ltr", at=at, **more)


@asynccontextmanager
async def opened(url: str, token: str = TOKEN, read_timeout: float = 20) -> AsyncIterator[Client]:
    client = Client.of(token, url, read_timeout=read_timeout)
    try:
        yield client
    finally:
        await client.close()


def deliver(telegram: FakeTelegram, *messages: Message, **client: Any) -> list[DeliveryResult]:
    """Delivers messages in order over one channel and gives what became of each."""

    async def all_of_them() -> list[DeliveryResult]:
        async with opened(**{"url": telegram.url} | client) as connection:
            channel = TelegramChannel(connection)
            return [await channel.deliver(str(CHAT), each) for each in messages]

    return asyncio.run(all_of_them())
