"""The same counsellor or a stand-in, as the person hears it; the choice is theirs and changes nothing by itself."""

from __future__ import annotations

from datetime import date

import pytest

from dialogs.effects import ChooseHelper
from dialogs.news import HelperAway, HelperChosen, SameHelper, StandInNews
from dialogs.turn import hear
from person import Person

REQUEST = "a" * 32


def _told(news: StandInNews) -> Person:
    person = Person().opens()
    person.takes(hear(person.conversation, news))
    return person


@pytest.mark.parametrize("stand_in", ["Coach B", ""])
@pytest.mark.parametrize("answer", ["wait", "now"])
def test_who_is_away_until_when_and_what_do_you_want(stand_in: str, answer: str) -> None:
    """The person reads who is away and until when; their tap asks the host for exactly this request."""
    person = _told(HelperAway(request=REQUEST, name="Coach A", day=date(2026, 11, 26), stand_in=stand_in))
    said = person.replies[0].text
    assert "Coach A is er op 26 november 2026 weer." in said
    assert ("Coach B" in said) is bool(stand_in)
    assert person.conversation.request == "waiting"
    person.taps(f"helper:{answer}")
    assert person.effects == (ChooseHelper(REQUEST, wait=answer == "wait"),)


def test_nobody_waits_in_danger() -> None:
    """With danger there is nothing to choose: somebody else is asked at once."""
    person = _told(HelperAway(request=REQUEST, name="Coach A", day=date(2026, 11, 26), urgent=True))
    assert person.sees("stand_in.ask.urgent")
    assert not person.buttons


@pytest.mark.parametrize(
    ("news", "text"),
    [
        (SameHelper("Coach A"), "stand_in.again.first"),
        (HelperChosen("wait", "Coach A", "Coach B"), "stand_in.chosen.wait"),
        (HelperChosen("now", "Coach A", "Coach B"), "stand_in.chosen.now_named"),
        (HelperChosen("now", "Coach A"), "stand_in.chosen.now"),
        (HelperChosen("gone"), "stand_in.chosen.gone"),
    ],
)
def test_what_became_of_it_is_said(news: StandInNews, text: str) -> None:
    """Who is asked first, or that the request is with somebody already."""
    assert _told(news).sees(text)


@pytest.mark.parametrize("button", ["helper:maybe:x", "helper:wait", "helper:"])
def test_a_button_of_nothing_is_an_old_one(button: str) -> None:
    """What stands for no answer or no request asks the host for nothing."""
    person = Person().opens().taps(button)
    assert person.effects == ()
    assert person.sees("dialogs.understanding.old_button")
