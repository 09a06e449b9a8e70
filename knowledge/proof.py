"""What is proved of the rules over all combinations of facts, and why the law breaks a promise where it does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from knowledge.conditions import Assume, Evidence, FirstKnown, NotKnown
from knowledge.diagrams import Forest, Verdict, label_of, matters, outcomes
from knowledge.facts import Facts
from knowledge.next_fact import common_answers
from knowledge.rules import Decision
from knowledge.sampling import compare_with_evaluation
from knowledge.space import parts_of, space_of

DAYS = (
    *(date(2025, 12, 31), date(2026, 1, 1), date(2026, 2, 28), date(2026, 11, 22)),
    *(date(2027, 3, 1), date(2028, 2, 28), date(2028, 2, 29)),
)
"""The last day of the old law, the first of the new, days around leap days, and one between."""

WHY_UNSETTLED: Mapping[type, str] = {
    NotKnown: "the law says something for as long as nobody told it",
    Assume: "the rule book takes it as yes or no while it is not known",
    FirstKnown: "what is said later is surer than what showed the same before",
    Evidence: "what is said later is surer than what showed the same before",
}
"""Why a certain label may change once a fact is filled in that stands inside such a condition."""


@dataclass(slots=True)
class Proof:
    """What was gone through, and what was found of each decision.

    `unsettled`: the part of the ways to fill in a fact that change a certain label; `needless`: the part of combinations
    that are unknown although every value of the fact gives one certain label. `compared`: random combinations that were
    evaluated one by one beside it, and `differing` those that came out otherwise, with the decision's name.
    """

    combinations: int = 0
    runs: int = 0
    compared: int = 0
    differing: list[tuple[str, Facts]] = field(default_factory=list)
    labels: dict[str, set[str]] = field(default_factory=dict)
    decided: dict[str, set[str]] = field(default_factory=dict)
    mattering: dict[str, set[str]] = field(default_factory=dict)
    unsettled: dict[tuple[str, str], Fraction] = field(default_factory=dict)
    needless: dict[tuple[str, str], Fraction] = field(default_factory=dict)


def prove(decisions: Iterable[Decision], days: Iterable[date] = DAYS, *, samples: int = 0) -> Proof:
    """Goes through every combination of what can be known for every decision, on each of the days.

    So many random combinations (`samples`) of each are evaluated one by one as well.
    """
    proof = Proof()
    for decision in decisions:
        for day in days:
            _prove(proof, decision, day, samples)
    return proof


def idle_rules(proof: Proof, decisions: Iterable[Decision]) -> tuple[str, ...]:
    """The rules that decide in no combination on any of the days."""
    return tuple(rule.id for one in decisions for rule in one.rules if rule.id not in proof.decided[one.actor])


def idle_facts(proof: Proof, decisions: Iterable[Decision]) -> tuple[tuple[str, str], ...]:
    """The facts that a decision looks at though they change its label in no combination, with the decision's name."""
    return tuple((one.actor, fact) for one in decisions for fact in one.facts if fact not in proof.mattering[one.actor])


def idle_questions(proof: Proof, decisions: Iterable[Decision]) -> tuple[str, ...]:
    """The facts that can be asked and change no label of any of the decisions."""
    asked = dict.fromkeys(fact for one in decisions for fact in one.facts if common_answers(fact, DAYS[0]))
    return tuple(fact for fact in asked if not any(fact in facts for facts in proof.mattering.values()))


def reasons(decision: Decision, fact: str) -> tuple[str, ...]:
    """Why filling in this fact may change a certain label of the decision; () when nothing allows it to."""
    kinds = (kind for rule in decision.rules for kind in _around(rule.when, fact, ()))
    return tuple(dict.fromkeys(WHY_UNSETTLED[kind] for kind in kinds))


def _prove(proof: Proof, decision: Decision, day: date, samples: int) -> None:
    name = decision.actor
    forest = Forest(space_of((decision,), (day,)))
    verdicts = forest.verdicts(decision, day)
    labels = forest.join((verdicts,), label_of)
    found = [verdict for verdict in outcomes(verdicts) if isinstance(verdict, Verdict)]
    proof.combinations += forest.space.size
    proof.runs += forest.runs
    proof.compared += samples
    proof.differing += [
        (name, facts) for facts in compare_with_evaluation(forest.space, labels, decision, day, samples)
    ]
    proof.labels.setdefault(name, set()).update(verdict.label for verdict in found)
    proof.decided.setdefault(name, set()).update(verdict.rule for verdict in found)
    proof.mattering.setdefault(name, set()).update(matters(labels))
    for facts, shares in ((proof.unsettled, forest.unsettled(labels)), (proof.needless, forest.needless(labels))):
        for fact, share in shares.items():
            facts[name, fact] = max(share, facts.get((name, fact), Fraction()))


def _around(part: object, fact: str, inside: tuple[type, ...]) -> Iterator[type]:
    """The kinds of conditions that make a label change and that lie around the fact."""
    around = (*inside, type(part)) if type(part) in WHY_UNSETTLED else inside
    parts = [found for found in parts_of(part) if hasattr(found, "holds")]
    for found in parts:
        yield from _around(found, fact, around)
    if not parts and fact in part.reads():  # type: ignore[attr-defined]  # only conditions are handed in
        yield from around
