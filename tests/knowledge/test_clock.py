"""The rights clock: its steps say what the rules say, and where the person is now."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.clock import Clock, rights_clock
from knowledge.conditions import years_after
from knowledge.facts import PartialDate, read_facts
from knowledge.rights import evaluate
from locales import languages

TODAY = date(2026, 11, 22)
PRO: dict[str, object] = {"school_type": "pro", "left_school_date": "2026-07-17", "follow_on_enrolment": False}
_NL = languages()["nl"]


def _clock(as_of: date = TODAY, **raw: object) -> Clock | None:
    return rights_clock(read_facts(raw), as_of)


def _shown(clock: Clock | None) -> list[tuple[str, str, str]]:
    assert clock
    return [(_NL.say(step.title), _NL.say(step.when), step.label) for step in clock.steps]


def _here(clock: Clock) -> list[str]:
    return [_NL.say(step.title) for step in clock.steps if step.here]


_DATES = st.one_of(
    st.dates(date(2023, 1, 1), date(2028, 12, 31)).map(str),
    st.sampled_from(["2024-02-29", "2024", "2025", "2026", "2025-11", "2026-11", "2026-07", "2025-07", "2027-03"]),
)
_FACTS = st.fixed_dictionaries(
    {"school_type": st.sampled_from(["pro", "vso", "mbo"])},
    optional={
        "left_school_date": _DATES,
        "diploma_date": _DATES,
        "diploma": st.booleans(),
        "mbo_level": st.sampled_from([1, 2, 3]),
        "mbo_leerweg": st.sampled_from(["bol", "bbl"]),
        "vso_profile": st.sampled_from(["arbeidsmarktgericht", "dagbesteding"]),
        "follow_on_enrolment": st.booleans(),
        "used_offer_year1": st.booleans(),
        "still_at_same_school": st.booleans(),
        "special_circumstances": st.booleans(),
        "country_part": st.sampled_from(["EU_NL", "BES"]),
        "age": st.integers(15, 30),
    },
)


@settings(deadline=None)
@given(_FACTS, st.dates(date(2025, 1, 1), date(2029, 12, 31)))
def test_here_is_what_the_answer_says(raw: dict[str, object], as_of: date) -> None:
    """At most one step is now, with the label of the answer; a date known to the day always has one; words have no holes."""
    facts = read_facts(raw)
    clock = rights_clock(facts, as_of)
    if clock is None:
        return
    here = [step for step in clock.steps if step.here]
    assert len(here) <= 1
    start = facts.get("diploma_date" if clock.actor == "mbo_school" else "left_school_date")
    assert here or (isinstance(start, PartialDate) and start.day is None)
    for step in here:
        assert step.label == evaluate(facts, as_of).outcomes[clock.actor].label != "unknown"
    assert any(step.label in ("must_offer", "must_offer_again", "on_request") for step in clock.steps)
    for step in clock.steps:
        assert not any(hole in _NL.say(text) for text in (step.title, step.when) for hole in "{?")
        assert "{" not in _NL.say(step.text)


@settings(deadline=None)
@given(
    st.dates(date(2026, 1, 1), date(2028, 12, 31)),
    st.booleans(),
    st.sampled_from([("pro", None), ("vso", "arbeidsmarktgericht"), ("vso", "dagbesteding")]),
    st.integers(0, 1200),
)
def test_every_day_of_a_step_has_its_label(left: date, used: bool, school: tuple[str, str | None], later: int) -> None:
    """Since the law began, a clock read on any day has on every other day's step the label that day's answer has."""
    kind, profile = school
    facts = {"school_type": kind, "left_school_date": str(left), "follow_on_enrolment": False, "used_offer_year1": used}
    known = read_facts({**facts, "vso_profile": profile})
    clock = rights_clock(known, left)
    assert clock
    day = left + timedelta(days=later)
    years = sum(day >= years_after(left, number) for number in (1, 2))
    actor = f"{kind}_school"
    assert clock.steps[1 + years].label == evaluate(known, day).outcomes[actor].label
    then = rights_clock(known, day)
    assert then
    assert [step.label for step in then.steps] == [step.label for step in clock.steps]
    assert [step.here for step in then.steps].index(True) == 1 + years


def test_after_a_pro_school() -> None:
    """Leaving, the first and second year with their days, and the time after."""
    clock = _clock(**PRO)
    assert _shown(clock) == [
        ("Je ging van school", "17 juli 2026", ""),
        ("Jaar 1", "17 juli 2026 tot 17 juli 2027", "must_offer"),
        ("Jaar 2", "17 juli 2027 tot 17 juli 2028", "must_offer"),
        ("Daarna", "vanaf 17 juli 2028", "no"),
    ]
    assert clock
    assert _here(clock) == ["Jaar 1"]


def test_what_is_past_is_said_as_past() -> None:
    """In the second year the first one is over."""
    clock = _clock(date(2027, 11, 22), **PRO, used_offer_year1=False)
    assert clock
    assert _NL.say(clock.steps[1].text) == "School moest je hulp aanbieden."
    assert _here(clock) == ["Jaar 2"]
    assert _shown(clock)[2] == ("Jaar 2", "17 juli 2027 tot 17 juli 2028", "must_offer_again")


@pytest.mark.parametrize(
    ("raw", "as_of", "year_one", "year_two"),
    [
        (
            {**PRO, "left_school_date": "2025-07"},
            TODAY,
            "Vanaf 1 januari 2026: School moest je hulp aanbieden. Helemaal zeker is dat niet.",
            "School moet je hulp aanbieden. Helemaal zeker is dat niet.",
        ),
        (
            {**PRO, "left_school_date": "2024-07-10"},
            date(2026, 3, 22),
            "School hoefde je toen niet te helpen.",
            "Vanaf 1 januari 2026: School moet je hulp aanbieden. Helemaal zeker is dat niet.",
        ),
        (
            {"school_type": "vso", "vso_profile": "dagbesteding", "left_school_date": "2025-07-10"},
            TODAY,
            "Je kon advies vragen aan school.",
            "Vraag je om hulp? Dan moet school advies geven.",
        ),
        (
            {**PRO, "school_type": "vso", "vso_profile": "arbeidsmarktgericht", "left_school_date": "2024-03-10"},
            date(2026, 2, 1),
            "Je kon advies vragen aan school.",
            "Vanaf 1 januari 2026: School moet je hulp aanbieden. Helemaal zeker is dat niet.",
        ),
    ],
)
def test_a_step_that_began_before_the_law(raw: dict[str, object], as_of: date, year_one: str, year_two: str) -> None:
    """A duty is told from the day the law began, with the doubt about who left before; what did not change is plain."""
    clock = _clock(as_of, **raw)
    assert clock
    assert [_NL.say(step.text) for step in clock.steps[1:3]] == [year_one, year_two]


def test_after_a_diploma_of_the_mbo() -> None:
    """The clock of the mbo starts at the diploma and has one year."""
    facts = {"school_type": "mbo", "mbo_level": 1, "diploma": True, "follow_on_enrolment": False}
    clock = _clock(**facts, diploma_date="2026-07-01")
    assert [shown[0] for shown in _shown(clock)] == ["Je kreeg je diploma", "Het jaar na je diploma", "Daarna"]
    assert clock
    assert _here(clock) == ["Het jaar na je diploma"]


def test_a_date_across_a_border_has_no_here() -> None:
    """Left in November a year ago: year one or two, so the steps are shown without a place in them."""
    clock = _clock(**{**PRO, "left_school_date": "2025-11"})
    assert clock
    assert _here(clock) == []


def test_still_at_school() -> None:
    """Now at school, then the years after it, with the doubt whether the person goes straight on to learn."""
    clock = _clock(school_type="pro", still_at_same_school=True)
    assert _shown(clock) == [
        ("Op school", "nu", "must_offer"),
        ("Jaar 1", "het eerste jaar na school", "must_offer"),
        ("Jaar 2", "het tweede jaar na school", "must_offer"),
        ("Daarna", "twee jaar na school", "no"),
    ]
    assert clock
    assert _here(clock) == ["Op school"]
    assert _NL.say(clock.steps[1].text).endswith("Leer je meteen verder? Dan is het anders.")
    known = _clock(school_type="pro", still_at_same_school=True, follow_on_enrolment=False)
    assert known
    assert _NL.say(known.steps[1].text) == "School moet je hulp aanbieden."


def test_leaving_later() -> None:
    """Before the day of leaving the person is still at school, and the years have their days."""
    clock = _clock(school_type="pro", left_school_date="2027-07-16")
    assert _shown(clock)[:2] == [
        ("Nog op school", "16 juli 2027", "must_offer"),
        ("Jaar 1", "16 juli 2027 tot 16 juli 2028", "must_offer"),
    ]
    assert clock
    assert _here(clock) == ["Nog op school"]


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"school_type": "vmbo", "left_school_date": "2026-07-17"},
        {"school_type": "pro"},
        {"school_type": "pro", "left_school_date": "2026-07-17"},
        {**PRO, "left_school_date": "2025"},
        {**PRO, "follow_on_enrolment": True},
        {**PRO, "still_at_same_school": True},
        {"school_type": "mbo", "mbo_level": 4, "diploma": True, "diploma_date": "2026-07-01"},
        {"school_type": "mbo", "still_at_same_school": True},
    ],
)
def test_no_clock_without_a_certain_right(raw: dict[str, object]) -> None:
    """Without a school, a date, more than its year, or any step with a certain right there is no clock."""
    assert _clock(**raw) is None
