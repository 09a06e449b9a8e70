"""Errors the outside may see: each has a status, a stable code, and a kind sentence in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from traceback import format_tb

from locales import Text, language


class Refused(Exception):
    """An expected refusal. `code` is stable; the sentence is the text `errors.<code>` with `values`; `fields` says what
    was wrong by field; `retry_after` (seconds) goes into the Retry-After header."""

    def __init__(
        self,
        status: int,
        code: str,
        *,
        fields: Mapping[str, str] | None = None,
        retry_after: int | None = None,
        **values: object,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.fields = fields or {}
        self.retry_after = retry_after
        self.values = values

    def message(self, code: str | None) -> str:
        """The sentence in a language, Dutch where that language lacks it."""
        text = Text.of(f"errors.{self.code}", **self.values)
        spoken = language(code)
        return (spoken if spoken.has([text]) else language(None)).say(text)


class Unavailable(Refused):
    """Nothing was stored; the same thing may be tried again."""

    def __init__(self, retry_after: int = 5) -> None:
        super().__init__(503, "unavailable", retry_after=retry_after)


def without_words(error: BaseException) -> str:
    """What kind of error it was and where, for the log; its own words may repeat those of a person."""
    return f"{type(error).__name__}\n{''.join(format_tb(error.__traceback__))}"


def not_found() -> Refused:
    """The one answer for what does not exist and for what exists elsewhere."""
    return Refused(404, "not_found")
