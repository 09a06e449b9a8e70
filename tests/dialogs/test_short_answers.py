"""A word or two as an answer, as people type it on a phone: yes, no, I don't know, I forgot."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dialogs.conversation import Conversation
from dialogs.effects import RelayToCounsellor
from dialogs.questions import is_not_known
from person import Person

YES_AND_NO = {
    "nl": (
        ("ja", "jaa", "Jazeker!", "klopt"),
        ("nee", "nope", "nee hoor", "nog niet", "nog nooit"),
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


def _asked(language: str = "nl", fact: str = "follow_on_enrolment") -> Person:
    """Somebody before whom a question with yes and no stands."""
    person = (
        Person(Conversation(channel="web", language=language)).opens().taps("goal:rights").taps("a:school_type:pro")
    )
    if fact == "follow_on_enrolment":
        person.taps("a:left_school_date:2025-07")
    else:
        person.says("geen idee")
    assert person.asking == fact
    return person


@pytest.mark.parametrize(
    ("language", "said", "meant"),
    [(one, said, meant) for one, both in YES_AND_NO.items() for meant in (True, False) for said in both[not meant]],
)
def test_yes_and_no_as_people_type_them(language: str, said: str, meant: bool) -> None:
    """A yes or no in everyday words of each language answers the question."""
    assert _asked(language).says(said).conversation.facts["follow_on_enrolment"] is meant


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
    for more in ("💊💊", "ik heb pillen"):
        assert Person().opens().taps("goal:rights").says(f"weet ik niet meer {more}").sees("danger.red.suicide")
    person = Person().opens().taps("goal:rights").says("dat weet ik echt niet meer")
    assert person.sees("questions.school_type.hint", "danger.footer")
    assert not person.sees("danger.red.suicide")
    assert person.conversation.draft.danger_tier is None


def test_niet_meer_is_a_no_where_something_is_asked_that_is_so_now() -> None:
    """ "Niet meer" answers whether something is still so, with one line on where help is; without a question help comes, and
    of what was once so it is no answer."""
    assert Person().opens().says("niet meer").sees("danger.red.suicide")
    person = _asked(fact="still_at_same_school").says("al lang niet meer")
    assert person.conversation.facts["still_at_same_school"] is False
    assert person.sees("danger.footer")
    assert not person.sees("danger.red.suicide")
    assert "follow_on_enrolment" not in _asked().says("nu niet meer").conversation.facts


@pytest.mark.parametrize(
    ("language", "said"),
    [
        *(("nl", said) for said in ("niet zeker", "niet echt", "nee, ja toch wel", "moet ik dat zeker weten?")),
        *(("nl", said) for said in ("ik ben zeker 2 jaar geleden gestopt", "zeker al 2 jaar thuis", "")),
        *(("ar", said) for said in ("ما عندي أي شغل", "أي مدرسة تقصد؟", "من أجل ماذا؟", "لا أعرف من سألت")),
        *(("tr", said) for said in ("sorun yok", "hiç fikrim yok ki")),
        *(("pl", said) for said in ("ja szukam pracy", "nie jestem tego pewien", "no pewnie", "tak jak mówiłem")),
        *(("es", said) for said in ("no estoy muy seguro de eso", "si me dices qué es", "no se me ofreció")),
        *(("fr", "si on veut"), ("uk", "так собі"), ("fa", "نه میدانم نه میخواهم")),
    ],
)
def test_what_may_be_a_yes_or_no_and_may_be_none_is_asked_again(language: str, said: str) -> None:
    """A word for yes or no that means something else in its sentence is no answer: a wrong one can cost somebody help."""
    assert "follow_on_enrolment" not in _asked(language).says(said).conversation.facts


@pytest.mark.parametrize(
    ("language", "said", "meant"),
    [
        ("es", "No, nunca.", False), ("pl", "nie, nie dostałem", False), ("ar", "لا، لم أحصل على شيء", False), ("pl", "ja", True),
        ("en", "no I did not", False), ("nl", "nee ik ging werken", False), ("fr", "Si", True), ("uk", "так!", True),
    ],
)  # fmt: skip
def test_a_yes_or_no_with_more_behind_it(language: str, said: str, meant: bool) -> None:
    """What stands alone before a comma, or is clear in any sentence, counts."""
    assert _asked(language).says(said).conversation.facts.get("follow_on_enrolment") is meant


def _worried(person: Person) -> Person:
    assert person.says("ik weet het niet meer").sees("danger.amber.question")
    return person


@pytest.mark.parametrize(
    "said",
    [
        "nee",
        "nee niet echt",
        "niet zo",
        "no",
        "لا",
        "nie",
        "hayır",
        "pas vraiment",
        "güvende değil",
        "ні",
        "نه",
        "maya",
    ],
)
def test_a_typed_no_to_are_you_safe_brings_the_card(said: str) -> None:
    """Who types a no where it was asked whether they are safe gets the numbers, whatever else was asked beside it; nothing is
    recorded from it, and the question they were at comes back."""
    person = _worried(_asked(fact="still_at_same_school"))
    facts = person.conversation.facts
    assert person.says(said).sees("danger.card")
    assert person.conversation.facts == facts
    assert person.conversation.draft.danger_tier == "amber"


@pytest.mark.parametrize("said", ["ja", "nee", "yes", "nee nu niet meer"])
def test_a_yes_or_no_under_the_card_is_no_answer_to_something_else(said: str) -> None:
    """ "Ga je het nu doen?" stands in the card: a yes or no under it brings the numbers again, and answers no question about
    school that was open before."""
    person = _asked().says("ik wil dood").says(said)
    assert person.sees("danger.card") or person.sees("danger.red.suicide")
    assert "follow_on_enrolment" not in person.conversation.facts
    assert person.taps("goon").asking == "follow_on_enrolment"


@pytest.mark.parametrize(("said", "urgent"), [("nee", True), ("112", False)])
def test_the_counsellor_hears_it_too(said: str, urgent: bool) -> None:
    """With a request open, a no to whether they are safe is passed on as urgent; a call for the card is passed on as well."""
    person = _asked().says("ik wil weten of ik nu hulp krijg")
    person.conversation = replace(
        person.conversation, request="claimed", talking=True, offered={"safe": "Ik ben veilig"}
    )
    assert person.says(said).sees("danger.card")
    assert person.effects == (RelayToCounsellor(urgent=urgent),)


def test_the_words_of_despair_are_asked_about_first() -> None:
    """ "Ik weet het niet meer" as an answer is taken as one, after the question whether they are safe; listed words beside it
    bring help at once."""
    person = Person().opens().taps("goal:rights").says("ik weet het niet meer")
    assert person.sees("danger.amber.question", "questions.school_type.hint")
    assert not person.sees("danger.red.suicide")
    for said in ("ik weet het niet meer ik wil dood", "ik weet het niet meer ik maak er een einde aan"):
        assert Person().opens().taps("goal:rights").says(said).sees("danger.red.suicide")


def test_a_yes_to_a_counsellor_is_theirs() -> None:
    """After the card the counsellor goes on asking: a yes or no is passed on to them, and no card comes again."""
    person = _asked()
    person.conversation = replace(person.conversation, request="claimed", talking=True, asking=None)
    assert person.says("ik wil dood").sees("danger.red.suicide")
    person.says("ja")
    assert not person.replies
    assert person.effects == (RelayToCounsellor(),)
