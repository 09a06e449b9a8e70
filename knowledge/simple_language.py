"""Whether a Dutch text is simple enough: A2 for all that is said, B1 for "meer uitleg" (more length, rarer words).

It checks form, not truth: a text that passes can still be wrong or cold, so people read it too. Words that may be long,
rare or abbreviated, and texts that may break one rule, are named with a reason in `data/known_words.toml` and
`data/text_exceptions.toml`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

from knowledge.facts import DATA

Kind = Literal[
    "sentences",
    "words",
    "questions",
    "label",
    "long_word",
    "rare_word",
    "no_frequency",
    "abbreviation",
    "passive",
    "formal",
    "subordinate",
    "negations",
    "date",
    "tone",
]
KINDS: tuple[str, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Level:
    """What a text of one level may be: words a sentence, sentences a text, letters of the longest word.

    A word is familiar from the Zipf value `familiar` on (10 to that power times in a billion words); one word a sentence
    may be rarer, down to `rare`. `hard_sentences` is how many sentences a text may have with a passive, two negations or
    a subordinate clause.
    """

    name: Literal["A2", "B1"]
    words: int
    sentences: int
    letters: int
    familiar: float
    rare: float
    hard_sentences: int


A2 = Level("A2", words=10, sentences=4, letters=13, familiar=4.0, rare=3.0, hard_sentences=0)
B1 = Level("B1", words=15, sentences=5, letters=99, familiar=3.5, rare=3.5, hard_sentences=1)
LABEL_WORDS = 4
"""How many words a button may have."""
RENEW = "python tests/support/renew_frequencies.py"
"""The command that looks up the words of new texts; needs the packages for development."""
HARD: frozenset[Kind] = frozenset(("passive", "negations", "subordinate"))
"""What A2 forbids and B1 allows now and then."""
_MORE_ID = re.compile(r"more\.|articles\..*\.more")

_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"”’)]*\s+")
_BULLET = re.compile(r"^\s*(?:[-*•–]|\d+\.)\s+")
_WORD = re.compile(r"\{\w+\}|\w+(?:[-'’.@]\w+)*")
_DOTTED = re.compile(r"\b(?:[a-z]{1,2}\.){2,}|\b(?:bijv|evt|enz|etc|ca|nr|tel|blz|art|incl|excl|resp|mw|dhr)\.|\bt/m\b")
_NUMERIC_DATE = re.compile(r"\b\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})\b|\b\d{4}-\d{2}-\d{2}\b")
_MONTHS = "januari|februari|maart|april|mei|juni|juli|augustus|september|oktober|november|december"
_ODD_DATE = re.compile(
    rf"\b\d{{1,2}}e? (?:jan|feb|mrt|apr|jun|jul|aug|sept?|okt|nov|dec)\b|\b(?:0\d|\d{{1,2}}e) (?:{_MONTHS})\b"
)
_VOWEL = re.compile(r"[aeiouyáéíóúäëïöüàè]")
_PARTICIPLE = re.compile(
    r"(?:aan|af|bij|door|in|mee|na|om|op|over|terug|toe|uit|voor|vast|weg)?(?:ge|be|ver|ont|her)\w{2,}(?:d|t|en)"
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that makes a text hard: what kind, in which sentence, and the words it is about."""

    kind: Kind
    sentence: str
    detail: str


def level_of(text_id: str) -> Level:
    """The level that a text must have by its id: B1 for "more.…" and the "more" of articles, else A2."""
    return B1 if _MORE_ID.match(text_id) else A2


def problems(text: str, level: Level = A2, *, zipf: Mapping[str, float] | None = None) -> tuple[Problem, ...]:
    """Everything that is not simple in a Dutch text; a {place} counts as one word, a line as a sentence.

    How familiar its words are is looked up in `zipf` (`word_frequencies()`), if given.
    """
    parts = sentences(text)
    found = [problem for sentence in parts for problem in _in_sentence(sentence, level)]
    if zipf is not None:
        found += [problem for sentence in parts for problem in _unfamiliar(sentence, level, zipf)]
    excused = tuple(dict.fromkeys(one.sentence for one in found if one.kind in HARD))[: level.hard_sentences]
    found = [one for one in found if one.kind not in HARD or one.sentence not in excused]
    return (*_in_text(parts, level), *found)


def label_problems(label: str) -> tuple[Problem, ...]:
    """The problem of a button with more words than one can take in at a glance."""
    count = len(_WORD.findall(label))
    return (Problem("label", label, f"{count} words"),) if count > LABEL_WORDS else ()


def words(sentence: str) -> tuple[str, ...]:
    """The words of a sentence as they stand there: a {place}, a number and a word with hyphens each count as one."""
    return tuple(_WORD.findall(sentence))


def vocabulary(text: str) -> tuple[str, ...]:
    """The words of a text that have to be familiar: no places, numbers, addresses or known words; split at hyphens."""
    plain = (word.casefold().replace("’", "'") for word in words(text) if _is_word(word))
    parts = (part for word in plain for part in word.split("-"))
    return tuple(part for part in parts if part.replace("'", "").isalpha() and part not in known_words())


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a text, without bullets."""
    lines = (_BULLET.sub("", line) for line in text.splitlines())
    parts = (part.strip() for line in lines for part in _SENTENCE_END.split(line))
    return tuple(part for part in parts if _WORD.search(part))


@cache
def word_frequencies() -> Mapping[str, float]:
    """How familiar the words of our texts are: Zipf values of form or lemma, whichever is higher; see data/README.md."""
    lines = (DATA / "word_frequency.tsv").read_text("utf-8").splitlines()
    return {word: float(zipf) for word, zipf in (line.split("\t") for line in lines)}


@cache
def known_words() -> Mapping[str, str]:
    """Words that may be long, rare or abbreviated, in small letters, with the reason (or the text that explains it)."""
    tables = tomllib.loads((DATA / "known_words.toml").read_text("utf-8"))
    return {word.casefold(): reason for table in tables.values() for word, reason in table.items()}


@cache
def explained_words() -> Mapping[str, str]:
    """The law's words among the known ones, in small letters, with the id of the text that explains each."""
    table = tomllib.loads((DATA / "known_words.toml").read_text("utf-8"))["explained"]
    return {word.casefold(): text_id for word, text_id in table.items()}


@cache
def exceptions() -> Mapping[tuple[str, str], str]:
    """The reason by (text id, kind of problem) for texts that may break one rule."""
    table = tomllib.loads((DATA / "text_exceptions.toml").read_text("utf-8"))
    return {(id, kind): reason for id, kinds in table.items() for kind, reason in kinds.items()}


@cache
def _listed(name: str) -> frozenset[str]:
    """One of the word lists of `data/hard_words.toml`."""
    return frozenset(tomllib.loads((DATA / "hard_words.toml").read_text("utf-8"))[name])


@cache
def _marks() -> tuple[tuple[Kind, re.Pattern[str]], ...]:
    """What is found by its form, wherever it stands in a sentence in small letters."""
    vague = "|".join(sorted(_listed("vague"), key=len, reverse=True))
    return (
        ("abbreviation", _DOTTED),
        ("date", _NUMERIC_DATE),
        ("date", _ODD_DATE),
        ("date", re.compile(rf"\b(?:{vague})\b")),
        ("tone", re.compile(rf"\b(?:{'|'.join(sorted(_listed('cold')))})\w*")),
    )


def _in_text(parts: tuple[str, ...], level: Level) -> Iterator[Problem]:
    """What is wrong with the text as a whole; a question before the last sentence may stand for "if"."""
    if len(parts) > level.sentences:
        yield Problem("sentences", parts[-1], f"{len(parts)} sentences")
    asked = [sentence for sentence in parts if _is_question(sentence)]
    if len(asked) > 1 and asked[-1] == parts[-1]:
        yield Problem("questions", parts[-1], f"{len(asked)} questions")


def _is_question(sentence: str) -> bool:
    return sentence.rstrip('"”’)').endswith("?")


def _unfamiliar(sentence: str, level: Level, zipf: Mapping[str, float]) -> Iterator[Problem]:
    parts = dict.fromkeys(vocabulary(sentence))
    lacking = [part for part in parts if part not in zipf]
    if lacking:
        yield Problem("no_frequency", sentence, f"{', '.join(lacking)}; run {RENEW}")
    rare = {part: zipf[part] for part in parts if zipf.get(part, level.familiar) < level.familiar}
    if len(rare) > 1 or any(value < level.rare for value in rare.values()):
        yield Problem("rare_word", sentence, ", ".join(f"{part} {value:.1f}" for part, value in rare.items()))


def _in_sentence(sentence: str, level: Level) -> Iterator[Problem]:
    found = words(sentence)
    plain = [word.casefold() for word in found]
    if len(found) > level.words:
        yield Problem("words", sentence, f"{len(found)} words")
    for word in found:
        yield from _in_word(sentence, word, level)
    yield from (Problem("formal", sentence, word) for word in plain if word in _listed("formal"))
    yield from (Problem("subordinate", sentence, word) for word in plain if word in _listed("subordinators"))
    for kind, mark in _marks():
        yield from (Problem(kind, sentence, match[0]) for match in mark.finditer(sentence.casefold()))
    negations = [word for word in plain if word in _listed("negations")]
    if len(negations) > 1:
        yield Problem("negations", sentence, " + ".join(negations))
    participle = next((word for word in plain if _is_participle(word)), None)
    if participle and not _listed("worden").isdisjoint(plain):
        yield Problem("passive", sentence, participle)


def _is_word(word: str) -> bool:
    """Places and addresses are no words."""
    return not (word.startswith("{") or "." in word or "@" in word)


def _in_word(sentence: str, word: str, level: Level) -> Iterator[Problem]:
    """Of a word with hyphens each part is one."""
    if not _is_word(word):
        return
    for part in re.split(r"[^\w]+", word):
        if part.casefold() in known_words():
            continue
        if sum(letter.isalpha() for letter in part) > level.letters:
            yield Problem("long_word", sentence, part)
        if _is_abbreviation(part):
            yield Problem("abbreviation", sentence, part)


def _is_abbreviation(part: str) -> bool:
    """Two letters or more, all capitals or no vowel at all, or one that is known."""
    if len(part) < 2 or not part.isalpha():
        return False
    plain = part.casefold()
    return part.isupper() or plain in _listed("abbreviations") or not _VOWEL.search(plain)


def _is_participle(word: str) -> bool:
    return word not in _listed("not_participles") and _PARTICIPLE.fullmatch(word) is not None
