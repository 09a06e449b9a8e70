"""`verder benchmark desk`: listing, claiming and opening among many requests, and 200 open desks that hear of a new one."""

from __future__ import annotations

import asyncio
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from backend.benchmarks.live import live_figures
from backend.benchmarks.report import Target, report
from backend.benchmarks.seeding import fill_with_requests, make_desk, open_real_requests
from backend.db import Database, Transaction, run_now
from backend.engines import make_engine, open_database
from backend.handovers import service as handovers
from backend.migrations import upgrade
from backend.organisations.counsellors import Counsellor
from backend.support_requests import repository, service
from backend.support_requests.searching import same_person
from backend.vault import KeyRing, Vault

SIZES, SMALL_SIZES = (1_000, 100_000, 1_000_000), (200, 2_000)
_LOOKS, _SMALL_LOOKS = 120, 12
_WARM_UP = 5
GROWTH = 1.3

TARGETS: dict[str, Target] = {
    "list_p95_growth": (GROWTH, "max"),
    "claim_p95_growth": (GROWTH, "max"),
    "open_p95_growth": (GROWTH, "max"),
    "live_p95_ms": (500, "max"),
    "live_cpu_growth": (3.0, "max"),
}
"""Growth is from the smallest number of requests to the largest; that of the processor time for one new request is from
a tenth of the desks to all of them: were each desk to look for itself, it would be ten."""


@dataclass(frozen=True, slots=True)
class Town:
    """One database with so many requests, and the real ones among them that are claimed and opened."""

    size: int
    database: Database
    vault: Vault
    who: Counsellor
    requests: Sequence[str]


def main(*, small: bool) -> int:
    """Runs it and prints the report; 0 also when a target is missed, since the report says so."""
    seed = random.SystemRandom().randrange(10**6)
    sizes, looks = (SMALL_SIZES, _SMALL_LOOKS) if small else (SIZES, _LOOKS)
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        towns = []
        for size in sizes:
            _tell(f"{size} requests")
            town = _town(Path(name) / f"{size}.db", size, looks + _WARM_UP)
            stack.callback(town.database.close)
            towns.append(town)
        _tell("list, claim, open")
        figures = growth(towns, looks)
        _tell("live desks")
        figures |= live_figures(Path(name), desks=20 if small else 200, rounds=3 if small else 20)
    print(report("desk", seed, figures, TARGETS))
    return 0


def growth(towns: Sequence[Town], looks: int) -> dict[str, float]:
    """p95 of each act in each town in milliseconds, and how much it grows from the first town to the last. The towns take
    turns, so that a machine that slows down slows all of them."""
    seconds: dict[tuple[str, int], list[float]] = {}
    for place in range(looks + _WARM_UP):
        for town in towns:
            for act, work in _acts(town, place).items():
                began = time.perf_counter()
                work()
                if place >= _WARM_UP:
                    seconds.setdefault((act, town.size), []).append(time.perf_counter() - began)
    p95 = {key: statistics.quantiles(times, n=20)[-1] * 1000 for key, times in seconds.items()}
    figures = {f"{act}_{size}_p95_ms": value for (act, size), value in p95.items()}
    first, last = towns[0].size, towns[-1].size
    for act in ("list", "claim", "open"):
        figures[f"{act}_p95_growth"] = p95[act, last] / p95[act, first]
    return figures


def _acts(town: Town, place: int) -> dict[str, Callable[[], object]]:
    request_id, who, vault = town.requests[place], town.who, town.vault

    def look(db: Transaction) -> object:
        found = repository.list_requests(db, vault, who)
        return same_person(db, who, found.requests), repository.queues_of(db, who)

    def claim(db: Transaction) -> object:
        return handovers.claim(db, vault, who, request_id, at=time.time_ns() // 1000)

    def read(db: Transaction) -> object:
        return service.read_request(db, vault, who, request_id)

    return {
        "list": lambda: asyncio.run(town.database.read(look)),
        "claim": lambda: run_now(town.database, claim),
        "open": lambda: run_now(town.database, read),
    }


def _town(path: Path, size: int, real: int) -> Town:
    url = f"sqlite:///{path}"
    engine = make_engine(url)
    upgrade(engine)
    engine.dispose()
    database, vault = open_database(url), Vault(KeyRing.make())
    who, queue_id = run_now(database, lambda db: make_desk(db, vault))
    run_now(database, lambda db: fill_with_requests(db, who, queue_id, size))
    requests = run_now(database, lambda db: open_real_requests(db, vault, who, real))
    run_now(database, lambda db: db.execute(sa.text("analyze")))
    return Town(size, database, vault, who, requests)


def _tell(what: str) -> None:
    print(what, file=sys.stderr, flush=True)
