"""A line to a service that may be killed at any moment: it asks, and says honestly when no answer came."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_TIMEOUT = 30.0
_LENGTH = re.compile(rb"content-length: *([0-9]+)", re.IGNORECASE)


class NoAnswer(Exception):
    """The line broke before the answer was there: nobody knows what was done."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service said."""

    status: int
    content: bytes

    def json(self) -> Any:
        """The content."""
        return json.loads(self.content)


class Line:
    """One keep-alive HTTP connection to a port of this machine; opened when needed, opened again when it broke."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._ends: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One request; raises `NoAnswer`."""
        try:
            return await asyncio.wait_for(self._ask(method, path, body, headers or {}), _TIMEOUT)
        except (OSError, EOFError, TimeoutError) as error:
            self.close()
            raise NoAnswer from error

    async def _ask(self, method: str, path: str, body: Mapping[str, Any] | None, headers: Mapping[str, str]) -> Answer:
        if self._ends is None:
            self._ends = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._ends
        payload = b"" if body is None else json.dumps(body).encode()
        all_headers = {"host": "x", "content-type": "application/json", "content-length": len(payload), **headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in all_headers.items())
        writer.write(f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode() + payload)
        head = await reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        content = await reader.readexactly(int(length[1])) if length else b""
        return Answer(int(head[9:12]), content)

    def close(self) -> None:
        """Hangs up."""
        if self._ends:
            self._ends[1].close()
        self._ends = None
