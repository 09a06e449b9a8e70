"""Promises about care in a conversation: danger is answered first in every state, and milder signs never stand in the way."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dialogs import interrupts
from dialogs.conversation import Conversation
from dialogs.effects import OpenSupportRequest, RelayToCounsellor
from dialogs.say import Move, Say, say
from knowledge.danger import Danger, Tier
from knowledge.understand import Understander
from locales import Text, language, languages
from person import Person, utrecht

STATES: list[dict[str, Any]] = [
    {}, {"language": None}, {"goal": "rights", "asking": "school_type"}, {"goal": "request", "asking": "consent"},
    {"goal": "contact", "asking": "place"}, {"misunderstood": 2}, {"request": "claimed", "talking": True},
    {"request": "waiting"},
]  # fmt: skip


class Fixed:
    """An understander that sees this danger in every message."""

    def __init__(self, tier: Tier) -> None:
        self.found = Danger(tier, "suicide", "model")

    def understand(self, text: str) -> Any:
        """As usual, with the danger."""
        return replace(utrecht().understander.understand(text), danger=self.found)


def somebody(tier: Tier | None = None, **state: Any) -> Person:
    """A person in a state, whose messages hold danger of this tier."""
    knowledge = utrecht()
    if tier:
        seen: Any = Fixed(tier)
        knowledge = replace(knowledge, understander=seen)
    values = {"channel": "web", "language": "nl", **state}
    return Person(Conversation(**values), knowledge=knowledge)


@pytest.mark.parametrize("state", STATES, ids=str)
def test_danger_is_answered_first_in_every_state(state: dict[str, Any]) -> None:
    """Whatever is open, red words bring who to call at once, then the offer of a human and the way back."""
    person = somebody(**state).says("ik wil dood")
    assert "113" in person.replies[0].text.splitlines()[0]
    assert {"person", "goon"} <= set(person.ids)


@pytest.mark.parametrize("state", STATES, ids=str)
def test_a_milder_sign_is_asked_about_before_the_answer(state: dict[str, Any]) -> None:
    """Amber: one question with buttons comes first, and the normal answer follows."""
    person = somebody("amber", **state).says("hoe maak ik een cv")
    assert {choice.id for choice in person.replies[0].choices} == {"safe", "help"}
    assert len(person.replies) > 1 or state.get("talking")


def test_a_faint_sign_is_one_line_under_the_answer() -> None:
    """Footer: the normal answer with one line and the button under it, in the same last bubble."""
    plain, faint = somebody(), somebody("footer")
    plain.knowledge = replace(plain.knowledge, understander=Quiet())  # type: ignore[arg-type]
    without, with_line = plain.says("hoe maak ik een cv").replies, faint.says("hoe maak ik een cv").replies
    assert len(without) == len(with_line)
    assert with_line[-1].text.startswith(without[-1].text)
    assert faint.sees("danger.footer")
    assert faint.ids[-1] == "help"


class Quiet:
    """An understander that sees no danger."""

    def understand(self, text: str) -> Any:
        """As usual, without danger."""
        understander: Understander = utrecht().understander
        return replace(understander.understand(text), danger=None)


def test_words_for_a_school_stay_as_they_are() -> None:
    """A bubble with words that are meant to be sent on does not get the line; it follows as its own bubble."""
    message = Say(parts=(Text.verbatim("Beste school"),), only="nl")
    found = Danger("footer", "abuse", "model")
    moved = interrupts.cared(Move(Conversation(channel="web", language="nl"), (message,)), found)
    assert moved.says[0] == message
    assert moved.says[1].parts == (Text.of("danger.footer"),)


def test_the_button_for_help_is_there_once_and_silence_stays_silence() -> None:
    """Where "help now" is offered already it is not offered twice, and nothing said stays nothing."""
    conversation, found = Conversation(channel="web", language="nl"), Danger("footer", "abuse", "model")
    offered = interrupts.cared(Move(conversation, (say("danger.limit", buttons=(interrupts.HELP,)),)), found)
    assert offered.says[0].buttons == (interrupts.HELP,)
    assert interrupts.cared(Move(conversation), found).says == ()


@pytest.mark.parametrize(("tier", "urgent"), [("footer", False), ("amber", True)])
def test_only_pressing_danger_makes_a_message_urgent(tier: Tier, urgent: bool) -> None:
    """A counsellor who is talking hears of amber at once; a faint sign is no alarm for them."""
    person = somebody(tier, request="claimed", talking=True).says("ik weet het even niet")
    (relayed,) = person.effects
    assert isinstance(relayed, RelayToCounsellor)
    assert (relayed.urgent, bool(relayed.danger)) == (urgent, urgent)


@pytest.mark.parametrize("state", STATES, ids=str)
@pytest.mark.parametrize("code", sorted(languages()))
def test_red_is_first_in_every_language_and_state(code: str, state: dict[str, Any]) -> None:
    """Whatever is open and whatever the language: first the fixed answer of that language, then a human and the way on."""
    spoken = state.get("language", code)
    person = somebody("red", **{"language": code, **state}).says("hoe maak ik een cv")
    assert person.replies[0].text == language(spoken).texts["danger.red.suicide"]
    assert {"person", "goon"} <= set(person.ids)
    assert len(person.replies) == 2


@pytest.mark.parametrize("state", STATES, ids=str)
def test_a_human_can_be_had_from_every_state_after_danger(state: dict[str, Any]) -> None:
    """The way to a human leads to an urgent request with what set it off, or the open request hears of it at once."""
    person = somebody(**state).says("ik wil dood")
    if state.get("request"):
        (relayed,) = person.effects
        assert isinstance(relayed, RelayToCounsellor)
        assert relayed.urgent
        assert relayed.danger == Danger("red", "suicide", "wil dood")
        assert person.taps("person").sees("dialogs.request.busy")
        return
    person.taps("person")
    if person.conversation.language is None:
        person.taps("lang:nl").taps("person")
    assert person.conversation.draft.urgent
    person.taps("kind:work").says("Utrecht").taps("who:gemeente").taps("consent:yes")
    (opened,) = [one for one in person.effects if isinstance(one, OpenSupportRequest)]
    assert (opened.urgent, opened.need) == (True, "ik wil dood")
    assert opened.danger == Danger("red", "suicide", "wil dood")


def test_a_long_cry_for_help_need_not_be_said_twice() -> None:
    """The beginning of a very long message is kept as the need."""
    person = somebody().says("ik wil dood " * 120)
    assert (person.conversation.draft.need or "").startswith("ik wil dood")
    assert len(person.conversation.draft.need or "") <= 1000


def test_what_sounded_like_danger_goes_along_unless_the_person_is_safe() -> None:
    """Amber: "I need help now" makes a request urgent, "I am safe" takes the mark away, red stays whatever follows."""
    person = somebody("amber").says("hoe maak ik een cv")
    draft = person.conversation.draft
    assert (draft.danger_tier, draft.danger_kind, draft.danger_why, draft.urgent) == (
        "amber",
        "suicide",
        "model",
        False,
    )
    assert person.taps("help").conversation.draft.urgent
    person = somebody("amber").says("hoe maak ik een cv").says("en een brief").taps("safe")
    assert (person.conversation.draft.danger_tier, person.conversation.draft.urgent) == (None, False)
    person = somebody("red").says("x").taps("safe")
    person.knowledge = somebody("amber").knowledge
    assert person.says("y").taps("safe").conversation.draft.danger_tier == "red"
    assert not somebody().taps("help").conversation.draft.urgent
