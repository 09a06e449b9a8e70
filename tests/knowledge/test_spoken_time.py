"""When something was, counted from today."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.spoken_time import plain, read_ago

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
