"""Why an outcome is so: the steps are enough for it, none is too many, and they say dates with the border that counts."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fact_sets import FACT_SETS
from knowledge.conditions import All, Anniversary, Before, Either, Is, Not, On, Situation, Today
from knowledge.explanation import Step, enough, explain
from knowledge.facts import FACTS, read_facts
from knowledge.rights import ACTORS, STATUSES, evaluate
from knowledge.rules import Decision, Rule, decide
from knowledge.statutes import cite
from knowledge.wording import fact_name
from locales import Text, languages, source_texts

TODAY = date(2026, 11, 22)
_NL = languages()["nl"]


DAYS = st.sampled_from([date(2025, 6, 1), date(2026, 2, 28), date(2026, 4, 10), TODAY, date(2027, 6, 1)])


def _situation(**raw: object) -> Situation:
    return Situation(read_facts(raw), TODAY)


def _words(steps: tuple[Step, ...]) -> list[str]:
    return [_NL.say(step.text) for step in steps]


@settings(deadline=None)
@given(FACT_SETS, st.sampled_from(["pro", "vso", "mbo", "vmbo"]), DAYS)
@example({"left_school_date": "2025-11", "follow_on_enrolment": True, "age": 16}, "pro", TODAY)
def test_the_steps_are_enough_and_none_is_too_many(raw: dict[str, object], school: str, as_of: date) -> None:
    """With only the steps' facts the same rule decides, or the same rules stay open; without any one of them not."""
    situation = Situation(read_facts({**raw, "school_type": school}), as_of)
    for decision in (*ACTORS.values(), *STATUSES.values()):
        before = decide(decision, situation)
        facts = enough(decision, situation).facts
        after = decide(decision, Situation(facts, as_of))
        assert (after.rule, after.label) == (before.rule, before.label)
        assert before.rule or after.possible == before.possible
        for fact in facts:
            without = decide(decision, Situation(facts, as_of).without(fact))
            assert (without.rule, without.label, "" if before.rule else without.possible) != (
                before.rule,
                before.label,
                "" if before.rule else before.possible,
            )


@settings(deadline=None)
@given(FACT_SETS, DAYS)
def test_every_step_can_be_said(raw: dict[str, object], as_of: date) -> None:
    """The facts that are enough, in the decision's order, the rule or what is missing, then its doubts; all have words."""
    situation = Situation(read_facts(raw), as_of)
    for decision in ACTORS.values():
        steps = explain(decision, situation)
        kept = enough(decision, situation).facts
        enough_for_it = [fact for fact in decision.facts if fact in kept]
        assert [step.fact for step in steps if step.fact][: len(enough_for_it)] == enough_for_it
        assert len({step.fact for step in steps if step.fact}) == len([step for step in steps if step.fact])
        assert steps[-1].fact is None or not decide(decision, situation).rule
        for step in steps:
            assert "{" not in _NL.say(step.text)
            assert "?" not in _NL.say(step.text) or step.fact is None


def test_a_pro_school_in_the_first_year() -> None:
    """The school, the day with the year that counts, no other course; then the rule with its law."""
    situation = _situation(
        school_type="pro", left_school_date="2026-07-17", follow_on_enrolment=False, age=19, used_offer_year1=True
    )
    steps = explain(ACTORS["pro_school"], situation)
    assert [step.fact for step in steps] == ["school_type", "left_school_date", "follow_on_enrolment", None]
    assert _words(steps)[1] == "Je ging van school: 17 juli 2026. Dat is minder dan een jaar geleden."
    assert steps[-1].sources == decide(ACTORS["pro_school"], situation).sources


@pytest.mark.parametrize(
    ("left", "as_of", "words"),
    [
        ("2025", TODAY, "Dat is minder dan twee jaar geleden."),
        ("2025-07-17", TODAY, "Dat is een jaar geleden of langer. Het is nog geen twee jaar geleden."),
        ("2025-11", TODAY, "Dat is minder dan twee jaar geleden."),
        ("2024", date(2027, 1, 1), "Dat is twee jaar geleden of langer."),
    ],
)
def test_a_date_is_said_with_the_tightest_certain_border(left: str, as_of: date, words: str) -> None:
    """Of a day, month or year the step says only what is certain of it."""
    facts = read_facts({"school_type": "pro", "left_school_date": left, "follow_on_enrolment": False})
    steps = explain(ACTORS["pro_school"], Situation(facts, as_of))
    step = next(step for step in steps if step.fact == "left_school_date")
    assert _NL.say(step.text).endswith(words)


def test_a_date_to_come_is_said_as_to_come() -> None:
    """Somebody who leaves next summer is not told that they left."""
    steps = explain(ACTORS["pro_school"], _situation(school_type="pro", left_school_date="2027-07-16"))
    assert _words(steps)[1] == "Je gaat van school: 16 juli 2027."


def test_ages_are_said_with_the_borders_that_count_today() -> None:
    """The old limit of 23 is not named when it does not decide; 18 and 27 are."""
    open_doors = {"school_type": "pro", "currently_enrolled": False}
    steps = explain(ACTORS["doorstroompunt"], _situation(age=19, **open_doors))
    assert _words(steps)[0] == "Je bent 19 jaar. Je bent dus 18 of ouder, en jonger dan 27."
    steps = explain(ACTORS["gemeente"], _situation(birth_date="2000-03-02", age=26))
    assert _words(steps)[0] == "Je geboortedatum: 2 maart 2000. Je bent dus 18 of ouder, en jonger dan 27."
    steps = explain(ACTORS["gemeente"], _situation(age=27))
    assert _words(steps)[0] == "Je bent 27 jaar. Je bent dus 27 of ouder."


def test_what_is_taken_for_granted_is_no_step() -> None:
    """Saying what would be assumed anyway adds nothing to the explanation."""
    facts: dict[str, object] = {"school_type": "pro", "left_school_date": "2024-07-17"}
    plain = explain(ACTORS["pro_school"], _situation(**facts))
    said = explain(ACTORS["pro_school"], _situation(**facts, special_circumstances=False, country_part="EU_NL"))
    assert plain == said


def test_an_open_outcome_names_what_is_missing() -> None:
    """While no rule has decided, the last step names the facts: those given, in their order, three at most."""
    situation = _situation(school_type="pro")
    steps = explain(ACTORS["pro_school"], situation, needs=("left_school_date", "age", "diploma", "moved"))
    assert steps[0].fact == "school_type"
    assert _words(steps)[-1] == "Dat weet ik nog niet: de dag van je vertrek, je leeftijd, je diploma."
    assert explain(ACTORS["pro_school"], situation)[-1].text.id == "explanation.missing"
    assert explain(ACTORS["pro_school"], situation, needs=()) == steps[:1]
    only = explain(ACTORS["pro_school"], situation, needs=("age",))[-1].text
    assert only == Text.of("explanation.missing", facts=fact_name("age"))


def test_a_fact_brings_its_own_law() -> None:
    """The places in the law that make a fact matter stand with its step."""
    law = cite("wec-44", "2")
    decision = Decision(
        "vso_school",
        (Rule(id="vso.on_request", label="may", when=Is("school_type", ("vso",))), Rule(id="vso.enrolled", label="no")),
        grounds={"school_type": (law,)},
    )
    steps = explain(decision, _situation(school_type="vso"))
    assert steps[0].sources == (law,)


def test_borders_of_other_rules_are_not_said() -> None:
    """A comparison counts only where it can decide: not with another fact, and not where the rest decides without it."""
    left_5 = Before(Today(), Anniversary(("left_school_date",), 5))
    old = Before(Today(), On(date(2020, 1, 1)))
    shut = Either((Is("moved", (True,)), Before(Today(), Anniversary(("left_school_date",), 3))))
    other = Before(Today(), Anniversary(("diploma_date", "left_school_date"), 1))
    law_began = Not(Before(Anniversary(("left_school_date",)), On(date(2020, 1, 1))))
    rules = (
        Rule(id="gemeente.young", label="may", when=All((left_5, other, law_began, Not(All((old, left_5))), shut))),
        Rule(id="gemeente.adult", label="no"),
    )
    facts = {"left_school_date": "2022-06-01", "diploma_date": "2026-01-01", "moved": True}
    steps = explain(Decision("gemeente", rules), _situation(**facts))
    said = next(step for step in steps if step.fact == "left_school_date")
    assert _NL.say(said.text) == "Je ging van school: 1 juni 2022. Dat is minder dan 5 jaar geleden."


def test_a_date_without_a_certain_border_is_said_alone() -> None:
    """A year that lies across the only border gets no second sentence."""
    decision = Decision(
        "gemeente",
        (
            Rule(id="gemeente.young", label="may", when=Before(Today(), Anniversary(("left_school_date",), 1))),
            Rule(id="gemeente.adult", label="no", when=Is("left_school_date", ())),
            Rule(id="gemeente.uwv", label="on_request"),
        ),
    )
    steps = explain(decision, _situation(left_school_date="2025"))
    assert _words(steps)[:1] == ["Je ging van school: 2025."]


def test_every_fact_and_value_has_words() -> None:
    """Each fact has a name, and each of its values a sentence of its own."""
    for name, fact in FACTS.items():
        assert f"facts.{name}.name" in source_texts()
        values = ("true", "false") if fact.kind == "boolean" else fact.values or ("value",)
        assert all(f"facts.{name}.{value}" in source_texts() for value in values), name


def test_every_closing_sentence_belongs_to_a_rule() -> None:
    """A sentence that closes an explanation stands under a rule that exists."""
    rules = {rule.id for decision in ACTORS.values() for rule in decision.rules}
    shared = {f"school.{rule.partition('.')[2]}" for rule in rules if rule.startswith(("pro.", "vso."))}
    own = {id.removeprefix("explanation.rule.") for id in source_texts() if id.startswith("explanation.rule.")}
    assert own <= rules | shared


def _law(step: Step) -> list[str]:
    return [f"{source.article} {source.paragraph or ''}".strip() for source in step.sources]


def test_a_year_across_the_border_is_explained_for_both_years() -> None:
    """Left in 2025 and no more is known: nothing is said of the first year alone, and the new offer has its paragraph."""
    steps = explain(
        ACTORS["pro_school"], _situation(school_type="pro", left_school_date="2025", follow_on_enrolment=False)
    )
    assert _words(steps)[-1].endswith("Kreeg je in het eerste jaar geen hulp? Dan moet school het opnieuw aanbieden.")
    assert _law(steps[-1])[0] == "2.31a 7"
    assert not any("een jaar geleden" in words for words in _words(steps))
    used = _situation(school_type="pro", left_school_date="2025", follow_on_enrolment=False, used_offer_year1=True)
    steps = explain(ACTORS["pro_school"], used)
    assert "Je kreeg in het eerste jaar hulp van school." in _words(steps)
    assert _words(steps)[-1] == "De hulp van school loopt twee jaar door."


def test_the_doubt_that_the_law_says_is_a_step() -> None:
    """That the school is consulted first comes with the document, its day and its paragraph; nothing is said twice."""
    facts: dict[str, object] = {"school_type": "pro", "currently_enrolled": False, "age": 19}
    recent = _situation(**facts, pro_document="verklaring", left_school_date="2026-07-10")
    steps = explain(ACTORS["doorstroompunt"], recent)
    assert [(step.fact, _law(step)) for step in steps[-3:]] == [
        ("left_school_date", ["9.2.5 5"]),
        ("pro_document", ["9.2.5 5"]),
        (None, ["9.2.5 5"]),
    ]
    assert _words(steps)[-3] == "Je ging van school: 10 juli 2026. Dat is minder dan twee jaar geleden."
    assert _words(steps)[-1] == "Begin bij je oude school. Het Doorstroompunt praat eerst met die school."
    assert len(explain(ACTORS["doorstroompunt"], _situation(**facts))) == len(steps) - 3
    dated = _situation(**facts, diploma=True, diploma_date="2026-07-10", left_school_date="2024-07-10")
    doubts = explain(ACTORS["doorstroompunt"], dated)[-3:]
    assert [step.fact for step in doubts] == ["diploma", "diploma_date", None]


@pytest.mark.parametrize(
    ("actor", "raw", "as_of", "cited"),
    [
        ("vso_school", {"school_type": "vso", "vso_profile": "dagbesteding"}, TODAY, {"44 4"}),
        ("vso_school", {"school_type": "vso", "follow_on_enrolment": True}, TODAY, {"44 4"}),
        ("mbo_school", {"school_type": "mbo", "mbo_level": 1, "country_part": "BES"}, TODAY, {"8.3.1 2", "8.3.1 3"}),
        ("doorstroompunt", {"school_type": "pro", "still_at_same_school": True}, date(2025, 6, 1), {"8.3.1 1"}),
        ("gemeente", {"benefit": "ww"}, date(2025, 6, 1), {"7 3"}),
    ],
)
def test_only_the_law_that_is_about_this_person_is_cited(
    actor: str, raw: dict[str, object], as_of: date, cited: set[str]
) -> None:
    """No step of somebody's answer rests on the article of another school, island or time."""
    dates = {"left_school_date": "2025-07-10", "diploma": True, "diploma_date": "2026-07-01"}
    known = {
        **raw,
        **(dates if actor != "doorstroompunt" else {}),
        "follow_on_enrolment": raw.get("follow_on_enrolment", False),
    }
    facts = read_facts(
        {
            **known,
            "vso_profile": raw.get("vso_profile", "arbeidsmarktgericht" if "follow_on_enrolment" in raw else None),
        }
    )
    found = evaluate(facts, as_of).outcomes[actor]
    assert {f"{source.article} {source.paragraph}" for source in found.sources} & cited
    told = {law for step in explain(ACTORS[actor], Situation(facts, as_of)) for law in _law(step)}
    assert told & cited
    assert not told & {"44 2", "9.2.12 2", "9.2.12 3", "9.2.1", "7a 6"}


@pytest.mark.parametrize(
    ("school", "profile", "own", "document"),
    [
        ("vso", "arbeidsmarktgericht", {"14e"}, {"44a 3", "44a 2"}),
        ("vso", "dagbesteding", {"14h"}, {"44a 3", "44a 2"}),
        ("mbo", None, {"14e", "14h"}, {"9.2.13 3", "9.2.13 2"}),
        ("pro", None, {"14e", "14h"}, {"2.31b 3", "2.31b 2"}),
    ],
)
def test_the_overgangsdocument_has_the_law_of_the_school(
    school: str, profile: str | None, own: set[str], document: set[str]
) -> None:
    """Every step about it cites the act of the person's own school, and the article of their direction."""
    facts = {"school_type": school, "vso_profile": profile, "diploma": True, "age": 19}
    situation = _situation(**facts, consent="given", municipality_continues=True)
    for actor, articles in (("overgangsdocument_self", own), ("overgangsdocument_gemeente", document)):
        assert {law for step in explain(ACTORS[actor], situation) for law in _law(step)} == articles
