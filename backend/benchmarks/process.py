"""A service as a process of its own: started, waited for, weighed, stopped."""

from __future__ import annotations

import os
import random
import re
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_START_SECONDS = 180


class Process:
    """One service process on this machine."""

    def __init__(self, command: Sequence[str], port: int, environment: Mapping[str, str], folder: Path) -> None:
        self.port = port
        self._log = (folder / f"{port}.log").open("w")
        self._began = time.perf_counter()
        self._process = subprocess.Popen(
            command, env={**os.environ, **environment}, cwd=folder, stdout=self._log, stderr=self._log
        )

    def wait_for(self, path: str) -> float:
        """Seconds from the process's start until this path answers at all."""
        while time.perf_counter() - self._began < _START_SECONDS:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=2).close()
            except urllib.error.HTTPError:
                break
            except OSError:
                if self._process.poll() is not None:
                    raise RuntimeError(self.log()) from None
                time.sleep(0.01)
            else:
                break
        return time.perf_counter() - self._began

    def post(self, path: str, body: bytes) -> float:
        """Posts JSON; seconds from the process's start until the answer."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", body, {"content-type": "application/json"}
        )
        urllib.request.urlopen(request, timeout=10).close()
        return time.perf_counter() - self._began

    def cpu_seconds(self) -> float:
        """Processor time used so far."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def resident_bytes(self) -> int:
        """Resident memory now."""
        return resident_bytes(self._process.pid)

    def open_files(self) -> int:
        """How many files and connections it has open now."""
        return sum(1 for _ in Path(f"/proc/{self._process.pid}/fd").iterdir())

    def log(self) -> str:
        """What it told so far."""
        return Path(self._log.name).read_text()

    def ended(self) -> bool:
        """Whether it is over by itself."""
        return self._process.poll() is not None

    def kill(self) -> None:
        """Ends it at once, without a chance to finish anything."""
        self._process.kill()
        self._process.wait()
        self._log.close()

    def stop(self) -> None:
        """Ends it."""
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._log.close()


def resident_bytes(pid: int | str = "self") -> int:
    """Resident memory of a process now; this one's without a number."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) * 1024 if found else 0


def free_port() -> int:
    """A loopback port that nobody uses now, below those that a system gives out by itself: until a process listens on it,
    and while it is killed and started again, nobody else on this machine is given it by chance."""
    while True:
        port = random.SystemRandom().randrange(10_100, 30_000)  # who fixes the seed of `random` does not fix this
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
