"""Promises when many requests come from one network: they lie together and push nobody down, and nobody loses a right."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

import httpx
import pytest
import sqlalchemy as sa

from backend.arrivals import service as arrivals
from backend.arrivals.models import arrival
from backend.arrivals.service import mark_of
from backend.db import Transaction, now
from backend.invitations import service as invitations
from backend.organisations.models import organisation
from backend.queues.working_time import USUAL, read_hours
from backend.retention.purging import purge
from backend.schema import metadata
from backend.support_requests import bundling
from backend.support_requests.models import support_request
from sizes import size
from world import Person, World, database_of, open_world, settings_for

FLOODING = "127.77.66.55"
MANY = size(4, bundling.MANY)
FLOOD = size(7, 30)
HOUR = 3600 * 1_000_000
NOBODY, LOUD, AMBER, TAKEN, INVITED, EXPORTED = range(6)
"""Which of the flood a test takes for itself."""


class _Undo(Exception):
    """What was done is taken back."""


@dataclass
class Flooded:
    """A service where many asked for help from one address and three from others; ids of requests in their order."""

    world: World
    flood: list[Person]
    others: list[Person]
    here: httpx.Client
    elsewhere: httpx.Client

    def id_of(self, person: Person) -> str:
        """The person's request."""
        (row,) = self.world.rows(_of(person))
        return str(row.id)


@pytest.fixture(scope="module", autouse=True)
def fewer() -> Iterator[None]:
    """In a short run fewer are many. All begin on one day, also where midnight passes meanwhile."""
    began = now()
    today = patch.object(arrivals, "mark_of", lambda vault, address, *, at: mark_of(vault, address, at=began))
    with patch.object(bundling, "MANY", MANY), today:
        yield


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def flooded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flooded]:
    """One other person first, then the flood, then two others."""
    folder = tmp_path_factory.mktemp("flooded")
    with ExitStack() as stack:
        url = stack.enter_context(database_of(request, folder))
        world = stack.enter_context(open_world(settings_for(url, folder)))

        def at(address: str) -> httpx.Client:
            transport = httpx.HTTPTransport(local_address=address)
            client = httpx.Client(base_url=world.url, transport=transport, trust_env=False, timeout=20)
            return stack.enter_context(client)

        here = at(FLOODING)
        others = [_asks(world, at("127.0.0.11"))]
        flood = [_asks(world, here) for _ in range(FLOOD)]
        others += [_asks(world, at(f"127.0.0.{number}")) for number in (12, 13)]
        yield Flooded(world, flood, others, here, at("127.0.0.14"))


def test_a_flood_lies_together_and_pushes_nobody_down(flooded: Flooded) -> None:
    """The three others wait at the top of the list; the many lie in a closed group with a calm heading, each to be taken."""
    others = [flooded.id_of(one) for one in flooded.others]
    flood = [flooded.id_of(one) for one in flooded.flood[EXPORTED:]]
    with flooded.world.counsellor() as coach:
        page = coach.http.get("/desk").text
        listed = [one["id"] for one in coach.requests()]
        assert coach.opens(flood[-1])["status"] == "waiting"
    shown = _shown(page)
    assert set(others) <= set(shown["waiting"])
    assert not set(shown["waiting"]) & set(flood)
    assert set(flood) <= set(shown["bundled"])
    assert "Veel tegelijk uit één netwerk" in page
    assert '<details class="desk-bundle" id="bundle"><summary>' in page
    assert all(f'action="/desk/requests/{id}/claim"' in page for id in flood)
    assert max(map(listed.index, others)) < min(map(listed.index, flood))


def test_a_bundled_request_keeps_its_promise(flooded: Flooded) -> None:
    """Until when an answer was promised is the same for all, and the person hears nothing of lying among many."""
    person = flooded.flood[NOBODY]
    bundled, other = (flooded.world.rows(_of(one))[0] for one in (person, flooded.others[-1]))
    assert bundled.bundled_at
    assert other.bundled_at is None
    assert bundled.escalate_at <= other.escalate_at
    assert read_hours(USUAL).hours_between(bundled.escalate_at, other.escalate_at) < 1
    kinds = [[message["from"] for message in one.messages()] for one in (person, flooded.others[-1])]
    assert kinds[0] == kinds[1]


@pytest.mark.parametrize(
    ("place", "words", "urgent"), [(LOUD, "Ik wil dood.", True), (AMBER, "Ik kan niet meer.", False)]
)
def test_danger_takes_one_out(flooded: Flooded, place: int, words: str, urgent: bool) -> None:
    """Who says something that sounds like danger is on top of the list at once, and open lists hear that there is one more."""
    person = flooded.flood[place]
    id = flooded.id_of(person)
    with flooded.world.counsellor() as coach:
        before = coach.http.get("/desk").text
        assert id in _shown(before)["bundled"]
        person.says(words)
        shown = re.findall(r'name="shown" value="([^"]*)"', before)
        live = coach.http.get("/desk/live", params={"shown": shown}).text
        after = coach.http.get("/desk").text
    assert id in _shown(live)["bundled"]
    assert re.search(r'id="new"[^>]*>\s*<a [^>]*>Toon', live)
    assert id in _shown(after)["waiting"]
    assert (_shown(after)["waiting"][0] == id) or not urgent


def test_who_takes_one_has_it_for_good(flooded: Flooded) -> None:
    """Taken, it is among one's own; given back, it waits on its own, however many more come from that network."""
    id = flooded.id_of(flooded.flood[TAKEN])
    with flooded.world.counsellor() as coach:
        assert coach.does("claim", id).status_code == 200
        assert id in _shown(coach.http.get("/desk").text)["mine"]
        assert coach.does("release", id).status_code == 200
        more = flooded.id_of(_asks(flooded.world, flooded.here))
        shown = _shown(coach.http.get("/desk").text)
    assert id in shown["waiting"]
    assert more in shown["bundled"]


def test_who_was_invited_never_lies_among_the_many(flooded: Flooded) -> None:
    """A code of a school takes somebody out of the count, behind the same address; the desk is not told who had one."""
    world = flooded.world
    school = world.rows(sa.select(organisation.c.id).where(organisation.c.kind == "pro"))[0].id
    values: dict[str, Any] = {"facts": {}, "people": 30, "shared": True, "days": 30, "actor": "operator", "at": now()}
    made = world.do(lambda db: invitations.make(db, school, **values))
    code = world.do(lambda db: invitations.one_invitation(db, school, made)).codes[0]
    person = _person(world, flooded.here, start=code)
    person.chooses("invited:without")
    person.asks_for_help()
    with world.counsellor() as coach:
        assert flooded.id_of(person) in _shown(coach.http.get("/desk").text)["waiting"]
        pages = [coach.http.get(f"/desk/requests/{flooded.id_of(one)}").text for one in (person, flooded.flood[NOBODY])]
    assert all("Niet bevestigd: Verder heeft niet nagegaan wie dit is." in page for page in pages)


def test_the_person_can_see_that_it_lay_among_many(flooded: Flooded) -> None:
    """What is held about a bundled request is in the person's export, and only there."""
    (request,) = flooded.flood[EXPORTED].get("export").json()["requests"]
    assert request["bundled_at"]
    (request,) = flooded.others[0].get("export").json()["requests"]
    assert request["bundled_at"] is None


def test_the_address_is_kept_nowhere(flooded: Flooded) -> None:
    """No table holds the address as words or bytes; everybody who began on the web has a mark."""
    content = b"\0".join(_values(flooded.world))
    assert [one for one in (FLOODING.encode(), bytes((127, 77, 66, 55))) if one in content] == []
    marks = {row.conversation_id: bytes(row.mark) for row in flooded.world.rows(sa.select(arrival))}
    assert len({marks[one.id] for one in flooded.flood}) == 1
    assert len({marks[one.id] for one in flooded.others}) == len(flooded.others)


def test_a_mark_is_gone_after_a_day(flooded: Flooded) -> None:
    """The clean-up leaves the marks of today and removes those that are older than a day."""

    def work(db: Transaction, left: list[int]) -> None:
        count = sa.select(sa.func.count()).select_from(arrival)
        for hours in (0, 23, 25):
            purge(db, flooded.world.service.host.vault, at=now() + hours * HOUR, talk=1000 * HOUR)
            left.append(db.execute(count).scalar_one())
        raise _Undo

    left: list[int] = []
    with pytest.raises(_Undo):
        flooded.world.do(lambda db: work(db, left))
    assert left[0] == left[1] > FLOOD
    assert left[2] == 0


def test_marks_of_two_days_cannot_be_compared(flooded: Flooded) -> None:
    """One network has one mark from midnight to midnight in the Netherlands, and another one the next day."""
    vault = flooded.world.service.host.vault

    def mark(address: str, day: int, hour: int = 0, minute: int = 0) -> bytes:
        moment = datetime(2026, 1, day, hour, minute, tzinfo=UTC)
        return mark_of(vault, address, at=int(moment.timestamp()) * 1_000_000)

    assert mark(FLOODING, 15, 0) == mark(FLOODING, 15, 22, 59) != mark(FLOODING, 15, 23)
    assert mark("2001:db8::1", 15) == mark("2001:db8::ffff:1", 15) != mark("2001:db8:0:1::1", 15)


def test_few_are_no_flood(flooded: Flooded) -> None:
    """One fewer than many stay where they are, and so does one more when those asked more than an hour ago."""
    world = flooded.world
    people = [_asks(world, flooded.elsewhere) for _ in range(MANY - 1)]
    of = support_request.c
    theirs = sa.update(support_request).where(of.conversation_id.in_([one.id for one in people]))
    world.do(lambda db: db.execute(theirs.values(created_at=of.created_at - HOUR)))
    people.append(_asks(world, flooded.elsewhere))
    assert [world.rows(_of(one))[0].bundled_at for one in people] == [None] * MANY


def _asks(world: World, http: httpx.Client) -> Person:
    person = _person(world, http)
    person.asks_for_help()
    return person


def _person(world: World, http: httpx.Client, **start: str) -> Person:
    return World(world.service, world.url, http).person(**start)


def _of(person: Person) -> sa.Select[tuple[object, ...]]:
    return sa.select(support_request).where(support_request.c.conversation_id == person.id)


def _shown(page: str) -> dict[str, list[str]]:
    """The ids under each heading of the list."""
    found = re.findall(r'name="shown" value="([a-z]+):([^"]*)"', page)
    return {"bundled": [], **{key: ids.split(",") for key, ids in found}}


def _values(world: World) -> Iterator[bytes]:
    for table in metadata.sorted_tables:
        for row in world.rows(sa.select(table)):
            yield b"|".join(value if isinstance(value, bytes) else str(value).encode() for value in row)
