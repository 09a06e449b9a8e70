"""Background work goes on whatever goes wrong in it: nothing that was promised for later stops because of one defect."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from backend.conversations.models import conversation
from backend.db import Transaction, now
from backend.dutch_time import in_amsterdam
from backend.errors import Unavailable
from backend.follow_ups import service as follow_ups
from backend.follow_ups.models import follow_up
from backend.persons.keyless import finish_erasing
from backend.retention import purging
from backend.rounds import in_rounds
from backend.telemetry import REGISTRY
from backend.vault import person_key
from dialogs.effects import PlanFollowUp
from world import Person, World, open_world, settings_for

PATIENCE = 60.0
SECRET = "my father must not know"

WORK = {
    "moving": "backend.handovers.keeping.find_due",
    "settling": "backend.together.changes.due",
    "follow-ups": "backend.follow_ups.service.send_one",
    "webhooks": "backend.connections.sending._is_any",
    "delivery": "backend.delivery.Delivery._claim",
    "purging": "backend.retention.purging.purge",
    "adding up": "backend.retention.purging.add_up",
    "linking the audit trail": "backend.audit.keeping.link_all",
    "checking open requests": "backend.support_requests.orphans.orphans",
}
"""Every kind of background work, by its name in the figures, and a function that it cannot do without."""


def failures(work: str) -> float:
    return REGISTRY.get_sample_value("verder_work_failed_total", {"work": work}) or 0.0


def test_a_step_that_fails_holds_up_no_other(caplog: pytest.LogCaptureFixture) -> None:
    """It is counted under its name each time, tried again in the next round, and told without the words of the error: once
    until it goes well again."""
    stop, done = asyncio.Event(), []

    async def fails() -> None:
        done.append("fails")
        if len(done) != 5:
            raise ValueError(SECRET)

    async def works() -> None:
        done.append("works")
        if len(done) == 8:
            stop.set()

    asyncio.run(asyncio.wait_for(in_rounds({"guessing": fails, "working": works}, 0.01, stop), PATIENCE))
    assert done == ["fails", "works"] * 4
    assert failures("guessing") == 3
    assert failures("working") == 0
    told = [record.getMessage() for record in caplog.records if record.name == "backend.rounds"]
    assert [line.partition("\n")[0] for line in told] == ["guessing failed: ValueError"] * 2
    assert SECRET not in caplog.text


def test_a_database_that_is_away_is_no_defect(caplog: pytest.LogCaptureFixture) -> None:
    """The log says so once for each step that wants it, and nothing is counted; a row that cannot be is a defect."""
    caplog.set_level(logging.WARNING)
    stop, done = asyncio.Event(), []

    async def reaches() -> None:
        done.append("reaches")
        if len(done) == 7:
            stop.set()
        raise Unavailable

    async def clashes() -> None:
        done.append("clashes")
        raise Unavailable from IntegrityError("insert", {}, Exception("there already"))

    asyncio.run(asyncio.wait_for(in_rounds({"reaching": reaches, "clashing": clashes}, 0.01, stop), PATIENCE))
    assert done == ["reaches", "clashes"] * 4
    assert (failures("reaching"), failures("clashing")) == (0, 4)
    assert caplog.text.count("reaching: not now, the database is away") == 1
    assert caplog.text.count("clashing failed") == 1


def test_the_first_failure_can_be_seen_to_be_one_more() -> None:
    """Before anything failed each kind of work stands in the figures with nothing: a rise from nowhere raises no alarm."""
    stop = asyncio.Event()
    stop.set()
    asyncio.run(in_rounds({"never done": asyncio.Event().wait}, 0.01, stop))
    kept = {"never done", "purging one person", "erasing one without a key", "one follow-up", "delivery", "webhooks"}
    assert {work: REGISTRY.get_sample_value("verder_work_failed_total", {"work": work}) is None for work in kept} == (
        dict.fromkeys(kept, False)
    )


@pytest.mark.parametrize("work", WORK)
def test_work_survives_a_defect(work: str, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each kind of background work of a running service fails once for a defect, is counted, and is done again."""
    again = threading.Event()
    calls = 0
    real: Callable[..., Any] = resolve_name(WORK[work])

    def first_fails(*args: Any, **more: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise ValueError(SECRET)
        again.set()
        return real(*args, **more)

    monkeypatch.setattr(WORK[work], first_fails)
    for place in ("handovers.keeping", "together.keeping", "follow_ups.service", "audit.keeping", "retention.purging"):
        monkeypatch.setattr(f"backend.{place}._PAUSE_SECONDS", 0.05)
    monkeypatch.setattr("backend.support_requests.orphans._LONGEST_SLEEP", 0.05)
    before = failures(work)
    with open_world(settings_for(database_url, tmp_path)):
        assert again.wait(PATIENCE), "it was not done again"
    assert failures(work) == before + 1


@pytest.fixture
def resting(database_url: str, tmp_path: Path) -> Iterator[World]:
    """The service on each of the two databases, without its background work."""
    with open_world(settings_for(database_url, tmp_path), worker=False) as world:
        yield world


def _people(world: World) -> list[Person]:
    """Four who said something."""
    people = [world.person() for _ in range(4)]
    for person in people:
        person.says("Hallo")
    return people


def test_one_person_who_cannot_be_erased_keeps_no_other(
    resting: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Everybody else whose time is over is erased; nothing of the one is half gone, and it is told."""
    stuck, *others = _people(resting)
    held = len(stuck.messages())
    real, stuck_person = purging.erase_person, _person_of(resting, stuck.id)

    def erase(db: Any, vault: Any, person_id: str, **more: Any) -> Any:
        done = real(db, vault, person_id, **more)
        if person_id == stuck_person:
            raise ValueError(SECRET)
        return done

    monkeypatch.setattr(purging, "erase_person", erase)
    purge = partial(purging.purge, vault=resting.service.host.vault, at=now() + purging.CONVERSATION + 1)
    while resting.do(purge):
        pass
    assert [person.get().status_code for person in others] == [404] * 3
    assert len(stuck.messages()) == held
    assert "purging one person failed: ValueError" in caplog.text
    assert SECRET not in caplog.text
    monkeypatch.undo()
    assert resting.do(purge) == 1
    assert stuck.get().status_code == 404


def test_one_without_a_key_who_cannot_be_erased_keeps_no_other(resting: World) -> None:
    """Rows of somebody without a key to which something else refers stay; the others without a key go, and it is counted."""
    stuck, *others = _people(resting)
    place = "" if resting.do(lambda db: db.locks_rows) else "data."
    for statement in (
        f"create table {place}of_later (conversation_id varchar(32) not null references conversation(id))",
        f"insert into {place}of_later values ('{stuck.id}')",
    ):
        resting.do(lambda db, statement=statement: db.connection.exec_driver_sql(statement).close())
    persons = [_person_of(resting, person.id) for person in (stuck, *others[:2])]  # not all: that would be an accident
    resting.do(lambda db: db.execute(sa.delete(person_key).where(person_key.c.person_id.in_(persons))).rowcount)
    before = failures("erasing one without a key")
    in_two_days = now() + 2 * purging.CONVERSATION
    assert resting.do(lambda db: finish_erasing(db, resting.service.host.vault, at=in_two_days)) == 2
    assert failures("erasing one without a key") == before + 1
    left = {row.id for row in resting.rows(sa.select(conversation.c.id))}
    assert left == {stuck.id, others[2].id}


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_who_is_held_by_somebody_is_left_for_later(resting: World, database_url: str) -> None:
    """While one person's row is held on PostgreSQL all others are erased; the one goes when the row is free, and that counts
    as no defect."""
    before = failures("purging one person")
    held, *others = _people(resting)
    vault, at = resting.service.host.vault, now() + purging.CONVERSATION + 1
    with closing(psycopg.connect(database_url)) as holder:
        holder.execute(f"select 1 from conversation where id = '{held.id}' for update")
        while resting.do(lambda db: purging.purge(db, vault, at=at)):
            pass
        assert [person.get().status_code for person in others] == [404] * 3
    assert held.get().status_code == 200
    assert failures("purging one person") == before
    assert resting.do(lambda db: purging.purge(db, vault, at=at)) == 1
    assert held.get().status_code == 404


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_follow_up_that_is_held_keeps_no_other(
    resting: World, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One whose conversation is held for longer than anybody waits comes a minute later, and the others on time."""
    monkeypatch.setattr(follow_ups, "next_allowed", lambda at, _zone: at)
    people, at = _people(resting), now()
    for place, person in enumerate(people):
        resting.do(lambda db, person=person, place=place: _plan(db, person.id, at + place))
    vault, before = resting.service.host.vault, failures("one follow-up")
    due = at + len(people)

    def send(at: int) -> None:
        while resting.do(lambda db: follow_ups.send_one(db, vault, at=at)):
            pass

    def sent() -> set[str]:
        done = sa.select(follow_up.c.conversation_id).where(follow_up.c.state == "sent")
        return {row.conversation_id for row in resting.rows(done)}

    with closing(psycopg.connect(database_url)) as holder:
        holder.execute(f"select 1 from conversation where id = '{people[0].id}' for update")
        send(due)
    assert sent() == {person.id for person in people[1:]}
    send(due + 60 * 1_000_000)
    assert sent() == {person.id for person in people}
    assert failures("one follow-up") == before


def _plan(db: Transaction, conversation_id: str, at: int) -> None:
    row = db.execute(sa.select(conversation).where(conversation.c.id == conversation_id)).one()
    day = in_amsterdam(at).date()
    follow_ups.plan(db, row, PlanFollowUp(kind="month", day=day, text_id="", text_version="", language="nl"))
    db.execute(sa.update(follow_up).where(follow_up.c.conversation_id == conversation_id).values(due_at=at))


def _person_of(world: World, conversation_id: str) -> str:
    [row] = world.rows(sa.select(conversation.c.person_id).where(conversation.c.id == conversation_id))
    return str(row.person_id)
