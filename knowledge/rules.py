"""Rules and how they decide: the first rule that holds gives the label, as far as it is certain which one that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from knowledge.conditions import Always, Condition, Moment, Situation
from knowledge.statutes import Source

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Flag:
    """A doubt that is said with the answer while its condition certainly holds; `sources` where the law itself says it."""

    name: str
    when: Condition = Always()
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One right: under which condition which label holds, until when, and by which law.

    `id` is "<topic>.<name>"; the words for people stand in `locales/nl/rights.toml` under it. Every rule says what it
    rests on: `sources` in the law, or `basis`, the name of another public source where no article of ours says it.
    """

    id: str
    label: str
    when: Condition = Always()
    until: Moment | None = None
    flags: tuple[Flag, ...] = ()
    sources: tuple[Source, ...] = ()
    basis: str = ""
    facts: tuple[str, ...] = field(init=False, compare=False)
    """The facts its condition reads."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "facts", tuple(dict.fromkeys(self.when.reads())))


@dataclass(frozen=True, slots=True)
class Decision:
    """What one actor (or status) comes down to: its rules in order; the last one always holds.

    `grounds` are the places in the law that make a fact matter here, for explaining it fact by fact.
    """

    actor: str
    rules: tuple[Rule, ...]
    grounds: Mapping[str, tuple[Source, ...]] = field(default_factory=dict, compare=False)
    facts: tuple[str, ...] = field(init=False, compare=False)
    """The facts that can matter for it, in reading order."""

    def __post_init__(self) -> None:
        reads = dict.fromkeys(fact for rule in self.rules for fact in rule.facts)
        object.__setattr__(self, "facts", tuple(reads))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the rules say of one actor in one situation.

    `until` is the first day on which the label no longer holds for lack of time. `needs` is empty unless the label is
    unknown. `rule` is the id of the rule that decided, "" when missing facts leave several. `possible` are the rules
    that may still turn out to decide.
    """

    actor: str
    label: str
    rule: str
    until: date | None = None
    flags: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    possible: tuple[str, ...] = ()


def decide(decision: Decision, situation: Situation) -> Outcome:
    """The outcome of a decision: certain when every rule that may decide has the same label."""
    possible = possible_rules(decision, situation)
    ids = tuple(rule.id for rule in possible)
    if common_label(possible) == UNKNOWN and len(possible) > 1:
        return Outcome(decision.actor, UNKNOWN, "", needs=_missing(possible, situation), possible=ids)
    rule = possible[-1]
    return Outcome(
        decision.actor,
        rule.label,
        rule.id,
        until=_until(rule, situation),
        flags=tuple(flag.name for flag in rule.flags if flag.when.holds(situation)),
        sources=rule.sources,
        possible=ids,
    )


def possible_rules(decision: Decision, situation: Situation) -> list[Rule]:
    """The rules of which one decides: those that may hold, up to the first that certainly does."""
    possible = []
    for rule in decision.rules:
        truth = rule.when.holds(situation)
        if truth is not False:
            possible.append(rule)
        if truth:
            break
    return possible


def common_label(rules: list[Rule]) -> str:
    """The label that all these rules have; unknown when they differ."""
    label = rules[-1].label
    return label if all(rule.label == label for rule in rules) else UNKNOWN


def _until(rule: Rule, situation: Situation) -> date | None:
    """The earliest day it can be: an end date is a promise, so it is never given too late; nor one that may be past."""
    span = rule.until.span(situation) if rule.until else None
    return span[0] if span and span[0] > situation.as_of else None


def _missing(possible: list[Rule], situation: Situation) -> tuple[str, ...]:
    """The facts the undecided rules still wait for: those not known, and dates not known to the day."""
    reads = dict.fromkeys(fact for rule in possible for fact in rule.facts)
    return tuple(fact for fact in reads if _open(situation.facts.get(fact)))


def _open(value: object) -> bool:
    return value is None or getattr(value, "day", 0) is None
