"""What a school must still do for one former pupil, as the rules decide: which year it is, and whether an offer is due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from knowledge.conditions import Situation
from knowledge.facts import read_facts
from knowledge.rights import SCHOOL_OF, evaluate
from knowledge.rights.common import FIRST_YEAR, TWO_YEARS, at_school
from knowledge.rules import Outcome

Year = Literal["enrolled", "one", "two", "ended", "unknown"]
Due = Literal["offer", "again", "again_if_unused", "guidance", "on_request", "may", "ask", "nothing"]
WITH_DUTY_LIST = ("pro", "vso")
"""Kinds of schools whose former pupils have two years; an mbo school's duty is one year after a diploma."""
KNOWN_TO_SCHOOL = (
    "left_school_date",
    "vso_profile",
    "follow_on_enrolment",
    "dropped_out_of_follow_on",
    "used_offer_year1",
)
"""The facts that such a school's duty depends on and that a person may let it see, beside the kind of school."""
AVERAGE_HOURS: Mapping[Year, float] = {"one": 5.0, "two": 2.5}
"""How many hours a former pupil were counted on average when the money was divided (VSO·PRO handout of 2025; rule book
§4): averages for a budget, neither a right nor a limit."""


@dataclass(frozen=True, slots=True)
class SchoolDuty:
    """What is due in which year after school, and the outcome it follows from (label, law, last day, doubts)."""

    year: Year
    due: Due
    outcome: Outcome


def duty_of(school: str, facts: Mapping[str, object], today: date) -> SchoolDuty:
    """The duty of a `school` ("pro" or "vso") towards who left it. Raises `BadFact` for a fact that does not exist."""
    known = read_facts({**facts, "school_type": school})
    outcome = evaluate(known, today).outcomes[SCHOOL_OF[school]]
    year = _year(school, Situation(known, today))
    return SchoolDuty(year, _due(outcome, year), outcome)


def year_of(school: str, facts: Mapping[str, object], day: date) -> Year:
    """In which year after school a day falls."""
    return _year(school, Situation(read_facts({**facts, "school_type": school}), day))


def _year(school: str, situation: Situation) -> Year:
    if at_school(school).holds(situation):
        return "enrolled"
    within, first = TWO_YEARS.holds(situation), FIRST_YEAR.holds(situation)
    if within is False:
        return "ended"
    if first:
        return "one"
    return "two" if within and first is False else "unknown"


def _due(outcome: Outcome, year: Year) -> Due:
    match outcome.label:
        case "must_offer_again":
            return "again"
        case "must_offer" if year == "two":
            return "again_if_unused" if outcome.rule.endswith("unknown") else "guidance"
        case "must_offer":
            return "offer"
        case "on_request":
            return "on_request"
        case "may":
            return "may"
        case "unknown":
            return "ask"
    return "nothing"
