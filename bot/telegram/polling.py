"""Telegram without a public address: fetches updates and forgets none of them before it is stored."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Coroutine, Sequence
from typing import TypeVar

from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from bot.channel import Receive
from bot.telegram.client import Client, Update, seconds
from bot.telegram.intake import NotStored, Park, take_in
from bot.telegram.translate import CHANNEL, callback_query_id, to_envelope

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0
_SHORTEST_REST, _LONGEST_REST = 0.01, 1.0
"""Seconds between two looks while somebody is held up: who is not should not wait long."""
_log = logging.getLogger(__name__)
_T = TypeVar("_T")


async def poll(client: Client, receive: Receive, park: Park, stop: asyncio.Event) -> None:
    """Handles updates one by one until `stop` is set; the update in hand is finished first.

    Telegram is told to forget an update only after `receive` or `park` returned, for it and for all before it. An update
    that could not be stored keeps what comes after it in its own chat waiting; in others only what came after a hundred
    more, since Telegram shows no more at a time. While Telegram fails, the pauses grow to a minute. A webhook that is
    still set is left alone: it is logged, and tried again.
    """
    offset, pause = 0, _FIRST_PAUSE
    stored: set[int] = set()
    held: dict[str | None, float] = {}
    while not stop.is_set():
        try:
            found = await _unless_stopped(client.updates(offset), stop) or []
        except Exception as error:  # noqa: BLE001 - polling goes on after a pause
            _say_why(error)
            await _rest(seconds(error) if isinstance(error, RetryAfter) else pause, stop)
            pause = min(pause * 2, _LONGEST_PAUSE)
            continue
        pause = _FIRST_PAUSE
        await _take_all(client, found, stored, held, receive, park, stop)
        numbers = [_number(update) for update in found]
        waiting = [number for number in numbers if number not in stored]
        offset = min(waiting, default=max(numbers, default=offset - 1) + 1)
        stored = {number for number in stored if number >= offset}
        if waiting:  # Telegram gives them again at once
            soonest = min(held.values(), default=0.0) - time.monotonic()
            await _rest(min(max(soonest, _SHORTEST_REST), _LONGEST_REST), stop)
    await _confirm(client, offset)


async def _take_all(
    client: Client,
    updates: Sequence[Update],
    stored: set[int],
    held: dict[str | None, float],
    receive: Receive,
    park: Park,
    stop: asyncio.Event,
) -> None:
    """Handles what is not `stored` yet, in order within each chat, and adds it there; a chat of which something was refused
    is `held` until a moment (of the monotonic clock), and tried again after it."""
    began = time.monotonic()
    waiting = {chat for chat, until in held.items() if began < until}
    for update in updates:
        if stop.is_set():
            break
        chat = _chat(update)
        if _number(update) in stored or chat in waiting:
            continue
        try:
            await take_in(update, receive, park)
        except NotStored as problem:
            waiting.add(chat)
            held[chat] = time.monotonic() + problem.retry_after
            continue
        held.pop(chat, None)
        stored.add(_number(update))
        if tap := callback_query_id(update):
            await client.acknowledge(tap)


async def _confirm(client: Client, offset: int) -> None:
    """Tells Telegram what was handled last, so that the next start does not see it again."""
    if not offset:
        return
    try:
        await client.updates(offset, wait=0)
    except Exception as error:  # noqa: BLE001 - the update comes again, and is known
        _log.info("%s: last update not confirmed (%s)", CHANNEL, type(error).__name__)


async def _unless_stopped(work: Coroutine[None, None, _T], stop: asyncio.Event) -> _T | None:
    """The result of `work`, or None, with the work cancelled, when `stop` comes first."""
    working = asyncio.ensure_future(work)
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        working.cancel()
        stopping.cancel()


async def _rest(pause: float, stop: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(stop.wait(), pause)
    except TimeoutError:
        return


def _say_why(error: Exception) -> None:
    match error:
        case Conflict():
            why = "a webhook is set, or another process polls"
        case InvalidToken():
            why = "the token is wrong"
        case TelegramError():
            why = "Telegram does not answer"
        case _:
            why = "unexpected"
    _log.warning("%s: no updates (%s, %s)", CHANNEL, why, type(error).__name__)


def _chat(update: Update) -> str | None:
    try:
        envelope = to_envelope(update)
    except ValueError:
        return None
    return envelope.address if envelope else None


def _number(update: Update) -> int:
    number = update.get("update_id")
    return number if isinstance(number, int) else 0
