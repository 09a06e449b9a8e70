"""Who must agree before something is shared: from the law, the same in every place that asks."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from knowledge.who_must_agree import Agreement, Giver, Purpose, who_must_agree

TODAY = date(2026, 11, 22)
YOUTH: tuple[Giver, ...] = ("youth",)
PARENTS: tuple[Giver, ...] = ("youth", "parents")
REPRESENTATIVE: tuple[Giver, ...] = ("youth", "legal_rep")


@pytest.mark.parametrize(
    ("facts", "givers"),
    [
        ({"school_type": "pro", "age": 17}, PARENTS),
        ({"school_type": "pro", "birth_date": "2008-11-22"}, YOUTH),
        ({"school_type": "pro", "birth_date": "2008-11-23"}, PARENTS),
        ({"school_type": "vso", "vso_profile": "dagbesteding", "age": 16}, PARENTS),
        ({"school_type": "vso", "age": 19}, YOUTH),
        ({"school_type": "vso", "age": 19, "legally_competent": False}, REPRESENTATIVE),
        ({"school_type": "mbo", "age": 16}, YOUTH),
        ({"school_type": "mbo"}, YOUTH),
    ],
)
def test_the_law_says_who_agrees_to_a_document_or_handover(facts: dict[str, Any], givers: tuple[Giver, ...]) -> None:
    """Under 18 at pro and vso a parent agrees too, at mbo the person alone; nothing goes without the person."""
    purposes: tuple[Purpose, ...] = ("transition_document", "handover")
    for purpose in purposes:
        assert who_must_agree(facts, purpose, TODAY) == Agreement(givers)
    assert Agreement(givers).other == (givers[1] if len(givers) > 1 else None)


def test_what_is_not_known_is_asked_and_not_guessed() -> None:
    """Without an age nobody is named, and the facts to ask for are."""
    found = who_must_agree({"school_type": "pro"}, "transition_document", TODAY)
    assert found.givers == ()
    assert {"birth_date", "age"} <= set(found.needs)
    assert found.other is None


def test_a_request_for_help_is_the_persons_own_at_every_age() -> None:
    """Nobody else is asked before somebody may ask for help themselves."""
    for facts in ({}, {"age": 14}, {"school_type": "vso", "age": 19, "legally_competent": False}):
        assert who_must_agree(facts, "support_request", TODAY) == Agreement(YOUTH)
