"""Storing: all or nothing for each transaction, nothing said before it is stored, and no crash that loses or doubles."""

from __future__ import annotations

import asyncio
import os
import random
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

import killed_writer
from backend.audit import audit_event, record
from backend.benchmarks.process import free_port
from backend.conversations.models import inbox
from backend.db import Database, SqliteDatabase, Transaction, run_now
from backend.engines import make_engine, open_database, sqlite_engine
from backend.errors import Refused, Unavailable
from backend.migrations import upgrade
from backend.vault import person_key
from sizes import size
from world import CONVERSATIONS

ROOT = Path(__file__).parents[2]
TURNS, TALKERS = 200, 4
KILLS = size(3, 20)
PATIENCE = 60.0
"""Seconds for what takes a moment where nothing else runs."""


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database on each of the two kinds."""
    opened = open_database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[SqliteDatabase]:
    """The embedded database, with one table."""
    url = f"sqlite:///{tmp_path / 'one.db'}"
    engine = make_engine(url)
    with engine.begin() as connection:
        audit_event.create(connection)
    engine.dispose()
    database = open_database(url)
    assert isinstance(database, SqliteDatabase)
    yield database
    database.close()


def _events(database: Database) -> list[str]:
    return list(run_now(database, lambda db: db.execute(sa.select(audit_event.c.action)).scalars().all()))


def _write(name: str, then: Callable[[Transaction], Any] = lambda db: None) -> Callable[[Transaction], str]:
    def work(db: Transaction) -> str:
        record(db, name, "x", actor="system")
        db.wake(name)
        then(db)
        return name

    return work


def _fail(_: Transaction) -> None:
    raise LookupError("on purpose")


async def _together(database: Database, *works: Callable[[Transaction], Any]) -> list[Any]:
    """Runs these in one batch: they wait behind a transaction that is held up until all have come."""
    begun, gate = threading.Event(), threading.Event()

    def hold(_: Transaction) -> None:
        begun.set()
        gate.wait(PATIENCE)

    first = asyncio.ensure_future(database.write(hold))
    await asyncio.to_thread(begun.wait, PATIENCE)
    waiting = [asyncio.ensure_future(database.write(work)) for work in works]
    await asyncio.sleep(0)
    gate.set()
    await first
    return await asyncio.gather(*waiting, return_exceptions=True)


def test_one_failure_in_a_batch_undoes_itself_alone(sqlite: SqliteDatabase) -> None:
    """Of many transactions that share a commit, the one that fails leaves nothing and the others are stored."""
    results = asyncio.run(_together(sqlite, _write("a"), _write("b", _fail), _write("c")))
    assert (results[0], type(results[1]), results[2]) == ("a", LookupError, "c")
    assert _events(sqlite) == ["a", "c"]


def test_a_refusal_keeps_its_own_words(sqlite: SqliteDatabase) -> None:
    """A refusal inside a batch reaches its own caller as it is."""

    def refuse(_: Transaction) -> None:
        raise Refused(422, "empty_text")

    results = asyncio.run(_together(sqlite, _write("a"), _write("b", refuse)))
    assert isinstance(results[1], Refused)
    assert results[1].code == "empty_text"


def test_when_the_commit_fails_everybody_hears_it(sqlite: SqliteDatabase) -> None:
    """When the shared commit fails, every transaction of the batch is refused with 503 and none is stored; the next works."""
    run_now(sqlite, lambda db: db.connection.exec_driver_sql("create table data.parent (id integer primary key)"))
    child = "create table data.child (id integer references parent (id) deferrable initially deferred)"
    run_now(sqlite, lambda db: db.connection.exec_driver_sql(child))

    def orphan(db: Transaction) -> None:
        db.connection.exec_driver_sql("insert into data.child values (7)")

    woken: list[str] = []
    sqlite.signals.publish = lambda topics: woken.extend(topics)  # type: ignore[method-assign]
    results = asyncio.run(_together(sqlite, _write("a"), _write("b", orphan), _write("c")))
    assert [type(result) for result in results] == [Unavailable] * 3
    assert _events(sqlite) == []
    assert not {"a", "b", "c"} & set(woken)
    assert run_now(sqlite, _write("later")) == "later"
    assert _events(sqlite) == ["later"]


def test_nothing_is_stored_for_somebody_without_a_key(tmp_path: Path) -> None:
    """Keys and data are two files, and a killed process may have stored in one of them alone: never the data."""
    url, seed = f"sqlite:///{tmp_path / 'two.db'}", secrets.randbelow(10**6)
    print("seed", seed)
    engine = make_engine(url)
    upgrade(engine)
    program = (sys.executable, killed_writer.__file__, url, str(size(25, 400)), str(seed))
    subprocess.run(program, check=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    arrived = sa.select(audit_event.c.object).where(audit_event.c.action == "person.arrive")
    with engine.connect() as connection:
        stored = set(connection.execute(arrived).scalars())
        keys = set(connection.execute(sa.select(person_key.c.person_id)).scalars())
    engine.dispose()
    assert len(stored) > 25
    assert stored <= keys


def test_a_transaction_that_the_database_ended_itself(sqlite: SqliteDatabase) -> None:
    """When SQLite rolls back by itself, as on a full disk, nobody of the batch is told that it was stored."""

    def full(db: Transaction) -> None:
        driver: Any = db.connection.connection.driver_connection
        driver.execute("ROLLBACK")
        raise OSError("disk full")

    results = asyncio.run(_together(sqlite, _write("a"), _write("b", full), _write("c")))
    assert not any(isinstance(result, str) for result in results)
    assert _events(sqlite) == []
    assert run_now(sqlite, _write("later")) == "later"


def test_a_full_disk_refuses_and_recovers(sqlite: SqliteDatabase) -> None:
    """When no page can be added the transaction is refused with 503; with room again the next one is stored."""
    large = "x" * 40

    def limited(pages: int) -> Callable[[Transaction], Any]:
        return lambda db: db.connection.exec_driver_sql(f"PRAGMA data.max_page_count={pages}").scalar()

    def much(db: Transaction) -> None:
        for _ in range(2_000):
            record(db, large, "x", actor="system")

    used: Any = run_now(sqlite, lambda db: db.connection.exec_driver_sql("PRAGMA data.page_count").scalar())
    run_now(sqlite, limited(used + 2))
    with pytest.raises(Unavailable):
        run_now(sqlite, much)
    assert _events(sqlite) == []
    run_now(sqlite, limited(1_000_000))
    run_now(sqlite, much)
    assert len(_events(sqlite)) == 2_000


def test_a_closed_database_refuses(database_url: str) -> None:
    """What comes after closing is refused and does not wait for ever."""
    database = open_database(database_url)
    database.close()

    async def late() -> None:
        with pytest.raises((Unavailable, RuntimeError)):
            await asyncio.wait_for(database.write(_write("late")), PATIENCE)

    asyncio.run(late())


def test_nobody_is_woken_for_what_was_not_stored(database: Database) -> None:
    """Listeners hear of a transaction after its commit, and never of one that failed."""
    heard: SimpleQueue[str] = SimpleQueue()

    def publish(topics: Iterable[str]) -> None:
        for topic in topics:
            heard.put(topic)

    database.signals.publish = publish  # type: ignore[method-assign]
    with pytest.raises(LookupError):
        run_now(database, _write("lost", _fail))
    run_now(database, _write("kept"))
    assert heard.get(timeout=PATIENCE) == "kept"
    assert heard.empty()
    assert _events(database) == ["kept"]


def test_a_lost_connection_is_a_503_and_passes(database: Database) -> None:
    """When PostgreSQL ends the connection in the middle nothing is stored and the next transaction works."""
    if isinstance(database, SqliteDatabase):
        pytest.skip("SQLite has no connection to lose")

    def cut(db: Transaction) -> None:
        db.connection.exec_driver_sql("select pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(Unavailable):
        run_now(database, _write("lost", cut))
    assert run_now(database, _write("kept")) == "kept"
    assert _events(database) == ["kept"]


def test_a_locked_database_is_a_503(sqlite: SqliteDatabase) -> None:
    """While another program holds the file, writing waits and is then refused; reading goes on; afterwards it works."""
    run_now(sqlite, _write("before"))
    other = sqlite_engine(str(sqlite._writer.url), pool_size=1)
    with sqlite._writer.connect() as connection:
        driver: Any = connection.connection.driver_connection
        driver.execute("PRAGMA busy_timeout=50")
    with other.connect() as connection, connection.begin():
        with pytest.raises(Unavailable):
            run_now(sqlite, _write("lost"))
        read = asyncio.run(sqlite.read(lambda db: db.execute(sa.select(audit_event.c.action)).scalars().all()))
        assert list(read) == ["before"]
    other.dispose()
    assert run_now(sqlite, _write("after")) == "after"


# Real processes.


class Serving:
    """`verder serve` as a process of its own, killed and started again on the same port."""

    def __init__(self, url: str, folder: Path) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._folder = folder
        settings = {
            "VERDER_DATABASE_URL": url,
            "VERDER_KEY_FILE": str(folder / "verder.key"),
            "VERDER_RATE_LIMITS": "off",
        }
        self.environment = {**os.environ, **settings, "PYTHONPATH": str(ROOT)}
        self._process: subprocess.Popen[bytes] | None = None

    def command(self, *more: str) -> list[str]:
        return [sys.executable, "-m", "backend.main", "serve", *more]

    def start(self) -> None:
        """Starts it and waits until it is ready."""
        self._process = subprocess.Popen(
            self.command("--port", str(self.port)),
            env=self.environment,
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        end = time.monotonic() + 2 * PATIENCE
        while time.monotonic() < end:
            try:
                if httpx.get(f"{self.address}/readyz", trust_env=False, timeout=PATIENCE).status_code == 200:
                    return
            except httpx.TransportError:
                assert self._process.poll() is None, "verder serve ended"
            threading.Event().wait(0.05)
        raise AssertionError("verder serve did not start")

    def end(self, how: signal.Signals) -> int:
        """Ends it with a signal; its exit status."""
        assert self._process is not None
        self._process.send_signal(how)
        return self._process.wait(PATIENCE)


@pytest.fixture
def serving(database_url: str, tmp_path: Path) -> Iterator[Serving]:
    """A running `verder serve` on each of the two databases."""
    process = Serving(database_url, tmp_path)
    process.start()
    yield process
    process.end(signal.SIGKILL)


class Talker:
    """Somebody who sends one turn after another and repeats each, under its key, until it is acknowledged."""

    def __init__(self, address: str, name: int) -> None:
        self._address, self._name = address, name
        self.acknowledged: dict[str, list[dict[str, Any]]] = {}
        answer = httpx.post(
            f"{address}{CONVERSATIONS}", json={"language": "nl"}, trust_env=False, timeout=PATIENCE
        ).json()
        self.path = f"{address}{CONVERSATIONS}/{answer['id']}"
        self.headers = {"Authorization": f"Bearer {answer['token']}"}

    def talk(self, turns: int) -> None:
        with httpx.Client(trust_env=False, timeout=20, headers=self.headers) as http:
            for number in range(turns):
                text = f"woord {self._name} {number}"
                self.acknowledged[text] = self._say(http, text, secrets.token_hex(8))

    def _say(self, http: httpx.Client, text: str, key: str) -> list[dict[str, Any]]:
        end = time.monotonic() + 3 * PATIENCE
        while time.monotonic() < end:
            try:
                answer = http.post(f"{self.path}/turns", json={"text": text}, headers={"Idempotency-Key": key})
            except httpx.TransportError:
                threading.Event().wait(0.02)
                continue
            if answer.status_code == 200:
                found: list[dict[str, Any]] = answer.json()["messages"]
                return found
            assert answer.status_code == 503, answer.text
        raise AssertionError("never acknowledged")


@pytest.mark.timeout(1800)
def test_kill_minus_nine_loses_and_doubles_nothing(serving: Serving, database_url: str) -> None:
    """Killed again and again at random moments during two hundred turns: every acknowledged turn is there, once, in order."""
    seed = secrets.randbits(32)
    print(f"seed {seed}")
    moments = random.Random(seed)
    talkers = [Talker(serving.address, name) for name in range(TALKERS)]
    threads = [threading.Thread(target=talker.talk, args=(TURNS // TALKERS,)) for talker in talkers]
    for thread in threads:
        thread.start()
    for kill in range(1, KILLS + 1):
        done = TURNS * kill // (KILLS + 2)
        while sum(len(talker.acknowledged) for talker in talkers) < done:
            threading.Event().wait(0.002)
        threading.Event().wait(moments.uniform(0, 0.02))
        serving.end(signal.SIGKILL)
        serving.start()
    for thread in threads:
        thread.join(5 * PATIENCE)
    for talker in talkers:
        answer = httpx.get(f"{talker.path}/messages", headers=talker.headers, trust_env=False, timeout=PATIENCE)
        stored = answer.json()["messages"]
        assert [one["number"] for one in stored] == list(range(1, len(stored) + 1)), seed
        assert [one["text"] for one in stored if one["from"] == "person"] == list(talker.acknowledged), seed
        by_number = {one["number"]: one for one in stored}
        for replies in talker.acknowledged.values():
            assert replies == [by_number[one["number"]] for one in replies], seed
    assert sum(len(talker.acknowledged) for talker in talkers) == TURNS


def test_a_second_server_and_a_soft_stop(serving: Serving, database_url: str, tmp_path: Path) -> None:
    """A second `verder serve` on one SQLite file ends at once and says why, on PostgreSQL it serves beside the first; on
    SIGTERM the service ends by itself within seconds, also while somebody follows a stream."""
    talker = Talker(serving.address, 0)
    if database_url.startswith("sqlite"):
        _is_refused(serving, tmp_path)
    else:
        _serves_beside(Serving(database_url, tmp_path), serving, talker)
    follow = {"headers": talker.headers, "trust_env": False, "timeout": PATIENCE}
    with httpx.stream("GET", f"{talker.path}/stream", **follow) as response:
        assert response.status_code == 200
        assert serving.end(signal.SIGTERM) in (0, -signal.SIGTERM)


def _is_refused(serving: Serving, folder: Path) -> None:
    second = subprocess.run(
        serving.command("--port", str(free_port())),
        env=serving.environment,
        cwd=folder,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert second.returncode == 2
    assert b"another process serves" in second.stderr
    assert b"Traceback" not in second.stderr


def _serves_beside(beside: Serving, serving: Serving, talker: Talker) -> None:
    beside.start()
    there = talker.path.replace(serving.address, beside.address)
    answer = httpx.get(f"{there}/messages", headers=talker.headers, trust_env=False, timeout=PATIENCE)
    assert beside.end(signal.SIGTERM) in (0, -signal.SIGTERM)
    assert answer.status_code == 200


def test_the_inbox_takes_an_outside_id_once(database: Database) -> None:
    """The same outside id cannot be stored twice, whoever tries; it may be tried again, and is then a repetition."""
    row = {"channel": "web", "outside_id": "k", "body_hash": b"", "first_number": 0, "last_number": 0, "at": 0}
    run_now(database, lambda db: db.execute(sa.insert(inbox), row))
    with pytest.raises(Unavailable):
        run_now(database, lambda db: db.execute(sa.insert(inbox), row))


def test_a_value_that_cannot_be_stored_is_our_defect(database: Database) -> None:
    """What PostgreSQL can never take is no passing trouble: saying "try again" would hold up everybody behind it."""
    if isinstance(database, SqliteDatabase):
        pytest.skip("SQLite takes it")
    with pytest.raises(sa.exc.DataError):
        run_now(database, _write("a\0b"))
