"""Simple Dutch: what an unsure reader stumbles over is found, what they know is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.simple_language import (
    A2,
    B1,
    KINDS,
    LABEL_WORDS,
    RENEW,
    Level,
    exceptions,
    explained_words,
    known_words,
    label_problems,
    level_of,
    problems,
    sentences,
    vocabulary,
    word_frequencies,
    words,
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
    ("date", "Het geldt tot 1 aug 2027.", "1 aug"),
    ("date", "Het geldt tot 01 augustus 2027.", "01 augustus"),
    ("date", "Het geldt tot 1e augustus 2027.", "1e augustus"),
    ("questions", "Wie belt? Wie schrijft?", "2 questions"),
    ("questions", 'Zeg: "Wie belt?" Wie schrijft?', "2 questions"),
    ("tone", "Je krijgt nazorg.", "nazorg"),
    ("tone", "Dit is voor kwetsbare jongeren.", "kwetsbare"),
]

EASY = [
    "Ja, je oude school moet je hulp aanbieden. Dat geldt {until}. Je mag ook zelf bellen.",
    "Bel 113 of 0800-0113. Chatten kan op 113.nl.",
    "Als jij het vraagt, moet je school advies geven.",
    "Je mag bellen als je wilt. Vraag wie jou helpt.",
    "Je moet naar school tot je 18 wordt.",
    "Wil je hulp?",
    "Dat duurt tot je 18e verjaardag, op 1 mei.",
    "Het Doorstroompunt helpt. Bel UWV. Je zat op het vso.",
    "Dat was 17 juli 2026.",
    "Kreeg je geen hulp? Was dat lastig? Bel je school.",
    "Ben je 18? Dan mag je kiezen. Het duurt 10 jaar.",
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


@pytest.mark.parametrize("level", [A2, B1])
@given(st.lists(st.sampled_from(_EASY), min_size=1, max_size=25))
def test_there_is_a_most_of_words(level: Level, words: list[str]) -> None:
    """Up to ten words a sentence passes at A2, fifteen at B1, and from one more on it does not; a place is one word."""
    kinds = [problem.kind for problem in problems(" ".join(words) + ".", level)]
    assert kinds == ["words"] * (len(words) > {"A2": 10, "B1": 15}[level.name])


@pytest.mark.parametrize("level", [A2, B1])
@given(st.integers(1, 9), st.sampled_from([". ", "! ", "… ", "\n", ".\n\n", "\n- ", "\n2. "]))
def test_there_is_a_most_of_sentences(level: Level, count: int, between: str) -> None:
    """However sentences or list items are set apart, four are the most at A2 and five at B1."""
    text = between.join(["Bel je school"] * count)
    assert len(sentences(text)) == count
    assert [one.kind for one in problems(text, level)] == ["sentences"] * (count > {"A2": 4, "B1": 5}[level.name])


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


@pytest.mark.parametrize(
    ("id", "level"),
    [
        ("more.pro.year_one", B1),
        ("articles.consent.more", B1),
        ("articles.consent.more2", B1),
        ("articles.consent.text", A2),
        ("articles.consent.title", A2),
        ("rights.pro.more", A2),
        ("dialogs.rights.more_choice", A2),
        ("morel.a", A2),
    ],
)
def test_only_more_about_it_may_be_harder(id: str, level: Level) -> None:
    """B1 is for the layer "meer uitleg" alone; all else is A2."""
    assert level_of(id) is level


def test_one_sentence_may_be_hard_at_b1() -> None:
    """One sentence with a passive, two negations or a clause passes at B1, whatever it has of them; a second does not."""
    hard, harder = "Je wordt gebeld omdat je niet of nooit komt.", "Hoewel het kan, hoeft het niet."
    assert len(problems(hard, A2)) == 3
    assert problems(hard, B1) == ()
    assert [problem.sentence for problem in problems(f"{hard} Bel. {harder}", B1)] == [harder]


def test_u_is_wrong_at_both_levels() -> None:
    """People are je and jij, also where there is more to read."""
    assert [problem.kind for problem in problems("Bel uw school.", B1)] == ["formal"]


_ZIPF = {"je": 7.0, "bel": 5.0, "de": 7.0, "en": 7.0, "mentor": 3.6, "receptie": 3.4, "instantie": 2.9, "zo'n": 5.0}


@pytest.mark.parametrize(
    ("text", "level", "detail"),
    [
        ("Bel de instantie.", A2, "instantie 2.9"),
        ("Bel de mentor en receptie.", A2, "mentor 3.6, receptie 3.4"),
        ("Bel de receptie.", B1, "receptie 3.4"),
        ("Bel de mentor-receptie.", A2, "mentor 3.6, receptie 3.4"),
    ],
)
def test_a_rare_word_is_found(text: str, level: Level, detail: str) -> None:
    """Below Zipf 3 a word is too rare at A2, as are two below 4 in a sentence; at B1 any below 3.5 is."""
    (problem,) = problems(text, level, zipf=_ZIPF)
    assert (problem.kind, problem.detail) == ("rare_word", detail)


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("Bel de mentor.", A2),
        ("Bel de mentor. Bel de receptie.", A2),
        ("Bel de mentor en je mentor.", A2),
        ("Bel de mentor.", B1),
        ("Bel de praktijkschool, UWV en {name}.", A2),
        ("Bel 14 030 en 2026.", A2),
        ("Bel je@school.nl en 113.nl.", A2),
        ("Bel zo’n mentor.", A2),
    ],
)
def test_a_familiar_word_passes(text: str, level: Level) -> None:
    """One rarer word a sentence may stand at A2; names with a reason, numbers, addresses and places are not looked up."""
    assert problems(text, level, zipf=_ZIPF) == ()


def test_a_word_that_was_not_looked_up_is_found() -> None:
    """A new word says which command looks it up, so that nobody has to guess how familiar it is."""
    (problem,) = problems("Bel de buurman.", zipf=_ZIPF)
    assert problem.kind == "no_frequency"
    assert problem.detail == f"buurman; run {RENEW}"


def test_words_of_a_text_are_looked_up_one_by_one() -> None:
    """Words with hyphens fall apart, capitals and typographic marks do not matter, a number counts as no word."""
    assert vocabulary("Zo’n Mentor-brief van mbo 2, {name}: 12 op a.nl") == ("zo'n", "mentor", "brief", "van", "op")
    assert words("Zo’n mbo-2 van {name}.") == ("Zo’n", "mbo-2", "van", "{name}")


def test_the_words_of_all_texts_were_looked_up() -> None:
    """No text has a word whose familiarity nobody knows: then the command to renew them has to run."""
    used = {word for text in source_texts().values() for word in vocabulary(text)}
    assert used <= word_frequencies().keys(), RENEW
    assert all(0 <= value <= 8 for value in word_frequencies().values())


@given(st.integers(1, 9))
def test_a_button_is_read_at_a_glance(count: int) -> None:
    """Four words are the most for a button."""
    found = label_problems(" ".join(["school"] * count))
    assert [problem.kind for problem in found] == ["label"] * (count > LABEL_WORDS)


def test_every_known_word_and_exception_has_a_reason() -> None:
    """Nobody can allow a hard word or text without saying why."""
    reasons = [known_words()[word] for word in known_words().keys() - explained_words().keys()]
    assert all(len(reason) > 20 for reason in (*reasons, *exceptions().values()))


def test_every_word_of_the_law_is_explained_somewhere() -> None:
    """A word of the law may be said because some text with that word explains it."""
    assert all(word in source_texts()[id].casefold() for word, id in explained_words().items())


def test_exceptions_are_about_texts_that_exist() -> None:
    """An exception names a text and a kind of problem that there are."""
    assert {id for id, _ in exceptions()} <= source_texts().keys()
    assert {kind for _, kind in exceptions()} <= set(KINDS)
