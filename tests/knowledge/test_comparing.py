"""Whose outcome changes between two days or two editions of the rules."""

import json
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fact_sets import FACT_SETS
from knowledge.comparing import Change, between_days, between_editions, under_law_of
from knowledge.conditions import Situation
from knowledge.editions import NO_RULES, all_decisions, merged, tell_axes, tell_labels
from knowledge.facts import PartialDate, read_facts
from knowledge.likely import fit_together
from knowledge.rules import decide

OLD, NEW, DAY = date(2025, 12, 31), date(2026, 1, 1), date(2026, 11, 22)


def test_the_start_of_the_law_changes_what_it_should() -> None:
    """From the first day of the law a praktijkschool must offer help; every example fits together and shows its change."""
    comparison = between_days(OLD, NEW, ("pro_school", "vso_school", "gemeente"), samples=20)
    assert comparison.combinations > 10**6
    assert (comparison.compared, comparison.differing) == (120, 0)
    assert comparison.runs > 100
    found = {(change.actor, change.before, change.after): change for change in comparison.by_law}
    must = found["pro_school", "no", "must_offer"]
    assert must.combinations > 1000
    assert 0 < must.weight < 1
    for change in comparison.by_law:
        decision, facts = all_decisions()[change.actor], change.example
        assert facts is not None
        assert fit_together(facts, (NEW,))
        assert decide(under_law_of(decision, OLD), Situation(facts, NEW)).label == change.before
        assert decide(decision, Situation(facts, NEW)).label == change.after


def test_a_birthday_is_the_calendar_and_not_the_law() -> None:
    """Who turns 27 on the first day of the law is under the calendar only, and by the law nothing changes with the age."""
    comparison = between_days(OLD, NEW, ("jongerenloket", "gemeente"))
    assert [change for change in comparison.by_law if change.actor == "jongerenloket"] == []
    assert all("birth_date" not in (change.example or {}) for change in comparison.by_law)
    found = {(change.actor, change.before, change.after): change.example for change in comparison.by_calendar}
    assert found["jongerenloket", "may", "no"] == {"birth_date": PartialDate(1999, 1, 1)}


@pytest.mark.parametrize("actor", sorted(all_decisions()))
@pytest.mark.parametrize("days", [(DAY, date(2026, 11, 23)), (date(2027, 1, 1), date(2028, 3, 1))])
def test_days_under_one_law_differ_by_the_calendar_alone(actor: str, days: tuple[date, date]) -> None:
    """No law starts between them, so nothing changes by the law."""
    decision = all_decisions()[actor]
    assert under_law_of(decision, days[0]) == under_law_of(decision, days[1])


def test_the_same_day_changes_nothing() -> None:
    """A day beside itself gives no change."""
    same = between_days(DAY, DAY, ("pro_school", "consent_by"))
    assert same.by_law == same.by_calendar == ()
    assert same.combinations > 100


@given(st.dates(date(2025, 6, 1), date(2028, 6, 1)), st.sampled_from(sorted(all_decisions())), st.data())
@settings(max_examples=60, deadline=None)
def test_the_law_of_the_day_itself_is_the_decision(day: date, actor: str, data: st.DataObject) -> None:
    """Taking the law of the very day that is asked about changes no outcome."""
    decision = all_decisions()[actor]
    situation = Situation(read_facts(data.draw(FACT_SETS)), day)
    assert decide(under_law_of(decision, day), situation).label == decide(decision, situation).label


def test_editions_are_compared_as_json() -> None:
    """The same edition twice differs nowhere; a decision that one lacks differs everywhere."""
    axes = json.loads(json.dumps(merged(tell_axes(DAY), tell_axes(DAY))))
    wanted = {name: axes[name] for name in ("gemeente", "pro_school")} | {"gone": {"employed": [None, True, False]}}
    labels = json.loads(json.dumps(tell_labels({**axes, **wanted}, DAY)))
    assert between_editions(labels, labels, wanted, DAY)[0] == ()
    before = {**labels, "gone": ["may"]}
    changes, _ = between_editions(before, labels, wanted, DAY)
    assert changes == (Change("gone", "may", NO_RULES, 3, 1.0, {}),)


def test_merged_axes_hold_the_values_of_both() -> None:
    """Actors, facts and values of either edition, each once."""
    both = merged({"a": {"x": [None, 1]}}, {"a": {"x": [None, 2], "y": [None]}, "b": {}})
    assert both == {"a": {"x": [None, 1, 2], "y": [None]}, "b": {}}
