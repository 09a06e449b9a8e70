"""Two serving processes and a worker on one PostgreSQL, behind the proxy that is delivered: one dies, one is stopped, and
nobody who writes, follows or answers loses anything."""

from __future__ import annotations

import os
import random
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from backend import demo
from backend.benchmarks.faults.people import marker
from backend.benchmarks.process import free_port
from backend.db import run_now
from passwords import PASSWORD, quick_hash
from proxy import proxy
from sizes import size
from world import Counsellor, Person, new_database, open_service, settings_for

PEOPLE = size(3, 20)
_PATIENCE = 60


@dataclass
class Fleet:
    """The processes of one installation, by the port they listen on."""

    folder: Path
    environment: dict[str, str]
    running: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)

    def serve(self, port: int) -> None:
        """Starts one that serves, and waits until it does."""
        self._start(port, "serve", "--no-worker", "--port", str(port))
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until and self.running[port].poll() is None:
            try:
                if httpx.get(f"http://127.0.0.1:{port}/readyz", trust_env=False).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        raise RuntimeError((self.folder / f"{port}.log").read_text()[-2000:])

    def work(self) -> None:
        """Starts the worker."""
        self._start(0, "worker")

    def end(self, port: int, how: signal.Signals) -> int:
        """Ends one; its exit status."""
        self.running[port].send_signal(how)
        return self.running.pop(port).wait(_PATIENCE)

    def _start(self, port: int, *arguments: str) -> None:
        command = (sys.executable, "-m", "backend.main", *arguments)
        with (self.folder / f"{port}.log").open("a") as log:
            self.running[port] = subprocess.Popen(
                command, env=self.environment, cwd=self.folder, stdout=log, stderr=log
            )


@pytest.fixture
def fleet(postgres: str, tmp_path: Path) -> Iterator[Fleet]:
    """A worker and the demo region on a fresh PostgreSQL, nobody serving yet."""
    with new_database(postgres) as url:
        settings = settings_for(url, tmp_path)
        service = open_service(settings)
        run_now(service.database, lambda db: demo.fill(db, service.host.vault, quick_hash()))
        service.database.close()
        own = {
            "DATABASE_URL": url,
            "KEY_FILE": str(settings.key_file),
            "PROFILE": "development",
            "RATE_LIMITS": "off",
            "UNDERSTANDING": "plain",
        }
        found = Fleet(tmp_path, {**os.environ, **{f"VERDER_{name}": value for name, value in own.items()}})
        found.work()
        yield found
        for port in list(found.running):
            found.end(port, signal.SIGTERM)


@dataclass
class Writer:
    """Somebody who writes all the time, through whichever door is open; what had no good answer is said again."""

    doors: list[httpx.Client]
    chance: random.Random
    acknowledged: list[str] = field(default_factory=list)
    person: Person | None = None

    def write(self, ends: threading.Event) -> None:
        """Until it ends; the newest words are finished."""
        begun = self._until("/api/v1/conversations", {"language": "nl"}, {}).json()
        self.person = Person(self.doors[0], begun["id"], begun["token"])
        while not ends.is_set():
            words, key = marker(self.chance), secrets.token_hex(8)
            headers = {**self.person.headers, "Idempotency-Key": key}
            self._until(f"{self.person.path}/turns", {"text": words}, headers)
            self.acknowledged.append(words)
            ends.wait(0.2)

    def _until(self, path: str, body: dict[str, str], headers: dict[str, str]) -> httpx.Response:
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            try:
                answer = self.chance.choice(self.doors).post(path, json=body, headers=headers)
                if answer.status_code < 300:
                    return answer
                assert answer.status_code in (502, 503, 504), answer.text
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        raise AssertionError("nobody answered for too long")


class Follower:
    """Somebody whose page follows the conversation: when the stream ends it comes back from the last message it has."""

    def __init__(self, person: Person, doors: list[httpx.Client]) -> None:
        self.texts: list[str] = []
        self.opened = 0
        self._person, self._doors = person, doors
        self._last = 0
        self._ends, self._more = threading.Event(), threading.Condition()
        threading.Thread(target=self._follow, daemon=True).start()

    def has(self, text: str) -> None:
        """Waits until this was heard; fails after a while."""
        with self._more:
            assert self._more.wait_for(lambda: text in self.texts, _PATIENCE), (text, self.opened)

    def stop(self) -> None:
        """Looks away."""
        self._ends.set()

    def _follow(self) -> None:
        while not self._ends.is_set():
            door = self._doors[self.opened % len(self._doors)]
            self.opened += 1
            try:
                with Person(door, self._person.id, self._person.token).follow(self._last) as stream:
                    for message in stream:
                        with self._more:
                            self._last = message["number"]
                            self.texts.append(message["text"])
                            self._more.notify_all()
            except (httpx.TransportError, AssertionError):
                self._ends.wait(0.5)


@contextmanager
def _logged_in(port: int) -> Iterator[Counsellor]:
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=20) as http:
        answer = http.post("/api/v1/desk/login", json={"email": "coach.a@gemeente.example", "password": PASSWORD})
        http.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
        yield Counsellor(http)


@contextmanager
def _doors(fleet: Fleet, ports: list[int], *, proxied: bool) -> Iterator[list[httpx.Client]]:
    """The ways in: the proxy, or without it each process itself."""
    with ExitStack() as stack:
        if proxied:
            yield [stack.enter_context(stack.enter_context(proxy(fleet.folder, ports)).client())]
            return
        addresses = [f"http://127.0.0.1:{port}" for port in ports]
        yield [stack.enter_context(httpx.Client(base_url=one, trust_env=False, timeout=20)) for one in addresses]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("proxied", [True, False], ids=["behind the proxy", "without it"])
def test_one_dies_and_one_is_stopped_and_nothing_is_lost(fleet: Fleet, *, proxied: bool) -> None:
    """People write through both processes while one is killed and the other stopped with open streams: every turn that was
    acknowledged is there once, and each answer of the counsellor, given at either process, reaches the page once."""
    if not proxied and shutil.which("caddy"):
        pytest.skip("the same is tried behind the proxy here")
    ports, ends = [free_port(), free_port()], threading.Event()
    for port in ports:
        fleet.serve(port)
    with _doors(fleet, ports, proxied=proxied) as doors:
        begun = doors[0].post("/api/v1/conversations", json={"language": "nl"}).json()
        asking = Person(doors[0], begun["id"], begun["token"], begun["messages"])
        asking.asks_for_help()
        follower = Follower(asking, doors)
        writers = [Writer(doors, random.Random(number)) for number in range(PEOPLE)]
        threads = [threading.Thread(target=one.write, args=(ends,)) for one in writers]
        for thread in threads:
            thread.start()
        with _logged_in(ports[0]) as first, _logged_in(ports[1]) as second:
            [request] = first.requests()
            assert first.does("claim", request["id"]).status_code == 200
            assert first.does("reply", request["id"], text="Vanaf de een.").status_code == 200
            follower.has("Vanaf de een.")
            assert second.does("reply", request["id"], text="Vanaf de ander.").status_code == 200
            follower.has("Vanaf de ander.")
            fleet.end(ports[0], signal.SIGKILL)
            assert second.does("reply", request["id"], text="Na de klap.").status_code == 200
            follower.has("Na de klap.")
            fleet.serve(ports[0])
            assert fleet.end(ports[1], signal.SIGTERM) in (0, -signal.SIGTERM)
        with _logged_in(ports[0]) as again:
            assert again.does("reply", request["id"], text="Na het stoppen.").status_code == 200
        follower.has("Na het stoppen.")
        follower.stop()
        ends.set()
        for thread in threads:
            thread.join(_PATIENCE)
        assert [one for one in follower.texts if one.startswith(("Vanaf", "Na "))] == [
            "Vanaf de een.",
            "Vanaf de ander.",
            "Na de klap.",
            "Na het stoppen.",
        ]
        assert follower.opened > 1
        for writer in writers:
            assert writer.person is not None
            assert len(writer.acknowledged) > 1
            here = Person(doors[0], writer.person.id, writer.person.token)
            stored = here.messages()
            assert [one["text"] for one in stored if one["from"] == "person"] == writer.acknowledged
            assert [one["number"] for one in stored] == list(range(1, len(stored) + 1))
