"""A database with conversations of one channel, and deliveries that can be run step by step on a clock that is told."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from unittest.mock import patch

import sqlalchemy as sa

from backend import delivery
from backend.app import Service
from backend.conversations.messages import post
from backend.conversations.models import outbox
from backend.conversations.service import receive
from backend.db import Transaction, now, run_now
from backend.delivery import Delivery
from backend.vault import Vault
from bot.channel import Delivered, DeliveryResult, Envelope, Message
from dialogs.messages import Incoming

HOUR = 3600 * 1_000_000


class Post:
    """A channel that writes down what it is given and answers as ordered, first by message text."""

    name = "telegram"

    def __init__(self) -> None:
        self.brought: dict[str, list[str]] = defaultdict(list)
        self.answers: dict[str, list[DeliveryResult | Exception]] = {}
        self.together = 0
        self.most_together = 0

    async def deliver(self, address: str, message: Message, *, begun: Sequence[str] = ()) -> DeliveryResult:
        assert not begun
        self.brought[address].append(message.text)
        self.together += 1
        self.most_together = max(self.together, self.most_together)
        await asyncio.sleep(0.001)
        self.together -= 1
        ordered = self.answers.get(message.text)
        answer = ordered.pop(0) if ordered else Delivered()
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def unsend(self, address: str, ids: Sequence[str]) -> None:
        """Nothing is taken back."""


def write_down(vault: Vault, id: str, text: str, db: Transaction) -> int:
    return post(db, vault, id, "system", text, language="nl")


class Office:
    """A database with conversations of one channel, and deliveries that can be run step by step."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.database, self.vault = service.database, service.host.vault
        self.post = Post()
        self.delivery = Delivery(self.database, self.vault, {"telegram": self.post})
        self.clock = now()

    def conversation(self, address: str) -> str:
        """A conversation whose first messages were brought long ago."""
        envelope = Envelope(
            channel="telegram", outside_id=f"first-{address}", address=address, incoming=Incoming(start="")
        )
        received = run_now(self.database, lambda db: receive(db, self.service.host, envelope))
        run_now(self.database, lambda db: db.execute(sa.update(outbox).values(state="sent")))
        return received.conversation_id

    def write(self, id: str, *texts: str) -> None:
        """Messages of a counsellor."""
        for text in texts:
            run_now(self.database, partial(write_down, self.vault, id, text))

    def drain(self) -> bool:
        """One round of deliveries at the time of `clock`."""
        self.clock = max(self.clock, now())
        with patch.object(delivery, "now", lambda: self.clock):
            return asyncio.run(self.delivery.drain())

    def drain_all(self) -> None:
        """Rounds until nothing is due."""
        while self.drain():
            continue

    def states(self, id: str) -> list[tuple[str, str | None]]:
        """The states of the messages that were not brought long ago, oldest first."""
        mine = sa.select(outbox.c.state, outbox.c.last_error).where(outbox.c.conversation_id == id, outbox.c.tries > -1)
        rows = run_now(self.database, lambda db: db.execute(mine.order_by(outbox.c.id)).all())
        return [(row.state, row.last_error) for row in rows]
