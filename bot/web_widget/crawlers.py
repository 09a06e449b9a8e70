"""What search engines read: which pages there are, and which are for nobody's list."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from html import escape

from fastapi import APIRouter, Request, Response

from bot.web_widget import articles, explained, places
from bot.web_widget.files import Packed
from bot.web_widget.public_site import FRESH
from knowledge.regions import Regions

_NOT_LISTED = ("/chat", "/desk", "/api/", "/telegram/", "/*?q=")


def crawler_router(address: str, regions: Regions) -> APIRouter:
    """`/robots.txt` and `/sitemap.xml`. `address`: where the service stands for the outside."""
    router = APIRouter(include_in_schema=False)
    sitemap = cache(lambda: Packed.of("".join(_sitemap(address, regions)), "application/xml"))

    @router.api_route("/robots.txt", methods=["GET", "HEAD"])
    async def robots() -> Response:
        lines = ["User-agent: *", *(f"Disallow: {path}" for path in _NOT_LISTED), f"Sitemap: {address}/sitemap.xml"]
        return Response("\n".join(lines) + "\n", media_type="text/plain", headers={"Cache-Control": FRESH})

    @router.api_route("/sitemap.xml", methods=["GET", "HEAD"])
    async def pages(request: Request) -> Response:
        response = sitemap().answer(request)
        response.headers["Cache-Control"] = FRESH
        return response

    return router


def listed(regions: Regions) -> Iterator[tuple[str, str]]:
    """The path of every public page, and the day it was last read by its makers, or "" for a page that follows data."""
    yield "/", ""
    yield from articles.public_paths()
    yield from ((path, "") for path in explained.public_paths())
    yield from ((path, "") for path in places.public_paths(regions))


def _sitemap(address: str, regions: Regions) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    for path, day in listed(regions):
        changed = f"<lastmod>{day}</lastmod>" if day else ""
        yield f"<url><loc>{escape(address + path)}</loc>{changed}</url>\n"
    yield "</urlset>\n"
