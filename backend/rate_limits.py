"""Keeping one abuser from drowning others: buckets per address for new conversations, per conversation for the rest.

Kept in memory, per process: a limit is a brake, not a count to be trusted.
"""

from __future__ import annotations

import math
import re
import time
from collections import OrderedDict
from dataclasses import dataclass

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from backend.errors import Refused
from backend.networks import network_of
from backend.web_errors import refusal

_TURNS = re.compile(r"/api/v1/conversations/([0-9a-f]{32})/turns")
_FILES = re.compile(r"/api/v1/conversations/([0-9a-f]{32})/messages/[0-9]+/(?:image\.png|papers/[0-9]+)")
_READS = re.compile(r"/api/v1/conversations/([0-9a-f]{32})/(?:messages|stream)")
_EXPORTS = re.compile(r"/api/v1/conversations/([0-9a-f]{32})/export")
_PLAIN_TURN = "/chat/plain/turn"
_STARTS = ("/api/v1/conversations", "/chat/plain/start")
_COOKIE = re.compile(rb"verder_chat=([0-9a-f]{32})\.")
_MOST_BUCKETS = 50_000


@dataclass(frozen=True, slots=True)
class Rate:
    """So many at once, and so many a second after that."""

    burst: float
    per_second: float


# A class of pupils behind one school address starts at the same minute; one person types no faster than this.
NEW_CONVERSATIONS = Rate(120, 2)
# Of these, what looks like one kind of device may take half: whoever floods leaves the rest to others at that address.
NEW_FROM_ONE_KIND = Rate(60, 1)
TURNS = Rate(40, 2)
# Costs tens of milliseconds each; a class behind one school address tries it out at the same minute.
UNDERSTANDING = Rate(60, 5)
# Each is drawn anew, in part of a second.
FILES = Rate(20, 0.5)
# Reads everything that is held, and leaves a line in the audit trail for good.
EXPORTS = Rate(5, 0.05)


class Buckets:
    """Token buckets by key; the ones used longest ago are forgotten first."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str, moment: float) -> int | None:
        """Takes one; None when there was one, otherwise the seconds to wait."""
        level, since = self._levels.pop(key, (self._rate.burst, moment))
        level = min(self._rate.burst, level + (moment - since) * self._rate.per_second)
        allowed = level >= 1
        self._levels[key] = (level - allowed, moment)
        if len(self._levels) > _MOST_BUCKETS:
            self._levels.popitem(last=False)
        return None if allowed else max(1, math.ceil((1 - level) / self._rate.per_second))


class RateLimits:
    """Answers 429 with Retry-After before anything is done; on a webhook Telegram's own pace is the limit.

    Whoever is it cannot be known yet: so a conversation is counted together with the network that asks, and nobody elsewhere
    who learnt of its id keeps the person out.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._new, self._turns, self._files = Buckets(NEW_CONVERSATIONS), Buckets(TURNS), Buckets(FILES)
        self._new_from_kind = Buckets(NEW_FROM_ONE_KIND)
        self._understanding = Buckets(UNDERSTANDING)
        self._reads, self._exports = Buckets(TURNS), Buckets(EXPORTS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wait = self._wait(scope) if scope["type"] == "http" else None
        if wait is None:
            await self._app(scope, receive, send)
        else:
            refused = Refused(429, "rate_limited", retry_after=wait)
            await refusal(Request(scope), refused)(scope, receive, send)

    def _wait(self, scope: Scope) -> int | None:
        path, moment = scope["path"], time.monotonic()
        if scope["method"] == "GET":
            return self._wait_to_read(path, _network(scope), moment)
        if path in _STARTS:
            kind = self._new_from_kind.take(f"{_network(scope)} {_kind(scope)}", moment)
            return kind if kind is not None else self._new.take(_network(scope), moment)
        if path == "/api/v1/understand":
            return self._understanding.take(_network(scope), moment)
        if path == _PLAIN_TURN:
            return self._turns.take(f"{_conversation(scope)} {_network(scope)}", moment)
        if found := _TURNS.fullmatch(path):
            return self._turns.take(f"{found[1]} {_network(scope)}", moment)
        return None

    def _wait_to_read(self, path: str, network: str, moment: float) -> int | None:
        for pattern, buckets in ((_READS, self._reads), (_FILES, self._files), (_EXPORTS, self._exports)):
            if found := pattern.fullmatch(path):
                return buckets.take(f"{found[1]} {network}", moment)
        return None


def _network(scope: Scope) -> str:
    return network_of((scope.get("client") or ("",))[0])


def _kind(scope: Scope) -> int:
    """What a browser says of itself, which is the same for all its requests; kept as a number, for nobody to read."""
    return hash(tuple(value for name, value in scope["headers"] if name in (b"user-agent", b"accept-language")))


def _conversation(scope: Scope) -> str:
    """The conversation of a browser without scripts; "" when its cookie names none, and then the turn does nothing."""
    cookies = (value for name, value in scope["headers"] if name == b"cookie")
    return next((found[1].decode() for value in cookies if (found := _COOKIE.search(value))), "")
