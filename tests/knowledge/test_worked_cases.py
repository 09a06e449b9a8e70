"""Worked cases that a lawyer can read, in cases/*.toml, against the rights answer."""

from collections.abc import Iterator

import pytest

from knowledge.rights import ACTORS, Answer, evaluate
from rulebook_cases import Case, load_cases

CASES = load_cases()
FIRST_ACTORS = {"pro_school", "vso_school", "mbo_school", "doorstroompunt", "gemeente"}


@pytest.mark.parametrize("case", CASES, ids=[case.title for case in CASES])
def test_worked_case(case: Case) -> None:
    """The answer to each worked case has the label, flags, end and statuses that its article gives."""
    answer = evaluate(case.facts, case.as_of)
    named = {*case.expect, *case.flags, *case.until, *case.needs}
    assert named & FIRST_ACTORS <= set(answer.outcomes)
    wrong = [said for actor in sorted(named & set(answer.outcomes)) for said in wrong_about(actor, case, answer)]
    wrong += [
        f"{name} is {answer.statuses[name]}"
        for name, value in case.statuses.items()
        if name in answer.statuses and answer.statuses[name] != value
    ]
    if case.contradiction is not None and bool(answer.contradictions) != case.contradiction:
        wrong.append(f"contradictions: {answer.contradictions}")
    assert not wrong, f"{case.law}: {'; '.join(wrong)}; {dict(case.facts)} on {case.as_of}"


def wrong_about(actor: str, case: Case, answer: Answer) -> Iterator[str]:
    """What the answer about one actor says that the case does not."""
    got = answer.outcomes[actor]
    if actor in case.expect and got.label not in case.expect[actor]:
        yield f"{actor} is {got.label}"
    if actor in case.flags and set(got.flags) != case.flags[actor]:
        yield f"{actor} has {got.flags}"
    if actor in case.until and got.until != case.until[actor]:
        yield f"{actor} until {got.until}"
    if actor in case.needs and case.needs[actor] not in got.needs:
        yield f"{actor} needs {got.needs}"


def test_there_are_cases_for_every_first_actor_and_label() -> None:
    """The worked cases cover each of the five main actors with at least three labels, and are at least ninety."""
    assert len(CASES) >= 90
    assert len({case.title for case in CASES}) == len(CASES)
    for actor in FIRST_ACTORS:
        labels = {label for case in CASES for label in case.expect.get(actor, ())}
        assert len(labels) >= 3, actor


def test_there_are_cases_for_every_actor() -> None:
    """Each other actor has cases too, for every label that its rules can give in the European Netherlands."""
    for actor, decision in ACTORS.items():
        told = {label for case in CASES for label in case.expect.get(actor, ())}
        labels = {rule.label for rule in decision.rules if not rule.id.endswith(".bes")}
        assert labels <= told, actor
