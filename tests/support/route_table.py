"""Every route of an app."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from fastapi import FastAPI


def routes_of(app: FastAPI) -> frozenset[str]:
    """Each as "METHOD /path", with the names of its parameters."""
    return frozenset(
        f"{method} {path}" for path, route in all_of(app.routes) for method in route.methods or () if method != "HEAD"
    )


def all_of(routes: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    """Each with its whole path."""
    for route in routes:
        assert not hasattr(route, "original_router"), "a router that is included hides its routes: see bot/routers.py"
        if hasattr(route, "methods"):
            yield route.path, route
