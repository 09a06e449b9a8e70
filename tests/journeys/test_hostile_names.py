"""Hostile names: of counsellors, organisations, queues, teams and answers; none is more than its letters, none reorders others."""

from __future__ import annotations

import io
import itertools
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect

from backend.db import Transaction
from backend.organisations.models import counsellor, organisation
from backend.organisations.service import make_counsellor
from backend.queues.models import queue
from browser import Desk
from desk_world import hidden
from hostile import hostile_names, some
from hostile_screens import HostileScreens, check_harmless, hostile_screens, parts, rename_counsellors
from pdf_reading import Pdf
from sizes import size
from town import open_town
from transition_people import document_desk, sent_document
from world import Person, World, open_world, settings_for

NAMES = size(16, 300)
FORMS = size(2, 120)
SPOOFS = (
    "\u202eA hcaoC",
    "\u202e\u202eB hcaoC",
    "Coach\u2067\u202e A",
    "\u2069\u2069\u202eomgekeerd",
    "Coach A\u202b",
    "\u061cCoach A",
    "أحمد",
    "שלום 12",
    "أحمد 12:30",
    "Coach \u200f(A)",
)
GROWING = ("/desk/trail",)
"""Here each look adds a line."""
PAGES = {
    "coach.a": ("/desk", "/desk/away", "/desk/answers", "/desk/answers/new", "/desk/account"),
    "beheer": ("/desk/people", "/desk/queues", "/desk/connections"),
    "teamleider": ("/desk",),
    "privacy": ("/desk/data", "/desk/openings", "/desk/trail"),
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A town with many colleagues at the gemeente, who have plain names still, and one request that Coach A has."""
    with open_town(tmp_path_factory.mktemp("names")) as world:
        place = world.rows(sa.select(organisation.c.id).where(organisation.c.kind == "gemeente"))[0].id
        queues = [row.id for row in world.rows(sa.select(queue.c.id).where(queue.c.organisation_id == place))]
        vault = world.service.host.vault

        def hire(db: Transaction) -> None:
            for number in range(NAMES):
                box, name = f"c{number}@gemeente.example", f"Naam {number}"
                make_counsellor(db, vault, place, email=box, name=name, password_hash="", queue_ids=queues)

        world.do(hire)
        yield world


@pytest.fixture
def screens(chromium: Browser, world: World) -> Iterator[HostileScreens]:
    """Screens on that town."""
    with hostile_screens(chromium, world) as opened:
        yield opened


def test_names_add_nothing_to_a_page(world: World, screens: HostileScreens) -> None:
    """With hostile names each page of the desk has exactly the elements that it has with plain ones, and shows the names."""
    request = _claimed(world)
    paths = {**PAGES, "coach.a": (*PAGES["coach.a"], f"/desk/requests/{request}")}
    desks = {box: screens.at_desk(box) for box in paths}
    before = {(box, path): _parts(desks[box], path) for box, found in paths.items() for path in found}
    names = _rename_all(world)
    for box, found in paths.items():
        for path in found:
            now = _parts(desks[box], path)
            assert now == before[box, path] or (path in GROWING and set(now) == set(before[box, path])), path
            check_harmless(desks[box])
    desks["beheer"].goto("/desk/people")
    shown = " ".join(desks["beheer"].locator("bdi").all_text_contents())
    assert all(name.strip() in shown for name in names)
    mine = screens.chat_of(world.person())
    expect(mine.locator(".m.bot").first).to_be_visible()
    check_harmless(mine)


def test_names_in_forms_come_back_as_text(world: World, screens: HostileScreens) -> None:
    """Typed by the desk itself: kept answers, teams, queues, keys for systems, reasons and searches show what was typed."""
    for box in ("coach.a", "beheer", "privacy"):
        page = screens.at_desk(box)
        cookies = {one["name"]: one["value"] for one in page.context.cookies()}
        with httpx.Client(base_url=world.url, trust_env=False, timeout=20, cookies=cookies) as http:
            csrf = hidden(http.get("/desk/account").text, "csrf")
            for number, text in enumerate(some(FORMS, longest=60)):
                for path, data in _forms(text, number):
                    answer = http.post(path, data={"csrf": csrf, **data})
                    assert answer.status_code in (200, 303, 403, 404, 409, 422), (path, text, answer.status_code)
        for path in PAGES[box]:
            page.goto(path)
            check_harmless(page)
    page = screens.at_desk()
    kept = page.goto("/desk/answers") and page.locator(".desk-card__title bdi").all_text_contents()
    assert kept
    for link in page.locator(".desk-card__title a").all()[:FORMS]:
        assert link.locator("bdi *").count() == 0
    for text in some(FORMS, longest=60):
        page.goto("/desk/search")
        page.locator("#wanted").fill(text)
        if len(page.locator("#wanted").input_value().strip()) >= 2:
            Desk(page).presses("Zoek")
            assert page.locator("#wanted").input_value() == text.replace("\n", "").replace("\r", "")
            check_harmless(page)


def test_a_name_reorders_nothing_around_it(world: World, screens: HostileScreens) -> None:
    """Signs that direct, and letters that run to the left, stay inside the name: in sentences and beside times, at the
    desk and in the chat."""
    coach = _coach(world)
    mine, colleague, chat = screens.at_desk(), screens.at_desk("coach.b"), screens.watched(screens.phone())
    for name in SPOOFS[:: size(4, 1)]:
        rename_counsellors(world, [(coach, name)])
        person, request = _person_claimed(world)
        with world.counsellor() as http:
            http.does("reply", request, text="Dag.")
            http.does("note", request, text="Een notitie.")
        screens.expect_problem("status of 403")
        colleague.goto(f"/desk/requests/{request}")
        _reads_on(colleague, "[role=alert] p", " heeft deze vraag")
        mine.goto(f"/desk/requests/{request}")
        for line in (".desk-bubble--counsellor .desk-bubble__who", ".desk-note .desk-bubble__who"):
            beside = mine.locator(line).last.evaluate(_BESIDE)
            assert beside["name"] < beside["time"], (line, name)
        screens.opens_chat(chat, person)
        _reads_on(chat, ".m.system .words", " leest nu je bericht")
        beside = chat.locator(".m.counsellor .name").last.evaluate(_BESIDE)
        assert beside["name"] < beside["time"], name
    rename_counsellors(world, [(coach, "Coach A")])


@pytest.mark.parametrize("place", range(size(1, 60)))
def test_a_document_holds_only_text(world: World, screens: HostileScreens, place: int) -> None:
    """In the page, the PDF and the Word file of an overgangsdocument hostile words are words; nothing is fetched or run."""
    words = [one for one in some(400, longest=200) if "\n" not in one and "<" in one][place]
    directed = "\u202eomgekeerd\u2069 <b>x</b>"
    _, request = sent_document(world, skills=f"{words} {directed}")
    page = screens.at_desk()
    page.goto(f"/desk/requests/{request}/document")
    check_harmless(page)
    assert page.locator("main b, main script, main img, main svg").count() == 0
    with document_desk(world, "gemeente") as desk:
        pdf, docx = (desk.file(request, kind) for kind in ("pdf", "docx"))
    assert not re.search(rb"/(URI|JavaScript|JS|Launch|EmbeddedFile)\b", pdf.content)
    said = "".join(run for *_, run in Pdf(pdf.content).runs())
    with zipfile.ZipFile(io.BytesIO(docx.content)) as parts_of:
        xml = parts_of.read("word/document.xml").decode()
        links = "".join(parts_of.read(name).decode() for name in parts_of.namelist() if name.endswith(".rels"))
    assert "hostile.invalid" not in links
    typed = re.sub(r"<[^>]+>", "", xml)
    for text in (said, unescape(typed)):
        assert not re.search("[\u202a-\u202e]", text)
        assert "omgekeerd" in text
        assert text.count("\u2068") == text.count("\u2069")


def test_a_municipality_s_look_holds_only_text(tmp_path: Path, chromium: Browser) -> None:
    """Name and first sentence in a municipality's file are text on its chat page; what would load is refused."""
    looks = tmp_path / "looks"
    looks.mkdir()
    bad = "</style><script>window.__hit=1</script><img src=x onerror=alert(1)>"
    said = f"name = '{bad}'\n[first_text]\nnl = '{bad} \\u202e'\n"
    (looks / "0344.toml").write_text(said, "utf-8")
    settings = settings_for(f"sqlite:///{tmp_path / 'v.db'}", tmp_path, looks=looks)
    with open_world(settings) as world, hostile_screens(chromium, world) as screens:
        page = screens.watched(screens.phone())
        for path in (
            "/chat?region=0344",
            "/chat/plain?region=0344",
        ):
            page.goto(path)
            check_harmless(page)


_BESIDE = """(line) => {
  const left = (node) => node.getBoundingClientRect().left;
  return { name: left(line.firstElementChild), time: left(line.querySelector("time")) };
}"""
_PLACES = """(node, words) => {
  const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    const at = text.data.indexOf(words);
    if (at < 0) continue;
    return Array.from(words, (_, place) => {
      const range = document.createRange();
      range.setStart(text, at + place);
      range.setEnd(text, at + place + 1);
      const box = range.getBoundingClientRect();
      return [Math.round(box.top), box.left];
    });
  }
  return null;
}"""


def _reads_on(page: Page, selector: str, words: str) -> None:
    """These words stand there from left to right."""
    line = page.locator(selector).filter(has_text=words.strip()).last
    expect(line).to_be_visible()
    places = line.evaluate(_PLACES, words)
    assert places, page.url
    for (top, left), (next_top, next_left) in itertools.pairwise(places):
        assert next_top != top or next_left >= left, (words, places)


def _parts(page: Page, path: str) -> Counter[str]:
    page.goto(path)
    return parts(page)


def _coach(world: World) -> str:
    with world.counsellor() as coach:
        return str(coach.http.get("/api/v1/desk/me").json()["id"])


def _claimed(world: World) -> str:
    return _person_claimed(world)[1]


def _person_claimed(world: World) -> tuple[Person, str]:
    person = world.person()
    person.asks_for_help()
    with world.counsellor() as coach:
        waiting = [one for one in coach.requests() if one["status"] == "waiting" and one["kind_of_help"] == "work"]
        request = max(waiting, key=lambda one: str(one["created_at"]))["id"]
        assert coach.does("claim", request).status_code == 200
    return person, request


def _rename_all(world: World) -> list[str]:
    """Gives everybody and everything at the gemeente a hostile name; the names of the colleagues."""
    place = world.rows(sa.select(organisation.c.id).where(organisation.c.kind == "gemeente"))[0].id
    rows = world.rows(sa.select(counsellor.c.id).where(counsellor.c.organisation_id == place))
    names = list(hostile_names(len(rows)))
    rename_counsellors(world, zip([row.id for row in rows], names, strict=True))
    queues = world.rows(sa.select(queue.c.id).where(queue.c.organisation_id == place))
    others = dict(zip([row.id for row in queues], hostile_names(40)[-len(queues) :], strict=True))

    def rename(db: Transaction) -> None:
        for id, name in others.items():
            db.execute(sa.update(queue).where(queue.c.id == id).values(name=name))
        bad = '"><script>window.__hit=1</script>'
        db.execute(sa.update(organisation).where(organisation.c.id == place).values(name=bad))

    world.do(rename)
    return names


def _forms(text: str, number: int) -> Iterator[tuple[str, dict[str, str]]]:
    yield "/desk/answers/new", {"title": text, "text": text, "own": "1"}
    yield "/desk/search", {"wanted": text}
    yield "/desk/queues", {"name": text, "kind_of_help": "work"}
    yield "/desk/queues/teams", {"name": text}
    yield "/desk/connections/tokens", {"name": text, "scopes": "figures"}
    yield "/desk/connections/webhooks", {"url": text, "events": "opened"}
    yield "/desk/people", {"name": text, "email": f"x{number}@x.example", "role": "counsellor"}
    yield "/desk/data/holds", {"number": text, "reason": text}
    yield "/desk/away", {"back": text, "stand_in": text}
    yield "/desk/writing", {"text": text}
    yield "/desk/language", {"code": text}
