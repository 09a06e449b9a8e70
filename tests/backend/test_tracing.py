"""Traces: a span for each request and each turn, and nothing in them that leads to a person."""

from __future__ import annotations

import json
import logging
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backend import tracing
from world import World, open_world, settings_for

_SECRET = "geheimzinnig"
_REQUEST = "SpanKind.SERVER"


@pytest.fixture
def verder(tmp_path: Path) -> Iterator[World]:
    """The service over HTTP."""
    with open_world(settings_for(f"sqlite:///{tmp_path / 'verder.db'}", tmp_path)) as world:
        yield world


def _spans(exporter: Any, requests: int) -> list[dict[str, Any]]:
    """All spans, once those of so many requests are there: one ends a moment after its answer."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        spans = [json.loads(span.to_json()) for span in exporter.get_finished_spans()]
        if sum(one["kind"] == _REQUEST for one in spans) == requests:
            return spans
        threading.Event().wait(0.02)
    raise AssertionError("there are not as many spans as requests")


def test_spans_say_how_long_and_nothing_of_whom(verder: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A turn is a span inside that of its request, under the route; ids, queries, headers and words are in none of them,
    also when something is refused or breaks, and a visitor cannot choose the trace."""
    sdk = pytest.importorskip(
        "opentelemetry.sdk.trace", reason="the extra `otel` is not installed: traces are not tried"
    )
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter, provider = InMemorySpanExporter(), sdk.TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(tracing, "_tracer", provider.get_tracer("verder"))
    verder.http.headers["traceparent"] = f"00-{'7' * 32}-{'7' * 16}-01"
    person = verder.person()
    person.says(_SECRET)
    person.turn({"choice": f"{_SECRET} " * 40})
    verder.http.get(f"/{_SECRET}?naam={_SECRET}")
    monkeypatch.setattr(verder.service.database, "write", lambda _work: 1 / len(""))
    person.turn({"text": _SECRET})
    spans = _spans(exporter, 5)
    turns = [one for one in spans if one["name"] == "turn"]
    assert {one["attributes"]["verder.result"] for one in turns} == {"ok", "failed"}
    requests = {one["context"]["span_id"]: one for one in spans if one["kind"] == _REQUEST}
    assert all(requests[one["parent_id"]]["name"].startswith("POST /api/v1/conversations") for one in turns)
    assert all(one["parent_id"] is None and not one["events"] for one in requests.values())
    everything = json.dumps([[one["name"], one["attributes"], one["events"], one["status"]] for one in spans])
    for told in (person.id, person.token, _SECRET, "127.0.0.1", "httpx", "division"):
        assert told not in everything
    assert "7" * 32 not in json.dumps(spans)


def test_without_the_extra_one_line_says_so(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Where traces are asked for and cannot be sent the service starts all the same and says so once; unasked, nothing."""
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with caplog.at_level(logging.WARNING):
        tracing.send_traces()
        assert caplog.messages == []
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
        tracing.send_traces()
    assert [message for message in caplog.messages if "not installed" in message] == caplog.messages
    assert len(caplog.messages) == 1
