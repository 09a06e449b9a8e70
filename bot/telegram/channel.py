"""Telegram as a push channel: delivers a message, says honestly what became of it, and opens the webhook."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, replace

import aiohttp
from fastapi import APIRouter
from telegram import BotCommand, BotCommandScopeChat
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError

from bot.channel import (
    Delivered,
    DeliveryResult,
    DrawPng,
    File,
    Gone,
    Message,
    Receive,
    RenderPaper,
    TryAgain,
    Uncertain,
)
from bot.telegram import webhook
from bot.telegram.client import UPDATES, Client, seconds
from bot.telegram.intake import Park
from bot.telegram.parts import Document, Part, Photo, Words, to_parts
from bot.telegram.translate import CHANNEL
from dialogs.messages import Direction, Paper, Picture
from locales import SOURCE, Text, language

_COMMANDS = ("start", "menu", "taal", "mens", "stop", "bewaar", "wis")
_NEEDED = _COMMANDS[:5]
"""A language that lacks one of these gets the Dutch menu; a newer command that it lacks is left out."""
_NEVER_WRITTEN = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientHttpProxyError)
_MISCONFIGURED = (aiohttp.InvalidURL,)
_MISCONFIGURED_PAUSE = 60.0
_MOST_UNFINISHED = 1_000
_MOST_AT_ONCE = 100
_CHAT = re.compile(r"-?[0-9]+")
_REFUSED = Gone("refused")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Progress:
    """How many parts of a message were sent, and whether nobody knows of one of them."""

    parts: int = 0
    doubtful: bool = False
    ids: tuple[str, ...] = ()


def _no_picture(picture: Picture, *, language: str, direction: Direction) -> bytes:
    raise NotImplementedError


def _no_paper(paper: Paper) -> File:
    raise NotImplementedError


class TelegramChannel:
    """The push channel "telegram". The host keeps the order per address and decides when to try again.

    Pictures and papers are drawn by what the host gives; without it they arrive as words.
    """

    name = CHANNEL

    def __init__(
        self, client: Client, *, render_picture: DrawPng = _no_picture, render_paper: RenderPaper = _no_paper
    ) -> None:
        self._client = client
        self._draw_picture = render_picture
        self._render_paper = render_paper
        self._parts_sent: dict[int, _Progress] = {}

    async def deliver(self, address: str, message: Message, *, begun: Sequence[str] = ()) -> DeliveryResult:
        """Sends one message, in as many parts as Telegram needs; never raises for what the other side may do.

        `TryAgain(0)` leaves the waiting time to the caller. A message that is tried again goes on with the part that
        failed, as long as this process lives; an empty message counts as delivered. A picture or a paper that cannot be
        sent gives way to words; one that nobody knows about holds back no words, and makes the message `Uncertain`.
        """
        if not _CHAT.fullmatch(address):
            return Gone("no_chat")
        try:
            parts = to_parts(message)
        except ValueError as error:
            _log.error("%s: message refused here (%s)", CHANNEL, type(error).__name__)
            return _REFUSED
        return await self._send_parts(hash((address, message)), address, parts, begun)

    async def unsend(self, address: str, ids: Sequence[str]) -> None:
        """Takes back what was sent, a hundred at a time; what Telegram does not take back any more stays there."""
        for start in range(0, len(ids), _MOST_AT_ONCE):
            try:
                await self._client.unsend(address, ids[start : start + _MOST_AT_ONCE])
            except Exception as error:  # noqa: BLE001 - what stays behind was announced as such
                _log.warning("%s: not taken back (%s)", CHANNEL, type(error).__name__)

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
        if not spoken.has(texts[name] for name in _NEEDED):
            spoken = language(SOURCE)
        commands = [BotCommand(name, spoken.say(text)) for name, text in texts.items() if spoken.has([text])]
        if address is not None:
            await self._client.bot.set_my_commands(commands, scope=BotCommandScopeChat(int(address)))
        else:
            await self._client.bot.set_my_commands(commands, language_code=None if code == SOURCE else code)

    async def _send_parts(self, key: int, address: str, parts: list[Part], begun: Sequence[str]) -> DeliveryResult:
        # Another process knows only the numbers of the parts that arrived, but it may have gone on since.
        kept, told = self._parts_sent.pop(key, _Progress()), _Progress(len(begun), ids=tuple(begun))
        done = max(kept, told, key=lambda progress: progress.parts)
        for part in parts[done.parts :]:
            result = await self._send(address, part)
            doubtful = isinstance(result, Uncertain) and not isinstance(part, Words)
            if isinstance(result, TryAgain) and done.parts:
                self._remember(key, done)
            if isinstance(result, TryAgain):
                return replace(result, begun=done.ids)
            if not isinstance(result, Delivered) and not doubtful:
                return result
            ids = result.ids if isinstance(result, Delivered) else ()
            done = _Progress(done.parts + 1, done.doubtful or doubtful, (*done.ids, *ids))
        return Uncertain() if done.doubtful else Delivered(done.ids)

    async def _send(self, address: str, part: Part) -> DeliveryResult:
        if isinstance(part, Words):
            return await _tried(self._client.send(address, part.payload))
        result = await self._send_file(address, part)
        if result != _REFUSED:
            return result
        return await self._send(address, part.instead) if part.instead else Delivered()

    async def _send_file(self, address: str, part: Photo | Document) -> DeliveryResult:
        try:
            file = await asyncio.to_thread(self._make, part)
        except Exception as error:  # noqa: BLE001 - what cannot be made gives way to words
            _log.error("%s: a file was not made (%s)", CHANNEL, type(error).__name__)
            return _REFUSED
        if isinstance(part, Photo):
            return await _tried(self._client.send_photo(address, file, part.caption))
        return await _tried(self._client.send_document(address, file, part.caption))

    def _make(self, part: Photo | Document) -> File:
        if isinstance(part, Document):
            return self._render_paper(part.paper)
        drawn = self._draw_picture(part.picture, language=part.language, direction=part.direction)
        return File(drawn, "image/png", "verder.png")

    def _remember(self, key: int, done: _Progress) -> None:
        if len(self._parts_sent) >= _MOST_UNFINISHED:
            self._parts_sent.pop(next(iter(self._parts_sent)))
        self._parts_sent[key] = done


async def _tried(sending: Awaitable[str]) -> DeliveryResult:
    try:
        id = await sending
    except Exception as error:  # noqa: BLE001 - whatever went wrong becomes an outcome
        result = outcome(error)
        _log.warning("%s: not delivered (%s): %s", CHANNEL, type(error).__name__, type(result).__name__)
        return result
    return Delivered((id,))


def outcome(error: Exception) -> DeliveryResult:
    """What an error of one sending means for the message: only what surely did not arrive is tried again."""
    match error:
        case RetryAfter():
            return TryAgain(seconds(error), whole_channel=True)
        case Forbidden() | BadRequest() if error.__cause__ is not None:  # something between us and Telegram said this
            return TryAgain(_MISCONFIGURED_PAUSE, whole_channel=True)
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
