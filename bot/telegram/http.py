"""HTTP to Telegram over aiohttp, in the shape python-telegram-bot asks for: see docs/decisions/0014-http-to-telegram.md.

Every failure is a `telegram.error.NetworkError` whose cause tells what surely did not arrive (see `channel.outcome`).
"""

from __future__ import annotations

from typing import Any

import aiohttp
import httpx
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

_Timeout = object
_USUAL_WAIT, _LONGEST_WAIT = 60, 3600
"""Seconds, None for no limit, or python-telegram-bot's sign for "what the client has"."""


def _sensible(seconds: object) -> int:
    """A time to wait that the library and we can reckon with; after an hour one asks again."""
    return int(min(max(seconds, 1), _LONGEST_WAIT)) if isinstance(seconds, int | float) else _USUAL_WAIT


class Requests(BaseRequest):
    """One pool of connections; nothing is opened before the first call, and nothing is sent twice."""

    def __init__(self, *, connections: int, connect_timeout: float, read_timeout: float) -> None:
        self._connections = connections
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        """Seconds for which an answer is waited for."""
        return self._read_timeout

    async def initialize(self) -> None:
        """Nothing: the first call opens what it needs."""

    async def shutdown(self) -> None:
        """Closes the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: _Timeout = BaseRequest.DEFAULT_NONE,
        write_timeout: _Timeout = BaseRequest.DEFAULT_NONE,
        connect_timeout: _Timeout = BaseRequest.DEFAULT_NONE,
        pool_timeout: _Timeout = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """One call: the status and body of its answer. Raises NetworkError (TimedOut where time ran out)."""
        read = read_timeout if isinstance(read_timeout, int | float) else self._read_timeout
        limits = aiohttp.ClientTimeout(connect=self._connect_timeout, sock_read=read)
        content = _content(request_data) if request_data else None
        try:
            async with self._open().request(method, url, data=content, timeout=limits, allow_redirects=False) as answer:
                return answer.status, await answer.read()
        except TimeoutError as error:
            raise TimedOut from error
        except aiohttp.ClientError as error:  # named only: its words may hold the address, and so the token
            raise NetworkError(type(error).__name__) from error

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """The answer of a Bot API server, which says whether it is "ok". Raises TelegramError for anything else."""
        found = BaseRequest.parse_json_payload(payload)
        if not isinstance(found, dict) or "ok" not in found:
            raise TelegramError("Invalid server response")
        asked = found.get("parameters")
        if isinstance(asked, dict) and "retry_after" in asked:
            asked["retry_after"] = _sensible(asked["retry_after"])
        return found

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            trusted = httpx.create_ssl_context()  # the same as every other call of the service goes by
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections, ssl=trusted),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": self.USER_AGENT},
                trust_env=True,
            )
        return self._session


def _content(data: RequestData) -> aiohttp.FormData:
    """The parameters as a form, with its files if it has any."""
    form = aiohttp.FormData(data.json_parameters)
    for field, (name, content, kind) in data.multipart_data.items():
        form.add_field(field, content, filename=name, content_type=kind)
    return form
