"""A person's rights on every channel (trust promises P2, P3, P8, P9): each right by web, Telegram and API, done at once."""

from __future__ import annotations

import itertools
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa

from backend import demo
from backend.audit import audit_event
from backend.consents.models import consent, restriction
from backend.conversations.models import conversation
from backend.my_data.models import erasure_receipt
from backend.support_requests.models import support_request
from fake_telegram import FakeTelegram
from phone import SECRET, Phone
from sizes import promised
from world import Counsellor, Json, Person, World

NEED = "Ik zoek werk bij een bakker."
_chats = itertools.count(1_200_000)


@dataclass
class Hand:
    """A person on some channel: says words or taps a button, and reads what came since."""

    world: World
    conversation: Callable[[], str]
    say: Callable[[str], str]
    tap: Callable[[str], str]
    seen: list[str] = field(default_factory=list)

    def request(self) -> Any:
        """Their support request's row."""
        mine = sa.select(support_request).where(support_request.c.conversation_id == self.conversation())
        return self.world.rows(mine)[0]

    def person_id(self) -> str:
        """Their id inside."""
        found = sa.select(conversation.c.person_id).where(conversation.c.id == self.conversation())
        return str(self.world.rows(found)[0].person_id)


@dataclass
class Place:
    """A service on one database, with its fake Telegram."""

    world: World
    telegram: FakeTelegram


@pytest.fixture(scope="module")
def place(served: tuple[World, FakeTelegram]) -> Place:
    """The whole service with a bot, on each of the two databases."""
    world, telegram = served
    telegram.webhook = {"url": f"{world.url}/telegram/webhook", "secret_token": SECRET}
    return Place(world, telegram)


@pytest.fixture(params=["web", "telegram"])
def hand(request: pytest.FixtureRequest, place: Place) -> Hand:
    """Somebody with an open request at the gemeente, on each of the two channels with a conversation."""
    made = _web(place.world) if request.param == "web" else _telegram(place)
    made.say(NEED) if made.tap("person") else None
    made.tap("kind:work")
    made.say(demo.PLACE)
    made.tap("who:gemeente")
    made.tap("consent:yes")
    return made


def test_seeing_what_is_held_and_taking_it_along(hand: Hand) -> None:
    """Access: the summary at once; on the web the files, over Telegram the way to the website."""
    said = hand.say("Wat weten jullie van mij?")
    assert "Utrecht" in said
    assert "Vragen aan een mens: 1" in said
    taken = hand.tap("mine:take")
    assert ("Eén bestand is om te lezen" in taken) != ("Zo leest Telegram niet mee" in taken)


def test_seeing_who_looked(hand: Hand) -> None:
    """A counsellor's look is there at once: role, organisation, time."""
    assert "Nog niemand" in hand.say("wie keek ernaar")
    with hand.world.counsellor() as coach:
        coach.opens(hand.request().id)
    said = hand.say("mijn gegevens") and hand.tap("mine:views")
    assert re.search(r"\d{4} om \d\d:\d\d: een begeleider van Demo Gemeente", said)


def test_correcting_an_answer(hand: Hand) -> None:
    """A wrong answer is changed from the list of what was said."""
    hand.say("mijn gegevens")
    assert "Wat wil je veranderen" in hand.tap("answers")
    hand.tap("change:municipality")
    hand.say("Nieuwegein")
    assert "Nieuwegein" in hand.say("mijn gegevens")


def test_the_lock_freezes_every_reading_but_storage(hand: Hand) -> None:
    """Restriction: nobody reads, answers or takes the request; the words stay; taking the lock off gives it back."""
    id = hand.request().id
    hand.say("mijn gegevens")
    assert "op slot" in hand.tap("mine:lock")
    with hand.world.counsellor() as coach:
        answer = coach.http.get(f"/api/v1/desk/requests/{id}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "restricted")
        assert coach.does("claim", id).status_code == 409
        assert NEED not in answer.text
        (listed,) = [one for one in coach.requests() if one["id"] == id]
        assert (listed["access"], listed["kind_of_help"], listed["language"]) == ("restricted", None, None)
        page = coach.http.get("/desk").text
        assert "Op slot gezet door de jongere" in page
        assert coach.http.get(f"/desk/requests/{id}").status_code == 409
        assert "slot is eraf" in hand.tap("mine:unlock")
        assert coach.opens(id)["need"] == NEED
    assert hand.world.rows(sa.select(restriction).where(restriction.c.person_id == hand.person_id())) == []


def test_taking_a_consent_back_with_one_tap(hand: Hand) -> None:
    """Withdrawing works at once: the desk gets 410 and no word, the request is closed, help stays."""
    id = hand.request().id
    with hand.world.counsellor() as coach:
        coach.does("claim", id)
        assert "Demo Gemeente" in hand.say("trek mijn toestemming in")
        began = time.monotonic()
        said = hand.tap("withdraw:")
        answer = coach.http.get(f"/api/v1/desk/requests/{id}")
        assert time.monotonic() - began < promised(5)
        assert "kan dit nu niet meer lezen" in said
        assert "Je houdt alle hulp" in said
        assert (answer.status_code, answer.json()["error"]["code"]) == (410, "withdrawn")
        for action in ("reply", "close", "release", "claim"):
            body = {"text": "Dag"} if action in ("reply", "close") else {}
            assert coach.does(action, id, **body).status_code == 410
        page = coach.http.get(f"/desk/requests/{id}")
        assert (page.status_code, NEED in page.text) == (410, False)
        assert "ingetrokken" in page.text
        closed = coach.http.get("/desk", params={"status": "closed"}).text
        assert "Toestemming ingetrokken" in closed
    assert hand.request().status == "closed"
    given, taken = hand.world.rows(
        sa.select(consent).where(consent.c.person_id == hand.person_id()).order_by(consent.c.at)
    )
    assert (given.given, taken.given, taken.withdraws) == (True, False, given.id)
    assert (
        hand.world.rows(sa.select(audit_event).where(audit_event.c.object == given.id))[0].action == "consent.withdraw"
    )
    assert "Wat heb je nodig" in hand.tap("person")


def test_erasing_gives_a_receipt_without_the_person(hand: Hand) -> None:
    """Erase: a reference is said once; what is kept of it is a number and a time."""
    person_id, conversation_id = hand.person_id(), hand.conversation()
    hand.say("wis alles")
    said = hand.tap("forget:yes")
    found = re.search(r"bewijs: ([A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5})", said)
    assert found
    (kept,) = hand.world.rows(
        sa.select(erasure_receipt).where(erasure_receipt.c.reference == found.group(1).replace("-", ""))
    )
    assert set(kept._mapping) == {"reference", "at"}
    for table, column in ((conversation, "id"), (consent, "conversation_id")):
        assert hand.world.rows(sa.select(table).where(table.c[column] == conversation_id)) == []
    assert hand.world.rows(sa.select(restriction).where(restriction.c.person_id == person_id)) == []


def test_every_right_by_the_api(place: Place) -> None:
    """The same rights as calls: consents, withdraw (twice is once), views, lock and off, export, erase with a receipt."""
    person = place.world.person()
    person.asks_for_help(NEED)
    with place.world.counsellor() as coach:
        id = _newest(coach, place.world, person)
        coach.opens(id)
        (seen,) = person.get("views").json()["views"]
        assert (seen["by"], seen["organisation"], seen["action"]) == ("counsellor", "Demo Gemeente", "request.read")
        assert _call(person, "POST", "restrict")["restricted"]
        assert _call(person, "POST", "restrict")["restricted"]
        assert "op slot" in person.messages()[-1]["text"]
        assert coach.http.get(f"/api/v1/desk/requests/{id}").status_code == 409
        assert not _call(person, "DELETE", "restrict")["restricted"]
        assert coach.opens(id)["need"] == NEED
        (given,) = person.get("consents").json()["consents"]
        assert (given["recipient"], given["given"], given["withdrawn_at"]) == ("Demo Gemeente", True, None)
        for _ in range(2):
            assert not _call(person, "POST", f"consents/{given['id']}/withdraw")["active"]
        assert coach.http.get(f"/api/v1/desk/requests/{id}").status_code == 410
    first, second = person.get("consents").json()["consents"]
    assert first["withdrawn_at"]
    assert second["withdraws"] == first["id"]
    assert sum("kan dit nu niet meer lezen" in one["text"] for one in person.messages()) == 1
    assert person.get("export").json()["consents"]
    erased = person.http.delete(person.path, headers=person.headers)
    assert erased.status_code == 200
    assert re.fullmatch(r"\w{5}-\w{5}-\w{5}", erased.json()["receipt"]["reference"])
    assert person.get("consents").status_code == 404


def test_a_foreign_and_an_unknown_id_are_the_same_404(place: Place) -> None:
    """Nobody learns from these calls whether somebody else, or their consent, exists."""
    one, other = place.world.person(), place.world.person()
    one.asks_for_help(NEED)
    (given,) = one.get("consents").json()["consents"]
    answers = [
        other.http.request(method, f"/api/v1/conversations/{id}/{what}", headers=other.headers)
        for id in (one.id, "0" * 32, "x")
        for method, what in (("GET", "consents"), ("GET", "views"), ("POST", "restrict"), ("DELETE", "restrict"))
    ]
    answers += [
        other.http.post(f"{other.path}/consents/{id}/withdraw", headers=other.headers)
        for id in (given["id"], "0" * 32, "x")
    ]
    answers += [one.http.get(f"{one.path}/consents"), one.http.get(f"{one.path}/views", headers={"Authorization": "x"})]
    assert {(one.status_code, one.text) for one in answers} == {(404, answers[0].text)}
    assert one.get("consents").json()["consents"][0]["withdrawn_at"] is None


def test_the_files_hold_everything_and_run_nothing(place: Place) -> None:
    """The page to read holds every word and no script, whatever was typed; the other file is the export."""
    person = place.world.person()
    nasty = "<script>alert(1)</script> & <img src=x onerror=y>"
    person.says(nasty)
    person.taps("mine:take")
    number = person.sees[-1]["number"]
    page = person.get(f"messages/{number}/papers/1")
    assert page.headers["content-type"].startswith("text/html")
    assert "attachment" in page.headers["content-disposition"]
    assert nasty in unescape(page.text)
    assert "<script" not in page.text
    assert "<img" not in page.text
    assert "Mijn gegevens" in page.text
    held = json.loads(person.get(f"messages/{number}/papers/2").content)
    assert held.keys() == person.get("export").json().keys()


def test_the_calls_are_documented(place: Place) -> None:
    """The OpenAPI description names the new calls."""
    paths = place.world.http.get("/openapi.json").json()["paths"]
    for path, methods in {
        "consents": {"get"}, "consents/{consent_id}/withdraw": {"post"}, "views": {"get"}, "restrict": {"post", "delete"},
    }.items():  # fmt: skip
        assert set(paths[f"/api/v1/conversations/{{id}}/{path}"]) == methods


def test_what_is_typed_under_lock_is_read_only_after_it(place: Place) -> None:
    """Words to a counsellor under lock are kept, and reach nobody until the lock is off."""
    person = place.world.person()
    person.asks_for_help(NEED)
    with place.world.counsellor() as coach:
        id = _newest(coach, place.world, person)
        coach.does("claim", id)
        person.taps("mine:lock")
        assert "Geen mens leest het nu" in person.says("Ben je er nog?")[-1]["text"]
        assert coach.http.get(f"/api/v1/desk/requests/{id}").status_code == 409
        person.taps("mine:unlock")
        assert "Ben je er nog?" in [one["text"] for one in coach.opens(id)["messages"]]


def test_who_needs_a_human_under_lock_gets_one_after_a_question_of_its_own(hand: Hand) -> None:
    """Under lock a wish for a human and words of danger reach nobody before the person takes the lock off for them; then
    the request is read with everything that was said, and danger stands in front."""
    id = hand.request().id
    hand.say("mijn gegevens")
    hand.tap("mine:lock")
    said = hand.say("ik wil dood")
    assert "Bel nu 113" in said
    assert "slot eraf halen" in said
    with hand.world.counsellor() as coach:
        assert coach.http.get(f"/api/v1/desk/requests/{id}").status_code == 409
        assert "Het slot is eraf" in hand.tap("lift:person")
        opened = coach.opens(id)
        assert opened["urgent"]
        assert "ik wil dood" in [one["text"] for one in opened["messages"]]
    assert hand.world.rows(sa.select(restriction).where(restriction.c.person_id == hand.person_id())) == []


def _web(world: World) -> Hand:
    person = world.person()

    def read(messages: list[Json]) -> str:
        return "\n".join(one["text"] for one in messages)

    def tap(prefix: str) -> str:
        try:
            return read(person.chooses(prefix))
        except LookupError:
            return read(person.taps(prefix))

    return Hand(world, lambda: person.id, lambda text: read(person.says(text)), tap)


def _telegram(place: Place) -> Hand:
    phone = Phone(place.world, place.telegram, next(_chats))
    ids: list[str] = []

    def find() -> str:
        ids.extend(filter(None, [phone.id()]))
        return ids[-1]

    def after(act: Callable[[str], object]) -> Callable[[str], str]:
        """What came since: everything that was not there before, once nothing is on its way."""

        def done(words: str) -> str:
            before = {one.id for one in phone.sees()}

            def new() -> list[str]:
                return [one.text for one in phone.sees() if one.id not in before]

            act(words)
            phone.until(lambda: bool(new()) and phone.settled())
            return "\n".join(new())

        return done

    hand = Hand(place.world, find, after(phone.says), after(phone.taps))
    hand.say("/start")
    hand.tap("lang:nl")
    return hand


def _newest(coach: Counsellor, world: World, person: Person) -> str:
    mine = sa.select(support_request.c.id).where(support_request.c.conversation_id == person.id)
    id = str(world.rows(mine)[0].id)
    assert id in {one["id"] for one in coach.requests()}
    return id


def _call(person: Person, method: str, what: str) -> Json:
    answer = person.http.request(method, f"{person.path}/{what}", headers=person.headers)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found
