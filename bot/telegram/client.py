"""Telegram's Bot API as this bot calls it: python-telegram-bot as a client only, without updater or start-up calls."""

from __future__ import annotations

import json
import logging
import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlencode

from telegram import Bot, InlineKeyboardMarkup, InputFile, LinkPreviewOptions
from telegram.error import RetryAfter, TelegramError

from bot.channel import File
from bot.telegram.http import Requests
from bot.telegram.payloads import Payload
from bot.telegram.translate import CHANNEL

TELEGRAM_API = "https://api.telegram.org"
UPDATES = ("message", "callback_query")
"""The kinds of update this bot asks for."""

_POLL_SECONDS = 25
_ACKNOWLEDGE_SECONDS = 5
_log = logging.getLogger(__name__)

Update = dict[str, object]


@dataclass(frozen=True, slots=True)
class Client:
    """One bot at one Bot API server. Makes no call by itself; close it when done."""

    bot: Bot
    _sending: Requests = field(repr=False)
    _polling: Requests = field(repr=False)

    @classmethod
    def of(cls, token: str, api_url: str = TELEGRAM_API, *, read_timeout: float = 20) -> Client:
        """A client for this token; `read_timeout` in seconds is how long to wait for an answer to what was sent."""
        _quieten()
        sending = Requests(connections=32, connect_timeout=5, read_timeout=read_timeout)
        polling = Requests(connections=2, connect_timeout=5, read_timeout=read_timeout)
        bot = Bot(token, base_url=f"{api_url.rstrip('/')}/bot", request=sending, get_updates_request=polling)
        return cls(bot, sending, polling)

    async def send(self, address: str, payload: Payload) -> str:
        """Sends one `sendMessage` payload to a chat and gives its id there; raises telegram.error.TelegramError,
        ValueError for an address."""
        sent = await self.bot.send_message(
            chat_id=int(address),
            text=str(payload["text"]),
            parse_mode=str(payload["parse_mode"]),
            link_preview_options=LinkPreviewOptions(is_disabled=True),
            reply_markup=_markup(payload.get("reply_markup")),
        )
        return str(sent.message_id)

    async def send_photo(self, address: str, file: File, caption: str) -> str:
        """Sends a picture to a chat, with its words; as `send` does."""
        photo = InputFile(file.content, filename=file.name)
        return str((await self.bot.send_photo(chat_id=int(address), photo=photo, caption=caption)).message_id)

    async def send_document(self, address: str, file: File, caption: str) -> str:
        """Sends a file to a chat under its own name; as `send` does."""
        document = InputFile(file.content, filename=file.name)
        return str((await self.bot.send_document(chat_id=int(address), document=document, caption=caption)).message_id)

    async def unsend(self, address: str, ids: Sequence[str]) -> None:
        """Takes back up to 100 messages that were sent less than 48 hours ago; raises as `send` does."""
        await self.bot.delete_messages(chat_id=int(address), message_ids=[int(id) for id in ids])

    async def acknowledge(self, callback_query_id: str) -> None:
        """Tells Telegram that a tap was seen, so that the button stops waiting; a failure harms nobody."""
        try:
            await self.bot.answer_callback_query(callback_query_id, read_timeout=_ACKNOWLEDGE_SECONDS)
        except Exception as error:  # noqa: BLE001 - a tap that stays unacknowledged harms nobody
            _log.info("%s: a tap was not acknowledged (%s)", CHANNEL, type(error).__name__)

    async def updates(self, offset: int, *, wait: int = _POLL_SECONDS) -> list[Update]:
        """The raw updates from `offset` on, waiting so many seconds for the first; Telegram forgets those before it.

        Raw, because one update that the library cannot read would otherwise block all that come after it.
        """
        query = urlencode({"offset": offset, "timeout": wait, "allowed_updates": json.dumps(UPDATES)})
        body = await self._polling.retrieve(f"{self.bot.base_url}/getUpdates?{query}", read_timeout=wait + 10)
        found = Requests.parse_json_payload(body).get("result")
        if not isinstance(found, list):
            raise TelegramError("no list of updates")
        return [update for update in found if isinstance(update, dict)]

    async def close(self) -> None:
        """Closes the connections; afterwards the client is of no use."""
        await self._sending.shutdown()
        await self._polling.shutdown()


def seconds(error: RetryAfter) -> float:
    """How long Telegram asks us to wait."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        after = error.retry_after
    return after.total_seconds() if isinstance(after, timedelta) else float(after)


def _markup(markup: object) -> InlineKeyboardMarkup | None:
    return InlineKeyboardMarkup.de_json(markup) if isinstance(markup, dict) else None


def _quieten() -> None:
    """The libraries log addresses (with the token in them) and messages: only this package speaks of its failures."""
    os.environ.setdefault("PTB_TIMEDELTA", "true")
    loud = dict.fromkeys(("aiohttp", "httpx", "httpcore"), logging.WARNING)
    for name, level in {**loud, "telegram": logging.CRITICAL}.items():
        logging.getLogger(name).setLevel(level)
