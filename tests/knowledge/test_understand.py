"""Promises about free text: how often the answer is right, how fast, and that nothing a person types breaks it."""

from __future__ import annotations

import importlib.util
import socket
import time
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge import embedding
from knowledge.embedding import GOLDEN_TEXTS, PACKAGE, WEIGHTS, NoEmbedding, check_answers, load_embedding
from knowledge.example_sentences import FOLDER, OUT_OF_SCOPE, read_examples
from knowledge.numbers_file import read_numbers
from knowledge.understand import MODELS, Understander, Understanding, load_understanding

HERE = Path(__file__).parent
MODES = [
    "classic",
    pytest.param(
        "full", marks=pytest.mark.skipif(not importlib.util.find_spec(PACKAGE), reason="the extra nlu is not installed")
    ),
]
COMMANDS = [
    ("help", "help_now"), ("HULP NU!!", "help_now"), ("sos", "help_now"), ("112", "help_now"), ("113", "help_now"),
    ("0800-0113", "help_now"),
    ("menu", "start_over"), ("Stop.", "start_over"), ("hoi", "greeting"), ("Heyyyy", "greeting"),
    ("hallo!", "greeting"), ("dankjewel", "thanks_bye"), ("Dank je wel!", "thanks_bye"), ("doei", "thanks_bye"),
    ("مرحبا", "greeting"), ("türkçe", "change_language"),
]  # fmt: skip
HOSTILE = [
    "", " ", "👋", "?!", "\0", "\ud800", "9" * 10_000, "ا" * 5_000, "x " * 5_000, "a. " * 5_000, "\u202e" * 700,
]  # fmt: skip
IMPLICIT = [
    ("nl", "als ik er straks niet meer ben heeft niemand meer last van me"),
    ("en", "they would all be happier if i was gone for good"),
    ("tr", "ben olmasam herkes daha rahat olur"),
    ("pl", "beze mnie wszystkim byłoby lepiej"),
    ("es", "todos estarian mejor si yo no existiera"),
]


@cache
def shipped(mode: str = "classic") -> Understander:
    """What ships, loaded once a mode."""
    found = load_understanding(FOLDER, extra=mode == "full")
    assert found.mode == mode, found.note
    return found


@cache
def heldout(mode: str) -> tuple[tuple[str, str, Understanding], ...]:
    """(intent, message, what was understood) for each sentence kept apart from the examples."""
    lines = (HERE / "understanding_heldout.txt").read_text("utf-8").splitlines()
    rows = [line.split("|", 2) for line in lines if line and not line.startswith("#")]
    return tuple((intent, message, shipped(mode).understand(message)) for intent, _, message in rows)


def in_scope(mode: str) -> list[tuple[str, Understanding]]:
    """(intent, what was understood) for the sentences kept apart that have a topic."""
    return [(intent, found) for intent, _, found in heldout(mode) if intent != OUT_OF_SCOPE]


@pytest.mark.parametrize("mode", MODES)
def test_sure_is_right(mode: str) -> None:
    """Of what is kept apart and answered straight away, at least 95 % gets the right topic."""
    sure = [(intent, found) for intent, found in in_scope(mode) if found.answer == "sure"]
    assert len(sure) >= {"full": 0.6, "classic": 0.2}[mode] * len(in_scope(mode))
    assert sum(found.intent == intent for intent, found in sure) >= 0.95 * len(sure)


@pytest.mark.parametrize("mode", MODES)
def test_one_tap_solves_most(mode: str) -> None:
    """With the extra 94 % get the right topic straight away or among the three offered; 78 % without it."""
    solved = [
        intent in ([found.intent] if found.answer == "sure" else [topic for topic, _ in found.intents])
        for intent, found in in_scope(mode)
        if found.answer != "unknown"
    ]
    assert sum(solved) >= {"full": 0.94, "classic": 0.78}[mode] * len(in_scope(mode))


@pytest.mark.parametrize("mode", MODES)
def test_other_subjects_are_not_answered(mode: str) -> None:
    """At most 3 % of what is no topic is answered straight away, most is "I do not know"."""
    others = [found for intent, _, found in heldout(mode) if intent == OUT_OF_SCOPE]
    assert len(others) >= 15
    assert sum(found.answer == "sure" for found in others) <= 0.03 * len(others)
    assert sum(found.answer == "unknown" for found in others) >= {"full": 0.75, "classic": 0.5}[mode] * len(others)
    surely = [found for found in others if found.answer == "unknown" and found.intent]
    assert {found.intent for found in surely} == {OUT_OF_SCOPE}


def test_what_was_kept_apart_stays_apart() -> None:
    """No sentence kept apart is among the examples, so that the shares above mean something."""
    examples = {sentence.casefold().strip("?!. ") for _, sentence in _examples()}
    kept = heldout("classic")
    assert [message for _, message, _ in kept if message.casefold().strip("?!. ") in examples] == []
    assert len(kept) >= 60


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("typed", "intent"), COMMANDS)
def test_a_command_needs_no_guessing(typed: str, intent: str, mode: str) -> None:
    """A word that is a command alone is sure, in any spelling; typing "help" or "113" leads to the fixed help card."""
    found = shipped(mode).understand(typed)
    assert (found.intent, found.answer, found.danger) == (intent, "sure", None)


def test_every_topic_has_enough_examples() -> None:
    """Each topic has at least twelve Dutch sentences and three in every other language."""
    least = {"nl": 12}
    paths = sorted(FOLDER.glob("examples/*.txt"))
    assert len(paths) == 12
    for path in paths:
        topics = [topic for topic, _ in read_examples(path)]
        assert len(set(topics) - {OUT_OF_SCOPE}) == 54
        assert min(topics.count(topic) for topic in topics) >= least.get(path.stem, 3), path.name


def test_danger_stands_beside_a_topic() -> None:
    """A question with danger in it, also after the part that is read for topics, still brings the danger along."""
    found = shipped().understand("Ik zoek een kamer. " * 40 + "Mijn vader slaat mij.")
    assert found.danger is not None
    assert (found.danger.tier, found.danger.kind) == ("red", "abuse")


@pytest.mark.skipif(not importlib.util.find_spec(PACKAGE), reason="the extra nlu is not installed")
@pytest.mark.parametrize(("language", "message"), IMPLICIT)
def test_danger_between_the_lines_is_seen_with_the_extra(language: str, message: str) -> None:
    """Words that nobody listed still bring help or a question, in several languages; also at the end of a long story."""
    for text in (message, "Ik zoek werk in de zorg. " * 40 + message):
        found = shipped("full").understand(text)
        assert found.danger is not None
        assert found.danger.tier in ("red", "amber")


@pytest.mark.skipif(not importlib.util.find_spec(PACKAGE), reason="the extra nlu is not installed")
@pytest.mark.parametrize("mark", [". ", " en ook "])
def test_danger_in_the_middle_of_a_long_story_is_seen_with_the_extra(mark: str) -> None:
    """Sentences are read one by one, and pieces of a story that never ends a sentence, whatever stands around them."""
    around = ["ik loop stage bij een bakker", "mijn fiets is oud", "het was een leuke week", "ja"] * 4
    story = mark.join([*around, "niemand zal me missen als ik er morgen niet meer ben", *around, "ok doei"])
    found = shipped("full").understand(story)
    assert found.danger is not None
    assert found.danger.tier in ("red", "amber")
    calm = shipped("full").understand(mark.join(around)).danger
    assert calm is None or calm.tier == "footer"


def test_without_the_extra_help_is_always_one_line_away() -> None:
    """Without the embedding every guessed answer carries the line on help, and says that nothing was seen."""
    found = shipped().understand("hoe schrijf ik een sollicitatiebrief")
    assert found.danger is not None
    assert (found.danger.tier, found.danger.why) == ("footer", "always")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_to_understand_is_never_answered(text: str, mode: str) -> None:
    """Empty, wordless and endless texts are not taken for a sure topic, and wordless ones are unknown."""
    found = shipped(mode).understand(text)
    assert found.answer != "sure"
    assert any(char.isalnum() for char in text) or (found.intent, found.answer) == (None, "unknown")


@given(st.text(max_size=300) | st.text(alphabet="ik wildood.\0\u200b\u0301zelfm0rd", max_size=300))
def test_any_text_will_do(text: str) -> None:
    """Whatever is typed, an answer comes: at most three topics, best first, and a topic unless unknown."""
    found = shipped().understand(text)
    assert len(found.intents) <= 3
    assert [score for _, score in found.intents] == sorted((score for _, score in found.intents), reverse=True)
    assert (found.intent in (None, OUT_OF_SCOPE)) == (found.answer == "unknown")
    assert all(0 <= score <= 1 for _, score in found.intents)


def test_the_part_of_a_long_story_that_asks_is_found() -> None:
    """In a long story the sentence with the question counts on its own."""
    story = (
        "Ik woon bij mijn tante in een dorp met mijn hond. Het was een drukke zomer met veel regen en vakantie. "
        "Ik ben mijn diploma kwijt. Verder gaat alles zijn gang en mijn tante kookt elke dag."
    )
    found = shipped().understand(story)
    assert "diploma_copy" in dict(found.intents)
    assert shipped().understand(story.replace(".", "")).answer != "sure"


@pytest.mark.parametrize("mode", MODES)
def test_a_huge_text_costs_little_more_than_a_long_one(mode: str) -> None:
    """Of a text of 120,000 signs only the part that counts is worked on: in processor time far less than thirty times that
    of one of 4,000."""
    sentence = "ik heb een vraag over school. "

    def cost(text: str) -> float:
        before = time.thread_time()
        shipped(mode).understand(text)
        return time.thread_time() - before

    long, huge = (min(cost(sentence * times) for _ in range(3)) for times in (133, 4_000))
    assert huge < 10 * max(long, 0.02)


def test_without_the_extra_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the package is not installed, the classic mode works and the note says why."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    found = load_understanding(FOLDER)
    assert (found.mode, found.note) == ("classic", "the extra nlu is not installed")
    assert found.understand("ik zoek werk").mode == "classic"


@pytest.mark.skipif(not importlib.util.find_spec(PACKAGE), reason="the extra nlu is not installed")
def test_the_installed_extra_is_the_known_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real weights and their answers are the known ones, and neither loading nor using them opens a socket."""
    monkeypatch.setattr(socket, "socket", lambda *_: pytest.fail("a socket was opened"))
    assert len(load_embedding(MODELS / "golden.npz")("ik zoek werk")) == 384


class Engine:
    """Stands in for the embedding's engine: answers known texts with the golden numbers, shifted."""

    shift = 0.0

    def __init__(self, **_where: Any) -> None:
        self.known = read_numbers(MODELS / "golden.npz")["vectors"]

    def query(self, text: str) -> Any:
        """A vector with `tolist`."""
        texts = [embedding.bare_text(one) for one in GOLDEN_TEXTS]
        at = texts.index(text) * 384 if text in texts else 0
        numbers = list(self.known[at : at + 384])
        return SimpleNamespace(tolist=lambda: [numbers[0] + Engine.shift, *numbers[1:]])


@pytest.fixture
def extra(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A package folder with weights that are taken for the known ones, and an engine that answers well."""
    (tmp_path / WEIGHTS).write_bytes(b"weights")
    monkeypatch.setattr(embedding, "WEIGHTS_SHA256", embedding._sha256(tmp_path / WEIGHTS))
    monkeypatch.setattr(Engine, "shift", 0.0)
    monkeypatch.setattr(embedding.importlib, "import_module", lambda _name: SimpleNamespace(E5=Engine))
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda _name: SimpleNamespace(origin=str(tmp_path / "__init__.py"))
    )
    return tmp_path


def test_with_the_extra_the_full_mode_is_used(extra: Path) -> None:
    """Known weights with known answers give the full mode, whose danger has no line for all."""
    found = load_understanding(FOLDER)
    assert (found.mode, found.note) == ("full", "the embedding is the known one")
    assert found.understand("hallo daar, ik zoek werk").mode == "full"
    danger = found.understand("???").danger
    assert danger is None


def test_other_weights_are_not_used(extra: Path) -> None:
    """Weights that are not the known ones are not even loaded."""
    (extra / WEIGHTS).write_bytes(b"other")
    found = load_understanding(FOLDER)
    assert (found.mode, found.note) == ("classic", "the weights are not the known ones")


def test_other_answers_are_not_used(extra: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that answers known texts otherwise is not used."""
    monkeypatch.setattr(Engine, "shift", 0.5)
    found = load_understanding(FOLDER)
    assert (found.mode, found.note) == ("classic", "the embedding of known texts differs")
    with pytest.raises(NoEmbedding, match="differs"):
        check_answers(lambda _text: [0.0] * 384, MODELS / "golden.npz")
    with pytest.raises(NoEmbedding, match="differs"):
        check_answers(lambda _text: [1.0] * 3, MODELS / "golden.npz")


def test_an_engine_that_does_not_start_is_not_used(extra: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that is broken, or without weights, leads to the classic mode, with the reason."""

    def broken(_name: str) -> Any:
        raise ImportError("no engine")

    monkeypatch.setattr(embedding.importlib, "import_module", broken)
    assert load_understanding(FOLDER).note == "the embedding cannot be loaded: ImportError"
    (extra / WEIGHTS).unlink()
    assert load_understanding(FOLDER).note == "the embedding cannot be loaded: FileNotFoundError"


def _examples() -> list[tuple[str, str]]:
    return [example for path in sorted(FOLDER.glob("examples/*.txt")) for example in read_examples(path)]
