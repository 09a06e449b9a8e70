"""What the page without scripts looks like: a conversation, or the first screen, in the look of a municipality."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from bot.channel import Message
from bot.web_widget.articles import start_of
from bot.web_widget.looks import AWAY, Dress
from bot.web_widget.rendering import template, ui_words
from bot.web_widget.written import written
from knowledge.articles import articles
from locales import Text, language, languages

PATH = "/chat/plain"
_HERE = ZoneInfo("Europe/Amsterdam")
_NOT_HERE = ("copy:",)
"""Buttons that need a script."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The conversation of a browser's cookie."""

    id: str
    token: str

    @classmethod
    def of(cls, cookie: str) -> Opened | None:
        """What a cookie says; None without one."""
        id, dot, token = cookie.partition(".")
        return cls(id, token) if dot and id and token else None

    @property
    def cookie(self) -> str:
        return f"{self.id}.{self.token}"

    @property
    def proof(self) -> str:
        """What stands in the forms of this conversation, and nobody else can know."""
        return sha256(b"form:" + self.cookie.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a page shows beside the conversation: a notice, an error and the words it is about, what is new, and the
    address of the article that somebody came from."""

    notice: str = ""
    error: str = ""
    text: str = ""
    after: int = 0
    start: str = ""
    topic: str = ""
    status: int = 200


def dress_up(app: Any, looks: Mapping[str, Dress]) -> None:
    """Gives an app the looks of municipalities: a page wears the one that its address names."""
    app.state.looks = looks


def worn(request: Request) -> Dress | None:
    """The look that a page's address names: `?region=0344`."""
    found: Dress | None = request.app.state.looks.get(request.query_params.get("region", ""))
    return found


def rendered(
    request: Request, wanted: str, opened: Opened | None, messages: Sequence[Message], shown: Shown
) -> Response:
    """The page in a language: of an open conversation, or the first screen with the last words of one that is over."""
    code, direction, words = ui_words(wanted)
    newest = max((one.number for one in messages if one.sender == "bot" or _asks(one)), default=0)
    dress = worn(request)
    context: dict[str, Any] = {
        "language": code,
        "direction": direction,
        "ui": {code: words},
        "opened": opened,
        "messages": messages,
        "newest": newest,
        "last": messages[-1].number if messages else 0,
        "first_new": next((one.number for one in messages if one.number > shown.after), 0),
        "shown": shown,
        "topic": _topic(shown.topic, code),
        "error": words.get(shown.error, shown.error),
        "notice": words.get(shown.notice, shown.notice),
        "key": secrets.token_hex(12),
        "written": written,
        "time": _time,
        "usable": _usable,
        "own_name": _own_name,
        "path": PATH,
        "region": dress.code if dress else "",
        "theme": dress and {"name": dress.name, "logo": dress.logo_url, "style": dress.look.style_url},
        "first": dress and (dress.first.get(code) or dress.first.get("nl")),
    }
    content = template("plain.html").render(context)
    return HTMLResponse(content, shown.status, headers=headers_of(dress))


def headers_of(dress: Dress | None) -> dict[str, str]:
    """No copies, no frame, no scripts, and forms that go nowhere else but away."""
    away = "/".join((dress.away if dress else AWAY).split("/")[:3])
    policy = (
        "default-src 'self'; script-src 'none'; img-src 'self' data:; base-uri 'none'; object-src 'none'; "
        f"frame-ancestors 'none'; form-action 'self' {away}"
    )
    return {"Cache-Control": "no-store", "Content-Security-Policy": policy, "Referrer-Policy": "same-origin"}


def back(request: Request, after: int = 0) -> Response:
    """To the page again, so that reloading it sends nothing a second time."""
    dress = worn(request)
    query = urlencode({**({"region": dress.code} if dress else {}), **({"after": after} if after else {})})
    address = f"{PATH}?{query}" if query else PATH
    return RedirectResponse(address + ("#new" if after else ""), 303, headers=headers_of(dress))


def receipt(wanted: str, reference: str, at: str) -> Message:
    """The proof that everything is erased, as a notice that needs nothing stored."""
    code = ui_words(wanted)[0]
    moment = datetime.fromisoformat(at).astimezone(_HERE)
    text = Text.of("my_data.erased.receipt", reference=reference, day=moment.date(), time=f"{moment:%H:%M}")
    spoken = languages()[code]
    if not spoken.has([text]):
        spoken = language("nl")
    said = spoken.say(text)
    return Message(number=1, sender="system", text=said, language=spoken.code, direction=spoken.direction, at=at)


def _topic(address: str, code: str) -> tuple[str, str, str] | None:
    """The button that opens an article in a conversation: its id, its language and its words."""
    choice = start_of(address)
    if not choice:
        return None
    title = articles()[choice.removeprefix("info:")].title
    spoken = languages()[code] if languages()[code].has([title]) else language("nl")
    return choice, spoken.code, spoken.say(title)


def _usable(message: Message) -> list[tuple[str, str]]:
    """The buttons of a message that work without a script."""
    return [choice for choice in message.choices if not choice[0].startswith(_NOT_HERE)]


def _asks(message: Message) -> bool:
    """Whether a notice asks something itself; any other leaves an open question open."""
    return message.sender == "system" and bool(_usable(message))


def _own_name(choice: str, language: str) -> str:
    """The language of a button's label: one that chooses a language is written in that language."""
    return choice.removeprefix("lang:") if choice.startswith("lang:") else language


def _time(at: str) -> str:
    return datetime.fromisoformat(at).astimezone(_HERE).strftime("%d-%m-%Y %H:%M")
