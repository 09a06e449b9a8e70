"""The benchmark of understanding reads both sets of messages, measures every figure it has a target for, and trains on none."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from backend.benchmarks.understanding import _OTHERS, TARGETS, Messages, measure, read_messages
from backend.training.limits import choose_limits
from backend.training.noise import noisy, typing_mistakes
from knowledge.example_sentences import DANGER_KINDS, all_examples
from knowledge.understand import load_understanding


def test_every_target_has_its_figure() -> None:
    """One mode measured on a few messages gives each figure that a target names, shares between 0 and 1."""
    topics = [["find_job", language, "clean", "ik zoek werk"] for language in ("nl", *_OTHERS)]
    danger = [
        ["suicide", "red", "explicit", "nl", "ik wil dood"], ["abuse", "red", "implicit", "nl", "thuis is het mis"],
        ["none", "none", "lookalike", "nl", "ik lach me dood"],
    ]  # fmt: skip
    figures = measure(load_understanding(extra=False), Messages(topics, danger, ["asdf"], ["ik zoek werk"]))
    wanted = {key.removeprefix("full_") for key in TARGETS} - {"resident_mb"}
    assert wanted <= set(figures)
    assert figures["danger_explicit_red"] == 1
    assert all(-1 <= value <= 1 for key, value in figures.items() if not key.endswith("_ms"))


def test_messages_are_read_from_the_evaluation_set(tmp_path: Path) -> None:
    """Each file of the set in its own shape, comments left out, a part of it when small."""
    folder = tmp_path / "evaluation"
    folder.mkdir()
    (folder / "topics.txt").write_text("# set\n" + "find_job|nl|clean|ik zoek werk\n" * 100, "utf-8")
    (folder / "danger.txt").write_text("abuse|red|implicit|nl|thuis mis\n", "utf-8")
    (folder / "out_of_scope.txt").write_text("nl|hoi jij\n", "utf-8")
    (folder / "ordinary.txt").write_text("en|i need a job\n", "utf-8")
    found = read_messages(tmp_path)
    assert (len(found.topics), found.topics[0][3]) == (100, "ik zoek werk")
    assert found.danger[0][4] == "thuis mis"
    assert (found.out_of_scope, found.ordinary) == (["hoi jij"], ["i need a job"])
    assert len(read_messages(tmp_path, small=True).topics) == 50


def test_no_measured_message_is_trained_on() -> None:
    """No message of the set is among the examples, topics or danger."""
    examples = {one.sentence.casefold().strip("?!. ") for one in all_examples()}
    messages = read_messages()
    apart = [row[3] for row in messages.topics] + messages.out_of_scope + messages.ordinary
    assert [text for text in apart if text.casefold().strip("?!. ") in examples] == []


def test_noise_is_the_same_each_time() -> None:
    """Slips depend on the sentence alone, so that the same files give the same model, and words stay words."""
    sentence = "Ik wil niet dat mijn school dit weet"
    assert noisy(sentence, "nl", 1) == noisy(sentence, "nl", 1) != noisy(sentence, "nl", 2)
    assert typing_mistakes("", 2, "x") == ""
    assert typing_mistakes("1 2", 2, "x") == "1 2"
    assert typing_mistakes(sentence, 2, "x") != sentence


def test_limits_follow_from_what_was_not_seen() -> None:
    """Where a model is right, much is sure and danger stands out; the limits are stricter for the more urgent tier."""
    labels = ("oos", "find_job", "housing", "debts", "costs", *DANGER_KINDS, "safe")
    wanted = np.arange(400) % len(labels)
    chances = np.full((400, len(labels)), 0.002) + np.linspace(0, 0.001, 400)[:, None]
    chances[np.arange(400), wanted] = 0.95
    chances /= chances.sum(axis=1, keepdims=True)
    limits, figures = choose_limits(chances, wanted, labels, "full")
    assert limits["red"] >= limits["amber"] >= limits["footer"]
    assert figures["right_at_once"] > 0.9
    assert figures["danger_red"] == 1
    assert figures["wrong"] == 0
