"""What a goal wants to say, before it is put into a language; and putting it there, never half translated."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from dialogs.conversation import Conversation
from dialogs.effects import Effect
from dialogs.messages import Choice, Discretion, Picture, PictureStep, Reply, SourceLink
from dialogs.papers import PaperPlan
from knowledge.clock import Clock
from knowledge.statutes import Source
from locales import SOURCE, Language, Text, Untranslated, language

Button = tuple[str, Text]
_CLOCK, _HERE = Text.of("explanation.clock.title"), Text.of("explanation.clock.here")


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """One bubble: paragraphs, buttons, law, perhaps a picture and papers to keep.

    With `only` set, the paragraphs are in that language for everybody. `safety`: these are words about danger.
    """

    parts: tuple[Text, ...]
    buttons: tuple[Button, ...] = ()
    sources: tuple[Source, ...] = ()
    picture: Clock | None = None
    papers: tuple[PaperPlan, ...] = ()
    only: str | None = None
    discretion: Discretion = "open"
    safety: bool = False


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


def render(
    says: Iterable[Say], code: str | None, *, second: str | None = None, beside: bool = False
) -> tuple[Reply, ...]:
    """The bubbles in the person's language; one that lacks a sentence there is whole in another, and that is said first.

    The other language is the `second` one of the person where that has every sentence, else Dutch. With `beside` each
    bubble is also said in simple Dutch, before it.
    """
    return tuple(reply for one in says for reply in _replies(one, language(code), second, beside=beside))


def complete(one: Say, wanted: Language) -> bool:
    """Whether the bubble can be said as it should be to somebody who speaks this language."""
    spoken = language(one.only) if one.only else wanted
    shown = (*_picture_texts(one.picture), *(text for paper in one.papers for text in paper.texts()))
    return spoken.has((*one.parts, *shown)) and wanted.has(label for _, label in one.buttons)


def said_in(one: Say, code: str | None, second: str | None = None) -> Language:
    """The language this bubble is said in: the person's, else their second, else Dutch, whichever has every sentence."""
    known = (language(wanted) for wanted in (code, second) if wanted)
    return next((spoken for spoken in known if complete(one, spoken)), language(SOURCE))


def _replies(one: Say, wanted: Language, second: str | None, *, beside: bool) -> tuple[Reply, ...]:
    try:
        reply = _said(one, wanted)
    except Untranslated:
        other = said_in(one, second)
        return _note(wanted, other), _said(one, other)
    if beside and reply.language != SOURCE:
        return _said(Say(parts=one.parts, discretion=one.discretion, safety=one.safety), language(SOURCE)), reply
    return (reply,)


def _note(wanted: Language, other: Language) -> Reply:
    """That what follows is not in the person's language: said in it, where it can."""
    text = Text.of(
        "dialogs.understanding.fallback" if other.code == SOURCE else "dialogs.understanding.fallback_second"
    )
    return _said(Say(parts=(text,)), wanted if wanted.has([text]) else other)


def _said(one: Say, wanted: Language) -> Reply:
    spoken = language(one.only) if one.only else wanted
    return Reply(
        text="\n\n".join([spoken.say(part) for part in one.parts]),
        language=spoken.code,
        direction=spoken.direction,
        choices=tuple([Choice(id, _capital(wanted.say(label))) for id, label in one.buttons]),
        sources=tuple([_linked(source) for source in one.sources]),
        picture=_picture(one.picture, spoken) if one.picture else None,
        papers=tuple([paper.said(spoken) for paper in one.papers]),
        discretion=one.discretion,
        safety=one.safety,
    )


def _capital(label: str) -> str:
    """A button begins with a capital, also when its words are made of parts of a sentence."""
    return label[:1].upper() + label[1:]


def _picture(clock: Clock, spoken: Language) -> Picture:
    steps = tuple(
        PictureStep(spoken.say(step.title), spoken.say(step.when), spoken.say(step.text), step.here)
        for step in clock.steps
    )
    return Picture(title=spoken.say(_CLOCK), here=spoken.say(_HERE), steps=steps)


def _picture_texts(clock: Clock | None) -> tuple[Text, ...]:
    """Everything a picture says."""
    if clock is None:
        return ()
    return (_CLOCK, _HERE, *(text for step in clock.steps for text in (step.title, step.when, step.text)))


@cache
def _linked(source: Source) -> SourceLink:
    return SourceLink(source.law, source.article, source.paragraph, source.url, source.quote)
