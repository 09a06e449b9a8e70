"""Languages and catalogues: finds them, loads them, and says a text in a language.

Dutch is the source: `locales/nl` holds every sentence under an id. Each other language is a folder with a gettext
catalogue whose `msgctxt` is that id and whose `msgid` is the Dutch sentence, so that a changed Dutch sentence no longer
finds its translation and falls back to Dutch until somebody renews it. This package is the only reader of `.po` files.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

from babel import Locale
from babel.dates import format_date

from locales.compiled import read_catalogue

SOURCE = "nl"
_VITAL = ("danger.", "dialogs.start.", "dialogs.menu.", "dialogs.request.", "dialogs.forget.")
"""Safety, consent and menu: a language that lacks one of these is not offered yet."""
_FOLDER = Path(__file__).parent
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
"""Letters of Hebrew and Arabic scripts."""

Direction = Literal["ltr", "rtl"]


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence by its id, with the values for its {places}: words, numbers, dates, or another Text.

    Equal Texts say the same; nothing is looked up before `Language.say`.
    """

    id: str
    values: tuple[tuple[str, object], ...] = ()

    @classmethod
    def of(cls, id: str, **values: object) -> Text:
        """A Text with named values, in a fixed order so that it can be compared and hashed."""
        return cls(id, tuple(sorted(values.items())))

    @classmethod
    def verbatim(cls, words: str) -> Text:
        """Words that are the same in every language: a name, an address, a person's own words."""
        return cls("", (("words", words),))


@dataclass(frozen=True, slots=True)
class Month:
    """A month of no particular year, 1 to 12, as a value of a text."""

    number: int


class Untranslated(LookupError):
    """A text that a language does not have (yet)."""


@dataclass(frozen=True)
class Language:
    """One language: its code, its name in its own script, its direction, and its sentences by id."""

    code: str
    name: str
    direction: Direction
    texts: Mapping[str, str]

    def say(self, text: Text) -> str:
        """The sentence in this language; raises `Untranslated` when this language lacks it."""
        if not text.id:
            return str(text.values[0][1])
        try:
            template = self.texts[text.id]
        except KeyError:
            raise Untranslated(f"{self.code}: {text.id}") from None
        if not text.values:
            return template
        values = {name: self._value(value) for name, value in text.values}
        if self.direction == "rtl" and _RIGHT_TO_LEFT.search(template):
            values = {name: _isolated(value) for name, value in values.items()}
        return template.format(**values)

    def has(self, texts: Iterable[Text]) -> bool:
        """Whether this language can say all of these texts, so that an answer is never half translated."""
        return all(
            (not text.id or text.id in self.texts)
            and self.has(value for _, value in text.values if isinstance(value, Text))
            for text in texts
        )

    def _value(self, value: object) -> str:
        match value:
            case Text():
                return self.say(value)
            case date():
                return format_date(value, "d MMMM y", locale=self.code)
            case Month(number):
                return format_date(date(2000, number, 1), "LLLL", locale=self.code)
            case (int(year), int(month)):
                return format_date(date(year, month, 1), "LLLL y", locale=self.code)
            case _:
                return str(value)


@cache
def source_texts() -> Mapping[str, str]:
    """Every Dutch sentence by id, from `locales/nl`: "file.table.key", or "folder.table.key" from a folder's files."""
    texts: dict[str, str] = {}
    for path in sorted((_FOLDER / SOURCE).rglob("*.toml")):
        name = path.stem if path.parent.name == SOURCE else path.parent.name
        _flatten(name, tomllib.loads(path.read_text("utf-8")), texts)
    return texts


@cache
def languages() -> Mapping[str, Language]:
    """All languages that may be offered, Dutch first: one folder each, found by itself, once its vital texts are there."""
    found = {SOURCE: _language(SOURCE, source_texts())}
    vital = [id for id in source_texts() if id.startswith(_VITAL)]
    for path in sorted(_FOLDER.glob("*/LC_MESSAGES/messages.po")):
        texts = _translated(path)
        if all(id in texts for id in vital):
            found[path.parts[-3]] = _language(path.parts[-3], texts)
    return found


def language(code: str | None) -> Language:
    """The language with this code, or Dutch when there is none."""
    return languages().get(code or SOURCE, languages()[SOURCE])


def _isolated(value: str) -> str:
    """Dutch names, numbers and addresses inside a right-to-left sentence keep their own order (Unicode UAX 9)."""
    if _RIGHT_TO_LEFT.search(value) or "\n" in value:
        return value
    return f"\N{LEFT-TO-RIGHT ISOLATE}{value}\N{POP DIRECTIONAL ISOLATE}"


def _language(code: str, texts: Mapping[str, str]) -> Language:
    locale = Locale.parse(code)
    name = locale.get_display_name(code) or code
    return Language(code, name[:1].upper() + name[1:], "rtl" if locale.text_direction == "rtl" else "ltr", texts)


def _translated(path: Path) -> dict[str, str]:
    """Only what translates the Dutch of today: the sentence is half of the key."""
    catalogue = read_catalogue(path)
    said = ((id, catalogue.pgettext(id, dutch)) for id, dutch in source_texts().items())
    return {id: words for id, words in said if words}


def _flatten(prefix: str, table: Mapping[str, object], into: dict[str, str]) -> None:
    for key, value in table.items():
        if isinstance(value, dict):
            _flatten(f"{prefix}.{key}", value, into)
        else:
            into[f"{prefix}.{key}"] = str(value).strip("\n")
