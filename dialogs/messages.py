"""What goes in and out of a turn. A channel translates to and from these; nothing here knows a channel."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Direction = Literal["ltr", "rtl"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """What a person did, once.

    Exactly one of the three is set: `text` (typed words, at most 4,000 characters, already free of control
    characters), `choice` (the id of a button that some reply offered, perhaps long ago), or `start` (the conversation
    is opened: an invitation code, or "" without one).
    """

    text: str | None = None
    choice: str | None = None
    start: str | None = None

    def __post_init__(self) -> None:
        if sum(value is not None for value in (self.text, self.choice, self.start)) != 1:
            raise ValueError("an Incoming is one of text, choice or start")


@dataclass(frozen=True, slots=True)
class Choice:
    """A button: `id` is stable, at most 60 ASCII bytes (Telegram's limit is 64); `label` is in the reply's language."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class SourceLink:
    """The article of the law beside a sentence: short law name, article number, paragraph, address, literal words."""

    law: str
    article: str
    paragraph: str | None
    url: str
    quote: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One bubble to the person: plain text (paragraphs by blank lines), whole in one language, with its buttons.

    `sender` is "bot" for what the conversation says, "system" for a notice about the conversation itself.
    """

    text: str
    language: str
    direction: Direction
    choices: tuple[Choice, ...] = ()
    sources: tuple[SourceLink, ...] = ()
    sender: Literal["bot", "system"] = field(default="bot")
