"""How far each language is: translated, fuzzy or missing texts, offered or not, and read by a native speaker or not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from babel.messages.pofile import read_po

import locales
from locales import SOURCE, languages
from locales.renew import NOT_CHECKED

FOLDER = Path(locales.__file__).parent


@dataclass(frozen=True, slots=True)
class LanguageState:
    """One language's texts: how many are translated, fuzzy and missing, if it is offered, and how many nobody checked."""

    code: str
    translated: int
    fuzzy: int
    missing: int
    offered: bool
    unchecked: int


def language_states(texts: Mapping[str, str], folder: Path = FOLDER) -> Iterator[LanguageState]:
    """The state of Dutch and of each catalogue; a translation of former Dutch counts as fuzzy."""
    yield LanguageState(SOURCE, len(texts), 0, 0, offered=True, unchecked=0)
    for path in sorted(folder.glob("*/LC_MESSAGES/messages.po")):
        yield _state(path, texts)


def language_table(texts: Mapping[str, str], folder: Path = FOLDER) -> Iterator[str]:
    """The states as lines of a table."""
    yield f"{'language':<10}{'translated':>10}{'fuzzy':>7}{'missing':>9}  {'offered':<32}native speaker"
    for one in language_states(texts, folder):
        offered = "yes" if one.offered else "no: danger, consent or menu lacks"
        checked = f"not checked: {one.unchecked}" if one.unchecked else "nothing marked"
        yield f"{one.code:<10}{one.translated:>10}{one.fuzzy:>7}{one.missing:>9}  {offered:<32}{checked}"


def _state(path: Path, texts: Mapping[str, str]) -> LanguageState:
    with path.open("rb") as file:
        messages = [message for message in read_po(file) if message.context in texts and message.string]
    fuzzy = [message for message in messages if message.fuzzy or texts[message.context or ""] != message.id]
    head = path.read_text("utf-8").partition("\n\n")[0]
    marked = [message for message in messages if any(NOT_CHECKED in line for line in message.user_comments)]
    return LanguageState(
        path.parts[-3],
        translated=len(messages) - len(fuzzy),
        fuzzy=len(fuzzy),
        missing=len(texts) - len(messages),
        offered=path.parts[-3] in languages(),
        unchecked=len(messages) if NOT_CHECKED in head else len(marked),
    )
