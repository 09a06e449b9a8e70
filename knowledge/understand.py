"""Understands free text: exact commands, then likeness to example sentences, and danger beside it.

The topics and their sentences are `examples/<language>.txt`; an answer is "sure" only where that proved right on
sentences kept apart, else the caller offers a choice or says it does not know. Loaded once, explicitly.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal

from knowledge.danger import Danger, DangerWords, load_danger_words
from knowledge.spelling import load_spellings, plain_words

Answer = Literal["sure", "choose", "unknown"]
Words = tuple[str, ...]
Scores = Mapping[str, float]

FOLDER = Path(__file__).parent
OUT_OF_SCOPE = "oos"
TEXT_LIMIT = 600
# Chosen by five-fold cross-validation over the examples: 97 % of "sure" is right, 1 % of out-of-scope is "sure".
SURE_SCORE, SURE_MARGIN, CHOOSE_SCORE = 0.25, 0.18, 0.10
_NEIGHBOURS = (1.0, 0.5, 0.25)
_PIECES = (3, 5)
_REPEATED_WORD, _RARITY_FLOOR = 2, 0.3
_LONG_MESSAGE, _SHORTEST_SENTENCE, _SENTENCES = 12, 3, 8
_SENTENCE_END = re.compile(r"[.!?;\n]+")


@dataclass(frozen=True, slots=True)
class Understanding:
    """What a message is about. `score`: its likeness to the best topic, 0 to 1.

    `intent`: the best topic, None when unknown, "oos" when it is surely no topic of ours.

    `answer`: act on the intent (`sure`), offer `intents`, the best three (`choose`), or say so (`unknown`). `danger`
    stands beside any answer and goes first. Intent ids are the topics of `examples/`, and `help_now` for a typed
    "help" or "113": the fixed card with numbers.
    """

    intent: str | None
    score: float
    answer: Answer
    intents: tuple[tuple[str, float], ...]
    danger: Danger | None


@dataclass(frozen=True, slots=True)
class Understander:
    """Everything needed to understand a message. Made by `load_understanding`; safe to share between threads."""

    dangers: DangerWords
    spellings: Mapping[str, Words]
    commands: Mapping[Words, str]
    polite: frozenset[str]
    topics: Topics

    def understand(self, text: str) -> Understanding:
        """The topic of the first 600 characters and the danger in the first 4,000. Any text will do; never raises."""
        danger = self.dangers.find(text)
        short = text[:TEXT_LIMIT]
        words = plain_words(short, self.spellings)
        command = self.commands.get(words)
        if command:
            return Understanding(command, 1.0, "sure", ((command, 1.0),), danger)
        return _answered(self._scores(short, words), danger)

    def _scores(self, text: str, words: Words) -> Scores:
        """The likeness to each topic; of a long story, each sentence counts on its own as well."""
        scores = self.topics.scores(_without(self.polite, words))
        if len(words) <= _LONG_MESSAGE:
            return scores
        for sentence in _SENTENCE_END.split(text)[:_SENTENCES]:
            part = _without(self.polite, plain_words(sentence, self.spellings))
            if _SHORTEST_SENTENCE <= len(part) < len(words):
                alone = self.topics.scores(part)
                scores = {topic: max(score, alone[topic]) for topic, score in scores.items()}
        return scores


@dataclass(frozen=True, slots=True)
class Topics:
    """Example sentences as weighted features (word, word pair, 3 or 5 letters), indexed by feature."""

    topic_of: tuple[str, ...]
    weight_of: Mapping[str, float]
    new_weight: float
    examples_with: Mapping[str, list[tuple[int, float]]]
    centre_length: Mapping[str, float]

    def scores(self, words: Words) -> Scores:
        """For each topic the mean of the likeness to its nearest examples and to its centre, each a cosine, 0 to 1."""
        likeness = [0.0] * len(self.topic_of)
        for feature, weight in _vector(_features(words), self.weight_of, self.new_weight):
            for example, its_weight in self.examples_with.get(feature, ()):
                likeness[example] += weight * its_weight
        near: dict[str, list[float]] = {topic: [] for topic in self.centre_length}
        for topic, value in zip(self.topic_of, likeness, strict=True):
            if value:
                near[topic].append(value)
        return {topic: self._score(topic, values) for topic, values in near.items()}

    def _score(self, topic: str, values: list[float]) -> float:
        nearest = sorted(values, reverse=True)[: len(_NEIGHBOURS)]
        by_example = sum(value * share for value, share in zip(nearest, _NEIGHBOURS, strict=False)) / sum(_NEIGHBOURS)
        # The centre is the sum of the examples, so the likeness to it is the sum of the likenesses over its length.
        return (by_example + sum(values) / self.centre_length[topic]) / 2


def load_understanding(folder: Path = FOLDER) -> Understander:
    """Read `words/` and `examples/` in the folder. Raises ValueError naming the place in a file that cannot be read."""
    spellings = load_spellings(folder / "words" / "spelling.toml")
    table = tomllib.loads((folder / "words" / "commands.toml").read_text("utf-8"))
    polite = frozenset(word for listed in table["polite"] for word in plain_words(listed, spellings))
    commands = {
        plain_words(typed, spellings): intent for intent, listed in table["commands"].items() for typed in listed
    }
    examples = [
        (topic, _without(polite, plain_words(sentence, spellings)))
        for path in sorted((folder / "examples").glob("*.txt"))
        for topic, sentence in read_examples(path)
    ]
    return Understander(load_danger_words(folder / "words"), spellings, commands, polite, _topics(examples))


def read_examples(path: Path) -> Iterator[tuple[str, str]]:
    """Each (topic, sentence) of a file with `## topic` lines and a sentence a line under them."""
    topic = None
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("## "):
            topic = line.removeprefix("## ").strip()
        elif line.strip():
            if topic is None:
                raise ValueError(f"{path.name}: a sentence before the first topic: {line!r}")
            yield topic, line.strip()


def _answered(scores: Scores, danger: Danger | None) -> Understanding:
    best = sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:4]
    topics = tuple((topic, round(score, 3)) for topic, score in best if topic != OUT_OF_SCOPE)[:3]
    (first, score), (_, second) = best[0], best[1]
    sure = score >= SURE_SCORE and score - second >= SURE_MARGIN
    if first == OUT_OF_SCOPE or score < CHOOSE_SCORE:
        return Understanding(OUT_OF_SCOPE if sure else None, round(score, 3), "unknown", topics, danger)
    return Understanding(first, round(score, 3), "sure" if sure else "choose", topics, danger)


def _topics(examples: Iterable[tuple[str, Words]]) -> Topics:
    counted = [(topic, _features(words)) for topic, words in examples]
    weight_of, new_weight = _rarity(counted)
    examples_with: dict[str, list[tuple[int, float]]] = {}
    centres: dict[str, dict[str, float]] = {}
    for number, (topic, features) in enumerate(counted):
        centre = centres.setdefault(topic, {})
        for feature, weight in _vector(features, weight_of, new_weight):
            examples_with.setdefault(feature, []).append((number, weight))
            centre[feature] = centre.get(feature, 0.0) + weight
    lengths = {topic: math.hypot(*centre.values()) for topic, centre in centres.items()}
    return Topics(tuple(topic for topic, _ in counted), weight_of, new_weight, examples_with, lengths)


def _rarity(counted: list[tuple[str, Counter[str]]]) -> tuple[Mapping[str, float], float]:
    """How much a feature tells: the fewer topics it is in, the more; and the weight of one never seen."""
    number_of = {topic: number for number, topic in enumerate(dict.fromkeys(topic for topic, _ in counted))}
    seen_in: dict[str, int] = {}
    for topic, features in counted:
        bit = 1 << number_of[topic]
        for feature in features:
            seen_in[feature] = seen_in.get(feature, 0) | bit
    weights = [_RARITY_FLOOR + math.log((1 + len(number_of)) / topics) for topics in range(1, len(number_of) + 1)]
    return {feature: weights[bits.bit_count() - 1] for feature, bits in seen_in.items()}, weights[0]


def _vector(features: Counter[str], weight_of: Scores, new_weight: float) -> list[tuple[str, float]]:
    """The features with weights, of length 1."""
    known = weight_of.get
    weights = [(1 + math.log(count)) * known(name, new_weight) for name, count in features.items()]
    length = math.hypot(*weights) or 1.0
    return [(name, weight / length) for name, weight in zip(features, weights, strict=True)]


def _features(words: Words) -> Counter[str]:
    """How often each feature is in the words: a word and a pair count double, each piece of 3 or 5 letters once."""
    features: Counter[str] = Counter()
    for word in words:
        features.update(_pieces(word))
        features[f"w {word}"] += _REPEATED_WORD
    for pair in pairwise(words):
        features["w {} {}".format(*pair)] += _REPEATED_WORD
    return features


def _pieces(word: str) -> list[str]:
    framed = f" {word} "
    return [framed[at : at + size] for size in _PIECES for at in range(len(framed) - size + 1)]


def _without(polite: frozenset[str], words: Words) -> Words:
    """The words without greetings around them, unless little else is left."""
    rest = tuple(word for word in words if word not in polite)
    return rest if len(words) > 2 and len(rest) > 1 else words
