"""Processes of `verder serve` on one database: started, killed, started again."""

from __future__ import annotations

import asyncio
import secrets
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from backend.benchmarks.faults.grounds import Ground
from backend.benchmarks.faults.lines import Line, NoAnswer
from backend.benchmarks.process import Process, free_port

TOKEN = "4382:nobody"
_LONGEST_START = 180.0
_WEBHOOK = "/telegram/webhook"


class Fleet:
    """As many processes as the ground allows, each on a port of its own."""

    def __init__(self, ground: Ground, url: str, telegram: str) -> None:
        self._ground = ground
        self._secret = secrets.token_hex(32)
        self._environment = {
            "VERDER_DATABASE_URL": url,
            "VERDER_KEY_FILE": str(ground.key_file),
            "VERDER_PROFILE": "development",
            "VERDER_DEMO": "0",
            "VERDER_RATE_LIMITS": "off",
            "VERDER_UNDERSTANDING": "plain",
            "VERDER_TELEGRAM_TOKEN": TOKEN,
            "VERDER_TELEGRAM_API_URL": telegram,
            "VERDER_TELEGRAM_WEBHOOK_SECRET": self._secret,
        }
        self.ports = [free_port() for _ in range(ground.processes)]
        self._processes: list[Process] = []

    @property
    def telegram_headers(self) -> dict[str, str]:
        """What Telegram shows when it brings an update to `webhook`."""
        return {"X-Telegram-Bot-Api-Secret-Token": self._secret}

    def lines(self, count: int) -> list[Line]:
        """So many lines, spread over the processes."""
        return [Line(self.ports[number % len(self.ports)]) for number in range(count)]

    async def bring(self, line: Line, update: dict[str, object]) -> int:
        """Brings one update as Telegram does; the status of the answer. Raises `NoAnswer`."""
        return (await line.ask("POST", _WEBHOOK, update, self.telegram_headers)).status

    async def kill(self, place: int) -> None:
        """Ends one process without a chance to finish anything, and starts it again."""
        self._processes[place].kill()
        self._processes[place] = await self._started(self.ports[place])

    async def _started(self, port: int) -> Process:
        command = (sys.executable, "-m", "backend.main", "serve", "--port", str(port))
        process = Process(command, port, self._environment, self._ground.folder)
        line, began = Line(port), time.perf_counter()
        while not process.ended() and time.perf_counter() - began < _LONGEST_START:
            with suppress(NoAnswer):
                if (await line.ask("GET", "/readyz")).status == 200:
                    line.close()
                    return process
            await asyncio.sleep(0.02)
        raise RuntimeError(f"a service did not start: {process.log()[-2000:]}")

    async def start(self) -> None:
        """Starts them all, one after the other."""
        for port in self.ports:
            self._processes.append(await self._started(port))

    async def stop(self) -> None:
        """Ends them all."""
        for process in self._processes:
            await asyncio.to_thread(process.stop)


@asynccontextmanager
async def serving(ground: Ground, url: str, telegram: str) -> AsyncIterator[Fleet]:
    """A fleet for as long as the block runs."""
    fleet = Fleet(ground, url, telegram)
    try:
        await fleet.start()
        yield fleet
    finally:
        await fleet.stop()
