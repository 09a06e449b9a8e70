"""The whole way on a phone that runs no scripts: plain forms, one page, nothing lost and nothing left."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from backend.conversations.service import tell
from bot.channel import File
from bot.web_widget.looks import AWAY
from browser import Desk, Screens, small_targets, violations
from dialogs.messages import Paper
from dialogs.news import HandoverAsked
from enclosed import ARABIC, answering
from passwords import PASSWORD
from town import open_town
from world import World, open_world, pace_standing_still, settings_for

NEED = "Ik zoek werk in een winkel."
ANSWER = "Hoi! Goed dat je schrijft. Morgen om 10 uur kan ik je bellen."
PAGE = "/chat/plain"


def _file(paper: Paper) -> File:
    return File(b"%PDF-1.7 " + paper.name.encode(), "application/pdf", "verder.pdf")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One running service for this module: each test has its own person."""
    with open_town(tmp_path_factory.mktemp("town")) as world:
        yield world


@pytest.fixture
def page(screens: Screens) -> Page:
    """A phone without scripts, on the chat's page."""
    page = screens.phone(java_script_enabled=False)
    page.goto("/chat")
    return page


@pytest.fixture
def begun(page: Page) -> Page:
    """The same after the language was chosen."""
    page.get_by_role("link", name="Naar de gewone pagina").tap()
    expect(page.get_by_text("Deze chat kost je niks.")).to_be_visible()
    page.get_by_role("button", name="Begin het gesprek").tap()
    _chooses(page, "Nederlands")
    expect(page.locator(".m.bot").last).to_contain_text("Waarmee kan ik je helpen?")
    return page


def _chooses(page: Page, *labels: str) -> None:
    for label in labels:
        with page.expect_navigation():
            page.locator(".choices").get_by_text(label, exact=True).tap()


def _writes(page: Page, text: str) -> None:
    page.get_by_label("Typ je bericht").fill(text)
    _presses(page, "Stuur")


def _presses(page: Page, label: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=label).tap()


def _hears(page: Page, words: str, sender: str = "bot") -> None:
    expect(page.locator(f".m.{sender} .words").last).to_contain_text(words)


def test_the_whole_way_without_scripts(begun: Page, screens: Screens) -> None:
    """Typed words and buttons, an answer with its clock and law, consent, a counsellor's answer, and an answer back."""
    page = begun
    _writes(page, "helpt mijn oude school mij nog?")
    _chooses(page, "Praktijkschool", "Juli 2025", "Nee", "Nee")
    _hears(page, "Dan moet school het opnieuw aanbieden.")
    expect(page.locator(".m[id=new]")).to_be_in_viewport()
    expect(page.locator("[aria-current=step]")).to_contain_text("Jij bent hier")
    page.locator("summary").last.tap()
    expect(page.get_by_role("link", name="Lees de wet").first).to_be_visible()
    with page.expect_navigation():
        page.locator(".bar").get_by_text("Praat met een mens").tap()
    _hears(page, "Wat heb je nodig?")
    _writes(page, NEED)
    _chooses(page, "Werk")
    _writes(page, "3511")
    _chooses(page, "De gemeente")
    _hears(page, "Mag ik dit sturen naar Demo Gemeente?")
    _chooses(page, "Ja, stuur dit")
    expect(page.locator(".m.bot", has_text="Je bericht is bij Demo Gemeente.")).to_have_count(1)

    desk = Desk(screens.desk()).logs_in("a", PASSWORD)
    desk.opens_the_first().claims().replies(ANSWER)
    page.get_by_role("button", name="Kijk of er iets nieuws is").tap()
    _hears(page, ANSWER, "counsellor")
    expect(page.locator(".m.counsellor .name")).to_contain_text("Coach A")
    _writes(page, "Ja, dat is goed.")
    desk.page.reload()
    expect(desk.page.locator(".desk-bubble--person")).to_contain_text("Ja, dat is goed.")


def test_reloading_and_going_back_say_nothing_twice(begun: Page) -> None:
    """A reload sends nothing; going back shows the conversation as it is now, never an old question's buttons."""
    page = begun
    _chooses(page, "Helpt mijn oude school mij nog?")
    page.reload()
    expect(page.locator(".m.person")).to_have_count(2)
    page.go_back()
    _hears(page, "Op welke school zat je het laatst?")
    expect(page.locator(".m.person")).to_have_count(2)


def test_an_empty_message_is_said_beside_its_field(begun: Page, screens: Screens) -> None:
    """Nothing typed: the words that say so belong to the field, and the conversation stands as it was."""
    screens.expect_problem("status of 422")
    page = begun
    _writes(page, "  ")
    box = page.get_by_label("Typ je bericht")
    expect(box).to_have_accessible_description("Typ eerst je bericht. Of kies een knop.")
    expect(box).to_have_attribute("aria-invalid", "true")
    _hears(page, "Waarmee kan ik je helpen?")


def _arrives_at_an_ordinary_page(route: Route) -> None:
    """Here is no internet: what the service answers stays, and only the page that it leads to is put in its place."""
    answer = route.fetch(max_redirects=0)
    assert answer.headers["location"] == AWAY
    headers = {name: value for name, value in answer.headers.items() if name not in ("location", "content-length")}
    route.fulfill(status=200, headers={**headers, "content-type": "text/html"}, body="Een gewone pagina")


def test_erasing_and_leaving_leave_nothing(begun: Page, screens: Screens, town: World) -> None:
    """Erasing asks once and is real; leaving goes away in one tap, and going back shows nothing of the conversation."""
    page = begun
    (cookie,) = page.context.cookies()
    id, _, token = cookie["value"].partition(".")
    page.get_by_role("link", name="Wis dit gesprek").tap()
    page.get_by_role("button", name="Ja, wis alles").tap()
    expect(page.get_by_role("status")).to_contain_text("Je gesprek is weg.")
    expect(page.locator(".m.system")).to_contain_text("Dit is je bewijs: ")
    held = town.http.get(f"/api/v1/conversations/{id}/messages", headers={"Authorization": f"Bearer {token}"})
    assert held.status_code in (404, 410)
    assert page.context.cookies() == []

    page.get_by_role("button", name="Begin het gesprek").tap()
    _chooses(page, "Nederlands")
    page.context.route("**/leave", _arrives_at_an_ordinary_page)
    page.get_by_role("button", name="Snel weg").tap()
    expect(page.locator("body")).to_have_text("Een gewone pagina")
    page.go_back()
    expect(page.get_by_role("button", name="Begin het gesprek")).to_be_visible()
    expect(page.locator(".m")).to_have_count(0)


@pytest.mark.parametrize("yes", ["Ja, wis alles", "ja"])
def test_erasing_in_words_shows_the_proof(begun: Page, town: World, yes: str) -> None:
    """ "Wis alles" and yes, tapped or typed: the last words and the proof stand on the first screen, once."""
    page = begun
    _writes(page, "wis alles")
    if yes == "ja":
        _writes(page, yes)
    else:
        _chooses(page, yes)
    expect(page.get_by_role("status")).to_contain_text("Je gesprek is weg.")
    expect(page.locator(".m", has_text="Dit is je bewijs: ")).to_have_count(1)
    expect(page.get_by_role("button", name="Begin het gesprek")).to_be_visible()
    assert page.context.cookies() == []
    page.goto(PAGE)
    expect(page.locator(".m")).to_have_count(0)


def test_from_an_article_into_its_conversation(screens: Screens) -> None:
    """The button under an article, without scripts: the conversation begins with that article, and one that was already
    there gets it with one tap."""
    page = screens.phone(java_script_enabled=False)
    page.goto("/informatie/kosten")
    page.get_by_role("link", name="Vraag het in de chat").tap()
    page.get_by_role("link", name="Naar de gewone pagina").tap()
    expect(page).to_have_url(re.compile(r"/chat/plain\?topic=kosten$"))
    page.get_by_role("button", name="Begin het gesprek").tap()
    _chooses(page, "Nederlands")
    expect(page.locator(".choices button[value='read:costs']")).to_be_visible()
    page.goto(f"{PAGE}?topic=overgangsdocument")
    _presses(page, "Mijn overgangsdocument")
    expect(page.locator(".choices button[value='read:transition_doc']")).to_be_visible()


def test_a_paper_and_right_to_left_without_scripts(screens: Screens) -> None:
    """A paper is a link that brings the file; an answer from right to left has its own direction."""
    page = screens.phone()
    page.goto(PAGE)
    _presses(page, "Begin het gesprek")
    _chooses(page, "Nederlands")
    with patch("backend.web_conversations.render_paper", _file), answering(ARABIC):
        _writes(page, "toon")
        with page.expect_download() as download:
            page.get_by_role("link", name="Mijn rechten op papier").tap()
    assert download.value.suggested_filename == "verder.pdf"
    assert download.value.path().read_bytes().startswith(b"%PDF-")
    expect(page.locator("figure")).to_have_attribute("dir", "rtl")
    expect(page.locator(".m.bot").last).to_have_attribute("lang", "ar")
    assert (violations(page), small_targets(page)) == ([], [])


@pytest.mark.parametrize(("scheme", "width"), [("light", 320), ("dark", 360)])
def test_the_forms_can_be_used_by_everybody(screens: Screens, scheme: str, width: int) -> None:
    """First screen, conversation, help, and the question before erasing: axe finds nothing, every control fits a thumb."""
    page = screens.phone(color_scheme=scheme, viewport={"width": width, "height": 740})
    page.goto(PAGE)
    found = [violations(page), small_targets(page)]
    _presses(page, "Begin het gesprek")
    _chooses(page, "Nederlands")
    found += [violations(page), small_targets(page)]
    page.goto(f"{PAGE}#help")
    found += [violations(page), small_targets(page)]
    page.goto(f"{PAGE}#erase")
    found += [violations(page), small_targets(page)]
    assert found == [[]] * len(found)
    assert page.evaluate("document.documentElement.scrollWidth") == width


class _Browser:
    """A browser without scripts, at the level of HTTP."""

    def __init__(self, town: World) -> None:
        self.http = httpx.Client(base_url=town.url, trust_env=False, timeout=20)
        self.begun = self.http.post(f"{PAGE}/start")

    def form(self) -> dict[str, str]:
        """The hidden fields of the form to write in."""
        html = self.http.get(PAGE).text
        write = html[html.index('id="write"') :]
        return {name: write.split(f'name="{name}" value="')[1].split('"')[0] for name in ("proof", "key", "after")}

    def turn(self, **fields: str) -> httpx.Response:
        return self.http.post(f"{PAGE}/turn", data=fields)

    def said(self) -> int:
        return self.http.get(PAGE).text.count('class="m person"')


def test_the_conversation_is_in_a_cookie_no_script_can_read(town: World) -> None:
    """HttpOnly, SameSite, gone with the browser; the address says nothing; nothing may keep a copy of the page."""
    browser = _Browser(town)
    assert browser.begun.status_code == 303
    assert browser.begun.headers["location"] == PAGE
    flags = browser.begun.headers["set-cookie"].lower()
    assert "httponly" in flags and "samesite=lax" in flags and "max-age" not in flags and "expires" not in flags
    page = browser.http.get(PAGE)
    assert page.headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    again = browser.http.post(f"{PAGE}/start")
    assert (again.status_code, "set-cookie" in again.headers) == (303, False), "a second tap begins nothing new"


def test_a_turn_counts_once_and_only_from_its_own_form(town: World) -> None:
    """The same form twice is one turn, other words under its key are given back, and a foreign form does nothing."""
    browser = _Browser(town)
    form = browser.form()
    for _ in range(2):
        assert browser.turn(**form, text="hallo").status_code == 303
    assert browser.said() == 1
    other = browser.turn(**form, text="iets anders")
    assert other.status_code == 422
    assert "iets anders</textarea>" in other.text
    form = browser.form()
    for wrong in ({**form, "proof": "0" * 64}, {**form, "proof": ""}):
        assert browser.turn(**wrong, text="hallo").status_code == 403
    for header in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}):
        refused = browser.http.post(f"{PAGE}/turn", data={**form, "text": "hallo"}, headers=header)
        assert refused.status_code == 403
        assert "Probeer het opnieuw." in refused.text
    assert browser.said() == 1
    assert browser.turn(**form, choice="é").status_code == 422
    assert browser.turn(**form, text="x" * 4001).status_code == 422


def test_a_conversation_that_is_gone_is_said(town: World) -> None:
    """Erased elsewhere: the page says it kindly, forgets the cookie and offers to begin."""
    browser = _Browser(town)
    form = browser.form()
    id, _, token = browser.http.cookies["verder_chat"].strip('"').partition(".")
    town.http.delete(f"/api/v1/conversations/{id}", headers={"Authorization": f"Bearer {token}"})
    gone = browser.turn(**form, text="hallo")
    assert "Je oude gesprek is er niet meer." in gone.text
    assert "verder_chat" not in browser.http.cookies
    assert browser.turn(**form, text="hallo").headers["location"] == PAGE
    assert browser.http.get(f"{PAGE}/papers/1/1").headers["location"] == PAGE
    assert "Begin het gesprek" in browser.http.get(PAGE, headers={"Cookie": "verder_chat=nonsense"}).text


def test_a_question_of_the_service_has_its_buttons(town: World) -> None:
    """What the service asks by itself, such as whether a request may go elsewhere, can be answered here too."""
    browser = _Browser(town)
    id, _, _ = browser.http.cookies["verder_chat"].strip('"').partition(".")
    news = HandoverAsked(
        handover="a" * 32,
        counsellor="Coach A",
        sender="Demo Gemeente",
        recipient="demo-doorstroompunt",
        receiver="Demo Doorstroompunt",
        reason="Zij weten meer van leren.",
    )
    assert 'value="handover:' not in browser.http.get(PAGE).text
    town.do(lambda db: tell(db, town.service.host.vault, id, news))
    assert 'value="handover:' in browser.http.get(PAGE).text


def test_a_way_that_is_none_is_a_page_too(town: World) -> None:
    """What does not exist, and a paper that does not, answer with words and the way on, not with data."""
    browser = _Browser(town)
    for path in (f"{PAGE}/nowhere", f"{PAGE}/papers/1/1"):
        missing = browser.http.get(path)
        assert missing.status_code == 404
        assert missing.headers["content-type"].startswith("text/html")
        assert 'role="alert"' in missing.text


def test_who_posts_too_often_reads_it_on_the_page(tmp_path: Path) -> None:
    """The limits of the chat hold here too, and say so in words, with the time to wait."""
    settings = settings_for(f"sqlite:///{tmp_path / 'verder.db'}", tmp_path, rate_limits="on")
    with open_world(settings) as town, pace_standing_still():
        browser = _Browser(town)
        form = browser.form()
        answers = [browser.turn(**{**form, "key": f"{number}t"}, text="hallo") for number in range(60)]
        late = next(one for one in answers if one.status_code == 429)
        assert int(late.headers["retry-after"]) >= 1
        assert late.headers["content-type"].startswith("text/html")
        assert 'role="alert"' in late.text
        other = _Browser(town)
        assert other.turn(**other.form(), text="hallo").status_code == 303, "one's pace is not another's"


def test_the_look_of_a_municipality_goes_along(tmp_path: Path) -> None:
    """Name, colours, first sentence and the way out of the municipality stay on every page, from the first to the proof."""
    (tmp_path / "0344.toml").write_text(
        'name = "Voorbeeld"\ncolor = "#7a1f5c"\naway = "https://www.buienradar.nl/"\n[first_text]\nnl = "Welkom hier."',
        "utf-8",
    )
    settings = settings_for(f"sqlite:///{tmp_path / 'verder.db'}", tmp_path, looks=tmp_path)
    with open_world(settings) as town:
        here = f"{PAGE}?region=0344"
        http = httpx.Client(base_url=town.url, trust_env=False, timeout=20)
        first = http.get(here)
        assert "Welkom hier." in first.text
        assert first.headers["content-security-policy"].endswith("form-action 'self' https://www.buienradar.nl")
        assert http.post(f"{PAGE}/start?region=0344").headers["location"] == here
        page = http.get(here)
        proof, key = (page.text.split(f'name="{name}" value="')[1].split('"')[0] for name in ("proof", "key"))
        said = http.post(f"{PAGE}/turn?region=0344", data={"proof": proof, "key": key, "text": "hallo"})
        assert said.headers["location"].startswith(here)
        erased = http.post(f"{PAGE}/erase?region=0344", data={"proof": proof})
        assert "Dit is je bewijs: " in erased.text
        for one in (first, page, erased):
            assert "Voorbeeld</h1>" in one.text
            assert "/static/widget/look-0344.css" in one.text
            assert set(re.findall(r'action="[^"?#]+(\?[^"#]*)?', one.text)) <= {"?region=0344", ""}
            assert 'post" action="/chat/plain/leave?region=0344"' in one.text
        assert http.post(f"{PAGE}/leave?region=0344").headers["location"] == "https://www.buienradar.nl/"
        assert "look-" not in http.get(f"{PAGE}?region=9999").text
