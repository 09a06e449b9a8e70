"""Which sentences belong to an outcome: the answer, the reason, the doubts, in the words of `locales/nl/rights.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from knowledge.facts import Facts, PartialDate
from knowledge.rules import UNKNOWN, Outcome
from locales import Text, source_texts

_CLOCK = {"mbo": "diploma_date"}
"""The date fact that a topic's sentences call {left}; elsewhere it is the leaving date."""
_NOT_KNOWN = "?"


def answer_text(outcome: Outcome, facts: Facts) -> Text:
    """The one clear sentence (or few) of an outcome, with its real end date."""
    if outcome.label == UNKNOWN and not outcome.rule:
        return Text.of("rights.unknown")
    return _under("rights", outcome.rule, _values(outcome, facts))


def reason_text(outcome: Outcome, facts: Facts) -> Text | None:
    """Why the outcome is so; None while no rule has decided, or when the why is about a day that is not known."""
    if not outcome.rule:
        return None
    text = _under("rights.why", outcome.rule, _values(outcome, facts))
    return None if ("left", _NOT_KNOWN) in text.values else text


def flag_texts(outcome: Outcome) -> tuple[Text, ...]:
    """The doubts that are said with the outcome."""
    return tuple(Text.of(f"rights.flags.{flag}") for flag in outcome.flags)


def spoken_date(value: object) -> date | tuple[int, int] | int | str:
    """A date fact as a text's value: a day, a month, or a year, as precisely as it is known."""
    if not isinstance(value, PartialDate):
        return _NOT_KNOWN
    if value.month is None:
        return value.year
    return (value.year, value.month) if value.day is None else value.first


def _under(prefix: str, rule: str, values: Mapping[str, object]) -> Text:
    """The sentence of a rule: its own, or the one that pro and vso share."""
    id = f"{prefix}.{rule}"
    if id not in source_texts():
        id = f"{prefix}.school.{rule.partition('.')[2]}"
    used = {name: value for name, value in values.items() if f"{{{name}}}" in source_texts()[id]}
    return Text.of(id, **used)


def _values(outcome: Outcome, facts: Facts) -> dict[str, object]:
    topic = outcome.rule.partition(".")[0]
    clock = facts.get(_CLOCK.get(topic, "left_school_date"))
    values: dict[str, object] = {"left": spoken_date(clock)}
    if outcome.until:
        exact = isinstance(clock, PartialDate) and clock.day is not None
        values["until"] = Text.of(f"rights.until.{'exact' if exact else 'at_least'}", date=outcome.until)
    else:
        values["until"] = Text.of("rights.until.one_year" if topic == "mbo" else "rights.until.two_years")
    return values
