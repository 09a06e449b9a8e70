"""Simple Dutch: what an unsure reader stumbles over is found, what they know is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.simple_language import (
    KINDS,
    SENTENCES_PER_TEXT,
    WORDS_PER_SENTENCE,
    exceptions,
    known_words,
    problems,
    sentences,
)
from locales import source_texts

_EASY = ["je", "school", "helpt", "werk", "nu", "brief", "bel", "vraag", "{naam}", "praktijkschool", "mbo-school"]

HARD = [
    ("words", "Je oude school kan je op dit moment niet verder helpen.", "11 words"),
    ("sentences", "Bel. Vraag. Kies. Typ. Wacht.", "5 sentences"),
    ("sentences", "- bel\n- vraag\n- kies\n- typ\n- wacht", "5 sentences"),
    ("long_word", "Vraag naar de arbeidsmarktregio.", "arbeidsmarktregio"),
    ("long_word", "Dat is een onderwijs-arbeidsmarkttafel.", "arbeidsmarkttafel"),
    ("abbreviation", "Bel het RMT.", "RMT"),
    ("abbreviation", "Bel het rmc.", "rmc"),
    ("abbreviation", "Je bent vsv'er.", "vsv"),
    ("abbreviation", "Je krijgt zw.", "zw"),
    ("abbreviation", "Een brief, bijv. voor je cv.", "bijv."),
    ("abbreviation", "Ga o.a. naar school.", "o.a."),
    ("abbreviation", "Het geldt t/m mei.", "t/m"),
    ("passive", "Je wordt gebeld door school.", "gebeld"),
    ("passive", "Er werd niets verstuurd.", "verstuurd"),
    ("passive", "De school kan worden aangesproken.", "aangesproken"),
    ("formal", "Kunt u bellen?", "u"),
    ("formal", "Bel uw school.", "uw"),
    ("subordinate", "Bel school, zodat je hulp krijgt.", "zodat"),
    ("subordinate", "Hoewel het kan, hoeft het niet.", "hoewel"),
    ("negations", "Je hoeft niet te bellen als je geen tijd hebt.", "niet + geen"),
    ("date", "We bellen je binnenkort.", "binnenkort"),
    ("date", "We bellen zo spoedig mogelijk.", "zo spoedig mogelijk"),
    ("date", "Het geldt tot 1-8-2027.", "1-8-2027"),
    ("date", "Het geldt tot 2027-08-01.", "2027-08-01"),
    ("tone", "Je krijgt nazorg.", "nazorg"),
    ("tone", "Dit is voor kwetsbare jongeren.", "kwetsbare"),
]

EASY = [
    "Ja, je oude school moet je hulp aanbieden. Dat geldt {until}. Je mag ook zelf bellen.",
    "Bel 113 of 0800-0113. Chatten kan op 113.nl.",
    "Als jij het vraagt, moet je school advies geven.",
    "Je mag bellen als je wilt. Vraag wie jou helpt.",
    "Je moet naar school tot je 18 wordt.",
    "Het Doorstroompunt helpt. Bel UWV. Je zat op het vso.",
    "Dat was 17 juli 2026.",
    "Je wordt 18. Er is geen geld. Mail naar info@voorbeeld.nl.",
    "Ik wil dit niet.\nJij wilt dat niet.",
    "",
]


@pytest.mark.parametrize(("kind", "text", "detail"), HARD)
def test_what_is_hard_is_found(kind: str, text: str, detail: str) -> None:
    """Each kind of difficulty is found, alone, and the words it is about are named."""
    found = problems(text)
    assert {problem.kind for problem in found} == {kind}
    assert detail in {problem.detail for problem in found}
    assert all(problem.sentence in text for problem in found)


@pytest.mark.parametrize("text", EASY)
def test_what_is_easy_passes(text: str) -> None:
    """Everyday sentences, names that people know and numbers to call are no problem."""
    assert problems(text) == ()


@given(st.lists(st.sampled_from(_EASY), min_size=1, max_size=20))
def test_ten_words_are_the_limit(words: list[str]) -> None:
    """Up to ten words a sentence passes and from eleven on it does not; a place counts as one word."""
    kinds = [problem.kind for problem in problems(" ".join(words) + ".")]
    assert kinds == ["words"] * (len(words) > WORDS_PER_SENTENCE)


@given(st.integers(1, 9), st.sampled_from([". ", "! ", "? ", "… ", "\n", ".\n\n", "\n- ", "\n2. "]))
def test_four_sentences_are_the_limit(count: int, between: str) -> None:
    """However sentences or list items are set apart, from the fifth on the text is too long."""
    text = between.join(["Bel je school"] * count)
    assert len(sentences(text)) == count
    assert [problem.kind for problem in problems(text)] == ["sentences"] * (count > SENTENCES_PER_TEXT)


@given(st.text())
def test_any_text_can_be_checked(text: str) -> None:
    """No text makes the check fail, and every problem lies in one of the text's sentences."""
    assert {problem.sentence for problem in problems(text)} <= set(sentences(text))


def test_a_quote_does_not_hide_the_end_of_a_sentence() -> None:
    """A sentence that ends inside quotation marks or brackets has ended."""
    assert sentences('Zeg: "Ik wil hulp." Wacht dan. (Dat kan.) Klaar.') == (
        'Zeg: "Ik wil hulp.',
        "Wacht dan.",
        "(Dat kan.",
        "Klaar.",
    )


def test_every_known_word_and_exception_has_a_reason() -> None:
    """Nobody can allow a hard word or text without saying why."""
    assert all(len(reason) > 20 for reason in (*known_words().values(), *exceptions().values()))


def test_exceptions_are_about_texts_that_exist() -> None:
    """An exception names a text and a kind of problem that there are."""
    assert {id for id, _ in exceptions()} <= source_texts().keys()
    assert {kind for _, kind in exceptions()} <= set(KINDS)
