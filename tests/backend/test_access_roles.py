"""Who may do what at the desk: every route, every role, and whose it is, with no row missing."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator

import httpx
import pytest
import sqlalchemy as sa

from backend.access.roles import ACTS, ROLES, WHOSE, Role, answer, home, may_ever
from backend.access.routes import ACT_OF, OPEN_TO_ALL, act_of
from backend.app import create_app
from backend.audit import audit_event
from backend.connections.models import api_token
from backend.connections.tokens import make_token
from backend.connections.webhooks import make_webhook
from backend.db import Transaction, now
from backend.invitations.service import make as make_invitation
from backend.organisations.counsellors import Counsellor
from backend.queues.models import queue
from backend.support_requests.models import support_request
from desk_people import DeskPerson, people
from route_table import routes_of
from world import World

WITHOUT_CONTENT: tuple[Role, ...] = ("organisation_admin", "privacy_officer", "auditor", "platform_admin")
CONTENT = ("list_requests", "read_request", "answer_request", "reassign_request")
BODIES = {
    "reply": {"text": "Hoi"},
    "note": {"text": "Hoi"},
    "transfer": {"queue": "0" * 32, "reason": "Omdat."},
    "reassign": {"counsellor": "0" * 32, "reason": "Omdat."},
    "open": {"reason": "absent"},
    "decline": {"reason": "Omdat."},
    "writing": {"text": "Hoi"},
    "offer": {"step": "start"},
}
ACTIONS = {"/requests/": "reply", "/handovers/": "decline", "/document/": "invite", "/webhooks/": "stop"}


def test_the_table_has_an_answer_for_everything() -> None:
    """Every role, act and owner has an answer; what is another organisation's is always no."""
    for role in ROLES:
        assert may_ever(role, "own_account")
        assert home(role).startswith("/desk")
        for act in ACTS:
            assert {answer(role, act, whose) for whose in WHOSE} <= {"yes", "reason", "no"}
            assert answer(role, act, "other") == "no"


def test_who_manages_sees_no_content() -> None:
    """Administrators, privacy officers, auditors and who runs the platform may not list, read or answer requests."""
    assert {answer(role, act, whose) for role in WITHOUT_CONTENT for act in CONTENT for whose in WHOSE} == {"no"}


def test_every_route_of_the_desk_has_its_row(verder: World) -> None:
    """A route of the desk without an act fails here, and so does an act of a route that is gone."""
    routes = {one for one in routes_of(create_app(verder.service, worker=False)) if re.search(r" (/api/v1)?/desk", one)}
    assert routes - set(ACT_OF) - OPEN_TO_ALL == set()
    assert (set(ACT_OF) | OPEN_TO_ALL) - routes == set()
    assert act_of("HEAD", "/desk") == act_of("GET", "/desk")


@pytest.fixture(scope="module")
def desk(verder: World) -> Iterator[dict[str, DeskPerson]]:
    """Everybody at once; the test that uses them changes nothing that another one needs."""
    with people(verder) as found:
        yield found


def _ids(world: World, desk: dict[str, DeskPerson]) -> dict[str, dict[str, str]]:
    """By the name of a route's parameter, what is one's own, a colleague's and another organisation's."""
    requests = {}
    for whose, owner in (("own", "counsellor"), ("colleague", "colleague")):
        world.person().asks_for_help()
        newest = sa.select(support_request.c.id).where(support_request.c.status == "waiting")
        requests[whose] = world.rows(newest.order_by(support_request.c.created_at.desc()))[0][0]
        assert desk[owner].http.post(f"/api/v1/desk/requests/{requests[whose]}/claim").status_code == 200
    elsewhere = desk["school"].organisation_id
    queues = world.rows(sa.select(queue.c.id, queue.c.organisation_id))
    admin = desk["school_admin"]
    by = Counsellor(admin.id, elsewhere, "Coach A", "organisation_admin")

    def make(db: Transaction) -> tuple[str, str, str]:
        make_token(db, by, name="Zaken", scopes=["figures"], at=now())
        id, _ = make_webhook(
            db, world.service.host.vault, by, url="https://zaken.example/", events=["opened"], at=now()
        )
        invitation = make_invitation(db, elsewhere, facts={}, people=2, shared=False, days=9, actor=by.id, at=now())
        return (
            db.execute(sa.select(api_token.c.id).where(api_token.c.made_by == by.id)).scalars().first(),
            id,
            invitation,
        )

    token, hook, invitation = world.do(make)
    foreign = next(row.id for row in queues if row.organisation_id == elsewhere)
    return {
        "request_id": requests,
        "person_id": {"colleague": desk["colleague"].id, "other": desk["school"].id},
        "token_id": {"other": token},
        "webhook_id": {"other": hook},
        "id": {"other": foreign, "invitation": invitation},
    }


def _asked(http: httpx.Client, route: str, ids: dict[str, str], csrf: str) -> httpx.Response:
    """One request to a route, with these ids in their places and a body that would do."""
    method, _, path = route.partition(" ")
    action = next((one for part, one in ACTIONS.items() if part in path and f"{part}{{" in path), "x")
    action = next((one for part, one in reversed(ACTIONS.items()) if part in path), action)
    values = {"action": action, "kind": "pdf", "name": "x"}
    filled = re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: ids.get(found[1]) or values.get(found[1]) or "0" * 32, path)
    if method == "GET":
        return http.get(filled)
    if path.startswith("/api/"):
        return http.post(filled, json=BODIES.get(path.rpartition("/")[2]))
    return http.post(filled, data={"csrf": csrf, "text": "Hoi", "note": "Hoi", "reason": "absent", "role": "auditor"})


def test_nobody_and_the_wrong_role_get_in_nowhere(verder: World, desk: dict[str, DeskPerson]) -> None:
    """Without a session every route sends to the log-in; a young person's token changes nothing; a role without the act
    gets 403, whatever the id."""
    young = verder.person()
    for route, act in ACT_OF.items():
        for headers in ({}, young.headers):
            desk["nobody"].http.headers.update(headers)
            refused = _asked(desk["nobody"].http, route, {}, "")
            assert refused.status_code in (401, 303), (route, refused.status_code)
        for role in ROLES:
            if not may_ever(role, act):
                refused = _asked(desk[role].http, route, {}, desk[role].csrf)
                assert refused.status_code == 403, (route, role, refused.status_code)


def test_what_is_elsewhere_does_not_exist(verder: World, desk: dict[str, DeskPerson]) -> None:
    """For whoever may do it at all, an id of another organisation gives exactly the answer of an id that is none."""
    ids = _ids(verder, desk)
    request = ids["request_id"]["own"]
    holders = {"request_id": ("school_lead", {"other": request})}
    tried = 0
    for route, act in ACT_OF.items():
        for name in re.findall(r"\{(\w+)\}", route):
            who_may = [role for role in ROLES if may_ever(role, act)]
            person, found = desk[who_may[0]], ids.get(name, {})
            if name in holders:
                person, found = desk["school_lead"], holders[name][1]
            foreign = found.get("invitation") if "invitations" in route else found.get("other")
            unknown = _asked(person.http, route, {name: secrets.token_hex(16)}, person.csrf)
            assert unknown.status_code in (303, 404, 422), (route, unknown.status_code, unknown.text[-900:])
            if foreign:
                there = _asked(person.http, route, {name: foreign}, person.csrf)
                assert there.status_code == unknown.status_code, (route, there.status_code)
                assert _plain(there.text, foreign) == _plain(unknown.text, ""), route
                tried += 1
    assert tried > 20


def _plain(text: str, id: str) -> str:
    """An answer without what differs each time: ids and keys."""
    return re.sub(r"[0-9a-f]{32}|[\w-]{22}(?=[\"-])", "", text)


def test_own_opens_and_a_colleagues_asks_why(verder: World, desk: dict[str, DeskPerson]) -> None:
    """One's own opens; a colleague's asks a counsellor for a reason first; the team lead looks along without one."""
    requests = _ids(verder, desk)["request_id"]
    for path in ("/api/v1/desk/requests/", "/desk/requests/"):
        assert desk["counsellor"].http.get(path + requests["own"]).status_code == 200
        assert desk["counsellor"].http.get(path + requests["colleague"]).status_code == 403
        assert desk["team_lead"].http.get(path + requests["colleague"]).status_code == 200
    refused = desk["counsellor"].http.get(f"/api/v1/desk/requests/{requests['colleague']}").json()["error"]
    assert refused["code"] == "reason_needed"
    for more in ("/consents", "/live?wait=false"):
        page = desk["counsellor"].http.get(f"/desk/requests/{requests['colleague']}{more}")
        assert "Ik zoek werk" not in page.text


def test_a_team_lead_gives_a_colleagues_request_to_another(verder: World, desk: dict[str, DeskPerson]) -> None:
    """Only the team lead can, and only to who answers in that queue; both colleagues read why, and the person hears it."""
    request, lead, owner = _ids(verder, desk)["request_id"]["colleague"], desk["team_lead"], desk["colleague"]
    path = f"/api/v1/desk/requests/{request}"
    to_counsellor = {"counsellor": desk["counsellor"].id, "reason": "Coach A is ziek."}
    for other in (owner, desk["counsellor"], desk["organisation_admin"]):
        assert other.http.post(f"{path}/reassign", json=to_counsellor).status_code == 403
    for nobody in (owner.id, desk["auditor"].id, desk["school"].id, ""):
        refused = lead.http.post(f"{path}/reassign", json={**to_counsellor, "counsellor": nobody})
        assert (refused.status_code, refused.json()["error"]["code"]) == (422, "unknown_receiver")
    page = lead.http.get(f"/desk/requests/{request}").text
    assert f'action="/desk/requests/{request}/reassign"' in page
    assert f'<option value="{desk["counsellor"].id}">' in page
    assert lead.form(f"/desk/requests/{request}/reassign", to=desk["counsellor"].id, text="").status_code == 422
    given = lead.form(f"/desk/requests/{request}/reassign", to=desk["counsellor"].id, text="Coach A is ziek.")
    assert given.headers["location"] == f"/desk/requests/{request}?done=transfer"
    for reader in (owner, desk["counsellor"]):
        assert "Coach A is ziek." in reader.http.get(f"/desk/requests/{request}").text
    assert "eerst voor jou" in desk["counsellor"].http.get("/desk").text
    again = lead.http.post(f"{path}/reassign", json=to_counsellor)
    assert (again.status_code, again.json()["error"]["code"]) == (409, "not_claimed")
    assert owner.http.post(f"{path}/reply", json={"text": "Hoi"}).status_code == 409
    assert desk["counsellor"].http.post(f"{path}/claim").status_code == 200
    actions = [row.action for row in verder.rows(sa.select(audit_event).where(audit_event.c.object == request))]
    assert "request.reassign" in actions
