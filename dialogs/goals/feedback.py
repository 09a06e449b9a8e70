"""One question after an answer: did it help? One tap, counted without who."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from dialogs.conversation import Conversation
from dialogs.effects import CountHelped
from dialogs.goals.explaining import GOALS, MENU, PERSON
from dialogs.goals.handling import Handler
from dialogs.say import Move, Say, button, say
from knowledge.library import Knowledge


def question(conversation: Conversation) -> tuple[Say, ...]:
    """Asked to who has read an answer and turns to something else; () while there was no answer."""
    if conversation.asking or conversation.goal not in GOALS:
        return ()
    buttons = [button(f"helped:{word}:{conversation.goal}", f"feedback.ask.{word}") for word in ("yes", "no")]
    return (say("feedback.ask.question", buttons=buttons),)


def _helped(conversation: Conversation, rest: str, _knowledge: Knowledge, _today: date) -> Move | None:
    """Counts it, once; who was not helped is offered a person."""
    word, _, goal = rest.partition(":")
    asked = next((name for name in GOALS if name == goal), None)
    if asked is None or word not in ("yes", "no") or f"helped:{rest}" not in conversation.offered:
        return None
    said = (
        say("feedback.ask.glad", buttons=(MENU,))
        if word == "yes"
        else say("feedback.ask.sorry", buttons=(PERSON, MENU))
    )
    effect = CountHelped(goal=asked, helped=word == "yes", language=conversation.language or "")
    return Move(replace(conversation, misunderstood=0), (said,), (effect,))


CHOICES: Mapping[str, Handler] = {"helped": _helped}
