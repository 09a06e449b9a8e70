"""Promises about the numbers to call for help: each was checked on a known day, and no text shows another one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from knowledge.help_numbers import (
    GOOD_FOR,
    SHOWN_IN,
    help_numbers,
    number_changes,
    number_problems,
    numbers_in,
    stale_numbers,
)
from locales import languages, source_texts

WEB = Path(__file__).parents[2] / "bot" / "web_widget"


def test_every_number_says_whose_it_is_and_when_it_was_checked() -> None:
    """Each number has a name, a page, and the day and the place where it was found."""
    known = help_numbers()
    assert {"112", "113", "0800-0113", "0800-2000", "0800-0432"} <= set(known)
    assert all(one.name and one.source and one.url.startswith("https://") for one in known.values())
    assert all(one.checked_on >= date(2026, 1, 1) for one in known.values())


def test_a_number_that_nobody_checked_for_a_year_is_named() -> None:
    """On the last good day nothing is said, the day after the number is named with its page."""
    one = replace(help_numbers()["0800-2000"], checked_on=date(2025, 3, 1))
    assert list(stale_numbers(one.checked_on + GOOD_FOR, [one])) == []
    (line,) = stale_numbers(one.checked_on + GOOD_FOR + timedelta(days=1), [one])
    assert "0800-2000" in line
    assert one.url in line


def test_texts_on_danger_show_checked_numbers_only() -> None:
    """In every language the numbers are those of the Dutch text, which are all checked; no hour is shown."""
    texts, known = source_texts(), help_numbers()
    assert list(number_problems(texts, known)) == []
    for spoken in languages().values():
        assert list(number_changes(texts, spoken.texts)) == [], spoken.code


def test_the_widget_shows_checked_numbers_only() -> None:
    """The numbers that stand in the pages themselves are checked ones too."""
    written = [path.read_text("utf-8") for path in WEB.glob("templates/*.html")]
    found = {number for text in written for number in numbers_in(text)}
    assert found
    assert found <= set(help_numbers())


@pytest.mark.parametrize("text", ["Bel 0900-1234567.", "Bel 020-6230000.", "Bel 113 van 9 tot 18 uur."])
def test_an_unknown_number_or_an_hour_is_named(text: str) -> None:
    """Only for texts that are shown in danger."""
    prefix = SHOWN_IN[0]
    assert len(list(number_problems({f"{prefix}x": text, "other.x": text}, help_numbers()))) == 1


def test_a_translation_with_another_number_is_named() -> None:
    """A slip in a number in one language is found."""
    texts = {"danger.footer": "Bel 112.", "menu.x": "Bel 112."}
    assert list(number_changes(texts, {"danger.footer": "Call 112.", "menu.x": "Call 911."})) == []
    assert list(number_changes(texts, {"danger.footer": "Call 113."})) == ["danger.footer: ['113'] in place of ['112']"]
