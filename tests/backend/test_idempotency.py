"""The same Idempotency-Key: the same answer and nothing done twice, whatever else happened in between."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import sqlalchemy as sa

from backend.consents.models import consent
from backend.conversations.models import inbox, message
from backend.support_requests.models import support_request
from world import Person, World


def _stored(world: World, person: Person) -> int:
    mine = sa.select(message.c.number).where(message.c.conversation_id == person.id)
    return len(world.rows(mine))


def test_the_same_key_gives_the_same_answer(verder: World) -> None:
    """A repeated turn gives the first answer again, letter for letter, and stores nothing."""
    person = verder.person()
    first = person.turn({"text": "Wie helpt mij?"}, key="k1")
    stored = _stored(verder, person)
    person.turn({"choice": "menu"}, key="k2")
    later = _stored(verder, person)
    again = person.turn({"text": "Wie helpt mij?"}, key="k1")
    assert (again.status_code, again.content) == (200, first.content)
    assert (_stored(verder, person), later > stored) == (later, True)


def test_the_same_key_with_another_body_is_refused(verder: World) -> None:
    """Another text, or a choice in place of a text, under a used key is 422 and does nothing."""
    person = verder.person()
    person.turn({"text": "Hoi"}, key="k")
    before = _stored(verder, person)
    for body in ({"text": "Hoi!"}, {"choice": "menu"}):
        answer = person.turn(body, key="k")
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "idempotency_mismatch")
    assert _stored(verder, person) == before


def test_a_used_key_never_wipes_anything(verder: World) -> None:
    """The button that wipes everything, sent under a key that was used for something else, is 422 and wipes nothing."""
    person = verder.person()
    person.turn({"text": "Hoi"}, key="k")
    assert person.turn({"choice": "forget:yes"}, key="k").status_code == 422
    assert person.get().status_code == 200


@pytest.mark.parametrize("key", [None, "", "k" * 65])
def test_a_turn_needs_a_key(verder: World, key: str | None) -> None:
    """Without a usable key a turn is 400 and nothing is stored."""
    person = verder.person()
    before = _stored(verder, person)
    headers = {**person.headers, **({} if key is None else {"Idempotency-Key": key})}
    answer = verder.http.post(f"{person.path}/turns", json={"text": "Hoi"}, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "idempotency_missing")
    assert _stored(verder, person) == before


def test_twenty_at_once_are_one(fresh: World) -> None:
    """Twenty parallel calls with one key give twenty equal answers, one consent, one request, one entry."""
    person = fresh.person()
    person.asks_for_help()
    other = fresh.person()
    for step in ("person", "!Ik zoek werk.", "kind:work", "!Utrecht", "who:gemeente"):
        other.says(step[1:]) if step.startswith("!") else other.chooses(step)
    yes = next(choice["id"] for choice in other.sees[-1]["choices"] if choice["id"].startswith("consent:yes"))
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: other.turn({"choice": yes}, key="samen"), range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert fresh.count(consent) == 2
    assert fresh.count(support_request) == 2
    assert len(fresh.rows(sa.select(inbox).where(inbox.c.outside_id == f"{other.id}:samen"))) == 1


def test_twenty_different_turns_at_once_all_count(verder: World) -> None:
    """Twenty parallel turns with their own keys are all stored, in one unbroken row of numbers."""
    person = verder.person()

    async def all_of_them() -> list[httpx.Response]:
        async with httpx.AsyncClient(base_url=verder.url, trust_env=False, timeout=30) as http:
            return await asyncio.gather(
                *(
                    http.post(
                        f"{person.path}/turns",
                        json={"text": f"woord {number}"},
                        headers={**person.headers, "Idempotency-Key": str(number)},
                    )
                    for number in range(20)
                )
            )

    answers = asyncio.run(all_of_them())
    assert {answer.status_code for answer in answers} == {200}
    stored = person.messages()
    assert [one["number"] for one in stored] == list(range(1, len(stored) + 1))
    assert {one["text"] for one in stored if one["from"] == "person"} == {f"woord {number}" for number in range(20)}


def test_two_people_may_use_the_same_key(verder: World) -> None:
    """A key belongs to one conversation."""
    one, other = verder.person(), verder.person()
    assert one.turn({"text": "Hoi"}, key="1").status_code == 200
    assert other.turn({"text": "Dag"}, key="1").status_code == 200


def test_a_double_tap_on_yes_is_one_request(fresh: World) -> None:
    """The consent button tapped twice under two keys stores one consent and one request."""
    person = fresh.person()
    person.asks_for_help()
    assert person.chooses("consent:yes") is not None
    assert (fresh.count(consent), fresh.count(support_request)) == (1, 1)
