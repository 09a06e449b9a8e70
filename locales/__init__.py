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

from locales.compiled import kept, read_catalogue
from locales.month_names import months

SOURCE = "nl"
_VITAL = ("danger.", "dialogs.start.", "dialogs.menu.", "dialogs.request.", "dialogs.forget.")
"""Safety, consent and menu: a language that lacks one of these is not offered yet."""
_FOLDER = Path(__file__).parent
_EMBEDDING, _ISOLATING = re.compile("[\u202a-\u202e]"), re.compile("[\u2066-\u2069]")
"""Signs that reorder what comes after them: those that no name needs, and those that do no harm in pairs."""
_LETTERS = re.compile(r"(?:\{\w*\}|[\d_]|[^\w{}])*[^\W\d_]")
"""A sentence with letters of its own, outside its {places}."""
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
        return template.format(**{name: self._isolated(value, template) for name, value in values.items()})

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
                return f"{value.day} {months(self.code).in_date[value.month - 1]} {value.year}"
            case Month(number):
                return months(self.code).alone[number - 1]
            case (int(year), int(month)):
                return f"{months(self.code).alone[month - 1]} {year}"
            case _:
                return str(value)

    def _isolated(self, value: str, template: str) -> str:
        """A value of the other direction keeps its own order inside a sentence, and leaves that of the sentence alone:
        Dutch names in Arabic, Arabic names in Dutch (Unicode UAX 9). Signs that would turn what follows are left out."""
        if self.direction == "ltr" and value.isascii():
            return value  # nearly always
        value = tame(value)
        if "\n" in value:
            return value
        turned = _RIGHT_TO_LEFT.search(value) is not None
        if self.direction == "rtl" and not turned and _RIGHT_TO_LEFT.search(template):
            return f"\N{LEFT-TO-RIGHT ISOLATE}{value}\N{POP DIRECTIONAL ISOLATE}"
        if self.direction == "ltr" and turned and _LETTERS.match(template):
            # browsers look into an isolate for the direction of a paragraph that begins with one, but not past a mark
            return f"\N{LEFT-TO-RIGHT MARK}\N{FIRST STRONG ISOLATE}{value}\N{POP DIRECTIONAL ISOLATE}"
        return value


@cache
def source_texts() -> Mapping[str, str]:
    """Every Dutch sentence by id, from `locales/nl`: "file.table.key", or "folder.table.key" from a folder's files."""
    paths = sorted((_FOLDER / SOURCE).rglob("*.toml"))
    return kept(_FOLDER / SOURCE / "__pycache__" / "texts.json", paths, lambda: _read_texts(paths))


def _read_texts(paths: Iterable[Path]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for path in paths:
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


def undirected(name: str) -> str:
    """A name without the signs that would reorder what stands after it, even out of a `<bdi>`."""
    return name if name.isascii() else _ISOLATING.sub("", _EMBEDDING.sub("", name))


def tame(value: str) -> str:
    """Words without the signs that reorder what stands after them: a pair that stays within them is left."""
    if value.isascii():
        return value
    plain = _EMBEDDING.sub("", value)
    depth = 0
    for sign in _ISOLATING.findall(plain):
        depth += -1 if sign == "\N{POP DIRECTIONAL ISOLATE}" else 1
        if depth < 0:
            break
    return _ISOLATING.sub("", plain) if depth else plain


def _language(code: str, texts: Mapping[str, str]) -> Language:
    here = kept(_FOLDER / code / "__pycache__" / "language.json", [], lambda: _names(code))
    return Language(code, here["name"], "rtl" if here["direction"] == "rtl" else "ltr", texts)


def _names(code: str) -> dict[str, str]:
    """How the language calls itself and which way it is written: for which Babel loads all it knows of the language."""
    locale = Locale.parse(code)
    name = locale.get_display_name(code) or code
    return {"name": name[:1].upper() + name[1:], "direction": locale.text_direction}


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
