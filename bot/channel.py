"""What every channel shares with its host: an envelope in, a message out, and what became of a delivery."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from dialogs.messages import Direction, Discretion, Incoming, OwnData, Paper, Picture, Sheet, SourceLink

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
    `picture` and `papers` are shown, drawn or given as files, as the channel can. `safety`: words about danger.
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
    picture: Picture | None = None
    papers: tuple[Paper, ...] = ()
    discretion: Discretion = "open"
    safety: bool = False

    @property
    def in_words(self) -> str:
        """The text, and after it the picture as its words."""
        return f"{self.text}\n\n{self.picture.alt}" if self.picture else self.text


@dataclass(frozen=True, slots=True)
class File:
    """A file to hand over. Its name says nothing about the person: it may stand on a phone that others use."""

    content: bytes
    media_type: str
    name: str


class DrawSvg(Protocol):
    """Draws a picture as SVG text; `language` is the code of its words."""

    def __call__(self, picture: Picture, *, language: str, direction: Direction) -> str: ...


class DrawPng(Protocol):
    """Draws a picture as PNG; takes part of a second of processor time, so never on an event loop."""

    def __call__(self, picture: Picture, *, language: str, direction: Direction) -> bytes: ...


RenderPaper = Callable[[Paper], File]
"""Makes the file of a paper; takes part of a second of processor time, so never on an event loop."""


def paper_kind(paper: Paper) -> tuple[str, str]:
    """The media type and the file name of a paper, known before it is rendered."""
    if isinstance(paper, OwnData):
        return ("text/html", "verder.html") if paper.form == "read" else ("application/json", "verder.json")
    return ("application/pdf", "verder.pdf") if isinstance(paper, Sheet) else ("text/calendar", "verder.ics")


@dataclass(frozen=True, slots=True)
class Delivered:
    """The other side has it; `ids` are its own numbers of what was sent."""

    ids: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class TryAgain:
    """It certainly did not arrive whole; try again after so many seconds. `whole_channel`: pause every address (429);
    `begun`: the other side's numbers of what did arrive of it."""

    after: float
    whole_channel: bool = False
    begun: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Gone:
    """It can never arrive here (the person blocked the bot, the message is refused); `reason` is a short fixed word."""

    reason: str


@dataclass(frozen=True, slots=True)
class Uncertain:
    """The connection broke after the request was written: nobody knows, so it is shown as uncertain and not repeated."""


DeliveryResult = Delivered | TryAgain | Gone | Uncertain


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a channel may be used: sendings in any second over all addresses, of which `for_answers` are kept free of
    broadcasts, and how many one address may get at once before it gets one a second. `sendings` of one message."""

    per_second: int
    for_answers: int
    at_once: int
    sendings: Callable[[Message], int]


Receive = Callable[[Envelope], Awaitable[None]]
"""Stores and handles one envelope durably; returns only after the commit. Raises `TemporarilyUnavailable`-like errors of
the host when nothing was stored."""


class Channel(Protocol):
    """A push channel: the outbox hands it one message at a time, in order per address."""

    name: str

    async def deliver(self, address: str, message: Message, *, begun: Sequence[str] = ()) -> DeliveryResult:
        """Sends one message, or what comes after its parts `begun`; never raises for what the other side may do."""
        ...

    async def unsend(self, address: str, ids: Sequence[str]) -> None:
        """Takes back what was sent, as far as the other side lets us; never raises, and promises nothing."""
        ...
