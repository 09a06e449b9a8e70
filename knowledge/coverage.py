"""Whether every paragraph of the law we keep is accounted for: cited by a rule, said in a text, or not for young people.

Which rules and articles cite what is found by itself; the rest is written down, with reasons, in `data/paragraphs.toml`.
"""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from knowledge.articles import Article
from knowledge.facts import DATA
from knowledge.rules import Decision
from knowledge.statutes import Source

WHOLE = "whole"
"""The name of the only paragraph of an article without numbered paragraphs."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of the law: its place ("wec-44 4"), its words, and the words of each of its items by letter.

    `named` is how a `Source` names it: law, article, address and paragraph.
    """

    place: str
    words: str
    named: tuple[str, str, str, str | None]
    items: Mapping[str, str] = field(default_factory=dict)

    @property
    def lines(self) -> frozenset[str]:
        """Everything that may be quoted from it, line by line."""
        return frozenset(line for words in (self.words, *self.items.values()) for line in words.splitlines())


@dataclass(frozen=True, slots=True)
class Mapped:
    """What `paragraphs.toml` says of a place: which text says it, or why it is not for young people."""

    place: str
    text: str = ""
    reason: str = ""


@cache
def paragraphs() -> Mapping[str, Paragraph]:
    """Every paragraph in `statutes.json` by its place."""
    records = json.loads((DATA / "statutes.json").read_text("utf-8"))
    return {one.place: one for record in records for one in _paragraphs_of(record)}


@cache
def mapped() -> tuple[Mapped, ...]:
    """What is written down by hand, one for each place (of a paragraph, or "wec-14 1.b" of an item)."""
    table = tomllib.loads((DATA / "paragraphs.toml").read_text("utf-8"))
    return tuple(one for article, kinds in table.items() for one in _mapped_of(article, kinds))


def citations(decisions: Iterable[Decision], articles: Iterable[Article]) -> tuple[tuple[str, Source], ...]:
    """Every citation with who cites: a rule's id, "actor.fact" where it explains a fact, "articles.<id>"."""
    return (
        *((rule.id, one) for decision in decisions for rule in decision.rules for one in rule.sources),
        *(
            (f"{decision.actor}.{fact}", one)
            for decision in decisions
            for fact, found in decision.grounds.items()
            for one in found
        ),
        *((f"articles.{article.id}", one) for article in articles for one in article.sources),
    )


def cited(found: Iterable[tuple[str, Source]]) -> dict[str, tuple[str, ...]]:
    """Who cites, by the place that is cited; by item where only some items are quoted."""
    by_place: dict[str, dict[str, None]] = {}
    for name, source in found:
        for place in places_of(source):
            by_place.setdefault(place, {})[name] = None
    return {place: tuple(names) for place, names in by_place.items()}


def places_of(source: Source) -> tuple[str, ...]:
    """Where in the law the quoted words stand, to the letter; () when they do not stand where the source says."""
    quoted = [line for line in source.quote.splitlines() if line]
    named = (source.law, source.article, source.url, source.paragraph)
    for one in paragraphs().values():
        if one.named == named and quoted and one.lines.issuperset(quoted):
            letters = [letter for letter, words in one.items.items() if words.splitlines()[0] in quoted]
            some = 0 < len(letters) < len(one.items)
            return tuple(f"{one.place}.{letter}" for letter in letters) if some else (one.place,)
    return ()


def problems(
    found: Iterable[tuple[str, Source]], text_ids: Collection[str], hand: Sequence[Mapped] | None = None
) -> Iterator[str]:
    """Places that nothing accounts for, that two things account for, or that are not in the law (any more).

    `found` are the citations, `hand` what is written down (`mapped()` unless given).
    """
    written = mapped() if hand is None else hand
    by_place = cited(found)
    for one in written:
        yield from _wrong(one, by_place, text_ids)
    places = [one.place for one in written]
    yield from (f"{place}: mapped {count} times" for place, count in Counter(places).items() if count > 1)
    accounted = {*by_place, *places}
    yield from (f"{place}: nothing cites it, and nothing is written about it" for place in _open(accounted))


def _wrong(one: Mapped, by_place: Mapping[str, tuple[str, ...]], text_ids: Collection[str]) -> Iterator[str]:
    place, letter = _split(one.place)
    if place not in paragraphs() or (letter and letter not in paragraphs()[place].items):
        yield f"{one.place}: written about, but the law has no such place"
    if one.text and not any(f"{id}.".startswith(f"{one.text}.") for id in text_ids):
        yield f"{one.place}: there is no text {one.text}"
    citing = [id for cited_place, ids in by_place.items() if _overlap(cited_place, one.place) for id in ids]
    if one.reason and citing:
        yield f"{one.place}: said not to be for young people, but cited by {', '.join(dict.fromkeys(citing))}"


def _open(accounted: Collection[str]) -> Iterator[str]:
    """The places that are lacking: a paragraph of which nothing is accounted for, or the items that are not."""
    for place, one in paragraphs().items():
        if place not in accounted:
            lacking = [item for item in (f"{place}.{letter}" for letter in one.items) if item not in accounted]
            yield from [place] if len(lacking) == len(one.items) else lacking


def _overlap(first: str, second: str) -> bool:
    """Whether two places are the same, or one is an item of the other."""
    return f"{first}.".startswith(f"{second}.") or f"{second}.".startswith(f"{first}.")


def _split(place: str) -> tuple[str, str]:
    """The paragraph's place and the item's letter, if any: an article's own number may have dots too."""
    article, _, rest = place.partition(" ")
    number, _, letter = rest.partition(".")
    return f"{article} {number}", letter


def _mapped_of(article: str, kinds: Mapping[str, Mapping[str, str]]) -> Iterator[Mapped]:
    for places, text in kinds.get("texts", {}).items():
        yield from (Mapped(f"{article} {place}", text=text) for place in places.split(", "))
    for places, reason in kinds.get("not_for_young_people", {}).items():
        yield from (Mapped(f"{article} {place}", reason=reason) for place in places.split(", "))


def _paragraphs_of(record: Mapping[str, Any]) -> Iterator[Paragraph]:
    for entry in record["paragraphs"]:
        items = {item["label"]: "\n".join(_item_lines(item)) for item in entry.get("items", ())}
        words = "\n".join(part for part in (entry["text"], entry.get("text_after_items", "")) if part)
        named = (record["law"], record["article"], record["url"], entry["number"])
        yield Paragraph(f"{record['id']} {entry['number'] or WHOLE}", words, named, items)


def _item_lines(item: Mapping[str, Any]) -> Iterator[str]:
    yield f"{item['label']}. {item['text']}"
    yield from (f"{nested['label']} {nested['text']}" for nested in item.get("items", ()))
