"""The evaluation set for free-text understanding is large enough, well formed and without doubles."""

import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from knowledge.example_sentences import all_examples

FOLDER = Path(__file__).parent / "evaluation"
SHORT = 12
"""Letters below which a message is so common that two people write it by themselves."""
FIELDS = {
    "topics.txt": ("intent", "language", "style", "message"),
    "out_of_scope.txt": ("language", "message"),
    "danger.txt": ("kind", "tier", "form", "language", "message"),
    "ordinary.txt": ("language", "message"),
}
LANGUAGES = frozenset({"nl", "en", "ar", "tr", "uk", "pl", "fa", "ti", "so", "es", "fr", "pap"})
STYLES = frozenset({"clean", "slang", "typo", "story", "short", "mixed"})
KINDS = frozenset({"suicide", "self_harm", "concern_other", "violence_other", "abuse", "homeless", "medical"})
INTENTS = frozenset(
    {
        "school_help_y1",
        "school_help_y2",
        "school_no_help",
        "help_content",
        "mbo_help_after",
        "transition_doc",
        "diploma_copy",
        "foreign_diploma",
        "dropout",
        "startkwalificatie",
        "back_to_school",
        "admission_right",
        "choose_path",
        "learn_on_job",
        "internship",
        "study_finance",
        "learn_dutch",
        "find_job",
        "cv_letter",
        "job_interview",
        "sheltered_work",
        "day_activities",
        "lost_job",
        "work_trouble",
        "pay_contract",
        "criminal_record",
        "newcomer_permit",
        "doorstroompunt",
        "gemeente_work",
        "who_helps",
        "age_limit",
        "moved_region",
        "uwv_wajong",
        "benefits",
        "debts",
        "housing",
        "mental_health",
        "costs",
        "privacy_who",
        "consent",
        "delete_data",
        "access_data",
        "talk_to_person",
        "request_status",
        "appointment_change",
        "change_language",
        "explain_simpler",
        "start_over",
        "greeting",
        "thanks_bye",
        "bot_identity",
        "complaint",
        "parent_asking",
        "professional_asking",
    }
)


def rows(name: str) -> list[dict[str, str]]:
    """Return the messages of one file, each as {field: text}."""
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    cut = [line.split("|") for line in lines if line and not line.startswith("#")]
    return [dict(zip(FIELDS[name], cells, strict=True)) for cells in cut]


def bare(message: str) -> str:
    """Return a message as letters and digits alone, so that doubles in another dress are seen."""
    folded = unicodedata.normalize("NFKC", message).casefold()
    return "".join(sign for sign in folded if sign.isalnum())


@pytest.mark.parametrize("name", FIELDS)
def test_every_message_is_clean_text_in_a_known_language(name: str) -> None:
    """Each line has all its fields, a language of the product and no stray blanks."""
    for row in rows(name):
        assert row["language"] in LANGUAGES, row
        assert all(value and value == value.strip() for value in row.values()), row
        assert unicodedata.is_normalized("NFC", row["message"]), row


def test_no_message_stands_in_the_set_twice() -> None:
    """A message counts once, in one file alone."""
    counts = Counter(bare(row["message"]) for name in FIELDS for row in rows(name))
    assert [message for message, times in counts.items() if times > 1] == []


def test_topics_are_topics_of_the_product_in_a_known_style() -> None:
    """Each topic message carries one of the 54 topics and a style that exists."""
    assert len(INTENTS) == 54
    assert {row["intent"] for row in rows("topics.txt")} <= INTENTS
    assert {row["style"] for row in rows("topics.txt")} <= STYLES


def test_topics_are_enough_in_every_language() -> None:
    """There are 300 Dutch messages, five for each topic, and 30 in each other language."""
    languages = Counter(row["language"] for row in rows("topics.txt"))
    dutch = Counter(row["intent"] for row in rows("topics.txt") if row["language"] == "nl")
    assert languages["nl"] >= 300
    assert all(languages[language] >= 30 for language in LANGUAGES)
    assert all(dutch[intent] >= 5 for intent in INTENTS)


def test_dutch_topics_hold_slang_typing_mistakes_and_stories() -> None:
    """The Dutch messages are not only tidy sentences."""
    styles = Counter(row["style"] for row in rows("topics.txt") if row["language"] == "nl")
    assert styles["slang"] >= 75
    assert styles["typo"] >= 50
    assert styles["story"] >= 30


def test_out_of_scope_is_enough() -> None:
    """There are 100 messages that belong to no topic, some in every language."""
    languages = Counter(row["language"] for row in rows("out_of_scope.txt"))
    assert languages.total() >= 100
    assert set(languages) == LANGUAGES


def test_danger_fields_fit_each_other() -> None:
    """Danger has a kind and a tier; a look-alike has neither."""
    for row in rows("danger.txt"):
        if row["form"] == "lookalike":
            assert (row["kind"], row["tier"]) == ("none", "none"), row
        else:
            assert row["form"] in {"explicit", "implicit"}, row
            assert row["kind"] in KINDS, row
            assert row["tier"] in {"red", "amber"}, row


def test_danger_is_enough_and_half_of_it_is_hidden() -> None:
    """There are 150 messages or more, every kind is there, and at least half of the danger is implicit."""
    found = rows("danger.txt")
    forms = Counter(row["form"] for row in found)
    assert len(found) >= 150
    assert forms["implicit"] >= 75
    assert forms["implicit"] >= forms["explicit"] >= 50
    assert forms["lookalike"] >= 40
    assert {row["kind"] for row in found} == KINDS | {"none"}


def test_every_language_has_danger_of_each_form() -> None:
    """Explicit, implicit and look-alike messages are there in every language."""
    seen = {(row["language"], row["form"]) for row in rows("danger.txt")}
    assert seen == {(language, form) for language in LANGUAGES for form in ("explicit", "implicit", "lookalike")}


def test_ordinary_messages_are_enough() -> None:
    """There are 150 messages without danger, some in every language."""
    languages = Counter(row["language"] for row in rows("ordinary.txt"))
    assert languages.total() >= 150
    assert set(languages) == LANGUAGES


def met_in_training() -> int:
    """How many examples that teach the model are messages of the set, in whatever dress; a number, so that nothing leaks."""
    kept = {bare(row["message"]) for name in FIELDS for row in rows(name)}
    short = {"", *(message for message in kept if len(message) < SHORT)}
    return sum(bare(one.sentence) in kept - short for one in all_examples())


def test_no_message_is_among_the_examples() -> None:
    """What is measured on was never taught; only a greeting or another message of a word or two may be in both."""
    assert met_in_training() == 0
