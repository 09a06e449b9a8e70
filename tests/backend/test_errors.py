"""Every refusal has the contract's shape (section 7) and a kind voice; no odd request makes the service fall over."""

from __future__ import annotations

import json
import re
import socket
import string
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import sqlalchemy as sa
from fastapi import Request
from hypothesis import HealthCheck, given, seed
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.engine import make_url

from backend.app import create_app
from backend.engines import postgres_engine
from backend.errors import Refused
from backend.web_errors import wanted_language
from desk_people import people
from locales import source_texts
from sizes import size
from world import CONVERSATIONS, Person, World, open_world, settings_for

RIGHTS = "/api/v1/rights"
HEADERS = ("content-security-policy", "x-content-type-options", "referrer-policy", "permissions-policy")


def check_error(answer: httpx.Response, status: int, code: str | None = None) -> dict[str, Any]:
    """Asserts the shape of an error and gives it."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert set(body) == {"error"}
    error: dict[str, Any] = body["error"]
    assert set(error) == {"code", "message", "fields"}
    assert error["message"]
    assert code in (None, error["code"])
    for inside in ("Traceback", "sqlalchemy", "sqlite", "psycopg", "pydantic", ".py"):
        assert inside not in answer.text
    return error


@pytest.mark.parametrize(
    "path", ["/nowhere", "/api/v1/nowhere", "/api/v2/rights", "/static/widget/none.js", "/healthz/x"]
)
def test_an_unknown_address_is_404(verder: World, path: str) -> None:
    """What does not exist is 404 in the contract's shape."""
    check_error(verder.http.get(path), 404, "not_found")


@pytest.mark.parametrize("path", [RIGHTS, CONVERSATIONS, f"{CONVERSATIONS}/{'a' * 32}/turns", "/healthz", "/"])
def test_a_wrong_method_is_405(verder: World, path: str) -> None:
    """A method that is not served here is 405 and says which are."""
    answer = verder.http.put(path)
    check_error(answer, 405, "method_not_allowed")
    assert answer.headers["allow"]


@pytest.mark.parametrize(
    "body", [b"{", b"", b"\xff\xfe", b'{"facts": ' + b"[" * 40_000, b'{"facts": {"a": ' + b"9" * 5_000 + b"}}"]
)
def test_bad_json_is_refused(verder: World, body: bytes) -> None:
    """What is not JSON, or too deep or too large to read, is a 400 or 422 and never a fall."""
    answer = verder.http.post(RIGHTS, content=body, headers={"Content-Type": "application/json"})
    check_error(answer, answer.status_code)
    assert answer.status_code in (400, 422)


@pytest.mark.parametrize(
    "path", [RIGHTS, CONVERSATIONS, f"{CONVERSATIONS}/{'a' * 32}/turns", "/desk/login", "/nowhere"]
)
def test_a_large_body_is_413(verder: World, path: str) -> None:
    """A body of 70 KB is 413 before anything reads it, with the security headers."""
    answer = verder.http.post(path, content=b"a" * 70_000, headers={"Content-Type": "application/json"})
    check_error(answer, 413, "too_large")
    assert all(name in answer.headers for name in HEADERS)


def test_a_large_body_without_a_length_is_413(verder: World) -> None:
    """A body that does not say how long it is, is counted."""
    answer = verder.http.post(RIGHTS, content=iter([b"a" * 7_000] * 10), headers={"Content-Type": "application/json"})
    check_error(answer, 413, "too_large")


@pytest.mark.parametrize("length", ["²", "9" * 5_000, "-1", "x", "1e3"])
def test_a_length_that_is_none_is_refused(verder: World, length: str) -> None:
    """A Content-Length that is no number is refused and never a fall, also when a server lets it through."""
    with socket.create_connection(("127.0.0.1", int(verder.url.rsplit(":", 1)[1]))) as wire:
        head = f"POST {RIGHTS} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{{}}"
        wire.sendall(head.encode("latin-1"))
        answer = wire.makefile("rb").readline()
    assert answer.split()[1] in (b"400", b"413")


@pytest.mark.parametrize(
    ("wanted", "spoken"),
    [
        ("en", "en"),
        ("en-GB,nl;q=0.5", "en"),
        ("nl", "nl"),
        ("xx, en;q=0.7, nl;q=0.9", "nl"),
        ("*", None),
        ("", None),
        ("\u00ff;q=x,,;", None),
        ("en;q=0.1,nl", "nl"),
    ],
)
def test_the_reader_is_heard(wanted: str, spoken: str | None) -> None:
    """The language of an error is the one wanted most, Dutch when none is spoken here."""
    scope = {"type": "http", "headers": [(b"accept-language", wanted.encode("latin-1"))]}
    assert wanted_language(Request(scope)) == spoken


def test_an_error_speaks_the_language_of_the_request(verder: World) -> None:
    """The same error is Dutch by default and in another language when that is asked for and has the words."""
    dutch = check_error(verder.http.get("/nowhere"), 404)
    english = check_error(verder.http.get("/nowhere", headers={"Accept-Language": "en"}), 404)
    assert dutch["message"] == source_texts()["errors.not_found"]
    assert english["message"] == Refused(404, "not_found").message("en")
    assert english["code"] == dutch["code"]


def test_a_defect_is_a_kind_500(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the service itself is wrong the person gets a kind 500 with the security headers and nothing of the inside."""
    with open_world(settings_for(database_url, tmp_path)) as world:
        person = world.person()

        def broken(*_: object, **__: object) -> None:
            raise RuntimeError("geheim-van-binnen")

        monkeypatch.setattr("backend.conversations.service.take_turn", broken)
        answer = person.turn({"text": "Hoi"})
        check_error(answer, 500, "failed")
        assert "geheim" not in answer.text
        assert all(name in answer.headers for name in HEADERS)
        monkeypatch.undo()
        assert person.says("Hoi")


def test_health_knows_when_the_database_is_away(fresh: World) -> None:
    """Ready is 200 with the database, 503 with the reason without it, and 200 again; alive stays 200."""
    assert fresh.http.get("/readyz").json() == {"status": "ok", "checks": {"database": "ok", "schema": "ok"}}
    with _away(fresh):
        answer = fresh.http.get("/readyz")
        assert answer.status_code == 503
        assert set(answer.json()) == {"status", "checks"}
        assert answer.json()["status"] != "ok"
        assert fresh.http.get("/healthz").status_code == 200
        refused = fresh.http.post(CONVERSATIONS, json={})
        assert check_error(refused, 503, "unavailable")
        assert int(refused.headers["retry-after"]) > 0
    assert fresh.http.get("/readyz").status_code == 200
    assert fresh.person().says("Hoi")


def test_figures_are_not_for_the_public(verder: World) -> None:
    """The figures are Prometheus text for our own network and 404 for what a proxy passes on."""
    figures = verder.http.get("/metrics")
    assert figures.headers["content-type"].startswith("text/plain")
    families = list(text_string_to_metric_families(figures.text))
    assert families
    assert all(family.name.startswith("verder_") for family in families)
    check_error(verder.http.get("/metrics", headers={"X-Forwarded-For": "198.51.100.7"}), 404)


def test_production_shows_no_documentation(verder: World) -> None:
    """Outside production the API describes itself; in production it does not."""
    assert verder.http.get("/openapi.json").status_code == 200
    safe = verder.service.settings.model_copy(update={"profile": "production"})
    hidden = create_app(replace(verder.service, settings=safe))
    assert not {"/openapi.json", "/docs"} & {getattr(route, "path", "") for route in hidden.routes}


@contextmanager
def _away(world: World) -> Iterator[None]:
    """Takes the database away while the block runs."""
    url = make_url(world.service.settings.database_url)
    if url.drivername.startswith("sqlite"):
        database = world.service.database
        engines = [database._reader, database._writer]  # type: ignore[attr-defined]
        file = Path(url.database or "")
        hidden = file.rename(file.with_suffix(".away"))
        file.mkdir()
        for engine in engines:
            engine.dispose(close=False)  # who has just begun to wait for one of the old connections gets it
        yield
        file.rmdir()
        hidden.rename(file)
        return
    admin = postgres_engine(url.set(database="postgres").render_as_string(hide_password=False))
    with admin.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql(f"alter database {url.database} allow_connections false")
        connection.execute(_END, {"name": url.database})
        yield
        connection.exec_driver_sql(f"alter database {url.database} allow_connections true")
    admin.dispose()


_END = sa.text("select pg_terminate_backend(pid) from pg_stat_activity where datname = :name")

# Odd requests.

_PAGES = ("/", "/chat", "/static/widget/{id}", "/desk", "/desk/login", "/desk/static/{id}", "/desk/requests/{id}")
_KEYS = ("facts", "as_of", "language", "actors", "text", "choice", "start", "email", "password", "birth_date", "\ud800")
_HEADERS = ("Authorization", "Idempotency-Key", "Last-Event-ID", "Accept-Language", "Content-Type", "Cookie", "Origin")
_WORDS = st.text(max_size=40)
_VALUES = st.sampled_from(["2026-07", "nl", "pro", "9999-12-31", "0001-01-01", "menu", "\ud800", 2**70])
_ODD_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _WORDS | _VALUES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(_KEYS) | _WORDS, inner, max_size=5),
    max_leaves=8,
)
_ODD_BODY = (
    st.dictionaries(st.sampled_from(_KEYS), _ODD_JSON, max_size=4).map(json.dumps) | _ODD_JSON.map(json.dumps) | _WORDS
)
_ODD_VALUE = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=40)
_ODD_ID = st.sampled_from(["a" * 32, "%00", "..%2f", "%ff", "0"]) | st.text(string.printable, min_size=1).map(
    lambda text: quote(text, safe="")
)


@dataclass(frozen=True, slots=True)
class Odd:
    """One odd request; `path` has `{id}` where an id stands."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: str
    mine: bool


def _odd(paths: tuple[str, ...]) -> st.SearchStrategy[Odd]:
    return st.builds(
        Odd,
        method=st.sampled_from(("GET", "POST", "POST", "POST", "PUT", "HEAD", "OPTIONS")),
        path=st.builds(lambda path, id: re.sub(r"\{\w+\}", lambda _: id, path), st.sampled_from(paths), _ODD_ID),
        query=st.just("") | st.builds("?after={}&queue={}&status={}".format, _ODD_ID, _ODD_ID, _ODD_ID),
        headers=st.dictionaries(st.sampled_from(_HEADERS), _ODD_VALUE.map(str.strip), max_size=4),
        body=_ODD_BODY,
        mine=st.booleans(),
    )


@dataclass(frozen=True, slots=True)
class Target:
    """Where the odd requests go, and somebody whose conversation is there."""

    world: World
    person: Person
    desk: dict[str, str]
    odd: st.SearchStrategy[Odd]


@pytest.fixture(scope="module")
def target(verder: World) -> Target:
    """All addresses of the service, and whoever may open them."""
    with verder.counsellor() as coach:
        session = "; ".join(f"{name}={value}" for name, value in coach.http.cookies.items())
        desk = {"Cookie": session, "X-CSRF-Token": coach.http.headers["X-CSRF-Token"]}
    paths = (*create_app(verder.service).openapi()["paths"], *_PAGES)
    return Target(verder, verder.person(), desk, _odd(paths))


@pytest.mark.parametrize("sign", ["\0", "%00"])
def test_a_sign_that_no_database_takes_is_nobodys_name(target: Target, sign: str) -> None:
    """A NUL in an address or a question is not found, on either database."""
    quoted = quote(sign, safe="%")
    for path in (
        f"{target.person.path}/consents/{quoted}/withdraw",
        f"{target.person.path}/consents/a/withdraw?x={quoted}",
    ):
        answer = target.world.http.post(path, headers=target.person.headers)
        check_error(answer, 404)


def test_that_sign_in_a_form_or_body_is_no_fault(target: Target) -> None:
    """Where a form or body holds an id, a name or a reason, a NUL is refused or left out, on either database."""
    world = target.world
    with people(world) as desk, world.counsellor() as coach:
        world.person().asks_for_help()
        request = next(one["id"] for one in coach.requests() if one["status"] == "waiting")
        assert desk["team_lead"].http.post(f"/api/v1/desk/requests/{request}/claim").status_code == 200
        for role, path, fields in _WITH_IDS:
            body, place = dict.fromkeys(fields, "\0"), path.replace("?", request)
            who = desk[role]
            api = path.startswith("/api/")
            answer = who.http.post(place, json={"reason": "Omdat.", **body}) if api else who.form(place, **_DAY, **body)
            assert answer.status_code < 500, (place, fields)


_DAY = {"back": "2999-01-01", "scopes": "figures"}
_API, _PAGE = "/api/v1/desk/requests/?", "/desk/requests/?"
_WITH_IDS = (
    ("team_lead", f"{_API}/transfer", ("queue",)),
    ("team_lead", f"{_API}/transfer", ("counsellor",)),
    ("team_lead", f"{_API}/transfer", ("organisation",)),
    ("team_lead", f"{_API}/transfer", ("reason", "organisation")),
    ("team_lead", f"{_API}/reassign", ("counsellor", "seen_with")),
    ("team_lead", f"{_PAGE}/insert", ("answer",)),
    ("team_lead", f"{_PAGE}/note", ("note", "key")),
    ("team_lead", f"{_PAGE}/reply", ("text", "key")),
    ("team_lead", f"{_PAGE}/draft", ("text",)),
    ("team_lead", f"{_PAGE}/call", ("day1", "time1")),
    ("team_lead", f"{_PAGE}/open", ("reason", "words")),
    ("team_lead", f"{_PAGE}/consents", ("recipient", "giver", "purpose")),
    ("team_lead", f"{_PAGE}/document/draft", ("skills-words", "own", "key")),
    ("team_lead", "/desk/away", ("stand_in",)),
    ("team_lead", "/desk/search", ("wanted",)),
    ("team_lead", "/desk/answers/new", ("title", "text", "own")),
    ("organisation_admin", "/desk/queues/teams", ("name", "members")),
    ("organisation_admin", "/desk/queues", ("name", "members", "team_id", "language", "topic")),
    ("organisation_admin", "/desk/connections/tokens", ("name",)),
    ("organisation_admin", "/desk/connections/webhooks", ("url", "events")),
    ("organisation_admin", "/desk/people", ("name", "email", "role")),
    ("privacy_officer", "/desk/data/holds", ("number", "reason")),
    ("platform_admin", "/desk/emergency", ("number", "reason")),
    ("nobody", "/desk/login", ("email", "password", "code", "next")),
    ("nobody", "/desk/welcome", ("code", "password")),
    ("nobody", "/desk/welcome/open", ("code",)),
    ("nobody", "/chat/plain/start", ("start",)),
)
"""Forms and bodies, and the fields of each that a NUL goes into together."""


@seed(20261122)
@hypothesis_settings(
    max_examples=size(250, 5000), deadline=None, suppress_health_check=list(HealthCheck), database=None
)
@given(data=st.data())
def test_no_odd_request_makes_it_fall(target: Target, data: st.DataObject) -> None:
    """Hundreds of odd requests on each database over all addresses: no 5xx, and every refusal of the API has the shape."""
    odd = data.draw(target.odd)
    path, headers = odd.path, {"Content-Type": "application/json", **odd.headers}
    if odd.mine and path.startswith(CONVERSATIONS + "/"):
        path = "/".join([target.person.path, *path.split("/")[5:]])
        headers |= target.person.headers
    elif odd.mine and "desk" in path:
        headers |= target.desk
    encoded = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    body = odd.body.encode("utf-8", "surrogatepass")
    request = target.world.http.build_request(odd.method, path + odd.query, headers=encoded, content=body)
    answer = target.world.http.send(request, stream=True)
    try:
        assert answer.status_code < 500, odd
        if not answer.headers.get("content-type", "").startswith("text/event-stream"):
            answer.read()
        if answer.status_code >= 400 and path.startswith("/api") and odd.method != "HEAD":
            check_error(answer, answer.status_code)
    finally:
        answer.close()
