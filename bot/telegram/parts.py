"""From a Message to everything that Telegram must be sent for it, in order: the picture, the words, the papers. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from bot.channel import Message
from bot.telegram.payloads import Payload, say, to_payloads
from bot.telegram.words import clean, directed, units
from dialogs.messages import Direction, Paper, Picture
from locales import Text

_LONGEST_CAPTION = 1_024


@dataclass(frozen=True, slots=True)
class Words:
    """One `sendMessage`."""

    payload: Payload


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture with its caption; `instead` says the same in words, where they do not follow anyway."""

    picture: Picture
    language: str
    direction: Direction
    caption: str
    instead: Words | None


@dataclass(frozen=True, slots=True)
class Document:
    """A paper with its name under it; `instead` says that it does not come."""

    paper: Paper
    caption: str
    instead: Words | None


Part = Words | Photo | Document


def to_parts(message: Message) -> list[Part]:
    """The parts in order; empty when there is nothing to show. Raises ValueError as `to_payloads` does."""
    return [*_picture(message), *map(Words, to_payloads(message)), *_papers(message)]


def _picture(message: Message) -> Iterator[Part]:
    """A photo whose caption says all that is in it, or, where that is too long, its title, and then all the words."""
    picture = message.picture
    if picture is None:
        return
    words = _bare(message, picture.alt)
    caption, title = (directed(clean(text), message.direction) for text in (picture.alt, picture.title))
    if units(caption) <= _LONGEST_CAPTION:
        yield Photo(picture, message.language, message.direction, caption, next(iter(words), None))
    else:
        yield Photo(picture, message.language, message.direction, title[: _LONGEST_CAPTION // 4], None)
        yield from words


def _papers(message: Message) -> Iterator[Part]:
    for paper in message.papers:
        name = clean(paper.name)[: _LONGEST_CAPTION // 4]
        sorry, _ = say("telegram.paper.failed", message, name=Text.verbatim(name))
        yield Document(paper, directed(name, message.direction), _bare(message, sorry)[0])


def _bare(message: Message, text: str) -> tuple[Words, ...]:
    """A text alone, without the buttons and the law of its message."""
    alone = replace(message, sender="system", text=text, choices=(), sources=(), name=None)
    return tuple(map(Words, to_payloads(alone)))
