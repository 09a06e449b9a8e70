"""The conversation API as the contract (section 5) promises it, over HTTP on both databases."""

from __future__ import annotations

import json
import secrets
import time
from datetime import datetime

import httpx
import pytest
import sqlalchemy as sa

from backend.consents.models import consent
from backend.db import now
from backend.organisations.models import organisation
from backend.support_requests.models import support_request
from sizes import promised
from world import CONVERSATIONS, MESSAGE_KEYS, Person, World

READING = ("messages", "stream", "export")


def test_starting_gives_an_id_a_token_and_messages(verder: World) -> None:
    """A new conversation is 201 with an id, a token and first messages in the language that was asked for."""
    answer = verder.http.post(CONVERSATIONS, json={"language": "nl"})
    assert answer.status_code == 201
    begun = answer.json()
    assert set(begun) == {"id", "token", "messages"}
    assert len(begun["id"]) == 32
    assert len(begun["token"]) >= 43
    assert {message["language"] for message in begun["messages"]} == {"nl"}
    assert [message["number"] for message in begun["messages"]] == list(range(1, len(begun["messages"]) + 1))


def test_a_message_has_the_contracts_shape(verder: World) -> None:
    """Every message has exactly the contract's keys, a known sender, RFC 3339 times in UTC and labelled choices."""
    person = verder.person()
    person.asks_for_help()
    stored = person.messages()
    assert {message["from"] for message in stored} == {"bot", "person"}
    for message in stored:
        assert set(message) == MESSAGE_KEYS
        assert message["direction"] == "ltr"
        assert message["at"].endswith("Z")
        assert datetime.fromisoformat(message["at"]).utcoffset() is not None
        assert all(set(choice) == {"id", "label"} for choice in message["choices"])
        assert message["image"] is None


def test_start_without_a_language_asks_for_one(verder: World) -> None:
    """Who says no language, or one that is not spoken here, chooses one with the first button."""
    for language in (None, "xx"):
        person = verder.person(language)
        assert all(choice["id"].startswith("lang:") for choice in person.sees[-1]["choices"])
        assert person.chooses("lang:nl")


def test_a_turn_gives_its_replies_and_stores_both(verder: World) -> None:
    """A turn answers with the replies; afterwards the person's words and the replies are read back in order."""
    person = verder.person()
    seen = len(person.sees)
    replies = person.says("Wie kan mij helpen met werk?")
    assert replies
    stored = person.messages(after=seen)
    assert stored[0] | {"number": 0, "at": ""} == stored[0] | {"number": 0, "at": "", "from": "person"}
    assert stored[0]["text"] == "Wie kan mij helpen met werk?"
    assert stored[1:] == replies
    assert person.messages(after=replies[-1]["number"]) == []


def test_a_turn_is_text_or_choice(verder: World) -> None:
    """Neither, both, an empty text, a text that is too long or an unknown field is 422 and nothing is stored."""
    person = verder.person()
    before = person.messages()
    for body, code in [
        ({}, "bad_request"),
        ({"text": "a", "choice": "menu"}, "bad_request"),
        ({"text": " \n"}, "empty_text"),
        ({"text": "a" * 4001}, "long_text"),
        ({"text": "a" * 20_001}, "invalid"),
        ({"choice": ""}, "invalid"),
        ({"choice": "é"}, "invalid"),
        ({"choice": "a\ud800"}, "invalid"),
        ({"text": "a", "number": 1}, "invalid"),
        ({"text": 7}, "invalid"),
    ]:
        answer = person.http.post(
            f"{person.path}/turns",
            content=json.dumps(body),
            headers={**person.headers, "Idempotency-Key": "k", "Content-Type": "application/json"},
        )
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, code), body
    assert person.messages() == before


def test_a_foreign_id_is_an_unknown_id(verder: World) -> None:
    """Every call on somebody else's conversation, an unknown id or an odd one gives the same 404."""
    mine, other = verder.person(), verder.person()
    before = other.messages()
    answers = []
    for id in (other.id, secrets.token_hex(16), "x", "%00", "a" * 300):
        for what in READING:
            answers.append(verder.http.get(f"{CONVERSATIONS}/{id}/{what}", headers=mine.headers))
        keyed = {**mine.headers, "Idempotency-Key": "k"}
        answers.append(verder.http.post(f"{CONVERSATIONS}/{id}/turns", json={"text": "Hoi"}, headers=keyed))
        answers.append(verder.http.delete(f"{CONVERSATIONS}/{id}", headers=mine.headers))
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert other.messages() == before


def test_the_token_counts_only_in_its_header(verder: World) -> None:
    """A token in the address, in a cookie, in the body or under another scheme opens nothing."""
    person = verder.person()
    for headers in (
        {},
        {"Authorization": person.token},
        {"Authorization": f"Basic {person.token}"},
        {"Cookie": f"token={person.token}"},
    ):
        for query in ("", f"?token={person.token}&access_token={person.token}"):
            assert verder.http.get(f"{person.path}/messages{query}", headers=headers).status_code == 404
    turn = {"text": "Hoi", "token": person.token}
    assert verder.http.post(f"{person.path}/turns", json=turn, headers={"Idempotency-Key": "k"}).status_code in (
        404,
        422,
    )
    assert verder.http.get(f"{person.path}/messages", headers={"Authorization": f"bearer {person.token}"}).is_success


@pytest.mark.parametrize("after", ["-1", "x", "99999999999999999999", "1.5"])
def test_after_must_be_a_number(verder: World, after: str) -> None:
    """A message number that cannot be one is 422 and names the field."""
    person = verder.person()
    answer = verder.http.get(f"{person.path}/messages", params={"after": after}, headers=person.headers)
    assert answer.status_code == 422
    assert set(answer.json()["error"]["fields"]) == {"after"}


def test_reading_never_mixes_people(verder: World) -> None:
    """Two people who talk at once each read only their own words."""
    people = [verder.person() for _ in range(2)]
    for number, person in enumerate(people):
        person.says(f"kanarie-{number}")
    for number, person in enumerate(people):
        text = person.get().text
        assert f"kanarie-{number}" in text
        assert f"kanarie-{1 - number}" not in text


def test_what_was_tapped_is_shown_in_its_own_words(verder: World) -> None:
    """A tap is stored as the label the person saw, also when the button stood further back; nonsense stores no words."""
    person = verder.person()
    label = next(choice["label"] for choice in person.sees[-1]["choices"] if choice["id"] == "info:privacy_who")
    seen = len(person.messages())
    person.chooses("info:privacy_who")
    assert person.messages(after=seen)[0]["text"] == label
    before = person.messages()[-1]["number"]
    assert person.turn({"choice": "nonsense:x"}).status_code == 200
    assert {message["from"] for message in person.messages(after=before)} == {"bot"}


def test_answers_are_never_kept_by_browsers(verder: World) -> None:
    """Conversations carry the security headers and are JSON or an event stream."""
    person = verder.person()
    answer: httpx.Response = person.get()
    assert answer.headers["content-type"] == "application/json"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    with person.http.stream("GET", f"{person.path}/stream", headers=person.headers) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert stream.headers["cache-control"] in ("no-cache", "no-store")
    assert isinstance(person, Person)


def test_from_rights_to_a_counsellor_and_back(fresh: World) -> None:
    """A person learns who helps, agrees, is answered live within a second, writes back, is seen waiting, and is done."""
    person = fresh.person()
    assert person.chooses("goal:rights")
    person.asks_for_help("Ik zoek een baan.")
    (agreed,) = fresh.rows(sa.select(consent))
    assert (agreed.purpose, agreed.language, agreed.given, agreed.given_by) == ("support_request", "nl", True, "youth")
    assert agreed.text_id == "dialogs.request.consent"
    assert len(agreed.text_version) == 16
    assert abs(agreed.at - now()) < 60_000_000
    names = dict(tuple(row) for row in fresh.rows(sa.select(organisation.c.id, organisation.c.name)))
    assert names[agreed.recipient] == "Demo Gemeente"
    with fresh.counsellor() as coach, fresh.counsellor("pro") as stranger:
        (request,) = coach.requests()
        assert stranger.requests() == []
        assert coach.opens(request["id"])["need"] == "Ik zoek een baan."
        assert coach.does("claim", request["id"]).status_code == 200
        with person.follow(last=person.messages()[-1]["number"]) as stream:
            begun = time.monotonic()
            assert coach.does("reply", request["id"], text="Dag! Wat kun je goed?").status_code == 200
            answer = next(stream)
            assert time.monotonic() - begun < promised(1)
        assert (answer["from"], answer["name"], answer["text"]) == ("counsellor", "Coach A", "Dag! Wat kun je goed?")
        assert coach.opens(request["id"])["waiting_since"] is None
        person.says("Ik kan goed koken.")
        opened = coach.opens(request["id"])
        assert (opened["messages"][-1]["text"], opened["waiting_since"] is None) == ("Ik kan goed koken.", False)
        assert coach.does("close", request["id"], text="Succes!").status_code == 200
        assert coach.opens(request["id"])["status"] == "closed"
    assert "Succes!" in [message["text"] for message in person.messages()]
    person.says("Dank je")
    (row,) = fresh.rows(sa.select(support_request.c.status, support_request.c.waiting_since))
    assert (row.status, row.waiting_since) == ("closed", None)


def test_a_no_is_kept_and_sends_nothing(fresh: World) -> None:
    """Who does not agree gets a way on; the refusal stands in the ledger, nobody receives a request."""
    person = fresh.person()
    assert person.asks_for_help(agrees=False)[-1]["choices"]
    assert [row.given for row in fresh.rows(sa.select(consent))] == [False]
    assert fresh.count(support_request) == 0
    with fresh.counsellor() as coach:
        assert coach.requests() == []


def test_the_counsellor_reads_only_what_was_agreed(fresh: World) -> None:
    """What was said before the request stays with the person; the request carries the need and what comes after."""
    person = fresh.person()
    person.says("kanarie van vroeger")
    person.asks_for_help("Ik zoek een baan.")
    person.says("en dit hoort erbij")
    with fresh.counsellor() as coach:
        (request,) = coach.requests()
        opened = coach.http.get(f"/api/v1/desk/requests/{request['id']}").text
    assert "kanarie" not in opened
    assert "en dit hoort erbij" in opened
