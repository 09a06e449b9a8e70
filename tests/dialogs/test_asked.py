"""A question whose yes counts: the mark and the language are those of what the person really saw."""

from __future__ import annotations

import pytest

from dialogs.asked import asked
from dialogs.conversation import Conversation
from dialogs.say import render, say
from locales import source_texts

QUESTION = say("dialogs.forget.question")
STAFF_ONLY = say(next(id for id in source_texts() if id.startswith("desk.")))
"""Words that are there in Dutch and English only."""


@pytest.mark.parametrize(
    ("own", "second", "spoken"),
    [("tr", "en", "en"), ("tr", "ar", "nl"), ("tr", None, "nl"), ("en", None, "en"), (None, None, "nl")],
)
def test_the_language_is_the_one_it_is_shown_in(own: str | None, second: str | None, spoken: str) -> None:
    """Where the person's language lacks a sentence the yes belongs to the words that were shown instead."""
    conversation = Conversation(channel="web", language=own, second=second)
    _, language = asked(conversation, STAFF_ONLY)
    assert language == spoken
    assert render([STAFF_ONLY], own, second=second)[-1].language == spoken


def test_another_word_is_another_mark() -> None:
    """The same question with the same things beside it has the same mark; other things, or another language, have not."""
    person = Conversation(channel="web", language="nl")
    marks = [
        asked(person, QUESTION, "a", "b")[0],
        asked(person, QUESTION, "a", "c")[0],
        asked(person, QUESTION, "a")[0],
        asked(Conversation(channel="web", language="en"), QUESTION, "a", "b")[0],
    ]
    assert asked(person, QUESTION, "a", "b")[0] == marks[0]
    assert len(set(marks)) == len(marks)
