"""What tests of accounts need: an invited counsellor, one with an app, and how they walk through the pages."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from backend.accounts import factors
from backend.accounts.invitations import invite
from desk_world import DeskWorld, Somebody, hidden
from passwords import PASSWORD

STEP = 30


@dataclass
class WithApp:
    """A counsellor with an app for codes and a browser that is logged in."""

    who: Somebody
    secret: str
    recovery: list[str]
    browser: httpx.AsyncClient


def invited(world: DeskWorld, who: Somebody, kind: str = "welcome") -> str:
    """The code of a new invitation."""
    code: str = world.do(lambda db: invite(db, who.id, kind, at=world.clock()))  # type: ignore[arg-type]
    return code


def secret_in(html: str) -> str:
    """The secret that stands on the page in text."""
    found = re.search(r'id="secret">([A-Z2-7 ]+)<', html)
    assert found
    return found.group(1).replace(" ", "")


def codes_in(html: str) -> list[str]:
    """The recovery codes on the page."""
    return re.findall(r"<li><code>([a-z0-9-]+)</code></li>", html)


@asynccontextmanager
async def with_app(world: DeskWorld, name: str = "Coach A", *queues: str) -> AsyncIterator[WithApp]:
    """A new counsellor who logs in with the password for the first time and sets up an app."""
    who = world.counsellor(name, *queues)
    async with world.browser() as browser:
        first = await browser.post("/desk/login", data={"email": who.email, "password": PASSWORD})
        assert first.headers["Location"] == "/desk/account/start"
        page = (await browser.get("/desk/account/start")).text
        secret = secret_in(page)
        data = {"csrf": hidden(page, "csrf"), "code": factors.totp_code(secret, world.clock())}
        done = await browser.post("/desk/account/app", data=data)
        assert done.status_code == 200, done.text
        world.clock.go(seconds=STEP)
        yield WithApp(who, secret, codes_in(done.text), browser)


def code_now(world: DeskWorld, mine: WithApp) -> str:
    """The code the app shows now."""
    return factors.totp_code(mine.secret, world.clock())


async def csrf_of(browser: httpx.AsyncClient, path: str = "/desk/account") -> str:
    """The token of a page's forms."""
    return hidden((await browser.get(path)).text, "csrf")
