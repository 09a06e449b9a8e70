"""Diagrams of all combinations say what the rules themselves say."""

import random
from datetime import date
from fractions import Fraction

import pytest

from knowledge.conditions import Assume, Is, Situation
from knowledge.diagrams import Branch, Diagram, Forest, Leaf, Verdict, example, matters, outcomes
from knowledge.rights import ACTORS, STATUSES
from knowledge.rules import Decision, Rule, decide
from knowledge.space import space_of

DAYS = (date(2025, 12, 31), date(2026, 11, 22))
WORK, HELD = Is("employed", (True,)), Is("consent", ("given",))
SMALL = Decision(
    "small",
    (Rule(id="s.work", label="no", when=WORK), Rule(id="s.rest", label="may", when=HELD), Rule(id="s.no", label="no")),
)


def _at(forest: Forest, diagram: Diagram, facts: dict[str, object]) -> object:
    while isinstance(diagram, Branch):
        diagram = diagram.parts[forest.space.axes[diagram.fact].values.index(facts.get(diagram.fact))]
    return diagram.value


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("decision", {**ACTORS, **STATUSES}.values(), ids=lambda decision: decision.actor)
def test_a_diagram_agrees_with_the_rules(decision: Decision, day: date) -> None:
    """For random combinations of the whole space the diagram has the label and the rule that `decide` gives."""
    forest = Forest(space_of((decision,), (day,)))
    verdicts = forest.verdicts(decision, day)
    chance = random.Random(decision.actor)
    for _ in range(150):
        facts = {fact: chance.choice(axis.values) for fact, axis in forest.space.axes.items()}
        told = {fact: value for fact, value in facts.items() if value is not None}
        real = decide(decision, Situation(told, day))
        verdict = _at(forest, verdicts, facts)
        assert isinstance(verdict, Verdict)
        assert verdict.label == real.label
        assert verdict.rule == (real.rule if len(real.possible) == 1 else "")


def test_shares_count_combinations_exactly() -> None:
    """Nine combinations of two facts: how many have which label, evenly and by weights."""
    forest = Forest(space_of((SMALL,), DAYS[:1]))
    labels = forest.labels(SMALL, DAYS[0])
    assert forest.shares(labels) == {"no": Fraction(5, 9), "may": Fraction(1, 9), "unknown": Fraction(3, 9)}
    weights = {"employed": (Fraction(0), Fraction(1), Fraction(0))}
    assert forest.weighed(labels, weights) == {"no": Fraction(1)}
    assert matters(labels) == {"employed", "consent"}
    assert forest.shares(forest.leaf(True)) == {True: Fraction(1)}
    assert forest.leaf(1) is not forest.leaf(True)


def test_an_example_is_found_or_there_is_none() -> None:
    """The facts of an example give what was wanted."""
    forest = Forest(space_of((SMALL,), DAYS[:1]))
    labels = forest.labels(SMALL, DAYS[0])
    assert example(labels, "may", forest.space) == {"employed": False, "consent": "given"}
    assert example(labels, "must_offer", forest.space) is None
    assert outcomes(labels) == {"no", "may", "unknown"}


def test_a_certain_label_that_changes_is_found() -> None:
    """Taking "not known" as no breaks the promise, and a label that needed no question is found too."""
    assumed = Decision("a", (Rule(id="a.1", label="may", when=Assume(WORK, False)), Rule(id="a.2", label="no")))
    forest = Forest(space_of((assumed,), DAYS[:1]))
    assert forest.unsettled(forest.labels(assumed, DAYS[0])) == {"employed": Fraction(1, 2)}
    either = Decision(
        "e",
        (
            Rule(id="e.1", label="may", when=WORK),
            Rule(id="e.2", label="may", when=Is("employed", (False,))),
            Rule(id="e.3", label="no"),
        ),
    )
    forest = Forest(space_of((either,), DAYS[:1]))
    assert forest.needless(forest.labels(either, DAYS[0])) == {"employed": Fraction(1)}
    assert forest.unsettled(forest.labels(either, DAYS[0])) == {}


def test_a_diagram_can_be_limited_to_what_is_known() -> None:
    """With one fact known only the other matters; what is limited twice is the same object."""
    forest = Forest(space_of((SMALL,), DAYS[:1]))
    labels = forest.labels(SMALL, DAYS[0])
    rest = forest.given(labels, "consent", 1)
    assert matters(rest) == {"employed"}
    assert forest.given(labels, "consent", 1) is rest
    assert isinstance(forest.given(rest, "employed", 1), Leaf)
    assert forest.given(forest.leaf("no"), "employed", 1) is forest.leaf("no")
