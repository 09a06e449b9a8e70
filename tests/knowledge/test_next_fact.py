"""Which fact is asked next."""

import random
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogs.questions import QUESTIONS
from knowledge.facts import FACTS, PartialDate, read_facts
from knowledge.next_fact import askable_facts, common_answers, next_fact, settling_facts
from knowledge.rights import ACTORS, evaluate
from rulebook_lives import Life, lives, parts

DAY = date(2026, 11, 22)
GOALS = (("pro_school", "vso_school", "mbo_school"), ("doorstroompunt", "gemeente"), ("gemeente",))


@pytest.mark.parametrize(
    ("facts", "actors", "asked"),
    [
        ({}, GOALS[0], "school_type"),
        ({"school_type": "vmbo"}, GOALS[0], None),
        ({"school_type": "pro"}, GOALS[0], "left_school_date"),
        ({}, GOALS[1], "age"),
        ({"age": 40}, ("doorstroompunt",), None),
    ],
)
def test_the_question_that_settles_most_comes_first(
    facts: dict[str, object], actors: tuple[str, ...], asked: str | None
) -> None:
    """The first questions are the ones a counsellor would ask, and there is none where the answer is sure."""
    assert next_fact(facts, DAY, actors) == asked


@given(st.data(), lives(), st.sampled_from(GOALS))
@settings(max_examples=60, deadline=None)
def test_a_question_is_new_askable_and_always_the_same(
    data: st.DataObject, life: Life, actors: tuple[str, ...]
) -> None:
    """What is known or skipped is not asked; the same facts in any order lead to the same question."""
    facts = read_facts({name: value for name, value in data.draw(parts(life.facts)).items() if value is not None})
    skipped = data.draw(st.sets(st.sampled_from(sorted(QUESTIONS)), max_size=4))
    fact = next_fact(facts, life.today, actors, skipped)
    names = list(facts)
    random.Random(1).shuffle(names)
    assert next_fact({name: facts[name] for name in names}, life.today, list(actors), list(skipped)) == fact
    if fact is not None:
        known = facts.get(fact)
        assert known is None or (isinstance(known, PartialDate) and known.day is None)
        assert fact not in skipped
        assert fact in QUESTIONS


def test_a_fact_nobody_is_told_about_does_not_change_the_question() -> None:
    """Facts that the actors do not read make no difference."""
    assert next_fact({"municipality": "Utrecht"}, DAY, GOALS[0]) == next_fact({}, DAY, GOALS[0])


@pytest.mark.parametrize("actor", sorted(ACTORS))
def test_an_unknown_says_what_could_settle_it(actor: str) -> None:
    """For an actor that is unknown the settling facts are askable, and the first is the one that is asked."""
    facts = settling_facts({}, DAY, actor)
    unknown = evaluate({}, DAY).outcomes[actor].label == "unknown"
    assert facts or not unknown
    assert set(facts) <= set(QUESTIONS)
    assert next_fact({}, DAY, [actor]) == (facts[0] if facts else None)


def test_a_birth_date_is_asked_only_where_the_age_leaves_it_open() -> None:
    """At sixteen the day of birth decides; at nineteen it does not."""
    young = {"age": 16, "startkwalificatie": False, "currently_enrolled": False}
    assert "birth_date" in settling_facts(young, DAY, "doorstroompunt")
    assert "birth_date" not in settling_facts({**young, "age": 19}, DAY, "doorstroompunt")


def test_every_fact_with_guesses_has_a_question() -> None:
    """Whatever may be asked next can be asked, and is a fact of the vocabulary."""
    reads = {fact for decision in ACTORS.values() for fact in decision.facts}
    asked = {fact for fact in reads if fact in QUESTIONS}
    assert asked <= set(FACTS)
    assert {"school_type", "age", "left_school_date", "birth_date"} <= asked


def test_what_only_narrows_is_asked_when_another_answer_makes_it_count() -> None:
    """Before 2026 entree counted only together with a diploma: neither alone settles, so one is asked all the same."""
    facts = {"school_type": "mbo", "age": 20, "startkwalificatie": False, "currently_enrolled": False, "employed": True}
    assert next_fact(facts, date(2025, 12, 31), ("doorstroompunt",)) in ("mbo_level", "diploma", "earlier_school")
    assert next_fact(facts, date(2025, 12, 31), ("doorstroompunt",), ("benefit",)) is None


def test_what_narrows_but_leads_nowhere_is_not_asked() -> None:
    """Long after leaving vso, whether somebody went straight on makes no difference to a label."""
    facts = read_facts({"school_type": "vso", "left_school_date": "1991-01-01", "special_circumstances": True})
    assert next_fact(facts, DAY, GOALS[0], ("vso_profile",)) is None


def test_the_age_tells_on_which_side_of_the_birthday_a_day_lies() -> None:
    """Who is fifteen this month and says the month of birth is not asked for the day: the birthday is still to come."""
    facts = read_facts({"school_type": "pro", "age": 15, "birth_date": "2010-11"})
    assert next_fact(facts, DAY, ("jongerenloket",)) is None


def test_common_answers_are_for_who_is_known() -> None:
    """A birth date is guessed only from an age; what is not asked has no answers; what can be asked is told."""
    assert common_answers("birth_date", DAY) == ()
    assert common_answers("birth_date", DAY, {"age": 19})
    assert common_answers("moved", DAY) == ()
    assert "school_type" in askable_facts({}, DAY, GOALS[0])
    assert "school_type" not in askable_facts({"school_type": "pro"}, DAY, GOALS[0])
