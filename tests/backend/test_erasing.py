"""Erasing a person: everything goes, at once, for good, and the export before it was complete."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from backend.consents.models import consent
from backend.conversations.models import conversation, inbox, message, outbox
from backend.register.reading import the_register
from backend.support_requests.models import assignment, support_request
from backend.vault import person_key
from world import Person, World, open_world, settings_for


def _person_id(world: World, person: Person) -> str:
    found: str = world.rows(sa.select(conversation.c.person_id).where(conversation.c.id == person.id))[0].person_id
    return found


def test_the_export_holds_everything(fresh: World) -> None:
    """The export has every message, every consent (given or refused) and every request with what became of it."""
    person = fresh.person()
    person.asks_for_help("Ik zoek een baan.", agrees=False)
    person.taps("person")
    person.chooses("who:gemeente")
    person.chooses("consent:yes")
    with fresh.counsellor() as coach:
        (request,) = coach.requests()
        coach.does("claim", request["id"])
        coach.does("reply", request["id"], text="Dag!")
    export = person.get("export").json()
    assert {"conversation", "messages", "consents", "requests", "who_looked"} <= set(export)
    for exported, shown in zip(export["messages"], person.messages(), strict=True):
        assert shown.items() <= exported.items()
    assert [one["given"] for one in export["consents"]] == [False, True]
    for one in export["consents"]:
        assert one["recipient"] == "Demo Gemeente"
        assert {"purpose", "text_id", "text_version", "language", "at", "data_groups"} <= set(one)
    (asked,) = export["requests"]
    assert (asked["organisation"], asked["need"], asked["status"]) == ("Demo Gemeente", "Ik zoek een baan.", "claimed")
    assert {"request.open", "request.claimed", "request.answered"} <= {
        event["action"] for event in asked["what_happened"]
    }
    assert export["conversation"]["state"]["facts"]["municipality"]
    for name, entry in the_register().tables.items():
        columns = {column.shown_as for column in entry.columns.values() if column.in_export} - {"content"}
        rows = export["conversation"] if name == "conversation" else export.get(entry.section, [])
        assert all(columns <= set(row) for row in ([rows] if isinstance(rows, dict) else rows)), name


def test_the_person_sees_who_looked(fresh: World) -> None:
    """Each reading, claim and export is there at once with role, organisation and time; no name or id of staff anywhere."""
    person = fresh.person()
    person.asks_for_help("Ik zoek een baan.")
    with fresh.counsellor() as coach:
        (request,) = coach.requests()
        coach.opens(request["id"])
        coach.does("claim", request["id"])
        name, id = coach.http.get("/api/v1/desk/me").json()["name"], coach.http.get("/api/v1/desk/me").json()["id"]
    answer = person.get("export")
    seen = [(each["by"], each["organisation"], each["action"], each["at"][:2]) for each in answer.json()["who_looked"]]
    assert ("counsellor", "Demo Gemeente", "request.read", "20") in seen
    assert ("counsellor", "Demo Gemeente", "request.claimed", "20") in seen
    assert ("person", None, "person.export", "20") in seen
    assert id not in answer.text
    assert name not in str(answer.json()["who_looked"])


def test_after_erasing_nothing_is_left(fresh: World) -> None:
    """Deleting gives a receipt; afterwards every call is 404, every row and the key are gone, and the desk finds nothing."""
    person, other = fresh.person(), fresh.person()
    person.asks_for_help()
    other.asks_for_help()
    person_id = _person_id(fresh, person)
    with fresh.counsellor() as coach:
        mine = next(one["id"] for one in coach.requests() if _request_of(fresh, one["id"]) == person.id)
        coach.does("claim", mine)
        answer = fresh.http.delete(person.path, headers=person.headers)
        assert answer.status_code == 200
        assert set(answer.json()["receipt"]) == {"reference", "at"}
        for what in ("messages", "stream", "export"):
            assert person.get(what).status_code == 404
        assert person.turn({"text": "Hoi"}).status_code == 404
        assert fresh.http.delete(person.path, headers=person.headers).status_code == 404
        for action in ("reply", "close", "release", "claim"):
            body = {"text": "Dag"} if action in ("reply", "close") else {}
            assert coach.does(action, mine, **body).status_code in (404, 410)
        assert coach.http.get(f"/api/v1/desk/requests/{mine}").status_code in (404, 410)
        assert len(coach.requests()) == 1
    for table in (message, inbox, outbox, consent, support_request):
        assert fresh.rows(sa.select(table).where(table.c.conversation_id == person.id)) == []
    assert fresh.rows(sa.select(assignment)) == []
    assert fresh.rows(sa.select(person_key).where(person_key.c.person_id == person_id)) == []
    assert other.get("export").json()["requests"]


def _request_of(world: World, id: str) -> str:
    found: str = world.rows(sa.select(support_request.c.conversation_id).where(support_request.c.id == id))[0][0]
    return found


def test_erasing_from_inside_the_conversation(verder: World) -> None:
    """Who chooses to wipe everything, and confirms it, gets a last word; afterwards the conversation is 404."""
    person = verder.person()
    person.chooses("info:privacy_who")
    person.chooses("forget")
    assert person.chooses("forget:yes")
    assert person.get().status_code == 404


def test_erasing_wins_every_race(verder: World) -> None:
    """While others write, read and export at the same moment, erasing succeeds, nobody gets a 5xx, and nothing is left."""
    for _ in range(6):
        person = verder.person()
        person_id = _person_id(verder, person)

        def act(number: int, person: Person = person) -> int:
            if number == 3:
                return verder.http.delete(person.path, headers=person.headers).status_code
            if number % 3 == 0:
                return person.get("export").status_code
            return person.get().status_code if number % 3 == 1 else person.turn({"text": f"w{number}"}).status_code

        with ThreadPoolExecutor(10) as pool:
            answers = list(pool.map(act, range(10)))
        assert answers[3] == 200
        assert set(answers) <= {200, 404}
        assert verder.rows(sa.select(message).where(message.c.conversation_id == person.id)) == []
        assert verder.rows(sa.select(person_key).where(person_key.c.person_id == person_id)) == []


def test_the_wrapped_key_leaves_the_files(tmp_path: Path, database_url: str) -> None:
    """On SQLite the bytes of an erased person's key and words are gone from the files and their logs, not only from sight."""
    if not database_url.startswith("sqlite"):
        pytest.skip("PostgreSQL keeps its own log; its backups age by themselves")
    # While somebody reads, the log is emptied later: here nobody does.
    with open_world(settings_for(database_url, tmp_path), worker=False) as world:
        person, other = world.person(), world.person()
        person.says("Hoi")
        person_id = _person_id(world, person)
        key = world.rows(sa.select(person_key.c.wrapped).where(person_key.c.person_id == person_id))[0].wrapped
        words = world.rows(sa.select(message.c.content).where(message.c.conversation_id == person.id))
        assert _found(tmp_path, key)
        world.http.delete(person.path, headers=person.headers)
        assert not _found(tmp_path, key)
        assert not any(_found(tmp_path, row.content) for row in words)
        assert other.says("Hoi")


def _found(folder: Path, needle: bytes) -> list[str]:
    return [path.name for path in folder.iterdir() if path.is_file() and needle in path.read_bytes()]
