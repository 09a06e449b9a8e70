"""The chat's layout: the same buttons always in the same place, on every screen, in every direction and size."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import cast
from unittest.mock import patch

import pytest
from playwright.sync_api import Page, expect

from bot.web_widget import pages, rendering
from browser import Chat, Screens, small_targets, violations
from dialogs.messages import Choice
from enclosed import ANSWER, ARABIC, answering
from locales import languages, source_texts
from town import open_town
from world import World

FIXED = ("#help", "#leave", "[data-choice=back]", "[data-choice=person]", "[data-choice=language]", "#aloud", "#erase")
"""Help now, leave, back, a person, language, read aloud, erase."""
SPACED = "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }"
SPACED += " p { margin-block-end: 2em !important }"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One running service for this module; Arabic has every word of the page, those it lacks as one letter each."""
    arabic = languages()["ar"]
    lacking = {id: "ع" for id in source_texts() if id.startswith("widget.") and id not in arabic.texts}
    cached = (rendering.widget_words, pages._page, pages.static_files)
    with patch.dict(cast(dict[str, str], arabic.texts), lacking):
        for one in cached:
            one.cache_clear()
        with open_town(tmp_path_factory.mktemp("town")) as world:
            yield world
    for one in cached:
        one.cache_clear()


def _places(page: Page) -> list[tuple[int, int]]:
    boxes = [page.locator(f"{one}:visible").bounding_box() for one in FIXED]
    return [(round(box["x"]), round(box["y"])) for box in boxes if box]


def _fits(page: Page) -> bool:
    """Nothing has to be scrolled sideways."""
    fits: bool = page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    return fits


def test_the_ways_out_never_move(phone: Chat) -> None:
    """First screen, question, long answer with its picture: the seven fixed buttons stand where they stood."""
    page = phone.open("/chat").page
    page.set_viewport_size({"width": 360, "height": 740})
    places = {"first": _places(page)}
    phone.chooses("Nederlands").hears("Waarmee kan ik je helpen?")
    places["menu"] = _places(page)
    with answering():
        phone.writes("toon").hears("Je oude school moet je nog helpen.")
    places["answer"] = _places(page)
    assert len(places["first"]) == len(FIXED)
    assert places["menu"] == places["answer"] == places["first"]


def test_the_first_screen_says_what_it_costs_and_who_reads(phone: Chat) -> None:
    """Free, no name, who reads along, what is kept: before the first word, in the language that is chosen."""
    page = phone.open("/chat").page
    first = page.locator("#first")
    for words in (
        "Gratis",
        "Je naam is niet nodig.",
        "Je praat eerst met een computer.",
        "Dat wissen we na een tijd stilte.",
    ):
        expect(first).to_contain_text(words)
        expect(first).to_be_in_viewport(ratio=1)
    phone.chooses("English").hears("How can I help you?")
    expect(first).to_contain_text("Free")
    page.reload()
    expect(page.locator(".m.bot").first).to_be_visible()
    expect(first).to_contain_text("Free")


def test_right_to_left_is_a_mirror(screens: Screens) -> None:
    """In Arabic the whole page is turned: what stood at the left stands as far from the right; axe finds nothing."""
    page = screens.phone()
    chat = Chat(page).open("/chat")
    chat.chooses("Nederlands").hears("Waarmee kan ik je helpen?")
    chat.writes("hallo")
    expect(chat.bubbles("person").last).to_have_text("hallo")
    chat.is_answered()
    left = page.locator(".m.person .bubble").last.bounding_box()
    chat.choice("Helpt mijn oude school mij nog?")
    with answering(ARABIC):
        chat.writes("toon").hears("المدرسة")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    expect(page.locator("html")).to_have_attribute("lang", "ar")
    right = page.locator(".m.person .bubble").first.bounding_box()
    help_box, brand = page.locator("#help").bounding_box(), page.locator(".brand").bounding_box()
    assert left and right and help_box and brand
    assert left["x"] + left["width"] > 330
    assert right["x"] < 30
    assert help_box["x"] < brand["x"]
    assert (violations(page), small_targets(page), _fits(page)) == ([], [], True)


@pytest.mark.parametrize("more", [{}, {"forced_colors": "active", "reduced_motion": "reduce"}])
def test_small_screens_and_large_letters(screens: Screens, more: dict[str, str]) -> None:
    """At 320 pixels, and at 400 % on a desk screen, everything can be reached; wide letter spacing cuts nothing off."""
    page = screens.phone(viewport={"width": 320, "height": 256}, **more)
    chat = Chat(page).open("/chat").chooses("Nederlands")
    chat.hears("Waarmee kan ik je helpen?")
    if not more:
        page.evaluate(
            "(rules) => { const sheet = new CSSStyleSheet(); sheet.replaceSync(rules); document.adoptedStyleSheets = [sheet]; }",
            SPACED,
        )
    with answering():
        chat.writes("toon").hears("Je oude school moet je nog helpen.")
    found = (violations(page), small_targets(page), _fits(page))
    assert found == ([], [], True)
    for one in FIXED:
        page.locator(one).scroll_into_view_if_needed()
        expect(page.locator(one)).to_be_in_viewport()
    cut = "(all) => all.filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.textContent)"
    assert page.locator("button:visible").evaluate_all(cut) == []


def test_keyboard_only(screens: Screens) -> None:
    """With the Tab key and Enter: choose, type, send; nothing takes the focus away, and Escape closes the help."""
    page = screens.desk()
    chat = Chat(page).open("/chat")
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Nederlands":
            break
    page.keyboard.press("Enter")
    chat.hears("Waarmee kan ik je helpen?")
    assert page.evaluate("document.activeElement.id") == "log"
    page.locator("#text").focus()
    page.keyboard.type("helpt mijn oude school mij nog?")
    page.keyboard.press("Enter")
    chat.hears("Op welke school zat je het laatst?")
    expect(page.locator("#text")).to_be_focused()
    page.locator("#help").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#help")).to_be_focused()


def test_only_what_is_new_is_announced(phone: Chat) -> None:
    """The log is polite and announces additions; while an old conversation is put back it is silent."""
    page = phone.page
    page.add_init_script(
        "window.live = []; new MutationObserver((seen) => seen.forEach((one) => {"
        " if (one.target.id === 'log' && one.addedNodes.length) live.push(one.target.getAttribute('aria-live')); }))"
        ".observe(document, { childList: true, subtree: true });"
    )
    phone.open("/chat").chooses("Nederlands").hears("Waarmee kan ik je helpen?")
    log = page.get_by_role("log", name="Gesprek")
    expect(log).to_have_attribute("aria-relevant", "additions")
    page.reload()
    phone.hears("Waarmee kan ik je helpen?")
    expect(log).to_have_attribute("aria-live", "polite")
    put_back = page.evaluate("window.live.length")
    assert page.evaluate("window.live.filter((one) => one === 'off').length") >= 3
    phone.chooses("Helpt mijn oude school mij nog?").hears("Op welke school zat je het laatst?")
    assert set(page.evaluate(f"window.live.slice({put_back})")) == {"polite"}


def test_an_empty_message_is_said_beside_its_field(phone: Chat) -> None:
    """What is wrong is an alert and belongs to the field; typing takes it away."""
    page = phone.open("/chat").page
    page.locator(".send").tap()
    box = page.get_by_label("Typ je bericht")
    expect(box).to_have_attribute("aria-invalid", "true")
    expect(box).to_have_accessible_description(re.compile("Typ eerst je bericht."))
    assert violations(page) == []
    box.fill("h")
    expect(box).not_to_have_attribute("aria-invalid", "true")


def test_the_answer_is_printed_and_shared(screens: Screens) -> None:
    """Printing shows the answer with its law open and nothing else; sharing gives its words."""
    page = screens.phone()
    page.add_init_script("navigator.share = (what) => { window.shared = what; return Promise.resolve(); }")
    page.add_init_script(
        "window.print = () => { window.printed = document.querySelectorAll('.keeping .kept').length; }"
    )
    chat = Chat(page).open("/chat").chooses("Nederlands")
    chat.hears("Waarmee kan ik je helpen?")
    with answering(replace(ANSWER, choices=(Choice("menu", "Iets anders vragen"),))):
        chat.writes("toon").hears("Je oude school moet je nog helpen.")
    page.get_by_role("button", name="Delen").tap()
    page.wait_for_function("() => window.shared")
    assert page.evaluate("window.shared.text").startswith("Je oude school moet je nog helpen.")
    page.get_by_role("button", name="Printen").tap()
    page.wait_for_function("() => window.printed !== undefined")
    assert page.evaluate("window.printed") == 1
    page.locator("#log").evaluate("(log) => log.classList.add('keeping')")
    page.emulate_media(media="print", color_scheme="dark")
    expect(page.locator(".m:visible")).to_have_count(1)
    expect(page.get_by_text("Woorden van lid 3.")).to_be_visible()
    expect(page.locator("button:visible, textarea:visible")).to_have_count(0)


def test_helped_or_not_stand_side_by_side(phone: Chat) -> None:
    """Two short answers to one small question share a line; every other button has a line of its own."""
    page = phone.page
    choices = (Choice("helped:yes", "Ja"), Choice("helped:no", "Nee"), Choice("menu", "Naar het begin"))
    phone.open("/chat").chooses("Nederlands").hears("Waarmee kan ik je helpen?")
    with answering(replace(ANSWER, choices=choices)):
        phone.writes("toon").hears("Je oude school moet je nog helpen.")
    sizes = "(all) => all.map((one) => [one.offsetTop, one.offsetWidth])"
    (yes, half), (no, other_half), (start, whole) = phone.choices.evaluate_all(sizes)
    assert yes == no < start
    assert half == other_half < whole / 2
    assert small_targets(page) == []
