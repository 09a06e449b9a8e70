"""The closed vocabulary of facts."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.facts import FACTS, BadFact, Fact, PartialDate, read_fact, read_facts, write_facts

DATES = st.one_of(
    st.integers(1900, 2100).map(PartialDate),
    st.builds(PartialDate, st.integers(1900, 2100), st.integers(1, 12)),
    st.dates(date(1900, 1, 1), date(2100, 12, 31)).map(PartialDate.of),
)


def values(fact: Fact) -> st.SearchStrategy[object]:
    """Values of a fact, as JSON gives them."""
    match fact.kind:
        case "boolean":
            return st.booleans()
        case "date":
            return DATES.map(str)
        case "integer":
            return st.sampled_from(fact.values) if fact.values else st.integers(0, 149)
        case "choice":
            return st.sampled_from(fact.values)
    return st.text(max_size=200)


@given(st.fixed_dictionaries({}, optional={name: values(fact) for name, fact in FACTS.items()}))
def test_facts_survive_json(raw: dict[str, object]) -> None:
    """What is read from JSON is written back the same."""
    facts = read_facts(raw)
    assert write_facts(facts) == raw
    assert read_facts(facts) == facts


@given(DATES)
def test_a_date_knows_its_first_and_last_day(value: PartialDate) -> None:
    """A month or year runs from its first to its last day, and reads back as it is written."""
    assert PartialDate.parse(str(value)) == value
    assert value.first <= value.last
    inside = (value.first.year, value.first.month) == (value.last.year, value.last.month)
    assert inside == (value.month is not None)
    assert (value.first == value.last) == (value.day is not None)


@pytest.mark.parametrize(
    "text",
    ["", "26", "2026-7", "2026-13", "2026-02-30", "1899", "2101", "2026-07-17-1", "20260717", "juli", "٢٠٢٦", "-026"],
)
def test_what_is_no_date_is_refused(text: str) -> None:
    """Only a year, a month or a day that exists, in figures, is a date."""
    with pytest.raises(ValueError, match=r".*"):
        PartialDate.parse(text)
    with pytest.raises(BadFact):
        read_fact("left_school_date", text)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("shoe_size", 44, "unknown_fact"),
        ("left_school_date", 2026, "wrong_kind"),
        ("left_school_date", "soon", "wrong_kind"),
        ("diploma", "yes", "wrong_kind"),
        ("diploma", 1, "wrong_kind"),
        ("age", True, "wrong_kind"),
        ("age", "19", "wrong_kind"),
        ("age", -1, "not_allowed"),
        ("age", 150, "not_allowed"),
        ("mbo_level", 5, "not_allowed"),
        ("school_type", "lyceum", "not_allowed"),
        ("school_type", 3, "wrong_kind"),
    ],
)
def test_a_bad_value_names_its_fact(name: str, value: object, reason: str) -> None:
    """A fact that does not exist, or a value of the wrong kind, is refused with the fact's name and the reason."""
    with pytest.raises(BadFact) as refused:
        read_fact(name, value)
    assert (refused.value.fact, refused.value.reason) == (name, reason)


def test_what_is_not_known_is_left_out() -> None:
    """None means not known, but only of facts that exist."""
    assert read_facts({"age": None, "diploma": True}) == {"diploma": True}
    with pytest.raises(BadFact):
        read_facts({"shoe_size": None})


def test_a_long_text_is_cut() -> None:
    """A free text keeps its first 200 characters."""
    assert read_fact("municipality", "x" * 500) == "x" * 200
