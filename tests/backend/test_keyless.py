"""Persons whose key is gone: a few are erased to the end, many are an accident that is told and made no worse."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from backend.audit import audit_event
from backend.backups.rows import contents
from backend.conversations.models import conversation
from backend.db import metadata, now
from backend.engines import make_engine
from backend.main import main
from backend.persons import keyless
from backend.register.walking import Held, rows_of, tables_about_person
from backend.retention.purging import keep_clean
from backend.settings import Settings, UnsafeSettings
from backend.vault import person_key
from world import Person, World, open_service, open_world, settings_for

TWO_DAYS = 2 * 24 * 3600 * 1_000_000


@pytest.fixture
def resting(database_url: str, tmp_path: Path) -> Iterator[World]:
    """The service on each of the two databases, without its background work."""
    with open_world(settings_for(database_url, tmp_path), worker=False) as world:
        yield world


def _asking(world: World) -> Person:
    person = world.person()
    person.asks_for_help()
    return person


def _held(world: World, person: Person) -> Held:
    [mine] = world.rows(sa.select(conversation.c.person_id).where(conversation.c.id == person.id))
    held: Held = world.do(lambda db: Held.of(db, mine.person_id))
    return held


def _lose_key(world: World, *persons: Held) -> None:
    lost = sa.delete(person_key).where(person_key.c.person_id.in_([one.person_id for one in persons]))
    world.do(lambda db: db.execute(lost).rowcount)


def _left(world: World, held: Held) -> dict[str, int]:
    """How many rows about somebody are left, in the tables that have any."""
    found = {}
    for table, entry in tables_about_person():
        if not entry.kept_after_erasing:
            found[table.name] = len(world.rows(sa.select(table).where(rows_of(table, entry, held))))
    return {name: count for name, count in found.items() if count}


def _erased(world: World, held: Held) -> list[tuple[str, str]]:
    """What the trail says of a person's erasing: who did it, and how it ended."""
    events = sa.select(audit_event).where(
        audit_event.c.action == "person.erase", audit_event.c.object == held.person_id
    )
    return [(event.actor, event.result) for event in world.rows(events)]


def _clean_up(world: World, held: Held) -> None:
    """The background work of retention, until nothing of this person is left."""

    async def work() -> None:
        stop = asyncio.Event()
        task = asyncio.ensure_future(keep_clean(world.service.database, world.service.host.vault, stop))
        while not await world.service.database.read(lambda db: not db.execute(_any_of(held)).first()):
            await asyncio.sleep(0.02)
        stop.set()
        await task

    asyncio.run(asyncio.wait_for(work(), 60))


def _any_of(held: Held) -> sa.Select[tuple[str]]:
    return sa.select(conversation.c.id).where(conversation.c.person_id == held.person_id)


def _of(held: Held) -> sa.Update:
    return sa.update(conversation).where(conversation.c.person_id == held.person_id)


def _contents(settings: Settings) -> dict[str, str]:
    engine = make_engine(settings.database_url)
    with engine.connect() as connection:
        found = contents(connection)
    engine.dispose()
    return found


def test_an_erasing_that_was_broken_off_is_finished(resting: World) -> None:
    """Of somebody whose key alone is gone a clean-up leaves no row a day later, and the trail says that retention did it;
    others go on talking."""
    person, other = _asking(resting), _asking(resting)
    held, others = _held(resting, person), _held(resting, other)
    _lose_key(resting, held)
    assert {"conversation", "message", "consent", "support_request"} <= _left(resting, held).keys()
    before = _left(resting, others)
    resting.do(lambda db: keyless.finish_erasing(db, resting.service.host.vault, at=now()))
    assert "message" in _left(resting, held), "within the day keys that were put back wrongly can be mended"
    resting.do(lambda db: db.execute(_of(held).values(updated_at=now() - TWO_DAYS)).rowcount)
    _clean_up(resting, held)
    assert _left(resting, held) == {}
    assert _erased(resting, held) == [("retention", "done")]
    assert person.get().status_code == 404
    assert _left(resting, others) == before
    assert _erased(resting, others) == []
    assert other.says("Hallo")
    with resting.counsellor() as coach:
        assert [one["id"] for one in coach.requests()] == list(others.requests)


def test_many_lost_keys_are_told_and_nothing_is_touched(
    resting: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Of more persons without a key than one accident explains nothing is erased, and an error without anybody's id is
    logged; as few as allowed are erased at once."""
    monkeypatch.setattr(keyless, "_FEW", 2)
    vault = resting.service.host.vault
    lost = [_held(resting, _asking(resting)) for _ in range(3)]
    kept, back = _held(resting, _asking(resting)), lost[0].person_id
    [key] = resting.rows(sa.select(person_key).where(person_key.c.person_id == back))
    _lose_key(resting, *lost)
    before = [_left(resting, one) for one in lost]
    caplog.clear()
    assert resting.do(lambda db: keyless.finish_erasing(db, vault, at=now() + TWO_DAYS)) == 0
    assert [_left(resting, one) for one in lost] == before
    [error] = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert not any(one.person_id in error for one in lost)
    resting.do(lambda db: db.execute(sa.insert(person_key), [dict(key._mapping)]).rowcount)
    assert resting.do(lambda db: keyless.finish_erasing(db, vault, at=now() + TWO_DAYS)) == 2
    assert [bool(_left(resting, one)) for one in (*lost, kept)] == [True, False, False, True]


def test_when_all_keys_vanish_while_it_runs_nothing_is_erased(resting: World) -> None:
    """Where not one key is left that is no broken-off erasing, however few persons there are: the clean-up touches none."""
    held = _held(resting, _asking(resting))
    resting.do(lambda db: db.execute(sa.delete(person_key)).rowcount)
    before = _left(resting, held)
    assert resting.do(lambda db: keyless.finish_erasing(db, resting.service.host.vault, at=now() + TWO_DAYS)) == 0
    assert _left(resting, held) == before
    assert _erased(resting, held) == []


def test_a_database_without_any_key_does_not_start(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the keys of all persons are gone nothing starts: one sentence says what to bring back, and not a row is changed."""
    settings = settings_for(database_url, tmp_path)
    with open_world(settings, worker=False) as world:
        _asking(world)
        world.do(lambda db: db.execute(sa.delete(person_key)).rowcount)
    before = _contents(settings)
    assert set(before) >= {table.fullname for table in metadata.tables.values()}
    with pytest.raises(UnsafeSettings, match="keys of all persons are gone"):
        open_service(settings)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VERDER_DATABASE_URL", database_url)
    monkeypatch.setenv("VERDER_KEY_FILE", str(settings.key_file))
    assert main(["admin", "list"]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert "bring back" in line
    assert _contents(settings) == before
