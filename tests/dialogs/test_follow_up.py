"""A message later: only on a day the person chose, only after their yes to its very words, and stopped with a word."""

from __future__ import annotations

from datetime import date
from typing import Any
from unittest.mock import patch

import pytest

from dialogs.conversation import Conversation
from dialogs.effects import PlanFollowUp, StopFollowUps
from dialogs.news import FollowUpDue, HandoverMoved
from dialogs.turn import hear
from knowledge.facts import read_facts
from locales import language
from person import TODAY, UTRECHT, Person

LEFT = {"school_type": "pro", "left_school_date": "2026-07-17", "diploma": True, "follow_on_enrolment": False}


def _answered(**facts: object) -> Person:
    person = Person()
    person.conversation = person.conversation.knowing(read_facts(facts))
    return person.taps("goal:rights")


def _planned(person: Person) -> list[PlanFollowUp]:
    return [effect for effect in person.effects if isinstance(effect, PlanFollowUp)]


def test_the_days_are_those_of_the_law() -> None:
    """Who left a praktijkschool in July can choose the start of the second year and four weeks before the end."""
    person = _answered(**LEFT).taps("options").taps("remind")
    assert person.ids == ("remind:two_weeks", "remind:month", "remind:year_two", "remind:before_end", "remind:no")
    person.taps("remind:year_two").taps("planned:yes")
    assert [one.day for one in _planned(person)] == [date(2027, 7, 17)]
    person.taps("remind").taps("remind:before_end").taps("planned:yes")
    assert [one.day for one in _planned(person)] == [date(2028, 6, 19)]


def test_without_dates_only_the_near_days() -> None:
    """Who told nothing about school can be asked in two weeks or in a month."""
    assert Person().taps("remind").ids == ("remind:two_weeks", "remind:month", "remind:no")


@pytest.mark.parametrize("language", ["nl", "en"])
def test_nothing_is_planned_before_a_yes(language: str) -> None:
    """Choosing a day only shows the question, with yes and no; no is fine, and yes plans what was shown."""
    agreeing, refusing = (Person().taps(f"lang:{language}").taps("remind").taps("remind:month") for _ in range(2))
    assert not agreeing.effects
    assert agreeing.sees("follow_up.ask.consent", "follow_up.ask.time", "follow_up.ask.keeps")
    assert refusing.taps("planned:no").sees("follow_up.ask.not_planned")
    assert not refusing.effects
    (plan,) = _planned(agreeing.taps("planned:yes"))
    assert (plan.kind, plan.day, plan.language) == ("month", date(2026, 12, 22), language)


def test_the_time_is_said_where_it_can_be() -> None:
    """A language that cannot say the time of day yet asks without it, and its yes counts all the same."""
    person = Person().taps("lang:ar").taps("remind").taps("remind:month")
    arabic: Any = language("ar").texts
    with patch.dict(arabic):
        arabic.pop("follow_up.ask.time", None)
        person.taps("remind").taps("remind:month")
        assert person.replies[0].language == "ar"
        assert not person.sees("follow_up.ask.time")
        assert len(_planned(person.taps("planned:yes"))) == 1


@pytest.mark.parametrize(
    ("facts", "zone", "expected"),
    [
        ({}, None, None),
        ({}, "Asia/Tokyo", "Asia/Tokyo"),
        ({"country_part": "BES"}, None, "America/Kralendijk"),
        ({"country_part": "BES"}, "Europe/London", "America/Kralendijk"),
    ],
)
def test_the_clock_is_that_of_the_person(facts: dict[str, object], zone: str | None, expected: str | None) -> None:
    """The message is planned by the clock of the islands for who lives there, else by that of the device, else Dutch."""
    person = Person(Conversation(channel="web", language="nl", zone=zone)).taps("menu")
    person.conversation = person.conversation.knowing(facts)
    (plan,) = _planned(person.taps("remind").taps("remind:month").taps("planned:yes"))
    assert plan.time_zone == expected


def test_declining_at_once() -> None:
    """Who would rather not is asked nothing more."""
    person = Person().taps("remind").taps("remind:no")
    assert person.sees("follow_up.ask.not_planned")
    assert not person.effects


def test_a_yes_counts_only_for_the_words_that_were_shown() -> None:
    """An old yes, to another day or other words, asks again instead of planning."""
    person = Person().taps("planned:yes:month:0000000000000000")
    assert person.sees("follow_up.ask.consent")
    assert not _planned(person)


def test_a_day_that_has_passed() -> None:
    """A button for a day that is over says so and offers another; one that never was is an old button."""
    person = Person().taps("remind:year_two")
    assert person.sees("follow_up.ask.passed")
    assert person.taps("planned:yes:year_two:0000000000000000").sees("follow_up.ask.passed")
    assert person.taps("remind:tomorrow").sees("dialogs.understanding.old_button")
    assert person.taps("going:away").sees("dialogs.understanding.old_button")


def test_a_second_year_that_has_begun_is_not_offered() -> None:
    """Who left two years ago cannot be reminded of a year that is over."""
    person = _answered(**{**LEFT, "left_school_date": "2024-07-17"}).taps("remind")
    assert not any(id in person.ids for id in ("remind:year_two", "remind:before_end"))


@pytest.mark.parametrize("kind", ["two_weeks", "month", "year_two", "before_end"])
def test_the_message_promises_nothing(kind: str) -> None:
    """The message itself says nothing about rights: it asks, and looks again when the person wants."""
    person = Person()
    person.takes(hear(person.conversation, FollowUpDue(kind)))
    way = "goal:who_helps" if kind in ("year_two", "before_end") else "going:well"
    assert person.ids == (way, "going:help", "going:stop")
    assert not any(source for reply in person.replies for source in reply.sources)


def test_well() -> None:
    """Who is well is told that they may come back."""
    assert Person().taps("going:well").sees("follow_up.due.glad")


def test_help_leads_back_to_who_helped() -> None:
    """Who wants help again writes what they need, and the organisation of last time is chosen already."""
    person = Person()
    person.conversation = person.conversation.knowing({"municipality": "Utrecht"})
    person.takes(hear(person.conversation, FollowUpDue("month", "demo-pro")))
    person.taps("going:help").says("Ik zoek weer werk.").taps("kind:work")
    assert person.asking == "agreement"
    assert "Demo Praktijkschool" in person.replies[0].text


@pytest.mark.parametrize("recipient", ["", ":unknown"])
def test_help_without_who_helped(recipient: str) -> None:
    """Without an organisation of last time, or with one that left, the person chooses."""
    person = Person().taps(f"going:help{recipient}")
    assert person.asking == "need"
    assert person.conversation.draft.recipient is None


@pytest.mark.parametrize("button", ["going:stop", "stop"])
def test_stop_ends_all_of_it(button: str) -> None:
    """The button under the message, and the one that ends the chat, take every planned message back."""
    assert StopFollowUps() in Person().taps(button).effects


def test_the_place_is_real() -> None:
    """The municipality of these tests is the one the demo organisations serve."""
    assert Person().knowledge.regions.municipality("Utrecht").code == UTRECHT  # type: ignore[union-attr]
    assert date(2026, 11, 22) == TODAY


def test_after_a_handover_a_message_for_later_is_offered() -> None:
    """Once a handover is complete the person may choose to be asked how it goes; nothing is planned before their yes."""
    person = Person().opens()
    person.takes(
        hear(person.conversation, HandoverMoved("confirmed", "Demo Gemeente", "Demo Praktijkschool", later=True))
    )
    assert person.sees("handover.moved.confirmed")
    assert person.ids == ("remind:two_weeks", "remind:month", "remind:no")
    assert person.effects == ()
    person.taps("remind:two_weeks")
    assert not _planned(person)
    assert len(_planned(person.taps("planned:yes"))) == 1
