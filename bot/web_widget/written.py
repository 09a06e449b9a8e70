"""A message's text as safe HTML: paragraphs, lists, web addresses and phone numbers to tap. The same as in chat.js."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from markupsafe import Markup, escape

_LINKS = re.compile(
    r"(?P<web>https?://[^\s<>\"']+)|\b(?:0[89]00[ -]?\d{4,7}|0[1-9]\d{0,2}[ -]?\d(?: ?\d){5,7}|112|113)\b"
)
_NOT_BEFORE = re.compile(r"([€$] ?|\d[.,/-]?|art\w*\.? |lid )$", re.IGNORECASE)
_NOT_AFTER = re.compile(r"[.,/-]\d| ?(euro|%|dagen|uur)", re.IGNORECASE)
_END = ".,;:!?)]"
_BEFORE = 40
"""So many characters before a number say whether it is one to call."""
_BULLET = "- "


def written(text: str, *, lists: bool) -> Markup:
    """HTML of a text: blank lines make paragraphs, and with `lists` lines that begin with "- " make a list."""
    return Markup("").join(_block(*block) for block in _blocks(text, lists))


def linked(text: str) -> Markup:
    """One piece of text with its links."""
    parts, at = [], 0
    for found in _LINKS.finditer(text):
        start = found.start()
        shown = found[0].rstrip(_END) if found["web"] else found[0]
        before = text[max(0, start - _BEFORE) : start]
        if not found["web"] and (_NOT_BEFORE.search(before) or _NOT_AFTER.match(text, start + len(shown))):
            continue
        parts += [escape(text[at:start]), _link(shown, is_web=bool(found["web"]))]
        at = start + len(shown)
    return Markup("").join([*parts, escape(text[at:])])


def _link(shown: str, *, is_web: bool) -> Markup:
    if is_web:
        return Markup('<a dir="auto" rel="noopener" target="_blank" href="{0}">{0}</a>').format(shown)
    return Markup('<a dir="ltr" href="tel:{}">{}</a>').format(re.sub(r"\D", "", shown), shown)


def _blocks(text: str, lists: bool) -> Iterator[tuple[bool, list[str]]]:
    """Lines that belong together, and whether they are a list."""
    for part in re.split(r"\n\s*\n", text):
        lines = [line for line in part.split("\n") if line.strip()]
        for is_list, group in groupby(lines, lambda line: lists and line.startswith(_BULLET)):
            yield is_list, list(group)


def _block(is_list: bool, lines: list[str]) -> Markup:
    if is_list:
        items = Markup("").join(Markup("<li>{}</li>").format(linked(line.removeprefix(_BULLET))) for line in lines)
        return Markup('<ul dir="auto">{}</ul>').format(items)
    return Markup('<p dir="auto">{}</p>').format(linked("\n".join(lines)))
