"""The widget's pages and files: the start page, the chat page in the frame, and the loader for other sites."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, Response
from fastapi.templating import Jinja2Templates
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from locales import languages, source_texts

_FOLDER = Path(__file__).parent
_PREFIX = "widget."
_WORDS = "/static/widget/words-{code}.json"


def page_router() -> APIRouter:
    """`/`, `/chat`, `/embed.js`, and the widget's words in one language: a page carries only Dutch."""
    router = APIRouter(include_in_schema=False)
    templates = Jinja2Templates(_FOLDER / "templates")
    templates.env.policies["json.dumps_kwargs"] = {"ensure_ascii": False}

    @router.get("/")
    async def start_page(request: Request) -> HTMLResponse:
        return templates.TemplateResponse(request, "start.html", _words())

    @router.get("/chat")
    async def chat_page(request: Request) -> HTMLResponse:
        return templates.TemplateResponse(request, "chat.html", _words())

    @router.get(_WORDS)
    async def words(code: str) -> JSONResponse:
        found = _words()["ui"].get(code)
        if found is None:
            raise HTTPException(404)
        return JSONResponse(found, headers={"Cache-Control": "public, max-age=3600"})

    @router.get("/embed.js")
    async def loader() -> Response:
        return FileResponse(_FOLDER / "static" / "embed.js", media_type="text/javascript")

    return router


def widget_files() -> StaticFiles:
    """The files under `/static/widget`."""
    return StaticFiles(directory=_FOLDER / "static")


@cache
def _words() -> dict[str, Any]:
    """The widget's own words in each language that has all of them, and the languages to choose from."""
    ids = [id for id in source_texts() if id.startswith(_PREFIX)]
    ui = {
        code: {id.removeprefix(_PREFIX): spoken.texts[id] for id in ids}
        for code, spoken in languages().items()
        if all(id in spoken.texts for id in ids)
    }
    return {
        "languages": [(code, languages()[code].name, languages()[code].direction) for code in ui],
        "ui": ui,
        "words_url": _WORDS.format(code="CODE"),
    }
