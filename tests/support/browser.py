"""A real browser for tests: a phone, a counsellor's screen, and a watch on what goes wrong in their pages.

A page may log no error, break no content policy and ask no other host; `Screens.close` fails the test that let it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
SMALLEST_TARGET = 44
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
_DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
_AXE = Axe()
_REPORT_POLICY = """addEventListener("securitypolicyviolation", (event) =>
  console.error("content policy: " + event.violatedDirective + " " + event.blockedURI));"""
_TARGETS = """() => Array.from(document.querySelectorAll("button, a[href], textarea, summary, input, select"))
  .map((node) => [node.getBoundingClientRect(), (node.textContent || node.id).trim()])
  .filter(([box]) => box.width && box.height)
  .map(([box, name]) => [name, Math.round(10 * Math.min(box.width, box.height)) / 10])"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Chromium while the block runs. Without it CI fails, and another machine skips with the reason."""
    if not CHROMIUM.exists():
        missing = f"there is no Chromium at {CHROMIUM}"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=_ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Screens:
    """The screens of one test, and everything that went wrong on them."""

    browser: Browser
    url: str
    problems: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    _contexts: list[BrowserContext] = field(default_factory=list)
    _hosts: set[str] = field(default_factory=set)

    def phone(self, **more: Any) -> Page:
        """A phone of 360 by 740 with touch; `more` goes to the browser's context."""
        return self._screen({**_PHONE, **more})

    def desk(self, **more: Any) -> Page:
        """A screen of 1280 by 800; `more` goes to the browser's context."""
        return self._screen({**_DESK, **more})

    def allow_host(self, url: str) -> None:
        """Pages may also ask this host."""
        self._hosts.add(urlsplit(url).netloc)

    def expect_problem(self, pattern: str) -> None:
        """Problems that match this are part of the test, such as the browser's own words on a lost connection."""
        self.expected.append(pattern)

    def close(self) -> None:
        """Closes every screen; fails when something went wrong on one of them."""
        for context in self._contexts:
            context.close()
        unexpected = [
            problem for problem in self.problems if not any(re.search(known, problem) for known in self.expected)
        ]
        assert not unexpected, unexpected

    def _screen(self, options: dict[str, Any]) -> Page:
        context = self.browser.new_context(base_url=self.url, **{"locale": "nl-NL", **options})
        self._contexts.append(context)
        context.set_default_timeout(8000)
        if options.get("java_script_enabled", True):
            context.add_init_script(_REPORT_POLICY)
        context.on("request", lambda request: self._check_host(request.url))
        context.on("console", lambda message: self._note(message.text) if message.type == "error" else None)
        context.on("weberror", lambda error: self._note(str(error.error)))
        return context.new_page()

    def _check_host(self, url: str) -> None:
        address = urlsplit(url)
        if address.scheme in ("http", "https") and address.netloc not in {urlsplit(self.url).netloc, *self._hosts}:
            self._note(f"a foreign host was asked: {url}")

    def _note(self, problem: str) -> None:
        self.problems.append(problem)


@dataclass
class Chat:
    """The chat on a screen, used as a person uses it: by what stands on the buttons."""

    page: Page

    def open(self, path: str = "/") -> Chat:
        """Opens the page and waits for the first buttons."""
        self.page.goto(path)
        expect(self.choices.first).to_be_visible()
        return self

    @property
    def choices(self) -> Locator:
        """The buttons under the newest answer."""
        return self.page.locator(".choices button")

    def bubbles(self, sender: str) -> Locator:
        """What one side said: bot, person, counsellor or system."""
        return self.page.locator(f".m.{sender} .words")

    def chooses(self, label: str) -> None:
        """Taps the button with exactly this label."""
        self.choices.get_by_text(label, exact=True).tap()

    def writes(self, text: str) -> None:
        """Types and sends."""
        self.page.locator("#text").fill(text)
        self.page.locator("#form .send").tap()

    def hears(self, text: str, *, sender: str = "bot", timeout: float = 8000) -> Locator:
        """Waits until the newest thing from this side has these words; gives its bubble."""
        newest = self.bubbles(sender).last
        expect(newest).to_contain_text(text, timeout=timeout)
        return newest

    def said(self) -> list[str]:
        """What the person said, in order, without the notes under the bubbles."""
        return self.bubbles("person").all_inner_texts()


def violations(page: Page) -> list[str]:
    """What axe finds wrong on the page as it stands: rule and first element each."""
    page.evaluate("document.getAnimations().forEach((one) => one.finish())")
    found = _AXE.run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html']}" for one in found]


def small_targets(page: Page) -> list[tuple[str, float]]:
    """The visible controls that are smaller than a thumb needs, with their smallest side in pixels."""
    return [(name, size) for name, size in page.evaluate(_TARGETS) if size < SMALLEST_TARGET]
