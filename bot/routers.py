"""Putting routers together, so that every route is built once and tried once."""

from __future__ import annotations

from fastapi import APIRouter


def join(whole: APIRouter, *parts: APIRouter) -> None:
    """Puts the routes of the parts, as they are, behind those of the whole; a prefix is the part's own.

    `include_router` would build each a second time, and for every request first look for the router and then for the route.
    """
    for part in parts:
        whole.routes.extend(part.routes)
