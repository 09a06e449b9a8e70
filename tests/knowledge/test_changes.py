"""What would change an outcome: every change that is told is true, certain, and worth telling."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fact_sets import FACT_SETS
from knowledge.changes import Change, changes, difference, label_text
from knowledge.conditions import Situation
from knowledge.facts import read_facts
from knowledge.rights import ACTORS, SCHOOL_OF, evaluate
from knowledge.rules import Outcome, decide
from knowledge.wording import change_text
from locales import languages, source_texts

TODAY = date(2026, 11, 22)
PRO: dict[str, object] = {"school_type": "pro", "left_school_date": "2026-07-17", "follow_on_enrolment": False}
_NL = languages()["nl"]


DAYS = st.sampled_from([date(2025, 6, 1), date(2026, 2, 28), TODAY])


def _told(actor: str, as_of: date = TODAY, limit: int = 3, **raw: object) -> tuple[Change, ...]:
    return changes(ACTORS[actor], Situation(read_facts(raw), as_of), limit=limit)


def _outcome(situation: Situation, actor: str) -> Outcome:
    return evaluate(situation.facts, situation.as_of).outcomes[actor]


@settings(deadline=None)
@given(FACT_SETS, st.sampled_from(["pro", "vso", "mbo", "vmbo"]), DAYS)
def test_each_change_gives_the_outcome_it_names(raw: dict[str, object], school: str, as_of: date) -> None:
    """Applied, a change gives its outcome, which is certain and another one than before; days come first, in order."""
    situation = Situation(read_facts({**raw, "school_type": school}), as_of)
    for actor, decision in ACTORS.items():
        now = _outcome(situation, actor)
        found = changes(decision, situation, limit=9)
        label = now.label
        for change in found:
            then = _outcome(change.applied(situation), actor)
            assert then == change.outcome
            assert then.label not in ("unknown", label if change.day else now.label)
            assert "contradiction" not in then.flags
            assert "{" not in _NL.say(change_text(change))
            label = then.label
        days = [change.day for change in found if change.day]
        assert days == sorted(days)
        assert all(day > as_of for day in days)
        assert len(days) <= 2
        assert [bool(change.day) for change in found] == sorted((bool(change.day) for change in found), reverse=True)
        assert not found or now.label != "unknown"


@settings(deadline=None)
@given(st.integers(0, 800), st.booleans())
def test_no_day_is_left_out(days_ago: int, used: bool) -> None:
    """Until the first day that is told, the label stays as it is on every day."""
    left = str(TODAY - timedelta(days=days_ago))
    facts = read_facts({**PRO, "left_school_date": left, "used_offer_year1": used})
    situation = Situation(facts, TODAY)
    school = ACTORS["pro_school"]
    now = decide(school, situation).label
    told = next((change for change in changes(school, situation) if change.day), None)
    end = told.day if told and told.day else TODAY + timedelta(days=1000)
    for ahead in range(0, (end - TODAY).days, 7):
        assert decide(school, Situation(facts, TODAY + timedelta(days=ahead))).label == now
    assert decide(school, Situation(facts, end - timedelta(days=1))).label == now


def test_days_first_then_what_was_perhaps_answered_wrongly() -> None:
    """The end of the first year without help, the end of the second, then going straight on to another course."""
    told = _told("pro_school", **PRO, used_offer_year1=False)
    assert [_NL.say(change_text(change)) for change in told] == [
        "Vanaf 17 juli 2027: Je oude school moet je opnieuw hulp aanbieden.",
        "Vanaf 17 juli 2028: Je oude school hoeft je niet te helpen.",
        "Stel: Je ging meteen door naar een andere opleiding. Dan: Je oude school kan je helpen, maar het hoeft niet.",
    ]
    assert _told("pro_school", **PRO, used_offer_year1=False, limit=1) == told[:1]


def test_what_is_taken_for_granted_is_told() -> None:
    """In the second year it is told that without help so far the school must offer it again."""
    told = _told("pro_school", **{**PRO, "left_school_date": "2025-09-01"})
    assert ("used_offer_year1", False) in [(change.fact, change.value) for change in told]


def test_an_age_only_rises() -> None:
    """Of an age only those to come are told, and it does not hold on a later day."""
    told = _told("gemeente", age=19)
    assert [(change.fact, change.value) for change in told] == [("age", 27)]
    assert _told("gemeente", age=30) == ()
    assert all(
        change.day is None for change in _told("doorstroompunt", date(2025, 12, 1), age=26, currently_enrolled=False)
    )


def test_another_school_is_not_held_against_this_one() -> None:
    """Of another kind of school nothing is told: everybody knows theirs, and that school has an outcome of its own."""
    for school in ("pro", "vso", "mbo"):
        told = _told(SCHOOL_OF[school], **{**PRO, "school_type": school, "mbo_level": 1}, limit=9)
        assert "school_type" not in [change.fact for change in told]


def test_nobody_is_sent_away_from_school() -> None:
    """Staying away or leaving school is never told as a way to help."""
    told = _told(
        "doorstroompunt", school_type="vmbo", age=19, currently_enrolled=True, startkwalificatie=False, limit=9
    )
    assert not {"currently_enrolled", "absent_4_weeks", "still_at_same_school"} & {change.fact for change in told}


def test_nothing_is_told_of_what_is_not_certain() -> None:
    """Without a certain outcome, or with facts that contradict each other, nothing is told."""
    assert _told("pro_school", school_type="pro") == ()
    assert _told("pro_school", **PRO, still_at_same_school=True) == ()


_A = Outcome("pro_school", "must_offer", "pro.year_one", until=date(2028, 7, 17))


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (_A, "Dat verandert niets."),
        (Outcome("pro_school", "must_offer", "pro.enrolled"), "Het antwoord blijft hetzelfde."),
        (
            Outcome("pro_school", "must_offer", "pro.year_one", until=date(2028, 7, 31)),
            "Het antwoord blijft hetzelfde. Maar nu geldt het tot 31 juli 2028.",
        ),
        (
            Outcome("mbo_school", "no", "mbo.no_diploma"),
            "Eerst: Je oude school moet je hulp aanbieden. Nu: Je mbo-school hoeft je niet te helpen.",
        ),
        (
            Outcome("pro_school", "unknown", ""),
            "Eerst: Je oude school moet je hulp aanbieden. Nu: Dat weet ik nog niet zeker.",
        ),
    ],
)
def test_what_a_changed_answer_changed(after: Outcome, words: str) -> None:
    """Another label, another end, another reason, or nothing: it is said which."""
    text = difference(_A, after)
    assert text
    assert _NL.say(text) == words


def test_between_two_unknowns_there_is_nothing_to_say() -> None:
    """Who knew nothing and still knows nothing is not told that nothing changed."""
    unknown = Outcome("pro_school", "unknown", "")
    assert difference(unknown, unknown) is None


def test_every_label_of_every_actor_has_a_sentence() -> None:
    """Each label an actor can have is one whole sentence, with the actor's own words where the common ones do not fit."""
    for actor, decision in ACTORS.items():
        for label in {rule.label for rule in decision.rules} | {"unknown"}:
            said = _NL.say(label_text(Outcome(actor, label, "")))
            assert said.endswith(".")
            assert "{" not in said
            if actor not in (*SCHOOL_OF.values(), "doorstroompunt", "gemeente") and label != "unknown":
                assert f"explanation.own.{actor}.{label}" in source_texts()
    used = {f"explanation.own.{actor}.{rule.label}" for actor, decision in ACTORS.items() for rule in decision.rules}
    assert {id for id in source_texts() if id.startswith("explanation.own.")} <= used
