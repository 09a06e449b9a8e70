"""In which order somebody tells things makes no difference to what comes out."""

import random
from datetime import date

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from fact_sets import FACT_SETS
from knowledge.conditions import Before, Situation, Today
from knowledge.facts import Facts, read_facts
from knowledge.next_fact import askable_facts, common_answers, next_fact
from knowledge.rights import clashes_in, evaluate
from knowledge.rights.common import ENROLLED, LEFT, QUALIFIED

DAYS = (date(2025, 12, 31), date(2026, 11, 22))
SHOWN = {"still_at_same_school": Before(Today(), LEFT), "currently_enrolled": ENROLLED, "startkwalificatie": QUALIFIED}
"""What other answers may show: then it is so, and nobody says otherwise."""
GOALS = (("pro_school", "vso_school", "mbo_school"), ("doorstroompunt", "gemeente"))


@given(FACT_SETS, st.sampled_from(DAYS), st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_the_same_facts_in_any_order_are_the_same_answer(
    told: dict[str, object], day: date, chance: random.Random
) -> None:
    """Labels, flags, end dates, what is missing and contradictions."""
    facts = list(read_facts(told).items())
    answer = evaluate(dict(facts), day)
    chance.shuffle(facts)
    assert evaluate(dict(facts), day) == answer


# Half of what is made up contradicts itself: that is another test's matter.
@given(st.data(), st.sampled_from(GOALS), st.sampled_from(DAYS), st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
def test_a_conversation_in_any_order_ends_with_the_same_labels(
    data: st.DataObject, actors: tuple[str, ...], day: date, chance: random.Random
) -> None:
    """Whoever is asked in our order, and whoever tells the same truth in another until nothing matters any more."""
    truth = _truth(data, actors, day)
    assume(not clashes_in(truth, day))
    # Still at the old school and at none: no life goes so, though the rule book does not call it a contradiction.
    assume(not (truth.get("still_at_same_school") is True and truth.get("currently_enrolled") is False))
    asked: dict[str, object] = {}
    skipped: frozenset[str] = frozenset()
    while (fact := next_fact(asked, day, actors, skipped)) is not None:
        if fact in truth and asked.get(fact) != truth[fact]:
            asked[fact] = truth[fact]
        else:
            skipped |= {fact}
    names = list(truth)
    chance.shuffle(names)
    told: dict[str, object] = {}
    while names and next_fact(told, day, actors) is not None:
        name = names.pop()
        told[name] = truth[name]
    assert _labels(asked, actors, day) == _labels(told, actors, day)


def _truth(data: st.DataObject, actors: tuple[str, ...], day: date) -> Facts:
    """An answer to everything these actors can ask, by the guesses, that goes with what the other answers show."""
    truth: dict[str, object] = {}
    while fact := _next_of(truth, actors, day):
        truth[fact] = data.draw(st.sampled_from([value for value, _ in common_answers(fact, day, truth)]), fact)
    shown = {fact: condition.holds(Situation(truth, day)) for fact, condition in SHOWN.items()}
    return {**{fact: value for fact, value in shown.items() if value is not None}, **truth}


def _next_of(truth: Facts, actors: tuple[str, ...], day: date) -> str | None:
    """What others show comes last, so that it is only made up where nothing shows it."""
    open_ = sorted(askable_facts(truth, day, actors), key=lambda fact: fact in SHOWN)
    return next((fact for fact in open_ if common_answers(fact, day, truth)), None)


def _labels(facts: Facts, actors: tuple[str, ...], day: date) -> list[str]:
    found = evaluate(facts, day)
    return [found.outcomes[actor].label for actor in actors]
