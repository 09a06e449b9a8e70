"""The whole service on a database of its own, and the people around it: who writes, who follows, who answers at the desk."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from backend import demo
from backend.app import Service, create_app
from backend.db import Transaction, run_now
from backend.engines import postgres_engine
from backend.settings import Settings
from databases import TEMPLATE, new_sqlite
from fake_telegram import serving
from knowledge.library import load_knowledge
from locales import Text, language
from passwords import PASSWORD, quick_hash

Json = dict[str, Any]
CONVERSATIONS = "/api/v1/conversations"
MESSAGE_KEYS = {"number", "from", "text", "language", "direction", "choices", "image", "sources", "at"}


@dataclass
class Person:
    """A young person with the widget; `sees` is every message so far, oldest first."""

    http: httpx.Client
    id: str
    token: str
    sees: list[Json] = field(default_factory=list)

    @property
    def path(self) -> str:
        return f"{CONVERSATIONS}/{self.id}"

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def turn(self, body: Json, *, key: str | None = None) -> httpx.Response:
        """One turn as it is, whatever the answer."""
        headers = {**self.headers, "Idempotency-Key": key or secrets.token_hex(8)}
        return self.http.post(f"{self.path}/turns", json=body, headers=headers)

    def says(self, text: str) -> list[Json]:
        """Types; gives the replies."""
        return self._done(self.turn({"text": text}))

    def chooses(self, prefix: str) -> list[Json]:
        """Taps the newest button whose id begins like this; gives the replies."""
        for message in reversed(self.sees):
            for choice in message["choices"]:
                if choice["id"].startswith(prefix):
                    return self._done(self.turn({"choice": choice["id"]}))
        raise LookupError(f"no button {prefix!r}")

    def taps(self, choice: str) -> list[Json]:
        """Taps a button that is always there, such as one of the menu; gives the replies."""
        return self._done(self.turn({"choice": choice}))

    def get(self, what: str = "messages", **params: int) -> httpx.Response:
        """One of the reading calls, as it is."""
        return self.http.get(f"{self.path}/{what}", params=params, headers=self.headers)

    def messages(self, after: int = 0) -> list[Json]:
        """The stored messages after a number."""
        found: list[Json] = self.get(after=after).json()["messages"]
        return found

    @contextmanager
    def follow(self, last: int | None = None) -> Iterator[Iterator[Json]]:
        """The stream from message `last` on: an iterator of messages that fails after half a silent minute."""
        headers = {**self.headers, **({} if last is None else {"Last-Event-ID": str(last)})}
        with self.http.stream("GET", f"{self.path}/stream", headers=headers, timeout=30) as response:
            assert response.status_code == 200
            yield _events(response)

    def asks_for_help(self, need: str = "Ik zoek werk in een winkel.", *, agrees: bool = True) -> list[Json]:
        """The whole way to a request at the gemeente of the demo region; gives the last replies."""
        self.chooses("person")
        self.says(need)
        self.chooses("kind:work")
        self.says(demo.PLACE)
        self.chooses("who:gemeente")
        return self.chooses("consent:yes" if agrees else "consent:no")

    def _done(self, answer: httpx.Response) -> list[Json]:
        assert answer.status_code == 200, answer.text
        replies: list[Json] = answer.json()["messages"]
        self.sees += replies
        return replies


@dataclass
class Counsellor:
    """A counsellor who is logged in at the desk API."""

    http: httpx.Client

    def requests(self) -> list[Json]:
        """The requests this counsellor may see."""
        found: list[Json] = self.http.get("/api/v1/desk/requests").json()["requests"]
        return found

    def opens(self, request_id: str) -> Json:
        """One request with its conversation."""
        opened: Json = self.http.get(f"/api/v1/desk/requests/{request_id}").json()
        return opened

    def does(self, action: str, request_id: str, **body: str) -> httpx.Response:
        """claim, reply, release or close."""
        return self.http.post(f"/api/v1/desk/requests/{request_id}/{action}", json=body or None)


@dataclass
class World:
    """A running service with the demo region in it."""

    service: Service
    url: str
    http: httpx.Client

    def do(self, work: Callable[[Transaction], Any]) -> Any:
        """Runs one transaction."""
        return run_now(self.service.database, work)

    def rows(self, statement: sa.Executable) -> Sequence[sa.Row[Any]]:
        """The rows of a query."""
        found: Sequence[sa.Row[Any]] = self.do(lambda db: db.execute(statement).all())
        return found

    def count(self, table: sa.Table) -> int:
        """How many rows a table has."""
        return int(self.rows(sa.select(sa.func.count()).select_from(table))[0][0])

    def person(self, language: str | None = "nl", **start: str) -> Person:
        """A person who opens the widget."""
        body = {**({"language": language} if language else {}), **start}
        answer = self.http.post(CONVERSATIONS, json=body)
        assert answer.status_code == 201, answer.text
        begun = answer.json()
        return Person(self.http, begun["id"], begun["token"], begun["messages"])

    @contextmanager
    def counsellor(self, kind: str = "gemeente", letter: str = "a") -> Iterator[Counsellor]:
        """A counsellor of the demo region, logged in."""
        with httpx.Client(base_url=self.url, trust_env=False, timeout=60) as http:
            body = {"email": f"coach.{letter}@{kind}.example", "password": PASSWORD}
            answer = http.post("/api/v1/desk/login", json=body)
            assert answer.status_code == 200, answer.text
            http.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
            yield Counsellor(http)


def settings_for(database_url: str, folder: Path, **more: Any) -> Settings:
    """Settings that look at nothing outside the test."""
    values = {"database_url": database_url, "key_file": folder / "verder.key", "rate_limits": "off", **more}
    return Settings(_env_file=None, **{"understanding": "plain", **values})


def open_service(settings: Settings) -> Service:
    """The service without its doors; knowledge is read once for all tests, and a SQLite file that is not there has the
    schema from the start."""
    path = make_url(settings.database_url).database
    if path and settings.database_url.startswith("sqlite") and not Path(path).exists():
        new_sqlite(Path(path))
    with patch("backend.app.load_knowledge", _knowledge):
        return Service.open(settings)


@contextmanager
def open_world(settings: Settings, *, worker: bool = True, fill: bool = True) -> Iterator[World]:
    """Serves the app on a free port of this machine while the block runs."""
    service = open_service(settings)
    if fill:
        run_now(service.database, lambda db: demo.fill(db, service.host.vault, quick_hash()))
    with serving(create_app(service, worker=worker)) as url:
        with httpx.Client(base_url=url, trust_env=False, timeout=60) as http:
            yield World(service, url, http)


@contextmanager
def pace_standing_still() -> Iterator[None]:
    """While the block runs no bucket of the rate limits fills up, so what is braked does not hang on this machine's speed."""
    with patch("backend.rate_limits.time", SimpleNamespace(monotonic=lambda: 1000.0)):
        yield


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def verder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The whole service over HTTP, on each of the two databases; the tests of a module share it, each with own people."""
    folder = tmp_path_factory.mktemp("verder")
    with database_of(request, folder) as url, open_world(settings_for(url, folder)) as world:
        yield world


@contextmanager
def database_of(request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """The URL of a new database of the kind that this fixture asks for by its parameter."""
    if request.param == "postgresql":
        with new_database(request.getfixturevalue("postgres")) as url:
            yield url
    else:
        yield f"sqlite:///{folder / 'verder.db'}"


@pytest.fixture
def fresh(database_url: str, tmp_path: Path) -> Iterator[World]:
    """The same with nobody else in it."""
    with open_world(settings_for(database_url, tmp_path)) as world:
        yield world


@contextmanager
def new_database(server: str, *, template: str = TEMPLATE) -> Iterator[str]:
    """The URL of a new database on a PostgreSQL server, with the schema or (template1) empty."""
    name = f"test_{secrets.token_hex(6)}"
    admin = postgres_engine(server).execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"create database {name} template {template}")
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
        connection.exec_driver_sql(f"drop database {name} with (force)")
    admin.dispose()


@cache
def _knowledge(*, web_address: str, extra: bool) -> Any:
    return load_knowledge(web_address=web_address, extra=extra)


def _events(response: httpx.Response) -> Iterator[Json]:
    event: dict[str, str] = {}
    for line in response.iter_lines():
        name, _, value = line.partition(":")
        if name:
            event[name] = value.strip()
        elif event:
            assert event["event"] == "message"
            message: Json = json.loads(event["data"])
            assert event["id"] == str(message["number"])
            yield message
            event = {}


def is_told_of_trouble(answer: httpx.Response, code: str) -> None:
    """Nothing was stored, and that is said kindly in this language, with 112 and 113 and when to try again."""
    assert answer.status_code == 503
    message = answer.json()["error"]["message"]
    assert message == language(code).say(Text.of("errors.unavailable"))
    assert "112" in message
    assert "113" in message
    assert int(answer.headers["Retry-After"]) >= 1
