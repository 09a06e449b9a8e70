"""What every channel shares with its host: an envelope in, a message out, and what became of a delivery."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from dialogs.messages import Direction, Incoming, SourceLink

Sender = Literal["bot", "person", "counsellor", "system"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One thing that came in from outside, once.

    `outside_id` is unique within the channel for ever, so a second delivery of it changes nothing. `address` is where
    answers go (a Telegram chat id). `language_hint` is what the channel guesses of the person's language, or None.
    """

    channel: str
    outside_id: str
    address: str
    incoming: Incoming
    language_hint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of a conversation as a channel shows it; `number` counts up within the conversation from 1.

    `choices` are (id, label) pairs. `at` is RFC 3339 in UTC. `name` is the counsellor's shown name, if there is one.
    """

    number: int
    sender: Sender
    text: str
    language: str
    direction: Direction
    at: str
    choices: tuple[tuple[str, str], ...] = ()
    sources: tuple[SourceLink, ...] = ()
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Delivered:
    """The other side has it."""


@dataclass(frozen=True, slots=True)
class TryAgain:
    """It certainly did not arrive; try again after so many seconds. `whole_channel`: pause every address (429)."""

    after: float
    whole_channel: bool = False


@dataclass(frozen=True, slots=True)
class Gone:
    """It can never arrive here (the person blocked the bot, the message is refused); `reason` is a short fixed word."""

    reason: str


@dataclass(frozen=True, slots=True)
class Uncertain:
    """The connection broke after the request was written: nobody knows, so it is shown as uncertain and not repeated."""


DeliveryResult = Delivered | TryAgain | Gone | Uncertain

Receive = Callable[[Envelope], Awaitable[None]]
"""Stores and handles one envelope durably; returns only after the commit. Raises `TemporarilyUnavailable`-like errors of
the host when nothing was stored."""


class Channel(Protocol):
    """A push channel: the outbox hands it one message at a time, in order per address."""

    name: str

    async def deliver(self, address: str, message: Message) -> DeliveryResult:
        """Sends one message; never raises for what the other side may do."""
        ...
