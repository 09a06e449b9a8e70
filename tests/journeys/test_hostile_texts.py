"""Hostile text is only text: in the chat, with and without scripts, at the desk, on paper, whoever wrote it and where."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, expect

from backend.support_requests.service import clean as clean_at_desk
from bot.web_widget.written import written
from desk_world import hidden
from dialogs.cleaning import clean
from hostile import DIRECTING, HOST, everything, naughty, payloads, signs, some
from hostile_screens import HostileScreens, check_harmless, hostile_screens, parts
from sizes import size
from town import open_town
from world import Counsellor, Person, World

NEED = '"><img src=x onerror=alert(1)><script>window.__hit=1</script>'
SAID = size(64, len(everything()))
ANSWERED = size(32, len(everything()))
NOTED = size(12, 300)
IN_FORMS = size(3, 150)
OF_DANGER = {"strong class", "p dir", "section aria-labelledby class"}
"""What the desk adds when a text tells of danger."""
LAID_OUT = {"p", "ul", "li", "a"}


@dataclass(frozen=True, slots=True)
class Talk:
    """A person whose request a counsellor has, and what each side wrote, as it was kept."""

    person: Person
    request: str
    said: list[str]
    answered: list[str]
    noted: list[str]


@dataclass(frozen=True, slots=True)
class Stage:
    """A town with two such talks: one full of hostile texts, one with plain ones."""

    world: World
    hostile: Talk
    plain: Talk


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Everything that the tests look at, written once, over the product's own doors."""
    with open_town(tmp_path_factory.mktemp("hostile")) as world, world.counsellor() as coach:
        said = _kept_of_person(everything()[:SAID])
        answered = [clean_at_desk(one) for one in some(ANSWERED, longest=2000) if clean_at_desk(one, empty=True)]
        noted = answered[:NOTED]
        plain = [[f"tekst {place}" for place in range(3)] for _ in range(3)]
        yield Stage(
            world, _talk(world, coach, NEED, said, answered, noted), _talk(world, coach, "Ik zoek werk.", *plain)
        )


@pytest.fixture
def hostile(chromium: Browser, stage: Stage) -> Iterator[HostileScreens]:
    """Screens on that town."""
    with hostile_screens(chromium, stage.world) as screens:
        yield screens


def test_there_are_enough_of_them() -> None:
    """The list of others has 485 strings, ours has 500 and more, and signs that direct, hide or pile up come on top."""
    own = {text for texts in payloads().values() for text in texts}
    assert len(naughty()) == 485
    assert len(own) >= 500
    assert all(len(texts) >= 10 for texts in signs().values())
    assert all(sign in "".join(signs()["bidi"]) for sign in DIRECTING)


def test_the_chat_shows_text_and_nothing_else(stage: Stage, hostile: HostileScreens) -> None:
    """Every bubble has exactly what was written, in paragraphs, lists and links alone; nothing runs and nothing loads."""
    page = hostile.chat_of(stage.hostile.person)
    expect(page.locator(".m.counsellor")).to_have_count(len(stage.hostile.answered))
    for sender, texts in (("person", stage.hostile.said), ("counsellor", stage.hostile.answered)):
        shown = page.eval_on_selector_all(f".m.{sender}", _BUBBLES)
        mine = shown[-len(texts) :]
        assert [one["said"] for one in mine] == texts
        for one in mine:
            assert _squeezed(one["shown"], bullets=sender != "person") == _squeezed(
                one["said"], bullets=sender != "person"
            )
            assert set(one["names"]) <= LAID_OUT
            assert Counter(one["names"]) == _laid_out(one["said"], lists=sender != "person")
    check_harmless(page)
    other = hostile.chat_of(stage.plain.person)
    expect(other.locator(".m.counsellor")).to_have_count(len(stage.plain.answered))
    expect(other.locator("#on")).to_be_hidden()  # it has come to its end, as the first page has
    more = set(parts(page)) - set(parts(other))
    assert {kind.split()[0] for kind in more} <= LAID_OUT


def test_the_chat_without_scripts_shows_the_same(stage: Stage, hostile: HostileScreens) -> None:
    """The plain page has the same words, and no element that nobody meant."""
    person = stage.hostile.person
    page = hostile.watched(hostile.phone(java_script_enabled=False))
    cookie = {"name": "verder_chat", "value": f"{person.id}.{person.token}", "url": stage.world.url}
    page.context.add_cookies([cookie])  # type: ignore[list-item]
    page.goto("/chat/plain")
    for sender, texts in (("person", stage.hostile.said), ("counsellor", stage.hostile.answered)):
        shown = page.eval_on_selector_all(
            f".m.{sender} .words", "(all) => all.map((one) => [one.textContent, one.innerHTML])"
        )
        for (words, html), text in zip(shown[-len(texts) :], texts, strict=True):
            assert _squeezed(words, bullets=True) == _squeezed(text, bullets=True)
            assert set(re.findall(r"<([a-z]+)", html)) <= LAID_OUT
    check_harmless(page)


def test_the_desk_shows_text_and_nothing_else(stage: Stage, hostile: HostileScreens) -> None:
    """Need, conversation, notes and draft stand there sign for sign; the page has no other element than with plain words."""
    page = hostile.at_desk()
    page.goto(f"/desk/requests/{stage.plain.request}")
    of_plain = parts(page)
    page.goto(f"/desk/requests/{stage.hostile.request}")
    assert page.locator(".desk-need").text_content() == NEED
    texts = "(all) => all.map((one) => one.childElementCount ? one.innerHTML : one.textContent)"
    for side, wanted in (("person", stage.hostile.said), ("counsellor", stage.hostile.answered)):
        shown = page.eval_on_selector_all(f".desk-bubble--{side} .desk-bubble__text", texts)
        assert [one for one in shown if one in set(wanted)] == wanted
    assert page.eval_on_selector_all(".desk-note .desk-bubble__text", texts) == stage.hostile.noted
    check_harmless(page)
    assert set(parts(page)) - set(of_plain) <= OF_DANGER
    for text in stage.hostile.answered[:IN_FORMS]:
        _keeps_draft(stage, text)
        page.reload()
        assert page.locator("#text").input_value() == text
        check_harmless(page)


def test_over_the_api_it_comes_back_as_it_went(stage: Stage) -> None:
    """What was kept is what was sent, less what the product takes out: control signs and citizen service numbers."""
    talk = stage.hostile
    messages = talk.person.messages()
    assert [one["text"] for one in messages if one["from"] == "person"][-len(talk.said) :] == talk.said
    assert [one["text"] for one in messages if one["from"] == "counsellor"] == talk.answered
    assert HOST in "".join(talk.said)


def _talk(world: World, coach: Counsellor, need: str, said: list[str], answered: list[str], noted: list[str]) -> Talk:
    person = world.person()
    person.asks_for_help(need)
    request = next(one["id"] for one in coach.requests() if one["status"] == "waiting")
    assert coach.does("claim", request).status_code == 200
    for text in said:
        person.says(text)
    for what, texts in (("reply", answered), ("note", noted)):
        for text in texts:
            answer = coach.does(what, request, text=text)
            assert answer.status_code == 200, (text, answer.text)
    return Talk(person, request, said, answered, noted)


def _keeps_draft(stage: Stage, text: str) -> None:
    path = f"/desk/requests/{stage.hostile.request}"
    with stage.world.counsellor() as coach:
        data = {"csrf": hidden(coach.http.get(path).text, "csrf"), "text": text}
        assert coach.http.post(f"{path}/draft", data=data).status_code == 303


def _kept_of_person(texts: tuple[str, ...]) -> list[str]:
    """As `dialogs.cleaning` keeps them; what has no words left is no message."""
    return [kept for text in texts if len(text) <= 4000 and (kept := clean(text)[0])]


_BUBBLES = """(all) => all.map((one) => { const words = one.querySelector(".words"); return {
  said: one.message.text, shown: words.textContent, names: Array.from(words.querySelectorAll("*"), (each) => each.localName),
}; })"""


def _squeezed(text: str, *, bullets: bool) -> str:
    """Without white space, which paragraphs stand for, and without the marks that lists stand for."""
    lines = (line.removeprefix("- ") if bullets else line for line in text.split("\n"))
    return re.sub(r"\s", "", "".join(lines))


def _laid_out(text: str, *, lists: bool) -> Counter[str]:
    return Counter(re.findall(r"<([a-z]+)", str(written(text, lists=lists))))
