"""PostgreSQL that does not answer keeps nobody waiting: who cannot be helped hears it in time, and nothing is done late."""

from __future__ import annotations

import asyncio
import secrets
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from unittest.mock import patch

import httpx
import psycopg
import pytest
import sqlalchemy as sa

from backend import db as databases_of_ours
from backend.audit import audit_event, record
from backend.db import Database, Transaction, run_now
from backend.engines import open_database
from backend.errors import Unavailable
from bot.channel import Envelope
from dialogs.messages import Incoming
from sizes import promised
from world import CONVERSATIONS, Person, World, is_told_of_trouble, open_world, settings_for

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
"""SQLite has one writer and no locks of tables: see `test_database`."""

TOLD = promised(5) + 3
"""Seconds within which everybody hears it: a lock is waited for five seconds."""
THREADS = databases_of_ours._POOL
SHORT = 1.0
LANGUAGES = ("nl", "en", "ar")


# A table that somebody else keeps.


@contextmanager
def _kept_by_somebody_else(database_url: str) -> Iterator[None]:
    with psycopg.connect(database_url) as holder:
        holder.execute("lock table message in access exclusive mode")
        yield


def _says(person: Person, code: str, words: str) -> httpx.Response:
    headers = {**person.headers, "Idempotency-Key": words, "Accept-Language": code}
    return person.http.post(f"{person.path}/turns", json={"text": words}, headers=headers)


def _begins(world: World, code: str) -> httpx.Response:
    return world.http.post(CONVERSATIONS, json={"language": code}, headers={"Accept-Language": code})


def test_a_table_that_somebody_keeps_is_told_in_time(database_url: str, tmp_path: Path) -> None:
    """While a table is locked whoever writes, begins or reads hears of 112 and 113 in their own language within seconds, and
    nothing is acknowledged; once it is free the same words are answered, and stand there once."""
    with open_world(settings_for(database_url, tmp_path)) as world, ThreadPoolExecutor(3 * len(LANGUAGES)) as pool:
        people = [(world.person(code), code, f"kenmerk {secrets.token_hex(8)}") for code in LANGUAGES]
        with _kept_by_somebody_else(database_url):
            began = time.monotonic()
            turns = [pool.submit(_says, *one) for one in people]
            begins = [pool.submit(_begins, world, code) for code in LANGUAGES]
            read = pool.submit(people[0][0].get)
            update = Envelope(channel="telegram", outside_id="7", address="7", incoming=Incoming(text="hoi"))
            with pytest.raises(Unavailable):
                asyncio.run(world.service.push.receive(update))
            for answers in (turns, begins):
                for answer, code in zip(answers, LANGUAGES, strict=True):
                    is_told_of_trouble(answer.result(), code)
            assert read.result().status_code == 503
            assert time.monotonic() - began < TOLD
        assert [_says(*one).status_code for one in people] == [200] * len(people)
        for person, _, words in people:
            assert [message["text"] for message in person.messages()].count(words) == 1
        assert _begins(world, "nl").status_code == 201
        asyncio.run(world.service.push.receive(update))


# Threads that all wait.


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database of PostgreSQL, as one process has it."""
    opened = open_database(database_url)
    yield opened
    opened.close()


class Busy:
    """Work that holds its thread until it is let go, and how much of it has begun."""

    def __init__(self) -> None:
        self.begun, self.gate = threading.Semaphore(0), threading.Event()

    def __call__(self, _: Transaction) -> str:
        self.begun.release()
        assert self.gate.wait(60)
        return "done"

    async def holds(self, threads: int) -> None:
        """Returns when so many more have begun."""
        for _ in range(threads):
            assert await asyncio.to_thread(self.begun.acquire, timeout=60)


def _note(name: str, db: Transaction) -> str:
    record(db, name, "x", actor="system")
    return name


def _noted(database: Database) -> list[str]:
    return list(run_now(database, lambda db: db.execute(sa.select(audit_event.c.action)).scalars().all()))


def test_who_comes_when_all_threads_wait_is_refused(database: Database) -> None:
    """While every thread waits for the database, who comes later is refused soon and nothing of theirs is ever begun, also
    not when the threads are free again; whose work has begun gets their answer however long it takes, and so do the next."""
    busy, impatient = Busy(), patch.object(databases_of_ours, "_PATIENCE_SECONDS", SHORT)

    async def everybody() -> list[object]:
        first = [asyncio.ensure_future(database.write(busy)) for _ in range(THREADS - 1)]
        await busy.holds(THREADS - 1)
        with impatient:
            first.append(asyncio.ensure_future(database.write(busy)))
            await busy.holds(1)
            late = [database.write(partial(_note, "late")), database.read(partial(_note, "late")), database.probe()]
            refused = await asyncio.wait_for(asyncio.gather(*late, return_exceptions=True), 60)
        assert [type(one) for one in refused] == [Unavailable] * len(late)
        assert not any(one.done() for one in first)
        busy.gate.set()
        return [*await asyncio.gather(*first), await database.write(partial(_note, "next"))]

    assert asyncio.run(everybody()) == ["done"] * THREADS + ["next"]
    assert _noted(database) == ["next"]


def test_who_goes_away_before_their_turn_leaves_nothing(database: Database) -> None:
    """Whoever stops waiting for a thread has nothing stored afterwards, and is in nobody's way."""
    busy = Busy()

    async def leave() -> None:
        first = [asyncio.ensure_future(database.write(busy)) for _ in range(THREADS)]
        await busy.holds(THREADS)
        left = asyncio.ensure_future(database.write(partial(_note, "left")))
        await asyncio.sleep(0)
        left.cancel()
        with pytest.raises(asyncio.CancelledError):
            await left
        busy.gate.set()
        await asyncio.gather(*first)
        await database.write(partial(_note, "next"))

    asyncio.run(leave())
    assert _noted(database) == ["next"]
