"""`verder benchmark understanding`: free text and danger, with and without the extra, beside plain letters, in one run.

The messages are never used for training: `tests/knowledge/evaluation/*.txt`, or until those are there the sentences
kept apart in `tests/knowledge/understanding_heldout.txt`. Each mode runs in a process of its own, to weigh it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from backend.benchmarks.process import resident_bytes
from backend.benchmarks.report import Target, report
from backend.training.noise import typing_mistakes
from knowledge.danger import ALWAYS
from knowledge.example_sentences import DANGER_KINDS, OUT_OF_SCOPE, all_examples
from knowledge.understand import Understander, Understanding, load_understanding

TESTS = Path(__file__).parents[2] / "tests" / "knowledge"
_SEED = 7
_SMALL = 40
_OTHERS = ("en", "ar", "tr", "uk", "pl", "fa", "ti", "so", "es", "fr", "pap")
_TIERS = ("red", "amber", "footer")

TARGETS: dict[str, Target] = {
    "full_nl_within_one_tap": (0.92, "min"),
    **{f"full_{code}_within_one_tap": (0.88, "min") for code in _OTHERS},
    "full_all_wrong": (0.02, "max"),
    "full_out_of_scope_wrong": (0.03, "max"),
    "full_danger_any": (0.99, "min"),
    "full_danger_red_or_amber": (0.93, "min"),
    "full_danger_implicit_red_or_amber": (0.87, "min"),
    "full_ordinary_red": (0.02, "max"),
    "full_ordinary_any": (0.20, "max"),
    "full_p50_ms": (30, "max"),
    "full_resident_mb": (250, "max"),
}


_Message = TypeVar("_Message")


@dataclass(frozen=True, slots=True)
class Messages:
    """What is measured on: (topic, language, style, message), (kind, tier, form, language, message), plain messages."""

    topics: list[list[str]]
    danger: list[list[str]]
    out_of_scope: list[str]
    ordinary: list[str]


def main(*, small: bool) -> int:
    """Runs it and prints the report; 0 also when a target is missed, since the report says so."""
    figures: dict[str, float] = {}
    for mode in ("classic", "full"):
        _tell(f"understanding, {mode}")
        command = [sys.executable, "-m", "backend.benchmarks.understanding", mode, *(["small"] if small else [])]
        measured = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        figures |= {f"{mode}_{key}": value for key, value in json.loads(measured.stdout).items()}
    _tell("plain letters")
    figures |= {f"plain_{key}": value for key, value in _plain_letters(read_messages(small=small)).items()}
    print(report("understanding", _SEED, figures, TARGETS))
    return 0


def read_messages(folder: Path = TESTS, *, small: bool = False) -> Messages:
    """The evaluation set, or the sentences kept apart."""
    evaluation = folder / "evaluation"
    if not evaluation.is_dir():
        kept = _rows(folder / "understanding_heldout.txt", 3)
        topics = [[row[0], row[1], "clean", row[2]] for row in kept if row[0] != OUT_OF_SCOPE]
        dangers = [row for row in _rows(folder / "danger_messages.txt", 3) if row[0] != "safe"]
        found = Messages(
            topics,
            [[kind, "red", "explicit", language, message] for kind, language, message in dangers],
            [row[2] for row in kept if row[0] == OUT_OF_SCOPE],
            [row[3] for row in topics],
        )
    else:
        found = Messages(
            _rows(evaluation / "topics.txt", 4),
            _rows(evaluation / "danger.txt", 5),
            [row[-1] for row in _rows(evaluation / "out_of_scope.txt", 2)],
            [row[-1] for row in _rows(evaluation / "ordinary.txt", 2)],
        )
    if not small:
        return found
    return Messages(_some(found.topics), _some(found.danger), _some(found.out_of_scope), _some(found.ordinary))


def _some(messages: list[_Message]) -> list[_Message]:
    """Every so many-th, spread over the file."""
    return messages[:: max(1, len(messages) // _SMALL)]


def measure(understander: Understander, messages: Messages) -> dict[str, float]:
    """Every figure of one mode, shares between 0 and 1."""
    taken: list[float] = []

    def understood(texts: Iterable[str]) -> list[Understanding]:
        found = []
        for text in texts:
            before = time.perf_counter()
            found.append(understander.understand(text))
            taken.append(time.perf_counter() - before)
        return found

    meant = [row[0] for row in messages.topics]
    answers = understood(row[3] for row in messages.topics)
    figures = _answered("all", meant, answers)
    for language in dict.fromkeys(row[1] for row in messages.topics):
        mine = [at for at, row in enumerate(messages.topics) if row[1] == language]
        figures |= _answered(language, [meant[at] for at in mine], [answers[at] for at in mine])
        figures[f"{language}_language_guessed"] = _share(answers[at].language == language for at in mine)
    for style in dict.fromkeys(row[2] for row in messages.topics):
        mine = [at for at, row in enumerate(messages.topics) if row[2] == style]
        figures |= _answered(f"style_{style}", [meant[at] for at in mine], [answers[at] for at in mine])
    figures["out_of_scope_wrong"] = _share(one.answer == "sure" for one in understood(messages.out_of_scope))
    figures |= _dangers(messages, understood(row[4] for row in messages.danger))
    figures |= _alarms("ordinary", understood(messages.ordinary))
    ordered = sorted(taken)
    figures |= {"p50_ms": ordered[len(ordered) // 2] * 1000, "p99_ms": ordered[int(len(ordered) * 0.99)] * 1000}
    for count in (1, 2):
        mistyped = understood(typing_mistakes(row[3], count, str(_SEED)) for row in messages.topics)
        lost = figures["all_within_one_tap"] - _answered("all", meant, mistyped)["all_within_one_tap"]
        figures[f"lost_by_{count}_typing_mistakes"] = lost
    return figures


def _answered(name: str, meant: Sequence[str], answers: Sequence[Understanding]) -> dict[str, float]:
    pairs = list(zip(meant, answers, strict=True))
    at_once = _share(one.answer == "sure" and one.intent == topic for topic, one in pairs)
    offered = _share(one.answer == "choose" and topic in dict(one.intents) for topic, one in pairs)
    return {
        f"{name}_right_at_once": at_once,
        f"{name}_within_one_tap": at_once + offered,
        f"{name}_wrong": _share(one.answer == "sure" and one.intent != topic for topic, one in pairs),
        f"{name}_lost": _share(one.answer == "unknown" for _, one in pairs),
    }


def _dangers(messages: Messages, answers: Sequence[Understanding]) -> dict[str, float]:
    """Shares of real danger, and of each tier, form and language; kinds outside the list are look-alikes."""
    groups: dict[str, list[Understanding]] = {}
    for (kind, tier, form, language, _message), one in zip(messages.danger, answers, strict=True):
        real = ("danger", *(f"danger_{part}" for part in (form, f"of_tier_{tier}", f"in_{language}")))
        names = real if kind in DANGER_KINDS else ("look_alikes",)
        for name in names:
            groups.setdefault(name, []).append(one)
    return {key: value for name, group in groups.items() for key, value in _alarms(name, group).items()}


def _alarms(name: str, answers: Sequence[Understanding]) -> dict[str, float]:
    tiers = [one.danger.tier if one.danger and one.danger.why != ALWAYS else None for one in answers]
    return {
        f"{name}_red": _share(tier == "red" for tier in tiers),
        f"{name}_red_or_amber": _share(tier in ("red", "amber") for tier in tiers),
        f"{name}_any": _share(tier in _TIERS for tier in tiers),
    }


def _plain_letters(messages: Messages) -> dict[str, float]:
    """Logistic regression on letters alone, trained on the same examples, top one and top three."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-untyped] # has no types
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped] # has no types

    examples = [one for one in all_examples() if one.label not in DANGER_KINDS and one.label != "safe"]
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=2, sublinear_tf=True)
    rows = letters.fit_transform(one.sentence for one in examples)
    model = LogisticRegression(C=10, max_iter=100).fit(rows, [one.label for one in examples])
    order = (-model.predict_proba(letters.transform(row[3] for row in messages.topics))).argsort(axis=1)
    ranked = [[str(model.classes_[at]) for at in one[:3]] for one in order]
    figures = {}
    for language in ("all", *dict.fromkeys(row[1] for row in messages.topics)):
        mine = [at for at, row in enumerate(messages.topics) if language in ("all", row[1])]
        figures[f"{language}_first"] = _share(messages.topics[at][0] == ranked[at][0] for at in mine)
        figures[f"{language}_within_one_tap"] = _share(messages.topics[at][0] in ranked[at] for at in mine)
    return figures


def _rows(path: Path, parts: int) -> list[list[str]]:
    lines = path.read_text("utf-8").splitlines()
    return [line.split("|", parts - 1) for line in lines if line.strip() and not line.startswith("#")]


def _share(found: Iterable[bool] | Iterator[bool]) -> float:
    all_found = list(found)
    return sum(all_found) / len(all_found) if all_found else 0.0


def _tell(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def _measure_here(mode: str, *, small: bool) -> None:
    before = time.perf_counter()
    understander = load_understanding(extra=mode == "full")
    seconds = time.perf_counter() - before
    if understander.mode != mode:
        _tell(understander.note)
        print("{}")
        return
    figures = measure(understander, read_messages(small=small))
    figures |= {"seconds_to_load": seconds, "resident_mb": resident_bytes() / 1e6}
    print(json.dumps(figures))


if __name__ == "__main__":
    _measure_here(sys.argv[1], small="small" in sys.argv[2:])
