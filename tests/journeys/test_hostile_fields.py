"""Hostile texts in every other field: reasons, who gave a consent, what a school adds, what a form gives back, and what comes
in over Telegram with the names that Telegram tells."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page

from backend import demo
from backend.accounts.models import passkey
from backend.db import Transaction, now
from backend.schema import metadata
from backend.support_requests.models import support_request
from backend.together.models import emergency_access
from backend.vault import Vault
from desk_people import DeskPerson, new_person, organisation_id, people
from fake_telegram import TOKEN, FakeTelegram, serving
from hostile import some
from hostile_screens import HostileScreens, becomes, check_harmless, hostile_screens, kinds, parts, posts
from knowledge.transition_form import SCHOOL
from phone import SECRET, Phone
from sizes import size
from transition_people import DocumentDesk, offers, own_part
from world import Counsellor, Person, World, open_world, settings_for

TEXTS = size(0, 100)
WORST = "</textarea></title></p>\"'><script>window.__hit=1</script><img src=x onerror=alert(1)>"
"""Out of whatever it stands in, and then something that runs."""
PLAIN = "Desbetreffende voorzieningen worden geïmplementeerd, omdat het zo moet."
"""Words about which the reading level has as much to say."""
MARK = "Kanarievogel"
REFUSED = "Failed to load resource: the server responded with a status of 4"
"""What the browser itself notes when a form comes back with what is wrong."""
BY_ITSELF = {"html", "head", "body", "tbody"}
"""Elements that a browser adds where the source has none."""
_INVISIBLE = re.compile("[\\s\u2066-\u2069\u202a-\u202e\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Place:
    """A service with a bot, somebody of every role with a session, and one request that the colleague has."""

    world: World
    telegram: FakeTelegram
    desk: Mapping[str, DeskPerson]
    person: Person
    request: str


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """All of it, once for the module."""
    folder, telegram = tmp_path_factory.mktemp("fields"), FakeTelegram()
    with serving(telegram.app) as telegram.url:
        bot = {"telegram_token": TOKEN, "telegram_api_url": telegram.url, "telegram_webhook_secret": SECRET}
        with open_world(settings_for(f"sqlite:///{folder / 'verder.db'}", folder, **bot), fill=False) as world:
            world.do(lambda db: demo.fill(db, world.service.host.vault, ""))
            telegram.webhook = {"url": f"{world.url}/telegram/webhook", "secret_token": SECRET}
            with people(world) as desk:
                person, request = _claimed(world, desk["colleague"])
                yield Place(world, telegram, desk, person, request)


@pytest.fixture
def screens(chromium: Browser, place: Place) -> Iterator[HostileScreens]:
    """Screens on that service."""
    with hostile_screens(chromium, place.world) as opened:
        yield opened


def test_what_comes_over_telegram_is_only_text(
    place: Place, screens: HostileScreens, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Words from Telegram stand at the desk sign for sign; the names that Telegram tells with them are kept nowhere."""
    kept: list[bytes] = []
    seal = Vault.seal

    def sealing(vault: Vault, *args: Any) -> bytes:
        kept.append(args[-1])
        return seal(vault, *args)

    monkeypatch.setattr(Vault, "seal", sealing)
    phone = Phone(place.world, place.telegram, 808_808)
    named = f"{MARK}{WORST}"
    place.telegram.names[phone.chat] = {"first_name": named, "last_name": named, "username": MARK}
    request = _claimed_on_telegram(place, phone)
    said = [one for one in _texts(1000) if not one.startswith("/")]
    for text in said:
        place.telegram.person_says(phone.chat, text)
    place.telegram.person_says(phone.chat, "", photo=[], caption=WORST)
    said.append(WORST)
    phone.until(phone.settled)
    page = _at(screens, place.desk["colleague"])
    page.goto(f"/desk/requests/{request}")
    assert page.locator(".desk-need").text_content() == WORST
    shown = page.locator(".desk-bubble--person .desk-bubble__text")
    assert [_squeezed(one) for one in shown.all_text_contents()][-len(said) :] == [_squeezed(one) for one in said]
    assert shown.locator("*").count() == 0
    check_harmless(page)
    assert MARK not in page.content()
    assert kept
    values = [value for table in metadata.sorted_tables for row in place.world.rows(sa.select(table)) for value in row]
    assert not any(MARK.encode() in (value if isinstance(value, bytes) else str(value).encode()) for value in values)
    assert not any(MARK.encode() in one for one in kept)


def test_reasons_and_givers_are_only_text(place: Place, screens: HostileScreens) -> None:
    """Why somebody looked, passed on, handed over, declined, keeps longer or asks in an emergency, who gave a consent, a key's
    name and kept answers: each page shows the words, and has no kind of element that plain words would not make."""
    with httpx.Client(base_url=place.world.url, trust_env=False, timeout=60) as http:
        second = new_person(place.world, http, "Demo Gemeente", "platform_admin")
    readers = {**place.desk, "second": second}
    page, plain = screens.watched(screens.desk()), dict[tuple[str, str], set[str]]()
    for text in (*[PLAIN][:TEXTS], *_texts(120)):
        for (who, path), words in _write_everywhere(place, text).items():
            becomes(page, readers[who])
            source = _shows(page, path, words)
            if TEXTS:
                assert source <= plain.setdefault((who, _kind_of(path)), source), path
        _tidy_up(place)
    told = [str(one["text"]) for one in place.person.messages()]
    assert any(WORST in one for one in told)
    check_harmless(screens.chat_of(place.person))


def test_what_a_school_adds_is_only_text(place: Place, screens: HostileScreens) -> None:
    """Every field of the school's part of an overgangsdocument is words at its desk; in the chat they are, with the last ones."""
    person = place.world.person()
    own_part(person)
    offers(person)
    school = DocumentDesk(Counsellor(place.desk["school"].http))
    request = school.newest()
    texts = dict(zip(SCHOOL, [WORST, *some(TEXTS + len(SCHOOL), longest=1000)], strict=False))
    assert school.gives(request, texts).status_code == 303
    page = _at(screens, place.desk["school"])
    _shows(page, f"/desk/requests/{request}/document", list(texts.values()))
    person.taps("transition:show")
    _done(place.desk["school"].form(f"/desk/requests/{request}/close", text=f"Tot ziens {WORST}"))
    assert [WORST in str(one["text"]) for one in person.messages()].count(True) >= 2
    check_harmless(screens.chat_of(person))


def test_what_a_form_gives_back_is_only_text(place: Place, screens: HostileScreens) -> None:
    """What was typed and refused comes back inside its field, and nothing in an address becomes part of a page."""
    screens.expect_problem(REFUSED)
    page = screens.watched(screens.desk())
    for text in _texts(78):
        for who, path, fields in _refused(place, text):
            becomes(page, place.desk[who])
            posts(page, path, {"csrf": place.desk[who].csrf, **fields})
            typed = page.eval_on_selector_all("input, textarea", "(all) => all.map((one) => one.value)")
            assert _squeezed(text) in [_squeezed(one) for one in typed], path
            check_harmless(page)
        posts(page, "/chat/plain/turn", _plain_turn(place, page, text))
        assert _squeezed(text) in _squeezed(page.locator("#text").input_value())
        check_harmless(page)
        becomes(page, place.desk["organisation_admin"])
        posts(page, "/desk/queues/hours", _hours(place, text))
        check_harmless(page)
        for who, path in _ADDRESSES:
            asked = path + quote(text, safe="")
            assert WORST not in place.desk[who].http.get(asked).text, path
            if TEXTS:
                becomes(page, place.desk[who])
                page.goto(asked)
                check_harmless(page)


_ADDRESSES = (
    ("nobody", "/informatie?q="),
    ("nobody", "/regio?q="),
    ("nobody", "/chat/plain?topic=x&start="),
    ("nobody", "/desk/login?next="),
    ("nobody", "/desk/welcome?code="),
    ("colleague", "/desk?queue="),
    ("team_lead", "/desk/statistics?place="),
)


def _at(screens: HostileScreens, one: DeskPerson) -> Page:
    """A screen with the session of somebody at the desk."""
    page = screens.watched(screens.desk())
    becomes(page, one)
    return page


def _texts(longest: int) -> list[str]:
    """The worst, and so many of the others."""
    return [WORST[:longest], *(one for one in some(TEXTS, longest=longest) if one.strip())]


def _claimed(world: World, owner: DeskPerson) -> tuple[Person, str]:
    person = world.person()
    person.asks_for_help()
    mine = sa.select(support_request.c.id).where(support_request.c.conversation_id == person.id)
    request = str(world.rows(mine)[0][0])
    assert Counsellor(owner.http).does("claim", request).status_code == 200
    return person, request


def _claimed_on_telegram(place: Place, phone: Phone) -> str:
    """Somebody on Telegram, with the worst need, whom the colleague helps; the id of the request."""
    phone.begins()
    phone.taps("person")
    phone.says(WORST)
    phone.taps("kind:work")
    phone.says(demo.PLACE)
    phone.taps("who:gemeente")
    phone.taps("consent:yes")
    (row,) = phone.rows(support_request)
    assert Counsellor(place.desk["colleague"].http).does("claim", row.id).status_code == 200
    return str(row.id)


def _write_everywhere(place: Place, text: str) -> dict[tuple[str, str], list[str]]:
    """Puts the words into every field; who reads which of them on which page."""
    desk, request = place.desk, place.request
    owner, page = desk["colleague"], f"/desk/requests/{request}"
    answer = _kept_answer(place, text)
    handover = _declined(place, text)
    _done(desk["counsellor"].form(f"{page}/open", reason="else", words=text))
    _done(desk["privacy_officer"].form("/desk/data/holds", number=request, reason=text))
    _done(owner.form(f"{page}/consents", **_consent(place, text)))
    _done(desk["platform_admin"].form("/desk/emergency", number=request, reason=text))
    _reassigned(place, text)
    _name_key(place, owner, text)
    return {
        ("colleague", page): [text],
        ("colleague", f"{page}/consents"): [text],
        ("colleague", f"/desk/handovers/{handover}"): [text],
        ("colleague", f"/desk/answers/{answer}"): [text],
        ("colleague", "/desk/answers"): [text],
        ("colleague", "/desk/account"): [text[:60]],
        ("team_lead", "/desk/openings"): [text],
        ("privacy_officer", "/desk/data"): [text],
        ("second", "/desk/emergency"): [text],
    }


def _tidy_up(place: Place) -> None:
    """Ends what can be there only once, or not too often."""
    (id,) = place.world.rows(sa.select(emergency_access.c.id).where(emergency_access.c.state == "asked"))[0]
    _done(place.desk["platform_admin"].form(f"/desk/emergency/{id}/finish"))
    owner = place.desk["colleague"]
    for answer in set(re.findall(r"/desk/answers/([0-9a-f]{32})", owner.http.get("/desk/answers").text)):
        _done(owner.form(f"/desk/answers/{answer}/remove"))


def _kept_answer(place: Place, text: str) -> str:
    answered = place.desk["colleague"].form("/desk/answers/new", title=text[:80], own="1", text=text, in_en=text)
    assert answered.status_code == 303, answered.text
    listed = place.desk["colleague"].http.get("/desk/answers").text
    return str(re.findall(r"/desk/answers/([0-9a-f]{32})", listed)[0])


def _declined(place: Place, text: str) -> str:
    """A handover that was proposed and declined with these words, and the request again at the colleague's; its id."""
    owner, school, person = Counsellor(place.desk["colleague"].http), place.desk["school"], place.person
    to = organisation_id(place.world, "Demo Praktijkschool")
    asked = owner.does("transfer", place.request, organisation=to, reason=text)
    assert asked.status_code == 200, asked.text
    id = str(asked.json()["handover"])
    person.sees = person.messages()
    person.chooses("handover:yes")
    _done(school.form(f"/desk/handovers/{id}/decline", text=text))
    assert owner.does("claim", place.request).status_code == 200
    return id


def _consent(place: Place, text: str) -> dict[str, str]:
    to = organisation_id(place.world, "Demo Praktijkschool")
    said = {"given_by": "parents", "giver": text, "how": "phone", "day": "2026-01-05"}
    return {"purpose": "transition_document", "recipient": to, **said}


def _reassigned(place: Place, text: str) -> None:
    """Given by the team lead to the counsellor and back again, each time for this reason."""
    path = f"/api/v1/desk/requests/{place.request}"
    lead = place.desk["team_lead"].http
    for who in ("counsellor", "colleague"):
        given = lead.post(f"{path}/reassign", json={"counsellor": place.desk[who].id, "reason": text})
        assert given.status_code == 200, given.text
        assert place.desk[who].http.post(f"{path}/claim").status_code == 200


def _name_key(place: Place, owner: DeskPerson, text: str) -> None:
    """A passkey of this name, past the form, which asks for a real key."""
    id, vault = secrets.token_hex(16), place.world.service.host.vault

    def add(db: Transaction) -> None:
        named = json.dumps({"name": text[:60]}).encode()
        values = {"id": id, "counsellor_id": owner.id, "credential_index": secrets.token_bytes(16), "sign_count": 0}
        sealed = vault.seal(db, owner.id, "passkey.credential", id, named)
        db.execute(sa.insert(passkey), {**values, "credential": sealed, "made_at": now()})

    place.world.do(add)


def _refused(place: Place, text: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Forms that come back: whose, where, and what was typed."""
    page = f"/desk/requests/{place.request}"
    yield "nobody", "/desk/login", {"email": text, "password": "x"}
    yield "counsellor", f"{page}/open", {"reason": "", "words": text}
    yield "colleague", f"{page}/check", {"text": text}
    yield "colleague", f"{page}/insert", {"text": text}
    yield "colleague", "/desk/search", {"wanted": text}
    yield "colleague", "/desk/answers/new", {"title": text, "text": text, "in_en": text, "look": "1"}
    yield "platform_admin", "/desk/emergency", {"number": text, "reason": text}


def _plain_turn(place: Place, page: Page, text: str) -> dict[str, str]:
    """A turn without scripts that is too long, for the person of the place, whose page this becomes."""
    cookie = {"name": "verder_chat", "value": f"{place.person.id}.{place.person.token}", "url": place.world.url}
    page.context.add_cookies([cookie])  # type: ignore[list-item]
    page.goto("/chat/plain")
    proof = page.locator("[name=proof]").first.input_value()
    return {"proof": proof, "key": secrets.token_hex(8), "text": text + "x" * 4001}


def _hours(place: Place, text: str) -> dict[str, str]:
    """The form of opening hours, right but for the words."""
    numbers = {"first_answer_hours": "8", "next_answer_hours": "16", "claim_hours": "16", "handover_days": "4"}
    return {"csrf": place.desk["organisation_admin"].csrf, "opening_hours": text, **numbers}


def _shows(page: Page, path: str, words: list[str]) -> set[str]:
    """The page has these words, in its text or in a field, and nothing in it can do harm; its kinds of elements."""
    answer = page.goto(path)
    assert answer is not None
    typed = page.eval_on_selector_all("input, textarea", "(all) => all.map((one) => one.value).join(' ')")
    shown = _squeezed(f"{page.locator('body').text_content()} {typed}")
    for one in words:
        assert _squeezed(one) in shown, (path, one)
    source = kinds(answer.text())
    assert {kind.split()[0] for kind in parts(page)} <= {kind.split()[0] for kind in source} | BY_ITSELF, path
    check_harmless(page)
    return source


def _done(answer: Any) -> None:
    assert answer.status_code == 303, (str(answer.url), answer.text[-2000:])


def _kind_of(path: str) -> str:
    """A page's path without the ids in it."""
    return re.sub(r"[0-9a-f]{32}", "…", path)


def _squeezed(text: str) -> str:
    """Without white space and the signs that are left out or set around words."""
    return _INVISIBLE.sub("", text)
