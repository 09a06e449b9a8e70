"""Telegram as a push channel: delivers a message, says honestly what became of it, and opens the webhook."""

from __future__ import annotations

import logging

import httpx
from fastapi import APIRouter
from telegram import BotCommand, BotCommandScopeChat
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError

from bot.channel import Delivered, DeliveryResult, Gone, Message, Receive, TryAgain, Uncertain
from bot.telegram import webhook
from bot.telegram.client import UPDATES, Client, seconds
from bot.telegram.intake import Park
from bot.telegram.payloads import Payload, to_payloads
from bot.telegram.translate import CHANNEL
from locales import SOURCE, Text, language

_COMMANDS = ("start", "menu", "taal", "mens", "stop")
_NEVER_WRITTEN = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_MISCONFIGURED = (httpx.UnsupportedProtocol, httpx.InvalidURL)
_MISCONFIGURED_PAUSE = 60.0
_MOST_UNFINISHED = 1_000
_log = logging.getLogger(__name__)


class TelegramChannel:
    """The push channel "telegram". The host keeps the order per address and decides when to try again."""

    name = CHANNEL

    def __init__(self, client: Client) -> None:
        self._client = client
        self._parts_sent: dict[int, int] = {}

    async def deliver(self, address: str, message: Message) -> DeliveryResult:
        """Sends one message, in as many parts as Telegram needs; never raises for what the other side may do.

        `TryAgain(0)` leaves the waiting time to the caller. A message that is tried again goes on with the part that
        failed, as long as this process lives; an empty message counts as delivered.
        """
        try:
            payloads = to_payloads(message)
        except ValueError as error:
            _log.error("%s: message refused here (%s)", CHANNEL, type(error).__name__)
            return Gone("refused")
        return await self._send_parts(hash((address, message)), address, payloads)

    async def acknowledge(self, callback_query_id: str) -> None:
        """Stops the waiting sign on a tapped button; a failure is logged, without data, and forgotten."""
        await self._client.acknowledge(callback_query_id)

    def webhook_router(self, receive: Receive, secret: str, park: Park) -> APIRouter:
        """The route POST /telegram/webhook: see `webhook.webhook_router`."""
        return webhook.webhook_router(receive, secret, park, acknowledge=self.acknowledge)

    async def set_webhook(self, url: str, secret: str) -> None:
        """Asks Telegram to bring updates to this address (https) with this secret; raises TelegramError."""
        await self._client.bot.set_webhook(url, secret_token=secret, allowed_updates=UPDATES)

    async def remove_webhook(self) -> None:
        """Asks Telegram to keep updates until they are fetched, as polling needs; raises TelegramError."""
        await self._client.bot.delete_webhook()

    async def set_commands(self, code: str, address: str | None = None) -> None:
        """Sets the menu of commands in one language, for phones or for one chat; raises TelegramError.

        Dutch is also what phones in any other language see. A language without all the words gets Dutch.
        """
        texts = {name: Text.of(f"telegram.command.{name}") for name in _COMMANDS}
        spoken = language(code)
        if not spoken.has(texts.values()):
            spoken = language(SOURCE)
        commands = [BotCommand(name, spoken.say(text)) for name, text in texts.items()]
        if address is not None:
            await self._client.bot.set_my_commands(commands, scope=BotCommandScopeChat(int(address)))
        else:
            await self._client.bot.set_my_commands(commands, language_code=None if code == SOURCE else code)

    async def _send_parts(self, key: int, address: str, payloads: list[Payload]) -> DeliveryResult:
        sent = self._parts_sent.pop(key, 0)
        for number, payload in enumerate(payloads[sent:], sent):
            result = await self._send(address, payload)
            if isinstance(result, TryAgain) and number:
                self._remember(key, number)
            if not isinstance(result, Delivered):
                return result
        return Delivered()

    async def _send(self, address: str, payload: Payload) -> DeliveryResult:
        if not address.removeprefix("-").isascii() or not address.removeprefix("-").isdigit():
            return Gone("no_chat")
        try:
            await self._client.send(address, payload)
        except Exception as error:  # noqa: BLE001 - whatever went wrong becomes an outcome
            result = outcome(error)
            _log.warning("%s: not delivered (%s): %s", CHANNEL, type(error).__name__, type(result).__name__)
            return result
        return Delivered()

    def _remember(self, key: int, parts: int) -> None:
        if len(self._parts_sent) >= _MOST_UNFINISHED:
            self._parts_sent.pop(next(iter(self._parts_sent)))
        self._parts_sent[key] = parts


def outcome(error: Exception) -> DeliveryResult:
    """What an error of one sending means for the message: only what surely did not arrive is tried again."""
    match error:
        case RetryAfter():
            return TryAgain(seconds(error), whole_channel=True)
        case Forbidden():
            return Gone("blocked")
        case ChatMigrated():
            return Gone("no_chat")
        case BadRequest():
            lost = any(words in error.message.lower() for words in ("chat not found", "peer_id_invalid"))
            return Gone("no_chat" if lost else "refused")
        case InvalidToken():
            return TryAgain(_MISCONFIGURED_PAUSE, whole_channel=True)
        case NetworkError(__cause__=cause):
            return _network_outcome(cause)
        case _:
            return Uncertain()


def _network_outcome(cause: BaseException | None) -> DeliveryResult:
    if isinstance(cause, _MISCONFIGURED):
        return TryAgain(_MISCONFIGURED_PAUSE, whole_channel=True)
    # Without an HTTP error below it, Telegram itself answered with a 5xx: it did not take the message.
    answered = cause is None or isinstance(cause, TelegramError)
    return TryAgain(0) if answered or isinstance(cause, _NEVER_WRITTEN) else Uncertain()
