"""Event streams that are open all at once: what each costs the service, and how soon a message comes through."""

from __future__ import annotations

import asyncio
import contextlib
import random
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from backend.benchmarks.process import Process
from backend.benchmarks.talking import Connection
from backend.benchmarks.updates import percentile

_T = TypeVar("_T")
_AT_ONCE = 32
_FOR_THE_REST = 400
"""Files and connections for everything else."""


@dataclass(slots=True)
class _Follower:
    """A person whose page is open."""

    path: str
    bearer: str
    heard: asyncio.Event


def files_for(streams: int) -> int:
    """How many open files a process needs for so many streams."""
    return streams + _FOR_THE_REST


def streams_for(files: int) -> int:
    """How many streams fit in so many open files."""
    return files - _FOR_THE_REST


async def stream_figures(process: Process, streams: int, *, idle: float, turns: int, seed: int) -> dict[str, float]:
    """Opens so many streams, each of a person of its own; leaves them alone for `idle` seconds; then so many turns, each
    until its stream told of it."""
    async with contextlib.AsyncExitStack() as stack:
        people = await _at_once(streams, lambda: _begin(process.port))
        before = process.resident_bytes()
        todo = iter(people)
        opened = await _at_once(streams, lambda: _follow(stack, process.port, next(todo)))
        held = process.resident_bytes() - before
        used = process.cpu_seconds()
        await asyncio.sleep(idle)
        used = process.cpu_seconds() - used
        chance = random.Random(seed)
        seconds = [await _say(process.port, chance.choice(people)) for _ in range(turns)]
    return {
        "streams_open": float(sum(opened)),
        "stream_kb_each": held / 1000 / max(1, sum(opened)),
        "stream_cpu_ms_each_per_minute": used * 1000 / max(1, sum(opened)) * 60 / idle,
        "stream_p50_ms": percentile(seconds, 0.5),
        "stream_p95_ms": percentile(seconds, 0.95),
    }


async def _begin(port: int) -> _Follower:
    connection = await Connection.open(port)
    begun = await connection.post("/api/v1/conversations", {"language": "nl"})
    connection.close()
    path = f"/api/v1/conversations/{begun['id']}"
    return _Follower(path, f"authorization: Bearer {begun['token']}\r\n", asyncio.Event())


async def _follow(stack: contextlib.AsyncExitStack, port: int, who: _Follower) -> bool:
    """Whether the stream is open; what was said before it began is over when this returns."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.write(f"GET {who.path}/stream HTTP/1.1\r\nhost: x\r\n{who.bearer}\r\n".encode())
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 60)
    if b" 200 " not in head:
        return False
    await asyncio.wait_for(reader.readuntil(b"event: message"), 60)
    task = asyncio.ensure_future(_hear(reader, who))
    stack.callback(writer.close)
    stack.callback(task.cancel)
    return True


async def _hear(reader: asyncio.StreamReader, who: _Follower) -> None:
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            if (await reader.readuntil(b"\n")).startswith(b"event: message"):
                who.heard.set()


async def _say(port: int, who: _Follower) -> float:
    """One turn; seconds until the stream of this person tells of it."""
    who.heard.clear()
    connection = await Connection.open(port)
    began = time.perf_counter()
    key = f"idempotency-key: {secrets.token_hex(8)}\r\n"
    saying = asyncio.ensure_future(connection.post(f"{who.path}/turns", {"choice": "menu"}, who.bearer + key))
    await asyncio.wait_for(who.heard.wait(), 60)
    seconds = time.perf_counter() - began
    await saying
    connection.close()
    return seconds


async def _at_once(number: int, make: Callable[[], Awaitable[_T]]) -> list[_T]:
    """So many of something, some at the same time; a service takes a while to open thousands of connections."""
    some = asyncio.Semaphore(_AT_ONCE)

    async def one() -> _T:
        async with some:
            return await make()

    return await asyncio.gather(*(one() for _ in range(number)))
