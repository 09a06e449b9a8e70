"""What holds for every combination of facts that there can be: the proof, on the days around which the law changes."""

import random
import time
from datetime import date

import pytest

from knowledge.proof import Proof, idle_facts, idle_questions, idle_rules, prove, reasons
from knowledge.question_paths import Paths, walk
from knowledge.rights import ACTORS, STATUSES, evaluate
from knowledge.rules import UNKNOWN, Decision
from knowledge.space import space_of

DAYS = (date(2025, 12, 31), date(2026, 11, 22))
"""The last day of the old law and one of the new; `verder benchmark rights` goes through more days."""
TODAY = DAYS[1]
DECISIONS: tuple[Decision, ...] = tuple({**ACTORS, **STATUSES}.values())
LABELS = {"must_offer", "must_offer_again", "on_request", "may", "no", "unknown"}
STATUS_LABELS = {
    "leerplicht_status": {"leerplicht", "kwalificatieplicht", "none", "unknown"},
    "consent_by": {"youth", "parents", "legal_rep", "unknown"},
    "bijstand_search_period": {"applies", "not_applies", "unknown"},
}
MAY_CHANGE_A_CERTAIN_LABEL = {
    "absent_4_weeks": "not known counts as attending (rule book 1.1)",
    "benefit": "not known counts as no benefit of UWV (R-GEM-5)",
    "birth_date": "the date is surer than the age in whole years (rule book 1.1)",
    "country_part": "not known counts as the European part (rule book 1.1)",
    "currently_enrolled": "what is said is surer than what still being at school shows",
    "diploma": "not known counts as no diploma for a student (R-MBO-1)",
    "foreign_diploma": "not known counts as none (U8)",
    "left_school_date": "a date that is told takes the place of being enrolled where the school is",
    "legally_competent": "not known counts as competent (rule book 1.1)",
    "now_at": "not known counts as not at pro or vso (R-BST-2)",
    "only_sheltered_work": "not known counts as not established (R-BSW-3)",
    "pro_document": "the document is surer than the diploma that was told",
    "school_requests_gemeente": "not known counts as not asked (rule book 1.1)",
    "special_circumstances": "not known counts as none, and no is then said with: asking is always allowed (B7)",
    "startkwalificatie": "what is said is surer than what school and diploma show (rule book 1.4)",
    "still_at_same_school": "what is said is surer than what a date or a place shows",
    "target_group_lks": "not known counts as no (R-BST-2)",
    "used_offer_year1": "while nobody knows, R-PRO-5 has an answer of its own",
}
"""Filling in any other fact never changes a certain label. Contradictions aside: those are asked about (1.5)."""
CHANGES_NO_LABEL = {
    "dropped_out_of_follow_on": "it changes what is said: the flag and the sentence (R-PRO-7)",
    "benefit": "it changes what is said: who pays the benefit helps (R-UWV-1)",
    "esb_indication": "it changes what is said (R-ESB-1)",
    "age": "it changes what is said: who gets the document (R-OVG-2)",
    "birth_date": "it changes what is said: who gets the document (R-OVG-2)",
    "legally_competent": "it changes what is said: who gets the document (R-OVG-2)",
}
"""Facts that a decision reads without changing its label."""
SCHOOLS = ("pro_school", "vso_school", "mbo_school")
HELPERS = ("doorstroompunt", "gemeente")
SCHOOL_TYPES = ("pro", "vso", "mbo", "vmbo", "havo", "vwo", "ho")


@pytest.fixture(scope="module")
def proof() -> Proof:
    """One proof for all tests of this file; prints what was gone through."""
    start = time.perf_counter()
    found = prove(DECISIONS, DAYS, samples=20)
    seconds = time.perf_counter() - start
    print(f"\n{found.combinations:,} combinations on {len(DAYS)} days, {found.runs:,} runs, {seconds:.1f} s")
    return found


def test_every_combination_has_an_answer_of_the_vocabulary(proof: Proof) -> None:
    """No combination of facts ends in an error or in a label that does not exist."""
    assert proof.combinations > 10**9
    for name, labels in proof.labels.items():
        assert labels <= STATUS_LABELS.get(name, LABELS), name


def test_the_proof_says_what_evaluating_says(proof: Proof) -> None:
    """Random combinations, with any dates, evaluated one by one: none comes out otherwise than in the proof."""
    assert proof.compared == 20 * len(DAYS) * len(DECISIONS)
    assert proof.differing == []


def test_certain_stays_certain_when_more_is_known(proof: Proof) -> None:
    """Filling in a fact changes a certain label only where the rule book says so, for the facts named above."""
    by_name = {decision.actor: decision for decision in DECISIONS}
    for (name, fact), share in proof.unsettled.items():
        assert reasons(by_name[name], fact), f"{name}: {fact} changes a certain label ({float(share):.2%})"
        assert fact in MAY_CHANGE_A_CERTAIN_LABEL, f"{name}: {fact} has no reason here"
    unused = set(MAY_CHANGE_A_CERTAIN_LABEL) - {fact for _, fact in proof.unsettled}
    assert not unused, f"a reason without need: {unused}"


def test_every_rule_decides_somewhere_and_every_question_matters(proof: Proof) -> None:
    """No rule is dead, no fact is asked for nothing; facts that only change the words are named above."""
    assert idle_rules(proof, DECISIONS) == ()
    assert idle_questions(proof, tuple(ACTORS.values())) == ()
    assert {fact for _, fact in idle_facts(proof, DECISIONS)} <= set(CHANGES_NO_LABEL)


def test_random_people_get_the_same_answers_from_the_service() -> None:
    """The whole evaluation, contradictions too, never fails; a label is the proved one, or unknown with a contradiction."""
    space = space_of(DECISIONS, (TODAY,))
    chance = random.Random(7)
    for _ in range(400):
        told = {fact: chance.choice(axis.values) for fact, axis in space.axes.items() if chance.random() < 0.5}
        facts = {fact: value for fact, value in told.items() if value is not None}
        answer = evaluate(facts, TODAY)
        for name, found in answer.outcomes.items():
            assert found.label in LABELS
            assert found.rule or found.label == UNKNOWN, name
        shuffled = list(facts.items())
        chance.shuffle(shuffled)
        assert evaluate(dict(shuffled), TODAY) == answer


def _walks(
    actors: tuple[str, ...], day: date, *, skipping: bool, schools: tuple[str, ...] = SCHOOL_TYPES
) -> list[Paths]:
    return [walk(actors, day, start={"school_type": school}, skipping=skipping) for school in schools]


@pytest.mark.parametrize(
    ("actors", "day"), [(SCHOOLS, TODAY), (SCHOOLS, DAYS[0]), (HELPERS, TODAY), (HELPERS, DAYS[0])]
)
def test_every_conversation_ends_with_the_right_label(actors: tuple[str, ...], day: date) -> None:
    """No question is in vain, and at the end no answer to anything that could still be asked would change a label.

    So the order of the answers does not matter either: whoever tells the same facts ends with the same label.
    """
    found = _walks(actors, day, skipping=False)
    assert [paths.in_vain for paths in found if paths.in_vain] == []
    assert [paths.too_soon for paths in found if paths.too_soon] == []
    print(
        f"\n{sum(paths.conversations for paths in found):,} conversations, longest {max(p.longest for p in found) + 1}"
    )


@pytest.mark.parametrize(("actors", "schools"), [(SCHOOLS, SCHOOL_TYPES), (HELPERS, ("pro", "vmbo"))])
def test_every_conversation_with_i_dont_know_ends(actors: tuple[str, ...], schools: tuple[str, ...]) -> None:
    """Whatever somebody does not know, the conversation ends, and asks nothing in vain; the benchmark walks all schools."""
    found = _walks(actors, TODAY, skipping=True, schools=schools)
    assert [paths.in_vain for paths in found if paths.in_vain] == []
    assert max(paths.longest for paths in found) <= 13


def test_does_my_old_school_help_takes_six_questions_at_most() -> None:
    """The question for the school included; one more only for somebody who knows no more than the year of a border."""
    start = walk(SCHOOLS, TODAY, start={"school_type": "mbo"}, skipping=False)
    assert start.longest + 1 <= 7
    assert start.asked <= {
        "mbo_level",
        "mbo_leerweg",
        "diploma",
        "diploma_date",
        "follow_on_enrolment",
        "special_circumstances",
        "still_at_same_school",
        "left_school_date",
    }
