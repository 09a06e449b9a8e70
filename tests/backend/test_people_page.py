"""The page of people over HTTP: inviting, roles, a new second step, and what disabling does at once."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
import sqlalchemy as sa

from backend.accounts.models import account_invitation, totp
from backend.audit import audit_event
from backend.organisations.models import counsellor, desk_session
from backend.support_requests.models import support_request
from backend.together.models import pending_change
from desk_people import DeskPerson, people
from world import World

PASSWORD = "een heel lang wachtwoord"


@pytest.fixture(scope="module")
def desk(verder: World) -> Iterator[dict[str, DeskPerson]]:
    """Everybody at once; the privacy officer is a second administrator."""
    with people(verder) as found:
        again = sa.update(counsellor).where(counsellor.c.id == found["privacy_officer"].id)
        verder.do(lambda db: db.execute(again.values(role="organisation_admin")))
        yield found


def _code(page: str) -> str:
    return re.findall(r'<code class="desk-code">([\w-]+)</code>', page)[0]


def test_who_is_invited_begins_with_the_code(verder: World, desk: dict[str, DeskPerson]) -> None:
    """The code stands on the page once; with it the new colleague chooses a password and goes on to the second step.

    A taken address, a wrong one, no name and an unknown role make nobody."""
    admin = desk["organisation_admin"]
    before = verder.count(counsellor)
    for wrong in (
        {"email": "geen adres", "name": "Coach A"},
        {"email": "wie@voorbeeld.nl", "name": " "},
        {"email": "wie@voorbeeld.nl", "name": "Coach A", "role": "platform_admin"},
    ):
        assert admin.form("/desk/people", **wrong).status_code == 422
    assert verder.count(counsellor) == before
    page = admin.form("/desk/people", email="wie@voorbeeld.nl", name="Coach A", role="counsellor").text
    code = _code(page)
    assert code not in admin.http.get("/desk/people").text
    assert "wie@voorbeeld.nl" in admin.http.get("/desk/people").text
    assert admin.form("/desk/people", email="WIE@voorbeeld.nl", name="Coach A").status_code == 422
    with httpx.Client(base_url=verder.url, trust_env=False) as new:
        opened = new.post("/desk/welcome/open", data={"code": code})
        assert opened.status_code in (200, 303)
        chosen = new.post("/desk/welcome", data={"password": PASSWORD, "again": PASSWORD, "code": code})
        assert chosen.headers["location"] == "/desk/account/start"
        assert new.get("/desk").headers["location"].startswith("/desk/login")


def test_disabling_ends_everything_at_once(verder: World, desk: dict[str, DeskPerson]) -> None:
    """The sessions of a counsellor end, their requests wait for others again, and the account can be switched on again."""
    admin, gone = desk["organisation_admin"], desk["colleague"]
    verder.person().asks_for_help()
    of = support_request.c
    request = verder.rows(sa.select(of.id).where(of.status == "waiting").order_by(of.created_at.desc()))[0][0]
    assert gone.http.post(f"/api/v1/desk/requests/{request}/claim").status_code == 200
    assert admin.form(f"/desk/people/{gone.id}/disable").headers["location"] == "/desk/people?done=disable"
    assert gone.http.get("/api/v1/desk/me").status_code == 401
    assert verder.rows(sa.select(of.status, of.claimed_by).where(of.id == request)) == [("waiting", None)]
    assert verder.rows(sa.select(desk_session.c.id).where(desk_session.c.counsellor_id == gone.id)) == []
    page = admin.http.get("/desk/people").text
    assert f'action="/desk/people/{gone.id}/enable"' in page
    assert f'action="/desk/people/{gone.id}/role"' not in page
    assert admin.form(f"/desk/people/{gone.id}/enable").headers["location"] == "/desk/people?done=enable"
    actions = [row.action for row in verder.rows(sa.select(audit_event).where(audit_event.c.object == gone.id))]
    assert {"account.disabled", "account.enabled"} <= set(actions)


def test_a_new_second_step_takes_two(verder: World, desk: dict[str, DeskPerson]) -> None:
    """The old step works until a second administrator agrees; then it is gone, and the code begins a new one."""
    admin, second, one = desk["organisation_admin"], desk["privacy_officer"], desk["counsellor"]
    values = {"counsellor_id": one.id, "secret": b"x", "last_step": 0, "confirmed_at": 1}
    verder.do(lambda db: db.execute(sa.insert(totp), values))
    page = admin.form(f"/desk/people/{one.id}/factors").text
    assert "De code werkt pas als de tweede persoon akkoord is." in page
    code, mine = _code(page), sa.select(totp.c.counsellor_id).where(totp.c.counsellor_id == one.id)
    assert len(verder.rows(mine)) == 1
    of = pending_change.c
    id = verder.rows(sa.select(of.id).where(of.counsellor_id == one.id, of.state == "waiting"))[0][0]
    assert second.form(f"/desk/changes/{id}/agree").status_code == 303
    assert verder.rows(mine) == []
    assert one.http.get("/api/v1/desk/me").status_code == 401
    kinds = sa.select(account_invitation.c.kind).where(account_invitation.c.counsellor_id == one.id)
    assert verder.rows(kinds) == [("factors",)]
    with httpx.Client(base_url=verder.url, trust_env=False, follow_redirects=True) as new:
        assert "Deze uitnodiging werkt niet meer" not in new.post("/desk/welcome/open", data={"code": code}).text


def test_a_role_takes_the_requests_that_it_cannot_answer_back(verder: World, desk: dict[str, DeskPerson]) -> None:
    """Who becomes an auditor keeps no request: it waits for others again."""
    admin, second, one = desk["organisation_admin"], desk["privacy_officer"], desk["team_lead"]
    verder.person().asks_for_help()
    of = support_request.c
    request = verder.rows(sa.select(of.id).where(of.status == "waiting").order_by(of.created_at.desc()))[0][0]
    assert one.http.post(f"/api/v1/desk/requests/{request}/claim").status_code == 200
    assert admin.form(f"/desk/people/{one.id}/role", role="auditor").status_code == 303
    id = verder.rows(sa.select(pending_change.c.id).where(pending_change.c.counsellor_id == one.id))[0][0]
    assert second.form(f"/desk/changes/{id}/agree").status_code == 303
    assert verder.rows(sa.select(of.status, of.claimed_by).where(of.id == request)) == [("waiting", None)]
