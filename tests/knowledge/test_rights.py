"""The rights together: outcomes, statuses and contradictions for one person on one day."""

import json
from datetime import date

import pytest

from dialogs.questions import QUESTIONS
from knowledge.facts import DATA, FACTS, BadFact, read_facts
from knowledge.rights import ACTORS, SCHOOL_OF, STATUSES, clashes_in, evaluate
from knowledge.rights.contradictions import CONTRADICTIONS, Contradiction
from locales import source_texts

DAY = date(2026, 11, 22)


def test_every_actor_and_status_is_answered() -> None:
    """Also when nothing is known, each has an outcome, and every school type has its actor."""
    answer = evaluate({}, DAY)
    assert set(answer.outcomes) == set(ACTORS)
    assert set(answer.statuses) == set(STATUSES)
    assert answer.contradictions == ()
    assert set(SCHOOL_OF) == set(FACTS["school_type"].values)
    assert set(SCHOOL_OF.values()) <= set(ACTORS)


def test_an_unknown_fact_is_refused() -> None:
    """A fact that does not exist is an error, never ignored."""
    with pytest.raises(BadFact):
        evaluate({"shoe_size": 44}, DAY)


def test_the_actors_are_those_of_the_vocabulary() -> None:
    """All help actors and statuses are there, letter for letter; the actors in the rule book's order."""
    vocabulary = json.loads((DATA / "vocabulary.json").read_text("utf-8"))
    assert list(ACTORS) == vocabulary["actors"]
    assert set(STATUSES) == set(vocabulary["statuses"])


@pytest.mark.parametrize("status", sorted(STATUSES))
def test_every_value_of_a_status_has_words(status: str) -> None:
    """Whatever a status can be, there is a sentence that says it."""
    values = json.loads((DATA / "vocabulary.json").read_text("utf-8"))["statuses"][status]
    assert {rule.label for rule in STATUSES[status].rules} <= set(values)
    assert all(f"rights.statuses.{status}.{value}" in source_texts() for value in values)


@pytest.mark.parametrize(
    "more",
    [{"foreign_diploma": True}, {"diploma_kind": "havo"}, {"earlier_school": "havo"}],
    ids=lambda more: str(more),
)
def test_another_diploma_explains_a_startkwalificatie_after_vmbo(more: dict[str, object]) -> None:
    """Who left vmbo and has a diploma of elsewhere contradicts nothing."""
    assert clashes_in(read_facts({"school_type": "vmbo", "startkwalificatie": True, **more}), DAY) == ()


CLASHING: dict[str, dict[str, object]] = {
    "diploma_without_qualification": {
        "school_type": "mbo",
        "mbo_level": 2,
        "diploma": True,
        "startkwalificatie": False,
    },
    "vmbo_with_qualification": {"school_type": "vmbo", "startkwalificatie": True},
    "left_and_still_there": {"still_at_same_school": True, "left_school_date": "2026-07"},
    "leaving_later_but_not_enrolled": {"currently_enrolled": False, "left_school_date": "2027-07"},
    "profile_without_vso": {"school_type": "pro", "vso_profile": "dagbesteding"},
    "left_too_young": {"birth_date": "2015", "left_school_date": "2025-07"},
    "diploma_in_future": {"diploma_date": "2027"},
    "no_follow_on_but_enrolled": {
        "school_type": "pro",
        "follow_on_enrolment": False,
        "currently_enrolled": True,
        "now_at": "mbo",
    },
    "age_and_birth_date": {"age": 25, "birth_date": "2010-05-03"},
}


@pytest.mark.parametrize("clash", CONTRADICTIONS, ids=lambda clash: clash.id)
def test_each_contradiction_is_found_and_dropping_a_doubted_fact_solves_it(clash: Contradiction) -> None:
    """Facts that cannot all be true are found; without any one of the doubted facts they can."""
    facts = read_facts(CLASHING[clash.id])
    assert [found.id for found in clashes_in(facts, DAY)] == [clash.id]
    assert [found.id for found in evaluate(facts, DAY).contradictions] == [clash.id]
    for fact in clash.doubted:
        rest = {name: value for name, value in facts.items() if name != fact}
        assert clashes_in(rest, DAY) == ()


@pytest.mark.parametrize("clash", CONTRADICTIONS, ids=lambda clash: clash.id)
def test_the_first_doubted_fact_can_be_asked_again(clash: Contradiction) -> None:
    """The conversation can ask about each contradiction."""
    assert clash.doubted[0] in QUESTIONS


def test_a_contradiction_makes_only_what_it_touches_unknown() -> None:
    """An actor that does not read the doubted facts keeps its label; one that does says that it is not sure."""
    facts = {"school_type": "vmbo", "startkwalificatie": True, "age": 19, "currently_enrolled": False}
    answer = evaluate(facts, DAY)
    assert answer.outcomes["pro_school"].label == "no"
    assert answer.outcomes["pro_school"].flags == ()
    doubted = answer.outcomes["doorstroompunt"]
    assert (doubted.label, doubted.rule, doubted.flags) == ("unknown", "", ("contradiction",))
    assert set(doubted.needs) == {"school_type", "startkwalificatie"}


def test_a_contradiction_that_makes_no_difference_only_raises_its_flag() -> None:
    """Where every reading of the doubted facts gives the same label, that label stands, with the doubt."""
    facts = {"age": 40, "birth_date": "1990-05-03", "startkwalificatie": False, "currently_enrolled": False}
    outcome = evaluate(facts, DAY).outcomes["doorstroompunt"]
    assert (outcome.label, "contradiction" in outcome.flags) == ("no", True)
