"""The one way in for an update, for the webhook and for polling: translate, hand over, park what cannot be handled."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from bot.channel import Receive
from bot.telegram.client import Update
from bot.telegram.translate import CHANNEL, to_envelope

Park = Callable[[Update], Awaitable[None]]
"""Keeps a raw update that could not be handled, durably, for people to look at."""

_BACK_OFF = 5.0
_log = logging.getLogger(__name__)


class NotStored(Exception):
    """Nothing was stored, so the update must be offered again after so many seconds."""

    def __init__(self, retry_after: float) -> None:
        super().__init__("not stored")
        self.retry_after = retry_after


async def take_in(update: Update, receive: Receive, park: Park) -> None:
    """Returns only when this update is stored, parked, or of no interest; otherwise raises NotStored.

    An error of `receive` that has a `retry_after` (seconds) says that nothing was stored. Any other error is a defect:
    the update is parked, so that it neither gets lost nor blocks what comes after it.
    """
    try:
        envelope = to_envelope(update)
        if envelope is not None:
            await receive(envelope)
    except Exception as error:  # noqa: BLE001 - a defect parks the update
        after = getattr(error, "retry_after", None)
        if isinstance(after, (int, float)):
            raise NotStored(float(after)) from None
        _log.error("%s: update parked (%s)", CHANNEL, type(error).__name__)
        await _park(update, park)


async def _park(update: Update, park: Park) -> None:
    try:
        await park(update)
    except Exception as error:  # noqa: BLE001 - not even parked: offer it again
        _log.critical("%s: update could not be parked (%s)", CHANNEL, type(error).__name__)
        after = getattr(error, "retry_after", _BACK_OFF)
        raise NotStored(float(after)) from None
