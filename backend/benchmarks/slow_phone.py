"""A cheap phone on a bad network: Chromium at 360 x 740 with a processor 4 times slower, 150 ms away, 1.6 Mbit/s."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, CDPSession, Page

CHROMIUM = Path("/usr/bin/chromium")
_SLOWER = 4
_LATENCY_MS = 150
_DOWN, _UP = 1_600_000 / 8, 750_000 / 8
"""Bytes a second."""
_PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
_READY_SECONDS = 40
_SETTLE_MS = 1000
_SPOKEN = "/api/"
_NOWHERE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
"""Other hosts are not found: some widgets ask for fonts elsewhere."""
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-quic",
    _NOWHERE,
)
_WATCH = """(() => {
  const wanted = WANTED;
  const find = (selector, root) => {
    for (const node of root.querySelectorAll(selector)) if (shown(node)) return node;
    for (const node of root.querySelectorAll("*")) {
      const found = node.shadowRoot && find(selector, node.shadowRoot);
      if (found) return found;
    }
    return null;
  };
  const shown = (node) => {
    const box = node.getBoundingClientRect(), style = getComputedStyle(node);
    for (let up = node; up; up = up.parentElement) if (getComputedStyle(up).pointerEvents === "none") return false;
    return box.width > 0 && box.height > 0 && style.visibility === "visible";
  };
  let opened = !wanted.launcher || top !== self;
  const look = () => {
    const launcher = !opened && find(wanted.launcher, document);
    if (launcher) { opened = true; launcher.click(); }
    if (opened && find(wanted.ready, document)) return void tellReady(performance.timeOrigin + performance.now());
    setTimeout(look, 30);
  };
  if (top === self) {
    window.blocked = 0;
    new PerformanceObserver((list) => {
      for (const one of list.getEntries()) window.blocked += Math.max(0, one.duration - 50);
    }).observe({ type: "longtask", buffered: true });
  }
  addEventListener("DOMContentLoaded", look);
})()"""


@dataclass(frozen=True, slots=True)
class Visit:
    """What one visit cost, the host page apart: body bytes as they travelled (`bytes`: pages, scripts, styles and all
    other files; `messages_bytes`: what a chat's server said), requests, seconds and milliseconds."""

    bytes: int
    messages_bytes: int
    requests: int
    ready_seconds: float
    blocking_ms: float


class Traffic:
    """What a page asked for, as the browser counted it: bodies as they travelled, without headers."""

    def __init__(self, session: CDPSession) -> None:
        self._headers: dict[str, int] = {}
        self._bodies: dict[str, int] = {}
        self._addresses: dict[str, str] = {}
        session.on("Network.requestWillBeSent", self._asked)
        session.on("Network.responseReceived", self._answered)
        session.on("Network.dataReceived", self._arrived)
        session.on("Network.loadingFinished", self._finished)

    def bodies(self, *, messages: bool, without: str = "") -> int:
        """Bytes of all bodies of messages, or of files, without those of one address."""
        wanted = {id for id, url in self._addresses.items() if url != without and (_SPOKEN in url) is messages}
        return sum(size for id, size in self._bodies.items() if id in wanted)

    def requests(self, *, without: str = "") -> list[str]:
        """The addresses asked for, without one; what is inside the page already (data:) is not asked for."""
        return [url for url in self._addresses.values() if url != without and url.startswith("http")]

    def _asked(self, event: dict[str, Any]) -> None:
        self._addresses[event["requestId"]] = event["request"]["url"]

    def _answered(self, event: dict[str, Any]) -> None:
        self._headers[event["requestId"]] = int(event["response"]["encodedDataLength"])

    def _arrived(self, event: dict[str, Any]) -> None:
        """Counts a stream that does not end; what ends is counted anew, since small bodies may arrive uncounted."""
        self._bodies[event["requestId"]] = self._bodies.get(event["requestId"], 0) + event["encodedDataLength"]

    def _finished(self, event: dict[str, Any]) -> None:
        id = event["requestId"]
        if event["encodedDataLength"]:
            self._bodies[id] = max(0, int(event["encodedDataLength"]) - self._headers.get(id, 0))


def missing() -> str:
    """What this machine lacks to measure, or ""."""
    if not CHROMIUM.exists():
        return f"there is no Chromium at {CHROMIUM}"
    return "" if find_spec("playwright") else "there is no playwright: pip install playwright"


@contextmanager
def browser() -> Iterator[Browser]:
    """Chromium, without its window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        running = play.chromium.launch(executable_path=CHROMIUM, args=list(_ARGUMENTS))
        yield running
        running.close()


@contextmanager
def slow_page(running: Browser) -> Iterator[tuple[Page, Traffic]]:
    """A page of its own on that phone, with an empty cache, and its traffic. Only this machine can be reached."""
    context = running.new_context(**_PHONE, locale="nl-NL")
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    traffic = Traffic(session)
    conditions = {"offline": False, "latency": _LATENCY_MS, "downloadThroughput": _DOWN, "uploadThroughput": _UP}
    session.send("Network.emulateNetworkConditions", conditions)
    session.send("Emulation.setCPUThrottlingRate", {"rate": _SLOWER})
    yield page, traffic
    context.close()


def visit(running: Browser, url: str, *, launcher: str, ready: str, own_page: bool = False) -> Visit:
    """Opens a page, taps the launcher as soon as it is there, and waits for what can be answered.

    `own_page`: the page itself is the widget's, and counts. Raises Playwright's `TimeoutError`.
    """
    with slow_page(running) as (page, traffic):
        times: list[float] = []
        page.expose_function("tellReady", lambda at: times.append(at))  # noqa: PLW0108 - Playwright marks the function, and a built-in takes no marks
        page.add_init_script(_WATCH.replace("WANTED", json.dumps({"launcher": launcher, "ready": ready})))
        page.goto(url, wait_until="commit", timeout=_READY_SECONDS * 1000)
        began = page.evaluate("performance.timeOrigin")
        _wait_until(page, times)
        host = "" if own_page else url
        page.wait_for_timeout(_SETTLE_MS)
        return Visit(
            bytes=traffic.bodies(messages=False, without=host),
            messages_bytes=traffic.bodies(messages=True, without=host),
            requests=len(traffic.requests(without=host)),
            ready_seconds=(times[0] - began) / 1000,
            blocking_ms=page.evaluate("window.blocked"),
        )


def _wait_until(page: Page, times: list[float]) -> None:
    for _ in range(_READY_SECONDS * 20):
        if times:
            return
        page.wait_for_timeout(50)
    raise TimeoutError(page.url)
