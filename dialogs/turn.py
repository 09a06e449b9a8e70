"""One turn: conversation + what came in + today -> new conversation + replies + effects. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from dialogs import interrupts
from dialogs.chosen import choose
from dialogs.conversation import Conversation
from dialogs.effects import Effect
from dialogs.goals import request
from dialogs.messages import Incoming, Reply
from dialogs.news import News, RequestChanged
from dialogs.say import Move, render
from dialogs.typed import TEXT_LIMIT, take_words
from knowledge.library import Knowledge

__all__ = ["TEXT_LIMIT", "Turn", "hear", "take_turn"]

_ACTS_ONCE = ("a", "skip", "lang", "goal", "who", "kind", "school", "place", "consent", "forget", "heard", "change")


@dataclass(frozen=True, slots=True)
class Turn:
    """What came of one turn: the conversation to store, what to say, and what the host must do, all in order."""

    conversation: Conversation
    replies: tuple[Reply, ...]
    effects: tuple[Effect, ...]


def take_turn(conversation: Conversation, incoming: Incoming, knowledge: Knowledge, today: date) -> Turn:
    """Takes one turn. Never raises for anything a person may do; `today` is the date in Europe/Amsterdam."""
    move = _respond(conversation, incoming, knowledge, today)
    return _said(replace(move.conversation, last_choice=incoming.choice or None), move)


def hear(conversation: Conversation, news: News) -> Turn:
    """Takes what the host tells; an open question stays open, and its buttons stay good."""
    match news:
        case RequestChanged():
            move = request.changed(conversation, news)
    turn = _said(move.conversation, move)
    offered = {**conversation.offered, **turn.conversation.offered}
    return replace(turn, conversation=replace(turn.conversation, offered=offered))


def _said(conversation: Conversation, move: Move) -> Turn:
    """The move in the person's language; buttons count as offered until newer ones are."""
    replies = render(move.says, conversation.language, second=conversation.second, beside=conversation.beside)
    offered = {choice.id: choice.label for reply in replies for choice in reply.choices}
    kept = offered if replies else conversation.offered
    return Turn(replace(conversation, offered=kept), replies, move.effects)


def _respond(conversation: Conversation, incoming: Incoming, knowledge: Knowledge, today: date) -> Move:
    if incoming.start is not None:
        return _open(conversation, knowledge)
    if incoming.choice is not None:
        if _is_double_tap(conversation, incoming.choice):
            return Move(conversation)
        return choose(conversation, incoming.choice, knowledge, today)
    return take_words(conversation, incoming.text or "", knowledge, today)


def _open(conversation: Conversation, knowledge: Knowledge) -> Move:
    if conversation.language is None:
        return interrupts.choose_language(conversation)
    return interrupts.welcome(conversation, knowledge)


def _is_double_tap(conversation: Conversation, choice: str) -> bool:
    """Whether the same button was tapped twice in a row, and means it once; not when it was offered anew in between."""
    again = choice == conversation.last_choice and choice not in conversation.offered
    return again and choice.partition(":")[0] in _ACTS_ONCE
