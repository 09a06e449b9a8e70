"""The key ring: new keys while the service runs, killed at any moment and finished later, and old keys that go for good."""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

import backend.vault
from backend.audit import audit_event
from backend.db import Database, Transaction, run_now
from backend.engines import open_database
from backend.keys import OLD_COPIES, KeyFile, KeysRefused, add_key, retire, rotate
from backend.vault import KeyRing, NoKey, Vault, person_key
from sizes import size
from world import open_service, settings_for

PERSONS, KILLS = size(150, 100_000), size(2, 20)
STEP = size(20, 500)
TODAY = date(2026, 11, 22)
PLACE = "message.content"
ROTATE_UNTIL_KILLED = """
import asyncio, datetime, os, pathlib, signal, sys
import backend.schema
from backend import keys, vault
from backend.engines import open_database

points = [int(sys.argv[3])]
def counted(function):
    def wrapper(*args, **named):
        points[0] -= 1
        if points[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*args, **named)
    return wrapper

vault.Vault._wrap = counted(vault.Vault._wrap)
vault.KeyRing.replace = counted(vault.KeyRing.replace)
os.fsync = counted(os.fsync)
pathlib.Path.replace = counted(pathlib.Path.replace)
keys.record = counted(keys.record)
database = open_database(sys.argv[1])
print("begins", flush=True)
asyncio.run(keys.rotate(database, pathlib.Path(sys.argv[2]), datetime.date(2026, 11, 22), step=int(sys.argv[4])))
database.close()
"""


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database on each of the two kinds."""
    opened = open_database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A new key file."""
    path = tmp_path / "verder.key"
    KeyRing.make().write(path)
    return path


def _vault(path: Path) -> Vault:
    return Vault(KeyRing.read(path), KeyFile(path).newer)


def _people(database: Database, vault: Vault, count: int) -> dict[str, bytes]:
    def work(db: Transaction) -> dict[str, bytes]:
        persons = [vault.add_person(db) for _ in range(count)]
        return {person: vault.seal(db, person, PLACE, 1, person.encode()) for person in persons}

    return run_now(database, work)


def _all_readable(database: Database, path: Path, people: dict[str, bytes]) -> bool:
    def work(db: Transaction) -> bool:
        vault = _vault(path)
        return all(vault.open(db, id, PLACE, 1, sealed) == id.encode() for id, sealed in people.items())

    return run_now(database, work)


def _versions(database: Database) -> set[int]:
    return set(run_now(database, lambda db: db.execute(sa.select(person_key.c.ring_version)).scalars().all()))


def _rotate(database: Database, path: Path, today: date = TODAY) -> tuple[int, int]:
    return asyncio.run(rotate(database, path, today))


def test_killed_at_any_moment_and_finished_later(database: Database, database_url: str, path: Path) -> None:
    """After each kill everybody can be read; when it is run to its end nobody is left under the old key, and one was made."""
    people = _people(database, _vault(path), PERSONS)
    code = [sys.executable, "-c", ROTATE_UNTIL_KILLED, database_url, str(path), "0", str(STEP)]
    whole = _killed_or_done(code, None)
    assert whole, "a rotation that nobody breaks off comes to its end"
    print(f"{PERSONS} persons: {PERSONS / whole:.0f} a second")
    finished = {1, 2}
    for turn in range(KILLS):
        at = random.randint(1, PERSONS + 8) if turn % 2 else 0
        _killed_or_done([*code[:-2], str(at), str(STEP)], None if at else random.random() * whole)
        some = dict(random.sample(sorted(people.items()), min(PERSONS, 2_000)))
        assert _all_readable(database, path, some), f"killed at point {at}"
        ring = KeyRing.read(path)
        finished |= {ring.current} if ring.current - 1 in ring.left else set()
    _rotate(database, path)
    assert _versions(database) == {max(finished) + 1} == {KeyRing.read(path).current}
    assert _all_readable(database, path, people)


def _killed_or_done(code: list[str], after: float | None) -> float | None:
    """Runs a rotation, killed from outside so many seconds after it began, or (None) by itself at its point; how long it
    took when it came to its end."""
    with subprocess.Popen(code, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as rotation:
        assert rotation.stdout is not None
        rotation.stdout.readline()
        began = time.monotonic()
        try:
            _, problems = rotation.communicate(timeout=600 if after is None else after)
        except subprocess.TimeoutExpired:
            rotation.kill()
            _, problems = rotation.communicate()
        took = time.monotonic() - began
    assert rotation.returncode in (0, -signal.SIGKILL), problems
    return None if rotation.returncode else took


def test_the_service_runs_on_while_keys_change(database: Database, path: Path) -> None:
    """A process that is open reads everybody during and after a rotation, and takes new persons in under the new key."""
    running = _vault(path)
    people = _people(database, running, 5)
    assert _rotate(database, path) == (2, 5)
    running.drop_cache()
    assert (
        run_now(database, lambda db: running.open(db, min(people), PLACE, 1, people[min(people)]))
        == min(people).encode()
    )
    _people(database, running, 3)
    assert _versions(database) == {2}
    assert _rotate(database, path) == (3, 8)
    assert run_now(database, running.stale_keys) == 0
    actions = run_now(database, lambda db: db.execute(sa.select(audit_event.c.action, audit_event.c.object)).all())
    assert [tuple(row) for row in actions] == [("keys.rotated", "ring:2"), ("keys.rotated", "ring:3")]


def test_a_key_reaches_other_machines_before_it_is_used(database: Database, path: Path) -> None:
    """A key can be put into the file first and copied around; nothing is under it until the rotation, which makes no other."""
    vault = _vault(path)
    _people(database, vault, 2)
    assert (add_key(path), add_key(path)) == (2, 2)
    _people(database, vault, 2)
    assert _versions(database) == {1}
    assert _rotate(database, path) == (2, 4)


def test_a_machine_with_an_old_file_says_so_and_takes_nothing_back(
    database: Database, path: Path, tmp_path: Path
) -> None:
    """Where the new key is missing the person cannot be read there, and wrapping anew never goes back to an older key."""
    old = tmp_path / "old.key"
    old.write_bytes(path.read_bytes())
    elsewhere = _vault(old)
    people = _people(database, _vault(path), 2)
    _rotate(database, path)
    with pytest.raises(ValueError, match="does not fit"):
        run_now(database, lambda db: elsewhere.open(db, min(people), PLACE, 1, people[min(people)]))
    assert run_now(database, elsewhere.rewrap) is None
    assert _versions(database) == {2}


def test_an_old_key_goes_after_its_time_and_no_sooner(database: Database, path: Path) -> None:
    """A key is kept while it is used, while persons are under it, and 35 days more for old copies; then it is gone."""
    people = _people(database, _vault(path), 3)
    copy = run_now(database, lambda db: db.execute(sa.select(person_key)).all())

    def refused(version: int, day: date) -> str:
        with pytest.raises(KeysRefused) as why:
            asyncio.run(retire(database, path, version, day))
        return str(why.value)

    assert "in use" in refused(1, TODAY)
    assert "no version 7" in refused(7, TODAY)
    add_key(path)
    ring = KeyRing.read(path)
    KeyRing(2, ring.keys, ring.index_key, ring.audit_key).replace(path)
    assert "rotate" in refused(1, TODAY + 2 * OLD_COPIES)
    _rotate(database, path)
    assert str(TODAY + OLD_COPIES) in refused(1, TODAY + OLD_COPIES - timedelta(days=1))
    asyncio.run(retire(database, path, 1, TODAY + OLD_COPIES))
    assert set(KeyRing.read(path).keys) == {2}
    assert _all_readable(database, path, people)
    for row in copy:
        with pytest.raises(ValueError, match="does not fit"):
            _vault(path)._unwrap(row.person_id, row.ring_version, row.wrapped)


def test_two_do_not_change_the_keys_at_once(database: Database, path: Path) -> None:
    """While one process changes the keys a second is refused."""
    from backend.keys import _locked

    with _locked(path), pytest.raises(KeysRefused, match="another process"):
        _rotate(database, path)


def test_a_file_of_the_first_release_signs_too(path: Path) -> None:
    """A key file without a key for the audit trail is read, always with the same one, and keeps it when it is written."""
    lines = [line for line in path.read_text().splitlines() if '"audit"' not in line and '"left"' not in line]
    path.write_text("\n".join(lines).rstrip("}\n, ") + "}")
    ring = KeyRing.read(path)
    assert ring == KeyRing.read(path)
    ring.replace(path)
    assert KeyRing.read(path) == ring
    assert oct(path.stat().st_mode)[-3:] == "600"


def test_a_key_that_another_process_erased_is_used_no_longer(
    database: Database, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes have the person's key open; when one erases the person the other finds it gone when its lease ends."""
    one, other = _vault(path), _vault(path)
    (person,) = people = _people(database, one, 1)
    read = lambda db: other.open(db, person, PLACE, 1, people[person])  # noqa: E731
    assert run_now(database, read) == person.encode()
    run_now(database, lambda db: one.forget_person(db, person))
    monkeypatch.setattr(backend.vault, "time", SimpleNamespace(monotonic=lambda: 1e12))
    with pytest.raises(NoKey):
        run_now(database, read)


def test_erasing_is_heard_in_every_process(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On PostgreSQL every process forgets its opened keys as soon as any erases somebody, without waiting for the lease."""
    if database_url.startswith("sqlite"):
        pytest.skip("one process serves SQLite")
    monkeypatch.setattr(backend.vault, "_LEASE_SECONDS", 1e6)
    service = open_service(settings_for(database_url, tmp_path))
    elsewhere, path = open_database(database_url), tmp_path / "verder.key"

    async def run() -> None:
        service.start(worker=False)
        vault = _vault(path)
        person = await elsewhere.write(vault.add_person)
        while not await service.database.read(lambda db: _is_listening(db)):
            await asyncio.sleep(0.01)
        assert await service.database.read(lambda db: service.host.vault.knows(db, person))
        await elsewhere.write(lambda db: vault.forget_person(db, person))
        while await service.database.read(lambda db: service.host.vault.knows(db, person)):
            await asyncio.sleep(0.01)
        await service.close()

    asyncio.run(asyncio.wait_for(run(), 60))
    elsewhere.close()


def _is_listening(db: Transaction) -> bool:
    return (
        db.connection.exec_driver_sql(
            "select 1 from pg_stat_activity where query = 'listen verder' and state = 'idle' and datname = current_database()"
        ).first()
        is not None
    )
