"""Articles: the pages in simple language that answer one intent each, with their sources and where they lead on to.

The words stand in `locales/nl/articles`, what they rest on in `data/articles`: one file of each for a group of articles.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args

from knowledge.facts import DATA
from knowledge.statutes import Source, cite
from locales import Text, source_texts

Leads = Literal["rights", "who_helps", "contact", "request", "learning", "money", "sheltered", "document", ""]
"""The conversation that works the answer out for this person, or none."""
RELATED = 2
"""The largest number of other articles that an article may point to."""

_FOLDER = DATA / "articles"
_KEYS = frozenset({"group", "reviewed", "sources", "documents", "links", "goal", "related"})


class Invalid(ValueError):
    """An article that lacks a text, cites what the law does not have, or leads nowhere; says which and why."""


@dataclass(frozen=True, slots=True)
class Link:
    """A public organisation that knows more: its name, and its address where that is certain, else ""."""

    name: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What can be said about one intent: `text` at A2 and `more` at B1, each of one or two bubbles.

    `documents` are the keys of `data/documents.toml` that the words rest on; `related` are ids of other articles.
    """

    id: str
    group: str
    goal: Leads
    title: Text
    text: tuple[Text, ...]
    more: tuple[Text, ...]
    sources: tuple[Source, ...]
    documents: tuple[str, ...]
    links: tuple[Link, ...]
    related: tuple[str, ...]
    reviewed: date


@cache
def articles() -> Mapping[str, Article]:
    """All articles by intent, group by group. Raises `Invalid` when one is incomplete."""
    return load(_FOLDER, source_texts())


@cache
def documents() -> Mapping[str, str]:
    """The names of the policy documents that articles rest on, by their key."""
    return MappingProxyType(tomllib.loads((DATA / "documents.toml").read_text("utf-8")))


def load(folder: Path, texts: Mapping[str, str]) -> Mapping[str, Article]:
    """The articles that a folder describes, with their words in these Dutch texts by id. Raises `Invalid`."""
    found: dict[str, Article] = {}
    for path in sorted(folder.glob("*.toml")):
        for id, table in tomllib.loads(path.read_text("utf-8")).items():
            problem = "is there twice" if id in found else next(_problems(id, table, path.stem, texts), None)
            if problem:
                raise Invalid(f"{path.name}: {id} {problem}")
            found[id] = _article(id, table, texts)
    for article in found.values():
        for other in article.related:
            if other not in found or other == article.id:
                raise Invalid(f"{article.group}.toml: {article.id} is related to {other}")
    return MappingProxyType(found)


def citation(place: str) -> Source:
    """The source at "article:paragraph" or "article:paragraph:item", the paragraph empty where the law has none.

    Raises KeyError where the law has no such place.
    """
    article, _, rest = place.partition(":")
    paragraph, _, item = rest.partition(":")
    return cite(article, paragraph or None, item or None)


def _problems(id: str, table: Mapping[str, Any], group: str, texts: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with one article's description, in words that follow its id."""
    yield from (f"has no text articles.{id}.{key}" for key in ("title", "text", "more") if not _said(id, texts, key))
    yield from (f"has the unknown key {key}" for key in table.keys() - _KEYS)
    if table.get("group") != group:
        yield f"has the group {table.get('group')}"
    if type(table.get("reviewed")) is not date:
        yield "has no date of review"
    if table.get("goal") not in get_args(Leads):
        yield f"has the goal {table.get('goal')}"
    yield from (f"cites {place}" for place in table.get("sources", ()) if not _exists(place))
    yield from (f"rests on document {key}" for key in table.get("documents", ()) if key not in documents())
    if not any(table.get(key) for key in ("sources", "documents", "links")):
        yield "rests on nothing"
    if not table["goal"] and not table.get("related"):
        yield "leads nowhere"
    if len(table.get("related", ())) > RELATED:
        yield f"has more than {RELATED} related articles"


def _article(id: str, table: Mapping[str, Any], texts: Mapping[str, str]) -> Article:
    return Article(
        id=id,
        group=table["group"],
        goal=table["goal"],
        title=Text.of(f"articles.{id}.title"),
        text=_said(id, texts, "text", "text2"),
        more=_said(id, texts, "more", "more2"),
        sources=tuple(citation(place) for place in table.get("sources", ())),
        documents=tuple(table.get("documents", ())),
        links=tuple(Link(**link) for link in table.get("links", ())),
        related=tuple(table.get("related", ())),
        reviewed=table["reviewed"],
    )


def _said(id: str, texts: Mapping[str, str], *keys: str) -> tuple[Text, ...]:
    """Those of an article's texts that there are, and are not empty."""
    return tuple(Text.of(f"articles.{id}.{key}") for key in keys if texts.get(f"articles.{id}.{key}"))


def _exists(place: str) -> bool:
    try:
        citation(place)
    except KeyError:
        return False
    return True
