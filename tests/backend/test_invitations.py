"""Promises about a school's invitations: nobody answers twice, nobody is in them, and nobody can be found through them."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from io import BytesIO
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
import zxingcpp
from PIL import Image

from backend.conversations.models import conversation
from backend.db import now
from backend.documents.invitation_sheet import make_cards, square
from backend.errors import Refused
from backend.invitations import service
from backend.invitations.cards import Cards, web_link
from backend.invitations.models import invitation, invitation_code
from backend.organisations.models import organisation
from dialogs.codes import INVITATION, SIGNS, grouped
from passwords import PASSWORD
from sizes import size
from world import World

DAY = 24 * 3600 * 1_000_000
VSO = {"vso_profile": "arbeidsmarktgericht", "left_school_date": "2026-07-17"}


def school(world: World, kind: str = "vso") -> str:
    """The id of the demo school of a kind."""
    return str(world.rows(sa.select(organisation.c.id).where(organisation.c.kind == kind))[0].id)


def invite(world: World, kind: str = "vso", **more: Any) -> service.Invitation:
    """A new invitation of the demo school."""
    values = {"facts": VSO if kind == "vso" else {}, "people": 1, "shared": False, "days": 30, "at": now(), **more}
    of = school(world, kind)
    id = world.do(lambda db: service.make(db, of, actor="operator", **values))
    made: service.Invitation = world.do(lambda db: service.one_invitation(db, of, id))
    return made


def counts(world: World, made: service.Invitation) -> tuple[int, int]:
    """How often the codes were opened and used, as the tables have it."""
    opened = sa.select(sa.func.sum(invitation_code.c.opened)).where(invitation_code.c.invitation_id == made.id)
    used = sa.select(invitation.c.used).where(invitation.c.id == made.id)
    return int(world.rows(opened)[0][0]), int(world.rows(used)[0][0])


@contextmanager
def desk(world: World, kind: str) -> Iterator[httpx.Client]:
    """The desk's pages as a counsellor of an organisation sees them."""
    with httpx.Client(base_url=world.url, trust_env=False, timeout=30, follow_redirects=True) as http:
        form = {"email": f"coach.a@{kind}.example", "password": PASSWORD, "next": "/desk"}
        assert http.post("/desk/login", data=form).status_code == 200
        yield http


def csrf(page: str) -> str:
    """The token in a page's forms."""
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found
    return found[1]


def test_a_code_answers_for_the_class(verder: World) -> None:
    """Who opens the chat with a code sees what the school knows, says yes, and is asked none of it; both are counted."""
    made = invite(verder, people=6)
    person = verder.person(start=made.codes[0])
    assert "Demo" in person.sees[-1]["text"]
    assert "17 juli 2026" in person.sees[-1]["text"]
    person.chooses("invited:yes")
    facts = person.get("export").json()["conversation"]["state"]["facts"]
    assert facts == {"school_type": "vso", **VSO}
    assert counts(verder, made) == (1, 1)
    person.chooses("goal:rights")
    asked = {choice["id"].split(":")[1] for choice in person.sees[-1]["choices"] if choice["id"].startswith("a:")}
    assert not asked & set(facts)


def test_the_school_gets_the_request(verder: World) -> None:
    """The school that invited is the first one who can be asked, by its name."""
    person = verder.person(start=invite(verder).codes[0])
    for choice in ("invited:yes", "person"):
        person.chooses(choice)
    person.says("Ik zoek werk in een winkel.")
    person.chooses("kind:work")
    assert person.sees[-1]["choices"][0]["id"] == f"school:{school(verder)}"
    person.chooses("school:")
    person.chooses("consent:yes")
    with verder.counsellor("vso") as coach:
        assert coach.requests()


@pytest.mark.parametrize("bad", ["unknown", "revoked", "expired", "worn", "nonsense", "' or 1=1 --"])
def test_a_code_that_is_not_good_is_a_normal_start(verder: World, bad: str) -> None:
    """Unknown, withdrawn, expired, used too often or no code at all: the same kind words, and the menu."""
    code = {"unknown": "BCD23FGH46JKM78"}.get(bad, bad)
    if bad in ("revoked", "expired", "worn"):
        made = invite(verder, at=now() - 31 * DAY) if bad == "expired" else invite(verder)
        code = made.codes[0]
        if bad == "revoked":
            of = school(verder)
            verder.do(lambda db: service.revoke(db, of, made.id, actor="operator", at=now()))
        for _ in range(5 if bad == "worn" else 0):
            verder.person(start=code)
    person = verder.person(start=code)
    said = [message["text"] for message in person.sees]
    assert any(text.startswith("Deze code werkt niet.") for text in said)
    assert any(choice["id"] == "goal:rights" for choice in person.sees[-1]["choices"])


def test_guessing_finds_nothing(verder: World) -> None:
    """Codes of the right shape that nobody made open nothing, and what a wrong code gets is always the same."""
    invite(verder, people=40)
    strangers = ("".join(signs) for signs in itertools.product(SIGNS[:2], repeat=INVITATION))
    tried = [code[:-1] + "B" for code in itertools.islice(strangers, size(300, 10_000))]
    answers = {verder.do(lambda db, code=code: service.use(db, code, at=now())).__class__.__name__ for code in tried}
    assert answers == {"NotInvited"}
    assert len(SIGNS) ** INVITATION > 2**60


def test_who_is_still_at_school_is_not_said_to_have_left(verder: World) -> None:
    """A leaving day that is still to come tells only that somebody is at school now."""
    made = invite(verder, facts={"left_school_date": "2099-07"})
    news = verder.do(lambda db: service.use(db, made.codes[0], at=now()))
    assert news.facts == {"school_type": "vso", "still_at_same_school": True}


@pytest.mark.parametrize(
    "facts",
    [{"name": "Coach A"}, {"diploma_kind": "Coach A"}, {"municipality": "Utrecht"}, {"vso_profile": "Coach A"},
     {"left_school_date": "Coach A"}, {"school_type": "mbo"}, {"birth_date": "2008-01-01"}, {"mbo_level": 2}],
)  # fmt: skip
def test_there_is_no_room_for_a_person(verder: World, facts: dict[str, object]) -> None:
    """Words, birth dates, and what is not true of a whole class are refused."""
    with pytest.raises(Refused) as refused:
        invite(verder, facts=facts)
    assert refused.value.status == 422


def test_nothing_links_a_code_to_who_used_it(verder: World) -> None:
    """After a yes neither the conversation nor its open state holds the code or the invitation; few are not counted."""
    made = invite(verder)
    person = verder.person(start=made.codes[0])
    person.chooses("invited:yes")
    held = json.dumps(person.get("export").json())
    assert made.codes[0] not in held
    assert made.id not in held
    assert (made.opened, made.used) == (None, None)
    assert invite(verder, people=5).used == 0
    assert not {"code", "invitation_id"} & set(conversation.c.keys())


def test_the_desk_of_a_school_makes_prints_and_withdraws(verder: World) -> None:
    """A counsellor of a school makes codes once however often the form is sent, prints cards, and takes them back."""
    with desk(verder, "vso") as http:
        assert "/desk/invitations" in http.get("/desk").text
        page = http.get("/desk/invitations").text
        form = {"csrf": csrf(page), "key": "k1" + csrf(page)[:8], "people": "7", "days": "30", **VSO, "shared": "yes"}
        for _ in range(2):
            page = http.post("/desk/invitations", data=form).text
        ids = re.findall(r'id="i([0-9a-f]{32})"', page)
        newest = ids[0]
        mine = sa.select(sa.func.count()).select_from(invitation_code).where(invitation_code.c.invitation_id == newest)
        assert verder.rows(mine)[0][0] == 1
        assert len(ids) == len(set(ids))
        answer = http.get(f"/desk/invitations/{newest}/cards.pdf")
        assert answer.content.startswith(b"%PDF")
        assert "invitation" not in answer.headers["content-disposition"]
        refused = http.post("/desk/invitations", data={**form, "key": "other", "name": "Coach A"})
        assert refused.status_code == 422
        page = http.post(f"/desk/invitations/{newest}/revoke", data={"csrf": csrf(page)}).text
        assert f"/desk/invitations/{newest}/cards.pdf" not in page
        assert http.post(f"/desk/invitations/{newest}/revoke", data={"csrf": "x"}).status_code == 403
    with desk(verder, "gemeente") as http:
        assert "/desk/invitations" not in http.get("/desk").text
        assert http.get("/desk/invitations").status_code == 404
    with desk(verder, "pro") as http:
        token = csrf(http.get("/desk/invitations").text)
        assert http.get(f"/desk/invitations/{newest}/cards.pdf").status_code == 404
        assert http.post(f"/desk/invitations/{newest}/revoke", data={"csrf": token}).status_code == 404


def test_the_short_address_leads_to_the_chat(verder: World) -> None:
    """A card's address goes on to the chat with the code, is kept by nobody, and takes nothing else along."""
    with httpx.Client(base_url=verder.url, trust_env=False) as http:
        answer = http.get("/s/bcd23-fgh46-jkm78")
        assert (answer.status_code, answer.headers["location"]) == (303, "/chat?start=BCD23FGH46JKM78")
        assert answer.headers["cache-control"] == "no-store"
        assert http.get("/s/javascript:alert(1)").headers["location"] == "/chat"


def test_the_squares_are_read_by_a_reader_and_the_sheet_has_a_card_each() -> None:
    """The square code holds exactly the link; a sheet has ten cards a page and opens as PDF."""
    link = web_link("https://verder.example/", "BCD23FGH46JKM78")
    (read,) = zxingcpp.read_barcodes(Image.open(BytesIO(square(link))).convert("L"))
    assert read.text == link == "https://verder.example/s/BCD23FGH46JKM78"
    codes = [service.new_code() for _ in range(11)]
    cards = Cards(codes=codes, web="https://verder.example", bot="verder_bot", until=date(2027, 3, 1), shared=False)
    pdf = make_cards(cards)
    assert pdf.startswith(b"%PDF")
    assert pdf.count(b"/Type /Page\n") == 2
    assert grouped(codes[0]) not in pdf.decode("latin-1").partition("/Title")[2][:200]
