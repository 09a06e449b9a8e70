"""Many desks that are open at once, and how soon each of them hears of a new request."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa

from backend import demo
from backend.benchmarks.process import Process
from backend.benchmarks.talking import Connection
from backend.benchmarks.turn import _serving
from backend.db import Transaction, now, run_now
from backend.engines import make_engine, open_database
from backend.keys import open_vault
from backend.migrations import upgrade
from backend.organisations import login
from backend.organisations.models import counsellor, organisation
from backend.settings import Settings
from backend.vault import Vault

_TRIES = 400
_STEPS = ("person", "Ik zoek werk.", "kind:work", "Utrecht", "who:gemeente", "consent:yes")


def live_figures(folder: Path, *, desks: int, rounds: int) -> dict[str, float]:
    """How soon (milliseconds) all desks hear of a new request, counted from when the person agreed; and what one costs the
    service in processor time with all desks, against a tenth of them."""
    url = f"sqlite:///{folder / 'live.db'}"
    tokens = _prepare(url, folder, desks)
    with _serving(folder, url) as process:
        asyncio.run(_until_ready(process.port))
        few = asyncio.run(_measure(process, tokens[: max(1, desks // 10)], rounds))
        many = asyncio.run(_measure(process, tokens, rounds))
    p95 = statistics.quantiles(many[0], n=20)[-1] if len(many[0]) > 1 else many[0][0]
    return {
        f"live_desks_{desks}": float(desks),
        "live_p95_ms": p95 * 1000,
        "live_cpu_ms_per_request": many[1] / rounds * 1000,
        "live_cpu_growth": many[1] / max(few[1], 0.01),
    }


def _prepare(url: str, folder: Path, desks: int) -> Sequence[str]:
    """The demo region, and session tokens of one of its counsellors on so many screens."""
    settings = Settings(database_url=url, key_file=folder / "verder.key")
    engine = make_engine(url)
    upgrade(engine)
    engine.dispose()
    vault, database = open_vault(settings), open_database(url)
    run_now(database, lambda db: demo.fill(db, vault, "-"))
    tokens = [secrets.token_urlsafe(32) for _ in range(desks)]
    run_now(database, lambda db: _let_in(db, vault, tokens))
    database.close()
    return tokens


def _let_in(db: Transaction, vault: Vault, tokens: Sequence[str]) -> None:
    found = sa.select(counsellor.c.id).join(organisation).where(organisation.c.kind == "gemeente")
    found = found.where(counsellor.c.role == "counsellor")
    who = db.execute(found.order_by(counsellor.c.id)).scalars().first()
    for token in tokens:
        login.start_session(db, vault, str(who), token=token, at=now())


async def _until_ready(port: int) -> None:
    """A busy machine may need longer for the start than a service is usually given."""
    for _ in range(_TRIES):
        try:
            (await Connection.open(port)).close()
        except OSError:
            await asyncio.sleep(0.25)
        else:
            return


async def _measure(process: Process, tokens: Sequence[str], rounds: int) -> tuple[list[float], float]:
    """Seconds until each desk heard, of every round; and processor seconds of the service in all."""
    heard: list[asyncio.Queue[float]] = [asyncio.Queue() for _ in tokens]
    async with contextlib.AsyncExitStack() as stack:
        for token, own in zip(tokens, heard, strict=True):
            await _listen(stack, process.port, token, own)
        seconds: list[float] = []
        used = 0.0
        for _ in range(rounds):
            person, last = await _ready_to_agree(process.port)
            before = process.cpu_seconds()
            began = time.perf_counter()
            await person.post(*last)
            moments = await asyncio.gather(*(asyncio.wait_for(own.get(), 60) for own in heard))
            seconds.extend(moment - began for moment in moments)
            used += process.cpu_seconds() - before
            person.close()
        return seconds, used


async def _listen(stack: contextlib.AsyncExitStack, port: int, token: str, own: asyncio.Queue[float]) -> None:
    """Opens one desk's stream; when it hears of something new, the moment goes into `own`."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET /desk/stream HTTP/1.1\r\nhost: x\r\ncookie: verder_desk={token}\r\n\r\n".encode())
    head = await asyncio.wait_for(reader.readuntil(b"\n\n"), 20)
    if b" 200 " not in head:
        raise RuntimeError(head[:200].decode())

    async def hear() -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                line = await reader.readuntil(b"\n")
                if line.startswith(b"event: new"):
                    own.put_nowait(time.perf_counter())

    task = asyncio.ensure_future(hear())
    stack.callback(writer.close)
    stack.callback(task.cancel)


async def _ready_to_agree(port: int) -> tuple[Connection, tuple[str, dict[str, str], str]]:
    """A person who has read what would be sent, and the turn in which they agree."""
    person = await Connection.open(port)
    begun = await person.post("/api/v1/conversations", {"language": "nl"})
    path = f"/api/v1/conversations/{begun['id']}/turns"
    messages = begun["messages"]
    for place, step in enumerate(_STEPS):
        offered = [choice["id"] for message in messages for choice in message["choices"]]
        choice = next((id for id in offered if id == step or id.startswith(f"{step}:")), None)
        body = {"choice": choice} if choice else {"choice": step} if step == "person" else {"text": step}
        headers = f"authorization: Bearer {begun['token']}\r\nidempotency-key: {place}\r\n"
        if place == len(_STEPS) - 1:
            return person, (path, body, headers)
        messages = (await person.post(path, body, headers))["messages"]
    raise AssertionError
