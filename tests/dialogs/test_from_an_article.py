"""Coming from an article: after hello the conversation begins with that article."""

from __future__ import annotations

from dialogs.conversation import Conversation
from knowledge.articles import articles
from person import Person

TEXTS = tuple(text.id for text in articles()["costs"].text)


def test_a_conversation_begins_with_the_article() -> None:
    """Hello and who reads it come first, as always; then the article with its own ways on."""
    person = Person().opens("info:costs")
    assert person.sees("dialogs.start.welcome", "dialogs.start.promise", *TEXTS)
    assert not person.sees("dialogs.menu.question")
    assert "read:costs" in person.ids


def test_the_article_waits_for_the_language() -> None:
    """Without a language that is asked first; the article is not forgotten, and comes once."""
    person = Person(Conversation(channel="web")).opens("info:costs")
    assert person.sees("dialogs.start.choose_language")
    assert person.taps("lang:nl").sees(*TEXTS)
    assert person.conversation.code is None


def test_an_article_that_is_none_is_a_code_that_is_none() -> None:
    """A name that no article has is told as a code that is not good, and the menu comes."""
    person = Person().opens("info:nothing")
    assert not person.sees(*TEXTS)
    assert person.conversation.code is None
