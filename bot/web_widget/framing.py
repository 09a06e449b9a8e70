"""Which sites may show the chat in a frame of theirs, as a browser reads it in `frame-ancestors`."""

from __future__ import annotations

import re
from collections.abc import Iterable

EVERYWHERE, NOWHERE = "*", "none"
_SITE = re.compile(
    r"https://(\*\.)?([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*(:\d{1,5})?"
    r"|https?://(localhost|127\.0\.0\.1)(:\d{1,5})?"
)


def frame_ancestors(sites: Iterable[str]) -> str:
    """The sites as one value: "*" alone is every site, "none" alone is none. Raises ValueError for what is no site's
    address: `https://`, a name and perhaps a port, nothing after it; `http://` on this machine only."""
    named = list(sites)
    if named == [EVERYWHERE]:
        return EVERYWHERE
    if named in ([], [NOWHERE]):
        return "'none'"
    for one in named:
        if not _SITE.fullmatch(one):
            raise ValueError(f"{one!r} is no address of a site such as https://www.voorbeeld.nl, without a path")
    return " ".join(named)
