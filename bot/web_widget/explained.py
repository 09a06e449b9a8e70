"""The pages that explain Verder itself: what happens to somebody's words, and whether everybody can use these pages."""

from __future__ import annotations

import tomllib
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from babel.dates import format_date
from fastapi import APIRouter, Request, Response

from bot.web_widget.files import Packed
from bot.web_widget.public_site import Site, Voice, in_language, publish
from locales import Text, language, languages

PRIVACY, ACCESS = "/privacy", "/toegankelijkheid"
_SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("kept_title", ("kept", "kept_network")),
    ("long_title", ("long", "long_copy")),
    ("reader_title", ("reader", "reader_person", "reader_danger")),
    ("telegram_title", ("telegram",)),
    ("shared_title", ("shared", "shared_history")),
)
_CHOICES = ("see", "correct", "restrict", "withdraw", "wipe")
_DAYS = 90
"""How long a closed request is kept where its organisation sets nothing else."""
OwnTerms = Sequence[tuple[str, int]]
"""Organisations that keep a closed request for another number of days: name and days, by name."""
ReadTerms = Callable[[], Awaitable[OwnTerms]]
_COMPLAINT = ("complaint_title", ("complaint",))
_WHOLE = (
    *("title", "lead", "choices_title", *_CHOICES, *(f"{key}_title" for key in _CHOICES)),
    *(key for title, own in (*_SECTIONS, _COMPLAINT) for key in (title, *own)),
)
"""What the page about privacy says in any case."""


async def same_terms() -> OwnTerms:
    """Every organisation keeps a closed request as long as usual."""
    return ()


def explaining_router(site: Site, *, hours: int = 24, terms: ReadTerms = same_terms) -> APIRouter:
    """`/privacy` and `/toegankelijkheid` in every language; `hours`: how long a conversation without a request is kept,
    `terms`: who keeps a closed one for another time."""
    router = APIRouter()
    privacy_page = lru_cache(len(languages()))(lambda code, own: _privacy_page(site, Voice(language(code)), hours, own))
    access_page = lru_cache(len(languages()))(lambda code: _access_page(site, Voice(language(code))))

    async def privacy(request: Request) -> Response:
        own = tuple((name, days) for name, days in await terms() if days != _DAYS)
        return site.answer(request, lambda voice: privacy_page(voice.code, own))

    async def access(request: Request) -> Response:
        return site.answer(request, lambda voice: access_page(voice.code))

    publish(router, PRIVACY, privacy)
    publish(router, ACCESS, access)
    return router


def public_paths() -> Iterator[str]:
    """The path of each page in every language that it is in."""
    yield from (in_language(PRIVACY, code) for code in _speaking(*_ids(_WHOLE)))
    yield from (in_language(ACCESS, code) for code in _speaking("pages.access.lead"))


@cache
def statement() -> Mapping[str, Any]:
    """The facts of the accessibility statement: `data/accessibility.toml` says what each means."""
    return tomllib.loads((Path(__file__).parent / "data" / "accessibility.toml").read_text("utf-8"))


def _privacy_page(site: Site, voice: Voice, hours: int, own_terms: OwnTerms) -> Packed:
    """Legal words, so whole in one language."""
    is_own = voice.spoken.has([Text.of(id) for id in _ids(_WHOLE)])
    own = voice if is_own else Voice(language(None))
    return site.page(
        "privacy.html",
        voice,
        PRIVACY,
        title=own.plain(Text.of("pages.site.privacy")),
        speaking=_speaking(*_ids(_WHOLE)),
        own=own,
        terms={"hours": hours, "days": _DAYS},
        own_terms=[
            own.text(Text.of("pages.privacy.long_own", organisation=Text.verbatim(name), days=days))
            for name, days in own_terms
        ],
        is_own=is_own,
        sections=_SECTIONS,
        complaint=_COMPLAINT,
        choices=_CHOICES,
    )


def _access_page(site: Site, voice: Voice) -> Packed:
    return site.page(
        "access.html",
        voice,
        ACCESS,
        title=voice.plain(Text.of("pages.site.access")),
        speaking=_speaking("pages.access.lead"),
        statement=statement(),
        long_date=_long_date,
    )


def _long_date(day: date) -> str:
    return format_date(day, "d MMMM y", locale="nl")


def _ids(keys: Sequence[str]) -> list[str]:
    return [f"pages.privacy.{key}" for key in keys]


def _speaking(*ids: str) -> list[str]:
    """The languages that have all of these texts."""
    return [one.code for one in languages().values() if one.texts.keys() >= set(ids)]
