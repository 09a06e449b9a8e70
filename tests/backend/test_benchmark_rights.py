"""The benchmark of rights: people who fit together, the fixed order beside ours, and the shape of the report."""

from __future__ import annotations

import random

from backend.benchmarks import rights
from knowledge.rights import clashes_in


def test_simulated_people_do_not_contradict_themselves() -> None:
    """Their facts could all be true at once."""
    chance = random.Random(3)
    for _ in range(300):
        facts = rights.person(chance)
        assert clashes_in(facts, rights.DAY) == (), facts


def test_the_fixed_order_is_that_of_the_rule_book() -> None:
    """School first, then profile or level, the date, and it stops when nothing can change any more."""
    schools = ("pro_school", "vso_school", "mbo_school")
    none: frozenset[str] = frozenset()
    assert rights.fixed_order({}, none, schools) == "school_type"
    assert rights.fixed_order({"school_type": "vso"}, none, schools) == "vso_profile"
    assert rights.fixed_order({"school_type": "mbo", "mbo_level": 2}, none, schools) == "mbo_leerweg"
    assert rights.fixed_order({"school_type": "vmbo"}, none, schools) is None


def test_our_questions_are_fewer_than_in_the_fixed_order() -> None:
    """On average over simulated people, and never more than six for the old school."""
    chance = random.Random(5)
    figures = rights._questions([rights.person(chance) for _ in range(60)])
    assert figures["rights_questions_mean"] < figures["rights_fixed_order_mean"]
    assert figures["rights_questions_largest"] <= 6
    assert set(rights.TARGETS) & set(figures) >= {"next_question_new_p50_ms", "rights_questions_mean"}
