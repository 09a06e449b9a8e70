"""One question after an answer: asked once, counted once, and who was not helped is offered a person."""

from __future__ import annotations

import pytest

from dialogs.effects import CountHelped
from knowledge.facts import read_facts
from person import Person

LEFT = {"school_type": "pro", "left_school_date": "2026-07-17", "diploma": True, "follow_on_enrolment": False}


def _answered() -> Person:
    person = Person()
    person.conversation = person.conversation.knowing(read_facts(LEFT))
    return person.taps("goal:rights").taps("menu")


@pytest.mark.parametrize(("word", "says", "offers"), [("yes", "glad", "menu"), ("no", "sorry", "person")])
def test_one_tap_is_counted(word: str, says: str, offers: str) -> None:
    """Yes or no is thanked for and counted with the goal and the language, and nothing else."""
    person = _answered()
    assert person.sees("feedback.ask.question", "dialogs.menu.question")
    person.taps(f"helped:{word}:rights")
    assert person.effects == (CountHelped(goal="rights", helped=word == "yes", language="nl"),)
    assert person.sees(f"feedback.ask.{says}")
    assert offers in person.ids


@pytest.mark.parametrize("id", ["helped:yes:rights", "helped:maybe:rights", "helped:yes:nothing"])
def test_what_was_not_asked_is_not_counted(id: str) -> None:
    """A button from long ago, or one that never was, counts nothing."""
    person = Person().taps(id)
    assert not person.effects
    assert person.sees("dialogs.understanding.old_button")


def test_without_an_answer_nothing_is_asked() -> None:
    """Who goes back to the beginning in the middle of a question is not asked whether it helped."""
    person = Person().taps("goal:rights").taps("menu")
    assert not person.sees("feedback.ask.question")
