"""What comes with a message, a picture and papers, as it is kept inside the message's sealed content."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.channel import Message
from dialogs.messages import Calendar, CalendarEntry, OwnData, Paper, Picture, PictureStep, Sheet, SheetRow


def written(message: Message) -> dict[str, object]:
    """What is kept of the picture and the papers, as data for JSON; empty for a message that has neither."""
    kept: dict[str, object] = {}
    if message.picture:
        kept["picture"] = message.picture
    if message.papers:
        kept["papers"] = message.papers
    return kept


def picture_of(content: Mapping[str, Any]) -> Picture | None:
    """The picture in a message's content, or None."""
    raw = content.get("picture")
    if raw is None:
        return None
    return Picture(title=raw["title"], here=raw["here"], steps=tuple(PictureStep(**step) for step in raw["steps"]))


def papers_of(content: Mapping[str, Any]) -> tuple[Paper, ...]:
    """The papers in a message's content."""
    return tuple(map(_paper, content.get("papers", ())))


def _paper(raw: Mapping[str, Any]) -> Paper:
    if "rows" in raw:
        rows = tuple(SheetRow(row["kind"], tuple(row["texts"])) for row in raw["rows"])
        languages = tuple((code, direction) for code, direction in raw["languages"])
        return Sheet(name=raw["name"], languages=languages, rows=rows)
    if "form" in raw:
        return OwnData(name=raw["name"], language=raw["language"], form=raw["form"])
    entries = tuple(CalendarEntry(**entry) for entry in raw["entries"])
    return Calendar(name=raw["name"], language=raw["language"], entries=entries)
