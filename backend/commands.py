"""What each sub-command of `verder` does."""

from __future__ import annotations

import argparse
import asyncio
import gc
import getpass
import json
import signal
import socket
from collections.abc import Callable
from datetime import date
from typing import Any

import sqlalchemy as sa
import uvicorn
from prometheus_client import start_http_server

from backend import demo as demo_region
from backend import demo_life
from backend.app import Service, create_app
from backend.conversations.service import today_in_amsterdam
from backend.db import now
from backend.lock import one_process
from backend.organisations.models import counsellor, organisation
from backend.organisations.passwords import WeakPassword, hash_password
from backend.organisations.service import make_counsellor, make_organisation, make_queue
from backend.queues.models import KINDS_OF_HELP, queue
from backend.rights_api import answer_rights
from backend.rights_report import report
from backend.settings import Settings
from backend.telemetry import REGISTRY
from backend.terminal import converse
from backend.tracing import send_traces
from backend.vault import KeyRing
from locales import language

_SHUTDOWN_SECONDS = 2


class CannotRun(Exception):
    """A command cannot do what was asked; the message says why, for the person at the keyboard."""


def serve(wanted: argparse.Namespace, settings: Settings) -> int:
    """The service; on SQLite one process only."""
    with one_process(settings):
        send_traces()
        service = Service.open(settings)
        if settings.demo:
            asyncio.run(_fill_demo(service))
            print(_demo_words(service, wanted.host, wanted.port), flush=True)
        app = create_app(service, worker=not wanted.no_worker)
        # What was loaded stays for good: the collector need not walk it again and again.
        gc.collect()
        gc.freeze()
        config = uvicorn.Config(
            app,
            host=wanted.host,
            port=wanted.port,
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
        )
        server = _Server(config, service.database.signals.end)
        server.run()
    return 0 if server.started else 1


class _Server(uvicorn.Server):
    """Ends the open streams as soon as it is told to stop: they are not cut off in the middle, and hold nobody up."""

    def __init__(self, config: uvicorn.Config, let_go: Callable[[], None]) -> None:
        super().__init__(config)
        self._let_go = let_go

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stops taking what is new, and finishes what is under way."""
        self._let_go()
        await super().shutdown(sockets)


def worker(wanted: argparse.Namespace, settings: Settings) -> int:
    """The background work until it is told to stop; on SQLite the service does it itself."""
    with one_process(settings):
        send_traces()
        if wanted.metrics_port is not None:
            start_http_server(wanted.metrics_port, wanted.host, REGISTRY)
        asyncio.run(_work(Service.open(settings)))
    return 0


async def _work(service: Service) -> None:
    stop = stop_on_signals()
    service.start()
    await stop.wait()
    await service.close()


async def chat(settings: Settings, code: str | None) -> int:
    """The same conversation in this terminal, against the same database."""
    service = Service.open(settings)
    try:
        return await converse(service, code)
    finally:
        await service.close()


def rights(facts: dict[str, Any], as_of: date | None, code: str, *, as_json: bool) -> int:
    """Prints the rights answer, to read or as JSON."""
    day, spoken = as_of or today_in_amsterdam(), language(code)
    if as_json:
        print(json.dumps(answer_rights(facts, day, spoken), ensure_ascii=False, indent=1))
    else:
        print("\n".join(report(facts, day, spoken)))
    return 0


async def demo(settings: Settings) -> int:
    """Fills an empty database with the demo region and prints the log-ins."""
    service = Service.open(settings)
    try:
        if not await _fill_demo(service):
            raise CannotRun("there are organisations in this database already")
        print(_demo_words(service, "127.0.0.1", 8000))
    finally:
        await service.close()
    return 0


def make_keys(_wanted: argparse.Namespace, settings: Settings) -> int:
    """Makes the key file."""
    try:
        KeyRing.make().write(settings.key_file)
    except FileExistsError:
        raise CannotRun(f"{settings.key_file} is there already; it is never overwritten") from None
    except OSError as problem:
        raise CannotRun(f"{settings.key_file} cannot be written: {problem.strerror}") from None
    print(f"made {settings.key_file}: keep a copy apart from the database and its backups")
    return 0


async def add_organisation(wanted: argparse.Namespace, settings: Settings) -> int:
    """An organisation with a queue for each kind of help."""
    service = Service.open(settings)
    try:
        found = [service.host.knowledge.regions.municipality(name) for name in wanted.municipalities]
        codes = [one.code for one in found if one]
        if len(codes) != len(found):
            raise CannotRun("one of these municipalities does not exist")

        def work(db: Any) -> str:
            id = make_organisation(
                db, kind=wanted.kind, name=wanted.name, municipalities=codes, school_key=wanted.school_key
            )
            for kind, title in KINDS_OF_HELP.items():
                make_queue(db, id, name=title, kind_of_help=kind)
            return id

        print(await service.database.write(work))
    finally:
        await service.close()
    return 0


async def add_counsellor(wanted: argparse.Namespace, settings: Settings) -> int:
    """A counsellor in all queues of an organisation."""
    service = Service.open(settings)
    try:
        hashed = hash_password(getpass.getpass("Password (at least 12 characters): "))

        def work(db: Any) -> str:
            if not db.execute(sa.select(organisation.c.id).where(organisation.c.id == wanted.organisation)).first():
                raise CannotRun("there is no organisation with this id; see `verder admin list`")
            queues = db.execute(sa.select(queue.c.id).where(queue.c.organisation_id == wanted.organisation))
            return make_counsellor(
                db,
                service.host.vault,
                wanted.organisation,
                email=wanted.email,
                name=wanted.name,
                password_hash=hashed,
                queue_ids=[row.id for row in queues],
            )

        await service.database.write(work)
    except WeakPassword as weak:
        raise CannotRun(str(weak)) from None
    finally:
        await service.close()
    return 0


async def list_organisations(settings: Settings) -> int:
    """Prints every organisation with its numbers of queues and counsellors."""
    service = Service.open(settings)
    try:
        rows = await service.database.read(lambda db: db.execute(_LIST).all())
    finally:
        await service.close()
    for row in rows:
        print(f"{row.id}  {row.kind:15} {row.name}  queues: {row.queues}  counsellors: {row.counsellors}")
    return 0


def _count(table: sa.Table) -> sa.ScalarSelect[int]:
    return (
        sa.select(sa.func.count())
        .select_from(table)
        .where(table.c.organisation_id == organisation.c.id)
        .scalar_subquery()
    )


_LIST = sa.select(
    organisation.c.id,
    organisation.c.kind,
    organisation.c.name,
    _count(queue).label("queues"),
    _count(counsellor).label("counsellors"),
).order_by(organisation.c.name)


async def _fill_demo(service: Service) -> bool:
    """Whether the demo region was put into an empty database."""
    vault = service.host.vault
    if not await service.database.read(demo_region.is_empty):
        return False
    hashed = hash_password(demo_region.log_ins(vault)[0].password)
    await service.database.write(lambda db: demo_region.fill(db, vault, hashed))
    await service.database.write(lambda db: demo_life.live(db, service.host, at=now()))
    return True


def _demo_words(service: Service, host: str, port: int) -> str:
    lines = [f"Verder (demo, region {demo_region.PLACE}): http://{host}:{port}", "Desk log-ins:"]
    lines += [
        f"  {one.organisation:20} {one.name}  {one.email:32} {one.password}"
        for one in demo_region.log_ins(service.host.vault)
    ]
    lines.append(f"Desk: http://{host}:{port}/desk")
    return "\n".join(lines)


def stop_on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    return stop
