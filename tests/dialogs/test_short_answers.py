"""A word or two as an answer, as people type it on a phone: yes, no, I don't know, I forgot."""

from __future__ import annotations

import pytest

from dialogs.conversation import Conversation
from dialogs.goals.rights import proceed
from dialogs.questions import is_not_known
from knowledge.facts import read_facts
from person import TODAY, Person

YES_AND_NO = {
    "nl": (
        ("ja", "jaa", "Jazeker!", "klopt"),
        ("nee", "nope", "nee hoor", "nee, al lang niet meer", "niet meer", "nog nooit"),
    ),
    "en": (("yes", "yeah", "yup"), ("no", "nah", "nope")),
    "ar": (("نعم", "ايوه", "أجل"), ("لا", "لأ", "كلا")),
    "tr": (("evet",), ("hayır", "hayir", "yok")),
    "uk": (("так", "да"), ("ні", "нет")),
    "pl": (("tak",), ("nie",)),
    "fa": (("بله", "آره", "بلی"), ("نه", "نخیر", "خیر")),
    "ti": (("እወ",), ("ኣይኮነን",)),
    "so": (("haa",), ("maya",)),
    "es": (("sí", "si"), ("no",)),
    "fr": (("oui", "ouais"), ("non",)),
    "pap": (("si",), ("no",)),
}
NOT_KNOWN = {
    "nl": ("weet ik niet", "geen idee", "kweet ni", "ben ik vergeten", "weet ik niet meer"),
    "en": ("I don't know", "dunno", "I don't remember", "I’m not sure"),
    "ar": ("لا أعرف", "ما بعرف", "مدري", "نسيت"),
    "tr": ("bilmiyorum", "bilmem", "hatırlamıyorum"),
    "uk": ("не знаю", "я не пам'ятаю"),
    "pl": ("nie wiem", "nie pamiętam"),
    "fa": ("نمی‌دانم", "نمیدونم", "یادم نیست"),
    "ti": ("ኣይፈልጥን", "ኣይዝክርን"),
    "so": ("ma garanayo", "ma aqaan"),
    "es": ("no sé", "no lo sé", "no me acuerdo"),
    "fr": ("je ne sais pas", "je sais plus", "aucune idée"),
    "pap": ("mi no sa", "mi no ta korda"),
}


def _asked_yes_or_no(language: str) -> Person:
    facts = read_facts({"school_type": "pro", "left_school_date": "2025-07"})
    known = Conversation(channel="web", language=language, goal="rights").knowing(facts)
    person = Person(proceed(known, TODAY).conversation)
    assert person.asking == "follow_on_enrolment"
    return person


@pytest.mark.parametrize(
    ("language", "said", "meant"),
    [(one, said, meant) for one, both in YES_AND_NO.items() for meant in (True, False) for said in both[not meant]],
)
def test_yes_and_no_as_people_type_them(language: str, said: str, meant: bool) -> None:
    """A yes or no in everyday words of each language answers the question."""
    assert _asked_yes_or_no(language).says(said).conversation.facts["follow_on_enrolment"] is meant


@pytest.mark.parametrize(("language", "said"), [(one, said) for one, all in NOT_KNOWN.items() for said in all])
def test_not_knowing_as_people_type_it(language: str, said: str) -> None:
    """Not knowing, or having forgotten, is an answer: where to look is said, and the conversation goes on."""
    person = Person(Conversation(channel="web", language=language)).opens().taps("goal:rights").says(said)
    assert person.sees("questions.common.not_known_on", "questions.school_type.hint")
    assert "school_type" in person.conversation.skipped


@pytest.mark.parametrize(
    "said", ["no se me ofreció ayuda", "no sabían nada", "ma jiro", "لا", "ik ben niet vergeten wie je bent"]
)
def test_words_that_only_look_like_it(said: str) -> None:
    """Short words of not knowing are only that when nothing else is said."""
    assert not is_not_known(said)


def test_what_somebody_forgot_is_an_answer_and_elsewhere_may_be_a_cry() -> None:
    """ "Weet ik niet meer" answers the question that is open, with one line on where help is; without a question help comes
    at once."""
    person = Person().opens().says("weet ik niet meer")
    assert person.sees("danger.red.suicide")
    person = Person().opens().taps("goal:rights").says("dat weet ik echt niet meer")
    assert person.sees("questions.school_type.hint", "danger.footer")
    assert not person.sees("danger.red.suicide")
    assert person.conversation.draft.danger_tier is None


def test_niet_meer_is_a_no_where_something_is_asked() -> None:
    """ "Niet meer" answers whether something is still so, with one line on where help is; without a question help comes."""
    assert Person().opens().says("niet meer").sees("danger.red.suicide")
    person = _asked_yes_or_no("nl").says("al lang niet meer")
    assert person.conversation.facts["follow_on_enrolment"] is False
    assert person.sees("danger.footer")
    assert not person.sees("danger.red.suicide")


@pytest.mark.parametrize("said", ["niet zeker", "niet echt", "nee, ja toch wel"])
def test_half_a_no_is_none(said: str) -> None:
    """What may be a no and may be none is asked again."""
    assert "follow_on_enrolment" not in _asked_yes_or_no("nl").says(said).conversation.facts


def test_the_words_of_despair_are_asked_about_first() -> None:
    """ "Ik weet het niet meer" as an answer is taken as one, after the question whether they are safe; listed words beside it
    bring help at once."""
    person = Person().opens().taps("goal:rights").says("ik weet het niet meer")
    assert person.sees("danger.amber.question", "questions.school_type.hint")
    assert not person.sees("danger.red.suicide")
    for said in ("ik weet het niet meer ik wil dood", "ik weet het niet meer ik maak er een einde aan"):
        assert Person().opens().taps("goal:rights").says(said).sees("danger.red.suicide")
