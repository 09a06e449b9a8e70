"""One abuser cannot drown others: not their turns, not the people behind the same address, not a queue."""

from __future__ import annotations

import asyncio
import secrets
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
import pytest
import sqlalchemy as sa

from backend import rate_limits
from backend.rate_limits import NEW_CONVERSATIONS, NEW_FROM_ONE_KIND, TURNS, Rate
from backend.support_requests.models import support_request
from sizes import size
from transition_people import offers, own_part
from world import CONVERSATIONS, Person, World, open_world, settings_for

SECONDS = size(3, 300)
A_SECOND = 50
SHORTER = size(10, 1)
"""So many times shorter are the bursts in a short run, so that it comes to the brakes."""
CONVERSATIONS_OF_ONE = 200
MOST_OPEN = 3
SLOWEST = 1.0
"""Seconds, in which others are answered nineteen times of twenty (trust S15)."""


@dataclass
class Load:
    """What an abuser got, and what the others got: status by status, and how long a turn of the others took."""

    abuser: list[int] = field(default_factory=list)
    others: list[int] = field(default_factory=list)
    begun: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    open: list[tuple[str, str]] = field(default_factory=list)


@pytest.mark.anyio
async def test_others_go_on_while_one_floods(tmp_path: Path) -> None:
    """Fifty requests a second from one browser, in as many conversations as it gets: the others behind the same address are
    answered each time, and can still begin."""
    settings = settings_for(f"sqlite:///{tmp_path / 'v.db'}", tmp_path, rate_limits="on")
    with _shorter_bursts(), open_world(settings) as world:
        people = [world.person() for _ in range(3)]
        load = Load()
        async with _client(world, "abuser") as one, _client(world, "other") as other:
            began = time.monotonic()
            until = began + SECONDS
            await asyncio.gather(
                _floods(one, load, began),
                *(_talks(other, person, load, until) for person in people),
                _begins(other, load, until),
            )
            lasted = time.monotonic() - began
    p95 = statistics.quantiles(load.seconds, n=20)[-1]
    print(
        f"{len(load.abuser)} requests of the abuser ({load.abuser.count(429)} braked, {len(load.open)} conversations); "
        f"{len(load.others)} turns of others, p95 {1000 * p95:.0f} ms; {len(load.begun)} began beside it"
    )
    assert {*load.abuser, *load.others, *load.begun} <= {200, 201, 429}
    assert load.abuser.count(429) > len(load.abuser) / 4
    assert set(load.others) == {200}
    assert set(load.begun) == {201}
    assert len(load.open) <= NEW_FROM_ONE_KIND.burst / SHORTER + lasted * NEW_FROM_ONE_KIND.per_second + 1
    assert p95 < size(30, 1) * SLOWEST


def test_half_of_what_an_address_may_begin_is_left_to_others() -> None:
    """What looks like one kind of device can take half of an address's share at most, in a burst and for good."""
    assert NEW_FROM_ONE_KIND.burst <= NEW_CONVERSATIONS.burst / 2
    assert NEW_FROM_ONE_KIND.per_second <= NEW_CONVERSATIONS.per_second / 2
    assert NEW_FROM_ONE_KIND.burst >= 35  # a class whose devices are all the same
    assert TURNS.burst < A_SECOND * 2


def test_a_person_has_three_open_requests_at_most(verder: World) -> None:
    """However often somebody asks, taps old buttons again or offers a document: three lie open at most, one of them for help."""
    person = verder.person()
    person.asks_for_help()
    for _ in range(size(3, 20)):
        _asks_again(person)
    assert len(_open_of(verder, person)) == 1
    own_part(person)
    offers(person)
    for _ in range(size(2, 20)):
        for choice in ("transition:share", "transition:with", "transition:yes", "consent:yes"):
            person.turn({"choice": choice})
        _asks_again(person)
    kinds = [row.kind_of_help for row in _open_of(verder, person)]
    assert len(kinds) <= MOST_OPEN
    assert len([kind for kind in kinds if kind != "transition_document"]) == 1


@contextmanager
def _shorter_bursts() -> Iterator[None]:
    with ExitStack() as stack:
        for name in ("NEW_CONVERSATIONS", "NEW_FROM_ONE_KIND", "TURNS"):
            rate: Rate = getattr(rate_limits, name)
            shorter = Rate(rate.burst / SHORTER, rate.per_second)
            stack.enter_context(patch.object(rate_limits, name, shorter))
        yield


def _asks_again(person: Person) -> None:
    for body in (
        {"choice": "person"},
        {"text": "Nog een vraag."},
        {"choice": "kind:work"},
        {"choice": "who:gemeente"},
        {"choice": "consent:yes"},
    ):
        assert person.turn(body).status_code == 200


def _open_of(world: World, person: Person) -> list[Any]:
    of = support_request.c
    return list(world.rows(sa.select(support_request).where(of.conversation_id == person.id, of.status != "closed")))


def _client(world: World, name: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=world.url, trust_env=False, timeout=30, headers={"User-Agent": name})


async def _floods(client: httpx.AsyncClient, load: Load, began: float) -> None:
    """Each request on its own, whether the one before was answered or not; as many on a machine that is busy."""
    tasks = set()
    for number in range(1, SECONDS * A_SECOND + 1):
        tasks.add(asyncio.create_task(_one(client, load, number)))
        await asyncio.sleep(max(0.0, began + number / A_SECOND - time.monotonic()))
    await asyncio.gather(*tasks)


async def _one(client: httpx.AsyncClient, load: Load, number: int) -> None:
    if number % 3 and load.open:
        id, token = load.open[number % len(load.open) if number % 2 else 0]
        answer = await _turn(client, id, token, {"choice": "menu"})
    else:
        answer = await client.post(CONVERSATIONS, json={"language": "nl"})
        if answer.status_code == 201 and len(load.open) < CONVERSATIONS_OF_ONE:
            load.open.append((answer.json()["id"], answer.json()["token"]))
    load.abuser.append(answer.status_code)


async def _talks(client: httpx.AsyncClient, person: Person, load: Load, until: float) -> None:
    """Somebody who taps once a second."""
    while time.monotonic() < until:
        began = time.perf_counter()
        answer = await _turn(client, person.id, person.token, {"choice": "menu"})
        load.seconds.append(time.perf_counter() - began)
        load.others.append(answer.status_code)
        await asyncio.sleep(max(0.0, 1 - load.seconds[-1]))


async def _begins(client: httpx.AsyncClient, load: Load, until: float) -> None:
    """Every two seconds somebody else behind the same address opens the chat."""
    while time.monotonic() < until:
        load.begun.append((await client.post(CONVERSATIONS, json={"language": "nl"})).status_code)
        await asyncio.sleep(2)


async def _turn(client: httpx.AsyncClient, id: str, token: str, body: dict[str, str]) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": secrets.token_hex(8)}
    return await client.post(f"{CONVERSATIONS}/{id}/turns", json=body, headers=headers)
