"""Who may do what at the desk: the table of roles, a row for each route, and reading along."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from backend.access.roles import ACTS, ROLES, WHOSE, Role, answer, home, may_ever
from backend.access.routes import ACT_OF, OPEN_TO_ALL, act_of
from backend.app import create_app
from backend.audit import audit_event
from backend.queues.models import queue
from backend.support_requests.models import support_request
from backend.support_requests.openings import MANY
from desk_people import DeskPerson, people
from desk_world import DeskWorld, ToldClock
from route_table import routes_of
from world import World

WITHOUT_CONTENT: tuple[Role, ...] = ("organisation_admin", "privacy_officer", "auditor", "platform_admin")
CONTENT = ("list_requests", "read_request", "answer_request", "reassign_request")


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


def _requests(world: World, desk: dict[str, DeskPerson]) -> dict[str, str]:
    """A new request of one's own and one of a colleague."""
    requests = {}
    for whose, owner in (("own", "counsellor"), ("colleague", "colleague")):
        world.person().asks_for_help()
        newest = sa.select(support_request.c.id).where(support_request.c.status == "waiting")
        requests[whose] = world.rows(newest.order_by(support_request.c.created_at.desc()))[0][0]
        assert desk[owner].http.post(f"/api/v1/desk/requests/{requests[whose]}/claim").status_code == 200
    return requests


def test_own_opens_and_a_colleagues_asks_why(verder: World, desk: dict[str, DeskPerson]) -> None:
    """One's own opens; a colleague's asks a counsellor for a reason first; the team lead looks along without one."""
    requests = _requests(verder, desk)
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
    request, lead, owner = _requests(verder, desk)["colleague"], desk["team_lead"], desk["colleague"]
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
    assert (again.status_code, again.json()["error"]["code"]) == (409, "reassign_free")
    assert "Niemand heeft deze vraag nu." in again.json()["error"]["message"]
    assert owner.http.post(f"{path}/reply", json={"text": "Hoi"}).status_code == 409
    assert desk["counsellor"].http.post(f"{path}/claim").status_code == 200
    actions = [row.action for row in verder.rows(sa.select(audit_event).where(audit_event.c.object == request))]
    assert "request.reassign" in actions


def test_a_reassignment_that_comes_too_late_says_who_has_it(verder: World, desk: dict[str, DeskPerson]) -> None:
    """Somebody else took it since the page was opened: nothing changes, and the lead reads who has it and since when."""
    request, lead, owner = _requests(verder, desk)["colleague"], desk["team_lead"], desk["colleague"]
    page = lead.http.get(f"/desk/requests/{request}").text
    assert f'name="seen_with" value="{owner.id}"' in page
    path = f"/api/v1/desk/requests/{request}"
    assert owner.http.post(f"{path}/release").status_code == 200
    form = {"to": desk["counsellor"].id, "text": "Coach A is ziek.", "seen_with": owner.id}
    freed = lead.form(f"/desk/requests/{request}/reassign", **form)
    assert (freed.status_code, "Niemand heeft deze vraag nu." in freed.text) == (409, True)
    assert desk["counsellor"].http.post(f"{path}/claim").status_code == 200
    late = lead.form(f"/desk/requests/{request}/reassign", **{**form, "to": owner.id})
    assert late.status_code == 409
    assert re.search(r"Coach A heeft deze vraag nu, sinds \d\d:\d\d\.", late.text)
    assert verder.rows(sa.select(support_request.c.claimed_by).where(support_request.c.id == request)) == [
        (desk["counsellor"].id,)
    ]


def test_who_looked_and_why_is_seen_by_owner_and_person(verder: World, desk: dict[str, DeskPerson]) -> None:
    """A counsellor opens a colleague's request with a reason: the colleague reads it at the request, the person in the chat
    and in their file, the team lead and the privacy officer on the page of openings, the latter without the words."""
    person = verder.person()
    person.asks_for_help()
    mine = sa.select(support_request.c.id).where(support_request.c.conversation_id == person.id)
    request = verder.rows(mine)[0][0]
    owner, other = desk["colleague"], desk["counsellor"]
    assert owner.http.post(f"/api/v1/desk/requests/{request}/claim").status_code == 200
    page = f"/desk/requests/{request}"
    assert "Waarom wil je kijken?" in other.http.get(page).text
    assert other.form(f"{page}/open", reason="else", words=" ").status_code == 422
    opened = other.form(f"{page}/open", reason="absent", words="Hij belde terug.")
    assert opened.headers["location"] == page
    assert "Ik zoek werk" in other.http.get(page).text
    assert "De reden: Mijn collega is er niet. Hij belde terug." in owner.http.get(page).text
    assert "Hij belde terug." in desk["team_lead"].http.get("/desk/openings").text
    officer = desk["privacy_officer"].http.get("/desk/openings").text
    assert "Mijn collega is er niet" in officer
    assert "Hij belde terug." not in officer
    told = person.says("wie keek ernaar")[-1]["text"]
    assert "iemand van Demo Gemeente. De reden: jouw begeleider was er niet." in told
    assert "request.opened" in [one["action"] for one in person.get("views").json()["views"]]


def test_many_openings_without_claiming_get_a_mark(verder: World, desk: dict[str, DeskPerson]) -> None:
    """Thirty requests of others opened in a day, none taken: one more than 29 makes the mark, for who watches openings;
    what somebody took themselves does not count."""
    reader, mine = desk["school"], desk["school_lead"]
    assert reader.id != mine.id
    vault = verder.service.host.vault
    places = {"school": reader.organisation_id}
    queue_id = verder.rows(sa.select(queue.c.id).where(queue.c.organisation_id == reader.organisation_id))[0][0]
    world = DeskWorld(verder.service.database, vault, ToldClock(), None, places, {"school": queue_id})  # type: ignore[arg-type]
    requests = [world.request("school", at="school") for _ in range(MANY + 1)]
    for one in requests[:MANY]:
        assert reader.http.get(f"/api/v1/desk/requests/{one}").status_code == 200
    assert reader.http.post(f"/api/v1/desk/requests/{requests[0]}/claim").status_code == 200
    page = mine.http.get("/desk/openings").text
    assert f"{MANY - 1} vragen geopend zonder ze op te pakken" in page
    assert "Let op: veel" not in page
    assert reader.http.get(f"/desk/requests/{requests[MANY]}").status_code == 200
    page = mine.http.get("/desk/openings").text
    assert f"{MANY} vragen geopend zonder ze op te pakken" in page
    assert "Let op: veel" in page
    assert "Let op: veel" not in desk["team_lead"].http.get("/desk/openings").text
