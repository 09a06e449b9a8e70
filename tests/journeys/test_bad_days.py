"""What goes wrong on a phone: bad internet, an impatient thumb, a service that is away, somebody coming in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from browser import Chat, Screens
from town import open_town, own_words, person_of
from world import World

LOST = "net::ERR_"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One running service for this module: each test has its own person."""
    with open_town(tmp_path_factory.mktemp("town")) as world:
        yield world


def test_a_reload_in_the_middle_goes_on_where_it_was(phone: Chat) -> None:
    """After a reload the whole conversation is back, once, with half-typed words and the question's buttons."""
    phone.open().chooses("Nederlands").hears("Waarmee kan ik je helpen?")
    phone.chooses("Helpt mijn oude school mij nog?", "Praktijkschool").hears("Wanneer ging je van school?")
    phone.page.locator("#text").fill("ik denk ju")
    before = phone.page.locator(".m .words").all_inner_texts()
    phone.is_answered().page.reload()
    expect(phone.choice("Juli 2025")).to_be_in_viewport()
    assert phone.page.locator(".m .words").all_inner_texts() == before
    expect(phone.page.locator("#text")).to_have_value("ik denk ju")
    phone.chooses("Juli 2025").hears("Ging je daarna meteen naar een andere opleiding?")


@pytest.mark.parametrize("path", ["/", "/chat"])
def test_a_long_answer_starts_at_its_beginning(phone: Chat, path: str) -> None:
    """An answer in parts, with a picture, is shown from its first words: when it comes, and after a reload."""
    phone.open(path).chooses("Nederlands").hears("Waarmee kan ik je helpen?")
    phone.chooses("Helpt mijn oude school mij nog?", "Praktijkschool", "Juli 2025")
    phone.hears("een andere opleiding?")
    phone.chooses("Nee").hears("in het eerste jaar")
    phone.chooses("Nee").hears("Dan moet school het opnieuw aanbieden.")
    words = phone.page.get_by_text("Ja, je oude school moet je opnieuw hulp aanbieden.")
    expect(words).to_be_in_viewport(ratio=1)
    phone.is_answered().page.reload()
    expect(phone.choice("Waarom is dat zo?")).to_be_visible()
    expect(words).to_be_in_viewport(ratio=1)


def test_a_double_tap_is_one_answer(phone: Chat, town: World) -> None:
    """Two quick taps on one place of the screen say one thing, even when something else has come under the thumb."""
    phone.page.clock.install()
    phone.open().chooses("Nederlands").hears("Waarmee kan ik je helpen?")
    expect(phone.page.locator(".fresh")).to_have_count(0)
    place = phone.choice("Helpt mijn oude school mij nog?").bounding_box()
    assert place
    # The phone's clock stands still in between: the taps are quick, however slow the machine is.
    phone.page.clock.pause_at(phone.page.evaluate("Date.now() / 1000 + 1"))
    for _ in range(2):
        phone.page.touchscreen.tap(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
        phone.hears("Op welke school zat je het laatst?")
    phone.page.clock.resume()
    phone.choice("Praktijkschool").evaluate("(button) => { button.click(); button.click(); }")
    phone.hears("Wanneer ging je van school?")
    assert own_words(phone.page, town) == ["Helpt mijn oude school mij nog?", "Praktijkschool"]
    assert phone.said() == own_words(phone.page, town)


def test_words_typed_without_internet_are_sent_once(phone: Chat, screens: Screens, town: World) -> None:
    """Without internet the words wait in sight; when it is back they go by themselves, one time."""
    screens.expect_problem(LOST)
    phone.open().chooses("Nederlands").hears("Waarmee kan ik je helpen?")
    phone.page.context.set_offline(True)
    phone.writes("praktijkschool")
    expect(phone.page.locator(".m.person.waiting .state")).to_have_text("Wacht op internet")
    expect(phone.page.locator("#line")).to_contain_text("Er is geen internet. Ik bewaar je bericht.")
    phone.page.context.set_offline(False)
    expect(phone.page.locator(".m.person.waiting")).to_have_count(0)
    expect(phone.page.locator(".m.bot")).to_have_count(3)
    assert own_words(phone.page, town) == ["praktijkschool"]
    assert phone.said() == own_words(phone.page, town)


def test_wiping_leaves_nothing(phone: Chat, screens: Screens, town: World) -> None:
    """Wiping asks once; then the conversation is gone, from the screen and from the service."""
    phone.open().chooses("Nederlands").hears("Waarmee kan ik je helpen?")
    phone.chooses("Wie leest dit?").hears("Dan wissen we je gesprek.")
    person = person_of(phone.page, town)
    phone.page.get_by_text("Wis dit gesprek").tap()
    phone.page.get_by_role("dialog").get_by_text("Ja, wis alles").tap()
    phone.hears("Kies je taal.")
    phone.hears("Dit is je bewijs:", sender="system")
    expect(phone.page.locator(".m")).to_have_count(2)
    assert person.get().status_code in (404, 410)
    assert phone.page.evaluate("sessionStorage.getItem('verder.me')") is None
    phone.page.reload()
    expect(phone.page.locator(".m")).to_have_count(1)


def test_wiping_in_the_conversation_leaves_the_receipt(phone: Chat, town: World) -> None:
    """Asked for in words: the receipt stays in sight, above the first screen, until the page is opened again."""
    phone.open().chooses("Nederlands").hears("Waarmee kan ik je helpen?")
    person = person_of(phone.page, town)
    phone.writes("wis alles")
    phone.choice("Ja, wis alles").tap()
    phone.hears("Kies je taal.")
    expect(phone.bubbles("bot").filter(has_text="Dit is je bewijs:")).to_be_in_viewport()
    assert person.get().status_code in (404, 410)
    phone.chooses("Nederlands").hears("Waarmee kan ik je helpen?")


def test_help_now_needs_no_service(chromium: Browser, tmp_path: Path) -> None:
    """Help now shows its numbers, to be called with one tap, while the service is away."""
    with open_town(tmp_path) as town:
        screens = Screens(chromium, town.url)
        phone = Chat(screens.phone()).open()
    screens.expect_problem(LOST)
    phone.page.get_by_role("button", name="Nu hulp").tap()
    numbers = phone.page.get_by_role("dialog").get_by_role("link")
    expect(numbers.first).to_be_in_viewport()
    links = numbers.evaluate_all("all => all.map((one) => one.href)")
    assert links[0] == "tel:112"
    assert all(link.startswith("tel:") for link in links)
    screens.close()


def test_leaving_quickly_leaves_no_trace(phone: Chat, screens: Screens) -> None:
    """Leaving quickly goes to a harmless page in one tap; going back shows nothing of the conversation."""
    phone.page.context.route("https://www.wikipedia.org/**", lambda route: route.fulfill(body="Een gewone pagina"))
    screens.allow_host("https://www.wikipedia.org")
    phone.open().chooses("Nederlands").hears("Waarmee kan ik je helpen?")
    phone.page.get_by_role("button", name="Snel weg").tap()
    expect(phone.page.locator("body")).to_have_text("Een gewone pagina")
    phone.open()
    expect(phone.page.locator(".m")).to_have_count(1)
    phone.hears("Kies je taal.")
