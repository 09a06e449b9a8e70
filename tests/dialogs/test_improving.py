"""Promises about learning from what was not understood: counted without words, a sentence kept only when it is given."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dialogs.conversation import Conversation
from dialogs.effects import GiveSentence, Misunderstood
from knowledge.danger import Danger
from knowledge.understand import Understanding
from person import Person, utrecht

GIBBERISH = "xqzt vbnk wrtp"


class Fixed:
    """An understander with one answer to everything."""

    def __init__(self, understanding: Understanding) -> None:
        self.understanding = understanding

    def understand(self, _text: str) -> Understanding:
        """Always this."""
        return self.understanding


def somebody(understanding: Understanding | None = None, **state: Any) -> Person:
    """A Dutch person, whose every message is understood like this."""
    knowledge = utrecht()
    if understanding:
        fixed: Any = Fixed(understanding)
        knowledge = replace(knowledge, understander=fixed)
    return Person(Conversation(**{"channel": "web", "language": "nl", **state}), knowledge=knowledge)


@pytest.mark.parametrize(
    ("understanding", "kind"),
    [
        (Understanding(None, 0.0, "unknown", (), None), "unknown"),
        (Understanding("oos", 0.9, "unknown", (), None), "out_of_scope"),
        (Understanding("cv_letter", 0.3, "choose", (("cv_letter", 0.3), ("costs", 0.2)), None), "choose"),
    ],
)
def test_every_miss_is_counted_without_its_words(understanding: Understanding, kind: str) -> None:
    """The host hears language and kind of each miss, and nothing else."""
    person = somebody(understanding).says("iets met werk of zo")
    assert person.effects == (Misunderstood("nl", kind),)  # type: ignore[arg-type]


def test_what_was_understood_is_not_counted() -> None:
    """An answer, a button or a command is no misunderstanding."""
    person = somebody().says("hoi")
    assert person.effects == ()
    assert person.taps("topics").effects == ()


def test_something_else_than_what_was_offered_counts_as_corrected() -> None:
    """Only the button under "do you mean" says that every guess was wrong; the menu's own button does not."""
    guess = Understanding("cv_letter", 0.3, "choose", (("cv_letter", 0.3),), None)
    assert somebody(guess).says("iets").taps("menu").effects == (Misunderstood("nl", "corrected"),)
    assert somebody().taps("menu").effects == ()


def test_after_two_misses_the_sentence_may_be_given() -> None:
    """First nothing is asked. Then the exact words are shown without a BSN, and only a yes gives them."""
    person = somebody().says(GIBBERISH)
    assert "sentence" not in person.ids
    person.says(f"{GIBBERISH} 123456782")
    assert "sentence" in person.ids
    person.taps("sentence")
    assert not person.effects
    shown = person.replies[0].text
    assert f'"{GIBBERISH} •••••••••"' in shown
    person.taps("sentence:yes")
    (given,) = [one for one in person.effects if isinstance(one, GiveSentence)]
    assert given.sentence == f"{GIBBERISH} •••••••••"
    assert (given.language, given.kind, len(given.text_version)) == ("nl", "unknown", 16)
    assert person.sees("improving.sentence.thanks")
    assert person.conversation.puzzling is None
    assert person.taps(f"sentence:yes:{given.text_version}").effects == ()


def test_no_keeps_nothing_and_a_later_turn_forgets_the_sentence() -> None:
    """A no is as easy as a yes; who goes on with something else is not asked again about the old words."""
    person = somebody().says(GIBBERISH).says(GIBBERISH).taps("sentence").taps("sentence:no")
    assert (person.effects, person.conversation.puzzling) == ((), None)
    assert person.sees("improving.sentence.refused")
    person.says(GIBBERISH).says(GIBBERISH).taps("topics")
    assert person.conversation.puzzling is None
    assert person.taps("sentence").effects == ()
    person.says(GIBBERISH).says(GIBBERISH).says("hoi")
    assert person.conversation.puzzling is None


def test_a_yes_to_another_sentence_gives_nothing() -> None:
    """The yes belongs to the words that were shown."""
    person = somebody(puzzling="een andere zin").taps("sentence:yes:0123456789abcdef")
    assert person.effects == ()
    assert not person.sees("improving.sentence.thanks")


@pytest.mark.parametrize("words", ["x" * 301, "bqtrw " * 60])
def test_long_messages_are_not_asked_for(words: str) -> None:
    """A long story is too easily about somebody."""
    unknown = Understanding(None, 0.0, "unknown", (), None)
    person = somebody(unknown, misunderstood=1).says(words)
    assert person.sees("dialogs.understanding.unknown_twice")
    assert "sentence" not in person.ids


def test_danger_comes_before_learning() -> None:
    """Where the person is asked whether they are safe, nothing else is asked."""
    unknown = Understanding(None, 0.0, "unknown", (), Danger("amber", "abuse", "model"))
    person = somebody(unknown, misunderstood=1).says("het gaat niet thuis")
    assert "sentence" not in person.ids
    assert person.effects == (Misunderstood("nl", "unknown"),)


def test_a_language_without_the_question_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The question is asked in the person's own language or not at all."""
    import dialogs.goals.improving as improving

    monkeypatch.setattr(improving, "complete", lambda _say, _language: False)
    assert "sentence" not in somebody(misunderstood=1).says(GIBBERISH).ids
    given = somebody(puzzling=GIBBERISH, misunderstood=2).taps("sentence").taps("sentence:yes").effects
    assert [one.language for one in given if isinstance(one, GiveSentence)] == ["nl"]
