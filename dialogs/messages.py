"""What goes in and out of a turn. A channel translates to and from these; nothing here knows a channel."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Direction = Literal["ltr", "rtl"]
Discretion = Literal["open", "covered", "private"]
"""What may be seen of a bubble on its way to the person. "covered": a notification shows other words first. "private": a
channel whose company can read along carries it only when the person chose that."""


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


@dataclass(frozen=True, slots=True)
class PictureStep:
    """One step of a picture of time: its name, when it is, what holds then, and whether it is now."""

    title: str
    when: str
    text: str
    here: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The rights clock in words: a channel draws it or writes it as a list. `here` are the words "you are here"."""

    title: str
    here: str
    steps: tuple[PictureStep, ...]

    @property
    def alt(self) -> str:
        """Everything that can be seen in it, line by line."""
        lines = [f"{step.title} ({step.when}): {step.text}" + f" {self.here}." * step.here for step in self.steps]
        return "\n".join((self.title, *lines))


RowKind = Literal["title", "heading", "text", "words", "law", "small"]
"""What a row is: "words" are somebody's own, as they were written, in their own direction."""


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row of a sheet: the same words in each of its languages."""

    kind: RowKind
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """ "My rights" on one page: rows in the person's language beside simple Dutch, or in Dutch alone.

    `languages` are (code, direction) pairs, one for each column.
    """

    name: str
    languages: tuple[tuple[str, Direction], ...]
    rows: tuple[SheetRow, ...]


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """A day to remember: YYYY-MM-DD, and the words for it; with a `time` (HH:MM, Dutch time) a moment of that day."""

    day: str
    title: str
    text: str
    time: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The days on which rights end, for the calendar of a phone."""

    name: str
    language: str
    entries: tuple[CalendarEntry, ...]


OwnDataForm = Literal["read", "machine"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnData:
    """Everything that is held about the person, as it is at the moment the file is fetched: to read, or for a computer."""

    name: str
    language: str
    form: OwnDataForm


Paper = Sheet | Calendar | OwnData
"""Something to keep: a channel gives it as a file (PDF, iCalendar; own data as HTML or JSON)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One bubble to the person: plain text (paragraphs by blank lines), whole in one language, with its buttons.

    `sender` is "bot" for what the conversation says, "system" for a notice about the conversation itself. `safety`: these
    are words about danger, better read twice than never.
    """

    text: str
    language: str
    direction: Direction
    choices: tuple[Choice, ...] = ()
    sources: tuple[SourceLink, ...] = ()
    picture: Picture | None = None
    papers: tuple[Paper, ...] = ()
    sender: Literal["bot", "system"] = field(default="bot")
    discretion: Discretion = "open"
    safety: bool = False
