"""Promises about codes that open a conversation elsewhere: everything goes along, the old place closes, guessing fails."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from backend.conversations.models import conversation
from backend.db import now
from backend.errors import Refused
from backend.resume_codes import service
from backend.resume_codes.models import code_try, resume_code
from backend.retention.purging import purge
from world import CONVERSATIONS, Json, Person, World, open_world, settings_for

HOUR = 3600 * 1_000_000
DAY = 24 * HOUR
CODE = re.compile(r"\b[0-9A-Z]{5}-[0-9A-Z]{5}\b")


@pytest.fixture(autouse=True)
def _fresh_tries(request: pytest.FixtureRequest) -> None:
    """Everybody in these tests comes from one address: its tries begin anew with each test."""
    if "verder" in request.fixturenames:
        world: World = request.getfixturevalue("verder")
        world.do(lambda db: db.execute(sa.delete(code_try)))


def code_of(person: Person) -> str:
    """A code that this person asked for."""
    person.taps("move")
    replies = person.taps("move:code")
    found = CODE.search(replies[-1]["text"])
    assert found
    return found[0]


def resume(world: World, code: str) -> httpx.Response:
    """The code typed on another device."""
    return world.http.post(f"{CONVERSATIONS}/resume", json={"code": code})


def moved(world: World, code: str) -> Person:
    """The same person on the other device."""
    answer = resume(world, code)
    assert answer.status_code == 200, answer.text
    begun: Json = answer.json()
    assert set(begun) == {"id", "token", "messages"}
    return Person(world.http, begun["id"], begun["token"], begun["messages"])


def test_another_device_goes_on_and_the_old_one_is_closed(verder: World) -> None:
    """Facts, messages and the open request go along, a counsellor's answer reaches the new place; the old token is worth
    nothing, and the code works once, however it is typed."""
    person = verder.person()
    person.asks_for_help()
    code = code_of(person)
    there = moved(verder, code.lower().replace("-", " "))
    assert there.id == person.id
    assert person.sees[0]["text"] in [one["text"] for one in there.sees]
    assert person.get().status_code == 404
    assert person.turn({"text": "hallo"}).status_code == 404
    assert resume(verder, code).status_code == 404
    assert there.messages()
    with verder.counsellor() as coach:
        (request,) = [one for one in coach.requests() if one["status"] == "waiting"]
        assert coach.does("claim", request["id"]).status_code == 200
        assert coach.does("reply", request["id"], text="Dag, ik help je.").status_code == 200
    assert there.messages()[-1]["from"] == "counsellor"


def test_a_new_code_ends_the_one_before(verder: World) -> None:
    """Of two codes of one conversation only the last one works."""
    person = verder.person()
    first, second = code_of(person), code_of(person)
    assert resume(verder, first).status_code == 404
    assert resume(verder, second).status_code == 200


def test_of_two_devices_exactly_one_gets_it(verder: World) -> None:
    """The same code brought ten times at once opens the conversation once."""
    code = code_of(verder.person())
    ready = threading.Barrier(8)

    def bring(_: int) -> int:
        ready.wait()
        with httpx.Client(base_url=verder.url, trust_env=False, timeout=20) as http:
            return http.post(f"{CONVERSATIONS}/resume", json={"code": code}).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(bring, range(8)))
    assert sorted(answers) == [200] + [404] * 7


def test_every_wrong_code_gets_the_same_answer_and_soon_none(verder: World) -> None:
    """Unknown, used, expired and misshapen codes cannot be told apart; after ten within the hour there is a pause."""
    person = verder.person()
    used, old = code_of(verder.person()), code_of(person)
    resume(verder, used)
    of = sa.update(resume_code).where(resume_code.c.conversation_id == person.id)
    verder.do(lambda db: db.execute(of.values(expires_at=now())))
    answers = [resume(verder, code) for code in (used, old, "BCD23-FGH46", "x", "", "BCD23-FGH46-JKM78", "ABCDE-ABCDE")]
    assert {(answer.status_code, answer.text) for answer in answers} == {(404, answers[0].text)}
    assert answers[0].json()["error"]["code"] == "code_unknown"
    pause = [resume(verder, "BCD23-FGH46") for _ in range(5)][-1]
    assert (pause.status_code, pause.json()["error"]["code"]) == (429, "code_wait")
    assert 0 < int(pause.headers["Retry-After"]) <= 3600
    assert resume(verder, code_of(verder.person())).status_code == 429


def test_a_storm_of_guesses_makes_everybodys_tries_few_but_never_none(verder: World) -> None:
    """When a thousand codes went wrong within the hour each address has two tries; an hour later all is as before."""
    vault, at = verder.service.host.vault, now()
    row = {"subject": b"elsewhere", "tries": service.STORM, "since_at": at}
    verder.do(lambda db: db.execute(sa.insert(code_try), row))
    here = service.subject_of(vault, "192.0.2.1")
    for _ in range(service.TRIES_IN_A_STORM):
        verder.do(lambda db: service.may_try(db, here, at=at))
    with pytest.raises(Refused):
        verder.do(lambda db: service.may_try(db, here, at=at))
    verder.do(lambda db: service.may_try(db, here, at=at + HOUR))


def test_an_erased_conversation_cannot_be_opened(verder: World) -> None:
    """Wiping takes the code along; what is left answers as an unknown code."""
    person = verder.person()
    code = code_of(person)
    assert verder.http.delete(person.path, headers=person.headers).status_code in (200, 204)
    assert resume(verder, code).status_code == 404
    left = sa.select(resume_code.c.conversation_id).where(resume_code.c.conversation_id == person.id)
    assert not verder.rows(left)


def test_the_conversation_is_kept_as_long_as_was_said(verder: World) -> None:
    """A conversation with a code outlives the day after its last word, and vanishes when the code is over."""
    person, other = verder.person(), verder.person()
    code_of(person)
    vault = verder.service.host.vault
    mine = sa.select(conversation.c.id).where(conversation.c.id.in_([person.id, other.id]))

    def still(days: float) -> set[str]:
        verder.do(lambda db: purge(db, vault, at=now() + int(days * DAY)))
        return {row.id for row in verder.rows(mine)}

    assert still(6.9) == {person.id}
    assert still(7.1) == set()


def test_a_code_is_nowhere_to_be_read(tmp_path: Path) -> None:
    """In the files of the database there is neither the code, grouped or not, nor the address that tried one."""
    settings = settings_for(f"sqlite:///{tmp_path / 'verder.db'}", tmp_path)
    with open_world(settings) as world:
        code = code_of(world.person())
        assert resume(world, "BCD23-FGH46").status_code == 404
        stored = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
        for secret in (code, code.replace("-", ""), "127.0.0.1", "BCD23FGH46"):
            assert secret.encode() not in stored


def test_the_page_without_scripts_takes_a_code_too(verder: World) -> None:
    """Where no script runs a typed code opens the conversation as well, and a wrong one is said on the page."""
    person = verder.person()
    code = code_of(person)
    with httpx.Client(base_url=verder.url, trust_env=False, timeout=20, follow_redirects=True) as http:
        page = http.post("/chat/plain/start").text
        form = dict(re.findall(r'name="(proof|key)" value="([^"]+)"', page))
        wrong = http.post("/chat/plain/turn", data={**form, "text": "BCD23-FGH46"})
        assert (wrong.status_code, "Deze code werkt niet." in wrong.text) == (404, True)
        page = http.post("/chat/plain/turn", data={**form, "text": code}).text
    assert "Je gesprek is nu hier." in page
    assert person.get().status_code == 404
