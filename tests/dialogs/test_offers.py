"""A school's offer: only where the person said yes to exactly that, in fixed words, and every answer is a good one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from dialogs.effects import AnswerOffer, BecomeKnown, OpenSupportRequest, RecordConsent
from dialogs.news import SchoolOffers
from dialogs.turn import hear
from knowledge.facts import read_facts
from person import Person

FACTS = {"school_type": "pro", "left_school_date": "2026-07-17", "follow_on_enrolment": False}


def somebody(school: str | None = "demo-pro", **more: object) -> Person:
    """Somebody who left a praktijkschool and is in touch with it."""
    person = Person()
    person.conversation = replace(person.conversation.knowing(read_facts({**FACTS, **more})), school=school)
    return person


def offered(person: Person, *, again: bool = False) -> Person:
    """The same person, after their school offered help."""
    person.takes(hear(person.conversation, SchoolOffers("demo-pro", "Demo Praktijkschool", again)))
    return person


def test_the_school_is_let_know_after_a_yes() -> None:
    """The question shows the school's name and what it will see; yes gives exactly those facts, for two years."""
    person = somebody().taps("remind").taps("known")
    assert person.sees("offers.ask.question", "offers.ask.shares", "offers.ask.never", "offers.ask.keeps")
    assert "17 juli 2026" in person.replies[-1].text
    assert not person.effects
    (known,) = person.taps("known:yes").effects
    assert isinstance(known, BecomeKnown)
    assert known.facts == {"left_school_date": "2026-07-17", "follow_on_enrolment": False}
    assert known.until == date(2028, 7, 17)
    assert (known.consent.recipient, known.consent.given, known.consent.purpose) == ("demo-pro", True, "school_offer")
    assert set(known.consent.data_groups) == {*known.facts, "language"}
    assert person.sees("offers.ask.agreed")


def test_no_is_kept_and_nothing_is_shared() -> None:
    """A no is recorded, the school sees nothing, and asking oneself stays possible."""
    person = somebody().taps("known").taps("known:no")
    (said,) = person.effects
    assert isinstance(said, RecordConsent)
    assert not said.given
    assert person.sees("offers.ask.refused")
    assert "person" in person.ids


@pytest.mark.parametrize("old", ["known:yes:0000000000000000", "known:maybe:", "known:yes"])
def test_a_yes_to_other_words_asks_again(old: str) -> None:
    """A yes that is not to what would be shown now is no yes."""
    person = somebody().taps(old)
    assert person.sees("offers.ask.question")
    assert not person.effects


@pytest.mark.parametrize(
    ("school", "more"),
    [(None, {}), ("demo-mbo", {}), ("demo-vso", {}), ("demo-pro", {"school_type": "mbo"}), ("gone", {})],
)
def test_where_there_is_no_such_school(school: str | None, more: dict[str, object]) -> None:
    """Without a connected school of the kind that was left nothing is offered, and an old button is only that."""
    person = somebody(school, **more).taps("remind")
    assert "known" not in person.ids
    assert person.taps("known").sees("dialogs.understanding.old_button")


def test_without_a_day_there_is_nothing_to_tell() -> None:
    """Who did not say when they left cannot let the school know of it."""
    person = somebody()
    person.conversation = person.conversation.forgetting("left_school_date")
    assert "known" not in person.taps("remind").ids


def test_not_while_on_lock() -> None:
    """While the data are on lock nobody is let know."""
    person = somebody()
    person.conversation = replace(person.conversation, locked=True)
    assert not person.taps("known").effects
    assert person.sees("my_data.lock.first")


def test_the_way_there_after_planning_and_after_a_request() -> None:
    """After planning a message the school can be let know; a request to a school makes it the person's school."""
    assert "known" in somebody().taps("remind").taps("remind:month").taps("planned:yes").ids
    person = somebody(None).taps("person").says("Ik zoek werk.").taps("kind:work").says("Utrecht")
    person.taps("who:school").taps("school:demo-pro").taps("consent:yes")
    assert person.conversation.school == "demo-pro"


@pytest.mark.parametrize(("again", "words"), [(False, "offers.offer.first"), (True, "offers.offer.again")])
def test_the_offer_is_in_fixed_words(again: bool, words: str) -> None:
    """The offer names the school, says that no is fine, and has three buttons."""
    person = offered(somebody(), again=again)
    assert person.sees(words, "offers.offer.free")
    assert person.ids == ("offer:yes:demo-pro", "offer:later:demo-pro", "offer:no:demo-pro")


def test_yes_is_a_request_that_is_read_before_it_goes() -> None:
    """After yes the person sees what would be sent and to whom; only their second yes sends it."""
    person = offered(somebody(municipality="0344")).taps("offer:yes")
    assert AnswerOffer("demo-pro", "yes") in person.effects
    assert not [one for one in person.effects if isinstance(one, OpenSupportRequest)]
    assert person.sees("dialogs.request.review", "dialogs.request.consent")
    person.taps("consent:yes")
    (request,) = [one for one in person.effects if isinstance(one, OpenSupportRequest)]
    assert (request.recipient, request.kind_of_help) == ("demo-pro", "work")


def test_yes_without_a_known_place_asks_nothing_more() -> None:
    """The person came from this school, so where they live is not asked."""
    person = offered(somebody()).taps("offer:yes")
    assert person.sees("dialogs.request.consent")


@pytest.mark.parametrize("answer", ["no", "later"])
def test_no_and_later_are_good_answers(answer: str) -> None:
    """Both are told to the school, nothing is sent, and the person can still ask."""
    person = offered(somebody()).taps(f"offer:{answer}")
    assert person.effects == (AnswerOffer("demo-pro", answer),)  # type: ignore[arg-type]
    assert person.sees(f"offers.answer.{answer}")
    assert "person" in person.ids


def test_a_school_that_is_gone_and_a_button_that_never_was() -> None:
    """Yes to a school that is no longer connected becomes an ordinary request; nonsense is an old button."""
    person = somebody().taps("offer:yes:gone")
    assert AnswerOffer("gone", "yes") in person.effects
    assert person.sees("dialogs.request.need")
    assert somebody().taps("offer:perhaps:demo-pro").sees("dialogs.understanding.old_button")


def test_yes_while_a_request_is_open() -> None:
    """Who already has an open request is told where it is, and the answer is kept all the same."""
    person = offered(somebody())
    person.conversation = replace(person.conversation, request="waiting")
    assert AnswerOffer("demo-pro", "yes") in person.taps("offer:yes").effects
    assert person.sees("dialogs.request.busy")
