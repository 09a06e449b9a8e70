"""Promises to somebody who comes with a code of their school: nothing is asked twice, and nothing is taken before a yes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dialogs.codes import grouped, read_code
from dialogs.conversation import Conversation
from dialogs.effects import AcceptInvitation, UseInvitation
from dialogs.news import Invited, NotInvited
from dialogs.turn import hear
from knowledge.facts import PartialDate
from person import UTRECHT, Person, utrecht

CODE = "BCD23FGH46JKM78"
FACTS = {"school_type": "vso", "vso_profile": "arbeidsmarktgericht", "left_school_date": "2026-07"}
NEWS = Invited("the-invitation", "demo-vso", "Demo Vso-school", FACTS)


def came(news: Any = NEWS, **state: Any) -> Person:
    """Somebody who opened the chat with a code, after the host answered."""
    person = Person(Conversation(channel="web", language="nl", **state)).opens(CODE)
    assert UseInvitation(CODE) in person.effects
    person.takes(hear(person.conversation, news))
    return person


def test_what_the_school_knows_is_shown_and_asked_once() -> None:
    """The chat says the school and everything it knows, and asks whether that is right; until then nothing is known."""
    person = came()
    assert person.sees("invitations.told.school", "invitations.told.known", "invitations.told.right")
    assert "Demo Vso-school" in person.replies[0].text
    assert person.ids == ("invited:yes", "invited:change", "invited:without")
    assert not person.conversation.facts
    assert person.sees("facts.vso_profile.arbeidsmarktgericht")


@pytest.mark.parametrize("yes", ["invited:yes", "ja"])
def test_a_yes_answers_everything_at_once(yes: str) -> None:
    """After a yes, tapped or typed, the facts are answers, none of them is asked again, and the use is counted."""
    person = came()
    person = person.taps(yes) if ":" in yes else person.says(yes)
    assert person.effects == (AcceptInvitation("the-invitation"),)
    assert person.conversation.facts["left_school_date"] == PartialDate(2026, 7)
    assert person.sees("dialogs.menu.question")
    assert not person.conversation.invited
    assert person.conversation.school == "demo-vso"
    person.taps("goal:rights")
    assert person.asking not in FACTS


@pytest.mark.parametrize("no", ["invited:without", "nee"])
def test_beginning_without_takes_nothing(no: str) -> None:
    """Who wants to begin without it is not known to the school, and nothing is counted or kept of the code."""
    person = came()
    person = person.taps(no) if ":" in no else person.says(no)
    assert person.sees("invitations.told.dropped", "dialogs.menu.question")
    assert not person.effects
    assert not person.conversation.facts
    assert person.conversation.school is None


def test_one_wrong_fact_is_changed_and_the_others_stay() -> None:
    """Who taps that something is wrong sees each fact as a button and changes that one alone."""
    person = came().taps("invited:change")
    assert person.effects == (AcceptInvitation("the-invitation"),)
    assert "change:vso_profile" in person.ids
    person.taps("change:vso_profile").taps("a:vso_profile:dagbesteding")
    assert person.conversation.facts["vso_profile"] == "dagbesteding"
    assert person.conversation.facts["school_type"] == "vso"


def test_a_goal_waits_for_the_answer_and_then_goes_on() -> None:
    """Who taps something else first is asked the one question, and then gets what they tapped; a human comes first."""
    person = came().taps("goal:rights")
    assert person.asking == "invited"
    person.says("blabla")
    assert person.asking == "invited"
    person.taps("invited:yes")
    assert person.conversation.goal == "rights"
    assert came().taps("person").asking == "need"


def test_an_answer_after_it_was_settled_means_nothing_any_more() -> None:
    """A button of the question that is no longer open changes nothing."""
    person = came().taps("invited:without").taps("menu").taps("invited:yes")
    assert person.sees("dialogs.understanding.old_button")
    assert not person.conversation.facts


def test_what_is_known_already_is_not_asked() -> None:
    """Somebody who told the same before hears only where they come from; their answers stay."""
    person = came(answered=("school_type",), facts={"school_type": "vso"}, code=None)
    assert set(person.conversation.invited["facts"]) == {"vso_profile", "left_school_date"}
    same = Invited("the-invitation", "demo-vso", "Demo Vso-school", {"school_type": "vso"})
    person = came(same, answered=("school_type",), facts={"school_type": "vso"})
    assert person.sees("invitations.told.school", "dialogs.menu.question")
    assert person.effects == (AcceptInvitation("the-invitation"),)
    assert person.conversation.school == "demo-vso"


def test_another_school_than_before_takes_the_place_of_the_old_answers() -> None:
    """A code of another school, confirmed, takes away what hung on the school that was told before."""
    before = {"school_type": "pro", "pro_document": "schooldiploma", "municipality": "Utrecht"}
    person = came(answered=tuple(before), facts=before).taps("invited:yes")
    assert person.conversation.facts["school_type"] == "vso"
    assert "pro_document" not in person.conversation.facts
    assert person.conversation.facts["municipality"] == "Utrecht"


def test_a_code_that_does_not_work_is_a_normal_start() -> None:
    """An unknown, expired or withdrawn code is said kindly, and the menu is there."""
    person = came(NotInvited())
    assert person.sees("invitations.told.not_good", "dialogs.menu.question")


def test_the_code_waits_for_the_language() -> None:
    """On a phone without a language yet the code is kept until one is chosen, also when it was typed."""
    for open_it in (lambda one: one.opens(CODE), lambda one: one.opens().says("bcd23-fgh46 jkm78")):
        person = open_it(Person(Conversation(channel="telegram")))
        assert not person.effects
        person.taps("lang:en")
        assert UseInvitation(CODE) in person.effects
        assert person.conversation.code is None


def test_a_code_may_be_typed_in_the_middle() -> None:
    """A code that is typed later is taken as one, whatever was open; words and numbers of daily life never are."""
    assert UseInvitation(CODE) in Person().opens().taps("goal:rights").says("BCD23 FGH46 JKM78").effects
    for text in ("begeleider", "0612345678", "4642347896", "jkmpqrtvwx", "BCD23-FGH4", "BCD23-FGH46-JKM7A"):
        assert read_code(text) is None
    assert read_code(f" {grouped(CODE).lower()} ") == CODE
    assert read_code("BCDZ3 FGH46") == "BCD23FGH46"


def test_the_school_is_the_first_recipient() -> None:
    """A request from somebody who was invited names the school first, and asks nothing more about school or place."""
    person = came().taps("invited:yes").taps("person").says("Ik zoek werk.").taps("kind:work")
    assert person.asking == "who"
    assert person.ids[0] == "school:demo-vso"
    assert person.buttons[0].label == "Demo Vso-school"
    person.taps("school:demo-vso")
    assert person.asking == "agreement"
    assert "Demo Vso-school" in person.replies[0].text


def test_another_recipient_is_as_near() -> None:
    """The gemeente can be chosen all the same; then where the person lives is asked."""
    person = came().taps("invited:yes").taps("person").says("Ik zoek werk.").taps("kind:work").taps("who:gemeente")
    assert person.asking == "municipality"
    assert person.says("Utrecht").asking == "agreement"


def test_a_school_that_does_not_fit_is_not_proposed() -> None:
    """Who changed the kind of school, or whose school left, is asked as everybody is."""
    person = came().taps("invited:yes")
    person.conversation = replace(person.conversation, facts={**person.conversation.facts, "school_type": "pro"})
    assert person.taps("person").says("Ik zoek werk.").taps("kind:work").asking == "municipality"
    gone = utrecht().with_organisations(())
    person = replace(came().taps("invited:yes"), knowledge=gone)
    assert person.taps("person").says("Ik zoek werk.").taps("kind:work").asking == "municipality"
    assert utrecht().directory.serving("vso", UTRECHT)


def test_the_school_button_for_a_message_to_the_school() -> None:
    """ "Send it with Verder" from the rights answer goes to the school that invited, where "my old school" was chosen too."""
    person = came().taps("invited:yes")
    person.conversation = person.conversation.with_draft(need="Ik zoek werk.", kind_of_help="work", actor="school")
    person.taps("person")
    assert person.asking in ("agreement", "municipality")
