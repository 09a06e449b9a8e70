"""What a goal wants to say, before it is put into a language; and putting it there, never half translated."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dialogs.conversation import Conversation
from dialogs.effects import Effect
from dialogs.messages import Choice, Reply, SourceLink
from knowledge.statutes import Source
from locales import SOURCE, Language, Text, language

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
    """The bubbles in the person's language; a bubble that language lacks a sentence of is whole in Dutch, and says so."""
    return tuple(_reply(one, language(code)) for one in says)


def complete(one: Say, wanted: Language) -> bool:
    """Whether the bubble can be said as it should be to somebody who speaks this language."""
    spoken = language(one.only) if one.only else wanted
    return spoken.has(one.parts) and wanted.has(label for _, label in one.buttons)


def _reply(one: Say, wanted: Language) -> Reply:
    notes: tuple[Text, ...] = ()
    if not complete(one, wanted):
        wanted = language(SOURCE)
        notes = (Text.of("dialogs.understanding.fallback"),)
    spoken = language(one.only) if one.only else wanted
    return Reply(
        text="\n\n".join(spoken.say(part) for part in (*one.parts, *notes)),
        language=spoken.code,
        direction=spoken.direction,
        choices=tuple(Choice(id, wanted.say(label)) for id, label in one.buttons),
        sources=tuple(
            SourceLink(source.law, source.article, source.paragraph, source.url, source.quote) for source in one.sources
        ),
    )
