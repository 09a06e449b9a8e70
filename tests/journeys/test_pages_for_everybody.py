"""The public pages pass axe in every look, fit small screens and thumbs, and need no JavaScript."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from browser import Screens, small_targets, violations
from town import open_town
from world import World

_MOST_DIFFERENT = (
    "/informatie/hulp-na-mbo",
    "/ar/informatie/geld-en-hulp",
    "/informatie?q=ik+wil+dood",
    "/regio/utrecht",
)
_ALL = (*_MOST_DIFFERENT, "/informatie", "/regio", "/privacy", "/toegankelijkheid")
LOOKS: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "light": (_ALL, {}),
    "dark": (_MOST_DIFFERENT, {"color_scheme": "dark"}),
    "narrow": (_MOST_DIFFERENT, {"viewport": {"width": 320, "height": 640}}),
}
_OPEN = "document.querySelectorAll('details').forEach((one) => { one.open = true; })"
_IN_TEXT = "(name) => Array.from(document.querySelectorAll('.lines a, .route p a.tel')).map((one) => one.textContent)"
_WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The running service; nobody changes anything in it here."""
    with open_town(tmp_path_factory.mktemp("town")) as world:
        yield world


@pytest.mark.parametrize("look", LOOKS)
def test_every_page_can_be_used_by_everybody(screens: Screens, look: str) -> None:
    """No violation, nothing wider than the screen, and every control fits a thumb, numbers in running text aside."""
    paths, options = LOOKS[look]
    page = screens.phone(**options)
    found = {}
    for path in paths:
        page.goto(path)
        page.evaluate(_OPEN)
        found[path] = _look(page)
    assert found == dict.fromkeys(paths, ([], [], 0))


def test_a_question_is_answered_without_javascript(screens: Screens) -> None:
    """From a search to an article with its law, and on to the place where somebody lives, with links and forms alone."""
    page = screens.phone(java_script_enabled=False)
    page.goto("/informatie")
    page.get_by_label("Zoek een woord of typ een vraag").fill("overgangsdocument")
    page.get_by_role("button", name="Zoek").tap()
    page.get_by_role("link", name="Mijn overgangsdocument").first.tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mijn overgangsdocument")
    page.get_by_text("Meer uitleg").tap()
    page.locator(".sources summary").first.tap()
    expect(page.locator(".sources blockquote").first).to_be_visible()
    page.get_by_role("link", name="Jouw gemeente").tap()
    page.get_by_label("Je plaats of postcode").fill("3511")
    page.get_by_role("button", name="Zoek").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hulp in Utrecht")
    expect(page.get_by_text("Demo Gemeente")).to_be_visible()
    expect(page.get_by_role("link", name="Snel weg")).to_have_attribute("href", "https://www.wikipedia.org/")


def test_another_language_is_one_tap_away(screens: Screens) -> None:
    """The same article in Arabic: mirrored, marked as Arabic, and the tongue that is chosen is marked."""
    page = screens.phone()
    page.goto("/informatie/kosten")
    page.locator(".tongues summary").tap()
    page.get_by_role("link", name="العربية").tap()
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    expect(page.locator(".tongues [aria-current]")).to_have_text("العربية")
    assert page.url.endswith("/ar/informatie/kosten")


def test_leaving_quickly_leaves_nothing_behind_the_back_button(screens: Screens) -> None:
    """Who leaves from an article cannot go back to it."""
    page = screens.phone()
    page.route("https://www.wikipedia.org/", lambda route: route.fulfill(body="elsewhere"))
    screens.allow_host("https://www.wikipedia.org/")
    page.goto("/regio")
    page.goto("/informatie/even-praten")
    page.get_by_role("link", name="Snel weg").tap()
    page.wait_for_url("https://www.wikipedia.org/")
    page.go_back()
    assert page.url.endswith("/regio")


def test_a_page_on_paper_has_everything(screens: Screens) -> None:
    """Printed, the longer text and the law stand open, and what can only be tapped is gone."""
    page = screens.desk()
    page.goto("/informatie/hulp-van-school")
    page.emulate_media(media="print")
    expect(page.locator(".ask")).to_be_hidden()
    shown = page.locator(".extra p").first.evaluate("(one) => one.getBoundingClientRect().height")
    law = page.locator(".sources blockquote").first.evaluate("(one) => one.getBoundingClientRect().height")
    assert shown > 20
    assert law > 20


def test_the_keyboard_skips_to_the_text(screens: Screens) -> None:
    """The first Tab offers to go straight to the text."""
    page = screens.desk()
    page.goto("/informatie/kosten")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Ga naar de tekst")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#tekst")).to_be_focused()


def _look(page: Page) -> tuple[list[str], list[tuple[str, float]], int]:
    in_text = page.evaluate(_IN_TEXT)
    small = [(name, size) for name, size in small_targets(page) if name not in in_text]
    return violations(page), small, page.evaluate(_WIDER)
