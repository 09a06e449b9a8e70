"""Telling open lists that something is new, as server-sent events. Whatever the number of desks, a queue is looked at once
for each change: every desk of this process that watches it is told the same, and asks for a line only if it shows it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import Context
from dataclasses import dataclass, field

import sqlalchemy as sa
from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from backend.db import Database, Transaction, now
from backend.desk.entrance import NO_STORE
from backend.desk.frame import Pages
from backend.errors import Refused
from backend.support_requests import repository
from backend.support_requests.models import support_request

PING_SECONDS = 15.0
LONGEST_SECONDS = 240.0
"""After this the browser comes again, and proves once more who it is."""
_AFTERTHOUGHT = 10_000_000
_MOST = 50
_KEPT = 1000
_PAUSE = 3600.0


@dataclass
class _Watched:
    """One queue, the desks that watch it, and the requests that were told as new."""

    since: int
    desks: set[asyncio.Queue[str]] = field(default_factory=set)
    told: dict[str, None] = field(default_factory=dict)
    task: asyncio.Task[None] | None = None


class QueueWatch:
    """Looks at each watched queue when it changes, once for all who watch it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._watched: dict[str, _Watched] = {}

    @property
    def is_ending(self) -> bool:
        """Whether this process is about to stop: who watches comes back to another one."""
        return self._database.signals.ending

    @contextmanager
    def watching(self, queue_ids: Iterable[str]) -> Iterator[asyncio.Queue[str]]:
        """What happens in these queues, as event texts in an `asyncio.Queue`, as long as the block runs."""
        events: asyncio.Queue[str] = asyncio.Queue()
        ids = list(queue_ids)
        for id in ids:
            self._join(id, events)
        try:
            yield events
        finally:
            for id in ids:
                self._leave(id, events)

    def _join(self, id: str, events: asyncio.Queue[str]) -> None:
        watched = self._watched.setdefault(id, _Watched(now()))
        watched.desks.add(events)
        if watched.task is None:
            # A context of its own: the look is the service's, not that of the desk that happened to come first.
            watched.task = asyncio.get_running_loop().create_task(self._look_on(id, watched), context=Context())

    def _leave(self, id: str, events: asyncio.Queue[str]) -> None:
        watched = self._watched[id]
        watched.desks.discard(events)
        if not watched.desks:
            del self._watched[id]
            if watched.task:
                watched.task.cancel()

    async def _look_on(self, id: str, watched: _Watched) -> None:
        with self._database.signals.listen(f"queue:{id}") as listener:
            while True:
                if not await listener.wait(_PAUSE):
                    continue
                if self.is_ending:
                    for desk in watched.desks:
                        desk.put_nowait("")
                    return
                with suppress(Refused):  # the database is away: the next change tells it
                    new = await self._database.read(lambda db: _new(db, id, watched))
                    event = _event("new", {"ids": new}) if new else ""
                    for desk in watched.desks:
                        desk.put_nowait(event + _event("changed", {}))


def stream_pages(router: APIRouter, pages: Pages) -> None:
    """Adds /desk/stream to the desk's router."""
    entrance = pages.entrance
    watch = QueueWatch(entrance.database)

    @router.get("/stream")
    async def stream(request: Request) -> StreamingResponse:
        who = (await entrance.session(request, keep_alive=False)).counsellor
        queues = await entrance.database.read(lambda db: repository.queues_of(db, who))
        headers = {**NO_STORE, "X-Accel-Buffering": "no"}
        return StreamingResponse(
            _told(watch, [one.id for one in queues]), media_type="text/event-stream", headers=headers
        )


async def _told(watch: QueueWatch, queue_ids: list[str]) -> AsyncIterator[str]:
    """The events of these queues; a comment now and then, so that a lost connection is noticed."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + LONGEST_SECONDS
    with watch.watching(queue_ids) as events:
        yield f"retry: 2000\n{_event('open', {})}"
        while (left := ends - loop.time()) > 0 and not watch.is_ending:
            try:
                yield await asyncio.wait_for(events.get(), min(left, PING_SECONDS))
            except TimeoutError:
                yield ": here\n\n"


def _new(db: Transaction, id: str, watched: _Watched) -> list[str]:
    """Requests that came into the queue since somebody began to watch and were not told before."""
    of = support_request.c
    since = watched.since - _AFTERTHOUGHT  # what began earlier may be committed later
    found = (
        sa.select(of.id, of.created_at)
        .where(of.queue_id == id, of.status == "waiting", of.created_at > since, of.bundled_at.is_(None))
        .order_by(of.created_at.desc())
        .limit(_MOST)
    )
    rows = db.execute(found).all()
    new = [row.id for row in rows if row.id not in watched.told]
    watched.told.update(dict.fromkeys(new))
    while len(watched.told) > _KEPT:
        del watched.told[next(iter(watched.told))]
    if rows:
        watched.since = max(watched.since, rows[0].created_at)
    return new


def _event(name: str, data: object) -> str:
    return f"event: {name}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n"
