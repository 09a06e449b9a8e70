"""Promise R8: many counsellors claim the same request at the same moment; one has it, the others hear so at once."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial

import sqlalchemy as sa

from backend.benchmarks.faults.fleets import serving
from backend.benchmarks.faults.grounds import Ground
from backend.benchmarks.faults.lines import Line, NoAnswer
from backend.benchmarks.faults.people import Seat, asks_for_help, make_seats, on_the_web
from backend.benchmarks.faults.telegram import telegram_server
from backend.conversations.service import Host
from backend.db import Transaction, run_now
from backend.support_requests.models import assignment, support_request

_STEP = 50


@dataclass
class _Race:
    """What the claimers heard: who was told that a request is theirs, each status, and how long the losers waited."""

    owners: dict[str, list[str]] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)
    losing: list[float] = field(default_factory=list)


async def claim_all_at_once(ground: Ground, requests: int, claimers: int, seed: int) -> dict[str, float]:
    """So many requests, one after the other, each claimed by all claimers at once."""
    chance, race = random.Random(seed), _Race()
    with ground.fresh() as url:
        seats, asked = await asyncio.to_thread(_arranged, ground, url, requests, claimers)
        async with telegram_server() as telegram, serving(ground, url, telegram.url) as fleet:
            lines = fleet.lines(claimers)
            for id in asked:
                chance.shuffle(lines)
                await asyncio.gather(*(_claim(line, seat, id, race) for line, seat in zip(lines, seats, strict=True)))
        with ground.opened(url) as (database, _):
            stored = run_now(database, _owners)
    told = [race.owners.get(id, []) for id in asked]
    return {
        "claims": sum(race.statuses.values()),
        "requests_without_one_owner": sum([stored.get(id)] != [owners] for id, owners in zip(asked, told, strict=True)),
        "claims_with_server_error": sum(
            count for status, count in race.statuses.items() if status >= 500 or not status
        ),
        "claims_with_another_answer": sum(
            count for status, count in race.statuses.items() if status not in (200, 409) and 0 < status < 500
        ),
        "claim_slowest_loser_seconds": max(race.losing, default=0.0),
    }


def _arranged(ground: Ground, url: str, requests: int, claimers: int) -> tuple[list[Seat], list[str]]:
    asked: list[str] = []
    with ground.inside(url) as service:
        seats = run_now(service.database, lambda db: make_seats(db, service.host.vault, claimers))
        for start in range(0, requests, _STEP):
            more = partial(_requests, host=service.host, count=min(_STEP, requests - start))
            asked += run_now(service.database, more)
    return seats, asked


def _requests(db: Transaction, *, host: Host, count: int) -> list[str]:
    ids = []
    for _ in range(count):
        one = on_the_web(db, host)
        asks_for_help(db, host, one)
        ids.append(one.request_id)
    return ids


async def _claim(line: Line, seat: Seat, id: str, race: _Race) -> None:
    began = time.perf_counter()
    try:
        status = (await line.ask("POST", f"/api/v1/desk/requests/{id}/claim", None, seat.headers)).status
    except NoAnswer:
        status = 0
    race.statuses[status] += 1
    if status == 200:
        race.owners.setdefault(id, []).append(seat.id)
    elif status == 409:
        race.losing.append(time.perf_counter() - began)


def _owners(db: Transaction) -> dict[str, list[str]]:
    """Who has each request according to its assignments; the request itself must say the same."""
    of = support_request.c
    rows = db.execute(
        sa.select(of.id, of.claimed_by, assignment.c.counsellor_id).join(assignment, assignment.c.request_id == of.id)
    ).all()
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row.id, []).append(row.counsellor_id if row.counsellor_id == row.claimed_by else "")
    return found
