"""What machines may know of the service: times and counts without anybody in them, and one line of log for each turn."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Literal

from opentelemetry.trace import SpanKind
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.errors import Refused
from backend.tracing import span

Form = Literal["text", "json"]

REGISTRY = CollectorRegistry()
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.5, 5.0)
TURNS = Histogram(
    "verder_turn_seconds",
    "Turns of persons, until they are stored",
    ["channel", "result"],
    registry=REGISTRY,
    buckets=_SECONDS,
)
REQUESTS = Histogram(
    "verder_http_seconds",
    "HTTP requests, until the answer begins",
    ["method", "route", "status"],
    registry=REGISTRY,
    buckets=_SECONDS,
)
DELIVERIES = Counter(
    "verder_deliveries", "Messages handed to a channel, by what became of it", ["channel", "state"], registry=REGISTRY
)
ORPHANS = Gauge(
    "verder_requests_orphaned", "Open requests that nobody looks after, when last looked at", registry=REGISTRY
)
WORK_FAILED = Counter(
    "verder_work_failed", "Background work that failed for a defect, and is tried again", ["work"], registry=REGISTRY
)
STREAMS = Gauge("verder_streams_open", "Event streams that are open now", registry=REGISTRY)

_log = logging.getLogger("verder.turn")
_STREAM = b"text/event-stream"


@contextmanager
def turn(channel: str) -> Iterator[None]:
    """Measures one turn and writes its line: when, which channel, how it ended and how long it took; nothing of whom."""
    began, result = time.perf_counter(), "ok"
    with span("turn") as traced:
        try:
            yield
        except Refused as refused:
            result = refused.code
            raise
        except BaseException:
            result = "failed"
            raise
        finally:
            seconds = time.perf_counter() - began
            traced.set_attributes({"verder.channel": channel, "verder.result": result})
            TURNS.labels(channel, result).observe(seconds)
            _log.info("turn", extra={"channel": channel, "result": result, "ms": round(seconds * 1000, 1)})


class Observed:
    """Measures every request under the route as the program has it, so that no id becomes a label."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, streams = time.perf_counter(), False

        async def watched(message: Message) -> None:
            nonlocal streams
            if message["type"] == "http.response.start":
                labels = (scope["method"], route_of(scope), str(message["status"]))
                REQUESTS.labels(*labels).observe(time.perf_counter() - began)
                traced.update_name(f"{labels[0]} {labels[1]}")
                traced.set_attributes(
                    {
                        "http.request.method": labels[0],
                        "http.route": labels[1],
                        "http.response.status_code": message["status"],
                    }
                )
                kind = dict(message["headers"]).get(b"content-type", b"")
                if kind.startswith(_STREAM):
                    streams = True
                    STREAMS.inc()
            await send(message)

        with span(scope["method"], SpanKind.SERVER) as traced:
            try:
                await self._app(scope, receive, watched)
            finally:
                if streams:
                    STREAMS.dec()


def route_of(scope: Scope) -> str:
    """The path as the program has it, without anybody's id; "?" for a path it does not have."""
    return str(getattr(scope.get("route"), "path", "?"))


def exposition() -> str:
    """This process's figures in Prometheus' text form."""
    return generate_latest(REGISTRY).decode()


class JsonLines(logging.Formatter):
    """One JSON object a line: when (UTC), how grave, from where, what, and the fields of a turn."""

    def format(self, record: logging.LogRecord) -> str:
        """The line; what went wrong is named by its kind alone, since its words may repeat what somebody wrote."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            "what": record.getMessage(),
        }
        line |= {name: record.__dict__[name] for name in ("channel", "result", "ms") if name in record.__dict__}
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
        return json.dumps(line, ensure_ascii=False)


class TextLines(logging.Formatter):
    """The same for people."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, with the fields of a turn behind it."""
        fields = (f"{name}={record.__dict__[name]}" for name in ("channel", "result", "ms") if name in record.__dict__)
        return " ".join((super().format(record), *fields))


def log_as(form: Form) -> None:
    """Logs to standard error from now on, for people or for machines."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if form == "json" else TextLines("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    for name in ("alembic", "httpx"):  # the second would tell the address of every call
        logging.getLogger(name).setLevel(logging.WARNING)
