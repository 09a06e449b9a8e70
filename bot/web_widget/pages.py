"""The widget's pages and files: the start page, the chat page in the frame, and the loader for other sites."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from bot.routers import join
from bot.web_widget.articles import article_router
from bot.web_widget.chat_page import chat_router, script, style
from bot.web_widget.crawlers import crawler_router
from bot.web_widget.explained import ReadTerms, explaining_router, same_terms
from bot.web_widget.files import Packed
from bot.web_widget.framing import EVERYWHERE
from bot.web_widget.look import Looks, plain_look
from bot.web_widget.looks import Dress
from bot.web_widget.places import ReadDirectory, place_router
from bot.web_widget.public_site import Site
from bot.web_widget.rendering import FILES, template, widget_words, words_file
from knowledge.library import Knowledge
from locales import source_texts

_FOLDER = Path(__file__).parent
_AROUND = (
    ("/informatie", "information"),
    ("/regio", "places"),
    ("/privacy", "privacy"),
    ("/toegankelijkheid", "access"),
)
"""Pages that the start page leads to."""
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


def page_router(looks: Mapping[str, Dress] = MappingProxyType({}), *, ancestors: str = EVERYWHERE) -> APIRouter:
    """`/`, `/chat`, `/embed.js`, and everything under `/static/widget`; `looks` are those of municipalities, and
    `ancestors` the sites that may show the chat in a frame."""
    router = APIRouter(include_in_schema=False)
    join(router, chat_router(looks, ancestors=ancestors))
    methods = ["GET", "HEAD"]

    @router.api_route("/", methods=methods)
    async def start_page(request: Request) -> Response:
        return _page("start.html").answer(request)

    @router.api_route("/embed.js", methods=methods)
    async def loader(request: Request) -> Response:
        return static_files()["embed.js"].answer(request)

    @router.api_route(FILES + "/{name}", methods=methods)
    async def file(name: str, request: Request) -> Response:
        found = static_files().get(name)
        if found is None:
            raise HTTPException(404)
        return found.answer(request)

    return router


def public_router(
    knowledge: Knowledge,
    directory: ReadDirectory,
    *,
    looks: Looks = plain_look,
    hours: int = 24,
    terms: ReadTerms = same_terms,
) -> APIRouter:
    """The pages around the chat: articles, places, privacy, accessibility, and what search engines read.

    `directory` gives the organisations that answer now; `looks` a municipality's own colours, logo and first sentence;
    `hours` is how long a conversation without a request is kept, `terms` who keeps a closed request for another time.
    """
    site = Site(address=knowledge.web_address.rstrip("/"))
    router = APIRouter()
    join(
        router,
        crawler_router(site.address, knowledge.regions),
        explaining_router(site, hours=hours, terms=terms),
        article_router(site, knowledge.understander),
        place_router(site, knowledge.regions, directory, looks=looks),
    )
    return router


@cache
def _page(name: str) -> Packed:
    around = [(path, source_texts()[f"pages.site.{key}"]) for path, key in _AROUND]
    own = {"around": around, "style": style("start.css"), "script": script()}
    return Packed.page(template(name).render(widget_words() | own), frame_ancestors="'none'")


@cache
def static_files() -> dict[str, Packed]:
    """The static files by name, and the words of each language: a page carries only Dutch."""
    found = {
        path.name: Packed.of(path.read_text("utf-8"), _TYPES[path.suffix])
        for path in (_FOLDER / "static").iterdir()
        if path.suffix in _TYPES
    }
    for code, words in widget_words()["ui"].items():
        said = json.dumps(words, ensure_ascii=False)
        found[words_file(code)] = Packed.of(said, "application/json")
    return found
