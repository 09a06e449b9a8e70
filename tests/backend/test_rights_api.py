"""The rights answer over HTTP as the contract (section 3) promises it: shape, days, refusals, the next question."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from backend.conversations.service import today_in_amsterdam
from backend.rights_api import answer_rights
from backend.schema import metadata
from knowledge.facts import FACTS
from locales import language, languages
from world import World

RIGHTS = "/api/v1/rights"
LABELS = {"must_offer", "must_offer_again", "on_request", "may", "no", "unknown"}
PRO = {"school_type": "pro", "left_school_date": "2026-07-17", "follow_on_enrolment": False}


def _ask(world: World, facts: dict[str, Any], **more: Any) -> dict[str, Any]:
    answer = world.http.post(RIGHTS, json={"facts": facts, **more})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def _by_actor(answer: dict[str, Any]) -> dict[str, Any]:
    return {outcome["actor"]: outcome for outcome in answer["outcomes"]}


def test_the_answer_has_the_contracts_shape(verder: World) -> None:
    """The contract's example gives the contract's keys, every actor once, and a cited reason."""
    answer = _ask(verder, PRO, as_of="2026-11-22", language="nl")
    assert set(answer) == {"as_of", "language", "rulebook", "outcomes", "statuses", "contradictions", "ask"}
    assert (answer["as_of"], answer["language"]) == ("2026-11-22", "nl")
    assert len(_by_actor(answer)) == len(answer["outcomes"])
    for outcome in answer["outcomes"]:
        assert set(outcome) == {"actor", "label", "until", "flags", "needs", "text", "because"}
        assert outcome["label"] in LABELS
        assert set(outcome["needs"]) <= set(FACTS)
        for reason in outcome["because"]:
            assert set(reason) == {"rule", "text", "sources"}
            for source in reason["sources"]:
                assert set(source) == {"law", "article", "paragraph", "url", "quote"}
                assert source["url"].startswith("https://")
                assert source["quote"]
    assert set(answer["statuses"]) >= {"leerplicht_status", "consent_by"}


def test_the_reason_is_told_step_by_step(verder: World) -> None:
    """Each known fact that the outcome needs is a step of the deciding rule, and the last step cites the law."""
    facts = {**PRO, "age": 19, "used_offer_year1": True}
    because = _by_actor(_ask(verder, facts, as_of="2026-11-22"))["pro_school"]["because"]
    assert [step["text"] for step in because] == [
        "Je school is een praktijkschool.",
        "Je ging van school: 17 juli 2026. Dat is minder dan een jaar geleden.",
        "Je ging niet meteen door naar een andere opleiding.",
        "In het eerste jaar moet school je hulp aanbieden.",
    ]
    assert {step["rule"] for step in because} == {"pro.year_one"}
    assert because[-1]["sources"]


def test_an_open_outcome_says_what_is_known_and_what_is_missing(verder: World) -> None:
    """Of an unknown the steps name what is known and what would settle it; of a contradiction there are none."""
    school = _by_actor(_ask(verder, {"school_type": "pro"}, as_of="2026-11-22"))["pro_school"]
    assert school["because"][0]["text"] == "Je school is een praktijkschool."
    assert school["because"][-1]["text"].startswith("Dat weet ik nog niet: ")
    clash = {
        "school_type": "mbo",
        "mbo_level": 1,
        "diploma": True,
        "diploma_date": "2027-01-01",
        "follow_on_enrolment": False,
    }
    mbo = _by_actor(_ask(verder, clash, as_of="2026-11-22"))["mbo_school"]
    assert (mbo["label"], mbo["because"]) == ("unknown", [])
    assert mbo["needs"] == ["diploma_date"]


def test_an_answer_is_in_one_language(verder: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """When one sentence of an answer or its steps is not translated, that whole answer is Dutch."""
    english = languages()["en"]
    half = replace(english, texts={id: words for id, words in english.texts.items() if id != "facts.school_type.pro"})
    monkeypatch.setattr("backend.rights_api.language", {"en": half, None: language(None)}.get)
    found = _by_actor(_ask(verder, PRO, as_of="2026-11-22", language="en"))["pro_school"]
    dutch = _by_actor(answer_rights(PRO, date(2026, 11, 22), language(None)))["pro_school"]
    assert (found["text"], found["because"]) == (dutch["text"], dutch["because"])


def test_the_statuses_are_the_contracts(verder: World) -> None:
    """The answer has the three statuses of the contract."""
    statuses = set(_ask(verder, PRO)["statuses"])
    assert statuses == {"leerplicht_status", "consent_by", "bijstand_search_period"}


def test_the_contracts_own_example(verder: World) -> None:
    """Four months after a pro school without a new school: that school must offer help, until two years after leaving."""
    school = _by_actor(_ask(verder, PRO, as_of="2026-11-22"))["pro_school"]
    assert (school["label"], school["until"]) == ("must_offer", "2028-07-17")
    assert school["because"][-1]["sources"]


def test_today_is_the_day_when_none_is_said(verder: World) -> None:
    """Without as_of the answer is about today in Amsterdam."""
    before = today_in_amsterdam().isoformat()
    assert before <= _ask(verder, PRO)["as_of"] <= today_in_amsterdam().isoformat()


def test_the_day_decides(verder: World) -> None:
    """The label no longer holds on the day that `until` names, and still holds the day before."""
    until = date.fromisoformat(_by_actor(_ask(verder, PRO, as_of="2026-11-22"))["pro_school"]["until"])
    before = _by_actor(_ask(verder, PRO, as_of=str(until - timedelta(days=1))))["pro_school"]
    after = _by_actor(_ask(verder, PRO, as_of=str(until)))["pro_school"]
    assert before["label"] == "must_offer"
    assert after["label"] != "must_offer"


@pytest.mark.parametrize(
    ("facts", "fact", "code"),
    [
        ({"shoe_size": 42}, "shoe_size", "unknown_fact"),
        ({"school_type": "castle"}, "school_type", "not_allowed"),
        ({"school_type": 3}, "school_type", "wrong_kind"),
        ({"birth_date": "2006-13-01"}, "birth_date", "wrong_kind"),
        ({"birth_date": ["2006"]}, "birth_date", "wrong_kind"),
        ({"follow_on_enrolment": "no"}, "follow_on_enrolment", "wrong_kind"),
        ({"{fact}": 1}, "{fact}", "unknown_fact"),
    ],
)
def test_a_wrong_fact_is_named(verder: World, facts: dict[str, Any], fact: str, code: str) -> None:
    """An unknown fact or a value of the wrong kind is 422 with the fact's name in the fields and in the sentence."""
    answer = verder.http.post(RIGHTS, json={"facts": facts})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (422, code)
    assert error["fields"] == {fact: code}
    assert fact in error["message"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"facts": []},
        {"facts": {}, "as_of": "2026-02-30"},
        {"facts": {}, "as_of": "gisteren"},
        {"facts": {}, "as_of": "9999-12-31"},
        {"facts": {}, "as_of": "0001-01-01"},
        {"facts": {}, "actors": ["pope"]},
        {"facts": {}, "actors": ["\ud800"]},
        {"facts": {}, "days": 3},
        [],
        None,
    ],
)
def test_a_wrong_question_is_422(verder: World, body: Any) -> None:
    """A question that is not of the contract's form is 422 and says which field."""
    headers = {"Content-Type": "application/json"}
    answer = verder.http.post(RIGHTS, content=json.dumps(body), headers=headers)
    assert answer.status_code == 422
    assert answer.json()["error"]["fields"]


def test_unknown_and_absent_are_the_same(verder: World) -> None:
    """A fact that is null counts as a fact that is not there."""
    assert _ask(verder, {**PRO, "birth_date": None}, as_of="2026-11-22") == _ask(verder, PRO, as_of="2026-11-22")


def test_what_is_asked_next_settles_something(verder: World) -> None:
    """Answering what is asked, again and again, ends within ten questions, never repeats one, and leaves nothing to ask."""
    facts: dict[str, Any] = {}
    asked: list[str] = []
    while (ask := _ask(verder, facts, as_of="2026-11-22")["ask"]) is not None:
        assert set(ask) == {"fact", "question", "why", "choices"}
        assert ask["question"]
        assert ask["why"]
        assert ask["fact"] not in asked
        asked.append(ask["fact"])
        assert len(asked) <= 10
        facts[ask["fact"]] = _an_answer(ask)
    assert asked


def _an_answer(ask: dict[str, Any]) -> Any:
    fact = FACTS[ask["fact"]]
    return {
        "date": "2007-05-04" if fact.name == "birth_date" else "2026-07-01",
        "boolean": False,
        "integer": fact.values[0] if fact.values else 1,
        "choice": fact.values[0] if fact.values else "",
        "text": "0344",
    }[fact.kind]


def test_needs_name_what_would_settle_it(verder: World) -> None:
    """Every unknown says which facts would settle it, and what is asked is among the needs of somebody asked for."""
    answer = _ask(verder, {"school_type": "pro"}, as_of="2026-11-22", actors=["pro_school"])
    school = _by_actor(answer)["pro_school"]
    assert school["label"] == "unknown"
    assert answer["ask"]["fact"] in school["needs"]


def test_actors_narrow_the_question(verder: World) -> None:
    """When the actors asked for are settled nothing more is asked, whatever others still need."""
    assert _ask(verder, PRO, as_of="2026-11-22", actors=["pro_school"])["ask"] is None


def test_nothing_is_stored(verder: World) -> None:
    """Asking about rights leaves every table as it was."""
    counts = [sa.select(sa.func.count()).select_from(table) for table in metadata.sorted_tables]
    before = [verder.rows(count)[0][0] for count in counts]
    _ask(verder, PRO)
    assert [verder.rows(count)[0][0] for count in counts] == before


def test_a_language_falls_back_whole(verder: World) -> None:
    """In a language that is not spoken here the answer is Dutch and says so."""
    answer = _ask(verder, PRO, as_of="2026-11-22", language="xx")
    assert answer == _ask(verder, PRO, as_of="2026-11-22", language="nl")


_DAYS = st.sampled_from(["1900-01-01", "2024-02-29", "2100-12-31"]) | st.dates(
    date(1900, 1, 1), date(2100, 12, 31)
).map(str)
_DATES = st.one_of(
    st.dates(date(1900, 1, 1), date(2100, 12, 31)).map(str),
    st.sampled_from(["1900", "2100", "2100-12", "2100-12-31", "2024-02-29", "2024-02"]),
)


def _values(name: str) -> st.SearchStrategy[Any]:
    fact = FACTS[name]
    if fact.values:
        return st.sampled_from(fact.values)
    return {
        "date": _DATES,
        "boolean": st.booleans(),
        "integer": st.integers(0, 149),
        "text": st.text(max_size=20),
        "choice": st.nothing(),
    }[fact.kind]


@seed(20261122)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(
    facts=st.fixed_dictionaries({}, optional={name: _values(name) for name in FACTS}),
    as_of=_DAYS,
)
def test_any_facts_on_any_day_have_an_answer(verder: World, facts: dict[str, Any], as_of: str) -> None:
    """Every combination of allowed values on every day from 1900 to 2100 gives an answer of the full shape."""
    content = json.dumps({"facts": facts, "as_of": as_of})
    answer: httpx.Response = verder.http.post(RIGHTS, content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == 200, answer.text
    assert {outcome["label"] for outcome in answer.json()["outcomes"]} <= LABELS
