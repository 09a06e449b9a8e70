"""The running service with its demo region, on a day that stands still, and screens to use it on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

import browser
from browser import Chat, Screens
from town import open_town
from world import World


@pytest.fixture
def town(tmp_path: Path) -> Iterator[World]:
    """The running service."""
    with open_town(tmp_path) as world:
        yield world


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Chromium, for one module: while Playwright runs, this thread can run no event loop of another test."""
    with browser.chromium() as running:
        yield running


@pytest.fixture
def screens(town: World, chromium: Browser) -> Iterator[Screens]:
    """The screens of a test; they are closed before the service stops, so that no stream holds it up."""
    opened = Screens(chromium, town.url)
    yield opened
    opened.close()


@pytest.fixture
def phone(screens: Screens) -> Chat:
    """A phone, not yet on any page."""
    return Chat(screens.phone())
