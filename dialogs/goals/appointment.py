"""A counsellor wants to call: the person taps one of the moments, or none of them, and gets it for their calendar."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from dialogs.conversation import Conversation
from dialogs.effects import ChooseAppointment
from dialogs.goals.handling import Handler
from dialogs.news import AppointmentAsked, AppointmentNews, AppointmentSet, CallMoment
from dialogs.papers import CalendarPlan
from dialogs.say import Button, Move, Say, button
from knowledge.library import Knowledge
from locales import Text

_PLACES = ("0", "1", "2", "3")
"""The moments by their number; 0 is none of them."""


def hear(conversation: Conversation, news: AppointmentNews) -> Move:
    """The moments with their buttons, or what became of them."""
    if isinstance(news, AppointmentAsked):
        return Move(conversation, (_question(news),))
    return Move(conversation, (_set(news),))


def _answer(conversation: Conversation, rest: str, _knowledge: Knowledge, _today: date) -> Move | None:
    """A moment by its number, of the proposal whose id stands on the button."""
    place, _, appointment = rest.partition(":")
    if place not in _PLACES or not appointment:
        return None
    return Move(conversation, (), (ChooseAppointment(appointment, int(place)),))


CHOICES: Mapping[str, Handler] = {"call": _answer}


def _question(news: AppointmentAsked) -> Say:
    moments: list[Button] = [
        button(f"call:{place}:{news.appointment}", "appointment.ask.moment", day=one.day, time=one.time)
        for place, one in enumerate(news.moments, 1)
    ]
    none = button(f"call:0:{news.appointment}", "appointment.ask.none")
    question = Text.of("appointment.ask.question", name=Text.verbatim(news.name))
    return Say(parts=(question,), buttons=(*moments, none))


def _set(news: AppointmentSet) -> Say:
    name, when = Text.verbatim(news.name), news.moment
    if when is None:
        open_one = news.change == "withdrawn"
        return Say(parts=(Text.of(f"appointment.set.{'withdrawn_open' if open_one else news.change}", name=name),))
    words = Text.of(f"appointment.set.{news.change}", name=name, day=when.day, time=when.time)
    return Say(parts=(words,), papers=(_calendar(name, when),) if news.change == "chosen" else ())


def _calendar(name: Text, when: CallMoment) -> CalendarPlan:
    text = Text.of("appointment.set.event_text", name=name, time=when.time)
    entry = (when.day, Text.of("appointment.set.event"), text)
    return CalendarPlan(Text.of("appointment.set.calendar"), (entry,), time=when.time)
