"""The finite space of facts: every value of every fact, and of dates and ages one of each kind that counts."""

from datetime import date, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from knowledge.conditions import (
    AgeBelow,
    AgeDiffers,
    All,
    Anniversary,
    Assume,
    Before,
    FirstKnown,
    Is,
    Not,
    Situation,
    Today,
    years_after,
)
from knowledge.facts import FACTS, PartialDate
from knowledge.rights import ACTORS, STATUSES
from knowledge.rules import Decision, Rule, decide
from knowledge.space import describe_space, leaves, not_separable, space_of

DAY = date(2026, 11, 22)
TERM = Before(Today(), Anniversary(("left_school_date",), 2))
DATED = Decision("dated", (Rule(id="d.in", label="may", when=TERM), Rule(id="d.out", label="no")))
DECISIONS = tuple({**ACTORS, **STATUSES}.values())
DATES = st.dates(date(1993, 1, 1), date(2028, 12, 31))


def _one(condition: object) -> Decision:
    return Decision("one", (Rule(id="o.yes", label="may", when=condition), Rule(id="o.no", label="no")))  # type: ignore[arg-type]


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda decision: decision.actor)
def test_every_value_of_a_closed_fact_is_in_the_space(decision: Decision) -> None:
    """None first, and then every value that the vocabulary has; the size is their product."""
    space = space_of((decision,), (DAY,))
    size = 1
    for fact, axis in space.axes.items():
        assert axis.values[0] is None
        if FACTS[fact].kind == "boolean":
            assert axis.values[1:] == (True, False)
        elif FACTS[fact].values:
            assert axis.values[1:] == FACTS[fact].values
        size *= len(axis.values)
    assert space.size == size


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda decision: decision.actor)
@given(DATES, st.sampled_from((4, 7, 10)))
@settings(max_examples=15, deadline=None)
def test_every_date_has_a_place_of_its_kind(decision: Decision, day: date, length: int) -> None:
    """Any day, month or year is told apart by no condition from the value that stands for it."""
    space = space_of((decision,), (DAY,))
    value = PartialDate.parse(day.isoformat()[:length])
    for fact, axis in space.axes.items():
        if FACTS[fact].kind == "date":
            like = axis.values[space.place_of(fact, value)]
            for condition in space.conditions:
                if fact in condition.reads():
                    assert condition.holds(Situation({fact: value}, DAY)) is condition.holds(
                        Situation({fact: like}, DAY)
                    )


def test_the_borders_of_a_term_are_told_apart() -> None:
    """Within the term, past it, and the months and the year that lie across its end; a vaguer one holds the finer."""
    axis = space_of((DATED,), (DAY,)).axes["left_school_date"]
    labels = [decide(DATED, Situation({"left_school_date": value}, DAY)).label for value in axis.values]
    assert sorted(labels) == ["may", "no", "unknown", "unknown"]
    vague = labels.index("unknown", 1)
    assert {(0, vague), (vague, labels.index("may")), (vague, labels.index("no"))} <= set(axis.finer)


@given(DATES, st.integers(1, 3))
@example(date(2024, 2, 29), 1)
@example(date(2024, 2, 29), 2)
@example(date(2024, 2, 28), 2)
@settings(max_examples=120, deadline=None)
def test_the_day_before_on_and_after_a_border(left: date, years: int) -> None:
    """The day before the anniversary is inside, the day itself and the next are outside; 29 February counts as 1 March."""
    decision = _one(Before(Today(), Anniversary(("left_school_date",), years)))
    facts = {"left_school_date": PartialDate.of(left)}
    border = years_after(left, years)
    days = (border - timedelta(1), border, border + timedelta(1))
    assert [decide(decision, Situation(facts, day)).label for day in days] == ["may", "no", "no"]
    if (left.month, left.day) == (2, 29) and years % 4:
        assert (border.month, border.day) == (3, 1)


@given(DATES, DATES)
@settings(max_examples=120, deadline=None)
def test_a_month_is_enough_where_no_border_lies_in_it(left: date, today: date) -> None:
    """A month or a year gives the label that all its days give, and is unknown exactly where they differ."""
    for value in (PartialDate(left.year, left.month), PartialDate(left.year)):
        days = (value.last - value.first).days + 1
        labels = {
            decide(DATED, Situation({"left_school_date": PartialDate.of(value.first + timedelta(step))}, today)).label
            for step in range(days)
        }
        found = decide(DATED, Situation({"left_school_date": value}, today)).label
        assert found == (labels.pop() if len(labels) == 1 else "unknown")


def test_ages_that_no_rule_tells_apart_are_one() -> None:
    """Of each group the age nearest to twenty stands for all; an age has a place, and a value of nobody has none."""
    space = space_of((_one(All((AgeBelow(27), Not(AgeBelow(16))))),), (DAY,))
    assert space.axes["age"].values == (None, 15, 20, 27)
    assert space.place_of("age", 18) == 2
    assert space_of((_one(Is("mbo_level", (1,))),), (DAY,)).place_of("mbo_level", None) == 0


def test_values_that_no_rule_tells_apart_are_gone_through_once() -> None:
    """All schools stay in the space, and those that count the same point to the first of them."""
    axis = space_of((_one(Is("school_type", ("pro",))),), (DAY,)).axes["school_type"]
    assert axis.values == (None, *FACTS["school_type"].values)
    assert axis.alike == (0, 1, 2, 2, 2, 2, 2, 2)


def test_of_a_free_text_the_words_that_count_and_any_other() -> None:
    """What a rule asks for, and one that it does not."""
    condition = FirstKnown((Is("wants", ("entree",)), Assume(Is("employed", (True,)), False)))
    axis = space_of((_one(condition),), (DAY,)).axes["wants"]
    assert axis.values[:2] == (None, "entree")
    assert "" in axis.values


def test_no_rule_compares_two_facts_with_each_other() -> None:
    """Only so may values be grouped fact by fact; conditions that do compare two are found."""
    assert not_separable(DECISIONS) == ()
    two = Before(Anniversary(("left_school_date",)), Anniversary(("birth_date",), 14))
    assert not_separable((_one(All((two, AgeDiffers(1), TERM))),)) == (two, AgeDiffers(1))


def test_the_space_can_be_described() -> None:
    """Each fact with its number of values; the leaves of a tree are its last conditions."""
    assert describe_space(space_of((DATED,), (DAY,))) == "left_school_date 4"
    assert list(leaves(Not(TERM))) == [TERM]
