"""Who becomes an administrator, or is one no longer, is told to the other administrators."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from backend.audit import audit_event
from backend.db import now
from backend.organisations.administrators import BEGAN, ENDED, TOLD_FOR, recent_changes
from backend.organisations.counsellors import Counsellor
from backend.organisations.models import counsellor
from backend.together.models import pending_change
from desk_people import DeskPerson, people
from world import World

NEW, NONE = "is beheerder sinds", "is geen beheerder meer sinds"


@pytest.fixture
def desk(fresh: World) -> Iterator[dict[str, DeskPerson]]:
    """Everybody at once."""
    with people(fresh) as found:
        yield found


def _trail(world: World, person: str) -> list[str]:
    of = audit_event.c
    wanted = sa.select(of.action).where(of.object == person, of.action.in_((BEGAN, ENDED))).order_by(of.id)
    return [row.action for row in world.rows(wanted)]


def _page(one: DeskPerson) -> str:
    return one.http.get("/desk/people").text


def _together(world: World, asks: DeskPerson, agrees: DeskPerson, path: str, person: str, **fields: str) -> None:
    """One administrator asks for a change of an account, a second one agrees."""
    assert asks.form(f"/desk/people/{person}/{path}", **fields).headers["location"] == "/desk/people?done=asked"
    of = pending_change.c
    waits = sa.select(of.id).where(of.counsellor_id == person, of.state == "waiting")
    done = agrees.form(f"/desk/changes/{world.rows(waits)[0][0]}/agree")
    assert done.headers["location"] == "/desk/people?done=agree"


def test_every_way_in_and_out_is_told(fresh: World, desk: dict[str, DeskPerson]) -> None:
    """A role given, an account switched off and on, and a role taken are each in the trail; the other administrators read
    the last of it, who agreed and another organisation's do not; after two weeks it is no news."""
    first, second, elsewhere = desk["organisation_admin"], desk["auditor"], desk["school_admin"]
    third = desk["colleague"].id
    _becomes_admin(fresh, second)
    _together(fresh, first, second, "role", third, role="team_lead")
    assert _trail(fresh, third) == []
    _together(fresh, first, second, "role", third, role="organisation_admin")
    _together(fresh, first, second, "role", third, role="organisation_admin")
    assert _trail(fresh, third) == [BEGAN]
    _together(fresh, first, second, "disable", third)
    assert _trail(fresh, third) == [BEGAN, ENDED]
    _together(fresh, first, second, "enable", third)
    assert _trail(fresh, third) == [BEGAN, ENDED, BEGAN]
    assert _page(first).count(NEW) == 1
    assert NEW not in _page(second)
    assert NEW not in _page(elsewhere)
    _together(fresh, first, second, "role", third, role="auditor")
    assert NONE in _page(first)
    assert NEW not in _page(first)
    reader = Counsellor(first.id, first.organisation_id, "Coach A", "organisation_admin")
    vault = fresh.service.host.vault
    later = now() + TOLD_FOR + 1
    assert not fresh.do(lambda db: recent_changes(db, vault, reader, at=later))


def test_who_is_invited_as_an_administrator_is_told_too(fresh: World, desk: dict[str, DeskPerson]) -> None:
    """A new account with the role of administrator is news once it works; one of a counsellor is not."""
    asks, agrees = desk["school_admin"], desk["school_lead"]
    _becomes_admin(fresh, agrees)
    asks.form("/desk/people", name="Coach A", email="nieuw-1@voorbeeld.nl", role="counsellor")
    asks.form("/desk/people", name="Coach A", email="nieuw-2@voorbeeld.nl", role="organisation_admin")
    assert NEW not in _page(asks)
    of = pending_change.c
    waits = sa.select(of.id).where(of.organisation_id == asks.organisation_id, of.state == "waiting")
    agrees.form(f"/desk/changes/{fresh.rows(waits)[0][0]}/agree")
    assert _page(asks).count(NEW) == 1


def _becomes_admin(world: World, one: DeskPerson) -> None:
    """Makes somebody an administrator without anybody doing it at the desk."""
    mine = sa.update(counsellor).where(counsellor.c.id == one.id)
    world.do(lambda db: db.execute(mine.values(role="organisation_admin")))
