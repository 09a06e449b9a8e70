"""The words of an outcome: whatever is known of a person, what is said is whole."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fact_sets import FACT_SETS, values_of
from knowledge.facts import FACTS, read_facts
from knowledge.rights import ACTORS, evaluate
from knowledge.rules import Outcome, Rule
from knowledge.simple_language import sentences
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


RULES = [(decision.actor, rule) for decision in ACTORS.values() for rule in decision.rules]


def _said(actor: str, *, as_of: date = date(2026, 11, 22), **raw: object) -> str:
    facts = read_facts(raw)
    outcome = evaluate(facts, as_of).outcomes[actor]
    return " ".join(_NL.say(text) for text in (*answer_texts(outcome, facts), *flag_texts(outcome)))


@pytest.mark.parametrize(("actor", "rule"), RULES, ids=[rule.id for _, rule in RULES])
def test_no_sentence_is_said_twice(actor: str, rule: Rule) -> None:
    """The answer, what goes with it, all its doubts at once, and its reason have no sentence in common."""
    outcome = Outcome(actor, rule.label, rule.id, flags=tuple(flag.name for flag in rule.flags))
    reason = reason_text(outcome, read_facts({"left_school_date": "2026-07-17", "diploma_date": "2026-07-17"}))
    texts = [*answer_texts(outcome, {}), *flag_texts(outcome), *([reason] if reason else [])]
    said = [sentence for text in texts for sentence in sentences(source_texts()[text.id])]
    assert len(said) == len(set(said))


def test_a_year_across_the_border_gets_words_that_hold_in_both_years() -> None:
    """Left in 2025: must still help, and again if it did not; help in the first year counts; without it, at least a must."""
    left = {"school_type": "pro", "left_school_date": "2025", "follow_on_enrolment": False}
    said = _said("pro_school", **left)
    assert "moet je nog helpen. Dat geldt in elk geval tot 1 januari 2027." in said
    assert "Kreeg je in het eerste jaar geen hulp? Dan moet school het opnieuw aanbieden." in said
    assert "opnieuw" not in _said("pro_school", **left, used_offer_year1=True)
    assert _said("pro_school", **left, used_offer_year1=False).endswith("Je school moet je in elk geval nog helpen.")


def test_an_end_that_may_be_past_is_not_told() -> None:
    """Left in 2024: the two years may be over, so no day of 2026 is promised."""
    said = _said(
        "pro_school", school_type="pro", left_school_date="2024", follow_on_enrolment=True, special_circumstances=True
    )
    assert "Dat geldt tot twee jaar na school." in said


def test_the_doubt_about_the_new_law_goes_with_a_promise_only() -> None:
    """After "does not have to" nobody reads that this probably holds for them too; a duty keeps the doubt."""
    left = {"school_type": "pro", "left_school_date": "2025-07"}
    assert "Waarschijnlijk" in _said("pro_school", **left, follow_on_enrolment=False)
    assert "Waarschijnlijk" not in _said("pro_school", **left, follow_on_enrolment=True)


def test_the_islands_are_told_of_once() -> None:
    """Where the answer itself names them, no doubt names them again."""
    for actor in ("doorstroompunt", "gemeente"):
        assert _said(actor, country_part="BES", age=20).count("Bonaire") == 1


def test_school_comes_first_for_who_is_under_18() -> None:
    """Somebody of 15 or 17 hears of mentor and leerplichtambtenaar before the gemeente; nobody else does."""
    for age in (15, 17):
        assert _said("gemeente", age=age).startswith("Praat eerst met je mentor of de leerplichtambtenaar.")
        assert "leerplichtambtenaar" in _said("doorstroompunt", age=age)
    for raw in ({"age": 18}, {}):
        assert "leerplichtambtenaar" not in _said("gemeente", **raw) + _said("doorstroompunt", **raw)


def test_nobody_is_asked_an_age_that_they_told() -> None:
    """ "Ben je jonger dan ...?" is said only to somebody whose age is not known."""
    for age in (15, 17, 20, 26, 28):
        for school in ("vmbo", "vso", "mbo", "pro"):
            for profile, competent in (("dagbesteding", True), ("dagbesteding", False)):
                raw = {"school_type": school, "age": age, "legally_competent": competent, "diploma": True}
                more = {"vso_profile": profile} if school == "vso" else {}
                for actor in ACTORS:
                    asked = _said(actor, **raw, **more, consent="given", municipality_continues=True)
                    assert "Ben je jonger dan" not in asked, (actor, raw)
    assert "Ben je jonger dan 18?" in _said("vo_school", school_type="vmbo")
