"""`verder benchmark widget`: what the chat costs on a cheap phone with a bad network, beside published chat widgets.

Every widget stands in the same page of another site; the clock runs from the opening of that page, the launcher is
tapped as soon as it is there, and stops when a person can answer.
"""

from __future__ import annotations

import gzip
import os
import random
import statistics
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from backend.benchmarks import lighthouse, slow_phone
from backend.benchmarks.process import Process, free_port
from backend.benchmarks.report import Target, report
from backend.benchmarks.slow_phone import Visit, slow_page, visit
from backend.benchmarks.widgets import WIDGETS, NotFetched, Widget, fetch, host_pages

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_EMBEDDED = '<script src="{service}/embed.js" defer></script>'
_LAUNCHER, _FIRST_ANSWER = "button[aria-expanded]", ".choices button"
_PAGES = {"start": "/", "chat": "/chat", "article": "/informatie/hulp-van-school"}
_QUESTION = "Helpt mijn oude school mij nog?"
_MOST_TURNS = 10
_PATIENCE_MS = 30_000

TARGETS: dict[str, Target] = {
    "loader_bytes": (1_500, "max"),
    "bytes": (15_000, "max"),
    "requests": (6, "max"),
    "ready_seconds": (2.5, "max"),
    "blocking_ms": (150, "max"),
}
COMPARED: dict[str, Target] = {
    "others_measured": (2, "min"),
    "times_fewer_bytes_than_best": (5, "min"),
    "times_faster_than_best": (1, "min"),
}


def main(*, small: bool) -> int:
    """Runs it and prints the report; 0 also when a target is missed, since the report says so. 1 without a browser."""
    missing = slow_phone.missing()
    if missing:
        _tell(missing)
        return 1
    seed = random.SystemRandom().randrange(10**6)
    rounds = 2 if small else 5
    targets = dict(TARGETS)
    with tempfile.TemporaryDirectory() as name, _serving(Path(name)) as service:
        folder = Path(name)
        bundles = fetched(folder)
        figures = _measure(service, bundles, rounds)
        if bundles:
            targets |= COMPARED
            figures |= compared(figures, WIDGETS)
        if not small:
            scores = lighthouse.scores({name: service + path for name, path in _PAGES.items()}, folder)
            figures |= scores
            targets |= dict.fromkeys(scores, (100, "min"))
    # Times on a machine that does other things too say little: this figure tells.
    figures["load_per_processor"] = os.getloadavg()[0] / (os.cpu_count() or 1)
    print(report("widget", seed, figures, targets))
    return 0


def fetched(folder: Path) -> dict[str, Path]:
    """The bundles of the other widgets that can be had, by name."""
    found = {}
    for widget in WIDGETS:
        _tell(f"fetching {widget.package} {widget.version} ({widget.licence})")
        try:
            found[widget.name] = fetch(widget, folder) / widget.bundle
        except NotFetched as reason:
            _tell(f"not measured: {reason}")
    return found


def _measure(service: str, bundles: Mapping[str, Path], rounds: int) -> dict[str, float]:
    """Verder and the others in turn, so that a machine that slows down slows all of them."""
    others = [widget for widget in WIDGETS if widget.name in bundles]
    snippets = {"verder": _EMBEDDED.replace("{service}", service)} | {one.name: one.snippet for one in others}
    figures: dict[str, float] = {"loader_bytes": _packed_size(service + "/embed.js")}
    visits: dict[str, list[Visit]] = {}
    with host_pages(snippets, bundles) as host, slow_phone.browser() as running:
        # The first visit of a service and of a browser warms them up.
        visit(running, f"{host}/verder.html", launcher=_LAUNCHER, ready=_FIRST_ANSWER)
        for number in range(rounds):
            _tell(f"round {number + 1} of {rounds}")
            visits.setdefault("", []).append(
                visit(running, f"{host}/verder.html", launcher=_LAUNCHER, ready=_FIRST_ANSWER)
            )
            for name in ("start", "chat"):
                page = visit(running, service + _PAGES[name], launcher="", ready=_FIRST_ANSWER, own_page=True)
                visits.setdefault(f"{name}_page_", []).append(page)
            page = visit(running, service + _PAGES["article"], launcher="", ready="h1", own_page=True)
            visits.setdefault("article_page_", []).append(page)
            for widget in others:
                _visit_other(running, host, widget, visits)
        for prefix, own in visits.items():
            figures |= _medians(prefix, own)
        _tell("a whole conversation")
        figures |= _conversation(running, service)
    return figures


def _visit_other(running: Browser, host: str, widget: Widget, visits: dict[str, list[Visit]]) -> None:
    from playwright.sync_api import Error

    try:
        found = visit(running, f"{host}/{widget.name}.html", launcher=widget.launcher, ready=widget.ready)
    except (Error, TimeoutError) as error:
        _tell(f"{widget.name} did not become ready: {type(error).__name__}")
    else:
        visits.setdefault(f"{widget.name}_", []).append(found)


def _medians(prefix: str, visits: list[Visit]) -> dict[str, float]:
    return {
        f"{prefix}bytes": statistics.median(one.bytes for one in visits),
        f"{prefix}messages_bytes": statistics.median(one.messages_bytes for one in visits),
        f"{prefix}requests": statistics.median(one.requests for one in visits),
        f"{prefix}ready_seconds": statistics.median(one.ready_seconds for one in visits),
        f"{prefix}blocking_ms": statistics.median(one.blocking_ms for one in visits),
    }


def compared(figures: Mapping[str, float], others: Sequence[Widget]) -> dict[str, float]:
    """How much smaller and faster Verder is than the best of the others.

    A widget behind a button is compared with Verder behind its button; one that stands open, with Verder's open page.
    """
    measured = [widget for widget in others if f"{widget.name}_bytes" in figures]
    ratios: dict[str, float] = {"others_measured": len(measured)}
    for widget in measured:
        own = "" if widget.launcher else "chat_page_"
        for key, figure in (("fewer_bytes", "bytes"), ("faster", "ready_seconds")):
            ratio = figures[f"{widget.name}_{figure}"] / figures[own + figure]
            ratios[f"times_{key}_than_{widget.name}"] = ratio
            ratios[f"times_{key}_than_best"] = min(ratio, ratios.get(f"times_{key}_than_best", ratio))
    return ratios


def _conversation(running: Browser, service: str) -> dict[str, float]:
    """From opening the chat to an answer with its law: bytes of everything, and how many answers were given."""
    with slow_page(running) as (page, traffic):
        page.goto(service + _PAGES["chat"])
        _tap(page)
        _write(page)
        turns = 2
        while turns < _MOST_TURNS and not page.locator(".bot details").count():
            _tap(page)
            turns += 1
        files, messages = traffic.bodies(messages=False), traffic.bodies(messages=True)
        return {
            "conversation_bytes": files + messages,
            "conversation_messages_bytes": messages,
            "conversation_turns": turns,
        }


def _tap(page: Page) -> None:
    """Taps the first button of the newest answer, and waits for the next answer."""
    before = page.locator(".m.bot").count()
    page.locator(".choices button").first.tap(timeout=_PATIENCE_MS)
    _answered(page, before)


def _write(page: Page) -> None:
    before = page.locator(".m.bot").count()
    page.locator("#text").fill(_QUESTION)
    page.locator("#form [type=submit]").tap(timeout=_PATIENCE_MS)
    _answered(page, before)


def _answered(page: Page, before: int) -> None:
    page.wait_for_function(
        "(before) => document.querySelectorAll('.m.bot').length > before && document.querySelector('.choices button')",
        arg=before,
        timeout=_PATIENCE_MS,
    )


def _packed_size(url: str) -> int:
    request = urllib.request.Request(url, headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        content: bytes = answer.read()
    return len(content if answer.headers.get("content-encoding") == "gzip" else gzip.compress(content, 9))


@contextmanager
def _serving(folder: Path) -> Iterator[str]:
    """The service on an empty database; gives its address."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    environment = {
        "VERDER_DATABASE_URL": f"sqlite:///{folder / 'verder.db'}",
        "VERDER_KEY_FILE": str(folder / "verder.key"),
        "VERDER_RATE_LIMITS": "off",
        "VERDER_UNDERSTANDING": "plain",
        "VERDER_PUBLIC_URL": address,
    }
    process = Process((sys.executable, "-m", "backend.main", "serve", "--port", str(port)), port, environment, folder)
    try:
        process.wait_for("/readyz")
        yield address
    finally:
        process.stop()


def _tell(what: str) -> None:
    print(what, file=sys.stderr, flush=True)
