"""One question for each fact that can be asked: its buttons, and how a typed answer is understood."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from dialogs.conversation import Conversation
from dialogs.say import Button, Say, button
from knowledge.dates import NoSuchDate, read_date
from knowledge.facts import FACTS, PartialDate
from knowledge.spoken_time import plain, read_ago, read_last_month, read_school_year, with_ages_in_digits
from locales import Month, Text, languages, source_texts

_YES_NO = ("true", "false")
_YOUNGEST, _OLDEST, _LONGEST_NUMBER = 4, 110, 9
_AGES = tuple(str(age) for age in range(15, 28))
_ALIASES = {
    "pro": "praktijkschool praktijkonderwijs praktijk pro prakt practical",
    "vso": "vso speciaal special cluster",
    "mbo": "mbo roc college vocational",
    "vmbo": "vmbo mavo",
    "havo": "havo",
    "vwo": "vwo gymnasium atheneum",
    "ho": "hbo hogeschool universiteit university wo",
    "arbeidsmarktgericht": "werk werken arbeid arbeidsmarkt work",
    "dagbesteding": "dagbesteding",
    "vervolgonderwijs": "doorleren vervolgonderwijs study",
    "bol": "bol",
    "bbl": "bbl",
    "1": "1 entree",
    "true": "ja yes jawel yep yeah jazeker ok klopt",
    "false": "nee no neen nope",
    "schooldiploma": "diploma",
    "verklaring": "verklaring",
    "none": "nee niets niks none",
    "given": "ja goed yes akkoord prima",
    "refused": "nee niet no liever",
}
"""Words people type for an answer, beside its label."""
_NOT_KNOWN = ({"weet", "niet"}, {"weet", "nie"}, {"geen", "idee"}, {"dont", "know"}, {"not", "know"}, {"no", "idea"})
"""Words that together say "I don't know", whatever stands around them."""
_NOT_KNOWN_ALONE = """
kweet ni, vergeten, ben ik vergeten, dunno, no clue, not sure, im not sure, i dont remember, i forgot
bilmiyorum, bilmem, fikrim yok, hiç fikrim yok, emin değilim, hatırlamıyorum, unuttum
لا أعرف, ما أعرف, لا أعلم, لا أدري, ما أدري, ما بعرف, مدري, لا فكرة لدي, لا أتذكر, نسيت, لست متأكدا
не знаю, я не знаю, не пам'ятаю, я не пам'ятаю
nie wiem, nie wiem dokładnie, nie pamiętam, nie mam pojęcia, nie jestem pewien, nie jestem pewna
نمی دانم, نمیدانم, نمی دونم, نمیدونم, یادم نیست, مطمئن نیستم
ኣይፈልጥን, ኣይዝክርን, ma garanayo, ma aqaan, ma ogi, ma xasuusto
no sé, no lo sé, yo no sé, ni idea, no me acuerdo, no me acuerdo bien, no recuerdo, no estoy seguro, no estoy segura
je ne sais pas, je sais pas, sais pas, jsp, aucune idée, je ne sais plus, je sais plus, je ne me souviens pas
mi no sa, no sa, mi no sabi, mi no ta korda
"""
"""Whole messages that say so, or that it is forgotten."""
_YES_ALONE = "jaa jep zeker tuurlijk yup ايوه ايوا أيوة إي أجل آره بلی да ouais"
_NO_ALONE = "nah hayir yok كلا لأ نخیر خیر нет ኣይኮነን"
"""Words that are a yes or a no where nothing else is said; in a sentence they can mean something else."""
_UNCLEAR = {"si", "nie", "tak", "так", "لا", "نه"}
"""Words for yes and no that are "not", "so" or "if" in a sentence: they count alone, or before a comma."""
_UNCLEAR_IN = {"pl": {"ja", "no"}, "es": {"no"}, "pap": {"no"}}
_PLAIN_NO = {"nee", "niet", "nog", "nooit", "ik", "hoor"}
"""Words that make a no of "niet" and "nooit" where nothing else is said: "nog nooit"."""
_NO_LONGER = {"meer", "al", "lang", "nu"}
"""With one of these it was so once: a no where is asked what is so now."""
_NOW = {"still_at_same_school", "currently_enrolled", "employed"}
_PLAIN = {*_PLAIN_NO, *_NO_LONGER, "het", "dat", "weet", "echt", "precies", "sorry"}
_PLAIN_SIGNS = re.compile(r"[\w\s.,!?'’-]+")
"""Words and signs of which a whole answer can be made that says nothing more: "weet ik niet meer"."""
_DENIALS = {"niet", "geen", "nooit", "not", "never"}
"""Words that may take back the answer that stands beside them: "niet op het vso"."""
_NOT_ELSEWHERE = "pas değil مو مش لست"
"""The word for "not", in languages of which it is no word for no."""
_FEW_WORDS = 4
_TO_COME = {
    "left_school_date": "questions.common.future_date",
    "diploma_date": "questions.common.future_diploma",
    "birth_date": "questions.birth_date.type_it",
}
_NO_SUCH = {"birth_date": "questions.birth_date.type_it"}
"""What is said of a date that cannot be right, where that differs by fact."""


@dataclass(frozen=True, slots=True)
class Question:
    """How one fact is asked: the values with a button, and those behind "another school"."""

    fact: str
    values: tuple[str, ...] = ()
    more: tuple[str, ...] = ()


QUESTIONS: Mapping[str, Question] = {
    question.fact: question
    for question in (
        Question("school_type", ("pro", "vso", "mbo"), ("vmbo", "havo", "vwo", "ho")),
        Question("vso_profile", ("arbeidsmarktgericht", "dagbesteding", "vervolgonderwijs")),
        Question("mbo_level", ("1", "2", "3", "4")),
        Question("mbo_leerweg", ("bol", "bbl")),
        Question("diploma", _YES_NO),
        Question("left_school_date"),
        Question("diploma_date"),
        Question("birth_date"),
        Question("still_at_same_school", _YES_NO),
        Question("follow_on_enrolment", _YES_NO),
        Question("used_offer_year1", _YES_NO),
        Question("special_circumstances", _YES_NO),
        Question("age", _AGES),
        Question("startkwalificatie", _YES_NO),
        Question("currently_enrolled", _YES_NO),
        Question("pro_document", ("schooldiploma", "verklaring", "none")),
        Question("earlier_school", ("pro", "vso", "vmbo")),
        Question("earlier_vso_profile", ("arbeidsmarktgericht", "dagbesteding", "vervolgonderwijs")),
        Question("employed", _YES_NO),
        Question("benefit", ("none", "bijstand", "wajong", "ww", "wia", "zw")),
        Question("absent_4_weeks", _YES_NO),
        Question("legally_competent", _YES_NO),
        Question("municipality_continues", _YES_NO),
        Question("consent", ("given", "refused")),
        Question("has_partial_result", _YES_NO),
        Question("applied_before_1_april", _YES_NO),
        Question("entree_enrolled_last_two_study_years", _YES_NO),
        Question("only_sheltered_work", _YES_NO),
        Question("sheltered_quota_reached", _YES_NO),
        Question("target_group_lks", _YES_NO),
    )
}


class Misread(Exception):
    """A typed answer that cannot be right; `text_id` says kindly why."""

    def __init__(self, text_id: str) -> None:
        super().__init__(text_id)
        self.text_id = text_id


def ask(fact: str, conversation: Conversation, today: date) -> Say:
    """The bubble that asks for a fact, as precisely as what is known of it leaves open."""
    question = QUESTIONS[fact]
    known = conversation.facts.get(fact)
    common = (button(f"skip:{fact}", "questions.common.skip"), button(f"why:{fact}", "questions.common.why"))
    if isinstance(known, PartialDate):
        return _ask_finer(fact, known, common)
    if FACTS[fact].kind == "date":
        return Say(parts=(Text.of(f"questions.{fact}.question"),), buttons=(*_moments(fact, today), *common))
    buttons = [(answer_id(fact, value), label(fact, value)) for value in question.values]
    if question.more:
        buttons.append(button(f"more:{fact}", "questions.common.more"))
    return Say(parts=(Text.of(f"questions.{fact}.question"),), buttons=(*buttons, *common))


def ask_more(fact: str) -> Say:
    """The same question with the rarer answers."""
    buttons = [(answer_id(fact, value), label(fact, value)) for value in QUESTIONS[fact].more]
    return Say(
        parts=(Text.of(f"questions.{fact}.question"),),
        buttons=(*buttons, button(f"skip:{fact}", "questions.common.skip")),
    )


def answer_id(fact: str, value: str) -> str:
    """The button id that answers a fact with a value."""
    return f"a:{fact}:{value}"


def label(fact: str, value: str) -> Text:
    """An answer's label: its own words, yes or no, or the number itself."""
    own = f"questions.{fact}.{value}"
    if own in source_texts():
        return Text.of(own)
    common = {"true": "questions.common.yes", "false": "questions.common.no"}.get(value)
    return Text.of(common) if common else Text.verbatim(value)


def read_typed(fact: str, text: str, conversation: Conversation, today: date) -> dict[str, object] | None:
    """The facts that a typed answer gives, JSON-shaped; {} for "I don't know", None when it is no answer to this.

    Raises `Misread` for an answer that cannot be right (a day that does not exist, an age of 400).
    """
    unknown = is_not_known(text)
    if FACTS[fact].kind == "date":
        read = _read_typed_date(fact, text, conversation, today)
    elif fact == "age":
        read = _read_typed_age(text)
    else:
        read = None if unknown else _read_typed_value(QUESTIONS[fact], text, conversation.language)
    return {} if read is None and unknown else read


def is_not_known(text: str) -> bool:
    """Whether somebody says that they do not know."""
    typed = frozenset(words(text))
    return any(phrase <= typed for phrase in _NOT_KNOWN) or typed in _not_known_alone()


@cache
def _not_known_alone() -> frozenset[frozenset[str]]:
    return frozenset(frozenset(words(phrase)) for phrase in re.split("[,\n]", _NOT_KNOWN_ALONE.strip()))


def says_no(text: str) -> bool:
    """Whether a few words have a no or a "not" in them, in any language; for where it is safer to hear one too many."""
    said = words(text)
    noes = _names("employed", "false") | set(words(f"{_NO_ALONE} {_NOT_ELSEWHERE}")) | _DENIALS
    return len(said) <= _FEW_WORDS and bool(noes & set(said)) and not is_not_known(text)


def is_yes_or_no(text: str) -> bool:
    """Whether somebody says yes or no, and little else."""
    yes = _names("employed", "true") | set(words(_YES_ALONE))
    return says_no(text) or (0 < len(words(text)) <= _FEW_WORDS and bool(yes & set(words(text))))


def is_plain_answer(text: str) -> bool:
    """Whether it says no more than "niet meer" or "weet ik niet meer": an answer, or a cry where nothing was asked."""
    return bool(_PLAIN_SIGNS.fullmatch(text)) and set(words(text)) <= _PLAIN


def check_date(fact: str, value: PartialDate, today: date) -> None:
    """Raises `Misread` for a date that still has to come."""
    if value.first > today:
        raise Misread(_TO_COME[fact])


def _ask_finer(fact: str, known: PartialDate, common: tuple[Button, ...]) -> Say:
    if known.month is not None:
        day = Text.of(f"questions.{fact}.which_day", month=Month(known.month))
        return Say(parts=(day,), buttons=common[:1])
    months = tuple((answer_id(fact, f"{known.year}-{month:02d}"), _month_label(month)) for month in range(1, 13))
    return Say(parts=(Text.of(f"questions.{fact}.which_month", year=known.year),), buttons=(*months, *common[:1]))


def _month_label(month: int) -> Text:
    return Text.of("questions.common.month", month=Month(month))


def _moments(fact: str, today: date) -> tuple[Button, ...]:
    """The likeliest moments: the ends of the last school years."""
    if fact == "birth_date":
        return ()
    last = today.year if today.month >= 7 else today.year - 1
    ends = [
        (answer_id(fact, f"{year}-07"), Text.of("questions.common.moment", date=(year, 7)))
        for year in range(last, last - 3, -1)
    ]
    still = (button(answer_id("still_at_same_school", "true"), "questions.common.still_there"),)
    return (*ends, button(f"other:{fact}", "questions.common.other_time"), *(still * (fact == "left_school_date")))


def _read_typed_date(fact: str, text: str, conversation: Conversation, today: date) -> dict[str, object] | None:
    known = conversation.facts.get(fact)
    try:
        value = _told(fact, plain(text), today) or read_date(text, known if isinstance(known, PartialDate) else None)
        if value is None and fact != "birth_date":
            value = read_last_month(plain(text), today)
    except NoSuchDate:
        raise Misread(_NO_SUCH.get(fact, "questions.common.bad_date")) from None
    if value is None:
        return None
    check_date(fact, value, today)
    return {fact: str(value)}


def _told(fact: str, text: str, today: date) -> PartialDate | None:
    """A moment counted from today, or the end of a school year where that is what was asked."""
    return (read_school_year(text) if fact in ("left_school_date", "diploma_date") else None) or read_ago(text, today)


def _read_typed_age(text: str) -> dict[str, object] | None:
    numbers = [word for word in words(with_ages_in_digits(plain(text))) if word.isdecimal()]
    if len(numbers) != 1:
        return None
    age = int(numbers[0][:_LONGEST_NUMBER])
    if not _YOUNGEST <= age <= _OLDEST:
        raise Misread("questions.common.bad_age")
    return {"age": age}


def _read_typed_value(question: Question, text: str, language: str | None) -> dict[str, object] | None:
    typed = set(words(text))
    if question.values == _YES_NO:
        hits = _yes_or_no(question.fact, text, language)
    else:
        hits = [value for value in (*question.values, *question.more) if typed & _names(question.fact, value)]
        if typed & _DENIALS:
            hits = [value for value in hits if value == "none" or _names(question.fact, value) & _DENIALS]
    if len(hits) != 1:
        return None
    return {question.fact: json_value(question.fact, hits[0])}


def _yes_or_no(fact: str, text: str, language: str | None) -> list[str]:
    """What of yes and no is said; both or neither where it is not clear."""
    typed = set(words(text))
    first = set(words(re.split(r"[,.!;:،]", text, maxsplit=1)[0]))
    unclear = _UNCLEAR | _UNCLEAR_IN.get(language or "", set())
    hits = []
    for value, alone in (("true", _YES_ALONE), ("false", _NO_ALONE)):
        names = _names(fact, value)
        only = bool(typed) and typed <= names | set(words(alone))
        if typed & (names - unclear) or only or (first and first <= names):
            hits.append(value)
    if not typed & _DENIALS:
        return hits
    once = typed & _NO_LONGER and fact not in _NOW
    return ["false"] if not once and (hits == ["false"] or typed <= _PLAIN_NO | _NO_LONGER) else []


def json_value(fact: str, answer: str) -> object:
    """The JSON value of a button's answer; raises ValueError when it cannot be one."""
    match FACTS[fact].kind:
        case "boolean":
            return {"true": True, "false": False}[answer]
        case "integer":
            return int(answer)
    return answer


def _names(fact: str, value: str) -> set[str]:
    """The words that say this answer in any language we speak."""
    names = set(words(_ALIASES.get(value, value)))
    if value not in _YES_NO:
        return names
    own = label(fact, value)
    return names | {word for spoken in languages().values() if spoken.has([own]) for word in words(spoken.say(own))}


def words(text: str) -> list[str]:
    """The words of a text, without capitals, accents and signs, to compare what was typed with what was offered."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c) and c not in "'’")
    return kept.split()
