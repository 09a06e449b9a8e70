"""What is deleted when: nothing stays that nobody needs, and nothing goes that somebody still waits for."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from backend.audit import audit_event, record
from backend.audit.heads import sign_head
from backend.audit.keeping import link_all
from backend.audit.verifying import verify
from backend.conversations.models import conversation, inbox, message, parked
from backend.conversations.service import receive
from backend.db import Transaction, now
from backend.main import main
from backend.persons.erasing import erase_person
from backend.persons.export import export_person
from backend.retention.holds import holds_on, lift_holds, place_hold, set_days
from backend.retention.models import legal_hold, retention_setting
from backend.retention.purging import AFTER_CLOSING, CONVERSATION, PARKED, purge
from backend.retention.terms import DAY, WARNED, WARNING, vanishing, warn
from backend.retention.trail import TRAIL_DAYS, cut_trail, set_trail_days
from backend.settings import Settings
from backend.support_requests.models import support_request
from backend.vault import Vault, person_key
from bot.channel import Envelope
from dialogs.messages import Incoming
from sizes import size
from world import World, open_world, settings_for

HOUR = 3600 * 1_000_000


def _purge(world: World, at: int) -> int:
    return int(world.do(lambda db: purge(db, world.service.host.vault, at=at)))


def test_a_conversation_without_a_request_is_gone_after_a_day(fresh: World) -> None:
    """A day after the last word everything of it is gone, key included; a minute before that all is still there."""
    keys = fresh.count(person_key)
    person = fresh.person()
    person.says("Helpt mijn oude school mij nog?")
    assert _purge(fresh, now() + CONVERSATION - 60_000_000) == 0
    assert person.get().status_code == 200
    assert _purge(fresh, now() + CONVERSATION + 1) == 1
    assert person.get().status_code == 404
    assert fresh.count(message) == 0
    assert fresh.count(person_key) == keys


def test_an_open_request_is_never_purged_and_a_closed_one_after_ninety_days(fresh: World) -> None:
    """Who still waits for an answer loses nothing, however long it takes; what is closed goes after its time."""
    person = fresh.person()
    person.asks_for_help()
    assert _purge(fresh, now() + 10 * AFTER_CLOSING) == 0
    with fresh.counsellor() as coach:
        (request,) = coach.requests()
        coach.does("claim", request["id"])
        coach.does("close", request["id"])
    assert _purge(fresh, now() + AFTER_CLOSING - 60_000_000) == 0
    assert _purge(fresh, now() + AFTER_CLOSING + CONVERSATION) == 1
    assert fresh.count(support_request) == 0
    assert fresh.count(conversation) == 0


def test_nothing_is_left_of_an_erased_person_after_a_week(fresh: World) -> None:
    """The ids of the updates of somebody who was erased are kept as long as they may come again, and no longer."""
    push = fresh.service.push
    for id, said in (
        ("1", Incoming(start="")),
        ("2", Incoming(choice="lang:nl")),
        ("3", Incoming(choice="forget")),
        ("4", Incoming(choice="forget:yes")),
    ):
        envelope = Envelope(channel="telegram", outside_id=id, address="77", incoming=said)
        fresh.do(lambda db, envelope=envelope: receive(db, push._host, envelope))
    left = fresh.rows(sa.select(inbox))
    assert {row.outside_id for row in left} == {"1", "2", "3", "4"}
    assert {row.conversation_id for row in left} == {None}
    _purge(fresh, now() + PARKED - 60_000_000)
    assert fresh.count(inbox) == 4
    _purge(fresh, now() + PARKED + 1)
    assert fresh.count(inbox) == 0


def test_parked_updates_go_after_a_week(fresh: World) -> None:
    """An update that could not be handled is kept for people to look at, and not for ever."""
    keys = fresh.count(person_key)
    fresh.do(lambda db: fresh.service.push._park(db, "telegram", {"update_id": 7}))
    _purge(fresh, now() + PARKED - 60_000_000)
    assert fresh.count(parked) == 1
    _purge(fresh, now() + PARKED + 1)
    assert fresh.count(parked) == 0
    assert fresh.rows(sa.select(sa.func.count()).select_from(person_key))[0][0] == keys


LIVES, DAYS = size(12, 400), 140
"""How many people a day-by-day run of a virtual clock follows."""


@dataclass
class Life:
    """One person's story on the virtual clock: when they last spoke, and their requests (closed when, kept how long)."""

    person_id: str
    conversation_id: str
    spoke: int
    closed: list[int | None]
    held_until: int | None

    def is_needed(self, at: int, days: int) -> bool:
        """What the promise says, in days since the start, written down a second time."""
        if at < self.spoke + 1 or None in self.closed:
            return True
        if any(day is not None and at < day + days for day in self.closed):
            return True
        return self.held_until is not None and at < self.held_until


def _lives(world: World, start: int) -> list[Life]:
    """People whose last words, closings and holds are spread over two months before the start and after."""
    lives = []
    for _ in range(LIVES):
        person = world.person()
        wants = random.choice((0, 1, 1, 1))
        if wants:
            person.asks_for_help()
        spoke = random.randint(-60, 20)
        closed = [random.choice((None, *range(spoke, spoke + 40))) for _ in range(wants)]
        held = random.choice((None, 10, 120)) if wants else None
        row = world.rows(sa.select(conversation).where(conversation.c.id == person.id))[0]
        life = Life(row.person_id, person.id, spoke, closed, held)
        world.do(lambda db, life=life: _set(db, world.service.host.vault, life, start))
        lives.append(life)
    return lives


def _set(db: Transaction, vault: Vault, life: Life, start: int) -> None:
    mine = conversation.c.id == life.conversation_id
    db.execute(sa.update(conversation).where(mine).values(updated_at=start + life.spoke * DAY))
    requests = db.execute(
        sa.select(support_request.c.id).where(support_request.c.conversation_id == life.conversation_id)
    )
    for (id,), day in zip(requests.all(), life.closed, strict=True):
        if day is not None:
            values = {"status": "closed", "closed_at": start + day * DAY, "waiting_since": None}
            db.execute(sa.update(support_request).where(support_request.c.id == id).values(**values))
        if life.held_until is not None:
            place_hold(db, vault, id, "klacht loopt", by="operator", at=start)


@pytest.mark.parametrize("days", [90, 30])
def test_day_by_day_everything_goes_on_its_day(fresh: World, days: int) -> None:
    """Over months of a virtual clock each person is there on every day they are needed and gone on the first they are not."""
    start = now()
    lives = _lives(fresh, start)
    if days != 90:
        gemeente = fresh.rows(sa.select(support_request.c.organisation_id).distinct()).pop()[0]
        fresh.do(lambda db: set_days(db, gemeente, days, by="operator", at=start))
    for day in range(0, DAYS, 7 if LIVES < 50 else 1):
        at = start + day * DAY + HOUR
        for life in lives:
            if life.held_until is not None and day >= life.held_until:
                fresh.do(lambda db, life=life: _lift(db, life, at))
        while _purge(fresh, at):
            pass
        there = set(fresh.rows(sa.select(conversation.c.person_id)))
        there = {row[0] for row in there}
        wanted = {life.person_id for life in lives if life.is_needed(day, days)}
        assert there & {life.person_id for life in lives} == wanted, f"day {day}"
    keys = {row[0] for row in fresh.rows(sa.select(person_key.c.person_id))}
    assert keys & {life.person_id for life in lives} == wanted
    assert {row[0] for row in fresh.rows(sa.select(message.c.conversation_id).distinct())} == {
        life.conversation_id for life in lives if life.person_id in wanted
    }


def _lift(db: Transaction, life: Life, at: int) -> None:
    requests = sa.select(support_request.c.id).where(support_request.c.person_id == life.person_id)
    for id in db.execute(requests).scalars().all():
        lift_holds(db, id, by="operator", at=at)


def _closed_request(world: World) -> tuple[str, str]:
    """A person with a closed request: the conversation's id and the request's."""
    person = world.person()
    person.asks_for_help()
    with world.counsellor() as coach:
        (request,) = coach.requests()
        coach.does("claim", request["id"])
        coach.does("close", request["id"])
    return person.id, request["id"]


def test_counsellors_are_warned_a_week_before(fresh: World) -> None:
    """In its last week a closed request is marked with its last moment and stands once in the trail; before, and while
    another of the person's requests is open or held, it is not."""
    _, request_id = _closed_request(fresh)
    vault = fresh.service.host.vault
    closed = fresh.rows(sa.select(support_request.c.closed_at))[0].closed_at

    def marked(at: int) -> dict[str, int]:
        return dict(fresh.do(lambda db: vanishing(db, [request_id, "f" * 32], at=at)))

    early, soon = closed + AFTER_CLOSING - WARNING - HOUR, closed + AFTER_CLOSING - WARNING + HOUR
    assert (marked(early), fresh.do(lambda db: warn(db, at=early))) == ({}, 0)
    assert marked(soon) == {request_id: closed + AFTER_CLOSING}
    assert [fresh.do(lambda db: warn(db, at=soon)) for _ in range(3)] == [1, 0, 0]
    events = fresh.rows(sa.select(audit_event).where(audit_event.c.action == WARNED))
    assert [(row.object, row.actor) for row in events] == [(request_id, "retention")]
    fresh.do(lambda db: place_hold(db, vault, request_id, "bezwaar", by="operator", at=soon))
    assert marked(soon) == {}
    assert fresh.do(lambda db: holds_on(db, vault, [request_id]))[request_id].reason == "bezwaar"
    assert fresh.do(lambda db: lift_holds(db, request_id, by="operator", at=soon)) == 1
    assert fresh.do(lambda db: holds_on(db, vault, [request_id])) == {}
    assert marked(soon) == {request_id: closed + AFTER_CLOSING}


def test_the_desk_marks_what_vanishes_and_what_is_held(fresh: World) -> None:
    """In its last week a closed request stands on the list and says so on its page; a held one says why it is kept."""
    _, request_id = _closed_request(fresh)
    with fresh.counsellor() as coach:
        assert "Verdwijnt binnen een week" not in coach.http.get("/desk").text
        almost = now() - AFTER_CLOSING + 3 * DAY
        fresh.do(lambda db: db.execute(sa.update(support_request).values(closed_at=almost)))
        assert f"Vraag {request_id[:6]} verdwijnt op" in coach.http.get("/desk").text
        assert "het gesprek verdwijnen op" in coach.http.get(f"/desk/requests/{request_id}").text
        vault = fresh.service.host.vault
        fresh.do(lambda db: place_hold(db, vault, request_id, "klacht <b>", by="operator", at=now()))
        assert "Verdwijnt binnen een week" not in coach.http.get("/desk").text
        assert "Reden: klacht &lt;b&gt;" in coach.http.get(f"/desk/requests/{request_id}").text


def test_a_hold_keeps_and_the_person_may_still_erase(fresh: World) -> None:
    """A held request outlives its time, its reason is sealed and in the export; the person's own wish goes before it."""
    conversation_id, request_id = _closed_request(fresh)
    vault = fresh.service.host.vault
    fresh.do(lambda db: place_hold(db, vault, request_id, "geheime reden", by="operator", at=now()))
    assert _purge(fresh, now() + 5 * AFTER_CLOSING) == 0
    row = fresh.rows(sa.select(conversation).where(conversation.c.id == conversation_id))[0]
    assert b"geheime" not in fresh.rows(sa.select(legal_hold))[0].reason
    assert fresh.do(lambda db: export_person(db, vault, row))["holds"][0]["reason"] == "geheime reden"
    fresh.do(lambda db: erase_person(db, vault, row.person_id, actor="person"))
    assert fresh.count(legal_hold) == 0


def test_the_trail_outlives_the_content_and_holds_none_of_it(fresh: World) -> None:
    """After a request vanished its events are still there, linked to random ids alone."""
    conversation_id, request_id = _closed_request(fresh)
    assert _purge(fresh, now() + AFTER_CLOSING + CONVERSATION) == 1
    events = fresh.rows(sa.select(audit_event).where(audit_event.c.object == request_id))
    assert {"request.open", "request.claimed", "request.closed"} <= {row.action for row in events}
    assert conversation_id not in str(events)


def test_the_trail_stays_for_its_term_and_while_anything_is_kept_of_the_person(fresh: World) -> None:
    """Who looked can be seen as long as there is something to look at; then it goes after the term of its organisation."""
    vault, later = fresh.service.host.vault, now() + TRAIL_DAYS * DAY + HOUR
    person = fresh.person()
    person.asks_for_help()
    with fresh.counsellor() as coach:
        (request,) = coach.requests()
        coach.opens(request["id"])
    organisation_id = fresh.rows(sa.select(support_request.c.organisation_id))[0].organisation_id
    reads = sa.select(audit_event).where(audit_event.c.action == "request.read")
    _links_and_signs(fresh)
    fresh.do(lambda db: cut_trail(db, vault.audit_key, at=later))
    assert person.get("views").json()["views"]
    person.http.delete(person.path, headers=person.headers)
    _links_and_signs(fresh)
    fresh.do(lambda db: set_trail_days(db, organisation_id, 1000, by="operator", at=now()))
    fresh.do(lambda db: cut_trail(db, vault.audit_key, at=later))
    assert fresh.rows(reads)
    fresh.do(lambda db: set_trail_days(db, organisation_id, 700, by="operator", at=now()))
    assert fresh.do(lambda db: cut_trail(db, vault.audit_key, at=later)) > 0
    assert not fresh.rows(reads)
    assert fresh.do(lambda db: verify(db, vault.audit_key, at=now()))[1] == []
    assert fresh.rows(sa.select(retention_setting.c.days_after_closing))[0].days_after_closing == 90


def _links_and_signs(world: World) -> None:
    """Everything so far in the chain, and one event more, so that the head before it may go."""
    asyncio.run(link_all(world.service.database))
    world.do(lambda db: sign_head(db, world.service.host.vault.audit_key, at=now(), every=0))
    world.do(lambda db: record(db, "session.open", "x", actor="system"))
    asyncio.run(link_all(world.service.database))


def test_the_service_keeps_talk_as_long_as_it_is_set_and_says_so(
    fresh: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With VERDER_INFORMATION_HOURS at 6 a talk is gone after six hours, and the privacy page and the register say six."""
    person = fresh.person()
    gone = partial(purge, vault=fresh.service.host.vault, talk=6 * HOUR)
    assert fresh.do(lambda db: gone(db, at=now() + 6 * HOUR - 60_000_000)) == 0
    assert fresh.do(lambda db: gone(db, at=now() + 6 * HOUR + 1)) == 1
    assert person.get().status_code == 404
    monkeypatch.setenv("VERDER_INFORMATION_HOURS", "6")
    assert main(["admin", "register"]) == 0
    assert "6 uur na het laatste woord" in capsys.readouterr().out
    url = f"sqlite:///{tmp_path / 'other.db'}"
    with open_world(settings_for(url, tmp_path, information_hours=6), worker=False) as world:
        assert "Na 6 uur zonder bericht" in world.http.get("/privacy").text
    with pytest.raises(ValueError, match="information_hours"):
        Settings(information_hours=0)


def test_the_operator_sets_terms_and_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`verder admin retention` and `hold` change what they say they do, and refuse what is not there."""
    settings = settings_for(f"sqlite:///{tmp_path / 'verder.db'}", tmp_path)
    monkeypatch.setenv("VERDER_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("VERDER_KEY_FILE", str(settings.key_file))
    with open_world(settings, worker=False) as world:
        _, request_id = _closed_request(world)
        organisation_id = world.rows(sa.select(support_request.c.organisation_id))[0][0]
        assert main(["admin", "retention", organisation_id, "14"]) == 0
        assert main(["admin", "retention", "--trail", organisation_id, "400"]) == 0
        (set_to,) = world.rows(sa.select(retention_setting))
        assert (set_to.days_after_closing, set_to.trail_days) == (14, 400)
        assert main(["admin", "hold", request_id, "--reason", "klacht"]) == 0
        assert _purge(world, now() + AFTER_CLOSING) == 0
        assert main(["admin", "hold", request_id, "--lift"]) == 0
        assert _purge(world, now() + 14 * DAY - HOUR) == 0
        assert _purge(world, now() + 14 * DAY + HOUR) == 1
    for wrong in (
        ["retention", "nobody", "14"],
        ["retention", organisation_id, "0"],
        ["retention", "--trail", organisation_id, "364"],
        ["hold", request_id, "--lift"],
    ):
        assert main(["admin", *wrong]) == 2
    assert "there is no request" in capsys.readouterr().err
