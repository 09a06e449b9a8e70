"""Dates as people type them."""

from datetime import date

import pytest
from babel.dates import format_date
from hypothesis import given
from hypothesis import strategies as st

from knowledge.dates import NoSuchDate, read_date
from knowledge.facts import PartialDate
from locales import languages

TYPED = {
    "2025": "2025",
    "in 2025 geloof ik": "2025",
    "juli 2025": "2025-07",
    "Juli '25": None,
    "JULI 2025!!": "2025-07",
    "07-2025": "2025-07",
    "2025-07": "2025-07",
    "17-7-2025": "2025-07-17",
    "17/07/2025": "2025-07-17",
    "17.07.25": "2025-07-17",
    "2025-07-17": "2025-07-17",
    "17 juli 2025": "2025-07-17",
    "17 July 2025": "2025-07-17",
    "July 17, 2025": "2025-07-17",
    "2025 juli 17": "2025-07-17",
    "3 mei 99": "1999-05-03",
    "3-5-10": "2010-05-03",
    "١٧-٧-٢٠٢٥": "2025-07-17",
    "zomer vorig jaar": None,
    "juli": None,
    "17": None,
    "": None,
}
WITHIN = {
    ("2025", "juli"): "2025-07",
    ("2025", "7"): "2025-07",
    ("2025", "17 juli"): "2025-07-17",
    ("2025", "17-7"): "2025-07-17",
    ("2025", "weet ik echt niet"): None,
    ("2025-07", "17"): "2025-07-17",
    ("2025-07", "de 17e"): "2025-07-17",
    ("2025-07", "juni"): "2025-06",
    ("2025-07", "mei 2024"): "2024-05",
}
IMPOSSIBLE = (
    *("32-13-2025", "31-02-2025", "29 februari 2025", "13-2025", "juli 2025 2026", "1-2-3-2025", "1 2 3 4", "2500"),
    *("17 7 juli 2025", "9999", "700-2025"),
)


@pytest.mark.parametrize("text", TYPED)
def test_a_date_is_read_as_precisely_as_it_was_typed(text: str) -> None:
    """A day, a month or a year in the usual ways of writing; None where there is no date to speak of."""
    read = read_date(text)
    assert (read and str(read)) == TYPED[text]


@pytest.mark.parametrize(("known", "text"), WITHIN)
def test_what_was_said_before_is_made_finer(known: str, text: str) -> None:
    """With the year known a month is enough, with the month known a day."""
    read = read_date(text, PartialDate.parse(known))
    assert (read and str(read)) == WITHIN[known, text]


@pytest.mark.parametrize("text", IMPOSSIBLE)
def test_a_day_that_does_not_exist_is_said_to_be_so(text: str) -> None:
    """A date that cannot be is not taken for another one."""
    with pytest.raises(NoSuchDate):
        read_date(text)


def test_a_day_outside_the_known_month_is_no_day() -> None:
    """The 31st of a month of thirty days does not exist."""
    with pytest.raises(NoSuchDate):
        read_date("31", PartialDate(2025, 6))


@given(st.dates(), st.sampled_from(sorted(languages())))
def test_every_month_is_read_in_every_language(day: date, code: str) -> None:
    """A date with the month in words is understood in each language that Verder speaks."""
    year = 1950 + day.year % 100
    day = day.replace(year=year, day=min(day.day, 28))
    assert read_date(format_date(day, "d MMMM y", locale=code)) == PartialDate.of(day)
    assert read_date(format_date(day, "MMMM y", locale=code)) == PartialDate(year, day.month)


@given(st.text(), st.sampled_from([None, PartialDate(2025), PartialDate(2025, 2)]))
def test_any_text_is_a_date_or_not(text: str, known: PartialDate | None) -> None:
    """Nothing that is typed breaks the reading."""
    try:
        read = read_date(text, known)
    except NoSuchDate:
        return
    assert read is None or PartialDate.parse(str(read)) == read
