"""What Telegram's Bot API refuses, independent of the code under test: aiogram's models of methods, and the limits."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from html import unescape
from html.parser import HTMLParser
from importlib import import_module
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel, ValidationError

if TYPE_CHECKING:
    from aiogram.types import BotCommand, InlineKeyboardMarkup

_MODELS = [
    "GetMe",
    "GetUpdates",
    "SetWebhook",
    "DeleteWebhook",
    "GetWebhookInfo",
    "SendMessage",
    "SendPhoto",
    "SendDocument",
    "EditMessageText",
    "AnswerCallbackQuery",
    "SetMyCommands",
    "DeleteMessages",
]
METHODS = frozenset(name[0].lower() + name[1:] for name in _MODELS)
_TAGS = {"b", "strong", "i", "em", "u", "s", "a", "code", "pre", "tg-spoiler", "blockquote"}
_TRIMMED = " \t\n\r\u200b\u200c\u200d\u200e\u200f\u2060\u00a0\u3000\ufeff"


class Refused(Exception):
    """A request that Telegram answers with 400 and these words."""


def checked(method: str, sent: Mapping[str, str]) -> dict[str, Any]:
    """The parameters of a call with JSON values decoded; raises Refused where the Bot API would answer 400."""
    model = _methods()[method]
    params = {name: _decoded(model, name, value) for name, value in sent.items()}
    try:
        call = model.model_validate(params)
    except ValidationError as error:
        raise Refused(f"wrong parameters: {[problem['loc'] for problem in error.errors()]}") from None
    if unknown := sorted(_unknown(call)):
        raise Refused(f"unknown parameters: {unknown}")
    if "text" in params and method != "answerCallbackQuery":
        _check_text(shown(params["text"], params.get("parse_mode")))
    _check_parts(call, params)
    return params


def shown(text: str, parse_mode: str | None) -> str:
    """The text as people see it: without HTML, trimmed at both ends; raises Refused for wrong HTML."""
    if parse_mode != "HTML":
        return text.strip(_TRIMMED)
    reader = _Reader()
    reader.feed(text)
    reader.close()
    if reader.open:
        raise Refused(f"can't parse entities: can't find end tag for {reader.open[-1]}")
    return "".join(reader.words).strip(_TRIMMED)


@cache
def _methods() -> dict[str, type[BaseModel]]:
    """The models of the methods. They take three seconds to load: only who speaks to Telegram does."""
    methods = import_module("aiogram.methods")
    return {model.__api_method__: model for model in (getattr(methods, name) for name in _MODELS)}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.words: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _TAGS:
            raise Refused(f"can't parse entities: unsupported start tag {tag}")
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            raise Refused(f"can't parse entities: unexpected end tag {tag}")

    def handle_data(self, data: str) -> None:
        if "<" in data:
            raise Refused("can't parse entities: bare <")
        self.words.append(data)

    def handle_entityref(self, name: str) -> None:
        self.words.append(unescape(f"&{name};") if name in ("lt", "gt", "amp", "quot") else f"&{name}")

    def handle_charref(self, name: str) -> None:
        self.words.append(unescape(f"&#{name};"))

    def handle_comment(self, data: str) -> None:
        raise Refused("can't parse entities: comment")

    def handle_decl(self, decl: str) -> None:
        raise Refused("can't parse entities: declaration")

    def handle_pi(self, data: str) -> None:
        raise Refused("can't parse entities: instruction")

    def unknown_decl(self, data: str) -> None:
        raise Refused("can't parse entities: declaration")


def _decoded(model: type[BaseModel], name: str, value: str) -> Any:
    field = model.model_fields.get(name)
    takes_text = field is None or field.annotation is str or str in get_args(field.annotation)
    if takes_text or value[:1] not in "[{" or not value:
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise Refused(f"can't parse {name} JSON object") from None


def _unknown(value: object) -> Iterator[str]:
    if isinstance(value, BaseModel):
        yield from value.model_extra or ()
        for name in value.model_fields_set:
            yield from _unknown(getattr(value, name))
    elif isinstance(value, list):
        for item in value:
            yield from _unknown(item)


def _check_text(text: str) -> None:
    if not text:
        raise Refused("message text is empty")
    if len(text.encode("utf-16-le")) > 2 * 4096:
        raise Refused("message is too long")


def _check_parts(call: BaseModel, params: Mapping[str, Any]) -> None:
    markup = getattr(call, "reply_markup", None)
    if hasattr(markup, "inline_keyboard"):
        _check_keyboard(markup)
    for command in getattr(call, "commands", ()):
        _check_command(command)
    if len(params.get("caption", "").encode("utf-16-le")) > 2 * 1024:
        raise Refused("message caption is too long")
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", params.get("secret_token", "x")):
        raise Refused("bad webhook: secret token contains unallowed characters")


def _check_keyboard(markup: InlineKeyboardMarkup) -> None:
    if sum(map(len, markup.inline_keyboard)) > 100 or any(len(row) > 8 for row in markup.inline_keyboard):
        raise Refused("reply markup is too long")
    for row in markup.inline_keyboard:
        for button in row:
            if not button.text.strip(_TRIMMED):
                raise Refused("text buttons are unallowed to be empty")
            if not 1 <= len((button.callback_data or "").encode()) <= 64:
                raise Refused("BUTTON_DATA_INVALID")


def _check_command(command: BotCommand) -> None:
    if not re.fullmatch(r"[a-z0-9_]{1,32}", command.command) or not 1 <= len(command.description) <= 256:
        raise Refused("BOT_COMMAND_INVALID")
