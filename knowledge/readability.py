"""How easily our Dutch texts read, in figures: Flesch-Douma, LIX, words a sentence, and how many sentences pass the check.

The formulas only show a trend (short words and sentences score well whatever they say); the check is the gate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from math import floor
from statistics import fmean

from knowledge.simple_language import A2, B1, HARD, Level, level_of, problems, sentences, word_frequencies, words
from locales import source_texts

FOR_STAFF = ("desk", "drawing", "errors")
"""The files of `locales/nl` that no young person reads (the desk and its features, drawings for
editors); all others have to be simple."""
CONVERSATION = ("articles", "dialogs", "danger", "explanation", "facts", "more", "questions", "rights")
"""The files of `locales/nl` that the conversation speaks from."""
_VOWELS = re.compile(
    r"aai|ooi|oei|eeu|ieu|aa|ee|oo|uu|ie|oe|eu|ui|ei|ij|ou|au|ai|oi|[aeiouyáàâäéèêëíìîïóòôöúùûü]", re.IGNORECASE
)
_SENTENCE_MARKS = frozenset(".!?…")
_PLACE_SYLLABLES = 2
"""What a {place} counts for: about the mean of what is put there (dates and names)."""
_LONG_IN_LIX = 7
OF_THE_WHOLE = frozenset(("sentences", "questions", "label"))
"""Kinds of problems that are a whole text's, not one sentence's."""


def syllables(word: str) -> int:
    """The syllables of a Dutch word: its groups of vowels, where "ie", "eu", "aai" … are one sound and "ë" starts a new one.

    A word without vowels ("tv") and a number count as one.
    """
    return _PLACE_SYLLABLES if word.startswith("{") else max(1, len(_VOWELS.findall(word)))


def flesch_douma(text: str) -> float:
    """Ease of reading: 206.84 - 0.77 x syllables a 100 words - 0.93 x words a sentence; 80 and up is easy (Douma, 1960).

    Raises ZeroDivisionError for a text without words.
    """
    parts = [words(sentence) for sentence in sentences(text)]
    count = sum(map(len, parts))
    spoken = sum(syllables(word) for part in parts for word in part)
    return 206.84 - 0.77 * 100 * spoken / count - 0.93 * count / len(parts)


def lix(text: str) -> float:
    """Words a sentence plus the percentage of words of more than six letters; under 25 is easy (Björnsson, 1968)."""
    parts = [words(sentence) for sentence in sentences(text)]
    count = sum(map(len, parts))
    long = sum(len(word) >= _LONG_IN_LIX and not word.startswith("{") for part in parts for word in part)
    return count / len(parts) + 100 * long / count


def for_persons(texts: Mapping[str, str]) -> dict[str, str]:
    """The texts that young people read."""
    return {id: text for id, text in texts.items() if id.partition(".")[0].partition("_")[0] not in FOR_STAFF}


def figures(texts: Mapping[str, str] | None = None) -> dict[str, float]:
    """The readability of all Dutch texts (or of `texts`, by id), by name; no figure about texts that are not there.

    `*_passing_percent` counts a sentence that has an exception as not passing. The formulas are about the sentences of
    the conversation and its articles at A2, without labels; `*_mean` is the mean over texts (of words: over sentences).
    """
    read = for_persons(source_texts() if texts is None else texts)
    levels = [{id: text for id, text in read.items() if level_of(id) is level} for level in (A2, B1)]
    passing = [
        [one for text in own.values() for one in _passing(text, level)]
        for own, level in zip(levels, (A2, B1), strict=True)
    ]
    spoken = [text for id, text in levels[0].items() if _is_said(id, text)]
    means = {
        **_mean("b1_hard_sentences_percent", [100.0 * one for text in levels[1].values() for one in _hard(text)]),
        **_mean("flesch_douma_mean", [flesch_douma(text) for text in spoken]),
        **_mean("lix_mean", [lix(text) for text in spoken]),
        **_mean("words_per_sentence_mean", [float(len(words(one))) for text in spoken for one in sentences(text)]),
    }
    return {**_passed("a2", passing[0]), **_passed("b1", passing[1])} | {
        name: round(value, 1) for name, value in means.items()
    }


def _is_said(id: str, text: str) -> bool:
    """Whether a text is whole sentences of the conversation, and no label or part of a sentence."""
    return id.partition(".")[0] in CONVERSATION and text.rstrip()[-1:] in _SENTENCE_MARKS


def _passing(text: str, level: Level) -> Iterator[bool]:
    wrong = {one.sentence for one in problems(text, level, zipf=word_frequencies()) if one.kind not in OF_THE_WHOLE}
    return (sentence not in wrong for sentence in sentences(text))


def _hard(text: str) -> Iterator[bool]:
    """Of each sentence, whether it has what A2 forbids and B1 allows now and then."""
    hard = {one.sentence for one in problems(text, A2) if one.kind in HARD}
    return (sentence in hard for sentence in sentences(text))


def _passed(level: str, passing: Sequence[bool]) -> dict[str, float]:
    """Rounded down: one sentence that does not pass is never 100 %."""
    if not passing:
        return {}
    percent = floor(1000 * sum(passing) / len(passing)) / 10
    return {f"{level}_sentences_passing_percent": percent, f"{level}_sentences_not_passing": passing.count(False)}


def _mean(name: str, values: Sequence[float]) -> dict[str, float]:
    return {name: fmean(values)} if values else {}
