"""The widget's pages and files: the start page, the chat page in the frame, and the loader for other sites."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request, Response
from jinja2 import Environment, FileSystemLoader
from starlette.exceptions import HTTPException

from bot.web_widget.files import Packed, lean
from locales import languages, source_texts

_FOLDER = Path(__file__).parent
_PREFIX = "widget."
_FILES = "/static/widget"
_WORDS = "words-{code}.json"
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


def page_router() -> APIRouter:
    """`/`, `/chat`, `/embed.js`, and everything under `/static/widget`."""
    router = APIRouter(include_in_schema=False)
    methods = ["GET", "HEAD"]

    @router.api_route("/", methods=methods)
    async def start_page(request: Request) -> Response:
        return _page("start.html").answer(request)

    @router.api_route("/chat", methods=methods)
    async def chat_page(request: Request) -> Response:
        return _page("chat.html").answer(request)

    @router.api_route("/embed.js", methods=methods)
    async def loader(request: Request) -> Response:
        return _files()["embed.js"].answer(request)

    @router.api_route(_FILES + "/{name}", methods=methods)
    async def file(name: str, request: Request) -> Response:
        found = _files().get(name)
        if found is None:
            raise HTTPException(404)
        return found.answer(request)

    return router


@cache
def _page(name: str) -> Packed:
    environment = Environment(loader=FileSystemLoader(_FOLDER / "templates"), autoescape=True)
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False}
    return Packed.of(lean(environment.get_template(name).render(_words())), "text/html")


@cache
def _files() -> dict[str, Packed]:
    """The static files by name, and the words of each language: a page carries only Dutch."""
    found = {
        path.name: Packed.of(lean(path.read_text("utf-8")), _TYPES[path.suffix])
        for path in (_FOLDER / "static").iterdir()
        if path.suffix in _TYPES
    }
    for code, words in _words()["ui"].items():
        said = json.dumps(words, ensure_ascii=False)
        found[_WORDS.format(code=code)] = Packed.of(said, "application/json")
    return found


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
        "words_url": f"{_FILES}/{_WORDS.format(code='CODE')}",
    }
