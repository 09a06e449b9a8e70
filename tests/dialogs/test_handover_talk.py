"""A request that goes to another organisation, as the person hears it: their own yes, and no way around it."""

from __future__ import annotations

import pytest

from dialogs.conversation import read, write
from dialogs.effects import AnswerHandover, ConfirmContact, RelayToCounsellor, TellWhere
from dialogs.goals.handover import DATA_GROUPS
from dialogs.news import HandoverAsked, HandoverChange, HandoverMoved, Opening, RequestSlow, RequestStands
from dialogs.turn import hear
from person import TODAY, Person

PROPOSAL = HandoverAsked(
    handover="a" * 32,
    counsellor="Coach A",
    sender="Demo Gemeente",
    recipient="demo-doorstroompunt",
    receiver="Demo Doorstroompunt",
    reason="Zij weten meer van leren.",
)


def _helped() -> Person:
    """Somebody whose request a counsellor has."""
    person = Person().opens().taps("person").says("Ik zoek werk in een winkel.").taps("kind:work")
    return person.says("Utrecht").taps("who:gemeente").taps("consent:yes")


def _asked(language: str = "nl") -> Person:
    person = _helped()
    if language != "nl":
        person.taps(f"lang:{language}")
    person.takes(hear(person.conversation, PROPOSAL))
    return person


def test_the_person_reads_who_why_and_what() -> None:
    """The proposal names both organisations and the reason, and "no" stands beside "yes"."""
    person = _asked()
    said = " ".join(reply.text for reply in person.replies)
    assert all(word in said for word in ("Coach A", "Demo Gemeente", "Demo Doorstroompunt", PROPOSAL.reason))
    assert [id.split(":")[1] for id in person.ids] == ["yes", "no"]


@pytest.mark.parametrize("answer", ["yes", "no"])
def test_a_tap_records_exactly_what_was_shown(answer: str) -> None:
    """The answer carries the recipient, the groups of data, the version of the words and the language."""
    person = _asked()
    version = person.ids[0].split(":")[2]
    person.taps(f"handover:{answer}")
    (effect,) = person.effects
    assert isinstance(effect, AnswerHandover)
    assert effect.handover == PROPOSAL.handover
    consent = effect.consent
    assert (consent.recipient, consent.data_groups, consent.given) == (PROPOSAL.recipient, DATA_GROUPS, answer == "yes")
    assert (consent.text_version, consent.language, consent.purpose) == (version, "nl", "handover")
    assert not person.conversation.handover


def test_words_never_agree() -> None:
    """The label of the yes, typed, is words for the counsellor."""
    person = _asked().says("Ja, dat mag")
    assert [type(effect) for effect in person.effects] == [RelayToCounsellor]
    assert person.conversation.handover


def test_an_old_button_does_nothing() -> None:
    """A yes to other words than those shown last, or to nothing, is not taken."""
    person = _asked()
    old = person.ids[0]
    other = HandoverAsked(
        **{**{name: getattr(PROPOSAL, name) for name in PROPOSAL.__slots__}, "reason": "Iets anders."}
    )
    person.takes(hear(person.conversation, other))
    person.taps(old)
    assert person.sees("dialogs.understanding.old_button")
    assert not any(isinstance(effect, AnswerHandover) for effect in person.effects)


def test_without_a_proposal_there_is_nothing_to_agree_to() -> None:
    """A button of a proposal that is gone, or an answer that was never offered, sends nothing."""
    for id in ("handover:yes:0000000000000000", "handover:perhaps:0000000000000000"):
        person = _helped().taps(id)
        assert person.sees("dialogs.understanding.old_button")
        assert not any(isinstance(effect, AnswerHandover) for effect in person.effects)


def test_the_words_of_the_question_are_bound_to_their_language() -> None:
    """The same proposal in another language is another version."""
    assert _asked("en").ids[0] != _asked().ids[0]


@pytest.mark.parametrize(
    ("change", "request_", "helper"),
    [
        ("agreed", "waiting", None),
        ("refused", "claimed", "Coach A"),
        ("accepted", "claimed", "Coach A"),
        ("declined", "waiting", None),
        ("returned", "waiting", None),
        ("withdrawn", "claimed", "Coach A"),
        ("taken_back", "waiting", None),
        ("confirmed", "claimed", "Coach A"),
        ("no_contact", "claimed", "Coach A"),
        ("gone", "claimed", "Coach A"),
    ],
)
def test_what_became_of_it_is_said(change: HandoverChange, request_: str, helper: str | None) -> None:
    """Every turn of a handover has its own words, and the conversation knows whether somebody has the request."""
    from dialogs.news import RequestChanged

    person = _helped()
    person.takes(hear(person.conversation, RequestChanged("claimed", "Coach A")))
    person.takes(hear(person.conversation, HandoverMoved(change, "Demo Gemeente", "Demo Doorstroompunt")))
    assert person.sees(f"handover.moved.{change}")
    assert (person.conversation.request, person.conversation.helper) == (request_, helper)


@pytest.mark.parametrize(("tap", "met"), [("handover:met", True), ("handover:notyet", False)])
def test_the_person_says_whether_there_was_contact(tap: str, met: bool) -> None:
    """ "Did you have contact?" has two buttons, and each tells the host."""
    person = _helped()
    person.takes(hear(person.conversation, HandoverMoved("contact", "Demo Gemeente", "Demo Doorstroompunt")))
    assert person.sees("handover.contact.question")
    assert person.taps(tap).effects == (ConfirmContact(met),)


def test_asking_where_it_is_reaches_the_host_and_the_counsellor() -> None:
    """Who asks where their request is while they talk to a counsellor is told, and the counsellor reads it too."""
    person = _helped().says("Hoe staat het met mijn vraag?")
    assert [type(effect) for effect in person.effects] == [RelayToCounsellor, TellWhere]
    person.taps("menu").taps("person")
    assert TellWhere() in person.effects


@pytest.mark.parametrize("stage", [None, "asked", "agreed", "accepted"])
@pytest.mark.parametrize("helper", [None, "Coach A"])
def test_where_it_is(stage: str | None, helper: str | None) -> None:
    """With whom the request is, how far the handover got, and for who waits when somebody is there."""
    person = _helped()
    opening = Opening("Demo Gemeente", "09:00", TODAY)
    names = {"sender": "Demo Gemeente", "receiver": "Demo Doorstroompunt"}
    stands = RequestStands(organisation="Demo Gemeente", helper=helper, stage=stage, opening=opening, **names)  # type: ignore[arg-type]
    person.takes(hear(person.conversation, stands))
    text = person.replies[0].text
    assert ("Coach A van Demo Gemeente" in text) is bool(helper)
    assert ("ging van" in text) is (stage in ("agreed", "accepted"))
    assert ("09:00" in text) is (helper is None)


def test_an_open_proposal_is_shown_again() -> None:
    """Who asks where it is while they have not chosen yet gets the same question, with buttons that still work."""
    person = _asked()
    before = person.ids
    person.takes(
        hear(person.conversation, RequestStands(organisation="Demo Gemeente", helper="Coach A", stage="asked"))
    )
    assert person.ids == before


@pytest.mark.parametrize("came_back", [False, True])
def test_waiting_too_long_is_said_honestly(came_back: bool) -> None:
    """Nobody is left in silence: the words say sorry, and that somebody else is asked or who can be called."""
    person = _helped()
    person.takes(hear(person.conversation, RequestSlow("Demo Gemeente", came_back)))
    assert person.sees(f"handover.slow.{'came_back' if came_back else 'waiting'}")
    assert ("contact" in person.ids) is not came_back


@pytest.mark.parametrize("day", [None, TODAY])
def test_when_somebody_reads(day: object) -> None:
    """Open now, or from when on again."""
    person = _helped()
    person.takes(hear(person.conversation, Opening("Demo Gemeente", "17:00", day)))  # type: ignore[arg-type]
    assert person.sees("handover.open.later" if day else "handover.open.now")


def test_a_proposal_survives_between_turns() -> None:
    """What was proposed is still there when the conversation comes back from the database."""
    person = _asked()
    assert read(write(person.conversation)).handover == person.conversation.handover
