"""The wiring: settings in, one app out, readable top to bottom. The only place where channels and host meet."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from fastapi import APIRouter, FastAPI

import backend.schema  # noqa: F401 - every table is known: erasing and export walk them all
from backend.api_description import describe
from backend.audit.keeping import keep_trail
from backend.case_api import connection_router
from backend.connections.sending import Sender
from backend.connections.webhooks import TOPIC as WEBHOOKS
from backend.conversations.push import PushReceiver
from backend.conversations.service import Host
from backend.db import Database, Transaction
from backend.delivery import Delivery
from backend.demo import has_accounts
from backend.desk import api as desk_api
from backend.desk import connections as desk_connections
from backend.desk import consents as desk_consents
from backend.desk import data as desk_data
from backend.desk import duties as desk_duties
from backend.desk import emergency as desk_emergency
from backend.desk import invitations as desk_invitations
from backend.desk import oversight as desk_oversight
from backend.desk import pages as desk_pages
from backend.desk import people as desk_people
from backend.desk import statistics as desk_statistics
from backend.desk.doors import Doors
from backend.effects import carry_out
from backend.enclosures import draw_png, draw_svg, render_paper
from backend.engines import make_engine, open_database
from backend.errors import Unavailable
from backend.follow_ups.service import keep_promises
from backend.handovers.keeping import keep_moving
from backend.health import health_router
from backend.keys import open_vault
from backend.migrations import upgrade
from backend.my_data.api import my_data_router
from backend.my_data.erasing import erase_and_tell
from backend.persons.keyless import keys_are_gone
from backend.rate_limits import RateLimits
from backend.resume_codes.api import resume_router
from backend.resume_codes.moving import move_here
from backend.resume_codes.service import Places
from backend.retention.purging import keep_clean
from backend.retention.terms import own_terms
from backend.rights_api import rights_router
from backend.security_contact import security_router
from backend.settings import Settings, UnsafeSettings
from backend.signals import hear_other_processes
from backend.support_requests.orphans import keep_watch
from backend.telemetry import Observed
from backend.together.keeping import keep_agreements
from backend.tracing import NOTHING_BY_ITSELF
from backend.transition_documents.forms import load_forms
from backend.understand_api import understand_router
from backend.vault import KEYS_TOPIC, Vault
from backend.web_conversations import WebConversations
from backend.web_errors import REFUSALS, install
from bot.routers import join
from bot.web_widget import plain
from bot.web_widget.channel import conversation_router
from bot.web_widget.explained import OwnTerms
from bot.web_widget.look import Look
from bot.web_widget.looks import BadLook, Dress, read_looks
from bot.web_widget.pages import page_router, public_router
from knowledge.directory import Directory
from knowledge.library import load_knowledge

if TYPE_CHECKING:
    from bot.telegram.channel import TelegramChannel
    from bot.telegram.client import Client

_LAST_DELIVERY_SECONDS = 10
_LONG = 3600.0


@dataclass
class Service:
    """Everything one process runs, made from settings; close it when done."""

    settings: Settings
    database: Database
    host: Host
    push: PushReceiver
    delivery: Delivery
    looks: Mapping[str, Dress]
    telegram: TelegramChannel | None = None
    client: Client | None = None
    _worker: asyncio.Task[None] | None = None
    _listener: asyncio.Task[None] | None = None
    _forgetter: asyncio.Task[None] | None = None
    _stop: asyncio.Event = field(default_factory=asyncio.Event)

    @classmethod
    def open(cls, settings: Settings) -> Service:
        """Keys, schema, database, knowledge, channels. Raises `UnsafeSettings` or what the files and database raise."""
        settings.check()
        looks = _looks(settings)
        vault = open_vault(settings)
        engine = make_engine(settings.database_url)
        upgrade(engine)
        with engine.connect() as connection:
            _check_content(settings, vault, Transaction(connection))
        engine.dispose()
        database = open_database(settings.database_url)
        knowledge = load_knowledge(web_address=settings.public_url, extra=settings.understanding == "auto")
        places = Places(f"{settings.public_url.rstrip('/')}/chat", settings.telegram_name)
        effects = partial(carry_out, forms=load_forms(settings.document_templates), places=places)
        host = Host(vault, knowledge, effects, erase_and_tell, move_here=move_here)
        push = PushReceiver(database, host)
        delivery = Delivery(database, vault, push.channels, web=places.web)
        push.paces = delivery.paces
        service = cls(settings, database, host, push, delivery, looks)
        if settings.telegram_token:
            service._open_telegram()
        return service

    def _open_telegram(self) -> None:
        """Telegram's library costs a third of the start, so it is loaded only where there is a bot."""
        from bot.telegram.channel import TelegramChannel
        from bot.telegram.client import Client
        from bot.telegram.pace import PACE

        self.client = Client.of(self.settings.telegram_token, self.settings.telegram_api_url)
        self.telegram = TelegramChannel(self.client, render_picture=draw_png, render_paper=render_paper)
        self.push.channels[self.telegram.name] = self.telegram
        if self.settings.rate_limits == "on":
            self.delivery.paces[self.telegram.name] = PACE

    def start(self, *, worker: bool = True) -> None:
        """Begins the background work on the running event loop."""
        if worker:
            self._worker = asyncio.ensure_future(self._work())
        self._forgetter = asyncio.ensure_future(self._forget_erased())
        if not self.settings.is_sqlite:
            heard = hear_other_processes(self.settings.database_url, self.database.signals)
            self._listener = asyncio.ensure_future(heard)

    async def _work(self) -> None:
        database, vault, stop = self.database, self.host.vault, self._stop
        await asyncio.gather(
            self.delivery.run(stop),
            Sender(database, vault).run(stop),
            keep_clean(database, vault, stop, talk=self.settings.information_hours * 3600 * 1_000_000),
            keep_moving(database, vault, stop),
            keep_promises(database, vault, stop),
            keep_agreements(database, vault, stop),
            keep_trail(database, vault, stop, self.settings.audit_heads),
            keep_watch(database, stop),
        )

    async def _forget_erased(self) -> None:
        """Keys of persons who were erased, here or in another process, do not stay in memory."""
        with self.database.signals.listen(KEYS_TOPIC) as listener:
            while True:
                if await listener.wait(_LONG):
                    self.host.vault.drop_cache()

    async def close(self) -> None:
        """Finishes the delivery in hand, stops the background work and lets go of everything."""
        self._stop.set()
        self.database.signals.publish(["outbox", WEBHOOKS])
        if self._worker:
            await asyncio.wait([self._worker], timeout=_LAST_DELIVERY_SECONDS)
        for task in (self._listener, self._forgetter):
            if task:
                task.cancel()
        await self.push.close()
        if self.client:
            await self.client.close()
        self.database.close()


def _looks(settings: Settings) -> Mapping[str, Dress]:
    """The looks of municipalities. Raises `UnsafeSettings` for one in which words could not be read."""
    try:
        return read_looks(settings.looks) if settings.looks else {}
    except BadLook as error:
        raise UnsafeSettings(f"VERDER_LOOKS cannot be used: {error}") from error


def _look(looks: Mapping[str, Dress], code: str) -> Look:
    return looks[code].look if code in looks else Look()


def _check_content(settings: Settings, vault: Vault, db: Transaction) -> None:
    """Raises `UnsafeSettings` for a database that this process cannot or must not serve."""
    if not vault.fits(db):
        raise UnsafeSettings("VERDER_KEY_FILE is not the key file of this database: nothing in it could be read")
    if keys_are_gone(db):
        raise UnsafeSettings("the keys of all persons are gone: bring back the file or schema that holds them")
    if settings.profile == "production" and has_accounts(db):
        raise UnsafeSettings("verder does not start in production: there are demo accounts in this database")


async def _connected(service: Service) -> Directory:
    """The organisations that answer in Verder now."""
    host = service.host
    return await service.database.read(lambda db: host.directory.fill(db, host.knowledge).directory)


async def _own_terms(service: Service) -> OwnTerms:
    """Who keeps a closed request for another time; nothing is said of it while the database is away."""
    try:
        return await service.database.read(own_terms)
    except Unavailable:
        return ()


def create_app(service: Service, *, worker: bool = True) -> FastAPI:
    """The web app: widget, API, desk, Telegram webhook, and (unless `worker` is false) the background work."""
    settings, database = service.settings, service.database

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        service.start(worker=worker)
        yield
        await service.close()

    production = settings.profile == "production"
    app = FastAPI(
        title="Verder",
        lifespan=lifespan,
        telemetry=NOTHING_BY_ITSELF,
        openapi_url=None if production else "/openapi.json",
        docs_url=None if production else "/docs",
        redoc_url=None,
    )
    if settings.rate_limits == "on":
        app.add_middleware(RateLimits)
    install(app, secure=settings.secure_cookies, ancestors=settings.frame_ancestors)
    app.add_middleware(Observed)
    conversations = WebConversations(database, service.host, part=service.push.part)
    # The conversations first: routes are tried in this order, and most requests are turns.
    join(app.router, conversation_router(conversations, draw_svg), resume_router(conversations.opening, draw_svg))
    plain.install(app, conversations, REFUSALS, service.looks, secure=settings.secure_cookies)
    join(app.router, *_young_people(service), *_desk(service), *_telegram(service), *_pages(service))
    describe(app, secure=settings.secure_cookies)
    return app


def _young_people(service: Service) -> Iterable[APIRouter]:
    """The JSON of a person's own data and of rights and words, and what watches the service asks."""
    database, settings, knowledge = service.database, service.settings, service.host.knowledge
    yield my_data_router(database, service.host.vault)
    yield health_router(database, knowledge.understander)
    yield security_router(settings.security_contact, settings.public_url.rstrip("/"))
    yield rights_router()
    yield understand_router(knowledge.understander)


def _desk(service: Service) -> Iterable[APIRouter]:
    """Where counsellors work, by page and by JSON."""
    database, vault, settings = service.database, service.host.vault, service.settings
    secure, web = settings.secure_cookies, settings.public_url
    forms, doors = load_forms(settings.document_templates), Doors.of(web, settings.oidc_providers)
    yield desk_api.make_router(database, vault, secure_cookies=secure)
    yield desk_consents.make_router(database, vault, secure_cookies=secure)
    yield desk_pages.make_router(database, vault, secure_cookies=secure, forms=forms, doors=doors)
    yield desk_duties.make_router(database, vault, secure_cookies=secure)
    yield desk_statistics.make_router(database, vault, service.host.knowledge.regions, secure_cookies=secure)
    yield desk_invitations.make_router(database, vault, secure_cookies=secure, web=web, bot=settings.telegram_name)
    yield desk_people.make_router(database, vault, secure_cookies=secure, web=web)
    yield desk_connections.make_router(database, vault, secure_cookies=secure)
    yield desk_emergency.make_router(database, vault, secure_cookies=secure)
    yield desk_oversight.make_router(database, vault, secure_cookies=secure)
    yield desk_data.make_router(database, vault, secure_cookies=secure, hours=settings.information_hours)
    yield connection_router(database)


def _telegram(service: Service) -> Iterable[APIRouter]:
    """The door for Telegram's updates, where they are sent and not asked for."""
    secret = service.settings.telegram_webhook_secret
    if service.telegram and secret:
        park = partial(service.push.park, service.telegram.name)
        yield service.telegram.webhook_router(service.push.receive, secret, park)


def _pages(service: Service) -> Iterable[APIRouter]:
    """The chat, and the pages around it."""
    settings = service.settings
    yield page_router(service.looks, ancestors=settings.frame_ancestors)
    yield public_router(
        service.host.knowledge,
        partial(_connected, service),
        looks=partial(_look, service.looks),
        hours=settings.information_hours,
        terms=partial(_own_terms, service),
    )
