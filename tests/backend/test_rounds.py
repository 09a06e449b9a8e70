"""Background work goes on whatever goes wrong in it: nothing that was promised for later stops because of one defect."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import pytest
import sqlalchemy as sa

from backend.conversations.models import conversation
from backend.db import now
from backend.errors import Unavailable
from backend.retention import purging
from backend.rounds import in_rounds
from backend.telemetry import REGISTRY
from world import World, open_world, settings_for

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
    """It is told without the words of the error, counted under its name, and tried again in the next round."""
    stop, done = asyncio.Event(), []

    async def fails() -> None:
        done.append("fails")
        raise ValueError(SECRET)

    async def works() -> None:
        done.append("works")
        if len(done) == 4:
            stop.set()

    before = failures("guessing")
    asyncio.run(asyncio.wait_for(in_rounds({"guessing": fails, "working": works}, 0.01, stop), PATIENCE))
    assert done == ["fails", "works"] * 2
    assert failures("guessing") == before + 2
    assert failures("working") == 0
    told = [record.getMessage() for record in caplog.records if record.name == "backend.rounds"]
    assert [line.partition("\n")[0] for line in told] == ["guessing failed: ValueError"] * 2
    assert SECRET not in caplog.text


def test_a_database_that_is_away_is_no_defect(caplog: pytest.LogCaptureFixture) -> None:
    """The rest of the round is left for the next, when it may be back; the log says so once."""
    caplog.set_level(logging.WARNING)
    stop, done = asyncio.Event(), []

    async def reaches() -> None:
        done.append("reaches")
        if len(done) < 3:
            raise Unavailable

    async def works() -> None:
        done.append("works")
        stop.set()

    asyncio.run(asyncio.wait_for(in_rounds({"reaching": reaches, "working": works}, 0.01, stop), PATIENCE))
    assert done == ["reaches"] * 3 + ["works"]
    assert failures("reaching") == 0
    assert caplog.text.count("reaching: not now, the database is away") == 1


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


def test_one_person_who_cannot_be_erased_keeps_no_other(
    fresh: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Everybody else whose time is over is erased; nothing of the one is half gone, and it is told."""
    stuck, *others = [fresh.person() for _ in range(4)]
    for person in (stuck, *others):
        person.says("Hallo")
    held = len(stuck.messages())
    real, stuck_person = purging.erase_person, _person_of(fresh, stuck.id)

    def erase(db: Any, vault: Any, person_id: str, **more: Any) -> Any:
        done = real(db, vault, person_id, **more)
        if person_id == stuck_person:
            raise ValueError(SECRET)
        return done

    monkeypatch.setattr(purging, "erase_person", erase)
    purge = partial(purging.purge, vault=fresh.service.host.vault, at=now() + purging.CONVERSATION + 1)
    while fresh.do(purge):
        pass
    assert [person.get().status_code for person in others] == [404] * 3
    assert len(stuck.messages()) == held
    assert "purging one person failed: ValueError" in caplog.text
    assert SECRET not in caplog.text
    monkeypatch.undo()
    assert fresh.do(purge) == 1
    assert stuck.get().status_code == 404


def _person_of(world: World, conversation_id: str) -> str:
    [row] = world.rows(sa.select(conversation.c.person_id).where(conversation.c.id == conversation_id))
    return str(row.person_id)
