"""Whose outcome changes between two days or two editions of the rules."""

import json
from datetime import date

from knowledge.comparing import Change, between_days, between_editions
from knowledge.conditions import Situation
from knowledge.editions import NO_RULES, all_decisions, merged, tell_axes, tell_labels
from knowledge.rules import decide

OLD, NEW, DAY = date(2025, 12, 31), date(2026, 1, 1), date(2026, 11, 22)


def test_the_start_of_the_law_changes_what_it_should() -> None:
    """From the first day of the law a praktijkschool must offer help, and every example shows its change."""
    changes, size = between_days(OLD, NEW, ("pro_school", "vso_school", "gemeente"))
    assert size > 10**6
    found = {(change.actor, change.before, change.after): change for change in changes}
    must = found["pro_school", "no", "must_offer"]
    assert must.combinations > 1000
    assert 0 < must.weight < 1
    for change in changes:
        decision = all_decisions()[change.actor]
        assert decide(decision, Situation(change.example, OLD)).label == change.before
        assert decide(decision, Situation(change.example, NEW)).label == change.after


def test_the_same_day_changes_nothing() -> None:
    """A day beside itself gives no change."""
    assert between_days(DAY, DAY, ("pro_school",))[0] == ()
    assert between_days(DAY, DAY, ("consent_by",))[1] > 100


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
