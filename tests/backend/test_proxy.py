"""The proxy as it is delivered: who comes in is told truly, streams pass at once, nobody can talk processes away."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.requests import ClientDisconnect

from backend.benchmarks.process import free_port
from fake_telegram import serving
from proxy import Proxy, proxy


class Behind:
    """A service that tells what reached it, and whose stream waits for the test."""

    def __init__(self) -> None:
        self.app, self.go_on = FastAPI(), threading.Event()
        self.app.get("/headers")(self._headers)
        self.app.post("/body")(self._body)
        self.app.get("/stream")(self._stream)
        self.app.get("/metrics")(lambda: PlainTextResponse("figures"))
        self.app.get("/healthz")(lambda: PlainTextResponse("alive"))
        self.app.get("/readyz")(lambda: Response(status_code=503))
        for path in ("/informatie", "/desk", "/desk/search"):
            self.app.get(path)(lambda: HTMLResponse("<p>Hallo</p>" * 500))

    async def _headers(self, request: Request) -> JSONResponse:
        pairs = [(name.decode(), value.decode()) for name, value in request.headers.raw]
        return JSONResponse(pairs, headers={"x-content-type-options": "nosniff", "via": "me", "server": "me"})

    async def _body(self, request: Request) -> JSONResponse:
        try:
            return JSONResponse(len(await request.body()))
        except ClientDisconnect:
            return JSONResponse(None, 400)

    async def _stream(self) -> StreamingResponse:
        async def events() -> AsyncIterator[str]:
            yield "data: first\n\n"
            while not self.go_on.is_set():
                await asyncio.sleep(0.01)
            yield "data: last\n\n"

        return StreamingResponse(events(), media_type="text/event-stream")


@pytest.fixture(scope="module")
def behind() -> Behind:
    """What stands behind the proxy."""
    return Behind()


@pytest.fixture(scope="module")
def before(behind: Behind, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """The proxy before one service."""
    with serving(behind.app) as url, proxy(tmp_path_factory.mktemp("proxy"), [int(url.rpartition(":")[2])]) as found:
        yield found


def test_who_comes_in_cannot_say_to_be_somebody_else(before: Proxy) -> None:
    """Whatever a visitor says of where they come from, the service hears the proxy's word alone, once."""
    forged = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "http", "X-Forwarded-Host": "elsewhere"}
    with before.client() as http:
        told = http.get(
            "/headers", headers={**forged, "Forwarded": "for=203.0.113.7", "X-Real-IP": "203.0.113.7"}
        ).json()
    of = {name: [value for other, value in told if other == name] for name, _ in told}
    assert of["x-forwarded-for"] in (["127.0.0.1"], ["::1"])
    assert of["x-forwarded-proto"] == ["https"]
    assert not any("203.0.113.7" in value or value == "elsewhere" for _, value in told)


def test_headers_are_there_once_and_tell_no_names(before: Proxy) -> None:
    """A security header of the service comes out once, and neither program names itself."""
    with before.client() as http:
        answer = http.get("/headers")
    assert answer.headers.get_list("x-content-type-options") == ["nosniff"]
    assert not {"server", "via"} & set(answer.headers)


def test_a_stream_passes_at_once(before: Proxy, behind: Behind) -> None:
    """The first event is read while the second is not written yet."""
    with before.client() as http, http.stream("GET", "/stream") as answer:
        lines = answer.iter_lines()
        assert next(lines) == "data: first"
        behind.go_on.set()
        assert "data: last" in list(lines)


def test_figures_stay_inside(before: Proxy) -> None:
    """The figures for machines are not for the public."""
    with before.client() as http:
        for path in ("/metrics", "/metrics/", "//metrics", "/%6detrics", "/x/../metrics"):
            assert http.get(path).status_code == 404, path


def test_only_pages_without_secrets_are_made_smaller(before: Proxy) -> None:
    """Pages for everybody come compressed; those of the desk do not, so that their length tells nothing of what is in them."""
    with before.client() as http:
        coded = {
            path: "content-encoding" in http.get(path).headers for path in ("/informatie", "/desk", "/desk/search")
        }
    assert coded == {"/informatie": True, "/desk": False, "/desk/search": False}


def test_a_body_without_end_takes_no_service_away(before: Proxy) -> None:
    """Too much does not pass, whether or not it says its length, and however often: the next visitor is served as before."""
    with before.client() as http:
        for _ in range(6):
            for body in (b"x" * 300_000, iter([b"x" * 100_000] * 4)):
                assert http.post("/body", content=body).status_code in (413, 502)
        assert http.post("/body", content=b"x" * 1000).json() == 1000


def test_a_service_that_is_not_ready_still_says_so_itself(before: Proxy) -> None:
    """With the database away every process says that it is not ready: people still hear it from Verder, with its numbers."""
    with before.client() as http:
        assert http.get("/readyz").status_code == 503
        for _ in range(3):
            assert http.get("/headers").status_code == 200


def test_without_any_service_the_numbers_for_danger_are_there(tmp_path: Path) -> None:
    """When no process runs the proxy says so itself, with 112 and 113 and when to come back."""
    with proxy(tmp_path, [free_port()]) as nobody, nobody.client() as http:
        answer = http.get("/chat")
        assert answer.status_code in (502, 503)
        assert "112" in answer.text
        assert "113" in answer.text
        assert int(answer.headers["retry-after"]) > 0
        assert answer.headers["content-type"].startswith("text/plain")
        assert not {"server", "via"} & set(answer.headers)
