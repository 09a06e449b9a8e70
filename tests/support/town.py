"""The running service with its demo region on a day that stands still, and what it has stored of a chat on a screen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from unittest.mock import patch

from playwright.sync_api import Page

from backend.conversations.service import Host
from world import Person, World, open_world, settings_for

TODAY = date(2026, 11, 22)


@contextmanager
def open_town(folder: Path) -> Iterator[World]:
    """The service on SQLite in a folder, with the demo region, on `TODAY`."""
    settings = settings_for(f"sqlite:///{folder / 'verder.db'}", folder)
    with patch("backend.app.Host", partial(Host, today=lambda: TODAY)), open_world(settings) as world:
        yield world


def person_of(page: Page, town: World) -> Person:
    """The person whose chat is on this screen, at the service's side."""
    me = page.evaluate("JSON.parse(sessionStorage.getItem('verder.me'))")
    return Person(town.http, me["id"], me["token"])


def own_words(page: Page, town: World) -> list[str]:
    """What the service has stored of this person's own words, in order."""
    return [message["text"] for message in person_of(page, town).messages() if message["from"] == "person"]
