"""Dates are written as each language writes them, and what is kept on disk says the same as Babel."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from unittest.mock import patch

import pytest
from babel.dates import format_date
from hypothesis import given
from hypothesis import strategies as st

from locales import Language, Month, Text, languages
from locales import month_names as names

DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31))


@given(code=st.sampled_from(sorted(languages())), day=DAYS)
def test_a_date_is_written_as_babel_writes_it(code: str, day: date) -> None:
    """A day, a month and a month of a year are the words that Babel has for them."""
    spoken = Language(code, code, "ltr", {"day": "{value}"})
    said = [spoken.say(Text.of("day", value=value)) for value in (day, Month(day.month), (day.year, day.month))]
    assert said == [format_date(day, pattern, locale=code) for pattern in ("d MMMM y", "LLLL", "LLLL y")]


@pytest.mark.parametrize("code", sorted(languages()))
def test_names_are_read_once_and_kept(code: str, tmp_path: Path) -> None:
    """The second process does without Babel's knowledge of the language, and has the same names."""
    (tmp_path / code).mkdir()
    with patch.object(names, "_FOLDER", tmp_path):
        first = names.months.__wrapped__(code)
        with patch.object(names, "get_month_names", side_effect=AssertionError("read again")):
            assert names.months.__wrapped__(code) == first == names.months(code)
    assert all(len(form) == 12 for form in (first.in_date, first.alone, first.in_date_short, first.alone_short))
