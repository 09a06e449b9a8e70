"""Worker processes on a clock that is told: each is forked from a process that has everything loaded, does the real work of
a worker, and can be killed at any moment.

Run as a program it is that process: for each line it reads it forks a worker and prints its number.
"""

from __future__ import annotations

import asyncio
import mmap
import os
import signal
import struct
import subprocess
import sys
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import IO, NoReturn
from unittest.mock import patch

import pytest

from bot.channel import Delivered, DeliveryResult, Message

_ROOT = Path(__file__).parents[2]
_PAUSE = 0.01
TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
TALK = 5 * 366 * 24 * 3600 * 1_000_000
"""How long a conversation without a request is kept, in microseconds: longer than any test looks ahead."""
PAUSES = {
    "backend.follow_ups.service._PAUSE_SECONDS": 20,
    "backend.handovers.keeping._PAUSE_SECONDS": 30,
    "backend.retention.purging._PAUSE_SECONDS": 600,
    "backend.connections.sending._POLL_SECONDS": 5,
    "backend.delivery._POLL_SECONDS": 1,
}
"""How long the loops rest in life, in seconds; here they hardly do, since the clock stands still meanwhile."""


class Clock:
    """A moment (microseconds since 1970) in a file that processes share."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(bytes(8))
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), 8)

    @property
    def at(self) -> int:
        found: int = struct.unpack("q", self._memory[:8])[0]
        return found

    @at.setter
    def at(self, moment: int) -> None:
        self._memory[:8] = struct.pack("q", moment)


@dataclass
class Outside:
    """The world that messages and webhooks reach: lines in a file, each written at once and for good."""

    path: Path

    def note(self, kind: str, what: str, at: int) -> None:
        with self.path.open("ab", buffering=0) as file:
            file.write(f"{kind} {what} {at}\n".encode())

    def seen(self, kind: str) -> list[tuple[str, int]]:
        """What of this kind arrived, and when."""
        lines = self.path.read_text().splitlines() if self.path.exists() else []
        return [(what, int(at)) for one, what, at in map(str.split, lines) if one == kind]


class Letterbox:
    """A channel whose other side is `Outside`."""

    name = "telegram"

    def __init__(self, outside: Outside, clock: Clock) -> None:
        self._outside, self._clock = outside, clock

    async def deliver(self, address: str, message: Message, *, begun: Sequence[str] = ()) -> DeliveryResult:
        self._outside.note("message", f"{address}:{message.number}", self._clock.at)
        return Delivered()

    async def unsend(self, address: str, ids: object) -> None:
        """Nothing is taken back."""


@dataclass
class Nursery:
    """The process that workers are forked from: it has everything loaded."""

    process: subprocess.Popen[str]

    def fork(self, *order: str) -> int:
        """A new worker for this database, key file, folder and Bot API server ("" for none); its process number."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write("\t".join(order) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "no worker could be started"
        return int(line)


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    """One for all tests of a module."""
    process = subprocess.Popen(
        (sys.executable, __file__), cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    yield Nursery(process)
    assert process.stdin
    process.stdin.close()
    process.wait(60)
    assert process.stdout
    process.stdout.close()


@dataclass
class Workers:
    """One worker at a time on one database. With the address of a Bot API server in `telegram` messages go there, through
    the product's own channel."""

    nursery: Nursery
    database_url: str
    folder: Path
    telegram: str = ""
    kills: int = 0
    _pid: int = 0

    def __post_init__(self) -> None:
        self.clock, self.outside = Clock(self.folder / "clock"), Outside(self.folder / "outside")

    def start(self) -> None:
        """A new worker."""
        self._pid = self.nursery.fork(self.database_url, str(self.folder), self.telegram)

    def kill(self) -> None:
        """Ends it at once, wherever it is."""
        os.kill(self._pid, signal.SIGKILL)
        self._pid = 0
        self.kills += 1

    def is_alive(self) -> bool:
        """Whether the worker still runs."""
        try:
            os.kill(self._pid, 0)
        except ProcessLookupError:
            return False
        return bool(self._pid)

    def log(self) -> str:
        """Why it ended by itself."""
        return (self.folder / "worker.log").read_text()

    def end(self) -> None:
        """Ends it, if there is one."""
        if self._pid and self.is_alive():
            os.kill(self._pid, signal.SIGKILL)


def _serve(orders: IO[str]) -> None:
    for name in ("backend.app", "bot.telegram.channel"):  # everything is loaded before the first worker is born
        import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for order in orders:
        pid = os.fork()
        if pid == 0:
            _live(*order.rstrip("\n").split("\t"))
        print(pid, flush=True)


def _live(database_url: str, folder: str, telegram: str) -> NoReturn:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        _work(database_url, Path(folder), telegram)
    except BaseException:
        Path(folder, "worker.log").write_text(traceback.format_exc())
    os._exit(1)


def _work(database_url: str, folder: Path, telegram: str) -> None:
    from backend.connections.sending import Sender
    from backend.delivery import Delivery
    from backend.engines import open_database
    from backend.follow_ups.service import keep_promises
    from backend.handovers.keeping import keep_moving
    from backend.retention.purging import keep_clean
    from backend.vault import KeyRing, Vault
    from bot.telegram.channel import TelegramChannel
    from bot.telegram.client import Client

    clock, outside = Clock(folder / "clock"), Outside(folder / "outside")

    async def post(_sender: object, parcel: object) -> tuple[str, int]:
        outside.note("webhook", f"{parcel.id}:{parcel.tries}", begun[parcel.id])  # type: ignore[attr-defined]
        return ("503" if parcel.tries < 3 else "204"), 0  # type: ignore[attr-defined]

    async def send(sender: Sender, parcel: object, at: int) -> None:
        begun[parcel.id] = at  # type: ignore[attr-defined]  # the clock may have gone on before it is out of the door
        await really_send(sender, parcel, at)  # type: ignore[arg-type]

    begun: dict[str, int] = {}
    really_send = Sender._send

    async def main() -> None:
        database, vault, stop = open_database(database_url), Vault(KeyRing.read(folder / "verder.key")), asyncio.Event()
        channel = TelegramChannel(Client.of(TOKEN, telegram)) if telegram else Letterbox(outside, clock)
        await asyncio.gather(
            Delivery(database, vault, {"telegram": channel}).run(stop),
            Sender(database, vault).run(stop),
            keep_clean(database, vault, stop, talk=TALK),
            keep_moving(database, vault, stop),
            keep_promises(database, vault, stop),
        )

    for name in PAUSES:
        patch(name, _PAUSE).start()
    patch("time.time_ns", lambda: clock.at * 1000).start()
    patch.object(Sender, "_post", post).start()
    patch.object(Sender, "_send", send).start()
    asyncio.run(main())


if __name__ == "__main__":
    _serve(sys.stdin)
