"""Who does not understand a question says so in their own words, and hears it in others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dialogs.conversation import Conversation
from dialogs.questions import QUESTIONS
from person import Person

SAID = {
    "nl": ("Ik snap de vraag niet", "ik begrijp het niet", "huh?", "wat bedoel je"),
    "en": ("I don't understand the question", "I don’t understand", "what does this mean?"),
    "ar": ("لا أفهم السؤال", "لم أفهم", "ماذا تقصد؟"),
    "tr": ("Soruyu anlamadım", "anlamıyorum", "ne demek?"),
    "uk": ("Я не розумію питання", "не розумію", "що це означає?"),
    "pl": ("Nie rozumiem pytania", "nie rozumiem", "co to znaczy?"),
    "fa": ("سوال را نمی‌فهمم", "نمی‌فهمم", "یعنی چه؟"),
    "ti": ("እቲ ሕቶ ኣይተረድኣንን", "ኣይተረድኣንን"),
    "so": ("Su'aasha ma fahmin", "ma fahmin"),
    "es": ("No entiendo la pregunta", "no entiendo", "¿qué significa?"),
    "fr": ("Je ne comprends pas la question", "je comprends pas", "ça veut dire quoi ?"),
    "pap": ("Mi no ta komprondé e pregunta", "mi no ta komprondé"),
}


def _asked(language: str) -> Person:
    return Person(Conversation(channel="web", language=language)).opens().taps("goal:rights")


@pytest.mark.parametrize(("language", "said"), [(language, said) for language, all in SAID.items() for said in all])
def test_not_understanding_is_understood_in_every_language(language: str, said: str) -> None:
    """The answer says where to look and why it is asked, a human is offered, and the same question follows."""
    person = _asked(language).says(said)
    assert person.sees("questions.school_type.hint", "questions.school_type.why", "questions.school_type.question")
    assert (person.asking, person.conversation.misunderstood) == ("school_type", 0)
    assert "person" in person.ids


@pytest.mark.parametrize("fact", sorted(QUESTIONS))
def test_every_question_has_other_words(fact: str) -> None:
    """Whatever is being asked, not understanding it brings where to look and why."""
    person = _asked("nl")
    person.conversation = replace(person.conversation, asking=fact)
    assert person.says("ik snap de vraag niet").sees(f"questions.{fact}.hint", f"questions.{fact}.why")


@pytest.mark.parametrize("language", SAID)
def test_asking_a_human_is_explained_at_every_step(language: str) -> None:
    """Who does not understand a step on the way to a human hears what it is about, and at the end that only a yes sends it;
    the step stays, and what was typed to say so is not taken for what they need."""
    person = Person(Conversation(channel="web", language=language)).opens().taps("person")
    for asking, go_on in (
        ("need", "Ik zoek werk."),
        ("kind", "kind:work"),
        ("municipality", "Utrecht"),
        ("who", "who:gemeente"),
    ):
        assert person.says(SAID[language][0]).sees("articles.talk_to_person.text")
        assert person.asking == asking
        person = person.taps(go_on) if ":" in go_on else person.says(go_on)
    assert person.says(SAID[language][0]).sees("articles.consent.text", "dialogs.request.consent")
    assert (person.asking, person.effects) == ("agreement", ())


@pytest.mark.parametrize("taps", [("goal:contact",)])
def test_where_nothing_can_be_said_in_other_words_a_human_is_named(taps: tuple[str, ...]) -> None:
    """A step without other words says sorry and that a human can explain it, and comes again."""
    person = Person().opens()
    for one in taps:
        person.taps(one)
    asking = person.asking
    assert person.says("ik snap het niet").sees("articles.explain_simpler.text")
    assert person.asking == asking


def test_which_rights_a_question_decides_names_each_place_once() -> None:
    """A praktijkschool and a vso-school are both somebody's old school, which is named once."""
    said = _asked("nl").taps("why").replies[0].text
    assert said.count("Je oude school") == 1
