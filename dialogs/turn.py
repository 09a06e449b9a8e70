"""One turn: conversation + what came in + today -> new conversation + replies + effects. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import assert_never

from dialogs import counting, interrupts
from dialogs.chosen import choose, opened
from dialogs.conversation import Conversation
from dialogs.effects import Effect
from dialogs.goals import (
    appointment,
    follow_up,
    handover,
    improving,
    inviting,
    moving,
    my_data,
    offers,
    place,
    request,
    stand_in,
    transition_hearing,
)
from dialogs.messages import Incoming, Reply
from dialogs.news import (
    AppointmentAsked,
    AppointmentSet,
    CodeMade,
    ConsentWithdrawn,
    Erased,
    FollowUpDue,
    HandoverAsked,
    HandoverMoved,
    HelperAway,
    HelperChosen,
    Invited,
    Moved,
    MyConsents,
    MyData,
    MyDataLocked,
    MyViews,
    News,
    NotInvited,
    NotMoved,
    Opening,
    OtherAgreed,
    RequestChanged,
    RequestSlow,
    RequestStands,
    SameHelper,
    SchoolOffers,
)
from dialogs.say import Move, render, say
from dialogs.transition_news import DocumentShown, DocumentTold
from dialogs.typed import TEXT_LIMIT, take_words
from knowledge.library import Knowledge

__all__ = ["TEXT_LIMIT", "Turn", "hear", "take_turn"]

_ACTS_ONCE = (
    "a",
    "skip",
    "lang",
    "goal",
    "who",
    "kind",
    "school",
    "place",
    "consent",
    "handover",
    "forget",
    "heard",
    "change",
    "planned",
    "known",
    "offer",
    "invited",
    "move",
    "here",
    "withdraw",
    "lift",
    "transition",
    "helper",
    "call",
)


@dataclass(frozen=True, slots=True)
class Turn:
    """What came of one turn: the conversation to store, what to say, and what the host must do, all in order."""

    conversation: Conversation
    replies: tuple[Reply, ...]
    effects: tuple[Effect, ...]


def take_turn(conversation: Conversation, incoming: Incoming, knowledge: Knowledge, today: date) -> Turn:
    """Takes one turn. Never raises for anything a person may do; `today` is the date in Europe/Amsterdam."""
    move = improving.noticed(conversation, incoming, _respond(conversation, incoming, knowledge, today))
    turn = _said(replace(move.conversation, last_choice=incoming.choice or None), move)
    lacking = counting.lacks(move.says, turn.replies, turn.conversation.language)
    lives = place.home_of(turn.conversation, knowledge)
    seen, effects = counting.count(
        conversation,
        turn.conversation,
        turn.effects,
        opens=conversation.language is None or incoming.start is not None,
        lacking=lacking,
        home=lives.code if lives else "",
        today=today,
    )
    return Turn(seen, turn.replies, effects)


def hear(conversation: Conversation, news: News) -> Turn:  # noqa: C901  one case for each kind of news
    """Takes what the host tells; an open question stays open, and its buttons stay good."""
    match news:
        case DocumentShown() | DocumentTold():
            move = transition_hearing.heard(conversation, news)
        case RequestChanged():
            move = request.changed(conversation, news)
        case HandoverAsked() | HandoverMoved() | RequestStands() | RequestSlow() | Opening():
            move = handover.hear(conversation, news)
        case FollowUpDue():
            move = follow_up.due(conversation, news)
        case SchoolOffers():
            move = offers.offered(conversation, news)
        case Invited() | NotInvited():
            move = _invited(conversation, news)
        case CodeMade():
            move = moving.made(conversation, news)
        case Moved():
            move = moving.moved(conversation, news)
        case NotMoved():
            move = moving.not_moved(conversation, news)
        case SameHelper() | HelperAway() | HelperChosen():
            move = stand_in.hear(conversation, news)
        case AppointmentAsked() | AppointmentSet():
            move = appointment.hear(conversation, news)
        case MyData() | MyViews() | MyConsents() | ConsentWithdrawn() | MyDataLocked() | OtherAgreed() | Erased():
            move = my_data.hear(conversation, news)
        case _:
            assert_never(news)
    turn = _said(move.conversation, move)
    offered = {**conversation.offered, **turn.conversation.offered}
    return replace(turn, conversation=replace(turn.conversation, offered=offered))


def _invited(conversation: Conversation, news: Invited | NotInvited) -> Move:
    """What the invitation tells; where it tells nothing new, or is none, there is nothing to ask, and the menu comes."""
    if isinstance(news, NotInvited):
        return interrupts.menu(conversation).after(say("invitations.told.not_good"))
    move = inviting.told(conversation, news)
    menu = () if move.conversation.invited else (interrupts.menu_words(),)
    return Move(move.conversation, (*move.says, *menu), move.effects)


def _said(conversation: Conversation, move: Move) -> Turn:
    """The move in the person's language; buttons count as offered until newer ones are."""
    replies = render(move.says, conversation.language, second=conversation.second, beside=conversation.beside)
    offered = {choice.id: choice.label for reply in replies for choice in reply.choices}
    kept = offered if replies else conversation.offered
    return Turn(replace(conversation, offered=kept), replies, move.effects)


def _respond(conversation: Conversation, incoming: Incoming, knowledge: Knowledge, today: date) -> Move:
    if incoming.start is not None:
        return _open(replace(conversation, code=incoming.start or conversation.code), knowledge, today)
    if incoming.choice is not None:
        if _is_double_tap(conversation, incoming.choice):
            return Move(conversation)
        return choose(conversation, incoming.choice, knowledge, today)
    return take_words(conversation, incoming.text or "", knowledge, today)


def _open(conversation: Conversation, knowledge: Knowledge, today: date) -> Move:
    if conversation.language is None:
        return interrupts.choose_language(conversation, knowledge)
    return opened(conversation, knowledge, today)


def _is_double_tap(conversation: Conversation, choice: str) -> bool:
    """Whether the same button was tapped twice in a row, and means it once; not when it was offered anew in between."""
    again = choice == conversation.last_choice and choice not in conversation.offered
    return again and choice.partition(":")[0] in _ACTS_ONCE
