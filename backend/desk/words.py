"""The desk's sentences: waiting times, languages and states in words. Texts come from `locales/nl/desk*.toml`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_datetime

import locales
from backend.dutch_time import AMSTERDAM, in_amsterdam
from backend.errors import Refused
from locales import Language, Text

_MINUTE, _HOUR, _DAY = 60, 3600, 24 * 3600


@dataclass(frozen=True, slots=True)
class Words:
    """Says the desk's texts in one language, in Dutch where it lacks one."""

    language: Language

    def __call__(self, key: str, **values: object) -> str:
        """The text `desk.<key>`, or that of a feature: "transition.title.page" is `desk_transition.title.page`."""
        texts = locales.source_texts()
        id = f"desk.{key}" if f"desk.{key}" in texts or f"desk_{key}" not in texts else f"desk_{key}"
        return self.say(Text.of(id, **values))

    def say(self, text: Text) -> str:
        """Any text."""
        spoken = self.language if self.language.has([text]) else locales.language(None)
        return spoken.say(text)

    def named(self, table: str, key: str) -> str:
        """The name of a stored word such as a kind of help; the word itself when there is no name for it."""
        id = next((id for id in _places(f"{table}.{key}") if id in locales.source_texts()), None)
        return self.say(Text.of(id)) if id else key

    def refusal(self, error: Refused) -> str:
        """An error in words."""
        return error.message(self.language.code)

    def duration(self, since: int, at: int) -> str | None:
        """Whole minutes, hours or days between two moments (microseconds); None below a minute."""
        seconds = (at - since) // 1_000_000
        for unit, length in (("day", _DAY), ("hour", _HOUR), ("minute", _MINUTE)):
            count = seconds // length
            if count >= 1:
                return self(f"time.{unit}") if count == 1 else self(f"time.{unit}s", count=count)
        return None

    def moment(self, at: int) -> str:
        """A moment in Dutch time, such as "21 nov 2026 14:05"."""
        return self._moment(in_amsterdam(at))

    def soon(self, at: int, now: int) -> str:
        """A moment as near as it is: only the time when it is today."""
        then, today = (in_amsterdam(one) for one in (at, now))
        if then.date() == today.date():
            return self("time.today", time=f"{then:%H:%M}")
        return format_datetime(then, "EEE d MMM HH:mm", tzinfo=AMSTERDAM, locale=self.language.code)

    def message_time(self, rfc3339: str) -> str:
        """The same, of a message's time."""
        return self._moment(datetime.fromisoformat(rfc3339).astimezone(AMSTERDAM))

    def language_name(self, code: str) -> str:
        """A language's name in the desk's language, such as "Arabisch"."""
        try:
            name = Locale.parse(code).get_language_name(self.language.code) or code
        except (UnknownLocaleError, ValueError):
            name = code
        return name[:1].upper() + name[1:]

    def _moment(self, time: datetime) -> str:
        return format_datetime(time, "d MMM y HH:mm", tzinfo=AMSTERDAM, locale=self.language.code)


def _places(key: str) -> tuple[str, ...]:
    """Where a name may stand: in `desk.toml`, or in the file of a feature, `desk_<feature>.toml`."""
    return (f"desk.{key}", *(f"{file}.{key}" for file in _feature_files()))


@cache
def _feature_files() -> tuple[str, ...]:
    files = {id.partition(".")[0] for id in locales.source_texts()}
    return tuple(sorted(file for file in files if file.startswith("desk_")))


def words_for(code: str | None) -> Words:
    """The desk's words in a language, in Dutch when that language does not have the desk."""
    language = locales.language(code)
    has_desk = language.has([Text.of("desk.page.requests")])
    return Words(language if has_desk else locales.language(None))
