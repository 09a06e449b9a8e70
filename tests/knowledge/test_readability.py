"""The figures of reading: the formulas as counted by hand, and what they are about."""

from __future__ import annotations

import pytest

from knowledge.readability import figures, flesch_douma, for_persons, lix, syllables
from knowledge.simple_language import B1, level_of
from locales import source_texts

COUNTED = [
    ("school", 1),
    ("helpt", 1),
    ("meteen", 2),
    ("aanbieden", 3),
    ("gemeente", 3),
    ("praktijkschool", 3),
    ("startkwalificatie", 6),
    ("nieuw", 1),
    ("zwaaien", 2),
    ("koeien", 2),
    ("ideeën", 3),
    ("België", 3),
    ("jouw", 1),
    ("Uit", 1),
    ("{until}", 2),
    ("2026", 1),
    ("tv", 1),
]


@pytest.mark.parametrize(("word", "count"), COUNTED)
def test_syllables_are_counted_as_they_are_said(word: str, count: int) -> None:
    """Two letters that are one sound count once, a letter with dots starts a new syllable; places count as two."""
    assert syllables(word) == count


def test_flesch_douma_of_a_sentence_counted_by_hand() -> None:
    """ "Je oude school moet je helpen.": 6 words, 1+2+1+1+1+2 = 8 syllables."""
    assert flesch_douma("Je oude school moet je helpen.") == pytest.approx(206.84 - 0.77 * 100 * 8 / 6 - 0.93 * 6)


def test_flesch_douma_of_two_sentences_counted_by_hand() -> None:
    """ "Bel je gemeente. Die kan je helpen." has 3 + 4 words, 1+1+3 and 1+1+1+2 = 10 syllables, 3.5 words a sentence."""
    assert flesch_douma("Bel je gemeente. Die kan je helpen.") == pytest.approx(206.84 - 77 * 10 / 7 - 0.93 * 3.5)


def test_lix_counted_by_hand() -> None:
    """Of the seven words in two sentences one has more than six letters; a place is no long word."""
    assert lix("Bel je gemeente. Die kan je helpen.") == pytest.approx(3.5 + 100 / 7)
    assert lix("Dat geldt {a_long_place}.") == pytest.approx(3)


def test_harder_texts_score_lower() -> None:
    """The law itself scores far below what we say about it."""
    law = (
        "Het bevoegd gezag doet een aanbod van loopbaanbegeleiding aan de leerling, met uitzondering van de leerling "
        "met een aansluitende inschrijving voor vervolgonderwijs."
    )
    assert flesch_douma(law) < 40 < 85 < flesch_douma("Je oude school moet je helpen. Bel ze.")
    assert lix(law) > 45 > 25 > lix("Je oude school moet je helpen. Bel ze.")


def test_figures_of_a_few_texts() -> None:
    """Sentences that pass are counted by level; labels, and what only staff reads, do not make the formulas look better."""
    found = figures(
        {
            "rights.a": "Je school helpt. Bel uw school.",
            "rights.label": "Ja",
            "more.a": "Je krijgt hulp omdat je die nodig hebt. Bel.",
            "desk.a": "Bel uw school.",
        }
    )
    assert found == {
        "a2_sentences_passing_percent": 66.6,
        "a2_sentences_not_passing": 1,
        "b1_sentences_passing_percent": 100.0,
        "b1_sentences_not_passing": 0,
        "b1_hard_sentences_percent": 50.0,
        "flesch_douma_mean": round(flesch_douma("Je school helpt. Bel uw school."), 1),
        "lix_mean": 3.0,
        "words_per_sentence_mean": 3.0,
    }


def test_there_is_no_figure_about_nothing() -> None:
    """Without texts of a kind its figure is left out and not invented."""
    assert figures({}) == {}
    assert set(figures({"rights.label": "Ja"})) == {
        "a2_sentences_passing_percent",
        "a2_sentences_not_passing",
    }


def test_our_own_texts_read_easily() -> None:
    """What is said in the conversation is easy by the formula: 85 or more, where 80 is easy reading."""
    found = figures()
    assert found["flesch_douma_mean"] >= 85
    assert found["words_per_sentence_mean"] <= 8
    assert found["a2_sentences_passing_percent"] >= 99


def test_texts_for_staff_are_left_out() -> None:
    """All texts count except those of the desk, the drawings and the errors; texts at both levels are among them."""
    read = for_persons(source_texts())
    left_out = {id.partition(".")[0] for id in source_texts().keys() - read.keys()}
    assert {name.partition("_")[0] for name in left_out} == {"desk", "drawing", "errors"}
    assert len({level_of(id) is B1 for id in read}) == 2
