"""A call-back appointment as the person sees it: up to three moments to tap, or none, and one for the calendar."""

from __future__ import annotations

from datetime import date

import pytest

from dialogs.effects import ChooseAppointment
from dialogs.messages import Calendar
from dialogs.news import AppointmentAsked, AppointmentNews, AppointmentSet, CallMoment
from dialogs.turn import hear
from person import Person

MOMENTS = (CallMoment(date(2026, 11, 26), "10:00"), CallMoment(date(2026, 11, 27), "14:30"))
ID = "b" * 32


def _told(news: AppointmentNews, language: str = "nl") -> Person:
    person = Person().opens()
    if language != "nl":
        person.taps(f"lang:{language}")
    person.takes(hear(person.conversation, news))
    return person


def test_each_moment_is_a_button_and_so_is_none() -> None:
    """The buttons say day and time; a tap names the moment by its number."""
    person = _told(AppointmentAsked(ID, "Coach A", MOMENTS))
    assert [one.label for one in person.buttons] == [
        "26 november 2026 om 10:00",
        "27 november 2026 om 14:30",
        "Geen van deze tijden",
    ]
    assert all(len(one.id) <= 60 for one in person.buttons)
    assert person.taps("27 november 2026 om 14:30").effects == (ChooseAppointment(ID, 2),)
    person = _told(AppointmentAsked(ID, "Coach A", MOMENTS))
    assert person.taps("Geen van deze tijden").effects == (ChooseAppointment(ID, 0),)


def test_what_was_agreed_on_goes_into_the_calendar() -> None:
    """The answer names who calls and when, asks for the number, and brings a calendar entry with its time."""
    person = _told(AppointmentSet("chosen", "Coach A", MOMENTS[0]))
    (reply,) = person.replies
    assert "Coach A belt je op 26 november 2026 om 10:00." in reply.text
    (paper,) = reply.papers
    assert isinstance(paper, Calendar)
    (entry,) = paper.entries
    assert (entry.day, entry.time) == ("2026-11-26", "10:00")


@pytest.mark.parametrize(
    ("news", "text"),
    [
        (AppointmentSet("none", "Coach A"), "appointment.set.none"),
        (AppointmentSet("gone"), "appointment.set.gone"),
        (AppointmentSet("withdrawn", "Coach A"), "appointment.set.withdrawn_open"),
        (AppointmentSet("withdrawn", "Coach A", MOMENTS[0]), "appointment.set.withdrawn"),
    ],
)
def test_what_became_of_it_is_said(news: AppointmentSet, text: str) -> None:
    """None of the moments, too late, or taken back: said plainly, and nothing for the calendar."""
    person = _told(news)
    assert person.sees(text)
    assert not person.replies[0].papers


@pytest.mark.parametrize("button", ["call:4:x", "call:1", "call:x:y"])
def test_a_button_of_nothing_is_an_old_one(button: str) -> None:
    """A number that was never offered asks the host for nothing."""
    person = Person().opens().taps(button)
    assert person.effects == ()
    assert person.sees("dialogs.understanding.old_button")
