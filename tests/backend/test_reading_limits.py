"""Who reads without end drowns nobody: reading, exporting and following one conversation have limits, for whoever asks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from functools import partial

import httpx
import pytest

from backend import web_conversations
from backend.conversations.messages import post
from backend.db import Transaction
from backend.rate_limits import EXPORTS, TURNS
from backend.vault import Vault
from backend.web_conversations import WebConversations
from bot.channel import Message
from world import Json, Person, World, open_world, pace_standing_still, settings_for

ELSEWHERE = {"X-Forwarded-For": "198.51.100.7"}
"""As a proxy tells it: a request from another network."""
MOST = web_conversations._MOST_STREAMS


# How often.


@pytest.fixture(scope="module")
def braked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A service with its limits on."""
    folder = tmp_path_factory.mktemp("braked")
    settings = settings_for(f"sqlite:///{folder / 'v.db'}", folder, rate_limits="on")
    with open_world(settings, fill=False) as world, pace_standing_still():
        yield world


def _reads(person: Person, what: str, **more: str) -> httpx.Response:
    return person.http.get(f"{person.path}/{what}", headers={**person.headers, **more})


def _is_braked(answer: httpx.Response, most: float) -> None:
    assert answer.status_code == 429
    assert answer.json()["error"]["code"] == "rate_limited"
    assert 1 <= int(answer.headers["Retry-After"]) <= most


def test_the_sixth_export_in_a_row_waits(braked: World) -> None:
    """Five exports come, the sixth gets a kind 429 with Retry-After; the person at another network, reading, writing and
    everybody else go on."""
    person, other = braked.person(), braked.person()
    assert [_reads(person, "export").status_code for _ in range(int(EXPORTS.burst))] == [200] * 5
    _is_braked(_reads(person, "export"), 1 / EXPORTS.per_second)
    assert _reads(person, "export", **ELSEWHERE).status_code == 200
    assert _reads(person, "messages").status_code == 200
    assert person.turn({"choice": "menu"}).status_code == 200
    assert _reads(other, "export").status_code == 200


def test_reading_and_following_share_a_limit(braked: World) -> None:
    """Beyond the burst neither messages nor stream are given, and nothing is read for them; elsewhere both still are."""
    person = braked.person()
    assert {_reads(person, "messages").status_code for _ in range(int(TURNS.burst))} == {200}
    for what in ("messages", "stream"):
        _is_braked(_reads(person, what), 1)
    assert _reads(person, "messages", **ELSEWHERE).status_code == 200
    with person.http.stream("GET", f"{person.path}/stream", headers={**person.headers, **ELSEWHERE}) as stream:
        assert stream.status_code == 200


def test_a_stranger_who_knows_the_id_keeps_nobody_out(braked: World) -> None:
    """Whoever asks elsewhere without the right token gets nothing, is braked, and the person reads on."""
    person = braked.person()
    wrong = {**ELSEWHERE, "Authorization": f"Bearer {'x' * 43}"}
    for what, burst in (("export", EXPORTS.burst), ("messages", TURNS.burst)):
        assert {_reads(person, what, **wrong).status_code for _ in range(int(burst))} == {404}
        assert _reads(person, what, **wrong).status_code == 429
        assert _reads(person, what).status_code == 200


# How many at once.


def _post(vault: Vault, id: str, text: str, db: Transaction) -> int:
    return post(db, vault, id, "counsellor", text, language="nl", name="Coach A")


def _writes(world: World, person: Person, text: str) -> None:
    world.do(partial(_post, world.service.host.vault, person.id, text))


def _open(stack: ExitStack, person: Person) -> Iterator[Json]:
    """A stream that has its place: its first message has come."""
    stream = stack.enter_context(person.follow(len(person.sees) - 1))
    assert next(stream) == person.sees[-1]
    return stream


def test_a_stream_too_many_ends_the_oldest(verder: World) -> None:
    """The eleventh stream of a conversation ends the first one quietly; the other ten, and those of others, hear what comes."""
    person, other = verder.person(), verder.person()
    with ExitStack() as stack:
        elsewhere = _open(stack, other)
        streams = [_open(stack, person) for _ in range(MOST + 1)]
        assert list(streams[0]) == []
        _writes(verder, person, "voor jou")
        _writes(verder, other, "voor de ander")
        assert [next(stream)["text"] for stream in streams[1:]] == ["voor jou"] * MOST
        assert next(elsewhere)["text"] == "voor de ander"
        newest = _open(stack, person)
        assert next(newest)["text"] == "voor jou"
        assert list(streams[1]) == []


def test_places_are_free_again_when_streams_end(verder: World) -> None:
    """Streams that were closed, were one too many or ended with their person keep no place: as many new ones go on together,
    and at the end nothing is remembered of any."""
    conversations = WebConversations(verder.service.database, verder.service.host)
    person = verder.person()

    async def open_ones(count: int) -> list[AsyncIterator[Message]]:
        streams = [conversations.follow(person.id, person.token, 0) for _ in range(count)]
        assert [(await anext(stream)).number for stream in streams] == [1] * count
        return streams

    async def ended(streams: list[AsyncIterator[Message]]) -> list[int]:
        """How many messages each still brings before it ends by itself."""
        return [len([message async for message in stream]) for stream in streams]

    async def come_and_go() -> None:
        for _ in range(3):
            first = await open_ones(MOST + 2)
            assert await ended(first[:2]) == [len(person.sees) - 1] * 2
            for stream in first[2:]:
                await stream.aclose()  # type: ignore[attr-defined]
            assert conversations._streams == {}
        last = await open_ones(MOST)
        await conversations.erase(person.id, person.token)
        assert await ended(last) == [len(person.sees) - 1] * MOST

    asyncio.run(asyncio.wait_for(come_and_go(), 30))
    assert conversations._streams == {}
