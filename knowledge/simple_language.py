"""Whether a Dutch text is simple enough (A2): short sentences, familiar forms, nothing an unsure reader trips over.

It checks form, not truth: a text that passes can still be wrong or cold, so people read it too. Words that may be long
or abbreviated, and texts that may break one rule, are named with a reason in `data/known_words.toml` and
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
    "sentences", "words", "long_word", "abbreviation", "passive", "formal", "subordinate", "negations", "date", "tone"
]
KINDS: tuple[str, ...] = get_args(Kind)

WORDS_PER_SENTENCE = 10
SENTENCES_PER_TEXT = 4
_LONG = 14

_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"”’)]*\s+")
_BULLET = re.compile(r"^\s*(?:[-*•–]|\d+\.)\s+")
_WORD = re.compile(r"\{\w+\}|\w+(?:[-'’.@]\w+)*")
_DOTTED = re.compile(r"\b(?:[a-z]{1,2}\.){2,}|\b(?:bijv|evt|enz|etc|ca|nr|tel|blz|art|incl|excl|resp|mw|dhr)\.|\bt/m\b")
_NUMERIC_DATE = re.compile(r"\b\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})\b|\b\d{4}-\d{2}-\d{2}\b")
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


def problems(text: str) -> tuple[Problem, ...]:
    """Everything that is not simple in a Dutch text; a {place} counts as one word, a line as a sentence."""
    parts = sentences(text)
    found = [problem for sentence in parts for problem in _in_sentence(sentence)]
    if len(parts) > SENTENCES_PER_TEXT:
        found.insert(0, Problem("sentences", parts[-1], f"{len(parts)} sentences"))
    return tuple(found)


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a text, without bullets."""
    lines = (_BULLET.sub("", line) for line in text.splitlines())
    parts = (part.strip() for line in lines for part in _SENTENCE_END.split(line))
    return tuple(part for part in parts if _WORD.search(part))


@cache
def known_words() -> Mapping[str, str]:
    """Words that may be long or abbreviated, in small letters, with the reason."""
    table = tomllib.loads((DATA / "known_words.toml").read_text("utf-8"))
    return {word.casefold(): reason for word, reason in table.items()}


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
        ("date", re.compile(rf"\b(?:{vague})\b")),
        ("tone", re.compile(rf"\b(?:{'|'.join(sorted(_listed('cold')))})\w*")),
    )


def _in_sentence(sentence: str) -> Iterator[Problem]:
    words = _WORD.findall(sentence)
    plain = [word.casefold() for word in words]
    if len(words) > WORDS_PER_SENTENCE:
        yield Problem("words", sentence, f"{len(words)} words")
    for word in words:
        yield from _in_word(sentence, word)
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


def _in_word(sentence: str, word: str) -> Iterator[Problem]:
    """Places and addresses are no words; of a word with hyphens each part is one."""
    if word.startswith("{") or "." in word or "@" in word:
        return
    for part in re.split(r"[^\w]+", word):
        if part.casefold() in known_words():
            continue
        if sum(letter.isalpha() for letter in part) >= _LONG:
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
