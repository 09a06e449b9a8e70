"""Understands free text: exact commands, then a model of topics and danger, and the danger list beside it.

The model is trained at build time from `examples/`; an answer is "sure" only where that proved right on sentences it
had not seen, else the caller offers a choice or says it does not know. Loaded once, explicitly.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from knowledge.danger import ALWAYS, BY_MODEL, Danger, DangerWords, Kind, Tier, load_danger_words, raised
from knowledge.embedding import Embed, NoEmbedding, load_embedding
from knowledge.example_sentences import DANGER_KINDS, FOLDER, OUT_OF_SCOPE, SAFE
from knowledge.features import TEXT_LIMIT
from knowledge.language_guess import LanguageWords, load_language_words
from knowledge.linear_model import Chances, LinearModel, load_model
from knowledge.numbers_file import damaged
from knowledge.spelling import load_spellings, plain_words

Answer = Literal["sure", "choose", "unknown"]
Mode = Literal["full", "classic"]
Words = tuple[str, ...]

MODELS = FOLDER / "data" / "model"
_CHOICES = 3
_LONG_MESSAGE, _SHORTEST_SENTENCE, _FIRST, _LAST = 12, 3, 5, 3
_LAST_PART, _READ_FOR_DANGER = 300, 1_500
_CLAUSE, _RUN_ON = 6, 24
_OF_A_PART = 0.9
_FAMILIAR = 0.5
_SENTENCE_END = re.compile(r"[.!?;\n\u061f\u06d4\u1362\u1367\u1368]+")
_TIERS: tuple[Tier, ...] = ("red", "amber", "footer")


@dataclass(frozen=True, slots=True)
class Understanding:
    """What a message is about. `score`: the chance of the best topic, 0 to 1.

    `intent`: the best topic, None when unknown, "oos" when it is surely no topic of ours.
    `answer`: act on the intent (`sure`), offer `intents`, the best three (`choose`), or say so (`unknown`). `danger`
    stands beside any answer and goes first. Intent ids are the topics of `examples/`, and `help_now` for a typed
    "help" or "113": the fixed card with numbers. `language`: a guess, or None. `mode`: with the embedding or without.
    """

    intent: str | None
    score: float
    answer: Answer
    intents: tuple[tuple[str, float], ...]
    danger: Danger | None
    language: str | None = None
    mode: Mode = "classic"


@dataclass(frozen=True, slots=True)
class Understander:
    """Everything needed to understand a message. Made by `load_understanding`; safe to share between threads.

    `note` says why the mode is what it is, in words for who runs the service.
    """

    dangers: DangerWords
    spellings: Mapping[str, Words]
    commands: Mapping[Words, str]
    polite: frozenset[str]
    languages: LanguageWords
    model: LinearModel
    embed: Embed | None
    note: str

    @property
    def mode(self) -> Mode:
        """Whether the embedding is used."""
        return "full" if self.embed else "classic"

    def understand(self, text: str) -> Understanding:
        """The topic of the first 600 characters and the danger in all of it: listed words in the first 4,000, learned
        examples in each part of the first 1,500 and the last 300. Any text will do; never raises."""
        listed = self.dangers.find(text)
        words = plain_words(text[:TEXT_LIMIT], self.spellings)
        language = self.languages.guess(text[:TEXT_LIMIT], words)
        command = self.commands.get(words)
        if command:
            return Understanding(command, 1.0, "sure", ((command, 1.0),), listed, language, self.mode)
        views = [self._chances(part) for part in self._parts(text, words)]
        closer = [self._chances(part) for part in self._closer(text, words)]
        danger = raised(listed, self._learned([*views, *closer]))
        if not views or (self.embed is None and self.model.familiar(words) < _FAMILIAR):
            return Understanding(None, 0.0, "unknown", (), danger, language, self.mode)
        return self._answered(views, danger, language)

    def _chances(self, text: str) -> Chances:
        words = without_polite(self.polite, plain_words(text[:TEXT_LIMIT], self.spellings))
        return self.model.chances(words, self.embed(text) if self.embed else None)

    def _parts(self, text: str, words: Words) -> Iterator[str]:
        """The message, and of a long story each sentence as well, also of its end."""
        if not words:
            return
        yield text[:TEXT_LIMIT]
        if len(words) <= _LONG_MESSAGE:
            return
        parts = _sentences(text[:TEXT_LIMIT]) + _sentences(text[TEXT_LIMIT:][-_LAST_PART:])
        if len(parts) > 1:
            yield from parts if len(parts) <= _FIRST + _LAST else (*parts[:_FIRST], *parts[-_LAST:])

    def _closer(self, text: str, words: Words) -> Iterator[str]:
        """What else may hold danger in a long message: the middle of it, and pieces of sentences that do not end."""
        if len(words) <= _LONG_MESSAGE:
            return
        done = {" ".join(_SENTENCE_END.sub(" ", part).split()) for part in self._parts(text, words)}
        shown = (text[:_READ_FOR_DANGER], text[_READ_FOR_DANGER:][-_LAST_PART:])
        yield from dict.fromkeys(piece for part in shown for piece in _clauses(part) if piece not in done)

    def _learned(self, views: list[Chances]) -> Danger | None:
        """What the model sees in any part of the message; without the embedding it misses too much to stay silent."""
        chance, kind = max(((_in_danger(view), _kind(view)) for view in views), default=(0.0, "suicide"))
        tier = next((tier for tier in _TIERS if chance >= self.model.limits[tier]), None)
        if tier:
            return Danger(tier, cast("Kind", kind), BY_MODEL)
        return None if self.embed else Danger("footer", cast("Kind", kind), ALWAYS)

    def _answered(self, views: list[Chances], danger: Danger | None, language: str | None) -> Understanding:
        limits, scores = self.model.limits, _topics(views)
        other = scores.pop(OUT_OF_SCOPE)
        best = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
        topics = tuple((topic, _shown(score)) for topic, score in best[:_CHOICES])
        (first, score), (_, second) = best[:2]
        answer: Answer = "choose"
        if score < limits["choose_score"] or other >= limits["out_of_scope"]:
            answer = "unknown"
        elif score >= limits["sure_score"] and score - max(second, other) >= limits["sure_margin"]:
            answer = "sure"
        intent: str | None = first
        if answer == "unknown":
            intent = OUT_OF_SCOPE if other >= limits["out_of_scope"] else None
        return Understanding(intent, _shown(score), answer, topics, danger, language, self.mode)


def load_understanding(folder: Path = FOLDER, models: Path = MODELS, *, extra: bool = True) -> Understander:
    """Read `words/` in the folder and the trained model; with the extra installed and right, the one that uses it.

    Raises ValueError naming the place in a file that cannot be read, Damaged for a model. `extra=False` leaves the
    embedding out.
    """
    spellings = load_spellings(folder / "words" / "spelling.toml")
    embed, note = None, "the embedding is left out"
    if extra:
        try:
            embed, note = load_embedding(models / "golden.npz"), "the embedding is the known one"
        except NoEmbedding as reason:
            note = str(reason)
    return Understander(
        dangers=load_danger_words(folder / "words"),
        spellings=spellings,
        commands=_read_commands(folder / "words" / "commands.toml", spellings),
        polite=read_polite(folder / "words" / "polite.toml", spellings),
        languages=load_language_words(folder / "words" / "languages.toml"),
        model=_model(models / ("full.npz" if embed else "classic.npz"), embedding=embed is not None),
        embed=embed,
        note=note,
    )


def _model(path: Path, *, embedding: bool) -> LinearModel:
    """The model, with weights for the embedding where one is used, and none else."""
    found = load_model(path)
    if bool(found.embedding) is not embedding:
        raise damaged(path, "made for the other mode")
    return found


def without_polite(polite: frozenset[str], words: Words) -> Words:
    """The words without greetings around them, unless little else is left."""
    rest = tuple(word for word in words if word not in polite)
    return rest if len(words) > 2 and len(rest) > 1 else words


def read_polite(path: Path, spellings: Mapping[str, Words]) -> frozenset[str]:
    """The words around a question that say nothing about it."""
    listed = tomllib.loads(path.read_text("utf-8"))["polite"]
    return frozenset(word for typed in listed for word in plain_words(typed, spellings))


def _read_commands(path: Path, spellings: Mapping[str, Words]) -> Mapping[Words, str]:
    """What each whole message of the list means."""
    table = tomllib.loads(path.read_text("utf-8"))["commands"]
    return {plain_words(typed, spellings): intent for intent, listed in table.items() for typed in listed}


def _sentences(text: str) -> list[str]:
    return [part for part in _SENTENCE_END.split(text) if len(part.split()) >= _SHORTEST_SENTENCE]


def _clauses(text: str) -> Iterator[str]:
    """Sentences, short ones together with the next and long ones cut, each of 6 words or more; the last perhaps fewer."""
    held: list[str] = []
    for sentence in _SENTENCE_END.split(text):
        held += sentence.split()
        while len(held) > _RUN_ON:
            yield " ".join(held[: _RUN_ON // 2])
            held = held[_RUN_ON // 2 :]
        if len(held) >= _CLAUSE:
            yield " ".join(held)
            held = []
    if len(held) >= _SHORTEST_SENTENCE:
        yield " ".join(held)


def _topics(views: list[Chances]) -> dict[str, float]:
    """The chance of each topic where it is no danger: of the whole, or a little less of a part of a long story."""
    whole, *parts = [_without_danger(view) for view in views]
    return {
        topic: max([chance, *(_OF_A_PART * part[topic] for part in parts if topic != OUT_OF_SCOPE)])
        for topic, chance in whole.items()
    }


def _without_danger(view: Chances) -> dict[str, float]:
    topics = {label: chance for label, chance in view.items() if label not in DANGER_KINDS and label != SAFE}
    total = sum(topics.values()) or 1.0
    safe = 1 - _in_danger(view)
    return {topic: safe * chance / total for topic, chance in topics.items()}


def _shown(score: float) -> float:
    """A guess never looks as sure as a command."""
    return min(round(score, 3), 0.999)


def _in_danger(view: Chances) -> float:
    return sum(view[kind] for kind in DANGER_KINDS)


def _kind(view: Chances) -> str:
    return max(DANGER_KINDS, key=lambda kind: view[kind])
