"""Saying a bubble in a language: whole, or whole in Dutch."""

from collections.abc import Callable

import pytest

from dialogs.say import Say, button, complete, render, say
from locales import Language, Text, language

Speaks = Callable[[dict[str, str]], None]
WHOLE = say("questions.diploma.question", buttons=[button("a:diploma:true", "questions.common.yes")])


def partial(texts: dict[str, str]) -> Language:
    """A language in which only these texts are there."""
    return Language("ar", "العربية", "rtl", texts)


@pytest.fixture
def speaks(monkeypatch: pytest.MonkeyPatch) -> Speaks:
    """Makes "ar" a language with these texts."""

    def make(texts: dict[str, str]) -> None:
        monkeypatch.setattr("dialogs.say.language", lambda code: partial(texts) if code == "ar" else language(code))

    return make


def test_a_bubble_is_said_in_the_language_that_has_all_of_it(speaks: Speaks) -> None:
    """With every sentence and label there, the bubble is in that language and its direction."""
    speaks({"questions.diploma.question": "س", "questions.common.yes": "ن"})
    (reply,) = render([WHOLE], "ar")
    assert (reply.text, reply.language, reply.direction, reply.choices[0].label) == ("س", "ar", "rtl", "ن")
    assert complete(WHOLE, partial({"questions.diploma.question": "س", "questions.common.yes": "ن"}))


@pytest.mark.parametrize("texts", [{"questions.diploma.question": "س"}, {"questions.common.yes": "ن"}, {}])
def test_a_bubble_is_never_half_translated(speaks: Speaks, texts: dict[str, str]) -> None:
    """When a sentence or a label is missing, that is said first, and the whole bubble is in Dutch."""
    speaks(texts)
    note, reply = render([WHOLE], "ar")
    dutch = language("nl")
    assert (note.text, note.language) == (dutch.texts["dialogs.understanding.fallback"], "nl")
    assert reply.language == "nl"
    assert reply.direction == "ltr"
    assert reply.text == dutch.texts["questions.diploma.question"]
    assert reply.choices[0].label == dutch.texts["questions.common.yes"]
    assert not complete(WHOLE, partial(texts))


def test_words_for_a_school_stay_dutch_with_the_persons_own_buttons(speaks: Speaks) -> None:
    """A bubble that is to be Dutch for everybody keeps the person's language on its buttons."""
    speaks({"questions.common.yes": "ن"})
    only = Say(
        parts=(Text.of("questions.diploma.question"),), only="nl", buttons=(button("x", "questions.common.yes"),)
    )
    (reply,) = render([only], "ar")
    assert reply.language == "nl"
    assert reply.text == language("nl").texts["questions.diploma.question"]
    assert reply.choices[0].label == "ن"


def test_what_is_missing_is_said_in_the_second_language(speaks: Speaks) -> None:
    """Who used English before hears in the own language that this is not there yet, and then English, not Dutch."""
    speaks({"dialogs.understanding.fallback_second": "لا"})
    note, reply = render([WHOLE], "ar", second="en")
    assert (note.text, note.direction) == ("لا", "rtl")
    assert (reply.language, reply.text) == ("en", language("en").texts["questions.diploma.question"])


def test_simple_dutch_stands_beside_the_own_language() -> None:
    """With Dutch beside it each bubble comes in Dutch without buttons, then in the own language with them."""
    dutch, own = render([WHOLE], "en", beside=True)
    assert (dutch.language, dutch.choices) == ("nl", ())
    assert (own.language, len(own.choices)) == ("en", 1)
    assert len(render([WHOLE], "nl", beside=True)) == 1
