"""The same counsellor as last time, or a stand-in: when the one who helped is away, the person says what they want."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from dialogs.conversation import Conversation
from dialogs.effects import ChooseHelper
from dialogs.goals.handling import Handler
from dialogs.news import HelperAway, HelperChosen, SameHelper, StandInNews
from dialogs.say import Button, Move, Say, button, say
from knowledge.library import Knowledge
from locales import Text

_ANSWERS = ("wait", "now")


def hear(conversation: Conversation, news: StandInNews) -> Move:
    """Who is asked first, who is away until when, and what became of the answer."""
    match news:
        case SameHelper():
            return Move(conversation, (say("stand_in.again.first", name=Text.verbatim(news.name)),))
        case HelperChosen():
            return Move(conversation, (_chosen(news),))
    free = replace(conversation, request="waiting", helper=None)
    if news.urgent:
        return Move(free, (say("stand_in.ask.urgent", name=Text.verbatim(news.name)),))
    return Move(free, (_question(news),))


def _answer(conversation: Conversation, rest: str, _knowledge: Knowledge, _today: date) -> Move | None:
    """Waiting or not, for the request whose id stands on the button; whether it can still be is known to the host."""
    answer, _, request = rest.partition(":")
    if answer not in _ANSWERS or not request:
        return None
    return Move(conversation, (), (ChooseHelper(request, wait=answer == "wait"),))


CHOICES: Mapping[str, Handler] = {"helper": _answer}


def _question(news: HelperAway) -> Say:
    named = "_named" if news.stand_in else ""
    names = _names(news.name, news.stand_in)
    buttons: tuple[Button, ...] = (
        button(f"helper:wait:{news.request}", "stand_in.ask.wait", **names),
        button(f"helper:now:{news.request}", f"stand_in.ask.now{named}", **names),
    )
    parts = (Text.of("stand_in.ask.away", day=news.day, **names), Text.of(f"stand_in.ask.question{named}", **names))
    return Say(parts=parts, buttons=buttons)


def _chosen(news: HelperChosen) -> Say:
    named = "_named" if news.change == "now" and news.stand_in else ""
    return Say(parts=(Text.of(f"stand_in.chosen.{news.change}{named}", **_names(news.name, news.stand_in)),))


def _names(name: str, stand_in: str) -> dict[str, Text]:
    return {"name": Text.verbatim(name), "stand_in": Text.verbatim(stand_in)}
