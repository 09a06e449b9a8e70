"""A desk to test: two organisations with queues and counsellors, requests, and a clock that is told."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from backend.consents.models import consent
from backend.consents.service import share
from backend.conversations.messages import post
from backend.conversations.models import conversation
from backend.db import Database, Transaction, now, run_now
from backend.desk import api, pages
from backend.desk.doors import Doors
from backend.engines import open_database
from backend.errors import Refused
from backend.organisations import login
from backend.organisations.service import make_counsellor, make_organisation, make_queue
from backend.support_requests.models import support_request
from backend.support_requests.opening import NEED_PLACE
from backend.vault import KeyRing, Vault
from bot.routers import join
from dialogs.conversation import Conversation, write
from passwords import quick_hash

MINUTE = 60 * 1_000_000
HOUR = 60 * MINUTE
GROUPS = ("need", "messages", "language", "kind_of_help")
POLICY = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"


class ToldClock:
    """A clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        self.at = now()

    def __call__(self) -> int:
        return self.at

    def go(self, *, seconds: float) -> None:
        self.at += int(seconds * 1_000_000)


@dataclass(frozen=True, slots=True)
class Somebody:
    """A counsellor of the test."""

    id: str
    email: str
    name: str


@dataclass
class DeskWorld:
    """Everything a desk test needs; `app` has only the desk's routes."""

    database: Database
    vault: Vault
    clock: ToldClock
    app: FastAPI
    organisations: dict[str, str] = field(default_factory=dict)
    queues: dict[str, str] = field(default_factory=dict)

    def do(self, work: Callable[[Transaction], Any]) -> Any:
        """Runs one transaction."""
        return run_now(self.database, work)

    def rows(self, statement: sa.Select[Any]) -> Sequence[sa.Row[Any]]:
        """The rows of a query."""
        found: Sequence[sa.Row[Any]] = self.do(lambda db: db.execute(statement).all())
        return found

    def counsellor(self, name: str, *queues: str, at: str = "gemeente", demo: bool = False) -> Somebody:
        """A new counsellor of an organisation, in these queues; the password is `PASSWORD`.

        With `demo` the password alone lets them in.
        """
        email = f"{secrets.token_hex(4)}@voorbeeld.nl"
        ids = [self.queues[queue] for queue in queues]

        def make(db: Transaction) -> str:
            return make_counsellor(
                db,
                self.vault,
                self.organisations[at],
                email=email,
                name=name,
                password_hash=quick_hash(),
                queue_ids=ids,
                demo=demo,
            )

        return Somebody(self.do(make), email, name)

    def request(
        self,
        queue: str = "werk",
        *,
        at: str = "gemeente",
        need: str = "Ik zoek werk.",
        waited: int = HOUR,
        urgent: bool = False,
        language: str = "nl",
        kind: str = "work",
        before: Sequence[str] = ("Dit zei ik eerder.",),
        words: Sequence[str] = ("Hallo?",),
    ) -> str:
        """A new waiting request's id; `before` was said before it, `words` with it."""
        since = self.clock() - waited

        def make(db: Transaction) -> str:
            person_id, conversation_id = self.vault.add_person(db), secrets.token_hex(16)
            _add_conversation(db, self.vault, person_id, conversation_id, language, since)
            request_id = secrets.token_hex(16)
            for text in before:
                post(db, self.vault, conversation_id, "person", text, language=language)
            for text in words:
                post(db, self.vault, conversation_id, "person", text, language=language, request_id=request_id)
            consent_id = _add_consent(db, person_id, conversation_id, self.organisations[at], language, since)
            values = {
                "id": request_id,
                "conversation_id": conversation_id,
                "person_id": person_id,
                "organisation_id": self.organisations[at],
                "queue_id": self.queues[queue],
                "consent_id": consent_id,
                "kind_of_help": kind,
                "language": language,
                "need": self.vault.seal(db, person_id, NEED_PLACE, request_id, need.encode()),
                "urgent": urgent,
                "status": "waiting",
                "created_at": since,
                "waiting_since": since,
                "escalate_at": since + 8 * HOUR,
            }
            db.execute(sa.insert(support_request), values)
            share(
                db,
                person_id,
                kind="support_request",
                object_id=request_id,
                purpose="support_request",
                recipient=self.organisations[at],
                data_groups=GROUPS,
                text_version="0123456789abcdef",
            )
            return request_id

        made: str = self.do(make)
        return made

    @asynccontextmanager
    async def browser(self, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
        """A client with its own cookies, on http://desk.test."""
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://desk.test", headers=headers) as client:
            yield client

    @asynccontextmanager
    async def desk(self, who: Somebody) -> AsyncIterator[httpx.AsyncClient]:
        """A client that is logged in and sends the token."""
        async with self.browser() as client:
            client.headers["X-CSRF-Token"] = await self._let_in(client, who)
            yield client

    @asynccontextmanager
    async def pages(self, who: Somebody) -> AsyncIterator[httpx.AsyncClient]:
        """A browser without scripts that is logged in."""
        async with self.browser() as client:
            await self._let_in(client, who)
            yield client

    async def _let_in(self, client: httpx.AsyncClient, who: Somebody) -> str:
        """Starts a session without the password, which takes its time on purpose; returns the CSRF token."""
        token = secrets.token_urlsafe(32)
        session = await self.database.write(
            lambda db: login.start_session(db, self.vault, who.id, token=token, at=self.clock())
        )
        client.cookies.set("verder_desk", token, domain="desk.test", path="/")
        return session.csrf_token


def hidden(html: str, name: str) -> str:
    """The value of the first hidden field with this name."""
    found = re.search(rf'<input type="hidden" name="{name}"[^>]* value="([^"]*)"', html)
    assert found, f"no field {name}"
    return found.group(1)


def make_desk_world(database: Database, *, secure_cookies: bool = False) -> DeskWorld:
    """A desk on an empty database: organisations "gemeente" (queues werk, leren) and "school" (queue school)."""
    vault, clock = Vault(KeyRing.make()), ToldClock()
    world = DeskWorld(database, vault, clock, make_app(database, vault, clock, secure_cookies=secure_cookies))

    def fill(db: Transaction) -> None:
        for kind, queues in (("gemeente", {"werk": "work", "leren": "learning"}), ("pro", {"school": "other"})):
            key = "school" if kind == "pro" else kind
            world.organisations[key] = make_organisation(db, kind=kind, name=f"Organisatie {key}")
            for name, help in queues.items():
                world.queues[name] = make_queue(db, world.organisations[key], name=f"Rij {name}", kind_of_help=help)

    world.do(fill)
    return world


def make_app(
    database: Database, vault: Vault, clock: Callable[[], int], *, secure_cookies: bool, doors: Doors | None = None
) -> FastAPI:
    """An app with only the desk, strict headers, and refusals as JSON."""
    app = FastAPI()
    join(
        app.router,
        api.make_router(database, vault, secure_cookies=secure_cookies, clock=clock),
        pages.make_router(database, vault, secure_cookies=secure_cookies, clock=clock, doors=doors),
    )

    @app.exception_handler(Refused)
    async def refused(_request: Request, error: Refused) -> JSONResponse:
        body = {"code": error.code, "message": error.message(None), "fields": dict(error.fields)}
        headers = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
        return JSONResponse({"error": body}, error.status, headers)

    @app.middleware("http")
    async def strict(request: Request, call_next: Any) -> Any:
        response = await call_next(request)
        response.headers["Content-Security-Policy"] = POLICY
        return response

    return app


@pytest.fixture
def world(database_url: str) -> Iterator[DeskWorld]:
    """A desk on a fresh database, on each of the two kinds."""
    database = open_database(database_url)
    yield make_desk_world(database)
    database.close()


@pytest.fixture
def anyio_backend() -> str:
    """Asynchronous tests run on asyncio."""
    return "asyncio"


def _add_conversation(
    db: Transaction, vault: Vault, person_id: str, conversation_id: str, language: str, at: int
) -> None:
    state = json.dumps({"conversation": write(Conversation(channel="web", language=language)), "offered": {}})
    values = {
        "id": conversation_id,
        "person_id": person_id,
        "channel": "web",
        "state": vault.seal(db, person_id, "conversation.state", conversation_id, state.encode()),
        "last_number": 0,
        "reachable": True,
        "started_at": at,
        "updated_at": at,
    }
    db.execute(sa.insert(conversation), values)


def _add_consent(db: Transaction, person_id: str, conversation_id: str, recipient: str, language: str, at: int) -> str:
    consent_id = secrets.token_hex(16)
    values = {
        "id": consent_id,
        "person_id": person_id,
        "conversation_id": conversation_id,
        "purpose": "support_request",
        "recipient": recipient,
        "data_groups": " ".join(GROUPS),
        "text_id": "dialogs.request.consent",
        "text_version": "0123456789abcdef",
        "language": language,
        "given": True,
        "given_by": "youth",
        "at": at,
    }
    db.execute(sa.insert(consent), values)
    return consent_id
