"""Pictures and papers of an answer: kept sealed, shown in words everywhere, drawn for their owner alone, erased."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from unittest.mock import patch

import pytest
import sqlalchemy as sa
from PIL import Image
from pydantic_core import to_json

from backend.conversations import messages as mail
from backend.conversations.models import conversation, message
from backend.db import Transaction
from backend.web_conversations import WebConversations
from bot.channel import Message
from bot.terminal import Screen
from bot.web_widget.translate import to_json as for_the_web
from dialogs.messages import Picture
from enclosed import ANSWER, CALENDAR, LAW, PICTURE, SHEET, answering
from world import CONVERSATIONS, MESSAGE_KEYS, Json, Person, World, open_world, pace_standing_still, settings_for


@pytest.fixture
def shown(verder: World) -> Iterator[tuple[World, Person, Json]]:
    """A person who has just been answered with a picture and papers."""
    person = verder.person()
    with answering():
        yield verder, person, person.says("toon")[0]


def _stored(world: World, person: Person) -> list[Message]:
    def work(db: Transaction) -> list[Message]:
        return mail.read_messages(db, world.service.host.vault, person.id)

    found: list[Message] = world.do(work)
    return found


def test_the_picture_has_the_contracts_shape(shown: tuple[World, Person, Json]) -> None:
    """`image` has an SVG, the path of a PNG and all its words, and beside them the steps; `papers` names each file."""
    _, person, answer = shown
    image = answer["image"]
    assert set(answer) == MESSAGE_KEYS | {"papers"}
    assert set(image) == {"svg", "png", "alt", "title", "here", "steps"}
    assert image["svg"].startswith("<svg ")
    assert image["png"] == f"{person.path}/messages/{answer['number']}/image.png"
    assert image["alt"] == PICTURE.alt
    assert image["steps"] == [asdict(step) for step in PICTURE.steps]
    assert [step["here"] for step in image["steps"]] == [False, False, True, False]
    assert answer["papers"] == [
        {"id": "1", "label": SHEET.name, "type": "application/pdf", "name": "verder.pdf"},
        {"id": "2", "label": CALENDAR.name, "type": "text/calendar", "name": "verder.ics"},
    ]
    assert PICTURE.steps[0].text not in image["png"]


def test_what_was_shown_is_read_back(shown: tuple[World, Person, Json]) -> None:
    """History, stream and the same turn again give exactly what the turn gave."""
    world, person, answer = shown
    assert person.messages(after=answer["number"] - 1) == [answer]
    with person.follow(last=answer["number"] - 1) as stream:
        assert next(stream) == answer
    body = {"text": "nog eens"}
    assert person.turn(body, key="k").json() == person.turn(body, key="k").json()
    (stored,) = (one for one in _stored(world, person) if one.number == answer["number"])
    assert (stored.picture, stored.papers, stored.sources) == (PICTURE, (SHEET, CALENDAR), LAW)


def test_nothing_of_it_lies_open(shown: tuple[World, Person, Json]) -> None:
    """In the database no word of a picture or a paper can be read without the person's key."""
    world, person, _ = shown
    rows = world.rows(sa.select(message.c.content).where(message.c.conversation_id == person.id))
    raw = b"".join(bytes(row.content) for row in rows)
    assert rows
    assert not any(word in raw for word in (b"picture", b"papers", b"Jij bent hier", b"Mijn rechten", b"2027"))


def test_older_messages_are_still_read(verder: World) -> None:
    """A message that was stored without the words "picture" and "papers" reads as one that has none."""
    person = verder.person()
    old = to_json({"text": "Hallo", "language": "nl", "direction": "ltr"})
    vault = verder.service.host.vault

    def store(db: Transaction) -> None:
        row = mail.find(db, person.id)
        sealed = vault.seal(db, row.person_id, "message.content", f"{row.id}:900", old)
        values = {"conversation_id": row.id, "number": 900, "sender": "bot", "content": sealed, "at": 1}
        db.execute(sa.insert(message), values)

    verder.do(store)
    (read,) = person.messages(after=899)
    assert (read["text"], read["image"]) == ("Hallo", None)
    assert set(read) == MESSAGE_KEYS


def test_the_png_is_a_picture_of_it(shown: tuple[World, Person, Json]) -> None:
    """Its owner fetches a PNG that no browser keeps, shows as something else, or names after what is in it."""
    world, person, answer = shown
    got = world.http.get(answer["image"]["png"], headers=person.headers)
    assert got.status_code == 200
    assert got.headers["content-type"] == "image/png"
    assert got.headers["content-disposition"] == 'attachment; filename="verder.png"'
    assert got.headers["cache-control"] == "private, no-store"
    assert got.headers["x-content-type-options"] == "nosniff"
    drawn = Image.open(io.BytesIO(got.content))
    assert drawn.format == "PNG"
    assert drawn.width >= 720


@pytest.mark.parametrize(("place", "starts"), [("1", b"%PDF-"), ("2", b"BEGIN:VCALENDAR")])
def test_papers_are_files_as_announced(shown: tuple[World, Person, Json], place: str, starts: bytes) -> None:
    """Each paper comes as the type and under the neutral name that its message said."""
    world, person, answer = shown
    (said,) = (one for one in answer["papers"] if one["id"] == place)
    got = world.http.get(f"{person.path}/messages/{answer['number']}/papers/{place}", headers=person.headers)
    assert got.status_code == 200
    assert got.content.startswith(starts)
    assert got.headers["content-type"].split(";")[0] == said["type"]
    assert got.headers["content-disposition"] == f'attachment; filename="{said["name"]}"'
    assert got.headers["cache-control"] == "private, no-store"
    assert got.headers["x-content-type-options"] == "nosniff"


def test_files_are_for_their_owner_alone(shown: tuple[World, Person, Json]) -> None:
    """Another's token, none, an unknown conversation, message or paper: always the same 404."""
    world, person, answer = shown
    other, number = world.person(), answer["number"]
    answers = []
    for what in ("image.png", "papers/1"):
        own = f"{person.path}/messages/{number}/{what}"
        for headers in (other.headers, {}, {"Authorization": person.token}, {"Cookie": f"token={person.token}"}):
            answers.append(world.http.get(own, headers=headers))
        answers.append(world.http.get(f"{own}?token={person.token}"))
        for path in (
            f"{CONVERSATIONS}/{'0' * 32}/messages/{number}/{what}",
            f"{person.path}/messages/{number + 100}/{what}",
            f"{person.path}/messages/1/{what}",
        ):
            answers.append(world.http.get(path, headers=person.headers))
    answers.append(world.http.get(f"{person.path}/messages/{number}/papers/3", headers=person.headers))
    assert {one.status_code for one in answers} == {404}
    assert len({one.content for one in answers}) == 1


@pytest.mark.parametrize("path", ["messages/0/image.png", "messages/x/image.png", "messages/1/papers/0"])
def test_a_number_that_cannot_be_is_refused(verder: World, path: str) -> None:
    """A message or paper number that cannot be one is 422, never a defect."""
    person = verder.person()
    assert verder.http.get(f"{person.path}/{path}", headers=person.headers).status_code == 422


def test_the_export_has_every_word(shown: tuple[World, Person, Json]) -> None:
    """The export has the picture as the person saw it, and all words of the papers."""
    _, person, answer = shown
    (exported,) = (one for one in person.get("export").json()["messages"] if one["number"] == answer["number"])
    assert exported["image"] == answer["image"]
    sheet, calendar = (paper["content"] for paper in exported["papers"])
    assert sheet["rows"][1]["texts"] == ["School moet hulp opnieuw aanbieden."]
    assert calendar["entries"][0]["day"] == "2027-07-16"


def test_erasing_takes_it_along(shown: tuple[World, Person, Json]) -> None:
    """After erasing, neither picture nor paper can be fetched."""
    world, person, answer = shown
    world.http.delete(person.path, headers=person.headers)
    for what in ("image.png", "papers/1"):
        path = f"{person.path}/messages/{answer['number']}/{what}"
        assert world.http.get(path, headers=person.headers).status_code == 404


def test_counsellors_read_a_picture_in_words(fresh: World) -> None:
    """At the desk a picture that belongs to the request stands there as its words, on the page and in the API."""
    person = fresh.person()
    person.asks_for_help()
    with answering(), fresh.counsellor() as coach:
        answer = person.says("toon")[0]
        (request,) = coach.requests()

        def share(db: Transaction) -> None:
            mail.share(db, person.id, answer["number"], request["id"])

        fresh.do(share)
        (seen,) = (one for one in coach.opens(request["id"])["messages"] if one["number"] == answer["number"])
        assert seen["image"] == {"svg": None, "png": None, "alt": PICTURE.alt}
        page = coach.http.get(f"/desk/requests/{request['id']}").text
        assert all(f"{step.title} ({step.when}): {step.text}" in page for step in PICTURE.steps)
        assert "Jij bent hier" in page


def test_the_terminal_says_it_in_words(shown: tuple[World, Person, Json]) -> None:
    """In a terminal a picture is a list and a paper has its name and where to open it."""
    world, person, _ = shown
    out = io.StringIO()
    Screen(out).show(_stored(world, person)[-1:])
    lines = out.getvalue().splitlines()
    assert PICTURE.title in lines
    assert "  - Jaar 2 (tot juli 2027): School moet hulp opnieuw aanbieden. Jij bent hier." in lines
    assert f"   [Je papier: {SHEET.name}. Open het in de chat op internet.]" in lines


def test_drawing_holds_up_no_turn(verder: World) -> None:
    """Only a few pictures are drawn at once, and beside the event loop; who waits for one keeps the others going."""
    person = verder.person()
    with answering():
        answer = person.says("toon")[0]
    most, running = 0, 0

    async def draw_all() -> None:
        nonlocal most, running
        conversations = WebConversations(verder.service.database, verder.service.host)

        def slow(picture: Picture, **_: object) -> bytes:
            nonlocal most, running
            running += 1
            most = max(most, running)
            loop.call_soon_threadsafe(turned.set)
            asyncio.run_coroutine_threadsafe(turned.wait(), loop).result(60)
            running -= 1
            return b"png"

        loop, turned = asyncio.get_running_loop(), asyncio.Event()
        with patch("backend.web_conversations.draw_png", slow):
            calls = (conversations.image(person.id, person.token, answer["number"]) for _ in range(6))
            assert {one.content for one in await asyncio.gather(*calls)} == {b"png"}

    asyncio.run(draw_all())
    assert 1 <= most <= 2


def test_files_have_a_brake_of_their_own(tmp_path: Path) -> None:
    """Who fetches files without end is told to wait; turns and other people go on."""
    settings = settings_for(f"sqlite:///{tmp_path / 'verder.db'}", tmp_path, rate_limits="on")
    with ExitStack() as stack:
        world = stack.enter_context(open_world(settings))
        stack.enter_context(pace_standing_still())
        stack.enter_context(answering(replace(ANSWER, papers=())))
        person, other = world.person(), world.person()
        path = f"{person.path}/messages/1/papers/9"
        statuses = [world.http.get(path, headers=person.headers) for _ in range(25)]
        assert {one.status_code for one in statuses} == {404, 429}
        assert int(statuses[-1].headers["retry-after"]) >= 1
        assert person.says("toon")
        assert world.http.get(f"{other.path}/messages/1/papers/9", headers=other.headers).status_code == 404


def test_a_message_without_a_picture_draws_nothing() -> None:
    """An answer in words alone costs no drawing and says `null`."""
    one = mail.draft(1, "bot", "Hallo", language="nl", at=1)

    def draw(picture: Picture, **_: object) -> str:
        raise AssertionError

    assert for_the_web(one, "x", draw)["image"] is None
    assert one.in_words == "Hallo"


def test_conversations_keep_no_address(shown: tuple[World, Person, Json]) -> None:
    """The address of a picture names a conversation and a number, and nothing of the person."""
    world, person, answer = shown
    (row,) = world.rows(sa.select(conversation.c.person_id).where(conversation.c.id == person.id))
    assert row.person_id not in answer["image"]["png"]
    assert person.token not in answer["image"]["png"]
