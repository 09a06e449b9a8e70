"""Guessing fails, and a flood of guesses keeps nobody else out: log-ins, codes of every kind, and keys for systems."""

from __future__ import annotations

import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from unittest.mock import patch

import httpx
import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from accounts_world import code_now, csrf_of, invited, with_app
from backend.accounts import guessing
from backend.accounts.guessing import FREE_AT_ACCOUNT, FREE_FROM_ADDRESS, LONGEST_WAIT
from backend.audit import audit_event
from backend.errors import Refused
from backend.invitations.service import new_code
from backend.networks import network_of
from backend.organisations.passwords import hash_password
from backend.organisations.service import set_password
from backend.resume_codes import service as resume_codes
from backend.vault import KeyRing, Vault
from desk_world import DeskWorld
from passwords import PASSWORD
from sizes import size
from world import CONVERSATIONS, World

LOGIN = "/api/v1/desk/login"
HOUR = 3600 * 1_000_000
PAIRS = size(4, 120)
GUESSES = size(60, 10_000)
GAP = 0.010
"""Seconds between a known and an unknown account, at most (trust S9)."""


@asynccontextmanager
async def from_address(world: DeskWorld, address: str) -> AsyncIterator[httpx.AsyncClient]:
    """A browser behind this address."""
    transport = httpx.ASGITransport(world.app, client=(address, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://desk.test") as client:
        yield client


@pytest.mark.anyio
async def test_a_known_account_costs_what_an_unknown_one_costs(world: DeskWorld) -> None:
    """By turns, in pairs, with and without a code: the same answer for one computed hash each; on a quiet machine there are
    not ten milliseconds between them in the median, and on any other not half a second of processor time."""
    who = world.counsellor("Coach A", "werk")
    world.do(lambda db: set_password(db, who.id, hash_password(PASSWORD)))
    clock = time.perf_counter if size(0, 1) else time.process_time
    gaps = []
    with patch.object(PasswordHasher, "verify", autospec=True, side_effect=PasswordHasher.verify) as hashed:
        for number in range(PAIRS):
            taken = {}
            for email in (who.email, f"niemand{number}@elders.nl")[:: 1 if number % 2 else -1]:
                body = {"email": email, "password": "fout", **({"code": "000000"} if number % 4 > 1 else {})}
                async with from_address(world, f"10.1.{number % 250}.{len(taken)}") as client:
                    began = clock()
                    answer = await client.post(LOGIN, json=body)
                    taken[email == who.email] = clock() - began
                assert (answer.status_code, answer.json()["error"]["code"]) == (401, "wrong_login")
            world.clock.go(seconds=3601)
            gaps.append(taken[True] - taken[False])
    assert hashed.call_count == 2 * PAIRS
    print(f"known minus unknown account, median of {len(gaps)} pairs: {1000 * statistics.median(gaps):.1f} ms")
    assert abs(statistics.median(gaps)) < size(50, 1) * GAP


@pytest.mark.anyio
async def test_a_flood_from_the_own_address_keeps_no_owner_out(world: DeskWorld) -> None:
    """A school behind one address, and somebody there who guesses without end: whoever has the code of their app gets in at
    once, at the form and over the API; without a code they wait at most 42 seconds."""
    async with (
        with_app(world) as mine,
        from_address(world, "192.0.2.7") as flood,
        from_address(world, "192.0.2.7") as own,
    ):
        for number in range(FREE_FROM_ADDRESS + 10):
            _guesses_unseen(world, mine.who.email if number % 5 == 0 else f"x{number}@elders.nl", "192.0.2.7")
        assert {(await _guess(flood, email)).status_code for email in (mine.who.email, "x@elders.nl")} == {429}
        without = await own.post("/desk/login", data={"email": mine.who.email, "password": PASSWORD})
        assert without.status_code == 429
        assert int(without.headers["Retry-After"]) <= LONGEST_WAIT
        assert 'name="code"' in without.text
        login = {"email": mine.who.email, "password": PASSWORD}
        form = await own.post("/desk/login", data={**login, "code": code_now(world, mine)})
        assert form.headers["Location"] == "/desk"
        world.clock.go(seconds=30)
        await _guess(flood, mine.who.email)
        api = await own.post(LOGIN, json={**login, "code": code_now(world, mine)})
        assert api.status_code == 200


@pytest.mark.anyio
async def test_who_has_the_app_cannot_guess_the_password(world: DeskWorld) -> None:
    """A good code opens no way around the waiting: with it each wrong password waits longer, up to 42 seconds."""
    async with with_app(world) as mine, from_address(world, "192.0.2.8") as thief:
        for _ in range(guessing.FREE_TRIES + 5):
            world.do(lambda db: guessing.begin_code(db, world.vault, mine.who.id, at=world.clock()))
            world.clock.go(seconds=LONGEST_WAIT)
        body = {"email": mine.who.email, "password": "fout", "code": code_now(world, mine)}
        assert (await thief.post(LOGIN, json=body)).status_code == 401
        late = await thief.post(LOGIN, json={"email": mine.who.email, "password": "x", "code": code_now(world, mine)})
        assert late.status_code == 429
        assert int(late.headers["Retry-After"]) <= LONGEST_WAIT


@pytest.mark.anyio
async def test_recovery_codes_are_guessed_as_slowly_as_codes(world: DeskWorld) -> None:
    """Typed in the place of the code they count as one: fourteen tries wait up to 42 seconds, and none of them fits."""
    async with with_app(world) as mine, from_address(world, "192.0.2.9") as thief:
        await thief.post("/desk/login", data={"email": mine.who.email, "password": PASSWORD})
        token = await csrf_of(thief, "/desk/login/code")
        waits = await _try_codes(world, thief, token, [f"abcd-efgh-jkmn-p{number:03}" for number in range(14)])
        assert waits[-1] >= 16
        assert max(waits) <= LONGEST_WAIT
        right = await thief.post("/desk/login/code", data={"csrf": token, "code": mine.recovery[0]})
        assert right.status_code in (303, 429)


@pytest.mark.anyio
async def test_nobody_guesses_the_link_of_an_invitation(world: DeskWorld) -> None:
    """Its code has 128 bits or more; whatever else is typed gets one and the same answer, and the link still works."""
    who = world.counsellor("Coach A")
    code = invited(world, who)
    assert len(code) >= 22
    async with from_address(world, "192.0.2.10") as guesser:
        made_up = {
            code[:-1],
            code + "a",
            "a" * len(code),
            *(f"{n:043x}" for n in range(GUESSES // 4)),
        }
        answers = {
            (answer.status_code, answer.text)
            for one in made_up - {code}
            for answer in [await guesser.get("/desk/welcome", params={"code": one})]
        }
        assert {status for status, _ in answers} == {410}
        assert len(answers) == 1
        assert (await guesser.get("/desk/welcome", params={"code": code})).status_code == 200


def test_nobody_guesses_a_key_for_systems(verder: World) -> None:
    """Made-up keys get one and the same refusal, whatever they look like, and show nothing of what is there."""
    answers = set()
    for number in range(GUESSES):
        key = ("verder_" if number % 2 else "") + f"{number:043x}"
        answer = verder.http.get("/api/v1/organisation/figures", headers={"Authorization": f"Bearer {key}"})
        answers.add((answer.status_code, answer.text))
    assert len(answers) == 1
    assert {status for status, _ in answers} == {401}


def test_a_hundred_thousand_addresses_of_one_network_are_one(verder: World) -> None:
    """Whoever has a /64 of IPv6 has ten tries of a moving code an hour, not ten for each address in it."""
    vault, at = verder.service.host.vault, 1_900_000_000_000_000
    same = [resume_codes.subject_of(vault, f"2001:db8:0:7::{number:x}") for number in range(resume_codes.TRIES + 1)]
    for subject in same[:-1]:
        verder.do(lambda db, subject=subject: resume_codes.may_try(db, subject, at=at))
    with pytest.raises(Refused) as refused:
        verder.do(lambda db: resume_codes.may_try(db, same[-1], at=at))
    assert refused.value.status == 429
    other = resume_codes.subject_of(vault, "2001:db8:0:8::1")
    verder.do(lambda db: resume_codes.may_try(db, other, at=at))
    verder.do(lambda db: db.execute(sa.text("delete from code_try")))


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:0:7::1", "2001:db8:0:7::/64"),
        ("2001:db8:0:7:ffff::1%eth0", "2001:db8:0:7::/64"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_what_counts_as_one_network(address: str, network: str) -> None:
    """One host of IPv4, a /64 of IPv6, and what is no address at all as it is."""
    assert network_of(address) == network


def test_codes_that_people_type_are_long_enough(verder: World) -> None:
    """A code of a card or of a move is one of 2^45 at least: at the allowed pace nobody finds one in a lifetime."""
    codes = {new_code() for _ in range(2000)}
    signs = {sign for code in codes for sign in code}
    assert len(codes) == 2000
    assert len(signs) ** 10 >= 2**45
    in_a_year = resume_codes.TRIES * 24 * 365 * 1000
    assert in_a_year * 10_000 / 2**45 < 0.03
    answer = verder.http.post(f"{CONVERSATIONS}/resume", json={"code": "BCD23-FGH46"})
    assert answer.status_code in (404, 429)
    verder.do(lambda db: db.execute(sa.text("delete from code_try")))


@pytest.mark.anyio
async def test_what_was_refused_is_in_the_trail_without_a_name(world: DeskWorld) -> None:
    """Each password that was really tried is one event; who typed an address that nobody has is not written down."""
    async with from_address(world, "192.0.2.11") as guesser:
        for number in range(3):
            await _guess(guesser, f"niemand{number}@elders.nl")
    rows = world.rows(sa.select(audit_event).where(audit_event.c.action == "session.refused"))
    assert len(rows) == 3
    assert "elders" not in repr(rows)
    assert FREE_AT_ACCOUNT < FREE_FROM_ADDRESS


def test_what_is_counted_cannot_be_read() -> None:
    """Under what tries are counted says neither address nor account."""
    subjects = guessing.Subjects.of(Vault(KeyRing.make()), "iemand@voorbeeld.nl", "192.0.2.12")
    assert len(set(subjects.all)) == 4
    assert not any(b"voorbeeld" in one or b"192" in one for one in subjects.all)


async def _guess(client: httpx.AsyncClient, email: str) -> httpx.Response:
    return await client.post(LOGIN, json={"email": email, "password": "geraden"})


def _guesses_unseen(world: DeskWorld, email: str, address: str) -> None:
    """Counts a wrong try as the door does, without the hashing that takes its time."""
    subjects = guessing.Subjects.of(world.vault, email, address)
    with suppress(Refused):
        world.do(lambda db: guessing.begin_try(db, subjects, at=world.clock(), code_fits=lambda _: False))


async def _try_codes(world: DeskWorld, thief: httpx.AsyncClient, token: str, codes: list[str]) -> list[int]:
    waits = [0]
    for code in codes:
        answer = await thief.post("/desk/login/code", data={"csrf": token, "code": code})
        assert answer.status_code in (401, 422, 429)
        if answer.status_code == 429:
            waits.append(int(answer.headers["Retry-After"]))
            world.clock.go(seconds=waits[-1])
    return waits
