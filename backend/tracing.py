"""Traces for OpenTelemetry: a span for each request and each turn, which say nothing of whom or of what was said.

What FastAPI records by itself is switched off: it would send the addresses of conversations, and what errors say.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

from fastapi.telemetry import TelemetryConfig
from opentelemetry import context, trace

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_log = logging.getLogger(__name__)
_tracer: trace.Tracer | None = None

NOTHING_BY_ITSELF: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}
"""For `FastAPI(telemetry=…)`."""


@contextmanager
def span(name: str, kind: trace.SpanKind = trace.SpanKind.INTERNAL) -> Iterator[trace.Span]:
    """A span around the block. What goes wrong in it is not written down: the words of an error may be a person's."""
    if _tracer is None:  # nearly everywhere: a span that goes nowhere would cost a tenth of a turn
        yield trace.INVALID_SPAN
        return
    # Whoever comes in cannot choose which trace they belong to: a request begins its own.
    within = context.Context() if kind is trace.SpanKind.SERVER else None
    with _tracer.start_as_current_span(
        name, context=within, kind=kind, record_exception=False, set_status_on_exception=False
    ) as one:
        yield one


def send_traces() -> None:
    """Begins to send spans where the standard variables of OpenTelemetry say, if they say anything."""
    global _tracer  # noqa: PLW0603 - once, at the start of the process
    if not any(os.environ.get(name) for name in _ENDPOINTS):
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import SERVICE_NAME, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        _log.warning("%s is set, but the extra `otel` is not installed: no traces are sent", _ENDPOINTS[0])
        return
    resource = Resource.create({SERVICE_NAME: os.environ.get("OTEL_SERVICE_NAME", "verder")})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    _tracer = provider.get_tracer("verder")
