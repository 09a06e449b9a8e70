"""Bad networks and blocked parts of a browser: what was typed arrives once, and what comes in is seen."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, Request, Route, expect

from backend.conversations.models import conversation
from browser import Chat, Screens
from town import open_town, own_words, person_of
from world import World

LOST = "net::ERR_"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One running service for this module: each test has its own person."""
    with open_town(tmp_path_factory.mktemp("town")) as world:
        yield world


def test_a_reload_without_internet_keeps_what_waits(phone: Chat, screens: Screens, town: World) -> None:
    """Typed without internet, and the page reloaded before the connection is back: sent once, in order."""
    screens.expect_problem(LOST)
    page = phone.page
    phone.open("/chat").chooses("Nederlands").hears("Waarmee kan ik je helpen?")
    page.route("**/turns", lambda route: route.abort())
    phone.writes("helpt mijn oude school mij nog?").writes("praktijkschool")
    expect(page.locator(".m.person.waiting")).to_have_count(2)
    page.reload()
    expect(page.locator(".m.person.waiting")).to_have_count(2)
    page.unroute("**/turns")
    phone.hears("Wanneer ging je van school?")
    expect(page.locator(".m.person.waiting")).to_have_count(0)
    assert own_words(page, town) == ["helpt mijn oude school mij nog?", "praktijkschool"]
    assert phone.said() == own_words(page, town)


def test_an_answer_that_got_lost_on_its_way_is_not_asked_twice(phone: Chat, screens: Screens, town: World) -> None:
    """The service took the words and its answer never arrived: the same key brings the same answer."""
    screens.expect_problem(LOST)
    page = phone.page
    phone.open("/chat").chooses("Nederlands").hears("Waarmee kan ik je helpen?")
    keys: list[str | None] = []

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/stream", lambda route: route.abort())
    page.route("**/turns", lose, times=1)
    page.on("request", lambda one: keys.append(one.header_value("idempotency-key")) if "/turns" in one.url else None)
    phone.writes("helpt mijn oude school mij nog?").hears("Op welke school zat je het laatst?")
    expect(page.locator(".m.person.waiting")).to_have_count(0)
    assert len(set(keys)) == 1
    assert own_words(page, town) == ["helpt mijn oude school mij nog?"]
    assert phone.said() == own_words(page, town)


def test_a_reload_before_the_answer_shows_ones_own_words_once(phone: Chat, screens: Screens, town: World) -> None:
    """The service has the words, the page is loaded again before it heard so, and sends them again: they stand there once
    all the while, in their place."""
    screens.expect_problem(LOST)
    page = phone.page
    phone.open("/chat").chooses("Nederlands").hears("Waarmee kan ik je helpen?")
    held: list[Route] = []

    def hold(route: Route) -> None:
        if not held:
            route.fetch()
        held.append(route)

    page.route("**/turns", hold)
    phone.writes("helpt mijn oude school mij nog?").hears("Op welke school zat je het laatst?")
    page.reload()
    phone.hears("Op welke school zat je het laatst?")
    expect(page.locator(".m.person")).to_have_count(1)
    assert phone.said() == ["helpt mijn oude school mij nog?"]
    order = page.locator("#log .m").evaluate_all("(all) => all.map((one) => Number(one.dataset.n))")
    assert order == sorted(order)
    while len(held) < 2:
        page.wait_for_timeout(20)
    held.pop().continue_()
    page.unroute("**/turns")
    phone.chooses("Praktijkschool").hears("Wanneer ging je van school?")
    assert phone.said() == own_words(page, town) == ["helpt mijn oude school mij nog?", "Praktijkschool"]


def test_words_typed_while_the_conversation_is_loading_take_no_other_place(phone: Chat, town: World) -> None:
    """On a slow network somebody types before the conversation is back: their words come last, and each stands there once."""
    page = phone.page
    phone.open("/chat").chooses("Nederlands").hears("Waarmee kan ik je helpen?")
    phone.writes("helpt mijn oude school mij nog?").hears("Op welke school zat je het laatst?")
    held: list[Route] = []
    page.route("**/messages?after=0", lambda route: held.append(route))
    page.reload()
    phone.writes("praktijkschool")
    expect(page.locator(".m.person")).to_have_count(1)
    while not held:
        page.wait_for_timeout(20)
    held.pop().continue_()
    phone.hears("Wanneer ging je van school?")
    assert phone.said() == own_words(page, town) == ["helpt mijn oude school mij nog?", "praktijkschool"]


def test_two_tabs_are_one_conversation(phone: Chat, screens: Screens, town: World) -> None:
    """A tab that was opened twice shows the same conversation; what waits in both is sent once."""
    screens.expect_problem(LOST)
    page = phone.page
    phone.open("/chat").chooses("Nederlands").hears("Waarmee kan ik je helpen?")
    page.context.route("**/turns", lambda route: route.abort())
    with page.context.expect_page() as opened:
        phone.writes("helpt mijn oude school mij nog?")
        expect(page.locator(".m.person.waiting")).to_have_count(1)
        page.evaluate("window.open('/chat')")
    other = Chat(opened.value)
    expect(other.page.locator(".m.person.waiting")).to_have_count(1)
    page.context.unroute("**/turns")
    for one in (phone, other):
        one.hears("Op welke school zat je het laatst?")
        expect(one.page.locator(".m.person")).to_have_count(1)
    other.chooses("Praktijkschool").hears("Wanneer ging je van school?")
    phone.hears("Wanneer ging je van school?")
    assert own_words(page, town) == ["helpt mijn oude school mij nog?", "Praktijkschool"]


def test_where_streams_are_blocked_new_messages_are_fetched(phone: Chat, screens: Screens, town: World) -> None:
    """A network that lets no stream through: what comes in from elsewhere is seen within seconds, once."""
    screens.expect_problem(LOST)
    page = phone.page
    page.route("**/stream", lambda route: route.abort())
    phone.open("/chat").chooses("Nederlands").hears("Waarmee kan ik je helpen?")
    person_of(page, town).says("helpt mijn oude school mij nog?")
    phone.hears("Op welke school zat je het laatst?")
    expect(page.locator(".m.person")).to_have_count(1)


def test_a_stream_goes_on_after_the_last_message(phone: Chat, screens: Screens, town: World) -> None:
    """When the stream breaks it begins again after the last message that came, and nothing comes twice."""
    screens.expect_problem(LOST)
    page = phone.page
    asked: list[str | None] = []
    page.on("request", lambda one: asked.append(one.header_value("last-event-id")) if "/stream" in one.url else None)
    phone.open("/chat").chooses("Nederlands").hears("Waarmee kan ik je helpen?")
    page.context.set_offline(True)
    person_of(page, town).says("helpt mijn oude school mij nog?")
    page.context.set_offline(False)
    phone.hears("Op welke school zat je het laatst?")
    expect(page.locator(".m.person")).to_have_count(1)
    assert asked[0] is not None


def test_a_browser_that_blocks_storage(screens: Screens) -> None:
    """In a frame or a browser where storage is blocked the conversation works as long as the page is open."""
    page = screens.phone()
    page.add_init_script(
        "Object.defineProperty(window, 'sessionStorage', { get() { throw new DOMException('', 'SecurityError'); } })"
    )
    phone = Chat(page).open("/chat").chooses("Nederlands")
    phone.hears("Waarmee kan ik je helpen?")
    phone.writes("helpt mijn oude school mij nog?").hears("Op welke school zat je het laatst?")


def test_who_only_looks_leaves_nothing(screens: Screens, town: World) -> None:
    """The first screen is one page and its icon; the service stores nothing until somebody chooses, types or asks."""
    before = town.rows(sa.select(conversation.c.id))
    for path in ("/", "/chat"):
        page: Page = screens.phone()
        asked: list[str] = []
        page.on("request", partial(_note, asked))
        Chat(page).open(path)
        expect(page.locator(".m .words")).to_contain_text("Kies je taal.")
        page.get_by_role("button", name="Taal", exact=True).tap()
        expect(page.get_by_role("button", name="Nederlands")).to_be_focused()
        page.reload()
        assert {url.removeprefix(town.url) for url in asked} <= {path, "/static/widget/icon.svg"}
    assert town.rows(sa.select(conversation.c.id)) == before


@pytest.mark.parametrize("first", ["language", "words", "person"])
def test_the_first_thing_that_somebody_does_begins(phone: Chat, town: World, first: str) -> None:
    """A language, typed words or the button for a person: one conversation begins, and what was said is in it."""
    page = phone.page
    begun: list[str] = []
    page.on("request", lambda one: begun.append(one.url) if one.url.endswith("/conversations") else None)
    phone.open("/chat")
    if first == "language":
        phone.choice("Nederlands").evaluate("(button) => { button.click(); button.click(); }")
        phone.hears("Waarmee kan ik je helpen?")
    elif first == "words":
        phone.writes("helpt mijn oude school mij nog?").hears("Op welke school zat je het laatst?")
    else:
        page.locator("#bar").get_by_text("Praat met een mens").tap()
        phone.hears("Wat heb je nodig?")
    expect(page.locator("#ask")).to_have_count(0)
    assert len(begun) == 1
    assert own_words(page, town) == phone.said()


def test_a_first_tap_without_internet_is_kept(phone: Chat, screens: Screens, town: World) -> None:
    """Chosen and typed without internet, and the page reloaded: when it is back, the words arrive once, in that language."""
    screens.expect_problem(LOST)
    page = phone.open("/chat").page
    page.route("**/conversations", lambda route: route.abort())
    phone.chooses("Nederlands")
    expect(page.locator("#line")).to_contain_text("Er is nog geen verbinding.")
    phone.writes("helpt mijn oude school mij nog?")
    page.reload()
    expect(page.locator(".m.person")).to_have_count(1)
    page.unroute("**/conversations")
    phone.hears("Op welke school zat je het laatst?")
    expect(page.locator(".m.person")).to_have_count(1)
    assert own_words(page, town) == ["helpt mijn oude school mij nog?"]


def _note(asked: list[str], request: Request) -> None:
    asked.append(request.url)
