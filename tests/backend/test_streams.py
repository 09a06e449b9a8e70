"""The event stream: live within a second, resumed without loss or doubles, closed to strangers, ended by erasing."""

from __future__ import annotations

import threading
import time
from itertools import islice
from pathlib import Path

import pytest

from backend.conversations.messages import post
from sizes import promised
from world import Person, World, open_world, settings_for


def _post(world: World, person: Person, text: str) -> None:
    world.do(
        lambda db: post(db, world.service.host.vault, person.id, "counsellor", text, language="nl", name="Coach A")
    )


def _post_all(world: World, person: Person, texts: list[str]) -> None:
    for text in texts:
        _post(world, person, text)


def test_what_is_there_comes_first_and_what_is_new_within_a_second(verder: World) -> None:
    """A follower gets the stored messages at once and a new one less than a second after it was stored."""
    person = verder.person()
    with person.follow() as stream:
        assert list(islice(stream, len(person.sees))) == person.sees
        begun = time.monotonic()
        _post(verder, person, "Hoi van de coach")
        message = next(stream)
        assert time.monotonic() - begun < promised(1)
    assert (message["from"], message["text"], message["name"]) == ("counsellor", "Hoi van de coach", "Coach A")


def test_resuming_loses_and_doubles_nothing(verder: World) -> None:
    """After twenty live messages and a break in which five came, Last-Event-ID brings exactly those five, in order."""
    person = verder.person()
    start = person.messages()[-1]["number"]
    with person.follow(last=start) as stream:
        writing = threading.Thread(target=_post_all, args=(verder, person, [f"live {number}" for number in range(20)]))
        writing.start()
        live = list(islice(stream, 20))
        writing.join()
    assert [one["text"] for one in live] == [f"live {number}" for number in range(20)]
    for number in range(5):
        _post(verder, person, f"gemist {number}")
    with person.follow(last=live[-1]["number"]) as stream:
        missed = list(islice(stream, 5))
        _post(verder, person, "weer live")
        assert next(stream)["text"] == "weer live"
    assert [one["text"] for one in missed] == [f"gemist {number}" for number in range(5)]


def test_a_stream_is_the_same_as_reading(verder: World) -> None:
    """Stream and messages give the same objects."""
    person = verder.person()
    person.says("Wie helpt mij?")
    stored = person.messages()
    with person.follow() as stream:
        assert list(islice(stream, len(stored))) == stored


def test_a_stream_of_a_stranger_is_404(verder: World) -> None:
    """With somebody else's token, without one, or for an unknown id the stream is a plain 404 before it begins."""
    mine, other = verder.person(), verder.person()
    for path, headers in [
        (mine.path, other.headers),
        (mine.path, {}),
        (f"{mine.path[:-32]}{'0' * 32}", mine.headers),
    ]:
        answer = verder.http.get(f"{path}/stream", headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


@pytest.mark.parametrize("last", ["x", "-1", "99999999999999999999"])
def test_a_last_event_that_cannot_be_one_is_422(verder: World, last: str) -> None:
    """A Last-Event-ID that is no message number is refused kindly."""
    person = verder.person()
    answer = verder.http.get(f"{person.path}/stream", headers={**person.headers, "Last-Event-ID": last})
    assert answer.status_code == 422


def test_erasing_ends_the_stream(verder: World, caplog: pytest.LogCaptureFixture) -> None:
    """When the person is erased the stream ends by itself, quietly, and cannot be opened again."""
    person = verder.person()
    with person.follow() as stream:
        list(islice(stream, len(person.sees)))
        assert verder.http.delete(person.path, headers=person.headers).status_code == 200
        assert list(stream) == []
    assert person.get("stream").status_code == 404
    assert [record for record in caplog.records if record.levelname in ("ERROR", "CRITICAL")] == []


def test_who_stops_following_is_forgotten(verder: World) -> None:
    """A closed stream leaves no listener behind."""
    person = verder.person()
    topic = f"conversation:{person.id}"
    listeners = verder.service.database.signals._listeners
    with person.follow() as stream:
        next(stream)
        assert topic in listeners
    until = time.monotonic() + 60
    while topic in listeners and time.monotonic() < until:
        threading.Event().wait(0.02)
    assert topic not in listeners


def test_another_process_wakes_a_stream(database_url: str, tmp_path: Path) -> None:
    """On PostgreSQL a message that another process stored reaches the stream within a second; SQLite has one process."""
    if database_url.startswith("sqlite"):
        return
    with open_world(settings_for(database_url, tmp_path)) as here:
        with open_world(settings_for(database_url, tmp_path), fill=False) as there:
            person = here.person()
            with person.follow(last=person.sees[-1]["number"]) as stream:
                _post(there, person, "klaar?")
                assert next(stream)["text"] == "klaar?"
                begun = time.monotonic()
                _post(there, person, "van elders")
                assert next(stream)["text"] == "van elders"
                assert time.monotonic() - begun < promised(1)
