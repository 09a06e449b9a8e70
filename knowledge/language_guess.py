"""Guesses the language of a message from its script and its little words; no guess is better than a wrong one."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from knowledge.spelling import plain_words

_SCRIPTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("\u0600", "\u06ff", ("ar", "fa")),
    ("\u0750", "\u077f", ("ar", "fa")),
    ("\u1200", "\u139f", ("ti",)),
    ("\u0400", "\u04ff", ("uk",)),
)
_NAMES_ARE_LATIN = 3  # Dutch names of schools and offices stand inside sentences in other scripts
_LATIN = ("nl", "en", "tr", "pl", "so", "es", "fr", "pap")


@dataclass(frozen=True, slots=True)
class LanguageWords:
    """For each word the languages it is a little word of, and letters that only one language uses."""

    languages_of: Mapping[str, frozenset[str]]
    letters: Mapping[str, frozenset[str]]

    def guess(self, text: str, words: Sequence[str]) -> str | None:
        """The code of the language of a text and its plain words, or None on a tie or without any sign."""
        possible = _by_script(text)
        if len(possible) == 1:
            return possible[0]
        for language in possible:
            if self.letters.get(language, frozenset()).intersection(text):
                return language
        counts = {language: sum(language in self.languages_of.get(word, ()) for word in words) for language in possible}
        best = max(counts.values())
        leading = [language for language, count in counts.items() if count == best]
        return leading[0] if best and len(leading) == 1 else None


def load_language_words(path: Path) -> LanguageWords:
    """The word lists in a TOML file with `[words]` and `[letters]`."""
    table = tomllib.loads(path.read_text("utf-8"))
    languages_of: dict[str, frozenset[str]] = {}
    for language, listed in table["words"].items():
        for word in plain_words(listed, {}):
            languages_of[word] = languages_of.get(word, frozenset()) | {language}
    return LanguageWords(languages_of, {language: frozenset(letters) for language, letters in table["letters"].items()})


def _by_script(text: str) -> tuple[str, ...]:
    """The languages of the script that most letters are in."""
    counts = {possible: 0 for _, _, possible in _SCRIPTS}
    latin = 0
    for char in text:
        script = next((possible for first, last, possible in _SCRIPTS if first <= char <= last), None)
        if script:
            counts[script] += 1
        else:
            latin += char.isalpha()
    most = max(counts, key=lambda possible: counts[possible])
    return most if counts[most] * _NAMES_ARE_LATIN > latin else _LATIN
