"""A light HTTP load: connections that hold conversations, one turn after the other, and how long each turn took."""

from __future__ import annotations

import asyncio
import json
import random
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

_TURNS = 14
_TYPED = ("Utrecht", "3511 AB", "Zwolle")


@dataclass(slots=True)
class Measured:
    """What a run of turns came to: seconds per turn, and how many rows each one made the service write."""

    seconds: list[float] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    elapsed: float = 0.0


class Connection:
    """One keep-alive HTTP connection; just enough HTTP to keep the load cheaper than what it measures."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, port: int) -> Connection:
        """A connection to a service on this machine."""
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def post(self, path: str, body: dict[str, Any], headers: str = "") -> dict[str, Any]:
        """Posts JSON and returns JSON; raises RuntimeError for anything but 2xx."""
        payload = json.dumps(body).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {len(payload)}\r\n"
        )
        self._writer.write(f"{head}{headers}\r\n".encode() + payload)
        answer = await self._reader.readuntil(b"\r\n\r\n")
        length = int(answer.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        content = await self._reader.readexactly(length)
        if not answer.startswith(b"HTTP/1.1 2"):
            raise RuntimeError(f"{path}: {answer[:60]!r} {content[:200]!r}")
        found: dict[str, Any] = json.loads(content)
        return found

    def close(self) -> None:
        """Hangs up."""
        self._writer.close()


def answer(messages: list[dict[str, Any]], chance: random.Random) -> dict[str, str]:
    """What a made-up person does next: taps one of the buttons that were offered, answers before detours; a question
    without buttons is answered in words."""
    offered = [choice["id"] for message in messages for choice in message["choices"]]
    offered = [id for id in offered if not id.startswith(("copy:", "lang:", "forget"))]
    answers = [id for id in offered if id.startswith(("a:", "goal:", "contact", "message", "kind:", "place:"))]
    if answers and chance.random() < 0.85:
        return {"choice": chance.choice(answers)}
    return {"choice": chance.choice(offered)} if offered else {"text": chance.choice(_TYPED)}


async def hold_conversations(port: int, seconds: float, connections: int, seed: int) -> Measured:
    """Conversations with the real service for so many seconds, of at least one turn on each connection; starting a
    conversation is not counted as a turn."""
    measured = Measured()
    began = time.perf_counter()

    async def person(number: int) -> None:
        chance = random.Random(seed * 1000 + number)
        connection, ended = await Connection.open(port), False
        while not ended:
            talk = await connection.post("/api/v1/conversations", {"language": chance.choice(("nl", "en"))})
            await _talk(connection, talk, chance, measured, until=began + seconds)
            ended = time.perf_counter() - began >= seconds
        connection.close()

    await asyncio.gather(*(person(number) for number in range(connections)))
    measured.elapsed = time.perf_counter() - began
    return measured


async def hold_whole_conversations(port: int, people: int, connections: int, seed: int) -> Measured:
    """So many conversations of fourteen turns each, each of a new person."""
    measured = Measured()
    began = time.perf_counter()
    left = iter(range(people))

    async def line(number: int) -> None:
        chance = random.Random(seed * 1000 + number)
        connection = await Connection.open(port)
        for _ in left:
            talk = await connection.post("/api/v1/conversations", {"language": chance.choice(("nl", "en"))})
            await _talk(connection, talk, chance, measured, until=float("inf"))
        connection.close()

    await asyncio.gather(*(line(number) for number in range(connections)))
    measured.elapsed = time.perf_counter() - began
    return measured


async def commit_rows(port: int, seconds: float, connections: int, rows: list[int]) -> Measured:
    """The same load on the floor: bare commits of the same numbers of rows."""
    measured = Measured()
    began = time.perf_counter()

    async def caller(number: int) -> None:
        connection, ended = await Connection.open(port), False
        row = number
        conversation = (await connection.post("/start", {"text": "x" * 800}))["id"]
        while not ended:
            row += connections
            body = {"conversation": conversation, "text": "x" * 350, "messages": max(1, rows[row % len(rows)] - 2)}
            started = time.perf_counter()
            await connection.post("/commit", body, f"idempotency-key: {secrets.token_hex(8)}\r\n")
            measured.seconds.append(time.perf_counter() - started)
            ended = time.perf_counter() - began >= seconds
        connection.close()

    await asyncio.gather(*(caller(number) for number in range(connections)))
    measured.elapsed = time.perf_counter() - began
    return measured


async def _talk(
    connection: Connection, talk: dict[str, Any], chance: random.Random, measured: Measured, *, until: float
) -> None:
    path = f"/api/v1/conversations/{talk['id']}/turns"
    bearer = f"authorization: Bearer {talk['token']}\r\n"
    messages = talk["messages"]
    for number in range(_TURNS):
        if number and time.perf_counter() > until:
            return
        body = answer(messages, chance)
        started = time.perf_counter()
        said = await connection.post(path, body, f"{bearer}idempotency-key: {secrets.token_hex(8)}\r\n")
        measured.seconds.append(time.perf_counter() - started)
        messages = said["messages"]
        # inbox, conversation, the person's own message, and each reply
        measured.rows.append(3 + len(messages))
