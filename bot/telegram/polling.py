"""Telegram without a public address: fetches updates and forgets none of them before it is stored."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from typing import TypeVar

from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from bot.channel import Receive
from bot.telegram.client import Client, Update, seconds
from bot.telegram.intake import NotStored, Park, take_in
from bot.telegram.translate import CHANNEL, callback_query_id, to_envelope

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0
_log = logging.getLogger(__name__)
_T = TypeVar("_T")


async def poll(client: Client, receive: Receive, park: Park, stop: asyncio.Event) -> None:
    """Handles updates one by one until `stop` is set; the update in hand is finished first.

    Telegram is told to forget an update only after `receive` or `park` returned, for it and for all before it. An update
    that could not be stored keeps what comes after it in its own chat waiting, and nobody else's. While Telegram fails,
    the pauses grow to a minute. A webhook that is still set is left alone: it is logged, and tried again.
    """
    offset, pause = 0, _FIRST_PAUSE
    stored: set[int] = set()
    while not stop.is_set():
        try:
            found = await _unless_stopped(client.updates(offset), stop) or []
        except Exception as error:  # noqa: BLE001 - polling goes on after a pause
            _say_why(error)
            await _rest(seconds(error) if isinstance(error, RetryAfter) else pause, stop)
            pause = min(pause * 2, _LONGEST_PAUSE)
            continue
        pause = _FIRST_PAUSE
        retry_after = await _take_all(client, found, stored, receive, park, stop)
        numbers = [_number(update) for update in found]
        waiting = [number for number in numbers if number not in stored]
        offset = min(waiting, default=max(numbers, default=offset - 1) + 1)
        stored = {number for number in stored if number >= offset}
        await _rest(retry_after, stop)
    await _confirm(client, offset)


async def _take_all(
    client: Client, updates: Sequence[Update], stored: set[int], receive: Receive, park: Park, stop: asyncio.Event
) -> float:
    """Handles what is not `stored` yet, in order within each chat, and adds it there. The seconds to wait before what was
    refused is tried again; 0 where nothing was."""
    held: dict[str | None, float] = {}
    for update in updates:
        if stop.is_set():
            break
        chat = _chat(update)
        if _number(update) in stored or chat in held:
            continue
        try:
            await take_in(update, receive, park)
        except NotStored as problem:
            held[chat] = problem.retry_after
            continue
        stored.add(_number(update))
        if tap := callback_query_id(update):
            await client.acknowledge(tap)
    return max(held.values(), default=0.0)


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
    if not pause:
        return
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
