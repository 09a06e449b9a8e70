"""Every municipality has a start page with who helps there; a place or a postcode finds it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI

from bot.web_widget.look import Look
from bot.web_widget.pages import public_router
from bot.web_widget.places import Places, address_of
from fake_telegram import serving
from knowledge.directory import ConnectedOrganisation, Directory
from knowledge.library import Knowledge, load_knowledge

UTRECHT = "0344"


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    """What the service knows."""
    return load_knowledge(web_address="https://verder.example", extra=False)


@pytest.fixture(scope="module")
def reader(knowledge: Knowledge) -> Iterator[httpx.Client]:
    """Somebody who reads the pages; one organisation answers in Utrecht, which has its own look."""
    gemeente = ConnectedOrganisation(id="1", kind="gemeente", name="Demo Gemeente", municipalities=frozenset({UTRECHT}))

    async def connected() -> Directory:
        return Directory((gemeente,))

    def look(code: str) -> Look:
        return Look(style_url="/look/utrecht.css", first_text="Welkom in Utrecht") if code == UTRECHT else Look()

    app = FastAPI()
    app.include_router(public_router(knowledge, connected, looks=look))
    with serving(app) as url, httpx.Client(base_url=url, trust_env=False) as http:
        yield http


def test_every_place_has_an_address_of_its_own(knowledge: Knowledge) -> None:
    """No two municipalities or regions share an address, and none can be taken for another."""
    places = Places(knowledge.regions)
    assert len(places.municipalities) == len(knowledge.regions.municipalities) == 342
    assert len(places.doorstroompunten) == len(knowledge.regions.doorstroompunt_regions) == 40
    assert not places.municipalities.keys() & places.doorstroompunten.keys()
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", one) for one in (*places.municipalities, *places.doorstroompunten))


def test_a_place_says_who_helps_there(reader: httpx.Client, knowledge: Knowledge) -> None:
    """The page has the municipality's own number and website, its Doorstroompunt, and the way into the chat."""
    page = reader.get("/regio/utrecht").text
    here = knowledge.regions.municipalities[UTRECHT]
    assert f'href="tel:{re.sub("[^0-9]", "", here.phone)}"' in page
    assert f'href="{here.website}"' in page
    assert "Doorstroompunt Utrecht" in page
    assert 'href="/chat?region=0344"' in page
    assert "Demo Gemeente" in page


def test_only_who_answers_here_is_named(reader: httpx.Client) -> None:
    """Another municipality does not name the organisations of Utrecht, and has Verder's own look."""
    page = reader.get("/regio/almere").text
    assert "Demo Gemeente" not in page
    assert "/look/" not in page
    assert 'href="/chat"' in page


def test_a_municipality_has_its_own_look(reader: httpx.Client) -> None:
    """Its style sheet comes after Verder's, and its first sentence stands on top."""
    page = reader.get("/regio/utrecht").text
    assert page.index("pages.css") < page.index("/look/utrecht.css")
    assert page.index("Welkom in Utrecht") < page.index('class="go-chat"')


def test_the_desk_of_a_region_is_named_only_when_it_is_known(reader: httpx.Client, knowledge: Knowledge) -> None:
    """A region whose leading municipality was checked sends there; elsewhere the own municipality is the desk."""
    regions = knowledge.regions
    for code in (UTRECHT, "0037"):
        here = regions.municipalities[code]
        region = regions.doorstroompunt_regions[here.doorstroompunt_region_code]
        page = reader.get(f"/regio/{address_of(here.name)}").text
        assert f"emeente {region.desk_for(here).name}" in page
        led = region.contact_checked and region.contact_municipality != here
        assert ("leidt deze regio" in page) is led


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        ("3511", "utrecht"),
        ("3511 AB", "utrecht"),
        ("Utrecht", "utrecht"),
        ("Den Haag", "den-haag"),
        ("de meern", "utrecht"),
    ],
)
def test_a_place_or_postcode_leads_to_its_page(reader: httpx.Client, typed: str, place: str) -> None:
    """What names one municipality beyond doubt goes straight there, and is kept nowhere."""
    got = reader.get("/en/regio", params={"q": typed})
    assert (got.status_code, got.headers["location"]) == (303, f"/en/regio/{place}")
    assert got.headers["cache-control"] == "no-store"


def test_a_name_of_several_places_asks_which(reader: httpx.Client) -> None:
    """All that are meant can be chosen; nothing is guessed."""
    page = reader.get("/regio", params={"q": "Bergen"}).text
    asked = page[page.index('id="found"') : page.index("Alle gemeenten")]
    assert {"/regio/bergen-nh", "/regio/bergen-l"} <= set(re.findall(r'href="([^"]+)"', asked))


def test_an_unknown_place_is_said_so(reader: httpx.Client) -> None:
    """What is no place gives a hint, and all municipalities to choose from."""
    page = reader.get("/regio", params={"q": "Xyzzy"}).text
    assert "Die plaats kennen we niet" in page
    assert len(set(re.findall(r'href="(/regio/[^"]+)"', page))) == 342


@pytest.mark.parametrize(("old", "new"), [("/regio/0344", "/regio/utrecht"), ("/ar/regio/0344", "/ar/regio/utrecht")])
def test_other_names_of_a_place_lead_to_its_page(reader: httpx.Client, old: str, new: str) -> None:
    """A code of Statistics Netherlands is an address too."""
    got = reader.get(old)
    assert (got.status_code, got.headers["location"]) == (301, new)


def test_a_region_has_its_municipalities(reader: httpx.Client, knowledge: Knowledge) -> None:
    """Each region's page leads to exactly its municipalities."""
    places = Places(knowledge.regions)
    for address, region in list(places.doorstroompunten.items())[::8]:
        found = set(re.findall(r'href="(/regio/[^"]+)"', reader.get(f"/regio/{address}").text))
        assert found - {places.path(region)} == {places.path(one) for one in places.members(region)}
