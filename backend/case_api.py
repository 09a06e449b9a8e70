"""What a case system reads with an access token: how many requests there are, and where each stands. Nothing of a person."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Query, Request, Response

from backend.access.gate import own_organisation
from backend.connections.tokens import Caller, Scope, find_caller, note_use
from backend.db import Database, Transaction, now
from backend.errors import Refused, not_found
from backend.queues.models import queue
from backend.rate_limits import Buckets, Rate
from backend.support_requests.models import support_request
from backend.tenancy import acting_for

Json = dict[str, Any]
_PAGE = 100
_LONGEST_TOKEN = 200
_RATE = Rate(60, 2)
_FEW = 5
_STATUSES = ("waiting", "transferred", "claimed", "closed")
_passed_on = sa.and_(support_request.c.status == "waiting", support_request.c.transferred_at.is_not(None))
_STATUS = sa.case((_passed_on, "transferred"), else_=support_request.c.status).label("stands")


def connection_router(database: Database) -> APIRouter:
    """The routes under /api/v1/organisation; refusals are raised as `backend.errors.Refused`."""
    router = APIRouter(
        prefix="/api/v1/organisation",
        tags=["case systems"],
        dependencies=[Depends(own_organisation), Depends(_never_stored)],
    )
    door = _Door(database, Buckets(_RATE))

    @router.get("/figures", summary="How many requests there are, by queue and status; one to four is null")
    async def figures(request: Request) -> Json:
        who = await door.caller(request, "figures")
        return await database.read(lambda db: _figures(db, who.organisation_id))

    @router.get("/requests", summary="Every request by id, queue, status and times, the oldest first")
    async def requests(
        request: Request,
        after: Annotated[str | None, Query(pattern="^[0-9]{1,18}[.][0-9a-f]{32}$")] = None,
        status: Literal["waiting", "transferred", "claimed", "closed"] | None = None,
    ) -> Json:
        who = await door.caller(request, "requests")
        return await database.read(lambda db: _page(db, who.organisation_id, after, status))

    @router.get("/requests/{request_id}", summary="Where one request stands")
    async def one(request: Request, request_id: str) -> Json:
        who = await door.caller(request, "requests")
        return await database.read(lambda db: _one(db, who.organisation_id, request_id))

    return router


@dataclass(frozen=True, slots=True)
class _Door:
    """Lets in whoever shows a token that is good for what they ask."""

    database: Database
    calls: Buckets

    async def caller(self, request: Request, scope: Scope) -> Caller:
        """Whose token this is; raises 401, 403 without the scope, 429 when it is used too often."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        at = now()
        found = None
        if kind.lower() == "bearer" and len(token) < _LONGEST_TOKEN:
            found = await self.database.read(lambda db: find_caller(db, token, at=at))
        if found is None:
            raise Refused(401, "no_token")
        who, first_today = found
        if wait := self.calls.take(who.token_id, time.monotonic()):
            raise Refused(429, "rate_limited", retry_after=wait)
        if scope not in who.scopes:
            raise Refused(403, "not_this_token")
        if first_today:
            await self.database.write(lambda db: note_use(db, who, at=at))
        acting_for.set(who.organisation_id)
        return who


def _never_stored(response: Response) -> None:
    response.headers["Cache-Control"] = "no-store"


def _rows(organisation_id: str) -> sa.Select[Any]:
    of = support_request.c
    columns = (of.id, of.queue_id, _STATUS, of.created_at, of.claimed_at, of.answered_at, of.closed_at)
    return sa.select(*columns).where(of.organisation_id == organisation_id)


def _page(db: Transaction, organisation_id: str, after: str | None, status: str | None) -> Json:
    of = support_request.c
    found = _rows(organisation_id).order_by(of.created_at, of.id).limit(_PAGE + 1)
    if status:
        found = found.where(sa.literal(status) == _STATUS)
    if after:
        created, _, id = after.partition(".")
        found = found.where(sa.tuple_(of.created_at, of.id) > sa.tuple_(sa.literal(int(created), sa.BigInteger), id))
    rows = db.execute(found).all()
    last = rows[_PAGE - 1] if len(rows) > _PAGE else None
    return {
        "requests": [_shape(row) for row in rows[:_PAGE]],
        "next": f"{last.created_at}.{last.id}" if last else None,
    }


def _one(db: Transaction, organisation_id: str, request_id: str) -> Json:
    row = db.execute(_rows(organisation_id).where(support_request.c.id == request_id)).first()
    if row is None:
        raise not_found()
    return _shape(row)


def _figures(db: Transaction, organisation_id: str) -> Json:
    of = support_request.c
    names = sa.select(queue.c.id, queue.c.name).where(queue.c.organisation_id == organisation_id)
    queues = {row.id: row.name for row in db.execute(names.order_by(queue.c.name, queue.c.id))}
    counted = sa.select(of.queue_id, _STATUS, sa.func.count().label("requests"))
    rows = db.execute(counted.where(of.organisation_id == organisation_id).group_by(of.queue_id, _STATUS))
    counts = {(row.queue_id, row.stands): row.requests for row in rows}
    return {
        "queues": [
            {"id": id, "name": name, **{one: _shown(counts.get((id, one), 0)) for one in _STATUSES}}
            for id, name in queues.items()
        ]
    }


def _shown(count: int) -> int | None:
    """A number, or null for one to four: so few could be somebody."""
    return None if 0 < count < _FEW else count


def _shape(row: sa.Row[Any]) -> Json:
    times = {name: _moment(getattr(row, name)) for name in ("created_at", "claimed_at", "answered_at", "closed_at")}
    return {"id": row.id, "queue": row.queue_id, "status": row.stands, **times}


def _moment(at: int | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
