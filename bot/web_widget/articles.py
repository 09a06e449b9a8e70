"""The articles as pages of their own, to read and find without chatting: `/informatie` and `/informatie/<address>`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request, Response

from bot.web_widget.article_search import search
from bot.web_widget.files import Packed
from bot.web_widget.public_site import PRIVATE, NotThere, Part, Site, Voice, in_language, publish
from knowledge.articles import Article, articles, documents
from knowledge.danger import Danger
from knowledge.statutes import Source
from knowledge.understand import Understander
from locales import SOURCE, Text, languages

LIST = "/informatie"
QUERY_LIMIT = 200
GROUPS = ("school", "learning", "work", "who", "data", "chat")
_PAGES_KEPT = 200
_HELP_NOW = "help_now"
_URGENT = ("red", "amber")


@dataclass(frozen=True, slots=True)
class Found:
    """What a search gave: articles, best first, and what to show before them when somebody may be in danger."""

    query: str
    articles: tuple[Article, ...]
    danger: Part | None = None
    help_first: bool = False


@cache
def addresses() -> Mapping[str, str]:
    """The address of each article by its id. A new article without one stands at its id."""
    table = _table()["articles"]
    return {id: str(table.get(id, id.replace("_", "-"))) for id in articles()}


def article_router(site: Site, understander: Understander) -> APIRouter:
    """The list with its search, and a page for each article, in every language."""
    router = APIRouter()
    page = lru_cache(_PAGES_KEPT)(lambda code, address: _article_page(site, Voice(languages()[code]), address))
    plain_list = lru_cache(len(languages()))(lambda code: _list_page(site, Voice(languages()[code]), None))

    async def article(request: Request) -> Response:
        return site.answer(request, lambda voice: page(voice.code, request.path_params["address"]))

    async def listing(request: Request) -> Response:
        query = request.query_params.get("q", "")[:QUERY_LIMIT].strip()
        if not query:
            return site.answer(request, lambda voice: plain_list(voice.code))
        return site.answer(
            request,
            lambda voice: _list_page(site, voice, find(query, voice, understander)),
            cache=PRIVATE,
        )

    publish(router, LIST, listing)
    publish(router, LIST + "/{address}", article)
    return router


def find(query: str, voice: Voice, understander: Understander) -> Found:
    """Articles for what somebody typed: what a sentence is about first, then what has its words."""
    heard = understander.understand(query)
    about = [articles()[id] for id, _ in heard.intents if id in articles()] if heard.answer != "unknown" else []
    urgent = heard.danger if heard.danger and heard.danger.tier in _URGENT else None
    return Found(
        query,
        tuple(dict.fromkeys((*about, *search(query, voice.code)))),
        _first_help(voice, urgent),
        help_first=urgent is not None or heard.intent == _HELP_NOW,
    )


def speaking(article: Article) -> tuple[str, ...]:
    """The languages that have this article's title and simple text."""
    return tuple(one.code for one in languages().values() if one.has((article.title, *article.text)))


def _first_help(voice: Voice, danger: Danger | None) -> Part | None:
    """Who to call, when what was typed names danger beyond doubt."""
    if danger is None or danger.tier != "red":
        return None
    return voice.part((Text.of(f"danger.red.{danger.kind}"),))


def _list_page(site: Site, voice: Voice, found: Found | None) -> Packed:
    return site.page(
        "articles.html",
        voice,
        LIST,
        title=voice.plain(Text.of("pages.site.information")),
        speaking=[one.code for one in languages().values() if one.has([Text.of("pages.list.lead")])],
        indexed=found is None,
        found=found,
        groups=[(group, [one for one in articles().values() if one.group == group]) for group in GROUPS],
        address=_address,
    )


def _article_page(site: Site, voice: Voice, address: str) -> Packed:
    article = articles().get(_by_address().get(address, ""))
    if article is None:
        raise NotThere(address)
    spoken = speaking(article)
    own = voice if voice.code in spoken else Voice(languages()[SOURCE])
    is_neutral = article.id in _table()["neutral"]["articles"]
    return site.page(
        "article.html",
        voice,
        _address(article),
        title=voice.plain(Text.of("pages.site.information")) if is_neutral else own.plain(article.title),
        speaking=spoken,
        article=article,
        heading=own.part((article.title,)),
        simple=own.part(article.text),
        more=own.part(article.more),
        laws=tuple(_by_law(article.sources)),
        documents=[documents()[key] for key in article.documents],
        topic=addresses()[article.id],
        related=[articles()[id] for id in article.related],
        reviewed=Text.of("pages.article.reviewed", day=article.reviewed),
        address=_address,
    )


def _by_law(sources: tuple[Source, ...]) -> Iterator[tuple[str, str, str, tuple[Source, ...]]]:
    """Law, article number and address, with the places cited in it, in the order of the article."""
    for (law, number, url), places in groupby(sources, key=lambda one: (one.law, one.article, one.url)):
        yield law, number, url, tuple(places)


def _address(article: Article) -> str:
    return f"{LIST}/{addresses()[article.id]}"


def start_of(address: str) -> str:
    """What a conversation starts with that comes from the article at this address; "" where there is none."""
    article = _by_address().get(address)
    return f"info:{article}" if article else ""


def public_paths() -> Iterator[tuple[str, str]]:
    """The path of every article in every language that has it, and the day it was last read by its makers."""
    for article in articles().values():
        for code in speaking(article):
            yield in_language(_address(article), code), article.reviewed.isoformat()


@cache
def _by_address() -> Mapping[str, str]:
    return {address: id for id, address in addresses().items()}


@cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads((Path(__file__).parent / "data" / "addresses.toml").read_text("utf-8"))
