"""What a counsellor is told about their own words."""

from __future__ import annotations

import pytest

from knowledge.plain_writing import look_at, swaps


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("", "A2"),
        ("Hoi! Fijn dat je schrijft. Heb je morgen tijd om te bellen?", "A2"),
        ("Je krijgt van ons morgen nog een brief met daarin alle data op een rij.", "B1"),
        (
            "Teneinde uw aanvraag in behandeling te kunnen nemen, dient het formulier volledig te worden ingevuld, "
            "aangezien de beschikking anders niet wordt afgegeven.",
            "B2",
        ),
    ],
)
def test_the_level(text: str, level: str) -> None:
    """Short plain sentences are A2, a long one is B1, and a letter from an office is neither."""
    assert look_at(text).level == level


def test_easier_words_for_the_words_used() -> None:
    """Only words that stand in the text get an easier one, whatever their capitals."""
    assert look_at("Jouw Traject begint bij de Werkgever.").swaps == {"traject": "plan", "werkgever": "baas"}


def test_every_swap_is_another_word() -> None:
    """A swap says something else, in small letters on the left."""
    assert all(word == word.lower() and word != easier for word, easier in swaps().items())
