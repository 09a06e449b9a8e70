"""Pages full of hostile texts: what they are made of, and a watch on dialogs, scripts that ran, and failed requests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urlencode

import httpx
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, Route

from backend.db import Transaction
from backend.organisations.models import counsellor
from browser import Screens
from desk_people import DeskPerson
from hostile import HIT
from passwords import PASSWORD
from world import Person, World

_PARTS = """() => Array.from(document.querySelectorAll("*"), (node) =>
  node.localName + " " + Array.from(node.attributes, (one) => one.name).sort().join(" "))"""
_DANGEROUS = """(hit) => {
  const found = window[hit] === undefined ? [] : ["a script ran"];
  for (const node of document.querySelectorAll("*")) {
    if (/^(iframe|object|embed|base|math|video|audio|marquee|frame|applet)$/i.test(node.localName)) found.push(node.outerHTML);
    for (const { name, value } of node.attributes) {
      const address = ["src", "href", "action", "formaction", "data", "poster", "xlink:href"].includes(name);
      if (name.startsWith("on") || name === "srcdoc") found.push(node.outerHTML.slice(0, 200));
      if (address && !/^(https?:|tel:|mailto:|data:image|[/#?]|$)/.test(value)) found.push(name + "=" + value);
    }
  }
  return found;
}"""


def parts(page: Page) -> Counter[str]:
    """How many elements of which kind the page has; a kind is a name with the names of its attributes."""
    return Counter(page.evaluate(_PARTS))


def kinds(html: str) -> set[str]:
    """Which kinds of elements stand in the source of a page, named as `parts` names them."""
    reading = _Kinds()
    reading.feed(html)
    return reading.found


def check_harmless(page: Page) -> None:
    """Nothing ran and nothing in the page could run, load or lead to a script."""
    found = page.evaluate(_DANGEROUS, HIT)
    assert not found, (page.url, found[:3])


def posts(page: Page, path: str, fields: Mapping[str, str]) -> None:
    """Opens what a form answers that is sent to this path."""

    def send(route: Route) -> None:
        headers = {**route.request.headers, "content-type": "application/x-www-form-urlencoded"}
        route.continue_(method="POST", post_data=urlencode(fields), headers=headers)

    page.route("**" + path, send, times=1)
    page.goto(path)


def becomes(page: Page, one: DeskPerson) -> None:
    """From here on the screen has the session of somebody at the desk, or none."""
    page.context.clear_cookies()
    if session := one.http.cookies.get("verder_desk"):
        page.context.add_cookies([{"name": "verder_desk", "value": session, "url": str(one.http.base_url)}])


class _Kinds(HTMLParser):
    """Collects the names of elements with those of their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(f"{tag} {' '.join(sorted(name for name, _ in attrs))}")


@dataclass
class HostileScreens(Screens):
    """Screens on which no dialog may open and no request may fail on the service's side."""

    def watched(self, page: Page) -> Page:
        """The page, with the watch on it."""
        page.on("dialog", lambda dialog: (self._note(f"a dialog: {dialog.message}"), dialog.dismiss()))
        page.on(
            "response", lambda answer: self._note(f"{answer.status} {answer.url}") if answer.status >= 500 else None
        )
        return page

    def chat_of(self, person: Person) -> Page:
        """A phone on which this person's chat is open."""
        page = self.watched(self.phone())
        self.opens_chat(page, person)
        return page

    def opens_chat(self, page: Page, person: Person) -> None:
        """Opens this person's chat on a phone."""
        page.goto("/chat")
        page.evaluate("(me) => sessionStorage.setItem('verder.me', JSON.stringify(me))", _me(person))
        page.reload()

    def at_desk(self, box: str = "coach.a", kind: str = "gemeente") -> Page:
        """A screen at the desk, logged in."""
        page = self.watched(self.desk())
        with httpx.Client(base_url=self.url, trust_env=False, timeout=20) as http:
            body = {"email": f"{box}@{kind}.example", "password": PASSWORD}
            assert http.post("/api/v1/desk/login", json=body).status_code == 200
            cookies = [{"name": name, "value": value, "url": self.url} for name, value in http.cookies.items()]
        page.context.add_cookies(cookies)  # type: ignore[arg-type]
        return page


@contextmanager
def hostile_screens(browser: Browser, world: World) -> Iterator[HostileScreens]:
    """Screens for the block; what went wrong on one of them fails the test."""
    opened = HostileScreens(browser, world.url)
    try:
        yield opened
    finally:
        opened.close()


def rename_counsellors(world: World, names: Iterable[tuple[str, str]]) -> None:
    """Gives counsellors, by id, other names, past every form."""
    vault = world.service.host.vault

    def rename(db: Transaction) -> None:
        for id, name in names:
            sealed = vault.seal(db, id, "counsellor.name", id, name.encode())
            db.execute(sa.update(counsellor).where(counsellor.c.id == id).values(name=sealed))

    world.do(rename)


def _me(person: Person) -> dict[str, str]:
    return {"id": person.id, "token": person.token}
