"""The chat page itself, in the look of a municipality where the address asks for it: `/chat?region=0344`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from bot.web_widget.files import Packed, lean
from bot.web_widget.looks import Dress
from bot.web_widget.rendering import FILES, template, widget_words

_INVITATION = re.compile(r"[A-Za-z0-9_-]{1,64}")
_STYLE = Path(__file__).parent / "static" / "chat.css"
_T = TypeVar("_T")
_DAY = "public, max-age=86400"


def chat_router(looks: Mapping[str, Dress]) -> APIRouter:
    """`/chat`, and the style sheets and logos of the looks under `/static/widget`."""
    router = APIRouter(include_in_schema=False)
    pages = {code: _page(dress) for code, dress in {"": None, **looks}.items()}

    @router.api_route("/chat", methods=["GET", "HEAD"])
    async def chat(request: Request, region: str = "", start: str = "") -> Response:
        if _INVITATION.fullmatch(start):
            return _page(looks.get(region), start=start).answer(request)
        return pages.get(region, pages[""]).answer(request)

    router.include_router(_style_router(looks))
    return router


def _style_router(looks: Mapping[str, Dress]) -> APIRouter:
    """The chat's style sheet in each look, the look alone for other pages, and the logos."""
    router = APIRouter()
    whole = {code: _packed(_STYLE.read_text("utf-8") + dress.style) for code, dress in looks.items()}
    alone = {code: _packed(dress.style) for code, dress in looks.items()}

    @router.get(FILES + "/chat-{code}.css")
    async def chat_style(code: str, request: Request) -> Response:
        return _found(whole.get(code)).answer(request)

    @router.get(FILES + "/look-{code}.css")
    async def look_style(code: str, request: Request) -> Response:
        return _found(alone.get(code)).answer(request)

    @router.get(FILES + "/look-{code}.logo")
    async def logo(code: str) -> Response:
        dress = looks.get(code)
        content, media_type = _found(dress.logo if dress else None)
        return Response(content, media_type=media_type, headers={"Cache-Control": _DAY})

    return router


def _found(thing: _T | None) -> _T:
    if thing is None:
        raise HTTPException(404)
    return thing


def _page(dress: Dress | None, *, start: str = "") -> Packed:
    context: dict[str, Any] = {**widget_words(), "plain_url": f"/chat/plain?start={start}" if start else ""}
    if dress:
        context["theme"] = {
            "name": dress.name,
            "logo": dress.logo_url,
            "first": dress.first,
            "away": dress.away,
            "style_url": f"{FILES}/chat-{dress.code}.css",
        }
    return Packed.of(lean(template("chat.html").render(context)), "text/html")


def _packed(style: str) -> Packed:
    return Packed.of(style, "text/css")
