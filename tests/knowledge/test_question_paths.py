"""Walking through all conversations finds questions in vain and conversations that stop too soon."""

from datetime import date

import pytest

from knowledge import question_paths
from knowledge.facts import PartialDate
from knowledge.question_paths import walk

DAY = date(2026, 11, 22)
SCHOOLS = ("pro_school", "vso_school", "mbo_school")


def test_all_conversations_of_a_vmbo_pupil_are_one() -> None:
    """Where everything is certain at once nothing is asked."""
    found = walk(SCHOOLS, DAY, start={"school_type": "vmbo", "municipality": "Utrecht"})
    assert (found.situations, found.conversations, found.longest) == (1, 1, 0)


def test_a_year_is_made_more_precise_only_where_that_counts() -> None:
    """Two years ago this year: the month and then the day are asked; long ago nothing is."""
    near = walk(
        SCHOOLS, DAY, start={"school_type": "pro", "left_school_date": PartialDate(2024), "follow_on_enrolment": False}
    )
    assert "left_school_date" in near.asked
    assert near.in_vain == near.too_soon == []


def test_a_question_that_changes_nothing_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The age does not matter to a school."""
    real = question_paths.next_fact

    def also_age(facts: dict[str, object], as_of: date, actors: tuple[str, ...], skipped: frozenset[str]) -> str | None:
        asked = "follow_on_enrolment" in facts or "follow_on_enrolment" in skipped
        return real(facts, as_of, actors, skipped) if asked else "follow_on_enrolment"

    monkeypatch.setattr(question_paths, "next_fact", also_age)
    found = walk(SCHOOLS, DAY, start={"school_type": "vmbo"})
    assert found.in_vain == [({"school_type": "vmbo"}, frozenset(), "follow_on_enrolment")]


def test_stopping_too_soon_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any question the label could still become another one, also by the birth date that fits the age."""
    monkeypatch.setattr(question_paths, "next_fact", lambda *_: None)
    found = walk(("gemeente",), DAY)
    assert {fact for _, _, fact in found.too_soon} == {"age", "benefit"}
    young = {"age": 16, "startkwalificatie": False, "currently_enrolled": False, "school_type": "pro"}
    found = walk(("doorstroompunt",), DAY, start=young, skipped=("diploma",))
    assert {fact for _, _, fact in found.too_soon} >= {"birth_date", "pro_document"}
    assert "diploma" not in {fact for _, _, fact in found.too_soon}
