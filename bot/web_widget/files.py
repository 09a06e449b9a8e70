"""The widget's pages and files as they travel: without indentation and comments, and gzipped for who takes that.

They are for phones on bad mobile data, so this does not wait for a server in front that might do it.
"""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass
from hashlib import sha256

from fastapi import Request, Response

from bot.web_widget import shrink

_BLANK = re.compile(r"^\s+", re.MULTILINE)
_SHORTEN = {"text/javascript": shrink.script, "text/css": shrink.style}
_COMMENT = re.compile(r"^/\*.*?\*/\n", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Packed:
    """One file, plain and gzipped, with the tag by which a browser knows that it has it already."""

    plain: bytes
    gzipped: bytes
    media_type: str
    tag: str

    @classmethod
    def of(cls, text: str, media_type: str) -> Packed:
        """Packs a text; scripts and style sheets are made as short as they can be."""
        plain = _SHORTEN.get(media_type, str)(text).encode()
        return cls(plain, gzip.compress(plain, 9, mtime=0), media_type, f'"{sha256(plain).hexdigest()[:20]}"')

    def answer(self, request: Request) -> Response:
        """What this browser takes; 304 without content when it has it. Always asked anew: a new release must arrive."""
        headers = {"ETag": self.tag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
        if self.tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if not _takes_gzip(request):
            return Response(self.plain, media_type=self.media_type, headers=headers)
        return Response(self.gzipped, media_type=self.media_type, headers={**headers, "Content-Encoding": "gzip"})


def lean(source: str) -> str:
    """A script, style sheet or page without indentation, empty lines and comments that begin a line.

    Sound for sources without strings over several lines, as the widget's are.
    """
    return _COMMENT.sub("", _BLANK.sub("", source))


def _takes_gzip(request: Request) -> bool:
    wanted = request.headers.get("accept-encoding", "").replace(" ", "").lower()
    return any(part.partition(";")[0] in ("gzip", "*") and not part.endswith(";q=0") for part in wanted.split(","))
