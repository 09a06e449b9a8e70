"""People go on writing while the release before serves and this one migrates, starts, and takes its place."""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from backend.benchmarks.faults.lines import Line, NoAnswer
from backend.benchmarks.faults.people import marker
from backend.benchmarks.services import services, tell
from backend.benchmarks.upgrades.former import Former
from backend.benchmarks.upgrades.town import fill_town
from backend.conversations.messages import read_messages
from backend.db import Transaction, run_now
from backend.engines import make_engine, open_database
from backend.keys import open_vault
from backend.migrations import head
from backend.settings import Settings

_PEOPLE = 20
"""So many who write, one turn a second each."""


@dataclass
class Kept:
    """What the people themselves know; `doors` are the ports that may be asked now."""

    doors: list[int]
    acknowledged: list[tuple[str, str]] = field(default_factory=list)
    slowest: float = 0.0
    unavailable: int = 0
    failed: int = 0
    refused: int = 0
    broken: int = 0
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Crowd:
    """People who are in the database already, seconds of each of the four stages, and the seed of who writes what."""

    people: int
    seconds: float
    seed: int


async def serve_through(folder: Path, url: str, former: Former, crowd: Crowd) -> dict[str, float]:
    """Turns while a database goes from the release before to this one, and what became of them."""
    old = former.unpack(folder / "former")
    async with AsyncExitStack() as before, AsyncExitStack() as after:
        (was,) = await before.enter_async_context(services(folder, url, 1, {"PYTHONPATH": str(old)}))
        tell(f"the release before ({former.revision}) serves; {crowd.people} people move in")
        await asyncio.to_thread(_fill, folder, url, crowd.people)
        kept = Kept([was.port])
        writing = [
            asyncio.create_task(_writes(kept, place, random.Random(crowd.seed * 1000 + place)))
            for place in range(_PEOPLE)
        ]
        try:
            await asyncio.sleep(crowd.seconds)
            tell(f"this release ({head()}) starts")
            began = time.perf_counter()
            (new,) = await after.enter_async_context(services(folder, url))
            ready = time.perf_counter() - began
            await asyncio.sleep(crowd.seconds)
            still = await _is_ready(was.port)
            kept.doors[:] = [was.port, new.port]
            await asyncio.sleep(crowd.seconds)
            kept.doors[:] = [new.port]
            await before.aclose()
            await asyncio.sleep(crowd.seconds)
        finally:
            kept.ends = True
            await asyncio.gather(*writing)
    return {"new_ready_seconds": ready, "former_still_ready": float(still), **_judged(folder, url, kept)}


async def _writes(kept: Kept, place: int, chance: random.Random) -> None:
    """One person: a turn a second, each said again the same way until it is acknowledged."""
    line = _Doors(kept, place)
    await asyncio.sleep(chance.random())
    begun = await line.until(201, "/api/v1/conversations", {"language": "nl"}, {})
    while not kept.ends:
        words = marker(chance)
        headers = {"authorization": f"Bearer {begun['token']}", "idempotency-key": secrets.token_hex(8)}
        began = time.perf_counter()
        if await line.until(200, f"/api/v1/conversations/{begun['id']}/turns", {"text": words}, headers):
            kept.acknowledged.append((begun["id"], words))
            kept.slowest = max(kept.slowest, time.perf_counter() - began)
        await asyncio.sleep(max(0.0, 1 - (time.perf_counter() - began)))
    line.close()


class _Doors:
    """One person's way in: another door when one is shut, as a proxy does it."""

    def __init__(self, kept: Kept, place: int) -> None:
        self._kept, self._place = kept, place
        self._lines: dict[int, Line] = {}

    async def until(self, status: int, path: str, body: dict[str, str], headers: dict[str, str]) -> dict[str, str]:
        """Asks until there is this answer, or another that is final (then {})."""
        while True:
            self._place += 1
            port = self._kept.doors[self._place % len(self._kept.doors)]
            try:
                answer = await self._lines.setdefault(port, Line(port)).ask("POST", path, body, headers)
            except NoAnswer:
                self._kept.broken += 1
            else:
                if answer.status == status:
                    found: dict[str, str] = answer.json()
                    return found
                self._kept.unavailable += answer.status == 503
                self._kept.failed += answer.status >= 500 and answer.status != 503
                self._kept.refused += answer.status < 500
                if answer.status != 503:
                    return {}
            await asyncio.sleep(0.1)

    def close(self) -> None:
        """Hangs up everywhere."""
        for line in self._lines.values():
            line.close()


def _fill(folder: Path, url: str, people: int) -> None:
    engine = make_engine(url)
    with engine.connect() as connection:
        fill_town(connection, open_vault(_settings(folder, url)), people)
    engine.dispose()


def _settings(folder: Path, url: str) -> Settings:
    return Settings(_env_file=None, database_url=url, key_file=folder / "verder.key")  # type: ignore[call-arg] # its types do not know it


async def _is_ready(port: int) -> bool:
    line = Line(port)
    try:
        return (await line.ask("GET", "/readyz")).status == 200
    except NoAnswer:
        return False
    finally:
        line.close()


def _judged(folder: Path, url: str, kept: Kept) -> dict[str, float]:
    database, vault = open_database(url), open_vault(_settings(folder, url))

    def texts(db: Transaction, talk: str) -> list[str]:
        return [one.text for one in read_messages(db, vault, talk) if one.sender == "person"]

    try:
        talks = {talk for talk, _ in kept.acknowledged}
        found = Counter((talk, text) for talk in talks for text in run_now(database, partial(texts, talk=talk)))
    finally:
        database.close()
    return {
        "turns": len(kept.acknowledged),
        "turns_lost": sum(found[one] == 0 for one in kept.acknowledged),
        "turns_doubled": sum(count > 1 for count in found.values()),
        "turns_failed": kept.failed,
        "turns_refused": kept.refused,
        "turns_told_to_come_back": kept.unavailable,
        "lines_broken": kept.broken,
        "slowest_turn_seconds": kept.slowest,
    }
