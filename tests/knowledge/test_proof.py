"""The proof tells what it finds: idle rules, idle facts, and the reason why a certain label may change."""

from datetime import date

from knowledge.conditions import All, Assume, Is, NotKnown
from knowledge.proof import idle_facts, idle_questions, idle_rules, prove, reasons
from knowledge.rules import Decision, Rule

DAY = date(2026, 11, 22)
WORK, NO_WORK = Is("employed", (True,)), Is("employed", (False,))
ODD = Decision(
    "odd",
    (
        Rule(id="odd.never", label="may", when=All((WORK, NO_WORK))),
        Rule(id="odd.not_known", label="no", when=NotKnown("benefit")),
        Rule(id="odd.rest", label="may"),
    ),
)


def test_what_does_nothing_is_told() -> None:
    """A rule that can never hold, and a question that changes no label."""
    proof = prove((ODD,), (DAY,))
    assert idle_rules(proof, (ODD,)) == ("odd.never",)
    assert ("odd", "employed") not in idle_facts(prove((Decision("odd", ODD.rules[1:]),), (DAY,)), ())
    same = Decision("same", (Rule(id="s.1", label="no", when=WORK), Rule(id="s.2", label="no")))
    found = prove((same,), (DAY,))
    assert idle_facts(found, (same,)) == (("same", "employed"),)
    assert idle_questions(found, (same,)) == ("employed",)


def test_a_reason_is_needed_to_change_a_certain_label() -> None:
    """What is taken as something while not known may change; a plain condition may not."""
    assert ("odd", "benefit") in prove((ODD,), (DAY,)).unsettled
    assert reasons(ODD, "benefit")
    assert reasons(ODD, "employed") == ()
    assert reasons(Decision("a", (Rule(id="a.1", label="no", when=Assume(WORK, False)),)), "employed")
