"""Every state of the chat can be used by everybody: light and dark, from left to right and back, at 360 and 320 pixels."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, Literal

import pytest
from playwright.sync_api import Page, expect

from backend.conversations.service import tell
from browser import AXE, Screens, small_targets
from dialogs.news import (
    CodeMade,
    ConsentWithdrawn,
    FollowUpDue,
    HandoverAsked,
    HeldConsent,
    Looked,
    MyConsents,
    MyData,
    MyViews,
    News,
    RequestStands,
)
from dialogs.transition_document import Line
from dialogs.transition_news import DocumentShown
from knowledge.transition_form import standard_form
from sizes import size
from town import TODAY, open_town
from world import Person, World

Reach = Callable[[World, Person], object]
Look = tuple[Literal["light", "dark"], int, dict[str, Any]]
pytestmark = pytest.mark.timeout(size(400, 1800))
WHOLE = bool(size(0, 1))
"""Both languages in every look with all rules of axe; else one look for each, and in the second what can differ there."""
_QUICK = {"resultTypes": ["violations"], "selectors": False, "preload": False}
_DIFFERS = {**_QUICK, "runOnly": ["color-contrast", "target-size"]}
_RUN = """async (options) => (await axe.run(document, options)).violations.map((one) => one.id + ": " + one.nodes[0].html)"""
LOOKS: dict[str, Look] = {"ltr": ("light", 360, _QUICK), "rtl": ("dark", 320, _DIFFERS)}
ALL_LOOKS: tuple[Look, ...] = (("light", 320, {}), ("dark", 360, {}), ("dark", 320, {}), ("light", 360, {}))
_WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_CUT = """() => Array.from(document.querySelectorAll("button, .bubble, .bubble *, dialog[open] *"))
  .filter((one) => !one.closest(".vh") && one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== "inline")
  .map((one) => one.textContent.trim())"""
LANGUAGES = {"nl": "ltr", "ar": "rtl"}
SCHOOL = Line(by="school", field="skills", words="Werkt netjes.", told="internship")
HANDOVER = HandoverAsked(
    handover="a" * 32,
    counsellor="Coach A",
    sender="Demo Gemeente",
    recipient="demo-doorstroompunt",
    receiver="Demo Doorstroompunt",
    reason="Zij weten meer van leren.",
)
DOCUMENT = DocumentShown(
    lines=(Line(by="person", field="name", words="Sam"), SCHOOL),
    form=standard_form(),
    digest="a" * 64,
    recipient="demo-gemeente",
    name="Demo Gemeente",
    municipality="0344",
    ready=True,
)
CONSENT = HeldConsent(id="b" * 32, name="Demo Gemeente", purpose="support", since=TODAY, given_by="parents")


def _taps(*choices: str) -> Reach:
    def reach(_world: World, person: Person) -> None:
        for choice in choices:
            person.taps(choice)

    return reach


def _says(words: str) -> Reach:
    return lambda _world, person: person.says(words)


def _hears(news: News) -> Reach:
    return lambda world, person: world.do(lambda db: tell(db, world.service.host.vault, person.id, news))


def _asks(*, agrees: bool) -> Reach:
    return lambda _world, person: person.asks_for_help(agrees=agrees)


def _consent(_world: World, person: Person) -> None:
    person.chooses("person")
    person.says("Ik zoek werk in een winkel.")
    person.chooses("kind:work")
    person.says("3511")
    person.chooses("who:gemeente")


def _answered(world: World, person: Person) -> None:
    person.asks_for_help()
    with world.counsellor() as counsellor:
        request = next(one for one in counsellor.requests() if one["status"] == "waiting")
        counsellor.does("claim", request["id"])
        counsellor.does(
            "reply", request["id"], text="Hoi! Bel je morgen om 10:30? 030 286 00 00, of https://www.utrecht.nl/werk"
        )


_SCHOOL = ("goal:rights", "a:school_type:pro")
STATES: dict[str, Reach] = {
    "menu": lambda _world, _person: None,
    "language menu": _taps("language"),
    "question with choices": _taps("goal:rights"),
    "question with a date": _taps(*_SCHOOL),
    "question with months": _taps(*_SCHOOL, "other:left_school_date"),
    "why a question": _taps("goal:rights", "why:school_type"),
    "question that is open": _says("3511"),
    "topics": _taps("topics"),
    "help": _taps("help"),
    "request": _taps("person"),
    "consent": _consent,
    "yes": _asks(agrees=True),
    "no": _asks(agrees=False),
    "danger": _says("ik wil dood"),
    "danger at home": _says("mijn vader slaat me"),
    "maybe danger": _says("ik zie het niet meer zitten"),
    "very long": _says("lang " * 700),
    "signs only": _says("😀😀 <b>hoi</b> \u200b\u200f x" + "x" * 300),
    "my data": _hears(MyData(messages=12, requests=1, documents=1, consents=1, locked=False)),
    "who looked": _hears(MyViews((Looked(date(2026, 11, 20), "14:05", "Demo Gemeente"),), 3)),
    "my consents": _hears(MyConsents((CONSENT,))),
    "taken back": _hears(ConsentWithdrawn("Demo Gemeente")),
    "erase in words": _taps("forget"),
    "code": _hears(CodeMade("BCDF2GHJ34", date(2026, 11, 29), False, "https://verder.example/chat")),
    "handover": _hears(HANDOVER),
    "where it is": _hears(RequestStands(organisation="Demo Gemeente", helper="Coach A")),
    "counsellor": _answered,
    "document": _hears(DOCUMENT),
    "follow-up": _hears(FollowUpDue("month", "demo-gemeente")),
    "stopped": _taps("stop"),
}
MIRRORED = (
    "language menu",
    "question with months",
    "topics",
    "consent",
    "danger",
    "code",
    "handover",
    "counsellor",
    "document",
)
"""The states that are shaped most differently, for the runs that do not look at all of them from right to left."""


def _rights(person: Person) -> None:
    """To the answer with its clock, whatever is asked on the way."""
    person.taps("goal:rights")
    for id in ("a:school_type:pro", "a:left_school_date:2025-07"):
        person.chooses(id)
    for _ in range(4):
        offered = [choice["id"] for choice in person.sees[-1]["choices"]]
        wanted = next((id for id in offered if id.startswith("a:") and id.endswith(":false")), None)
        if wanted is None:
            return
        person.taps(wanted)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One running service for this module: each state has its own person."""
    with open_town(tmp_path_factory.mktemp("town")) as world:
        yield world


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_answer_can_be_used_by_everybody(screens: Screens, town: World, language: str) -> None:
    """Questions, answers, consent, danger, own data, a counsellor's words: nothing that axe finds, too small, or cut off."""
    page = _phone(screens, town)
    found = {}
    for name in STATES if WHOLE or language == "nl" else MIRRORED:
        reach, person = STATES[name], town.person(language)
        reach(town, person)
        _show(page, person)
        assert page.locator("html").get_attribute("dir") == LANGUAGES[language]
        found[name] = _everywhere(page)
    assert found == {name: [] for name in found}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_layer_of_an_answer_can_be_used_by_everybody(screens: Screens, town: World, language: str) -> None:
    """The clock with its law open, the steps, what it means, papers, changing an answer, and reading aloud."""
    page = _phone(screens, town)
    person = town.person(language)
    _rights(person)
    found = {}
    for name in ("answer", "why", "more", "papers", "change"):
        if name != "answer":
            person.taps(name if name != "papers" else "keep")
        _show(page, person)
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        if name == "answer":
            expect(page.locator(".clock")).to_be_visible()
            page.locator("#aloud").tap()
        found[name] = _everywhere(page)
    assert found == {name: [] for name in found}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_page_itself_shows_can_be_used_by_everybody(screens: Screens, town: World, language: str) -> None:
    """The first screen, help, the question before erasing, an empty message, words that wait, no connection, the receipt."""
    screens.expect_problem("ERR_INTERNET_DISCONNECTED|ERR_FAILED")
    page = _phone(screens, town)
    person = town.person(language)
    _show(page, person)
    found = {}
    page.locator("#help").tap()
    found["help"] = _everywhere(page)
    page.keyboard.press("Escape")
    page.locator("#erase").tap()
    found["erase"] = _everywhere(page)
    page.keyboard.press("Escape")
    page.locator(".send").tap()
    found["empty"] = _everywhere(page)
    page.route("**/turns", lambda route: route.abort())
    page.locator("#text").fill("x" * 3990)
    expect(page.locator("#count")).not_to_be_empty()
    found["nearly full"] = _everywhere(page)
    page.locator(".send").tap()
    expect(page.locator(".waiting .state")).to_be_visible()
    expect(page.locator("#line")).not_to_be_empty()
    found["waiting"] = _everywhere(page)
    page.locator("#erase").tap()
    page.locator("#erase-yes").tap()
    expect(page.locator(".m.system")).to_be_visible()
    found["receipt and first screen"] = _everywhere(page)
    page.goto("/")
    found["start"] = _everywhere(page)
    assert found == {name: [] for name in found}


def test_buttons_of_news_can_be_tapped(screens: Screens, town: World) -> None:
    """What the service asks by itself, such as a handover or "geholpen?", has its buttons in the chat."""
    page = _phone(screens, town)
    for news, label in ((HANDOVER, "Ja"), (FollowUpDue("month", "demo-gemeente"), "Het gaat goed")):
        person = town.person("nl")
        _hears(news)(town, person)
        _show(page, person)
        expect(page.locator(".choices button").filter(has_text=label).first).to_be_visible()


def _phone(screens: Screens, town: World) -> Page:
    page = screens.phone()
    page.goto("/chat")
    return page


def _show(page: Page, person: Person) -> None:
    """The conversation of a person, as it is after the page is opened again."""
    me: dict[str, Any] = {"id": person.id, "token": person.token}
    page.evaluate("(me) => { sessionStorage.clear(); sessionStorage.setItem('verder.me', me); }", json.dumps(me))
    page.reload()
    last = person.messages()[-1]["number"]
    expect(page.locator(f"[data-n='{last}']")).to_be_visible()
    expect(page.locator(".fresh")).to_have_count(0)


def _everywhere(page: Page) -> list[object]:
    """What is wrong with the page as it stands, in any look."""
    page.evaluate("document.getAnimations().forEach((one) => one.finish())")
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(AXE)
    wrong: list[object] = []
    looks = ALL_LOOKS if WHOLE else (LOOKS[str(page.locator("html").get_attribute("dir"))],)
    for scheme, width, rules in looks:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 740})
        wrong += page.evaluate(_RUN, rules)
        wrong += small_targets(page)
        wrong += [f"wider by {wider}" for wider in [page.evaluate(_WIDER)] if wider]
        wrong += [f"cut off: {text}" for text in page.evaluate(_CUT)]
    return wrong
