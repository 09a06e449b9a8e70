"""Every route of an app, also those of the routers it is made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from fastapi import FastAPI


def routes_of(app: FastAPI) -> frozenset[str]:
    """Each as "METHOD /path", with the names of its parameters."""
    return frozenset(
        f"{method} {path}" for path, route in _all(app.routes) for method in route.methods or () if method != "HEAD"
    )


def _all(routes: Iterable[Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from _all(inner.routes, prefix + route.include_context.prefix)
        elif hasattr(route, "methods"):
            yield prefix + route.path, route
