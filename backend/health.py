"""Health for machines: alive, ready, and figures."""

from __future__ import annotations

import asyncio
import resource
from ipaddress import ip_address

import sqlalchemy as sa
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse

from backend.conversations.models import outbox, parked
from backend.db import Database, Transaction, now
from backend.errors import Refused, not_found
from backend.migrations import still_serves
from backend.support_requests.models import support_request
from backend.telemetry import exposition
from knowledge.understand import Understander

_PATIENCE_SECONDS = 3.0
_LATE, _OFTEN = 120 * 1_000_000, 8
"""A message is late that waits so long for its turn, or was tried so often (that takes four minutes)."""


def health_router(database: Database, understander: Understander) -> APIRouter:
    """`/healthz`, `/readyz` and `/metrics`."""
    router = APIRouter(include_in_schema=False)
    readiness = _Readiness(database)

    @router.get("/healthz")
    async def alive() -> JSONResponse:
        return JSONResponse({"status": "ok"})

    @router.get("/readyz")
    async def ready() -> JSONResponse:
        checks = await readiness.checks()
        good = set(checks.values()) == {"ok"}
        return JSONResponse({"status": "ok" if good else "degraded", "checks": checks}, 200 if good else 503)

    @router.get("/metrics")
    async def metrics(request: Request) -> PlainTextResponse:
        if not _is_near(request):
            raise not_found()
        figures = {
            "verder_resident_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            "verder_understanding_full": int(understander.mode == "full"),
            "verder_database_up": 1,
        }
        try:
            figures |= await database.read(_figures)
            figures["verder_database_up"] = int((await readiness.checks())["database"] == "ok")
        except Refused:
            figures["verder_database_up"] = 0
        own = "".join(f"{name} {value}\n" for name, value in figures.items())
        return PlainTextResponse(own + exposition())

    return router


class _Readiness:
    """Whether turns can be stored: asked of the database once at a time, however many want to know."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._looking: asyncio.Task[dict[str, str]] | None = None

    async def checks(self) -> dict[str, str]:
        """What is well and what is not, within five seconds."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.ensure_future(self._looked())
        return await asyncio.shield(self._looking)

    async def _looked(self) -> dict[str, str]:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                current = await self._database.read(lambda db: still_serves(db.connection))
                await self._database.probe()
        except (Refused, TimeoutError):
            return {"database": "unavailable", "schema": "unknown"}
        return {"database": "ok", "schema": "ok" if current else "outdated"}


def _is_near(request: Request) -> bool:
    """Whether this comes straight from our own network: a proxy that passes on the public says for whom."""
    if any(name in request.headers for name in ("x-forwarded-for", "forwarded")) or request.client is None:
        return False
    try:
        return ip_address(request.client.host).is_private
    except ValueError:
        return False


def _figures(db: Transaction) -> dict[str, int]:
    def count(table: sa.Table, where: sa.ColumnElement[bool]) -> int:
        return int(db.execute(sa.select(sa.func.count()).select_from(table).where(where)).scalar_one())

    is_open = outbox.c.state.in_(("waiting", "sending"))
    late = sa.or_(outbox.c.due_at < now() - _LATE, outbox.c.tries >= _OFTEN)
    return {
        "verder_outbox_open": count(outbox, is_open),
        "verder_outbox_late": count(outbox, sa.and_(is_open, late)),
        "verder_outbox_failed": count(outbox, outbox.c.state == "failed"),
        "verder_outbox_uncertain": count(outbox, outbox.c.state == "uncertain"),
        "verder_updates_parked": count(parked, sa.true()),
        "verder_requests_waiting": count(support_request, support_request.c.status == "waiting"),
        "verder_requests_claimed": count(support_request, support_request.c.status == "claimed"),
    }
