"""The start page of each municipality and Doorstroompunt region: who helps there, and the way into the chat."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from bot.web_widget.files import Packed
from bot.web_widget.look import Looks, plain_look
from bot.web_widget.public_site import PRIVATE, NotThere, Site, Voice, in_language, publish
from knowledge.articles import articles
from knowledge.directory import Directory
from knowledge.regions import NATIONAL_WERKCENTRUM_WEBSITE, DoorstroompuntRegion, Found, Municipality, Regions
from locales import SOURCE, Text, language, languages, source_texts

LIST = "/regio"
_OF_REGION = "doorstroompunt-"
_QUERY_LIMIT = 100
_PAGES_KEPT = 100

ReadDirectory = Callable[[], Awaitable[Directory]]
"""The organisations that answer in Verder now."""


@dataclass(frozen=True)
class Places:
    """Municipalities and Doorstroompunt regions by the addresses of their pages."""

    regions: Regions

    @cached_property
    def municipalities(self) -> Mapping[str, Municipality]:
        """By address, in order of the name."""
        return {address_of(one.name): one for one in self._by_name()}

    @cached_property
    def doorstroompunten(self) -> Mapping[str, DoorstroompuntRegion]:
        """By address, in order of the name."""
        found = sorted(self.regions.doorstroompunt_regions.values(), key=lambda one: one.name)
        return {_OF_REGION + address_of(one.name): one for one in found}

    def members(self, region: DoorstroompuntRegion) -> list[Municipality]:
        """The municipalities of a region by name."""
        return [one for one in self._by_name() if one.doorstroompunt_region_code == region.code]

    def path(self, place: Municipality | DoorstroompuntRegion) -> str:
        """Where a place's page stands in Dutch."""
        own = address_of(place.name)
        return f"{LIST}/{own if isinstance(place, Municipality) else _OF_REGION + own}"

    def other_name(self, address: str) -> Municipality | None:
        """The municipality that somebody means by a CBS code, or by another of its names."""
        return self.regions.municipality(address.replace("-", " ")) or self.regions.municipality(address)

    def _by_name(self) -> list[Municipality]:
        return sorted(self.regions.municipalities.values(), key=lambda one: address_of(one.name))


def address_of(name: str) -> str:
    """A place's name as it stands in an address: small letters without accents, "-" for the rest."""
    bare = "".join(one for one in unicodedata.normalize("NFKD", name) if not unicodedata.combining(one))
    return re.sub(r"[^a-z0-9]+", "-", bare.lower()).strip("-")


def place_router(site: Site, regions: Regions, directory: ReadDirectory, *, looks: Looks = plain_look) -> APIRouter:
    """The list of places with its search, and a page for each place, in every language."""
    router = APIRouter()
    places = Places(regions)
    page = lru_cache(_PAGES_KEPT)(lambda *key: _place_page(site, places, looks, *key))
    plain_list = lru_cache(len(languages()))(lambda code: _list_page(site, places, Voice(language(code)), "", None))

    async def place(request: Request) -> Response:
        address, code = request.path_params["address"], request.path_params.get("code", SOURCE)
        other = None if address in places.municipalities else places.other_name(address)
        if other:
            return RedirectResponse(in_language(places.path(other), code), 301)
        connected = await directory()
        return site.answer(request, lambda voice: page(voice.code, address, connected))

    async def listing(request: Request) -> Response:
        query = request.query_params.get("q", "")[:_QUERY_LIMIT].strip()
        if not query:
            return site.answer(request, lambda voice: plain_list(voice.code))
        found = regions.find(query)
        code = request.path_params.get("code", SOURCE)
        if found.is_sure and code in languages():
            path = in_language(places.path(found.municipalities[0]), code)
            return RedirectResponse(path, 303, {"Cache-Control": PRIVATE})
        return site.answer(request, lambda voice: _list_page(site, places, voice, query, found), cache=PRIVATE)

    publish(router, LIST, listing)
    publish(router, LIST + "/{address}", place)
    return router


def public_paths(regions: Regions) -> Iterator[str]:
    """The path of every place in every language that its page is in."""
    places = Places(regions)
    for code in _speaking():
        for address in (*places.municipalities, *places.doorstroompunten):
            yield in_language(f"{LIST}/{address}", code)


def _list_page(site: Site, places: Places, voice: Voice, query: str, found: Found | None) -> Packed:
    return site.page(
        "places.html",
        voice,
        LIST,
        title=voice.plain(Text.of("pages.site.places")),
        speaking=_speaking(),
        indexed=found is None,
        query=query,
        found=found,
        regions=[(region, places.members(region)) for region in places.doorstroompunten.values()],
        at=places.path,
    )


def _place_page(site: Site, places: Places, looks: Looks, code: str, address: str, connected: Directory) -> Packed:
    voice = Voice(language(code))
    if address in places.municipalities:
        return _municipality_page(site, places, looks, voice, places.municipalities[address], connected)
    if address in places.doorstroompunten:
        return _region_page(site, places, voice, places.doorstroompunten[address])
    raise NotThere(address)


def _municipality_page(
    site: Site, places: Places, looks: Looks, voice: Voice, here: Municipality, connected: Directory
) -> Packed:
    region = places.regions.doorstroompunt_regions[here.doorstroompunt_region_code]
    kinds = ("gemeente", "doorstroompunt")
    return site.page(
        "place.html",
        voice,
        places.path(here),
        title=voice.plain(Text.of("pages.places.title", place=here.name)),
        speaking=_speaking(),
        place=here,
        region=region,
        region_path=places.path(region),
        desk=region.desk_for(here),
        connected=[one for kind in kinds for one in connected.serving(kind, here.code)],
        school=articles()["school_help_y1"],
        gemeente=articles()["gemeente_work"],
        doorstroompunt=articles()["doorstroompunt"],
        werkcentrum=NATIONAL_WERKCENTRUM_WEBSITE,
        look=looks(here.code),
    )


def _region_page(site: Site, places: Places, voice: Voice, region: DoorstroompuntRegion) -> Packed:
    return site.page(
        "region.html",
        voice,
        places.path(region),
        title=voice.plain(Text.of("pages.places.doorstroompunt", region=region.name)),
        speaking=_speaking(),
        region=region,
        members=places.members(region),
        at=places.path,
        doorstroompunt=articles()["doorstroompunt"],
    )


def _speaking() -> list[str]:
    """The languages that have every sentence of these pages."""
    own = [id for id in source_texts() if id.startswith("pages.places.")]
    return [one.code for one in languages().values() if all(id in one.texts for id in own)]
