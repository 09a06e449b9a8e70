"""The literal law: articles from `data/statutes.json`, and citations of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from knowledge.facts import DATA


@dataclass(frozen=True, slots=True)
class Source:
    """One place in the law: short law name, article number, paragraph (or None), address, and the literal words."""

    law: str
    article: str
    paragraph: str | None
    url: str
    quote: str


@cache
def _articles() -> Mapping[str, Mapping[str, Any]]:
    return {record["id"]: record for record in json.loads((DATA / "statutes.json").read_text("utf-8"))}


@cache
def cite(article_id: str, paragraph: str | None = None, item: str | None = None) -> Source:
    """The source at an article, paragraph and item; raises KeyError where the law has no such place."""
    record = _articles()[article_id]
    text = next((entry for entry in record["paragraphs"] if entry["number"] == paragraph), None)
    if text is None:
        raise KeyError(f"{article_id} has no paragraph {paragraph}")
    return Source(record["law"], record["article"], paragraph, record["url"], _quote(text, item))


def _quote(paragraph: Mapping[str, Any], item: str | None) -> str:
    """The paragraph's own words, with all its items or the one that is cited."""
    lines = [paragraph["text"]]
    found = [entry for entry in paragraph.get("items", ()) if item in (None, entry["label"])]
    if item is not None and not found:
        raise KeyError(f"no item {item}")
    for entry in found:
        lines.append(f"{entry['label']}. {entry['text']}")
        lines += [f"{nested['label']} {nested['text']}" for nested in entry.get("items", ())]
    lines.append("" if item else paragraph.get("text_after_items", ""))
    return "\n".join(line for line in lines if line)
