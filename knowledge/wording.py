"""Which sentences belong to an outcome, a fact or a change: ids of `rights.toml`, `facts.toml`, `explanation.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from knowledge.best_first import DUTIES, HELPING
from knowledge.changes import Change, label_text
from knowledge.facts import FACTS, Facts, PartialDate
from knowledge.rights import ACTORS, SCHOOL_OF
from knowledge.rules import UNKNOWN, Outcome
from locales import Text, source_texts

_CLOCK = {"mbo": "diploma_date"}
"""The date fact that a topic's sentences call {left}; elsewhere it is the leaving date."""
_NOT_KNOWN = "?"
_PROMISING = (*DUTIES, "on_request")
_ADULT = 18
_FREE = ("date", "text")
"""Kinds of facts whose sentence has the value in it."""


def answer_text(outcome: Outcome, facts: Facts) -> Text:
    """The one clear sentence (or few) of an outcome, with its real end date."""
    if outcome.label == UNKNOWN and not outcome.rule:
        return Text.of("rights.unknown")
    return _text(_id("rights", outcome.rule), outcome, facts)


def answer_texts(outcome: Outcome, facts: Facts) -> tuple[Text, ...]:
    """The answer, and what always goes with it where its rule has more to tell, or what holds in any case."""
    if outcome.label == UNKNOWN and not outcome.rule:
        return answer_text(outcome, facts), *meanwhile_texts(outcome), *_school_first(outcome, facts)
    also = _own("rights.also", outcome, facts)
    return answer_text(outcome, facts), *((also,) if also else ())


def meanwhile_texts(outcome: Outcome) -> tuple[Text, ...]:
    """What holds in any case while an outcome is unknown, because every rule that may still decide helps."""
    rules = {rule.id: rule.label for rule in ACTORS[outcome.actor].rules}
    labels = [rules[rule] for rule in outcome.possible]
    id = f"rights.meanwhile.{outcome.actor}"
    if labels and outcome.actor in SCHOOL_OF.values() and all(label in DUTIES for label in labels):
        id = "rights.meanwhile.duty"
    helps = bool(labels) and all(label in HELPING for label in labels)
    return (Text.of(id),) if helps and id in source_texts() else ()


def reason_text(outcome: Outcome, facts: Facts) -> Text | None:
    """Why the outcome is so; None while no rule has decided, or when the why is about a day that is not known."""
    if not outcome.rule:
        return None
    text = _text(_id("rights.why", outcome.rule), outcome, facts)
    return None if ("left", _NOT_KNOWN) in text.values else text


def rule_text(outcome: Outcome, facts: Facts) -> Text:
    """What the deciding rule adds to the facts: its own closing sentence, else its reason."""
    own = _own("explanation.rule", outcome, facts)
    return own or reason_text(outcome, facts) or Text.of("rights.see_the_law")


def more_text(outcome: Outcome) -> Text | None:
    """The same in more words (B1), where its rule has them."""
    return _own("more", outcome, {})


def told_flags(outcome: Outcome) -> tuple[str, ...]:
    """The flags that are said with the outcome: not a doubt about what is no promise, nor what the answer says itself."""
    silent = {
        "uncertain_transitional": outcome.label not in _PROMISING,
        "uncertain_bes": outcome.rule.endswith(".bes"),
    }
    return tuple(flag for flag in outcome.flags if not silent.get(flag))


def flag_texts(outcome: Outcome) -> tuple[Text, ...]:
    """The doubts that are said with the outcome."""
    return tuple(Text.of(f"rights.flags.{flag}") for flag in told_flags(outcome))


def fact_name(fact: str) -> Text:
    """A short name for a fact: "je school"."""
    return Text.of(f"facts.{fact}.name")


def fact_text(fact: str, value: object, *, as_of: date | None = None) -> Text:
    """One sentence that says a fact: "Je ging van school: 17 juli 2026."; of a day after `as_of` as something to come."""
    if isinstance(value, PartialDate):
        to_come = fact == "left_school_date" and as_of is not None and value.first > as_of
        return Text.of(f"facts.{fact}.{'to_come' if to_come else 'value'}", value=spoken_date(value))
    if FACTS[fact].kind in _FREE or (FACTS[fact].kind == "integer" and not FACTS[fact].values):
        return Text.of(f"facts.{fact}.value", value=value)
    return Text.of(f"facts.{fact}.{str(value).lower() if isinstance(value, bool) else value}")


def change_text(change: Change) -> Text:
    """What would change an outcome: "Vanaf ...", or "Stel: ... Dan: ..."."""
    outcome = label_text(change.outcome)
    if change.day is not None:
        return Text.of("explanation.changes.day", date=change.day, outcome=outcome)
    assert change.fact
    return Text.of("explanation.changes.fact", fact=fact_text(change.fact, change.value), outcome=outcome)


def spoken_date(value: object) -> date | tuple[int, int] | int | str:
    """A date fact as a text's value: a day, a month, or a year, as precisely as it is known."""
    if not isinstance(value, PartialDate):
        return _NOT_KNOWN
    if value.month is None:
        return value.year
    return (value.year, value.month) if value.day is None else value.first


def _school_first(outcome: Outcome, facts: Facts) -> tuple[Text, ...]:
    """Whom somebody under 18 asks first, while it is open whether they must go to school."""
    age = facts.get("age")
    open_ = any(rule.endswith(".school_duty") for rule in outcome.possible)
    return (Text.of("rights.school_first"),) if open_ and isinstance(age, int) and age < _ADULT else ()


def _id(prefix: str, rule: str) -> str:
    """The sentence of a rule: its own, or the one that pro and vso share."""
    own = f"{prefix}.{rule}"
    return own if own in source_texts() else f"{prefix}.school.{rule.partition('.')[2]}"


def _own(prefix: str, outcome: Outcome, facts: Facts) -> Text | None:
    """The sentence that only some rules have."""
    id = _id(prefix, outcome.rule)
    return _text(id, outcome, facts) if id in source_texts() else None


def _text(id: str, outcome: Outcome, facts: Facts) -> Text:
    used = {name: value for name, value in _values(outcome, facts).items() if f"{{{name}}}" in source_texts()[id]}
    return Text.of(id, **used)


def _values(outcome: Outcome, facts: Facts) -> Mapping[str, object]:
    topic = outcome.rule.partition(".")[0]
    clock = facts.get(_CLOCK.get(topic, "left_school_date"))
    values: dict[str, object] = {"left": spoken_date(clock)}
    if outcome.until:
        exact = isinstance(clock, PartialDate) and clock.day is not None
        values["until"] = Text.of(f"rights.until.{'exact' if exact else 'at_least'}", date=outcome.until)
    else:
        values["until"] = Text.of("rights.until.one_year" if topic == "mbo" else "rights.until.two_years")
    return values
