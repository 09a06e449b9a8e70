"""What a goal wants to say, before it is put into a language; and putting it there, never half translated."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache

from dialogs.conversation import Conversation
from dialogs.effects import Effect
from dialogs.messages import Choice, Reply, SourceLink
from knowledge.statutes import Source
from locales import SOURCE, Language, Text, Untranslated, language

Button = tuple[str, Text]


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """One bubble: paragraphs, buttons, law. With `only` set, the paragraphs are in that language for everybody."""

    parts: tuple[Text, ...]
    buttons: tuple[Button, ...] = ()
    sources: tuple[Source, ...] = ()
    only: str | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """One step of thinking: the conversation after it, what is said, and what the host must do."""

    conversation: Conversation
    says: tuple[Say, ...] = ()
    effects: tuple[Effect, ...] = ()

    def after(self, *says: Say) -> Move:
        """The same move, with these bubbles said before its own."""
        return Move(self.conversation, (*says, *self.says), self.effects)


def say(*ids: str, buttons: Iterable[Button] = (), **values: object) -> Say:
    """A bubble of plain texts, one paragraph each, sharing the values they use."""
    return Say(parts=tuple(Text.of(id, **values) for id in ids), buttons=tuple(buttons))


def button(id: str, text_id: str, **values: object) -> Button:
    """A button."""
    return id, Text.of(text_id, **values)


def render(says: Iterable[Say], code: str | None) -> tuple[Reply, ...]:
    """The bubbles in the person's language; one that lacks a sentence there is whole in Dutch, and says so."""
    return tuple(_reply(one, language(code)) for one in says)


def complete(one: Say, wanted: Language) -> bool:
    """Whether the bubble can be said as it should be to somebody who speaks this language."""
    spoken = language(one.only) if one.only else wanted
    return spoken.has(one.parts) and wanted.has(label for _, label in one.buttons)


def _reply(one: Say, wanted: Language) -> Reply:
    try:
        return _said(one, wanted)
    except Untranslated:
        noted = replace(one, parts=(*one.parts, Text.of("dialogs.understanding.fallback")))
        return _said(noted, language(SOURCE))


def _said(one: Say, wanted: Language) -> Reply:
    spoken = language(one.only) if one.only else wanted
    return Reply(
        text="\n\n".join([spoken.say(part) for part in one.parts]),
        language=spoken.code,
        direction=spoken.direction,
        choices=tuple([Choice(id, wanted.say(label)) for id, label in one.buttons]),
        sources=tuple([_linked(source) for source in one.sources]),
    )


@cache
def _linked(source: Source) -> SourceLink:
    return SourceLink(source.law, source.article, source.paragraph, source.url, source.quote)
