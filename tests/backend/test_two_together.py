"""Two persons together: changes that a second administrator must agree to, and access in an emergency."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
import sqlalchemy as sa

from backend import main
from backend.access.roles import Role
from backend.audit import audit_event
from backend.db import now
from backend.organisations.models import counsellor, desk_session
from backend.support_requests.models import support_request
from backend.together.keeping import settle_all
from backend.together.models import emergency_access, pending_change
from desk_people import DeskPerson, new_person, people
from world import Person, World

DAY = 24 * 3600 * 1_000_000
REASON = "De organisatie is onbereikbaar."


@pytest.fixture
def desk(verder: World) -> Iterator[dict[str, DeskPerson]]:
    """Everybody at once, new for each test, and a second administrator of the gemeente."""
    with people(verder) as found:
        with _more(verder, found, "organisation_admin", "second"), _more(verder, found, "platform_admin", "platform_2"):
            yield found


@contextmanager
def _more(world: World, found: dict[str, DeskPerson], role: Role, name: str) -> Iterator[None]:
    """One more person while the block runs."""
    with httpx.Client(base_url=world.url, trust_env=False, timeout=60) as http:
        found[name] = new_person(world, http, "Demo Gemeente", role)
        yield


def _role(world: World, one: DeskPerson) -> str:
    return str(world.rows(sa.select(counsellor.c.role).where(counsellor.c.id == one.id))[0][0])


def _waiting(world: World, person: str) -> str:
    of = pending_change.c
    found = sa.select(of.id).where(of.counsellor_id == person, of.state == "waiting")
    return str(world.rows(found)[0][0])


def _actions(world: World, object: str) -> list[str]:
    of = audit_event.c
    return [row.action for row in world.rows(sa.select(of.action).where(of.object == object).order_by(of.id))]


def _forget(world: World, one: DeskPerson) -> None:
    """The last proof of who they are is a day old."""
    mine = sa.update(desk_session).where(desk_session.c.counsellor_id == one.id)
    world.do(lambda db: db.execute(mine.values(confirmed_at=now() - DAY)))


def test_a_role_is_given_by_two(verder: World, desk: dict[str, DeskPerson]) -> None:
    """Asked by one, nothing happens; not who asked, not whom it is about, nobody elsewhere and no other role can agree; a
    second administrator can, once, and the sessions of whom it is about end. Each step is in the trail."""
    first, second, third = desk["organisation_admin"], desk["second"], desk["colleague"]
    asked = first.form(f"/desk/people/{third.id}/role", role="organisation_admin")
    assert asked.headers["location"] == "/desk/people?done=asked"
    assert _role(verder, third) == "counsellor"
    id = _waiting(verder, third.id)
    assert first.form(f"/desk/people/{third.id}/role", role="auditor").status_code == 409
    page = first.http.get("/desk/people").text
    assert "krijgt de rol beheerder van de organisatie." in page
    assert f"/desk/changes/{id}/stop" in page
    assert f"/desk/changes/{id}/agree" not in page
    assert first.form(f"/desk/changes/{id}/agree").status_code == 403
    unknown = desk["school_admin"].form(f"/desk/changes/{'0' * 32}/agree")
    elsewhere = desk["school_admin"].form(f"/desk/changes/{id}/agree")
    assert (elsewhere.status_code, elsewhere.text) == (unknown.status_code, unknown.text) == (404, unknown.text)
    assert desk["platform_admin"].form(f"/desk/changes/{id}/agree").status_code == 404
    for role in ("counsellor", "team_lead", "privacy_officer", "auditor"):
        assert desk[role].form(f"/desk/changes/{id}/agree").status_code == 403
    assert "Er wacht een verandering op jouw akkoord." in second.http.get("/desk/connections").text
    assert f"/desk/changes/{id}/agree" in second.http.get("/desk/people").text
    assert second.form(f"/desk/changes/{id}/agree").headers["location"] == "/desk/people?done=agree"
    assert _role(verder, third) == "organisation_admin"
    assert third.http.get("/desk").headers["location"].startswith("/desk/login")
    assert second.form(f"/desk/changes/{id}/agree").status_code == 404
    steps = ["account.asked.organisation_admin", "account.agreed", "account.role.organisation_admin"]
    assert [one for one in _actions(verder, third.id) if one in steps] == steps


def test_whom_it_is_about_cannot_agree_and_anybody_can_stop_it(verder: World, desk: dict[str, DeskPerson]) -> None:
    """An administrator may not agree to their own; stopping is open to each of them and changes nothing."""
    first, second = desk["organisation_admin"], desk["second"]
    first.form(f"/desk/people/{second.id}/disable")
    id = _waiting(verder, second.id)
    assert second.form(f"/desk/changes/{id}/agree").status_code == 403
    assert second.form(f"/desk/changes/{id}/stop").headers["location"] == "/desk/people?done=stop"
    assert second.http.get("/desk/people").status_code == 200
    assert _actions(verder, second.id)[-2:] == ["account.asked.disable", "account.stopped"]
    assert first.form(f"/desk/people/{first.id}/role", role="counsellor").status_code == 422
    assert first.form(f"/desk/people/{desk['platform_admin'].id}/disable").status_code == 422


def test_asking_and_agreeing_need_fresh_proof(verder: World, desk: dict[str, DeskPerson]) -> None:
    """Who last proved who they are long ago is sent to do so first, whether they ask or agree."""
    first, second, third = desk["organisation_admin"], desk["second"], desk["auditor"]
    first.form(f"/desk/people/{third.id}/role", role="counsellor")
    id = _waiting(verder, third.id)
    for one, path in ((second, f"/desk/changes/{id}/agree"), (first, f"/desk/people/{third.id}/factors")):
        before = verder.rows(sa.select(desk_session.c.confirmed_at).where(desk_session.c.counsellor_id == one.id))[0][0]
        _forget(verder, one)
        assert one.form(path).headers["location"].startswith("/desk/account/confirm")
        mine = sa.update(desk_session).where(desk_session.c.counsellor_id == one.id)
        verder.do(lambda db, mine=mine, before=before: db.execute(mine.values(confirmed_at=before)))
    assert _role(verder, third) == "auditor"
    first.form(f"/desk/changes/{id}/stop")


def test_an_administrator_is_invited_by_two(verder: World, desk: dict[str, DeskPerson]) -> None:
    """The code is shown to who invites, and opens nothing before a second one agreed; a counsellor's works at once."""
    first, second = desk["organisation_admin"], desk["second"]
    page = first.form("/desk/people", name="Coach A", email="twee-1@voorbeeld.nl", role="privacy_officer").text
    code = re.findall(r'<code class="desk-code">([\w-]+)</code>', page)[0]
    assert "De code werkt pas als de tweede persoon akkoord is." in page
    assert "Deze uitnodiging werkt niet meer" in _opens(first, code)
    of = pending_change.c
    newest = sa.select(of.id, of.counsellor_id).where(of.kind == "invite").order_by(of.asked_at.desc())
    id, person = verder.rows(newest)[0]
    assert second.form(f"/desk/changes/{id}/agree").status_code == 303
    assert "Deze uitnodiging werkt niet meer" not in _opens(first, code)
    assert "account.enabled" in _actions(verder, person)
    alone = first.form("/desk/people", name="Coach A", email="twee-2@voorbeeld.nl", role="counsellor").text
    code = re.findall(r'<code class="desk-code">([\w-]+)</code>', alone)[0]
    assert "De code werkt pas" not in alone
    assert "Deze uitnodiging werkt niet meer" not in _opens(first, code)


def _opens(one: DeskPerson, code: str) -> str:
    """The page behind a code, in a browser of nobody."""
    with httpx.Client(base_url=one.http.base_url, trust_env=False, follow_redirects=True) as http:
        return http.post("/desk/welcome/open", data={"code": code}).text


@pytest.mark.anyio
async def test_with_one_administrator_who_runs_the_platform_agrees(fresh: World) -> None:
    """Only they see it then, at their own page; where there is nobody at all everybody reads it on every page, and after
    three days it happens by itself, unless it was stopped or whoever asked is no administrator any more."""
    with people(fresh) as desk:
        admin, platform, school = desk["school_admin"], desk["platform_admin"], desk["school"]
        admin.form(f"/desk/people/{school.id}/role", role="team_lead")
        id = _waiting(fresh, school.id)
        assert "Demo Praktijkschool" in platform.http.get("/desk/tenants").text
        assert platform.form(f"/desk/changes/{id}/agree").headers["location"] == "/desk/tenants?done=agree"
        assert _role(fresh, school) == "team_lead"
        nobody = sa.update(counsellor).where(counsellor.c.role == "platform_admin").values(disabled=True)
        fresh.do(lambda db: db.execute(nobody))
        lead = desk["school_lead"]
        admin.form(f"/desk/people/{lead.id}/role", role="auditor")
        admin.form(f"/desk/people/{school.id}/role", role="counsellor")
        for one in (admin, lead):
            assert one.http.get("/desk/account").text.count("Het gebeurt vanzelf op") == 2
        assert "Het gebeurt vanzelf op" not in desk["counsellor"].http.get("/desk/account").text
        admin.form(f"/desk/changes/{_waiting(fresh, school.id)}/stop")
        database, vault = fresh.service.database, fresh.service.host.vault
        assert await settle_all(database, vault, at=now() + 3 * DAY - 60_000_000) == 0
        done = await asyncio.gather(*(settle_all(database, vault, at=now() + 3 * DAY) for _ in range(2)))
        assert max(done) == 1
        assert (_role(fresh, lead), _role(fresh, school)) == ("auditor", "team_lead")
        assert _actions(fresh, lead.id).count("account.by_itself") == 1
        admin.form(f"/desk/people/{school.id}/role", role="counsellor")
        fresh.do(lambda db: db.execute(sa.update(counsellor).where(counsellor.c.id == admin.id).values(disabled=True)))
        assert await settle_all(database, vault, at=now() + 3 * DAY) == 1
        assert (_role(fresh, school), _actions(fresh, school.id)[-1]) == ("team_lead", "account.lapsed")


@pytest.fixture
def asked(verder: World) -> tuple[Person, str]:
    """A person with a new request to the gemeente."""
    person = verder.person()
    person.asks_for_help()
    mine = sa.select(support_request.c.id).where(support_request.c.conversation_id == person.id)
    return person, str(verder.rows(mine)[0][0])


def _emergency(world: World, request_id: str) -> str:
    of = emergency_access.c
    return str(world.rows(sa.select(of.id).where(of.request_id == request_id).order_by(of.asked_at.desc()))[0][0])


@pytest.mark.parametrize("second", ["platform_2", "privacy_officer"])
def test_two_open_one_request_in_an_emergency(
    verder: World, desk: dict[str, DeskPerson], asked: tuple[Person, str], second: str
) -> None:
    """Who runs the platform reads a request only after a second one agreed, only that one and only reading; the
    organisation sees it at the request, with its openings and in the trail, and the young person in who looked."""
    person, request_id = asked
    first, other = desk["platform_admin"], desk[second]
    address = f"https://verder.example/desk/requests/{request_id}"
    assert first.form("/desk/emergency", number=address, reason=REASON).headers["location"].endswith("?done=asked")
    id = _emergency(verder, request_id)
    assert first.http.get(f"/desk/emergency/{id}").status_code == 404
    assert first.form(f"/desk/emergency/{id}/agree").status_code == 403
    assert "Iemand vraagt om in nood een vraag te lezen." in other.http.get("/desk/account").text
    assert REASON in other.http.get("/desk/emergency").text
    assert other.form(f"/desk/emergency/{id}/agree").headers["location"].endswith("?done=agree")
    page = first.http.get(f"/desk/emergency/{id}")
    assert "Ik zoek werk in een winkel." in page.text
    assert "/reply" not in page.text
    assert other.http.get(f"/desk/emergency/{id}").status_code in (403, 404)
    assert first.http.get(f"/desk/requests/{request_id}").status_code == 403
    assert first.http.get(f"/api/v1/desk/requests/{request_id}").status_code == 403
    for reader, path in (("counsellor", f"/desk/requests/{request_id}"), ("team_lead", "/desk/openings")):
        assert f"leest nu mee met vraag {request_id[:6]}" in desk[reader].http.get(path).text
    assert "emergency.read" in desk["auditor"].http.get("/desk/trail").text
    views = person.get("views").json()["views"]
    assert [one["action"] for one in views].count("emergency.read") == 1
    told = person.says("wie keek ernaar")[-1]["text"]
    assert "een beheerder van Verder. Er was snel hulp nodig." in told
    assert first.form(f"/desk/emergency/{id}/finish").status_code == 303
    assert first.http.get(f"/desk/emergency/{id}").status_code == 404
    assert f"kon vraag {request_id[:6]} lezen" in desk["counsellor"].http.get(f"/desk/requests/{request_id}").text
    steps = ["emergency.asked", "emergency.agreed", "emergency.read", "emergency.ended"]
    assert [one for one in _actions(verder, request_id) if one in steps] == steps


@pytest.mark.anyio
async def test_an_emergency_ends_by_itself(
    verder: World, desk: dict[str, DeskPerson], asked: tuple[Person, str]
) -> None:
    """After an hour it reads no more, before anything was written down about it; unanswered it lapses after a day."""
    _, request_id = asked
    first = desk["platform_admin"]
    first.form("/desk/emergency", number=request_id, reason=REASON)
    id, of = _emergency(verder, request_id), emergency_access.c
    assert desk["platform_2"].form(f"/desk/emergency/{id}/agree").status_code == 303
    ends = verder.rows(sa.select(of.ends_at - of.agreed_at).where(of.id == id))[0][0]
    assert ends == 60 * 60 * 1_000_000
    verder.do(lambda db: db.execute(sa.update(emergency_access).where(of.id == id).values(ends_at=now())))
    assert first.http.get(f"/desk/emergency/{id}").status_code == 404
    database, vault = verder.service.database, verder.service.host.vault
    await settle_all(database, vault, at=now())
    assert _actions(verder, request_id)[-1] == "emergency.ended"
    first.form("/desk/emergency", number=request_id, reason=REASON)
    await settle_all(database, vault, at=now() + DAY)
    again = _emergency(verder, request_id)
    assert verder.rows(sa.select(of.state).where(of.id == again))[0][0] == "expired"
    assert desk["platform_2"].form(f"/desk/emergency/{again}/agree").status_code in (404, 409)


def test_no_emergency_goes_around_the_person(
    verder: World, desk: dict[str, DeskPerson], asked: tuple[Person, str]
) -> None:
    """On lock or after the consent was taken back nothing opens, not even what two agreed to; without a reason or for an
    unknown request nothing is asked; another organisation's privacy officer sees nothing."""
    person, request_id = asked
    first, second = desk["platform_admin"], desk["platform_2"]
    for number, reason in ((request_id, "  "), ("0" * 32, REASON), (request_id[:6], REASON)):
        assert first.form("/desk/emergency", number=number, reason=reason).status_code == 422
    assert first.form("/desk/emergency", number=request_id, reason=REASON).status_code == 303
    assert first.form("/desk/emergency", number=request_id, reason=REASON).status_code == 409
    id = _emergency(verder, request_id)
    assert second.form(f"/desk/emergency/{id}/agree").status_code == 303
    person.says("zet op slot")
    assert first.http.get(f"/desk/emergency/{id}").status_code == 409
    assert "Ik zoek werk" not in first.http.get(f"/desk/emergency/{id}").text
    assert first.form(f"/desk/emergency/{id}/finish").status_code == 303
    assert first.form("/desk/emergency", number=request_id, reason=REASON).status_code == 409


def test_the_machine_gives_any_role(
    verder: World, desk: dict[str, DeskPerson], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`verder admin counsellor role` needs nobody else; it is in the trail as the operator's."""
    one = desk["auditor"]
    monkeypatch.setenv("VERDER_DATABASE_URL", verder.service.settings.database_url)
    monkeypatch.setenv("VERDER_KEY_FILE", str(verder.service.settings.key_file))
    email = verder.do(
        lambda db: verder.service.host.vault.open(
            db,
            one.id,
            "counsellor.email",
            one.id,
            db.execute(sa.select(counsellor.c.email).where(counsellor.c.id == one.id)).scalar_one(),
        ).decode()
    )
    assert main.main(["admin", "counsellor", "role", email, "platform_admin"]) == 0
    assert _role(verder, one) == "platform_admin"
    assert "account.role.platform_admin" in _actions(verder, one.id)
