"""The duty list: in which year after school somebody is, and what the school must do now, day by day as the rules say."""

from __future__ import annotations

from datetime import date

import pytest

from knowledge.duties import AVERAGE_HOURS, KNOWN_TO_SCHOOL, duty_of, year_of
from knowledge.facts import FACTS

STRAIGHT_TO_WORK = {"left_school_date": "2026-04-10", "follow_on_enrolment": False}
TO_WORK = {**STRAIGHT_TO_WORK, "vso_profile": "arbeidsmarktgericht"}


@pytest.mark.parametrize(
    ("day", "more", "year", "due", "until"),
    [
        ("2026-04-09", {}, "enrolled", "offer", None),
        ("2027-04-09", {}, "one", "offer", "2028-04-10"),
        ("2027-04-10", {}, "two", "again_if_unused", "2028-04-10"),
        ("2027-04-10", {"used_offer_year1": False}, "two", "again", "2028-04-10"),
        ("2028-04-09", {"used_offer_year1": False}, "two", "again", "2028-04-10"),
        ("2027-04-10", {"used_offer_year1": True}, "two", "guidance", "2028-04-10"),
        ("2028-04-10", {"used_offer_year1": False}, "ended", "nothing", None),
    ],
)
@pytest.mark.parametrize(("school", "facts"), [("pro", STRAIGHT_TO_WORK), ("vso", TO_WORK)])
def test_the_years_of_a_school(
    school: str, facts: dict[str, object], day: str, more: dict[str, object], year: str, due: str, until: str | None
) -> None:
    """Year one asks an offer, year two again where none was used, and on the second anniversary it is over."""
    found = duty_of(school, {**facts, **more}, date.fromisoformat(day))
    assert (found.year, found.due) == (year, due)
    assert str(found.outcome.until or "") == (until or "")
    assert found.outcome.sources


@pytest.mark.parametrize(
    ("school", "facts", "year", "due"),
    [
        ("pro", {**STRAIGHT_TO_WORK, "follow_on_enrolment": True}, "one", "may"),
        ("vso", {**TO_WORK, "follow_on_enrolment": True}, "one", "on_request"),
        ("vso", {**STRAIGHT_TO_WORK, "vso_profile": "dagbesteding"}, "one", "on_request"),
        ("pro", {"left_school_date": "2026-04-10"}, "one", "ask"),
        ("pro", {}, "unknown", "ask"),
        ("pro", {**STRAIGHT_TO_WORK, "left_school_date": "2026"}, "unknown", "offer"),
    ],
)
def test_who_went_on_learning_and_who_did_not_say(school: str, facts: dict[str, object], year: str, due: str) -> None:
    """Straight on to another course asks no offer; what is not known is asked and never guessed."""
    day = date(2027, 1, 5)
    found = duty_of(school, facts, day)
    assert (found.year, found.due) == (year, due)
    assert year_of(school, facts, day) == year


def test_the_averages_are_no_right() -> None:
    """Five hours in year one, two and a half in year two, and the facts that a school may see are all in the vocabulary."""
    assert AVERAGE_HOURS == {"one": 5.0, "two": 2.5}
    assert set(KNOWN_TO_SCHOOL) <= set(FACTS)
