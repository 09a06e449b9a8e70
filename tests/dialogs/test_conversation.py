"""The state of a conversation goes to JSON and back, also between releases."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs.conversation import Conversation, Draft, read, write
from dialogs.messages import Incoming
from knowledge.facts import PartialDate

NAMES = st.lists(st.sampled_from(["age", "diploma", "left_school_date"]), max_size=3, unique=True).map(tuple)
CONVERSATIONS = st.builds(
    Conversation,
    channel=st.sampled_from(["web", "telegram"]),
    language=st.sampled_from([None, "nl", "en"]),
    goal=st.sampled_from([None, "rights", "who_helps", "contact", "request"]),
    facts=st.fixed_dictionaries(
        {},
        optional={
            "age": st.integers(4, 99),
            "diploma": st.booleans(),
            "left_school_date": st.just(PartialDate(2025, 7)),
        },
    ),
    answered=NAMES,
    skipped=NAMES,
    clashed=NAMES,
    asking=st.sampled_from([None, "age", "need"]),
    draft=st.builds(Draft, need=st.sampled_from([None, "Ik zoek werk"]), urgent=st.booleans()),
    request=st.sampled_from([None, "waiting", "claimed"]),
    talking=st.booleans(),
    misunderstood=st.integers(0, 3),
    offered=st.dictionaries(st.sampled_from(["menu", "a:age:16"]), st.text(min_size=1)),
)


@given(CONVERSATIONS)
def test_nothing_is_lost_between_two_turns(conversation: Conversation) -> None:
    """Written to JSON and read again, a conversation is the same."""
    assert read(json.loads(json.dumps(write(conversation)))) == conversation


def test_what_another_release_wrote_strands_nobody() -> None:
    """Facts, goals and fields that this release does not know are dropped; the rest stays."""
    raw = {
        "version": 9,
        "channel": "web",
        "language": "nl",
        "mood": "fine",
        "goal": "dance",
        "facts": {"age": 19, "shoe_size": 44, "diploma": "perhaps"},
        "draft": {"need": "Ik zoek werk", "colour": "blue"},
    }
    assert read(raw) == Conversation(channel="web", language="nl", facts={"age": 19}, draft=Draft(need="Ik zoek werk"))


def test_the_newest_answer_is_the_first_to_be_taken_back() -> None:
    """Answers are kept in the order of answering, each once, and what is not known is an answer too."""
    talk = Conversation(channel="web").knowing({"age": 19}).skipping("diploma").knowing({"employed": True})
    assert talk.answered == ("age", "diploma", "employed")
    assert talk.knowing({"age": 20}).answered == ("diploma", "employed", "age")
    assert talk.knowing({"diploma": True}).skipped == ()
    assert talk.skipping("diploma").answered == ("age", "employed", "diploma")
    assert talk.forgetting("diploma").answered == ("age", "employed")


@pytest.mark.parametrize("values", [{}, {"text": "a", "choice": "b"}, {"text": "", "start": ""}])
def test_one_thing_comes_in_at_a_time(values: dict[str, str]) -> None:
    """What a person did is words, a button, or the opening of a conversation; neither none nor two."""
    with pytest.raises(ValueError, match="one of"):
        Incoming(**values)
