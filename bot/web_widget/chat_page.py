"""The chat page itself, whole in one answer, in the look of a municipality where the address asks for it:
`/chat?region=0344`. From an article's page (`/chat?topic=kosten`) the conversation begins with that article."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from bot.web_widget.articles import start_of
from bot.web_widget.files import Packed, short
from bot.web_widget.framing import EVERYWHERE, frame_ancestors
from bot.web_widget.looks import Dress
from bot.web_widget.rendering import FILES, template, widget_words

_INVITATION = re.compile(r"[A-Za-z0-9_-]{1,64}")
_STATIC = Path(__file__).parent / "static"
_T = TypeVar("_T")
_DAY = "public, max-age=86400"
_TOPICS_KEPT = 100


def chat_router(looks: Mapping[str, Dress], *, ancestors: str = EVERYWHERE) -> APIRouter:
    """`/chat`, and the style sheets and logos of the looks under `/static/widget`.

    `ancestors`: which sites may show it in a frame (`frame-ancestors`), where a look names no sites of its own.
    """
    router = APIRouter(include_in_schema=False)
    page = cache(lambda code: _page(looks.get(code), ancestors))
    topical = lru_cache(_TOPICS_KEPT)(lambda code, topic: _page(looks.get(code), ancestors, topic=topic))

    @router.api_route("/chat", methods=["GET", "HEAD"])
    async def chat(request: Request, region: str = "", start: str = "", topic: str = "") -> Response:
        code = region if region in looks else ""
        if _INVITATION.fullmatch(start):
            return _page(looks.get(code), ancestors, start=start).answer(request)
        return (topical(code, topic) if start_of(topic) else page(code)).answer(request)

    _add_styles(router, looks)
    return router


def script() -> str:
    """The chat's script, to stand in a page."""
    return _inline("chat.js", "text/javascript")


def style(*names: str, own: str = "") -> str:
    """Style sheets one after the other and a look's own at the end, to stand in a page."""
    return "".join([*(_inline(name, "text/css") for name in ("chat.css", *names)), own])


def _add_styles(router: APIRouter, looks: Mapping[str, Dress]) -> None:
    """The looks alone, for other pages, and the logos."""
    alone = {code: Packed.of(dress.style, "text/css") for code, dress in looks.items()}

    @router.get(FILES + "/look-{code}.css")
    async def look_style(code: str, request: Request) -> Response:
        return _found(alone.get(code)).answer(request)

    @router.get(FILES + "/look-{code}.logo")
    async def logo(code: str) -> Response:
        dress = looks.get(code)
        content, media_type = _found(dress.logo if dress else None)
        return Response(content, media_type=media_type, headers={"Cache-Control": _DAY})


def _found(thing: _T | None) -> _T:
    if thing is None:
        raise HTTPException(404)
    return thing


def _page(dress: Dress | None, ancestors: str, *, start: str = "", topic: str = "") -> Packed:
    query = {"region": dress.code if dress else "", "start": start, "topic": topic}
    along = urlencode({name: value for name, value in query.items() if value})
    context: dict[str, Any] = {
        **widget_words(),
        "plain_url": f"/chat/plain?{along}" if along else "",
        "topic": start_of(topic),
        "style": style(own=dress.style if dress else ""),
        "script": script(),
    }
    if dress:
        context["theme"] = {"name": dress.name, "logo": dress.logo_url, "first": dress.first, "away": dress.away}
    framed_by = frame_ancestors(dress.sites) if dress and dress.sites else ancestors
    return Packed.page(template("chat.html").render(context), frame_ancestors=framed_by)


@cache
def _inline(name: str, media_type: str) -> str:
    return short((_STATIC / name).read_text("utf-8"), media_type)
