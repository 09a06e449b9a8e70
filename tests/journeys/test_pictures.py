"""A picture and papers on a phone: a list that says where you are, files in the hand, the law folded, nothing downloaded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal
from unittest.mock import patch

import pytest
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from playwright.sync_api import Page, Request, expect

from bot.channel import File
from browser import Chat, Screens, small_targets, violations
from dialogs.messages import Paper
from enclosed import ANSWER, ARABIC, LAW, PICTURE, answering
from fake_telegram import serving
from town import open_town
from world import World


def made(paper: Paper) -> File:
    """A file without the work of drawing it."""
    return File(b"%PDF-1.7 " + paper.name.encode(), "application/pdf", "verder.pdf")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One running service for this module: each test has its own person."""
    with open_town(tmp_path_factory.mktemp("town")) as world:
        yield world


@pytest.fixture(autouse=True)
def files() -> Iterator[None]:
    """What papers look like is not the matter here."""
    with patch("backend.web_conversations.render_paper", made):
        yield


@pytest.fixture
def answered(phone: Chat) -> Iterator[Chat]:
    """A phone on which an answer with a picture and papers has just arrived."""
    with answering():
        phone.open().chooses("Nederlands").hears("Waarmee kan ik je helpen?")
        phone.writes("toon")
        expect(phone.page.locator(".clock")).to_be_visible()
        yield phone


def test_the_picture_is_a_list_that_says_where_you_are(answered: Chat) -> None:
    """Four steps in a named list; the one of now is marked for readers of screens and says "Jij bent hier"."""
    page = answered.page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    clock = page.get_by_role("figure", name=PICTURE.title).get_by_role("list")
    expect(clock.get_by_role("listitem")).to_have_count(4)
    now = clock.locator("[aria-current=step]")
    expect(now).to_have_count(1)
    expect(now).to_contain_text("Jij bent hier")
    for step in PICTURE.steps:
        expect(clock).to_contain_text(step.text)
    assert page.locator(".m img, .m figure svg").count() == 0
    assert not [url for url in asked if "image" in url]


def test_a_paper_comes_into_the_hand(answered: Chat) -> None:
    """A button brings the file under its neutral name, with the token in a header, and says where it is."""
    page = answered.page
    requests: list[Request] = []
    page.on("request", lambda request: requests.append(request))
    with page.expect_download() as download:
        page.get_by_role("button", name="Mijn rechten op papier").tap()
        expect(page.locator("#line")).to_have_text("Klaar. Kijk bij je downloads.")
    assert download.value.suggested_filename == "verder.pdf"
    assert download.value.path().read_bytes() == b"%PDF-1.7 Mijn rechten op papier"
    (fetched,) = (one for one in requests if "/papers/" in one.url)
    assert fetched.url.endswith("/papers/1")
    assert fetched.header_value("authorization")
    assert "token" not in page.url


def test_a_paper_comes_on_another_site_too(screens: Screens) -> None:
    """Inside the frame on a school's page the same button brings the same file."""
    site = FastAPI()
    html = (
        f'<!doctype html><link rel="icon" href="data:,"><title>School</title><iframe src="{screens.url}/chat"></iframe>'
    )
    site.add_api_route("/", lambda: HTMLResponse(html))
    with serving(site) as url, answering():
        screens.allow_host(url.replace("127.0.0.1", "localhost"))
        page = screens.desk()
        page.goto(url.replace("127.0.0.1", "localhost"))
        chat = page.frame_locator("iframe")
        chat.get_by_role("button", name="Nederlands").click()
        expect(chat.locator(".m.bot").last).to_contain_text("Waarmee kan ik je helpen?")
        chat.locator("#text").fill("toon")
        chat.locator("#text").press("Enter")
        with page.expect_download() as download:
            chat.get_by_role("button", name="Mijn rechten op papier").click()
        assert download.value.suggested_filename == "verder.pdf"


def test_a_paper_that_does_not_come_is_said(answered: Chat, screens: Screens) -> None:
    """Without internet the button says so kindly, the conversation stays as it was, and later the paper comes."""
    screens.expect_problem("ERR_INTERNET_DISCONNECTED")
    page = answered.page
    page.context.set_offline(True)
    page.get_by_role("button", name="Mijn rechten op papier").tap()
    expect(page.locator("#line")).to_have_text("Je papier komt nu niet. Probeer het straks weer.")
    page.context.set_offline(False)
    with page.expect_download():
        page.get_by_role("button", name="Mijn rechten op papier").tap()


def test_the_law_is_folded_under_it(answered: Chat) -> None:
    """All places in the law stand behind one line, each with its words and its link."""
    page = answered.page
    law = page.locator(".m.bot details").last
    expect(law.get_by_text("Woorden van lid 3.")).to_be_hidden()
    law.locator("summary").tap()
    for source in LAW:
        expect(law.get_by_text(source.quote)).to_be_visible()
    expect(law.get_by_role("link", name="Lees de wet")).to_have_count(len(LAW))


def test_all_of_it_is_there_after_a_reload(answered: Chat) -> None:
    """A page that is opened again shows the picture and the papers of before."""
    answered.page.reload()
    expect(answered.page.locator(".clock li")).to_have_count(4)
    expect(answered.page.locator(".papers button")).to_have_count(2)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_use_it(screens: Screens, scheme: Literal["light", "dark"]) -> None:
    """In light and dark, and from right to left, axe finds nothing and every button fits a thumb."""
    for reply in (ANSWER, ARABIC):
        page = screens.phone(color_scheme=scheme)
        with answering(reply):
            Chat(page).open().chooses("Nederlands").hears("Waarmee kan ik je helpen?")
            Chat(page).writes("toon")
            expect(page.locator(".clock")).to_be_visible()
        page.locator("summary").last.tap()
        assert (violations(page), small_targets(page)) == ([], [])
    figure = page.locator("figure").last
    expect(figure).to_have_attribute("dir", "rtl")
    expect(figure.locator("[aria-current] .here")).to_have_text("أنت هنا")
    assert _is_on_the_right(page)


def _is_on_the_right(page: Page) -> bool:
    """Whether the line of a picture from right to left stands at its right side."""
    found: bool = page.evaluate(
        "() => { const of = (one) => one.getBoundingClientRect();"
        " return of(document.querySelector('figure[dir=rtl] .clock b')).right"
        " < of(document.querySelector('figure[dir=rtl] .clock')).right - 16; }"
    )
    return found


def test_a_message_to_school_is_shared_or_copied(screens: Screens) -> None:
    """Where a phone can share, the message can be shared; when sharing fails the message is copied instead."""
    page = screens.phone(permissions=["clipboard-read", "clipboard-write"])
    page.add_init_script(
        "navigator.share = (what) => { window.shared = what;"
        " return Promise.reject(new DOMException('', window.refusal || 'NotAllowedError')); }"
    )
    with answering():
        Chat(page).open().chooses("Nederlands").hears("Waarmee kan ik je helpen?")
        Chat(page).writes("toon").hears("Je oude school")
        message = "Hallo school, ik wil graag hulp.\nZie WVO 2020, artikel 2.31a."
        page.get_by_role("button", name="Delen").tap()
        expect(page.locator("#line")).to_have_text("Gekopieerd.")
        assert page.evaluate("window.shared") == {"text": message}
        assert page.evaluate("navigator.clipboard.readText()") == message
        expect(page.locator("#line")).to_have_text("")
        page.evaluate("window.refusal = 'AbortError'")
        page.get_by_role("button", name="Delen").tap()
        expect(page.locator("#line")).to_have_text("")


def test_another_language_is_fetched_when_it_is_chosen(screens: Screens) -> None:
    """The page comes with Dutch alone; who chooses English gets its words, also when they did not come at once."""
    screens.expect_problem("ERR_FAILED")
    page = screens.phone()
    page.route("**/words-en.json", lambda route: route.abort(), times=1)
    chat = Chat(page).open()
    chat.chooses("English").hears("How can I help you?")
    chat.writes("hello")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("button", name="Talk to a person").last).to_be_visible()
