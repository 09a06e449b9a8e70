"""Promises about the danger list: listed words are seen however they are typed, and look-alikes are left alone."""

from __future__ import annotations

import re
import time
from functools import cache
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.danger import TEXT_LIMIT, Danger, DangerWords, Kind, load_danger_words, raised
from knowledge.example_sentences import FOLDER, read_examples
from locales import source_texts

HERE = Path(__file__).parent
HIDDEN = "\0\N{ZERO WIDTH SPACE}\N{ZERO WIDTH JOINER}\N{SOFT HYPHEN}\N{BYTE ORDER MARK}\x07"


def rows(name: str) -> list[list[str]]:
    """The `a|b|c` lines of a file beside this test."""
    lines = (HERE / name).read_text("utf-8").splitlines()
    return [line.split("|", 2) for line in lines if line and not line.startswith("#")]


DANGERS = [row for row in rows("danger_messages.txt") if row[0] != "safe"]
SAFE = [message for kind, _, message in rows("danger_messages.txt") if kind == "safe"]
ORDINARY = [sentence for path in sorted(FOLDER.glob("examples/*.txt")) for _, sentence in read_examples(path)]
RED = [
    ("ik wil dood", "suicide"),
    ("wil niet meer leven", "suicide"),
    ("ik denk aan zelfmoord", "suicide"),
    ("ik snij mezelf", "self_harm"),
    ("mijn vader slaat mij", "abuse"),
    ("bang om naar huis te gaan", "abuse"),
    ("ik slaap op straat", "homeless"),
    ("i want to die", "suicide"),
    ("يضربني", "abuse"),
    ("می‌خواهم بمیرم", "suicide"),
    ("ክመውት እደሊ", "suicide"),
]
AS_TYPED = [
    "IK WIL DOOOOD", "ik w1l d00d", "wil nie meer leven", "wil nimeer leven", "z3lfmoord", "zelfmoort", "zelf moord",
    "zelf-moord", "z e l f m o o r d", "zlfmoord", "zelfmoodr plegen", "kms", "k m s",
    "ｉｋ ｗｉｌ ｄｏｏｄ", "ïk wíl dóód", "ik wil\ndood", "i dont wanna live anymore", "i don’t want to live",
    "suïcide", "می خواهم بمیرم", "میخواهم بمیرم", "б’є мене", "CHCĘ UMRZEĆ",
]  # fmt: skip
MILDER = [
    "ik denk niet aan zelfmoord", "mijn oom heeft zelfmoord gepleegd", "werkstuk over zelfmoord", "ik wil niet dood",
    "mijn stiefvader sloeg me vroeger", "ik was dakloos", "i am not suicidal",
    "het heeft geen zin meer", "ik kan niet meer",
]  # fmt: skip


@cache
def shipped() -> DangerWords:
    """The danger list as it ships."""
    return load_danger_words(FOLDER / "words")


@pytest.fixture
def words() -> DangerWords:
    """The danger list as it ships."""
    return shipped()


@pytest.mark.parametrize(("kind", "language", "message"), DANGERS)
def test_every_listed_message_is_seen(words: DangerWords, kind: str, language: str, message: str) -> None:
    """Each message of the danger set, in twelve languages, gives help or a question; the explicit ones give help."""
    found = words.find(message)
    assert found is not None
    assert found.tier == "red"


@pytest.mark.parametrize(("message", "kind"), RED)
def test_the_kind_decides_which_number_is_shown(words: DangerWords, message: str, kind: str) -> None:
    """An explicit phrase is red, with the kind that leads to the right number, and names listed words only."""
    found = words.find(message)
    assert found is not None
    assert (found.tier, found.kind) == ("red", kind)


@pytest.mark.parametrize("message", AS_TYPED)
def test_the_way_of_typing_hides_nothing(words: DangerWords, message: str) -> None:
    """Slang, typing mistakes, digits for letters, wide letters, loose letters and accents do not hide red words."""
    found = words.find(message)
    assert found is not None
    assert found.tier == "red"


@pytest.mark.parametrize("message", MILDER)
def test_past_denial_and_vague_words_lead_to_a_question(words: DangerWords, message: str) -> None:
    """What may be over, denied or meant lightly is asked about, not answered with an alarm."""
    found = words.find(message)
    assert found is not None
    assert found.tier == "amber"


def test_look_alikes_and_ordinary_messages_raise_no_alarm(words: DangerWords) -> None:
    """None of the look-alikes and example questions is red; at most 3 % lead to a question."""
    found = {message: words.find(message) for message in (*SAFE, *ORDINARY)}
    assert len(SAFE) >= 60
    assert [message for message, danger in found.items() if danger and danger.tier == "red"] == []
    amber = [message for message, danger in found.items() if danger]
    assert len(amber) <= 0.03 * len(found)
    assert len([message for message in SAFE if words.find(message)]) <= 0.03 * len(SAFE)


def test_a_look_alike_does_not_cover_for_real_danger(words: DangerWords) -> None:
    """A figure of speech takes away its own hit only, not one elsewhere in the message."""
    found = words.find("haha ik lach me dood. nee echt, ik wil dood")
    assert found == Danger("red", "suicide", "wil dood")


def test_the_reason_is_the_list_not_the_message(words: DangerWords) -> None:
    """The reason holds listed words alone, so that it can be kept where the message may not."""
    found = words.find("mijn buurvrouw Samira zei: ga naar huis, maar ik wil vandaag nog dood zijn")
    assert found is not None
    assert found.why == "wil .. dood zijn"


def test_all_of_a_long_message_is_read(words: DangerWords) -> None:
    """Danger at the end of a long story is seen up to the limit of a message."""
    story = "Ik heb een vraag over mijn stage. " * 120
    assert words.find(story[: TEXT_LIMIT - 12] + " ik wil dood") is not None


@pytest.mark.parametrize(
    "filling", ["ik wil ", "mijn vader ", "a", " ", "\0", "ik\u200b", "z3", "kms ", "lach me dood "]
)
def test_hostile_length_costs_little(words: DangerWords, filling: str) -> None:
    """A hundred kilobytes of anything are dealt with in well under a second of processor time."""
    before = time.thread_time()
    words.find(filling * (100_000 // len(filling)))
    assert time.thread_time() - before < 1


@given(message=st.sampled_from([message for message, _ in RED]), data=st.data())
def test_hidden_characters_hide_nothing(message: str, data: st.DataObject) -> None:
    """Control and zero-width characters put anywhere in a listed phrase, and doubled spaces, leave it red."""
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(message)))
        message = message[:at] + data.draw(st.sampled_from(HIDDEN)) + message[at:]
    found = shipped().find(message.replace(" ", "  "))
    assert found is not None
    assert found.tier == "red"


@given(message=st.sampled_from([message for message, _ in RED]), hidden=st.sampled_from(HIDDEN))
def test_hidden_characters_for_spaces_hide_nothing(message: str, hidden: str) -> None:
    """A control or zero-width character in the place of each space leaves a phrase red."""
    found = shipped().find(message.replace(" ", hidden))
    assert found is not None
    assert found.tier == "red"


@pytest.mark.parametrize(
    ("entry", "named"),
    [
        ('tier = "red"\nkind = "suicide"\nphrases = ["(ik) dood"]', r"\(ik\) dood"),
        ('tier = "red"\nkind = "suicide"\nphrases = ["wil (dood|er-niet-zijn)"]', "er-niet-zijn"),
        ('tier = "pink"\nkind = "suicide"\nphrases = ["wil dood"]', "pink"),
    ],
)
def test_a_broken_entry_is_named(tmp_path: Path, entry: str, named: str) -> None:
    """A phrase or tier that cannot be read stops the start and is named, so that no danger word is lost silently."""
    (tmp_path / "spelling.toml").write_text("[spellings]\n", "utf-8")
    (tmp_path / "danger.toml").write_text(f"keywords = []\nnot_keywords = []\n[groups]\n[[danger]]\n{entry}\n", "utf-8")
    with pytest.raises(ValueError, match=named):
        load_danger_words(tmp_path)


LISTED = Danger("amber", "suicide", "kan niet meer")
RAISING = [
    (None, None, None),
    (LISTED, None, LISTED),
    (None, Danger("footer", "abuse", "model"), Danger("footer", "abuse", "model")),
    (LISTED, Danger("footer", "abuse", "model"), LISTED),
    (LISTED, Danger("red", "abuse", "model"), Danger("red", "abuse", "kan niet meer, model")),
    (Danger("amber", "suicide", "wil niet dood", softened=True), Danger("red", "suicide", "model"),
     Danger("amber", "suicide", "wil niet dood", softened=True)),
]  # fmt: skip


@pytest.mark.parametrize(("listed", "learned", "told"), RAISING)
def test_a_model_only_raises(listed: Danger | None, learned: Danger | None, told: Danger | None) -> None:
    """A model makes a danger more urgent, never less, and does not make red what was denied or is past."""
    assert raised(listed, learned) == told


NUMBER = re.compile(r"\b(?:0[89]\d\d-?\d+|11[23])\b")
CHECKED = {"112", "113", "0800-0113", "0800-2000", "0800-0432"}
WHO_FIRST: dict[str, str] = {
    "suicide": "113", "self_harm": "112", "concern_other": "112", "violence_other": "112", "abuse": "112",
    "homeless": "112", "medical": "112",
}  # fmt: skip


def test_each_answer_starts_with_who_to_call() -> None:
    """Every kind of danger has a fixed answer, and its first line is a number to call that was checked."""
    texts = source_texts()
    assert set(WHO_FIRST) == set(get_args(Kind))
    for kind, number in WHO_FIRST.items():
        assert number in NUMBER.findall(texts[f"danger.red.{kind}"].splitlines()[0])


def test_only_checked_numbers_and_no_hours_are_shown() -> None:
    """No number outside the checked list is in any safety text, nor an opening hour, and the card holds them all."""
    said = {id: text for id, text in source_texts().items() if id.startswith("danger.")}
    assert {number for text in said.values() for number in NUMBER.findall(text)} <= CHECKED
    assert set(NUMBER.findall(said["danger.card"])) == CHECKED
    assert not [id for id, text in said.items() if re.search(r"\b\d{1,2}(:\d\d)? ?uur\b|24/7", text)]


def test_safety_texts_are_short_sentences() -> None:
    """No sentence in a safety text is longer than ten words, because who is in panic reads little."""
    for id, text in source_texts().items():
        if id.startswith("danger."):
            assert all(len(sentence.split()) <= 10 for sentence in re.split(r"[.!?:]\s|\n", text)), id
