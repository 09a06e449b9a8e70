"""Which fact is asked next."""

import random
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogs.questions import QUESTIONS
from knowledge.facts import FACTS, PartialDate, read_facts
from knowledge.next_fact import next_fact, settling_facts
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
