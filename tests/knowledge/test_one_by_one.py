"""Combinations that are really evaluated, one by one, and what is found wrong in them."""

from datetime import date

import pytest

from knowledge import one_by_one
from knowledge.diagrams import Forest
from knowledge.one_by_one import LEFT_ON, Values, evaluate_all
from knowledge.rights import ACTORS, Answer
from knowledge.rules import Outcome
from knowledge.sampling import compare_with_evaluation
from knowledge.space import space_of

DAY = date(2026, 11, 22)
FEW: Values = {
    "school_type": ("pro",),
    "left_school_date": LEFT_ON[3:4],
    "now_at": ("pro",),
    "still_at_same_school": (True,),
    "currently_enrolled": (False,),
}


def test_every_combination_is_evaluated_and_nothing_is_wrong() -> None:
    """Labels as in the diagrams, flags of the vocabulary, end dates to come; with each fact not known as well."""
    found = evaluate_all("pro_school", DAY, FEW)
    assert found.combinations == 2**5 * 3**4
    assert found.wrong == []


def test_what_is_wrong_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another label, a flag that does not exist, and an end that has been are each named with the facts."""
    odd = Outcome("pro_school", "odd", "r", until=DAY, flags=("colour",))
    monkeypatch.setattr(one_by_one, "evaluate", lambda *_: Answer({"pro_school": odd}, {}, ()))
    facts = dict.fromkeys(ACTORS["pro_school"].facts, ())
    found = evaluate_all("pro_school", DAY, facts)
    assert found.combinations == 1
    assert [problem for _, problem in found.wrong] == [
        "pro_school: no such flag: colour",
        "pro_school: until 2026-11-22 is no day to come",
        "pro_school: odd and not unknown",
    ]


def test_a_diagram_that_says_something_else_is_found() -> None:
    """Random facts are looked up in the diagram that is handed in; another decision's does not pass."""
    school = ACTORS["pro_school"]
    forest = Forest(space_of((school,), (DAY,)))
    assert compare_with_evaluation(forest.space, forest.labels(school, DAY), school, DAY, 200) == ()
    assert len(compare_with_evaluation(forest.space, forest.leaf("no"), school, DAY, 200)) > 5
    sheltered = ACTORS["bijstand"]
    aged = Forest(space_of((sheltered,), (DAY,)))
    assert compare_with_evaluation(aged.space, aged.labels(sheltered, DAY), sheltered, DAY, 200) == ()
