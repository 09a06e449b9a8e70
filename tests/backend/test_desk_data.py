"""The pages of the privacy officer: how long things stay, what stays longer, and the register; never a request itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from backend.audit import audit_event
from backend.db import Transaction, now
from backend.organisations.models import desk_session
from backend.retention.models import legal_hold, retention_setting
from backend.retention.terms import DAY
from backend.retention.trail import set_trail_days
from backend.support_requests.models import support_request
from desk_people import DeskPerson, people
from world import World

REASON = "Er loopt een klacht."


@pytest.fixture(scope="module")
def desk(verder: World) -> Iterator[dict[str, DeskPerson]]:
    """Everybody at once."""
    with people(verder) as found:
        yield found


@pytest.fixture
def request_id(verder: World) -> str:
    """A new request to the gemeente."""
    person = verder.person()
    person.asks_for_help()
    mine = sa.select(support_request.c.id).where(support_request.c.conversation_id == person.id)
    return str(verder.rows(mine)[0][0])


def _actions(world: World, object: str) -> list[str]:
    return [row.action for row in world.rows(sa.select(audit_event).where(audit_event.c.object == object))]


def test_the_term_is_changed_within_bounds(verder: World, desk: dict[str, DeskPerson]) -> None:
    """The officer changes the organisation's term, which is audited; what is no number of days is refused on the page."""
    officer = desk["privacy_officer"]
    assert officer.form("/desk/data/term", days="120").headers["location"] == "/desk/data?done=term"
    assert "120 dagen" in officer.http.get("/desk/data?done=term").text
    assert "retention.changed" in _actions(verder, officer.organisation_id)
    for wrong in ("0", "3651", "x", "", "-5", "１２"):
        refused = officer.form("/desk/data/term", days=wrong)
        assert refused.status_code == 422
        assert "Kies een aantal dagen van 1 tot 3650." in refused.text
    of = retention_setting.c
    assert verder.rows(sa.select(of.days_after_closing).where(of.organisation_id == officer.organisation_id)) == [
        (120,)
    ]


def test_the_term_of_the_trail_stands_beside_it(verder: World, desk: dict[str, DeskPerson]) -> None:
    """How long the trail stays is on the same page: two years, or what the server set for this organisation."""
    officer = desk["privacy_officer"]
    assert "blijft 730 dagen" in officer.http.get("/desk/data").text
    verder.do(lambda db: set_trail_days(db, officer.organisation_id, 1000, by="operator", at=now()))
    assert "blijft 1000 dagen" in officer.http.get("/desk/data").text


def test_the_privacy_page_says_an_organisations_own_term(verder: World, desk: dict[str, DeskPerson]) -> None:
    """Where an organisation keeps requests for another time than 90 days, everybody can read which one and how long."""
    officer = desk["privacy_officer"]
    officer.form("/desk/data/term", days="90")
    assert "Demo Gemeente" not in verder.http.get("/privacy").text
    officer.form("/desk/data/term", days="30")
    for path in ("/privacy", "/ar/privacy"):
        page = verder.http.get(path).text
        assert "Demo Gemeente" in page
        assert "30" in page
    assert "Demo Gemeente: 30 dagen na het einde." in verder.http.get("/privacy").text
    officer.form("/desk/data/term", days="90")
    assert "Demo Gemeente" not in verder.http.get("/privacy").text


def test_a_hold_is_placed_and_lifted(verder: World, desk: dict[str, DeskPerson], request_id: str) -> None:
    """A hold by number and reason stands on the page and at the request until it is lifted; nothing of the request shows."""
    officer = desk["privacy_officer"]
    placed = officer.form("/desk/data/holds", number=f" {request_id[:12].upper()} ", reason=REASON)
    assert placed.headers["location"] == "/desk/data?done=held"
    page = officer.http.get("/desk/data").text
    assert REASON in page
    assert "Ik zoek werk" not in page
    assert REASON in desk["counsellor"].http.get(f"/desk/requests/{request_id}").text
    lift = f"/desk/data/holds/{request_id}/lift"
    assert officer.form(lift).headers["location"] == "/desk/data?done=lifted"
    assert REASON not in officer.http.get("/desk/data").text
    assert officer.form(lift).status_code == 404
    assert {"hold.placed", "hold.read", "hold.lifted"} <= set(_actions(verder, request_id))


def test_a_hold_needs_a_request_of_ones_own_and_a_reason(
    verder: World, desk: dict[str, DeskPerson], request_id: str
) -> None:
    """An unknown number, one that fits many, one of another organisation, and no reason are refused; nothing is held."""
    officer = desk["privacy_officer"]

    def move(db: Transaction) -> None:
        of = support_request.c
        db.execute(
            sa.update(support_request).where(of.id == request_id).values(organisation_id=desk["school"].organisation_id)
        )

    verder.do(move)
    before = verder.count(legal_hold)
    for number in (request_id, "0" * 32, "%%%%%%", "", request_id[:3]):
        refused = officer.form("/desk/data/holds", number=number, reason=REASON)
        assert refused.status_code == 422
        assert "Deze vraag vind ik niet" in refused.text
    assert officer.form("/desk/data/holds", number=request_id, reason="  ").status_code == 422
    assert verder.count(legal_hold) == before


def test_what_vanishes_soon_is_told_without_its_words(
    verder: World, desk: dict[str, DeskPerson], request_id: str
) -> None:
    """A closed request at the end of its term stands on the page by its number, whoever's queue it is in."""
    officer = desk["privacy_officer"]
    officer.form("/desk/data/term", days="30")

    def close(db: Transaction) -> None:
        of = support_request.c
        ended = {"status": "closed", "closed_at": now() - 28 * DAY, "waiting_since": None, "escalate_at": None}
        db.execute(sa.update(support_request).where(of.id == request_id).values(**ended))

    verder.do(close)
    assert f"Vraag {request_id[:6]} verdwijnt op" in officer.http.get("/desk/data").text


def test_the_register_is_a_file(verder: World, desk: dict[str, DeskPerson]) -> None:
    """The register comes as Markdown and as CSV, and that it was fetched is audited; another kind does not exist."""
    officer = desk["privacy_officer"]
    text, table = (officer.http.get(f"/desk/data/register.{kind}") for kind in ("md", "csv"))
    assert text.text.startswith("# Register van verwerkingen")
    assert table.text.startswith("tabel,kolom")
    assert "attachment" in text.headers["content-disposition"]
    assert officer.http.get("/desk/data/register.exe").status_code == 404
    assert _actions(verder, officer.organisation_id).count("register.read") == 2


def test_changes_ask_for_fresh_proof(verder: World, desk: dict[str, DeskPerson], request_id: str) -> None:
    """Who last proved who they are long ago is sent to do so first, and nothing changes; looking is fine."""
    officer = desk["privacy_officer"]
    before = verder.rows(sa.select(desk_session.c.confirmed_at).where(desk_session.c.counsellor_id == officer.id))[0][0]

    def prove(at: int) -> None:
        mine = sa.update(desk_session).where(desk_session.c.counsellor_id == officer.id)
        verder.do(lambda db: db.execute(mine.values(confirmed_at=at)))

    prove(before - DAY)
    paths = ("term", "holds", f"holds/{request_id}/lift")
    for path in paths:
        sent = officer.form(f"/desk/data/{path}", days="99", number=request_id, reason=REASON)
        assert sent.headers["location"].startswith("/desk/account/confirm")
    assert officer.http.get("/desk/data").status_code == 200
    assert "hold.placed" not in _actions(verder, request_id)
    prove(before)
