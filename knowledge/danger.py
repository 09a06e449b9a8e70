"""Sees words that may mean danger in a message: listed phrases and their harmless look-alikes, then what a model says.

The list is `words/danger.toml`; list and model both miss things, so no text may promise that danger is noticed and the
"Nu hulp" button stays everywhere. Matching walks the words once, without regular expressions over the phrase list.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from knowledge.spelling import folded, has_hidden, load_spellings, plain_words

Tier = Literal["red", "amber", "footer"]
Kind = Literal["suicide", "self_harm", "concern_other", "violence_other", "abuse", "homeless", "medical"]
Mild = Literal["benign", "ordinary", "softer"]
Words = tuple[str, ...]

TEXT_LIMIT = 4_000
BY_MODEL, ALWAYS = "model", "always"
_LISTED_TIERS = ("red", "amber")
_GAP_LIMIT = 3
_SHORTEST_KEYWORD, _LONGEST_KEYWORD, _SHORTEST_STEM = 7, 20, 2
_PART = re.compile(r"\([^()]*\)\??|\S+")
# Who needs help first when several kinds are named (rulebook §10: acute, suicide, violence, the rest).
_FIRST: Mapping[str, int] = {
    kind: place
    for place, kind in enumerate(
        ("suicide", "medical", "self_harm", "abuse", "violence_other", "concern_other", "homeless")
    )
}


@dataclass(frozen=True, slots=True)
class Danger:
    """What may be wrong. `red`: show help at once; `amber`: ask first; `footer`: one line under the answer.

    `why`: the listed words that hit, `model` where learned examples say so, or `always` where nothing was seen but no
    model looks along that could. `softened`: the words were denied, past or homework, and no model makes it red.
    """

    tier: Tier
    kind: Kind
    why: str
    softened: bool = False


def raised(listed: Danger | None, learned: Danger | None) -> Danger | None:
    """The more urgent of what is listed and what a model says; a model makes nothing milder, and no denial red."""
    if listed is None or learned is None:
        return listed or learned
    if listed.softened or _tier(listed) <= _tier(learned):
        return listed
    return Danger(learned.tier, learned.kind, f"{listed.why}, {learned.why}")


@dataclass(frozen=True, slots=True)
class Element:
    """One place in a phrase: the plain words that fit with the words as listed, stems, and whether it may be empty."""

    words: Mapping[str, str]
    stems: tuple[tuple[str, str], ...] = ()
    optional: bool = False
    gap: bool = False

    def fits(self, word: str) -> str | None:
        """The listed word that this word is, or None."""
        found = self.words.get(word)
        if found is None:
            found = next((listed for stem, listed in self.stems if word.startswith(stem)), None)
        return found


@dataclass(frozen=True, slots=True)
class Phrase:
    """A listed phrase and what a hit means: a danger, or words that make one milder (see the top of `danger.toml`)."""

    elements: tuple[Element, ...]
    meaning: Danger | Mild


@dataclass(frozen=True, slots=True)
class Hit:
    """Where a phrase was found, from word `start` up to word `end`, and the listed words that were found."""

    phrase: Phrase
    start: int
    end: int
    listed: Words

    def covers(self, other: Hit) -> bool:
        """Whether this is the longer phrase around the other: it says more exactly what is meant."""
        return self.start <= other.start and other.end <= self.end and self.end - self.start > other.end - other.start

    def overlaps(self, other: Hit) -> bool:
        """Whether the two share a word."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class DangerWords:
    """The whole list, indexed by first word. Made by `load_danger_words`."""

    spellings: Mapping[str, Words]
    by_word: Mapping[str, tuple[Phrase, ...]]
    by_stem: Mapping[str, tuple[Phrase, ...]]
    keywords: frozenset[str]
    not_keywords: frozenset[str]
    near_keywords: Mapping[str, str]

    def find(self, text: str) -> Danger | None:
        """The most urgent danger named in the first 4,000 characters, or None. Never raises."""
        shown = text[:TEXT_LIMIT]
        found = [self._find(plain_words(shown, self.spellings))]
        if has_hidden(shown):
            found.append(self._find(plain_words(shown, self.spellings, hidden=" ")))
        return min((danger for danger in found if danger), key=_urgency, default=None)

    def _find(self, words: Words) -> Danger | None:
        hits = list(self._hits(self._corrected(words)))
        milder = {mild: [hit for hit in hits if hit.phrase.meaning == mild] for mild in get_args(Mild)}
        dangers = [
            (hit, _danger(hit.phrase.meaning, hit, any(map(hit.overlaps, milder["softer"]))))
            for hit in hits
            if isinstance(hit.phrase.meaning, Danger)
        ]
        dangers.sort(key=lambda found: _urgency(found[1]))
        for hit, danger in dangers:
            harmless = milder["benign"] + (milder["ordinary"] if danger.tier == "amber" else [])
            said_better = any(other.covers(hit) and _tier(longer) <= _tier(danger) for other, longer in dangers)
            if not said_better and not any(map(hit.overlaps, harmless)):
                return danger
        return None

    def _hits(self, words: Words) -> Iterator[Hit]:
        for start, word in enumerate(words):
            for phrase in self._starting_with(word):
                found = _match(phrase.elements, words, start)
                if found is not None:
                    yield Hit(phrase, start, *found)

    def _starting_with(self, word: str) -> Iterator[Phrase]:
        yield from self.by_word.get(word, ())
        for length in range(_SHORTEST_STEM, len(word) + 1):
            yield from self.by_stem.get(word[:length], ())

    def _corrected(self, words: Words) -> Words:
        """The words with one typing mistake in a keyword, or a space inside it, repaired."""
        corrected: list[str] = []
        for word in words:
            joined = corrected[-1] + word if corrected else ""
            if joined in self.keywords:
                corrected[-1] = joined
            else:
                corrected.append(self._keyword_near(word))
        return tuple(corrected)

    def _keyword_near(self, word: str) -> str:
        if not _SHORTEST_KEYWORD <= len(word) <= _LONGEST_KEYWORD or word in self.not_keywords or word in self.by_word:
            return word
        return next((self.near_keywords[near] for near in (word, *_shorter(word)) if near in self.near_keywords), word)


def load_danger_words(folder: Path) -> DangerWords:
    """Read `danger.toml` and `spelling.toml` from the folder; raises ValueError naming a phrase that cannot be read."""
    spellings = load_spellings(folder / "spelling.toml")
    table = tomllib.loads((folder / "danger.toml").read_text("utf-8"))
    phrases = _phrases(table, _PhraseReader(spellings, table["groups"]))
    keywords = [folded(word) for word in table["keywords"]]
    long_keywords = [word for word in keywords if len(word) >= _SHORTEST_KEYWORD]
    return DangerWords(
        spellings,
        _index(phrases, lambda element: element.words),
        _index(phrases, lambda element: [stem for stem, _ in element.stems]),
        frozenset(keywords),
        frozenset(map(folded, table["not_keywords"])),
        {near: word for word in long_keywords for near in (*_shorter(word), word)},
    )


@dataclass(frozen=True, slots=True)
class _PhraseReader:
    """Reads the phrase notation of `danger.toml`."""

    spellings: Mapping[str, Words]
    groups: Mapping[str, str]

    def read(self, listed: str) -> tuple[Element, ...]:
        """The places of a phrase; raises ValueError when it is empty or starts with something that may be absent."""
        elements = tuple(element for part in _PART.findall(self._filled(listed)) for element in self._elements(part))
        if not elements or elements[0].optional or elements[0].gap:
            # A phrase is found by its first word; "(a) b" adds nothing to "b".
            raise ValueError(f"danger.toml: a phrase must start with a word: {listed!r}")
        return elements

    def _filled(self, listed: str) -> str:
        for _ in range(2):
            for name, words in self.groups.items():
                listed = listed.replace(f"<{name}>", words)
        return listed

    def _elements(self, part: str) -> list[Element]:
        if part == "..":
            return [Element({}, gap=True)]
        choices = part.removesuffix("?").strip("()").split("|")
        optional = part.startswith("(") and (part.endswith("?") or len(choices) == 1)
        if len(choices) == 1 and not choices[0].endswith("*"):
            return [Element({word: choices[0]}, (), optional) for word in plain_words(choices[0], self.spellings)]
        stems = [(plain, choice) for choice in choices if choice.endswith("*") for plain in self._plain(choice[:-1])]
        words = {plain: choice for choice in choices if not choice.endswith("*") for plain in self._plain(choice)}
        return [Element(words, tuple(stems), optional)]

    def _plain(self, choice: str) -> Words:
        plain = plain_words(choice, self.spellings)
        if len(plain) != 1:
            raise ValueError(f"danger.toml: one word per choice: {choice!r}")
        return plain


def _phrases(table: Mapping[str, Any], reader: _PhraseReader) -> list[Phrase]:
    found: list[Phrase] = []
    for group in table["danger"]:
        if group["tier"] not in _LISTED_TIERS or group["kind"] not in get_args(Kind):
            raise ValueError(f"danger.toml: unknown tier or kind: {group['tier']} {group['kind']}")
        meaning = Danger(group["tier"], group["kind"], "")
        found += (Phrase(reader.read(form), meaning) for listed in group["phrases"] for form in _forms(listed))
    for mild in get_args(Mild):
        listed_mild = (listed for group in table[mild] for listed in group["phrases"])
        found += (Phrase(reader.read(form), mild) for listed in listed_mild for form in _forms(listed))
    return found


def _forms(listed: str) -> set[str]:
    """A phrase with a zero-width non-joiner (Persian) is also typed without it and with a space."""
    return {listed, listed.replace("\N{ZERO WIDTH NON-JOINER}", " ")}


def _index(phrases: Iterable[Phrase], keys: Callable[[Element], Iterable[str]]) -> Mapping[str, tuple[Phrase, ...]]:
    index: dict[str, list[Phrase]] = {}
    for phrase in phrases:
        for key in keys(phrase.elements[0]):
            index.setdefault(key, []).append(phrase)
    return {key: tuple(found) for key, found in index.items()}


def _shorter(word: str) -> Iterator[str]:
    return (word[:place] + word[place + 1 :] for place in range(len(word)))


def _match(elements: tuple[Element, ...], words: Words, at: int) -> tuple[int, Words] | None:
    """The place after the last word and the listed words, when the elements fit the words from `at`; else None."""
    if not elements:
        return at, ()
    first, rest = elements[0], elements[1:]
    if first.gap:
        ends = (_match(rest, words, at + skipped) for skipped in range(_GAP_LIMIT + 1))
        found = next((end for end in ends if end), None)
        return found and (found[0], ("..", *found[1]))
    listed = first.fits(words[at]) if at < len(words) else None
    if listed is not None and (found := _match(rest, words, at + 1)):
        return found[0], (listed, *found[1])
    return _match(rest, words, at) if first.optional else None


def _danger(meaning: Danger, hit: Hit, softer: bool) -> Danger:
    return Danger("amber" if softer else meaning.tier, meaning.kind, " ".join(hit.listed), softer)


def _tier(danger: Danger) -> int:
    return get_args(Tier).index(danger.tier)


def _urgency(danger: Danger) -> tuple[int, int]:
    return _tier(danger), _FIRST[danger.kind]
