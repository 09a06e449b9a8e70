"""Answering an open page at the moment that something happens: a question for news waits a little for a yes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import ExitStack
from typing import TypeVar

from backend.db import Database

_T = TypeVar("_T")
SECONDS = 2.5
"""A little less than the time between two questions of a page (`static/desk.js`), so that a page is hardly ever deaf."""


async def when_new(
    database: Database,
    topics: Iterable[str],
    look: Callable[[], Awaitable[_T]],
    *,
    is_new: Callable[[_T], bool],
    wait: bool,
) -> _T:
    """What `look` gives as soon as it is new; with `wait` it looks again when a topic wakes, at the latest after
    `SECONDS`. What happens between two looks is never missed: listening begins before the first."""
    with ExitStack() as stack:
        heard = [stack.enter_context(database.signals.listen(topic)) for topic in topics] if wait else []
        ends = asyncio.get_running_loop().time() + SECONDS
        found = await look()
        while heard and not is_new(found) and (left := ends - asyncio.get_running_loop().time()) > 0:
            if database.signals.ending:
                break
            waiting = [asyncio.ensure_future(one.wait(left)) for one in heard]
            try:
                await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for one in waiting:
                    one.cancel()
            found = await look()
        return found
