"""The "meer uitleg" of the rules: each has one, in B1, and it promises nothing that the law does not."""

from __future__ import annotations

import re

import pytest

from knowledge.rights import ACTORS
from knowledge.rules import Outcome, Rule
from knowledge.simple_language import B1, level_of, problems, sentences, words
from knowledge.wording import more_text
from locales import source_texts

RULES = [(decision.actor, rule) for decision in ACTORS.values() for rule in decision.rules]
MAY = [(actor, rule) for actor, rule in RULES if rule.label == "may"]
MUST = [(actor, rule) for actor, rule in RULES if rule.label.startswith("must_offer")]
MORE = sorted(id for id in source_texts() if id.startswith("more."))
SHORTEST, LONGEST = 2, 5
"""Sentences of an explanation."""
WORDS = 15
"""Words of a sentence."""
_PROMISE = re.compile(
    r"\brecht op \d+ uur\b|\bdoorstroompunt moet\b|\bjuridisch advies\b|\baltijd plek\b", re.IGNORECASE
)
"""What must never be said (rule book §§1.2, 8); a duty of the gemeente is looked at by rule."""
_MAY = re.compile(r"\b(?:kan|kon|kunnen|konden|mag|mogen|mocht|hoeft|hoeven)\b")
MEANINGS = {
    "loopbaanbegeleiding": r"advies en steun",
    "tartkwalificatie": r"diploma van havo, vwo of mbo 2",
    " bbl": r"Bbl is vooral werken",
    " bol": r"bol is school met stage",
    "walificatieplicht": r"naar school tot",
    "vergangsdocument": r"wat je kunt, wilt en nodig hebt",
    "eschut werk": r"werk met veel hulp",
    "mbo-verklaring": r"met wat je (?:op het mbo )?al haalde",
}
"""What must stand beside a word of the law, by that word."""
_GEMEENTE_MUST = re.compile(r"\b(?:de gemeente moet|moet de gemeente)\b", re.IGNORECASE)


def _names(rules: list[tuple[str, Rule]]) -> list[str]:
    return [rule.id for _, rule in rules]


def more_id(actor: str, rule: Rule) -> str:
    """The explanation that goes with what this rule answers."""
    more = more_text(Outcome(actor, rule.label, rule.id))
    return more.id if more else ""


@pytest.mark.parametrize(("actor", "rule"), RULES, ids=_names(RULES))
def test_every_rule_is_explained_in_b1(actor: str, rule: Rule) -> None:
    """Every rule of every actor has two to five sentences of at most fifteen words, that pass the check for B1."""
    id = more_id(actor, rule)
    text = source_texts()[id]
    parts = sentences(text)
    assert SHORTEST <= len(parts) <= LONGEST
    assert [part for part in parts if len(words(part)) > WORDS] == []
    assert level_of(id) is B1
    assert problems(text, B1) == ()


def test_no_explanation_is_left_over() -> None:
    """Every explanation belongs to a rule, so that nobody keeps a text up to date that is never read."""
    assert sorted({more_id(actor, rule) for actor, rule in RULES}) == MORE


@pytest.mark.parametrize("id", MORE)
def test_an_explanation_promises_nothing_that_the_law_does_not(id: str) -> None:
    """No hours as a right, no duty of the Doorstroompunt; a duty of the gemeente only for sheltered work."""
    text = source_texts()[id]
    assert _PROMISE.search(text) is None
    assert id.startswith("more.beschut_werk.") or _GEMEENTE_MUST.search(text) is None


@pytest.mark.parametrize(("actor", "rule"), MUST, ids=_names(MUST))
def test_an_explanation_of_a_duty_says_so(actor: str, rule: Rule) -> None:
    """Where the law gives a duty, the word is "moet", and never "probeert"."""
    text = source_texts()[more_id(actor, rule)]
    assert re.search(r"\bmoet(?:en)?\b", text)
    assert "probe" not in text


@pytest.mark.parametrize(("actor", "rule"), MAY, ids=_names(MAY))
def test_an_explanation_of_may_says_that_it_is_no_duty(actor: str, rule: Rule) -> None:
    """Where the law only allows help, words such as "kan", "mag" and "hoeft niet" say so."""
    assert _MAY.search(source_texts()[more_id(actor, rule)])


@pytest.mark.parametrize("id", MORE)
def test_a_word_of_the_law_is_explained_where_it_is_said(id: str) -> None:
    """Startkwalificatie, bol, bbl, loopbaanbegeleiding and so on: whoever reads only this text knows what it means."""
    text = source_texts()[id]
    for word, meaning in MEANINGS.items():
        if word in text:
            assert re.search(meaning, text), word
