"""What was agreed and what it allows, in words; and why a request cannot be read when it cannot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backend.consents.service import ActiveConsent, State
from backend.desk.words import Words
from locales import Text, source_texts

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class ConsentPanel:
    """What stands beside a request: in words for everybody, and behind a summary for who must prove it."""

    said: Pairs
    details: Pairs


def panel(words: Words, consents: Sequence[ActiveConsent]) -> ConsentPanel:
    """The panel of a request that is read on these consents, the person's first."""
    first = consents[0]
    groups = [_named(words, "groups", group) for group in first.data_groups]
    said = [
        (_word(words, "panel.allows"), _named(words, "allows", first.purpose)),
        (_word(words, "panel.sees"), ", ".join(groups)),
        (_word(words, "panel.given_by"), _named(words, "giver", first.given_by)),
        (_word(words, "panel.given_on"), _when(words, first)),
    ]
    said += [(_word(words, "panel.also"), _named(words, "giver", one.given_by)) for one in consents[1:]]
    if first.expires_at:
        said.append((_word(words, "panel.until"), words.moment(first.expires_at)))
    details = [
        (_word(words, "panel.text"), first.text_id),
        (_word(words, "panel.version"), first.text_version),
    ]
    return ConsentPanel(said, details)


def closed_words(words: Words, access: State) -> str:
    """What a line of the list says in place of everything about the person."""
    return _word(words, f"access.{access}")


def _when(words: Words, one: ActiveConsent) -> str:
    return _word(words, "panel.when", moment=words.moment(one.at), language=words.language_name(one.language))


def _named(words: Words, table: str, key: str) -> str:
    """The words for a stored key; for a key that is newer than these words the table's "other", or the key itself."""
    if f"desk_consents.{table}.{key}" in source_texts():
        return _word(words, f"{table}.{key}")
    return _word(words, f"{table}.other") if f"desk_consents.{table}.other" in source_texts() else key


def _word(words: Words, key: str, **values: object) -> str:
    return words.say(Text.of(f"desk_consents.{key}", **values))
