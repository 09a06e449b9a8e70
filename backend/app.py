"""The wiring: settings in, one app out, readable top to bottom. The only place where channels and host meet."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from fastapi import FastAPI

from backend.conversations.push import PushReceiver
from backend.conversations.service import Host
from backend.db import Database, Transaction
from backend.delivery import Delivery
from backend.demo import has_accounts
from backend.desk import api as desk_api
from backend.desk import pages as desk_pages
from backend.effects import carry_out
from backend.enclosures import draw_png, draw_svg, render_paper
from backend.engines import make_engine, open_database
from backend.health import health_router
from backend.keys import open_key_ring
from backend.migrations import upgrade
from backend.persons.erasing import erase_person
from backend.rate_limits import RateLimits
from backend.retention import keep_clean
from backend.rights_api import rights_router
from backend.settings import Settings, UnsafeSettings
from backend.signals import hear_other_processes
from backend.understand_api import understand_router
from backend.vault import Vault
from backend.web_conversations import WebConversations
from backend.web_errors import install
from bot.web_widget.channel import conversation_router
from bot.web_widget.pages import page_router
from knowledge.library import load_knowledge

if TYPE_CHECKING:
    from bot.telegram.channel import TelegramChannel
    from bot.telegram.client import Client

_LAST_DELIVERY_SECONDS = 10


@dataclass
class Service:
    """Everything one process runs, made from settings; close it when done."""

    settings: Settings
    database: Database
    host: Host
    push: PushReceiver
    delivery: Delivery
    telegram: TelegramChannel | None = None
    client: Client | None = None
    _worker: asyncio.Task[None] | None = None
    _listener: asyncio.Task[None] | None = None
    _stop: asyncio.Event = field(default_factory=asyncio.Event)

    @classmethod
    def open(cls, settings: Settings) -> Service:
        """Keys, schema, database, knowledge, channels. Raises `UnsafeSettings` or what the files and database raise."""
        settings.check()
        vault = Vault(open_key_ring(settings))
        engine = make_engine(settings.database_url)
        upgrade(engine)
        with engine.connect() as connection:
            _check_content(settings, vault, Transaction(connection))
        engine.dispose()
        database = open_database(settings.database_url)
        knowledge = load_knowledge(web_address=settings.public_url, extra=settings.understanding == "auto")
        host = Host(vault, knowledge, carry_out, erase_person)
        push = PushReceiver(database, host)
        service = cls(settings, database, host, push, Delivery(database, vault, push.channels))
        if settings.telegram_token:
            service._open_telegram()
        return service

    def _open_telegram(self) -> None:
        """Telegram's library costs a third of the start, so it is loaded only where there is a bot."""
        from bot.telegram.channel import TelegramChannel
        from bot.telegram.client import Client

        self.client = Client.of(self.settings.telegram_token, self.settings.telegram_api_url)
        self.telegram = TelegramChannel(self.client, render_picture=draw_png, render_paper=render_paper)
        self.push.channels[self.telegram.name] = self.telegram

    def start(self, *, worker: bool = True) -> None:
        """Begins the background work on the running event loop."""
        if worker:
            self._worker = asyncio.ensure_future(self._work())
        if not self.settings.is_sqlite:
            heard = hear_other_processes(self.settings.database_url, self.database.signals)
            self._listener = asyncio.ensure_future(heard)

    async def _work(self) -> None:
        await asyncio.gather(self.delivery.run(self._stop), keep_clean(self.database, self.host.vault, self._stop))

    async def close(self) -> None:
        """Finishes the delivery in hand, stops the background work and lets go of everything."""
        self._stop.set()
        self.database.signals.publish(["outbox"])
        if self._worker:
            await asyncio.wait([self._worker], timeout=_LAST_DELIVERY_SECONDS)
        if self._listener:
            self._listener.cancel()
        if self.client:
            await self.client.close()
        self.database.close()


def _check_content(settings: Settings, vault: Vault, db: Transaction) -> None:
    """Raises `UnsafeSettings` for a database that this process cannot or must not serve."""
    if not vault.fits(db):
        raise UnsafeSettings("VERDER_KEY_FILE is not the key file of this database: nothing in it could be read")
    if settings.profile == "production" and has_accounts(db):
        raise UnsafeSettings("verder does not start in production: there are demo accounts in this database")


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
        openapi_url=None if production else "/openapi.json",
        docs_url=None if production else "/docs",
        redoc_url=None,
    )
    if settings.rate_limits == "on":
        app.add_middleware(RateLimits)
    install(app, secure=settings.secure_cookies)
    # The conversations first: routers are tried in this order, and most requests are turns.
    app.include_router(conversation_router(WebConversations(database, service.host), draw_svg))
    app.include_router(health_router(database, service.host.knowledge.understander))
    app.include_router(rights_router())
    app.include_router(understand_router(service.host.knowledge.understander))
    app.include_router(desk_api.make_router(database, service.host.vault, secure_cookies=settings.secure_cookies))
    app.include_router(desk_pages.make_router(database, service.host.vault, secure_cookies=settings.secure_cookies))
    if service.telegram and settings.telegram_webhook_secret:
        park = partial(service.push.park, service.telegram.name)
        app.include_router(
            service.telegram.webhook_router(service.push.receive, settings.telegram_webhook_secret, park)
        )
    app.include_router(page_router())
    return app
