"""A walk over every route with every method: each answer, also the refused and the failed, carries what protects a browser."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import pytest
from fastapi import FastAPI

from backend.app import create_app
from backend.desk.assets import load_assets
from bot.web_widget.pages import static_files
from route_table import routes_of
from sizes import size
from sweep_asking import Answer, ask
from sweep_people import Principal, principals
from world import CONVERSATIONS, World, open_world, settings_for

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
WHO = ("nobody", "person", "counsellor", "administrator")
FORM = "application/x-www-form-urlencoded"
IN_FRAMES = {"/chat"}
FOR_OTHER_SITES = {"/embed.js"}
PERSONAL = re.compile(r"/(api/v1/(?!rights|understand)|desk(?!/static)|chat/plain|telegram|s/)")
ENDS_IT = re.compile(r"logout|/end$|/leave$|/erase$|/password$|/app/remove$")
"""What would log the walker out: asked as nobody alone."""


@dataclass(frozen=True, slots=True)
class Walk:
    """The service as it is in production, and everybody at its doors."""

    world: World
    app: FastAPI
    people: dict[str, Principal]

    async def ask(self, who: str, method: str, target: str, *, body: bytes = b"", **headers: str) -> Answer:
        """Asks as somebody, with whatever proves it."""
        given = {**self.people[who].all_headers(secure=True), "Content-Type": "application/json", **headers}
        return await ask(self.app, method, target, headers=given, body=(body,) if body else ())


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    """A service with demo people in it that believes to be in production, over TLS."""
    folder = tmp_path_factory.mktemp("walk")
    more = {"telegram_token": "1:x", "telegram_api_url": "http://127.0.0.1:9", "telegram_webhook_secret": "s" * 40}
    with open_world(settings_for(f"sqlite:///{folder / 'verder.db'}", folder, **more), worker=False) as world:
        with principals(world) as people:
            safe = world.service.settings.model_copy(
                update={
                    "profile": "production",
                    "public_url": "https://verder.test",
                    "security_contact": "mailto:x@verder.test",
                }
            )
            yield Walk(world, create_app(replace(world.service, settings=safe), worker=False), people)


def problems(path: str, answer: Answer) -> Iterator[str]:
    """What is not as it must be in the head of an answer."""
    wanted = {
        "x-content-type-options": {"nosniff"},
        "referrer-policy": {"no-referrer", "same-origin"},
        "strict-transport-security": {"max-age=31536000; includeSubDomains"},
        "cross-origin-opener-policy": {"same-origin"},
        "cross-origin-resource-policy": {"cross-origin" if path in FOR_OTHER_SITES else "same-origin"},
    }
    for name, values in wanted.items():
        if answer.header(name) not in values:
            yield f"{name}: {answer.header(name)!r}"
    for feature in ("camera", "geolocation", "microphone", "payment", "usb"):
        if f"{feature}=()" not in answer.header("permissions-policy"):
            yield f"permissions-policy allows {feature}"
    yield from _policy(path, answer)
    yield from _kept(path, answer)
    yield from (f"cookie: {one}" for one in answer.all("set-cookie") if not _is_safe(one))
    yield from (
        f"tells {name}" for name in ("server", "x-powered-by", "access-control-allow-origin") if answer.header(name)
    )


def _policy(path: str, answer: Answer) -> Iterator[str]:
    policies = answer.all("content-security-policy")
    if len(policies) != 1:
        yield f"{len(policies)} content policies"
        return
    policy = {
        name: values.split() for name, _, values in (part.strip().partition(" ") for part in policies[0].split(";"))
    }
    if re.search(r"unsafe|https?://\*|(script|default)-src[^;]*(\*|data:|blob:)", policies[0]):
        yield f"a weak policy: {policies[0]}"
    for name, value in (("default-src", "'self'"), ("base-uri", "'none'"), ("object-src", "'none'")):
        if policy.get(name) != [value]:
            yield f"{name}: {policy.get(name)}"
    if "form-action" not in policy:
        yield "forms may go anywhere"
    if path not in IN_FRAMES and policy.get("frame-ancestors") != ["'none'"]:
        yield f"frame-ancestors: {policy.get('frame-ancestors')}"


def _kept(path: str, answer: Answer) -> Iterator[str]:
    kept = answer.all("cache-control")
    is_refused = answer.status >= 400
    if len(kept) != 1:
        yield f"cache-control {len(kept)} times"
    elif "no-store" not in kept[0] and (is_refused or PERSONAL.match(path) or answer.all("set-cookie")):
        yield f"cache-control: {kept[0]}"


def _is_safe(cookie: str) -> bool:
    given = [part.strip().lower() for part in cookie.split(";")[1:]]
    there = {"secure", "httponly", "path=/"} <= set(given) and {"samesite=lax", "samesite=strict"} & set(given)
    return cookie.startswith("__Host-") and bool(there) and not any(part.startswith("domain") for part in given)


def run(asked: Callable[[], Awaitable[Any]]) -> Any:
    """Runs one walk to its end."""

    async def whole() -> Any:
        return await asked()

    return asyncio.run(whole())


def _filled(path: str, ids: dict[str, str]) -> str:
    known = {"code": "en", "name": "chat.js", "kind": "csv", "action": "reply", **ids}
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: known.get(found[1], "0" * 32), path)


def _steps(walk: Walk) -> Iterator[tuple[str, str, str]]:
    """Who, method and path; each route with its own methods, and nobody with one more that turns around; all with `--release`."""
    served: dict[str, set[str]] = {}
    for one in routes_of(walk.app):
        method, _, path = one.partition(" ")
        served.setdefault(path, set()).add(method)
    for number, (path, own) in enumerate(sorted(served.items())):
        for who in ("nobody",) if ENDS_IT.search(path) else WHO:
            more = size(int(who == "nobody"), len(METHODS))
            methods = dict.fromkeys((*sorted(own), *(METHODS[(number + step) % len(METHODS)] for step in range(more))))
            yield from (
                (who, method, path) for method in methods if (path, method) != (f"{CONVERSATIONS}/{{id}}", "DELETE")
            )


def test_every_route_with_every_method(walk: Walk) -> None:
    """Whoever asks for whatever route in whatever way: the head of the answer is whole, and nothing falls over."""

    async def go() -> tuple[int, set[str]]:
        found, asked = set(), 0
        for who, method, path in _steps(walk):
            target = _filled(path, dict(walk.people[who].ids))
            is_form = target.startswith(("/desk", "/chat")) and method == "POST"
            body = urlencode({"csrf": walk.people[who].csrf, "code": "en"}).encode() if is_form else b"{}"
            more = {"Content-Type": FORM} if is_form else {}
            answer = await walk.ask(who, method, target, body=body if method == "POST" else b"", **more)
            asked += 1
            found |= {f"{method} {path} {who} {answer.status}: {problem}" for problem in problems(target, answer)}
            if answer.status >= 500 and path != "/readyz":
                found.add(f"{method} {path} {who}: {answer.status}")
        still = [(await walk.ask(who, "GET", "/api/v1/desk/me")).status for who in ("counsellor", "administrator")]
        assert still == [200, 200], "the walk ended a session, and then saw nothing any more"
        return asked, found

    asked, found = run(go)
    assert found == set()
    assert asked > 700


def test_refusals_and_failures_are_whole(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    """400, 401, 403, 404, 405, 413, 422, 429 and a forced 500 carry every header."""
    person = walk.people["person"].ids["id"]

    async def go() -> list[tuple[str, int, Answer]]:
        asked = [
            ("/nowhere", 404, await walk.ask("nobody", "GET", "/nowhere")),
            ("/desk/nowhere", 404, await walk.ask("counsellor", "GET", "/desk/nowhere")),
            ("/static/widget/x.js", 404, await walk.ask("nobody", "GET", "/static/widget/x.js")),
            ("/", 405, await walk.ask("nobody", "DELETE", "/")),
            ("/api/v1/rights", 400, await walk.ask("nobody", "POST", "/api/v1/rights", body=b"{")),
            ("/api/v1/rights", 422, await walk.ask("nobody", "POST", "/api/v1/rights", body=b"[]")),
            ("/api/v1/rights", 413, await walk.ask("nobody", "POST", "/api/v1/rights", body=b"a" * 70_000)),
            ("/desk/login", 413, await walk.ask("nobody", "POST", "/desk/login", **{"Content-Length": "99999999"})),
            ("/api/v1/desk/me", 401, await walk.ask("nobody", "GET", "/api/v1/desk/me")),
            ("/api/v1/organisation/figures", 401, await walk.ask("person", "GET", "/api/v1/organisation/figures")),
            ("/desk/people", 403, await walk.ask("counsellor", "GET", "/desk/people")),
            ("/desk/people", 303, await walk.ask("nobody", "GET", "/desk/people")),
            ("/telegram/webhook", 403, await walk.ask("nobody", "POST", "/telegram/webhook", body=b"{}")),
            ("/chat/plain/leave", 403, await walk.ask("person", "POST", "/chat/plain/leave", Origin="https://x.test")),
        ]

        def broken(*_: object, **__: object) -> None:
            raise RuntimeError("inside")

        monkeypatch.setattr("backend.conversations.service.authorised", broken)
        path = f"{CONVERSATIONS}/{person}/messages"
        return [*asked, (path, 500, await walk.ask("person", "GET", path))]

    for path, status, answer in run(go):
        assert (path, answer.status) == (path, status)
        assert (path, list(problems(path, answer))) == (path, [])
        assert b"inside" not in answer.body and b"Traceback" not in answer.body


def test_files_and_what_is_not_sent_again(walk: Walk) -> None:
    """Every static file, and the 304 for who has a page already, carries every header."""

    async def go() -> None:
        files = [f"/static/widget/{name}" for name in static_files()] + [
            f"/desk/static/{name}" for name in load_assets().files
        ]
        for path in ("/", "/chat", "/embed.js", "/informatie", "/en/regio", "/robots.txt", "/sitemap.xml", *files):
            answer = await walk.ask("nobody", "GET", path, **{"Accept-Encoding": "gzip"})
            assert (path, answer.status, list(problems(path, answer))) == (path, 200, [])
            if tag := answer.header("etag"):
                again = await walk.ask("nobody", "GET", path, **{"If-None-Match": tag, "Accept-Encoding": "gzip"})
                assert (path, again.status, list(problems(path, again))) == (path, 304, [])

    run(go)


def test_streams_begin_with_every_header(walk: Walk) -> None:
    """A stream of messages and a stream of the desk are never kept by anything between."""

    async def go() -> None:
        own = f"{CONVERSATIONS}/{walk.people['person'].ids['id']}/stream"
        for who, path in (("person", own), ("counsellor", "/desk/stream")):
            answer = await walk.ask(who, "GET", path)
            assert answer.header("content-type").startswith("text/event-stream")
            assert (path, answer.status, list(problems(path, answer))) == (path, 200, [])

    run(go)


def test_nothing_is_shown_that_helps_an_attacker(walk: Walk) -> None:
    """In production there is no documentation, no debugging, no TRACE, and figures are not for who comes from outside."""
    assert walk.app.debug is False

    async def go() -> None:
        for path in (
            "/docs",
            "/redoc",
            "/openapi.json",
            "/metrics",
            "/debug",
            "/.env",
            "/.git/config",
            "/docs/oauth2-redirect",
        ):
            assert (path, (await walk.ask("nobody", "GET", path)).status) == (path, 404)
        for path in ("/", "/chat", "/desk", "/api/v1/rights", "/healthz", "/telegram/webhook", "/nowhere"):
            answer = await walk.ask("nobody", "TRACE", path, Cookie="secret=of-mine")
            assert answer.status in (404, 405)
            assert b"of-mine" not in answer.body

    run(go)


def test_only_the_chat_may_stand_in_a_frame(walk: Walk) -> None:
    """Which sites may frame the chat is the operator's choice; the desk and the plain chat never stand in one."""
    settings = walk.world.service.settings.model_copy(update={"frame_ancestors": "https://school.example"})
    app = create_app(replace(walk.world.service, settings=settings), worker=False)

    async def go() -> None:
        for path, wanted in (("/chat", "https://school.example"), ("/desk/login", "'none'"), ("/chat/plain", "'none'")):
            answer = await ask(app, "GET", path)
            assert f"frame-ancestors {wanted}" in answer.header("content-security-policy")

    run(go)
