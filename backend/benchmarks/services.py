"""Services and floors as processes on one database, for benchmarks that need more than one of them or a Telegram."""

from __future__ import annotations

import asyncio
import resource
import secrets
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from sqlalchemy.engine import make_url

from backend.benchmarks.faults.lines import Line, NoAnswer
from backend.benchmarks.process import Process, free_port
from backend.engines import postgres_engine

TOKEN = "4382:nobody"
SECRET = secrets.token_hex(32)
_LONGEST_START = 180.0


def with_telegram(url: str) -> dict[str, str]:
    """Settings for a service whose bot talks to this Bot API server and takes updates at its webhook."""
    return {
        "VERDER_TELEGRAM_TOKEN": TOKEN,
        "VERDER_TELEGRAM_API_URL": url,
        "VERDER_TELEGRAM_WEBHOOK_SECRET": SECRET,
    }


@asynccontextmanager
async def services(
    folder: Path, url: str, count: int = 1, more: Mapping[str, str] | None = None
) -> AsyncIterator[list[Process]]:
    """So many processes of `verder serve`, each on a port of its own, for as long as the block runs."""
    environment = {
        "VERDER_DATABASE_URL": url,
        "VERDER_KEY_FILE": str(folder / "verder.key"),
        "VERDER_PROFILE": "development",
        "VERDER_RATE_LIMITS": "off",
        "VERDER_UNDERSTANDING": "plain",
        **(more or {}),
    }
    async with _running(folder, count, ("-m", "backend.main", "serve", "--port"), environment, "/readyz") as processes:
        yield processes


@asynccontextmanager
async def floors(folder: Path, url: str, count: int = 1) -> AsyncIterator[list[Process]]:
    """So many processes of the floor."""
    async with _running(folder, count, ("-m", "backend.benchmarks.floor", url), {}, "/docs") as processes:
        yield processes


def raise_open_files(wanted: int) -> int:
    """Lets this process and those it starts open so many files and connections, as far as the machine allows; how many
    that is."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= wanted or soft == resource.RLIM_INFINITY:
        return max(soft, wanted)
    for most in (max(hard, wanted), hard):  # only who may do everything may go beyond the hard limit
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, most), most))
            return min(wanted, most)
    return soft


def new_database(server: str) -> str:
    """The URL of a new empty database on a PostgreSQL server."""
    name = f"bench_{secrets.token_hex(4)}"
    engine = postgres_engine(server).execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"create database {name}")
    engine.dispose()
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def tell(what: str) -> None:
    """Progress, on standard error."""
    print(what, file=sys.stderr, flush=True)


@asynccontextmanager
async def _running(
    folder: Path, count: int, command: tuple[str, ...], environment: Mapping[str, str], path: str
) -> AsyncIterator[list[Process]]:
    processes: list[Process] = []
    try:
        for _ in range(count):
            port = free_port()
            arguments = (sys.executable, *command, str(port))
            processes.append(Process(arguments, port, environment, folder))
            await _until_ready(processes[-1], path)
        yield processes
    finally:
        for process in processes:
            await asyncio.to_thread(process.stop)


async def _until_ready(process: Process, path: str) -> None:
    """A busy machine may need longer for the start than a service is usually given."""
    line, began = Line(process.port), time.perf_counter()
    while not process.ended() and time.perf_counter() - began < _LONGEST_START:
        with suppress(NoAnswer):
            if (await line.ask("GET", path)).status == 200:
                line.close()
                return
        await asyncio.sleep(0.05)
    raise RuntimeError(f"a process did not start: {process.log()[-2000:]}")
