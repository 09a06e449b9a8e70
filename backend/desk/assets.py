"""The desk's style, scripts and templates, read once from this package."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fastapi import Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from backend.errors import not_found

_HERE = Path(__file__).parent
_FILES = {
    "desk.css": "text/css; charset=utf-8",
    "icon.svg": "image/svg+xml",
    "desk.js": "text/javascript; charset=utf-8",
    "passkeys.js": "text/javascript; charset=utf-8",
    "vendor/htmx/htmx.min.js": "text/javascript; charset=utf-8",
    "vendor/htmx/LICENSE": "text/plain; charset=utf-8",
}
_LONG = {"Cache-Control": "public, max-age=31536000, immutable"}


@dataclass(frozen=True, slots=True)
class Assets:
    """The files that may be fetched, by name."""

    files: Mapping[str, bytes]

    def url(self, name: str) -> str:
        """The address of a file; it changes with the content, so that browsers may keep it."""
        return f"/desk/static/{name}?v={hashlib.sha256(self.files[name]).hexdigest()[:12]}"

    def serve(self, name: str) -> Response:
        """A file, or 404 for any name that is not on the list."""
        if name not in self.files:
            raise not_found()
        return Response(self.files[name], media_type=_FILES[name], headers=_LONG)


def load_assets() -> Assets:
    """Reads the files."""
    return Assets({name: (_HERE / "static" / name).read_bytes() for name in _FILES})


def load_templates(assets: Assets) -> Environment:
    """The templates; everything is escaped, and a missing value is an error."""
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["asset"] = assets.url
    return environment
