"""Requests at the desk: who sees which, in what order, and that exactly one counsellor has each."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from backend.audit import audit_event
from backend.conversations.models import message
from backend.organisations.service import remove_from_queue
from backend.support_requests.models import assignment, desk_action, support_request
from desk_world import HOUR, MINUTE, DeskWorld

pytestmark = pytest.mark.anyio
REQUESTS = "/api/v1/desk/requests"
ACTIONS = ("claim", "release", "reply", "close")


async def _do(desk: httpx.AsyncClient, action: str, request_id: str, *, key: str | None = None, **body: str) -> Any:
    """The answer to an action; a text is sent along where the action takes one."""
    words = body or ({"text": "Hoi"} if action == "reply" else {})
    headers = {"Idempotency-Key": key} if key else {}
    return await desk.post(f"{REQUESTS}/{request_id}/{action}", json=words or None, headers=headers)


async def _ids(desk: httpx.AsyncClient, **query: str) -> list[str]:
    return [one["id"] for one in (await desk.get(REQUESTS, params=query)).json()["requests"]]


async def test_one_of_twenty_claimers_wins(world: DeskWorld) -> None:
    """Of twenty counsellors who claim at once one gets the request; the others learn who has it and since when."""
    request_id = world.request("werk")
    people = [world.counsellor(f"Coach {number}", "werk") for number in range(20)]
    async with AsyncExitStack() as stack:
        desks = [await stack.enter_async_context(world.desk(who)) for who in people]
        answers = await asyncio.gather(*(_do(desk, "claim", request_id) for desk in desks))
    winners = [who for who, answer in zip(people, answers, strict=True) if answer.status_code == 200]
    assert len(winners) == 1
    losers = [answer for answer in answers if answer.status_code != 200]
    assert {answer.status_code for answer in losers} == {409}
    for error in (answer.json()["error"] for answer in losers):
        assert error["fields"]["claimed_by"] == winners[0].name
        assert winners[0].name in error["message"]
        assert error["fields"]["claimed_at"].endswith("Z")
    owners = world.rows(sa.select(assignment.c.counsellor_id).where(assignment.c.request_id == request_id))
    assert [row.counsellor_id for row in owners] == [winners[0].id]


async def test_claiming_ones_own_request_again_is_fine(world: DeskWorld) -> None:
    """The owner who claims twice keeps the request, with one assignment."""
    request_id = world.request("werk")
    async with world.desk(world.counsellor("Coach A", "werk")) as desk:
        assert [(await _do(desk, "claim", request_id)).status_code for _ in range(2)] == [200, 200]
    assert len(world.rows(sa.select(assignment))) == 1


async def test_another_organisation_is_the_same_as_nothing(world: DeskWorld) -> None:
    """A request of another organisation, one in a queue one is not in, and an unknown id all give the same 404."""
    foreign = world.request("school", at="school")
    elsewhere = world.request("leren")
    world.counsellor("Coach B", "school", at="school")
    before = world.rows(sa.select(support_request))
    async with world.desk(world.counsellor("Coach A", "werk")) as desk:
        for path in ("", *(f"/{action}" for action in ACTIONS)):
            method = "POST" if path else "GET"
            answers = []
            for request_id in (foreign, elsewhere, secrets.token_hex(16)):
                extra: dict[str, Any] = {"json": {"text": "Hoi"}} if path in ("/reply", "/close") else {}
                answers.append(await desk.request(method, f"{REQUESTS}/{request_id}{path}", **extra))
            assert {answer.status_code for answer in answers} == {404}, path
            assert len({answer.content for answer in answers}) == 1, path
        assert await _ids(desk) == []
        assert await _ids(desk, queue=world.queues["school"]) == []
    assert world.rows(sa.select(support_request)) == before


async def test_leaving_a_queue_takes_its_requests_away(world: DeskWorld) -> None:
    """Whoever leaves a queue no longer reads its requests, not even the one they had claimed."""
    request_id, who = world.request("werk"), world.counsellor("Coach A", "werk")
    async with world.desk(who) as desk:
        assert (await _do(desk, "claim", request_id)).status_code == 200
        world.do(lambda db: remove_from_queue(db, who.id, world.queues["werk"]))
        assert (await desk.get(f"{REQUESTS}/{request_id}")).status_code == 404
        assert (await _do(desk, "reply", request_id)).status_code == 404


async def test_the_list_begins_with_who_needs_it_most(world: DeskWorld) -> None:
    """First who waits for anybody (urgent, then longest), then mine, then colleagues'; closed ones only when asked."""
    short, long = world.request(waited=10 * MINUTE), world.request(waited=30 * HOUR)
    urgent, mine, theirs = world.request(urgent=True, waited=MINUTE), world.request(), world.request(waited=50 * HOUR)
    done = world.request()
    async with world.desk(world.counsellor("Coach A", "werk")) as desk:
        async with world.desk(world.counsellor("Coach B", "werk")) as other:
            await _do(other, "claim", theirs)
        await _do(desk, "claim", mine)
        await _do(desk, "claim", done)
        await _do(desk, "close", done)
        assert await _ids(desk) == [urgent, long, short, mine, theirs]
        assert await _ids(desk, status="waiting") == [urgent, long, short]
        assert await _ids(desk, status="claimed") == [mine, theirs]
        assert await _ids(desk, status="closed") == [done]
        assert await _ids(desk, status="transferred") == []
        assert (await desk.get(REQUESTS, params={"status": "onzin"})).status_code == 422
        listed = {one["id"]: one for one in (await desk.get(REQUESTS)).json()["requests"]}
    assert (listed[mine]["mine"], listed[theirs]["mine"]) == (True, False)
    assert listed[theirs]["claimed_by"]["name"] == "Coach B"


async def test_the_list_is_read_in_pages_without_gaps(world: DeskWorld) -> None:
    """Fifty at a time, and the cursor goes on exactly where the page ended, also among equal waiting times."""
    made = [world.request(waited=HOUR, before=(), words=("Hoi",)) for _ in range(53)]
    async with world.desk(world.counsellor("Coach A", "werk")) as desk:
        first = (await desk.get(REQUESTS)).json()
        second = (await desk.get(REQUESTS, params={"after": first["next"]})).json()
        wrong = await desk.get(REQUESTS, params={"after": "geen cursor"})
    seen = [one["id"] for page in (first, second) for one in page["requests"]]
    assert len(first["requests"]) == 50
    assert second["next"] is None
    assert sorted(seen) == sorted(made)
    assert wrong.status_code == 422


async def test_a_queue_filter_narrows_the_list(world: DeskWorld) -> None:
    """Asking for one queue shows only its requests."""
    work, learning = world.request("werk"), world.request("leren")
    async with world.desk(world.counsellor("Coach A", "werk", "leren")) as desk:
        assert set(await _ids(desk)) == {work, learning}
        assert await _ids(desk, queue=world.queues["leren"]) == [learning]


async def test_an_opened_request_shows_words_consent_and_only_its_own_conversation(world: DeskWorld) -> None:
    """The counsellor reads the need, what was agreed to and the messages from the request on, nothing said before."""
    request_id = world.request(need="Ik zoek een bijbaan.", before=("Geheim van eerder.",), words=("Ben je er?",))
    async with world.desk(world.counsellor("Coach A", "werk")) as desk:
        answer = await desk.get(f"{REQUESTS}/{request_id}")
    opened = answer.json()
    assert opened["need"] == "Ik zoek een bijbaan."
    assert [one["text"] for one in opened["messages"]] == ["Ben je er?"]
    assert [one["number"] for one in opened["messages"]] == [2]
    assert "Geheim" not in answer.text
    assert opened["consent"]["purpose"] == "support_request"
    assert opened["consent"]["data_groups"] == ["need", "messages", "language", "kind_of_help"]
    assert answer.headers["Cache-Control"] == "no-store"


async def test_every_reading_is_in_the_audit_trail(world: DeskWorld) -> None:
    """Opening a request leaves who, when and which; looking at the list or at nothing leaves nothing."""
    request_id, who = world.request(), world.counsellor("Coach A", "werk")
    async with world.desk(who) as desk:
        await desk.get(REQUESTS)
        await desk.get(f"{REQUESTS}/{secrets.token_hex(16)}")
        await desk.get(f"{REQUESTS}/{request_id}")
    events = world.rows(sa.select(audit_event).where(audit_event.c.action.like("request.%")))
    assert [(event.action, event.object, event.actor) for event in events] == [("request.read", request_id, who.id)]


async def test_an_answer_reaches_the_person_and_ends_the_waiting(world: DeskWorld) -> None:
    """The owner's words become a message of the conversation under the owner's name, and nobody waits any more."""
    request_id = world.request()
    async with world.desk(world.counsellor("Coach A", "werk")) as desk:
        await _do(desk, "claim", request_id)
        answer = await _do(desk, "reply", request_id, text="  Hoi, ik help je.\r\nMorgen?\x00 ")
        opened = (await desk.get(f"{REQUESTS}/{request_id}")).json()
    (reply,) = (one for one in opened["messages"] if one["from"] == "counsellor")
    assert (reply["text"], reply["name"]) == ("Hoi, ik help je.\nMorgen?", "Coach A")
    assert reply["number"] == answer.json()["number"]
    assert opened["waiting_since"] is None


@pytest.mark.parametrize(("text", "code"), [("", "empty_text"), (" \n\t", "empty_text"), ("a" * 4001, "long_text")])
async def test_answers_without_words_or_far_too_long_are_refused(world: DeskWorld, text: str, code: str) -> None:
    """An empty answer and one over 4,000 characters are 422, and the person gets nothing."""
    request_id = world.request()
    async with world.desk(world.counsellor("Coach A", "werk")) as desk:
        await _do(desk, "claim", request_id)
        count = len(world.rows(sa.select(message)))
        answer = await desk.post(f"{REQUESTS}/{request_id}/reply", json={"text": text})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)
    assert len(world.rows(sa.select(message))) == count


async def test_an_answer_of_4000_characters_fits(world: DeskWorld) -> None:
    """The longest allowed answer is accepted whole."""
    request_id = world.request()
    async with world.desk(world.counsellor("Coach A", "werk")) as desk:
        await _do(desk, "claim", request_id)
        assert (await _do(desk, "reply", request_id, text="é" * 4000)).status_code == 200


async def test_only_the_owner_answers_releases_and_closes(world: DeskWorld) -> None:
    """Without the request one gets 409: not taken yet, a colleague's (named), or closed."""
    request_id = world.request()
    async with (
        world.desk(world.counsellor("Coach A", "werk")) as owner,
        world.desk(world.counsellor("Coach B", "werk")) as other,
    ):
        for action in ("reply", "release", "close"):
            answer = await _do(other, action, request_id)
            assert (answer.status_code, answer.json()["error"]["code"]) == (409, "not_claimed")
        await _do(owner, "claim", request_id)
        for action in ACTIONS:
            answer = await _do(other, action, request_id)
            assert (answer.status_code, answer.json()["error"]["code"]) == (409, "already_claimed")
            assert answer.json()["error"]["fields"]["claimed_by"] == "Coach A"
        assert (await _do(owner, "close", request_id)).json()["status"] == "closed"
        for desk in (owner, other):
            for action in ACTIONS:
                answer = await _do(desk, action, request_id)
                assert (answer.status_code, answer.json()["error"]["code"]) == (409, "request_closed")


async def test_a_released_request_waits_on_from_when_the_person_began_to_wait(world: DeskWorld) -> None:
    """Giving a request back does not cost the person their place, and a colleague can take it."""
    request_id = world.request(waited=5 * HOUR)
    async with (
        world.desk(world.counsellor("Coach A", "werk")) as first,
        world.desk(world.counsellor("Coach B", "werk")) as second,
    ):
        before = (await first.get(REQUESTS)).json()["requests"][0]["waiting_since"]
        await _do(first, "claim", request_id)
        assert (await _do(first, "release", request_id)).json()["status"] == "waiting"
        (listed,) = (await second.get(REQUESTS)).json()["requests"]
        assert (listed["waiting_since"], listed["claimed_by"]) == (before, None)
        assert (await _do(second, "claim", request_id)).status_code == 200
    open_ones = world.rows(sa.select(assignment).where(assignment.c.ended_at.is_(None)))
    assert len(open_ones) == 1


async def test_a_last_sentence_goes_out_when_a_request_closes(world: DeskWorld) -> None:
    """Closing may carry a last sentence to the person; without one no counsellor's message is sent."""
    with_words, without = world.request(), world.request()
    async with world.desk(world.counsellor("Coach A", "werk")) as desk:
        for request_id, body in ((with_words, {"text": "Veel succes!"}), (without, {})):
            await _do(desk, "claim", request_id)
            assert (await _do(desk, "close", request_id, **body)).status_code == 200
        said = [
            [one["text"] for one in (await desk.get(f"{REQUESTS}/{id}")).json()["messages"] if one["name"]]
            for id in (with_words, without)
        ]
    assert said == [["Veel succes!"], []]


async def test_the_same_key_answers_once(world: DeskWorld) -> None:
    """Sending a reply again under its key gives the same answer and no second message, also all at the same moment."""
    request_id = world.request()
    async with world.desk(world.counsellor("Coach A", "werk")) as desk:
        await _do(desk, "claim", request_id)
        answers = await asyncio.gather(*(_do(desk, "reply", request_id, key="k-1", text="Hoi") for _ in range(8)))
        await _do(desk, "release", request_id)
        again = await _do(desk, "reply", request_id, key="k-1", text="Hoi")
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.content for answer in (*answers, again)} == {answers[0].content}
    assert len(world.rows(sa.select(message).where(message.c.sender == "counsellor"))) == 1


async def test_a_key_belongs_to_one_body_and_one_counsellor(world: DeskWorld) -> None:
    """The same key with other words or another action is 422; a colleague may use the same key."""
    first, second = world.request(), world.request()
    async with (
        world.desk(world.counsellor("Coach A", "werk")) as desk,
        world.desk(world.counsellor("Coach B", "werk")) as other,
    ):
        assert (await _do(desk, "claim", first, key="k")).status_code == 200
        for action, request_id in (("claim", second), ("release", first)):
            answer = await _do(desk, action, request_id, key="k")
            assert (answer.status_code, answer.json()["error"]["code"]) == (422, "idempotency_mismatch")
        assert (await _do(other, "claim", second, key="k")).status_code == 200
        assert (await _do(other, "release", second, key="x" * 121)).status_code == 422


async def test_a_refused_action_leaves_its_key_free(world: DeskWorld) -> None:
    """A claim that lost may be tried again under the same key once the request is free."""
    request_id = world.request()
    async with (
        world.desk(world.counsellor("Coach A", "werk")) as first,
        world.desk(world.counsellor("Coach B", "werk")) as second,
    ):
        await _do(first, "claim", request_id)
        assert (await _do(second, "claim", request_id, key="k")).status_code == 409
        await _do(first, "release", request_id)
        assert (await _do(second, "claim", request_id, key="k")).status_code == 200


async def test_kept_answers_hold_nothing_personal(world: DeskWorld) -> None:
    """What is kept for repeated keys has neither words nor names."""
    request_id = world.request()
    async with world.desk(world.counsellor("Coach A", "werk")) as desk:
        await _do(desk, "claim", request_id, key="k-1")
        await _do(desk, "reply", request_id, key="k-2", text="Geheim antwoord")
    kept = repr(world.rows(sa.select(desk_action)))
    assert "Geheim" not in kept
    assert "Coach" not in kept


@pytest.mark.parametrize("action", ACTIONS)
async def test_actions_need_the_token(world: DeskWorld, action: str) -> None:
    """Without the right CSRF token, or from another site, nothing happens: 403."""
    request_id = world.request()
    async with world.desk(world.counsellor("Coach A", "werk")) as desk:
        token = desk.headers.pop("X-CSRF-Token")
        for headers in (
            {},
            {"X-CSRF-Token": "fout"},
            {"X-CSRF-Token": token, "Origin": "https://evil.test"},
            {"X-CSRF-Token": token, "Origin": "null"},
            {"X-CSRF-Token": token, "Sec-Fetch-Site": "same-site"},
        ):
            body = {"text": "Hoi"} if action == "reply" else None
            answer = await desk.post(f"{REQUESTS}/{request_id}/{action}", headers=headers, json=body)
            assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden"), headers
    (row,) = world.rows(sa.select(support_request.c.status))
    assert row.status == "waiting"


async def test_nothing_is_open_without_a_session(world: DeskWorld) -> None:
    """Every route but the log-in is 401 without a session, whatever else the request holds."""
    request_id = world.request()
    async with world.browser() as client:
        paths = ["/api/v1/desk/me", REQUESTS, f"{REQUESTS}/{request_id}", f"{REQUESTS}/{secrets.token_hex(16)}"]
        statuses = [(await client.get(path)).status_code for path in paths]
        statuses += [(await _do(client, action, request_id)).status_code for action in ACTIONS]
        statuses.append((await client.post("/api/v1/desk/logout")).status_code)
    assert set(statuses) == {401}
