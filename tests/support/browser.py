"""A real browser for tests: a phone, a counsellor's screen, and a watch on what goes wrong in their pages.

A page may log no error, break no content policy and ask no other host; `Screens.close` fails the test that let it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from parts import go_without

# Without a window and what belongs to it Chromium takes half the processor time.
_CHROMIUMS = (Path("/usr/bin/chromium-headless-shell"), Path("/usr/bin/chromium"))
CHROMIUM = next((one for one in _CHROMIUMS if one.exists()), _CHROMIUMS[0])
SMALLEST_TARGET = 44
_PATIENCE = 40_000
"""Milliseconds that a browser beside other tests may take for anything; what a test promises about time it says itself."""
expect.set_options(timeout=_PATIENCE)
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
_HERE: dict[str, Any] = {"locale": "nl-NL", "timezone_id": "Europe/Amsterdam"}
_DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
_AXE = Axe()
AXE: str = _AXE.axe_script
"""The source of axe, for who runs it more than once on a page."""
_REPORT_POLICY = """addEventListener("securitypolicyviolation", (event) =>
  console.error("content policy: " + event.violatedDirective + " " + event.blockedURI));"""
_TARGETS = """() => Array.from(document.querySelectorAll("button, a[href], textarea, summary, input, select"))
  .filter((node) => !node.matches(".words > p a, .words li a"))
  .map((node) => [node.getBoundingClientRect(), (node.textContent || node.id).trim()])
  .filter(([box]) => box.width && box.height)
  .map(([box, name]) => [name, Math.round(10 * Math.min(box.width, box.height)) / 10])"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Chromium while the block runs. Without it CI fails, and another machine skips with the reason."""
    if not CHROMIUM.exists():
        go_without(f"there is no Chromium at {CHROMIUM}")
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
        context = self.browser.new_context(base_url=self.url, **{**_HERE, **options})
        self._contexts.append(context)
        context.set_default_timeout(_PATIENCE)
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
    """The chat on a phone, used as a person uses it: by what stands on the buttons."""

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

    def choice(self, label: str) -> Locator:
        """The button with exactly this label."""
        return self.choices.filter(has=self.page.get_by_text(label, exact=True))

    def bubbles(self, sender: str) -> Locator:
        """What one side said: bot, person, counsellor or system."""
        return self.page.locator(f".m.{sender} .words")

    def chooses(self, *labels: str) -> Chat:
        """Taps buttons one after the other, each as soon as it is there."""
        for label in labels:
            self.choice(label).tap()
        return self

    def writes(self, text: str) -> Chat:
        """Types and sends."""
        self.page.locator("#text").fill(text)
        self.page.locator("#form .send").tap()
        return self

    def hears(self, text: str, *, sender: str = "bot", timeout: float = _PATIENCE) -> Locator:
        """Waits until the newest thing from this side has these words; gives its bubble."""
        newest = self.bubbles(sender).last
        expect(newest).to_contain_text(text, timeout=timeout)
        return newest

    def is_answered(self) -> Chat:
        """Waits until nothing is on its way: the words of an answer can be there before the answer itself."""
        self.page.wait_for_function("() => (sessionStorage.getItem('verder.outbox') || '[]') === '[]'")
        return self

    def said(self) -> list[str]:
        """What the person said, in order."""
        return self.bubbles("person").all_inner_texts()

    def hears_that_school_must_offer_again(self) -> None:
        """From the language to the answer: a pro school until July 2025, no follow-on, no help used."""
        self.chooses("Nederlands").hears("Waarmee kan ik je helpen?")
        self.writes("helpt mijn oude school mij nog?").chooses("Praktijkschool", "Juli 2025")
        self.hears("Ging je daarna meteen naar een andere opleiding?")
        self.chooses("Nee").hears("Kreeg je in het eerste jaar hulp van je school?")
        self.chooses("Nee").hears("Dan moet school het opnieuw aanbieden.")

    def is_asked_for_consent(self, need: str) -> None:
        """From "Praat met een mens" in the bar to the question whether the gemeente may read this."""
        self.page.locator("#bar").get_by_text("Praat met een mens").tap()
        self.hears("Wat heb je nodig?")
        self.writes(need).chooses("Werk")
        expect(self.page.locator(".m.bot").last).to_contain_text(re.compile("Waar woon je|Wie mag je bericht lezen"))
        if "Waar woon je" in self.bubbles("bot").last.inner_text():
            self.writes("3511")
        self.chooses("De gemeente").hears("Mag ik dit sturen naar Demo Gemeente?")

    def asks_for_help(self, need: str) -> None:
        """A request at the gemeente, from the first page on."""
        self.open().chooses("Nederlands").hears("Waarmee kan ik je helpen?")
        self.is_asked_for_consent(need)
        self.chooses("Ja, stuur dit")
        expect(self.bubbles("bot").filter(has_text="Je bericht is bij Demo Gemeente.")).to_be_visible()


@dataclass
class Desk:
    """The desk on a counsellor's screen, used with the mouse."""

    page: Page

    def logs_in(self, letter: str, password: str) -> Desk:
        """Logs in as a counsellor of the gemeente and waits for the list."""
        self.page.goto("/desk")
        self.page.get_by_label("E-mailadres").fill(f"coach.{letter}@gemeente.example")
        self.page.get_by_label("Wachtwoord").fill(password)
        self.presses("Log in")
        expect(self.page.get_by_role("heading", name="Vragen")).to_be_visible()
        return self

    def rows(self, group: str) -> Locator:
        """The lines under a heading: waiting, mine, colleague or closed."""
        return self.page.locator(f"#group-{group} tbody tr")

    def opens_the_first(self) -> Desk:
        """Opens the request that waits longest."""
        self.rows("waiting").first.get_by_role("link").click()
        expect(self.page.get_by_role("heading", name="Waar gaat het om?")).to_be_visible()
        return self

    def presses(self, label: str) -> None:
        """Presses a button and waits for the page that comes of it."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=label, exact=True).click()

    def claims(self) -> Desk:
        """Takes the request that is open."""
        self.presses("Ik help deze jongere")
        expect(self.page.get_by_role("status").first).to_contain_text("Jij hebt deze vraag nu.")
        return self

    def replies(self, text: str) -> None:
        """Answers; returns when the service has said that it is sent."""
        self.page.get_by_label("Je antwoord").last.fill(text)
        self.presses("Stuur antwoord")

    def closes(self, last: str = "") -> None:
        """Ends the request, with a last sentence or without."""
        self.page.get_by_text("Teruggeven of afronden").click()
        self.page.get_by_label("Laatste zin (mag leeg blijven)").fill(last)
        self.presses("Rond af")


def violations(page: Page, *only: str) -> list[str]:
    """What axe finds wrong on the page as it stands, by all its rules or these `only`: rule and first element each."""
    page.evaluate("document.getAnimations().forEach((one) => one.finish())")
    found = _AXE.run(page, options={"runOnly": list(only)} if only else None).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html']}" for one in found]


def small_targets(page: Page) -> list[tuple[str, float]]:
    """The visible controls too small for a thumb, links in running text aside: name and smallest side in pixels."""
    return [(name, size) for name, size in page.evaluate(_TARGETS) if size < SMALLEST_TARGET]
