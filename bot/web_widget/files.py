"""The widget's pages and files as they travel: as short as they can be, and gzipped for who takes that.

They are for phones on bad mobile data, so this does not wait for a server in front that might do it.
"""

from __future__ import annotations

import gzip
import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from fastapi import Request, Response

from locales.compiled import kept

_BLANK = re.compile(r"^\s+", re.MULTILINE)
_COMMENT = re.compile(r"^/\*.*?\*/\n", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"<(script|style)>(.*?)</\1>", re.DOTALL)
_KEPT = Path(__file__).parent / "__pycache__"
_SHORTENED = ("text/javascript", "text/css")
_NEWEST_SCRIPT = "2021"
"""What Safari 15 and Firefox ESR understand."""


@dataclass(frozen=True, slots=True)
class Packed:
    """One file, plain and gzipped, with the tag by which a browser knows that it has it already.

    `policy`: the content policy of a page that has scripts or styles in itself; "" for the service's own.
    """

    plain: bytes
    gzipped: bytes
    media_type: str
    tag: str
    policy: str = ""

    @classmethod
    def of(cls, text: str, media_type: str, *, policy: str = "") -> Packed:
        """Packs a text; scripts and style sheets are made as short as they can be."""
        plain = (short(text, media_type) if media_type in _SHORTENED else text).encode()
        tag = f'"{sha256(plain + policy.encode()).hexdigest()[:20]}"'
        return cls(plain, gzip.compress(plain, 9, mtime=0), media_type, tag, policy)

    @classmethod
    def page(cls, html: str, *, frame_ancestors: str) -> Packed:
        """Packs a page with its own scripts and styles in it; its policy lets a browser run these and no others."""
        html = lean(html)
        kinds = {kind: " ".join(_hashes(html, kind)) or "'none'" for kind in ("script", "style")}
        policy = (
            f"default-src 'self'; script-src {kinds['script']}; style-src {kinds['style']}; img-src 'self' data:; "
            f"base-uri 'none'; form-action 'self'; object-src 'none'; frame-ancestors {frame_ancestors}"
        )
        return cls.of(html, "text/html", policy=policy)

    def answer(self, request: Request) -> Response:
        """What this browser takes; 304 without content when it has it. Always asked anew: a new release must arrive."""
        headers = {"ETag": self.tag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
        if self.policy:
            headers["Content-Security-Policy"] = self.policy
        if self.tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if not _takes_gzip(request):
            return Response(self.plain, media_type=self.media_type, headers=headers)
        return Response(self.gzipped, media_type=self.media_type, headers={**headers, "Content-Encoding": "gzip"})


def short(source: str, media_type: str) -> str:
    """A script or style sheet with the same meaning and fewer letters.

    Kept once it is made: the tool takes five megabytes of memory, and a start that finds all made does without it.
    """
    tool = find_spec("minify")
    if tool is None or tool.origin is None:  # a machine for which it is not built sends longer files
        return lean(source)
    name = sha256(f"{media_type} {source}".encode()).hexdigest()[:20]
    made = kept(_KEPT / f"short-{name}.json", [Path(tool.origin)], lambda: {"short": _shortened(source, media_type)})
    return str(made["short"])


def _shortened(source: str, media_type: str) -> str:
    import minify  # type: ignore[import-untyped]

    minify.config({"js-version": _NEWEST_SCRIPT})
    said: str = minify.string(media_type, source)
    return said


def lean(source: str) -> str:
    """A script, style sheet or page without indentation, empty lines and comments that begin a line.

    Sound for sources without strings over several lines, as the widget's are.
    """
    return _COMMENT.sub("", _BLANK.sub("", source))


def _hashes(html: str, kind: str) -> Iterator[str]:
    for found in _INLINE.finditer(html):
        if found[1] == kind:
            yield f"'sha256-{b64encode(sha256(found[2].encode()).digest()).decode()}'"


def _takes_gzip(request: Request) -> bool:
    wanted = request.headers.get("accept-encoding", "").replace(" ", "").lower()
    return any(part.partition(";")[0] in ("gzip", "*") and not part.endswith(";q=0") for part in wanted.split(","))
