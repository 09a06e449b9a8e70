"""Reading aloud with the phone's own voice: in the language of each message, and a kind word where there is no voice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from browser import Chat, Screens
from enclosed import ANSWER, ARABIC, answering
from town import open_town
from world import World

VOICES = """
  window.spoken = [];
  window.hushed = 0;
  window.SpeechSynthesisUtterance = function (text) { this.text = text; };
  Object.defineProperty(window, "speechSynthesis", { value: {
    getVoices: () => [{ lang: "en-GB" }, { lang: "nl-NL" }],
    speak: (one) => window.spoken.push([one.lang, one.text]),
    cancel: () => { window.hushed += 1; window.spoken = []; },
  } });
"""


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One running service for this module: each test has its own person."""
    with open_town(tmp_path_factory.mktemp("town")) as world:
        yield world


@pytest.fixture
def phone(screens: Screens) -> Chat:
    """A phone with a Dutch and an English voice."""
    page = screens.phone()
    page.add_init_script(VOICES)
    return Chat(page)


def _spoken(page: Page) -> list[Any]:
    said: list[Any] = page.evaluate("window.spoken")
    return said


def test_everything_new_is_read_in_its_own_language(phone: Chat) -> None:
    """One button in the bar reads the newest answer with its buttons, then all that comes; a second tap stops it."""
    page = phone.page
    phone.open("/chat").chooses("Nederlands").hears("Waarmee kan ik je helpen?")
    assert _spoken(page) == []
    button = page.get_by_role("button", name="Lees voor", exact=True)
    expect(button).to_have_attribute("aria-pressed", "false")
    button.tap()
    expect(button).to_have_attribute("aria-pressed", "true")
    said = _spoken(page)
    assert {language for language, _ in said} == {"nl-NL"}
    assert [text for _, text in said][-1] == phone.choices.last.inner_text()
    phone.chooses("Helpt mijn oude school mij nog?").hears("Op welke school zat je het laatst?")
    assert ["nl-NL", "Op welke school zat je het laatst?"] in _spoken(page)
    button.tap()
    expect(button).to_have_attribute("aria-pressed", "false")
    assert _spoken(page) == []
    phone.chooses("Praktijkschool").hears("Wanneer ging je van school?")
    assert _spoken(page) == []


def test_one_message_is_read_again_without_the_marks_in_it(phone: Chat) -> None:
    """Under each message stands its own button; marks that keep a Dutch name in place are not read, pictures are."""
    page = phone.page
    answer = replace(ANSWER, text="Bel \u2068Demo Gemeente\u2069.")
    with answering(answer):
        phone.open("/chat").chooses("Nederlands").hears("Waarmee kan ik je helpen?")
        expect(page.get_by_role("button", name="Lees dit voor")).to_have_count(0)
        page.get_by_role("button", name="Lees voor", exact=True).tap()
        phone.writes("toon").hears("Demo Gemeente")
        page.evaluate("window.spoken = []")
        page.get_by_role("button", name="Lees dit voor").last.tap()
        page.wait_for_function("() => window.spoken.length")
    said = [text for _, text in _spoken(page)]
    assert said[:2] == ["Bel Demo Gemeente.", "Wie helpt jou, en wanneer?"]
    assert "Jaar 2. tot juli 2027. School moet hulp opnieuw aanbieden." in said


def test_a_language_without_a_voice_is_said_kindly(phone: Chat) -> None:
    """No voice for a message's language: one kind line, and no other language's voice reads it."""
    page = phone.page
    with answering(ARABIC):
        phone.open("/chat").chooses("Nederlands").hears("Waarmee kan ik je helpen?")
        page.get_by_role("button", name="Lees voor", exact=True).tap()
        phone.writes("toon").hears("المدرسة")
    expect(page.locator("#line")).to_have_text("Sorry. Je telefoon heeft geen stem voor deze taal.")
    assert not [text for _, text in _spoken(page) if "المدرسة" in text]


def test_leaving_stops_the_voice(phone: Chat, screens: Screens) -> None:
    """Answering, erasing and leaving make it silent at once."""
    page = phone.page
    page.context.route("https://www.wikipedia.org/**", lambda route: route.abort())
    screens.allow_host("https://www.wikipedia.org")
    screens.expect_problem("ERR_FAILED")
    phone.open("/chat").chooses("Nederlands").hears("Waarmee kan ik je helpen?")
    button = page.get_by_role("button", name="Lees voor", exact=True)
    button.tap()
    expect(button).to_have_attribute("aria-pressed", "true")
    before = page.evaluate("window.hushed")
    phone.chooses("Helpt mijn oude school mij nog?")
    expect(phone.bubbles("person").last).to_have_text("Helpt mijn oude school mij nog?")
    assert page.evaluate("window.hushed") == before + 1
    assert page.evaluate("() => { document.querySelector('#leave').onclick(); return window.hushed; }") > before + 1


def test_a_phone_without_any_voice(screens: Screens) -> None:
    """Where the browser cannot speak at all the button says so, and the chat goes on."""
    page = screens.phone()
    page.add_init_script("Object.defineProperty(window, 'speechSynthesis', { value: undefined })")
    phone = Chat(page).open("/chat").chooses("Nederlands")
    phone.hears("Waarmee kan ik je helpen?")
    page.get_by_role("button", name="Lees voor", exact=True).tap()
    expect(page.locator("#line")).to_contain_text("geen stem")
    phone.chooses("Helpt mijn oude school mij nog?").hears("Op welke school zat je het laatst?")
