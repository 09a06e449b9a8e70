"""Examples are likely people whose facts could all be true."""

from datetime import date

import pytest

from knowledge.conditions import All, Is
from knowledge.diagrams import Forest
from knowledge.facts import PartialDate
from knowledge.likely import fit_together, likely_example
from knowledge.rights import ACTORS
from knowledge.rules import Decision, Rule
from knowledge.space import space_of

DAY = date(2026, 11, 22)


def test_the_likeliest_answers_are_taken() -> None:
    """Of all that gives help, what most people say by the guesses, and a date near to the day of asking."""
    forest = Forest(space_of((ACTORS["pro_school"],), (DAY,)))
    labels = forest.labels(ACTORS["pro_school"], DAY)
    facts = likely_example(labels, "must_offer", forest.space, (DAY,))
    assert facts is not None
    assert facts["school_type"] == "pro"
    assert facts["left_school_date"] == PartialDate(2026, 6, 22)


def test_what_cannot_be_true_together_is_passed_over() -> None:
    """Facts that contradict each other are no example; where there are no others there is none."""
    both = All((Is("school_type", ("havo",)), Is("diploma", (True,)), Is("startkwalificatie", (False,))))
    odd = Decision("odd", (Rule(id="odd.both", label="may", when=both), Rule(id="odd.rest", label="no")))
    forest = Forest(space_of((odd,), (DAY,)))
    labels = forest.labels(odd, DAY)
    assert likely_example(labels, "may", forest.space, (DAY,)) is None
    assert likely_example(labels, "never", forest.space, (DAY,)) is None
    assert likely_example(labels, "no", forest.space, (DAY,)) is not None


def test_an_age_has_to_be_that_of_the_birth_date() -> None:
    """Born in 2010 and seventeen in 2026 is nobody; on the last of the days the age has to be right."""
    born = {"birth_date": PartialDate(2010, 1, 1)}
    assert not fit_together({**born, "age": 17}, (DAY,))
    assert fit_together({**born, "age": 16}, (date(2025, 12, 31), DAY))
    assert not fit_together({**born, "age": 15}, (date(2025, 12, 31), DAY))


def test_the_search_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing fits within the tries there is no example."""
    forest = Forest(space_of((ACTORS["mbo_school"],), (DAY,)))
    labels = forest.labels(ACTORS["mbo_school"], DAY)
    monkeypatch.setattr("knowledge.likely._TRIES", 1)
    assert likely_example(labels, "must_offer", forest.space, (DAY,)) is None
