"""Figures of conversations: each thing once a month, where somebody lives once they said so, and nothing else."""

from __future__ import annotations

from datetime import date
from unittest.mock import patch

from dialogs import counting
from dialogs.conversation import Conversation
from dialogs.effects import CountUse
from dialogs.messages import Reply
from dialogs.say import say
from knowledge.facts import read_facts
from person import Person


def _counted(person: Person) -> list[CountUse]:
    return [one for one in person.effects if isinstance(one, CountUse)]


def test_a_conversation_counts_once() -> None:
    """Opening counts one conversation, opening again in the same month does not, in the next it does."""
    person = Person()
    assert _counted(person.opens()) == [CountUse("reach", "conversation")]
    assert _counted(person.opens()) == []
    person.today = date(2026, 12, 1)
    assert _counted(person.opens()) == [CountUse("reach", "conversation")]


def test_without_a_language_it_counts_when_there_is_one() -> None:
    """On a channel that asks the language first, the conversation counts when it was chosen."""
    person = Person(Conversation(channel="telegram")).opens()
    assert _counted(person) == []
    assert _counted(person.taps("lang:nl")) == [CountUse("reach", "conversation")]


def test_a_question_counts_once_a_month() -> None:
    """A goal is one question, however often it is begun; another goal is another."""
    person = Person().taps("goal:rights")
    assert _counted(person) == [CountUse("question", "rights")]
    assert _counted(person.taps("menu").taps("goal:rights")) == []
    assert _counted(person.taps("menu").taps("goal:money")) == [CountUse("question", "money")]


def test_where_somebody_lives_counts_afterwards() -> None:
    """When the municipality is said, what was counted this month is counted there too, and what comes later at once."""
    person = Person().opens().taps("goal:rights")
    person.conversation = person.conversation.knowing(read_facts({"municipality": "0344"}))
    assert _counted(person.taps("menu")) == [
        CountUse("reach", "conversation", "0344"),
        CountUse("question", "rights", "0344"),
    ]
    assert _counted(person.taps("goal:money")) == [CountUse("question", "money"), CountUse("question", "money", "0344")]


def test_a_need_that_could_not_be_met() -> None:
    """Asking for an organisation that is not connected counts which kind it was, where the person lives."""
    person = Person().taps("person").says("Ik zoek werk.").taps("kind:work").says("Groningen").taps("who:gemeente")
    assert person.sees("dialogs.request.not_connected")
    assert _counted(person) == [CountUse("unmet", "gemeente"), CountUse("unmet", "gemeente", "0014")]


def test_a_language_that_lacks_a_sentence() -> None:
    """What had to be said in another language counts as missing in theirs; what is in Dutch for everybody does not."""
    before = Conversation(channel="web", language="en")
    seen, effects = counting.count(before, before, (), opens=False, lacking=True, home="", today=date(2026, 11, 22))
    assert effects == (CountUse("unmet", "language-en"),)
    assert seen.counted == ("2026-11", "unmet:language-en")
    dutch = Reply(text="Hallo", language="nl", direction="ltr")
    said = [say("dialogs.menu.menu")]
    assert not counting.lacks(said, [dutch], None)
    assert not counting.lacks(said, [dutch], "nl")
    assert not counting.lacks(said, [dutch], "en")
    with patch("dialogs.counting.complete", return_value=False):
        assert counting.lacks(said, [dutch], "en")
