"""The words of an outcome: whatever is known of a person, what is said is whole."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fact_sets import FACT_SETS, values_of
from knowledge.facts import FACTS, read_facts
from knowledge.rights import evaluate
from knowledge.rules import Outcome
from knowledge.wording import answer_texts, fact_name, fact_text, flag_texts, more_text, reason_text, rule_text
from locales import Text, languages, source_texts

_NL = languages()["nl"]


@settings(deadline=None)
@given(
    FACT_SETS,
    st.sampled_from(["pro", "vso", "mbo", "vmbo"]),
    st.sampled_from([date(2025, 6, 1), date(2026, 11, 22)]),
)
@example({"mbo_level": 3, "diploma": True, "special_circumstances": True}, "mbo", date(2026, 11, 22))
@example({"follow_on_enrolment": True, "special_circumstances": True}, "pro", date(2026, 11, 22))
def test_every_outcome_can_be_said(raw: dict[str, object], school: str, as_of: date) -> None:
    """No answer, reason or doubt has a hole in it, in any language: no {place} and no question mark for a date."""
    facts = read_facts({**raw, "school_type": school})
    for outcome in evaluate(facts, as_of).outcomes.values():
        reason = reason_text(outcome, facts)
        more = more_text(outcome)
        said = [*answer_texts(outcome, facts), *flag_texts(outcome), *(text for text in (reason, more) if text)]
        for text in (*said, *((rule_text(outcome, facts),) if outcome.rule else ())):
            assert ("left", "?") not in text.values
            assert "{" not in _NL.say(text)
            assert all("{" not in spoken.say(text) for spoken in languages().values() if spoken.has([text]))


@settings(deadline=None)
@given(st.data())
def test_every_fact_can_be_said(data: st.DataObject) -> None:
    """Every value of every fact is one whole sentence, and every fact has a name."""
    for name, fact in FACTS.items():
        value = read_facts({name: data.draw(values_of(fact))})[name]
        for text in (fact_text(name, value), fact_name(name)):
            assert text.id in source_texts()
            assert "{" not in _NL.say(text)


def test_facts_are_said_as_precisely_as_they_are_known() -> None:
    """A year, a month, a day; a day to come only of leaving, and only when today is known; a place as it was said."""
    said = {
        ("left_school_date", "2026"): "Je ging van school: 2026.",
        ("left_school_date", "2026-07"): "Je ging van school: juli 2026.",
        ("birth_date", "2030-01-02"): "Je geboortedatum: 2 januari 2030.",
        ("age", 19): "Je bent 19 jaar.",
        ("mbo_level", 2): "Je mbo-niveau is 2.",
        ("diploma", False): "Je hebt geen diploma van deze school.",
        ("school_type", "pro"): "Je school is een praktijkschool.",
        ("municipality", "Tiel"): "Je woont hier: Tiel.",
    }
    for (name, value), words in said.items():
        assert _NL.say(fact_text(name, read_facts({name: value})[name], as_of=date(2026, 11, 22))) == words
    leaving = read_facts({"left_school_date": "2027-07-16"})["left_school_date"]
    assert (
        _NL.say(fact_text("left_school_date", leaving, as_of=date(2026, 11, 22))) == "Je gaat van school: 16 juli 2027."
    )
    assert _NL.say(fact_text("left_school_date", leaving)) == "Je ging van school: 16 juli 2027."


def test_a_rule_may_have_more_to_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    """What always goes with a rule's answer follows it, and its longer words are found under its id."""
    texts = {
        "rights.gemeente.young": "Ja.",
        "rights.also.gemeente.young": "Ook {until}.",
        "more.gemeente.young": "Meer.",
    }
    monkeypatch.setattr("knowledge.wording.source_texts", lambda: texts)
    young = Outcome("gemeente", "may", "gemeente.young")
    assert [text.id for text in answer_texts(young, {})] == ["rights.gemeente.young", "rights.also.gemeente.young"]
    assert more_text(young) == Text.of("more.gemeente.young")
    monkeypatch.setattr("knowledge.wording.source_texts", lambda: {"rights.gemeente.young": "Ja."})
    assert [text.id for text in answer_texts(young, {})] == ["rights.gemeente.young"]
    assert more_text(young) is None


def test_a_rule_without_a_sayable_reason_points_at_the_law(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the reason is about a day that nobody knows, the explanation ends with the law itself."""
    assert rule_text(Outcome("pro_school", "must_offer", "pro.year_one"), {}).id == "explanation.rule.school.year_one"
    monkeypatch.setattr("knowledge.wording.source_texts", lambda: {"rights.why.mbo.may": "{left}"})
    assert rule_text(Outcome("mbo_school", "may", "mbo.may"), {}) == Text.of("rights.see_the_law")
