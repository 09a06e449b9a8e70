"""The look of a municipality: its name, colours, logo and first sentence, refused when words could not be read in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from pydantic import ValidationError

from backend.app import Service
from backend.settings import UnsafeSettings
from bot.web_widget import pages
from bot.web_widget.looks import BadLook, contrast, read_looks
from fake_telegram import serving
from world import settings_for

LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9z"/></svg>'
GOOD = """
name = "Gemeente Voorbeeld"
color = "#7a1f5c"
logo = "voorbeeld.svg"
logo_alt = "Gemeente Voorbeeld"
away = "https://www.buienradar.nl/"
sites = ["https://www.voorbeeld.nl", "https://jongeren.voorbeeld.nl:8443"]
[first_text]
nl = "Welkom bij de gemeente Voorbeeld."
en = "Welcome to the municipality of Voorbeeld."
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one good look."""
    folder = tmp_path_factory.mktemp("looks")
    (folder / "0344.toml").write_text(GOOD, "utf-8")
    (folder / "voorbeeld.svg").write_text(LOGO, "utf-8")
    return folder


@pytest.fixture(scope="module")
def browser(folder: Path) -> Iterator[httpx.Client]:
    """Whoever opens the pages of a service with that look."""
    app = FastAPI()
    app.include_router(pages.page_router(read_looks(folder)))
    with serving(app) as url, httpx.Client(base_url=url, trust_env=False) as http:
        yield http


def test_a_region_has_its_own_look(browser: httpx.Client) -> None:
    """Name, first sentence, logo and colours of the municipality, still in one answer."""
    page = browser.get("/chat", params={"region": "0344"}).text
    assert "Gemeente Voorbeeld</h1>" in page
    assert "<title>Chat</title>" in page, "the title stays neutral"
    assert "Welkom bij de gemeente Voorbeeld." in page
    assert 'data-away="https://www.buienradar.nl/"' in page
    words = json.loads(re.findall(r'id="page">(.*?)</script>', page)[0])
    assert words["first"]["en"] == "Welcome to the municipality of Voorbeeld."
    (style,) = re.findall(r"<style>(.*?)</style>", page)
    assert "--verder-kleur:#7a1f5c" in style
    assert style.startswith(browser.get("/static/widget/chat.css").text)
    assert browser.get("/static/widget/look-0344.css").text.startswith(":root{--verder-kleur:#7a1f5c")
    logo = browser.get(re.findall(r'<img src="([^"]+)"', page)[0])
    assert (logo.text, logo.headers["content-type"]) == (LOGO, "image/svg+xml")


def test_without_a_look_the_chat_is_its_own(browser: httpx.Client) -> None:
    """A region without a look gets Verder's own page, and nothing else is there to be had."""
    assert browser.get("/chat?region=9999").text == browser.get("/chat").text
    for name in ("look-9999.css", "look-9999.logo"):
        assert browser.get(f"/static/widget/{name}").status_code == 404


def test_an_invitation_goes_along_without_scripts(browser: httpx.Client) -> None:
    """The link for a browser without scripts carries a school's code on, and nothing that is no code."""
    assert 'href="/chat/plain?region=0344&amp;start=SCHOOL-12"' in browser.get("/chat?region=0344&start=SCHOOL-12").text
    assert 'href="/chat/plain"' in browser.get("/chat", params={"start": '"><script>'}).text


def test_a_municipality_says_which_sites_may_frame_its_chat(browser: httpx.Client) -> None:
    """Its sites and no others, with an article or an invitation too; without a look the service's own rule holds."""
    for more in ({}, {"topic": "kosten"}, {"start": "SCHOOL-12"}):
        policy = browser.get("/chat", params={"region": "0344", **more}).headers["content-security-policy"]
        assert policy.endswith("; frame-ancestors https://www.voorbeeld.nl https://jongeren.voorbeeld.nl:8443")
    assert browser.get("/chat").headers["content-security-policy"].endswith("; frame-ancestors *")


@pytest.mark.parametrize(
    ("sites", "policy"),
    [
        ("*", "*"),
        ("none", "'none'"),
        ("https://www.a.nl", "https://www.a.nl"),
        ("https://*.a.nl  http://localhost:9100", "https://*.a.nl http://localhost:9100"),
    ],
)
def test_the_service_says_which_sites_may_frame_the_chat(tmp_path: Path, sites: str, policy: str) -> None:
    """`VERDER_FRAME_ANCESTORS`: every site, none, or addresses with spaces between them."""
    assert settings_for("sqlite:///verder.db", tmp_path, frame_ancestors=sites).frame_ancestors == policy


@pytest.mark.parametrize(
    "sites", ["http://a.nl", "https://a.nl/path", "* https://a.nl", "https://*", "a.nl", "https://a.nl;default-src *"]
)
def test_what_is_no_site_stops_the_start(tmp_path: Path, sites: str) -> None:
    """An address with a path, without TLS, or that would say more in the policy than a site, is refused by name."""
    with pytest.raises(ValidationError, match="is no address of a site"):
        settings_for("sqlite:///verder.db", tmp_path, frame_ancestors=sites)


@pytest.mark.parametrize(
    ("file", "content", "reason"),
    [
        ("0344.toml", 'color = "#f0c000"', "color #f0c000 and #eef3f0 have a contrast of 1.5 to 1; at least 4.5"),
        ("0344.toml", 'dark_color = "#333333"', "dark_color #333333 and #0e1716 have a contrast of 1.4 to 1"),
        ("0344.toml", 'accent = "#00564d"', "accent #00564d and #241a00 have a contrast of 2.0 to 1"),
        ("0344.toml", 'color = "#a0522d"\naccent = "#c08030"', "accent #c08030 and #a0522d"),
        ("0344.toml", 'color = "green"', "color must be written like #00564d"),
        ("0344.toml", 'logo = "none.svg"', "there is no SVG or PNG 'none.svg' beside it"),
        ("0344.toml", 'away = "javascript:alert()"', "away must begin with https://"),
        ("0344.toml", 'sites = ["http://www.voorbeeld.nl"]', "'http://www.voorbeeld.nl' is no address of a site"),
        ("0344.toml", 'sites = ["https://a.nl; script-src *"]', "is no address of a site"),
        ("0344.toml", 'sites = "https://a.nl"', "sites must be a list of addresses"),
        ("0344.toml", 'colour = "#000000"', "nothing is called colour"),
        ("0344.toml", '[first_text]\nen = "Hello"', "first_text needs nl"),
        ("0344.toml", '[first_text]\nnl = "Hoi"\nxx = "?"', "first_text.xx is no language"),
        ("0344.toml", "color = ", "0344.toml: Invalid value"),
        ("utrecht.toml", "", "must be the CBS code of a municipality"),
    ],
)
def test_a_look_that_cannot_be_read_is_refused(tmp_path: Path, file: str, content: str, reason: str) -> None:
    """The reason names the file, the colours, the contrast they have and the one that is needed."""
    (tmp_path / file).write_text(content, "utf-8")
    with pytest.raises(BadLook) as refused:
        read_looks(tmp_path)
    assert reason in str(refused.value)


def test_a_logo_is_small_and_runs_nothing(tmp_path: Path) -> None:
    """A drawing with a script in it, and a very large one, are refused."""
    for drawing in ("<svg><script>alert()</script></svg>", "<svg>" + " " * 20_000):
        (tmp_path / "0344.toml").write_text('logo = "l.svg"', "utf-8")
        (tmp_path / "l.svg").write_text(drawing, "utf-8")
        with pytest.raises(BadLook, match="no script and at most 20000 bytes"):
            read_looks(tmp_path)


def test_the_service_does_not_start_with_a_bad_look(tmp_path: Path) -> None:
    """`VERDER_LOOKS` is read when the service starts, before anything is opened."""
    (tmp_path / "0344.toml").write_text('color = "#f0c000"', "utf-8")
    settings = settings_for(f"sqlite:///{tmp_path / 'verder.db'}", tmp_path, looks=tmp_path)
    with pytest.raises(UnsafeSettings, match=r"VERDER_LOOKS cannot be used: 0344\.toml: color #f0c000"):
        Service.open(settings)
    assert not (tmp_path / "verder.db").exists()


def test_contrast_is_counted_as_the_standard_does() -> None:
    """Black on white is 21 to 1, a colour on itself 1 to 1, and the order does not matter."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#7a1f5c", "#7a1f5c") == 1
