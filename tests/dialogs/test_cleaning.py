"""Typed text is made safe before anything looks at it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs.cleaning import clean

HIDDEN = "•" * 9
WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2)


@st.composite
def bsns(draw: st.DrawFn) -> str:
    """Nine digits that pass the eleven-test, with the separators people use."""
    digits = draw(st.lists(st.integers(0, 9), min_size=8, max_size=8).filter(any))
    last = sum(digit * weight for digit, weight in zip(digits, WEIGHTS, strict=True)) % 11
    while last == 10:
        digits[7] = (digits[7] + 1) % 10
        last = sum(digit * weight for digit, weight in zip(digits, WEIGHTS, strict=True)) % 11
    separators = draw(st.lists(st.sampled_from(["", "", ".", " ", "-"]), min_size=8, max_size=8))
    return "".join(f"{digit}{between}" for digit, between in zip([*digits, last], [*separators, ""], strict=True))


@given(bsns(), st.sampled_from(["{}", "mijn bsn is {}.", "{} en {}", "bsn:{}"]))
def test_a_citizen_service_number_is_hidden(bsn: str, sentence: str) -> None:
    """A BSN goes, wherever it stands and however it is written, and it is told that it went."""
    text, had_bsn = clean(sentence.replace("{}", bsn))
    assert text == sentence.replace("{}", HIDDEN)
    assert had_bsn


@pytest.mark.parametrize(
    "text", ["06 12345678", "123456789", "000000000", "1234567821", "3511 AB", "17-07-2025", "€ 1.000"]
)
def test_other_numbers_stay(text: str) -> None:
    """Telephone numbers, dates and amounts are left as they are."""
    assert clean(text) == (text, False)


@given(st.text(alphabet=st.characters(categories=("Cc", "Cs", "L", "N", "Zs"))))
def test_no_control_characters_are_left(text: str) -> None:
    """What comes out can be stored, shown and encoded."""
    cleaned, _ = clean(text)
    assert cleaned == cleaned.strip()
    assert all(c == "\n" or unicodedata.category(c) not in ("Cc", "Cs") for c in cleaned)
    cleaned.encode()


def test_a_tab_keeps_words_apart() -> None:
    """A tab is a space, not nothing."""
    assert clean("ik\tzoek") == ("ik zoek", False)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("\u202eabc\u2066", "abc"),
        ("abc\u2069 def", "abc def"),
        ("\u2068ابو\u2069 en ik", "\u2068ابو\u2069 en ik"),
        ("\u202aa\u202c", "a"),
    ],
)
def test_what_is_typed_turns_nothing_after_it(typed: str, kept: str) -> None:
    """Signs that reorder what follows go, a pair within the words stays, and cleaning twice changes nothing more."""
    assert clean(typed) == (kept, False)
    assert clean(kept) == (kept, False)
