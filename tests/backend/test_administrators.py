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
from desk_people import DeskPerson, people
from world import World

NEW, NONE = "is beheerder sinds", "is geen beheerder meer sinds"


@pytest.fixture(scope="module")
def desk(verder: World) -> Iterator[dict[str, DeskPerson]]:
    """Everybody at once."""
    with people(verder) as found:
        yield found


def _trail(world: World, person: str) -> list[str]:
    of = audit_event.c
    wanted = sa.select(of.action).where(of.object == person, of.action.in_((BEGAN, ENDED))).order_by(of.id)
    return [row.action for row in world.rows(wanted)]


def _page(one: DeskPerson) -> str:
    return one.http.get("/desk/people").text


def test_every_way_in_and_out_is_told(verder: World, desk: dict[str, DeskPerson]) -> None:
    """A role given, an account switched off and on, and a role taken are each in the trail; the other administrators read
    the last of it, who did it and another organisation's do not; after two weeks it is no news."""
    first, second, elsewhere = desk["organisation_admin"], desk["auditor"], desk["school_admin"]
    third = desk["colleague"].id
    given = first.form(f"/desk/people/{third}/role", role="team_lead")
    assert given.headers["location"] == "/desk/people?done=role"
    assert _trail(verder, third) == []
    first.form(f"/desk/people/{third}/role", role="organisation_admin")
    first.form(f"/desk/people/{third}/role", role="organisation_admin")
    assert _trail(verder, third) == [BEGAN]
    first.form(f"/desk/people/{third}/disable")
    first.form(f"/desk/people/{third}/disable")
    assert _trail(verder, third) == [BEGAN, ENDED]
    first.form(f"/desk/people/{third}/enable")
    assert _trail(verder, third) == [BEGAN, ENDED, BEGAN]
    _becomes_admin(verder, second)
    assert _page(second).count(NEW) == 1
    assert NEW not in _page(first)
    assert NEW not in _page(elsewhere)
    first.form(f"/desk/people/{third}/role", role="auditor")
    assert NONE in _page(second)
    assert NEW not in _page(second)
    reader = Counsellor(second.id, second.organisation_id, "Coach A", "organisation_admin")
    vault = verder.service.host.vault
    later = now() + TOLD_FOR + 1
    assert not verder.do(lambda db: recent_changes(db, vault, reader, at=later))


def test_who_is_invited_as_an_administrator_is_told_too(verder: World, desk: dict[str, DeskPerson]) -> None:
    """A new account with the role of administrator is news as well; one of a counsellor is not."""
    elsewhere = desk["school_admin"]
    other = desk["school_lead"]
    _becomes_admin(verder, other)
    elsewhere.form("/desk/people", name="Coach A", email="nieuw-1@voorbeeld.nl", role="counsellor")
    assert NEW not in _page(other)
    elsewhere.form("/desk/people", name="Coach A", email="nieuw-2@voorbeeld.nl", role="organisation_admin")
    assert _page(other).count(NEW) == 1


def _becomes_admin(world: World, one: DeskPerson) -> None:
    """Makes somebody an administrator without anybody doing it at the desk."""
    mine = sa.update(counsellor).where(counsellor.c.id == one.id)
    world.do(lambda db: db.execute(mine.values(role="organisation_admin")))
