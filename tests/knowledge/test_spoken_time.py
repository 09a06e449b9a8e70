"""When something was, counted from today."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.spoken_time import plain, read_ago, read_last_month, read_school_year, with_ages_in_digits

TODAY = date(2026, 11, 22)
SAID = {
    "vorig jaar": "2025",
    "dat was afgelopen jaar": "2025",
    "dit jaar nog": "2026",
    "2 jaar geleden": "2024",
    "twee jaar terug": "2024",
    "een jaar geleden": "2025",
    "a year ago": "2025",
    "3 months ago": "2026-08",
    "een half jaar geleden": "2026-05",
    "anderhalf jaar geleden": "2025-05",
    "zes maanden terug": "2026-05",
    "8 weken geleden": "2026-09",
    "10 dagen geleden": "2026-11",
    "Vorige Zomer": "2026-07",
    "afgelopen zomervakantie": "2026-07",
    "last summer": "2026-07",
    "zomer vorig jaar": "2025-07",
    "vorige maand": "2026-10",
    "gisteren": "2026-11",
    "gister": "2026-11",
    "vorig schooljaar": "2026-07",
    "last school year": "2026-07",
    "last year": "2025",
    "een paar jaar geleden": None,
    "heel lang geleden": None,
    "1234 jaar geleden": None,
    "half a year ago": "2026-05",
    "over 2 jaar": None,
    "": None,
}


@pytest.mark.parametrize("said", SAID)
def test_words_about_when_are_read_as_precisely_as_they_are(said: str) -> None:
    """Years give a year, everything shorter a month, and vague words nothing."""
    read = read_ago(plain(said), TODAY)
    assert (read and str(read)) == SAID[said]


def test_the_last_summer_is_the_one_that_has_begun() -> None:
    """Before July the last summer is that of the year before."""
    assert str(read_ago("afgelopen zomer", date(2026, 3, 1))) == "2025-07"
    assert str(read_ago("afgelopen zomer", date(2026, 7, 1))) == "2026-07"


SCHOOL_YEARS = {
    "schooljaar 2024-2025": "2025-07",
    "schooljaar 11/12": "2012-07",
    "school year 2023 to 2024": "2024-07",
    "24/25": "2025-07",
    "2024 - 2025": "2025-07",
    "11/12": None,
    "24/26": None,
    "12-2013": None,
    "24-25-2020": None,
    "17-7-2025": None,
}
MONTHS = {
    "juli": "2026-07",
    "eind juli": "2026-07",
    "December": "2025-12",
    "in july": "2026-07",
    "november": "2026-11",
    "juni of juli": None,
    "juli misschien niet": None,
    "17 juli": None,
    "long ago": None,
    "": None,
}


@pytest.mark.parametrize("said", SCHOOL_YEARS)
def test_a_school_year_ends_in_july(said: str) -> None:
    """Two years in a row are a school year; what may be a day of a month is one only when it is called so."""
    read = read_school_year(plain(said))
    assert (read and str(read)) == SCHOOL_YEARS[said]


@pytest.mark.parametrize("said", MONTHS)
def test_a_month_alone_is_the_last_one_that_was(said: str) -> None:
    """A month without a year is the latest that is not still to come; other words beside it leave it unread."""
    read = read_last_month(plain(said), TODAY)
    assert (read and str(read)) == MONTHS[said]


def test_ages_in_words_become_digits() -> None:
    """Ages from 15 to 27 are read in Dutch and English words."""
    assert with_ages_in_digits(plain("ik ben tweeëntwintig, zij twenty four")) == "ik ben 22, zij 24"


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(0, 40))
def test_nothing_that_is_past_lies_in_the_future(today: date, months: int) -> None:
    """So many months ago begins at most today, and that many months before it."""
    read = read_ago(f"{months} maanden geleden", today)
    assert read is not None
    assert read.first <= today
    assert abs((today - read.first) - timedelta(days=30.44 * months)) < timedelta(days=35)


@given(st.text(max_size=80))
def test_any_words_will_do(text: str) -> None:
    """Whatever was typed, reading it gives a moment that exists or none."""
    read = read_ago(plain(text), TODAY)
    assert read is None or read.first <= read.last
