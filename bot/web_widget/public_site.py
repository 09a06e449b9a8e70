"""How the public pages are made and sent: one language a page, untranslated parts whole in Dutch, small, cacheable.

Dutch stands at `/informatie/…`, every other language at the same path after its code: `/ar/informatie/…`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request, Response
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup, escape

from bot.web_widget.files import Packed, lean
from locales import SOURCE, Language, Text, language, languages

NAME = "Verder"
FRESH = "public, max-age=600, stale-while-revalidate=86400"
"""How long a page may be shown from a copy: a release reaches everybody within minutes."""
PRIVATE = "no-store"
"""For pages that repeat what somebody typed."""
_NUMBER = re.compile(r"(?<![\w.,-])(112|113|0[89]00-\d{4}|088-\d{7}|14 ?0\d\d)(?![\w-]|\.\w|,\d)")


class NotThere(LookupError):
    """There is no such page."""


@dataclass(frozen=True, slots=True)
class Part:
    """Texts that belong together, all in one language."""

    spoken: Language
    paragraphs: tuple[Markup, ...]


@dataclass(frozen=True, slots=True)
class Voice:
    """Says texts on a page in its language; what that language lacks is Dutch and marked as Dutch."""

    spoken: Language

    @property
    def code(self) -> str:
        return self.spoken.code

    def say(self, id: str, **values: object) -> Markup:
        """One text by its id."""
        return self.text(Text.of(id, **values))

    def text(self, text: Text) -> Markup:
        """One text."""
        if self.spoken.has([text]):
            return with_phone_links(self.spoken.say(text))
        return Markup('<span lang="nl" dir="ltr">{}</span>').format(with_phone_links(language(SOURCE).say(text)))

    def plain(self, text: Text) -> str:
        """One text where no mark can stand, such as a title."""
        return (self.spoken if self.spoken.has([text]) else language(SOURCE)).say(text)

    def part(self, texts: Sequence[Text]) -> Part:
        """Texts that stay together: whole in this language, or whole in Dutch."""
        spoken = self.spoken if self.spoken.has(texts) else language(SOURCE)
        return Part(spoken, tuple(with_phone_links(spoken.say(text)) for text in texts))


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, trim_blocks=True
    )
    environment.filters["dialled"] = dialled
    return environment


@dataclass(frozen=True, kw_only=True)
class Site:
    """Renders and sends pages. `address`: where the service stands for the outside, without a slash at the end."""

    address: str
    _environment: Environment = field(default_factory=_environment)

    def page(
        self,
        template: str,
        voice: Voice,
        path: str,
        *,
        title: str,
        speaking: Collection[str],
        indexed: bool = True,
        **context: Any,
    ) -> Packed:
        """A page at a path. `speaking`: the languages that have its main text; the others point at the Dutch page."""
        canonical = in_language(path, voice.code if voice.code in speaking else SOURCE)
        shown = {
            "voice": voice,
            "say": voice.say,
            "here": lambda to: in_language(to, voice.code),
            "title": f"{title} · {NAME}" if title else NAME,
            "indexed": indexed,
            "canonical": self.address + canonical,
            "others": [(one.code, self.address + in_language(path, one.code)) for one in _in(speaking)],
            "tongues": [(one, in_language(path, one.code)) for one in languages().values()],
            **context,
        }
        return Packed.of(lean(self._environment.get_template(template).render(shown)), "text/html; charset=utf-8")

    def answer(self, request: Request, make: Callable[[Voice], Packed], *, cache: str = FRESH) -> Response:
        """The page in the language of the path, or a kind page that says that there is none."""
        code = request.path_params.get("code")
        try:
            if code is not None and (code == SOURCE or code not in languages()):
                raise NotThere
            return _sent(request, make(Voice(language(code))), cache)
        except NotThere:
            voice = Voice(language(code))
            title = voice.plain(Text.of("pages.site.missing_title"))
            page = self.page("missing.html", voice, "/informatie", title=title, speaking=(), indexed=False)
            response = _sent(request, page, PRIVATE)
            response.status_code = 404
            return response


def publish(router: APIRouter, path: str, handler: Callable[..., Any]) -> None:
    """Puts a page at its Dutch path and at the same path after the code of a language."""
    for one in (path, "/{code}" + path):
        router.add_api_route(one, handler, methods=["GET", "HEAD"], include_in_schema=False)


def in_language(path: str, code: str) -> str:
    """Where a path's page stands in a language."""
    return path if code == SOURCE else f"/{code}{path}"


def with_phone_links(text: str) -> Markup:
    """The text, escaped, with its phone numbers as links that call."""
    parts = _NUMBER.split(text)
    return Markup("").join(_phone(part) if place % 2 else escape(part) for place, part in enumerate(parts))


def dialled(number: str) -> str:
    """A phone number as `tel:` wants it: its digits."""
    return re.sub(r"\D", "", number)


def _phone(number: str) -> Markup:
    return Markup('<a class="tel" dir="ltr" href="tel:{}">{}</a>').format(dialled(number), number)


def _in(codes: Collection[str]) -> Iterable[Language]:
    return (one for one in languages().values() if one.code in codes)


def _sent(request: Request, page: Packed, cache: str) -> Response:
    response = page.answer(request)
    response.headers["Cache-Control"] = cache
    return response
