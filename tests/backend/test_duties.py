"""The duty list of a school: only with consent, by the rules, one offer a year, in the person's own chat and daytime."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
import sqlalchemy as sa

from backend.audit import audit_event
from backend.db import now
from backend.dutch_time import in_amsterdam
from backend.duties.models import former_pupil, hours_spent, school_offer
from backend.follow_ups.models import follow_up
from backend.follow_ups.service import send_one
from backend.invitations import service as invitations
from backend.organisations.models import organisation
from backend.retention.purging import purge
from backend.statistics.models import organisation_tally
from passwords import PASSWORD
from world import Person, World, open_world, settings_for

DAY = 24 * 3600 * 1_000_000
API = "/api/v1/desk/duties"


@pytest.fixture
def fresh(database_url: str, tmp_path: Path) -> Iterator[World]:
    """A service whose messages for later are sent by the test alone, also where it is day."""
    with open_world(settings_for(database_url, tmp_path), worker=False) as world:
        yield world


def _left(days: int) -> str:
    return (in_amsterdam(now()).date() - timedelta(days=days)).isoformat()


def _pupil(world: World, *, days: int = 100, went_on: bool = False, agrees: bool = True) -> Person:
    """Somebody who came with a code of the demo vso school and lets it know that they left so many days ago."""
    school = str(world.rows(sa.select(organisation.c.id).where(organisation.c.kind == "vso"))[0].id)
    facts = {"vso_profile": "arbeidsmarktgericht", "left_school_date": _left(days)}

    def invite(db: Any) -> str:
        id = invitations.make(db, school, facts=facts, people=1, shared=False, days=30, actor="operator", at=now())
        return invitations.one_invitation(db, school, id).codes[0]

    person = world.person(start=world.do(invite))
    person.chooses("invited:yes")
    person.chooses("goal:rights")
    person.chooses(f"a:follow_on_enrolment:{'true' if went_on else 'false'}")
    _see(person)
    person.taps("known")
    _see(person)
    person.chooses("known:yes" if agrees else "known:no")
    return person


def _see(person: Person) -> None:
    person.sees = person.messages()


def _send(world: World, at: int) -> int:
    sent = 0
    while world.do(lambda db: send_one(db, world.service.host.vault, at=at)):
        sent += 1
    return sent


def _daytime() -> int:
    day = in_amsterdam(now()).date() + timedelta(days=1)
    return int(datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo("Europe/Amsterdam")).timestamp()) * 1_000_000


@contextmanager
def _pages(world: World, kind: str = "vso") -> Iterator[httpx.Client]:
    with httpx.Client(base_url=world.url, trust_env=False, timeout=30, follow_redirects=True) as http:
        form = {"email": f"coach.a@{kind}.example", "password": PASSWORD, "next": "/desk"}
        assert http.post("/desk/login", data=form).status_code == 200
        yield http


def _csrf(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found
    return found[1]


def test_the_offer_reaches_the_person_once_and_comes_back(fresh: World) -> None:
    """An offer of year one: one message in daytime however often and by how many it is tapped, a yes becomes a request,
    and the desk sees who offered when and what was answered."""
    person = _pupil(fresh)
    with fresh.counsellor("vso") as coach:
        (pupil,) = coach.http.get(API).json()["pupils"]
        assert (pupil["year"], pupil["due"], pupil["label"]) == ("one", "offer", "must_offer")
        assert pupil["sources"][0]["law"] == "WEC"
        path = f"{API}/{pupil['id']}/offer"
        with ThreadPoolExecutor(4) as pool:
            codes = list(pool.map(lambda _: coach.http.post(path).status_code, range(6)))
        assert set(codes) == {200}
    assert fresh.count(school_offer) == 1
    assert fresh.count(follow_up) == 1
    night = _daytime() - 9 * 3600 * 1_000_000
    assert _send(fresh, night) == 0
    assert _send(fresh, _daytime()) == 1
    assert _send(fresh, _daytime() + DAY) == 0
    _see(person)
    person.chooses("offer:yes")
    person.chooses("consent:yes")
    with fresh.counsellor("vso") as coach:
        (after,) = coach.http.get(API).json()["pupils"]
        assert after["offers"] == [{"year": 1, "again": False, "answer": "yes"}]
        assert coach.requests()
    counted = {row.detail: row.number for row in _tallied(fresh)}
    assert counted == {"due": 1, "made": 1}


def _tallied(world: World) -> Any:
    of = organisation_tally.c
    return world.rows(sa.select(of.detail, of.count.label("number")).where(of.measure == "offer"))


def test_the_second_year_asks_again_only_when_the_first_was_not_used(fresh: World) -> None:
    """In year two the school records that year one was not used, and the offer is due again; hours in year one show that
    it was used, and then nothing is due."""
    _pupil(fresh, days=400)
    with _pages(fresh) as http:
        page = http.get("/desk/duties").text
        (id,) = re.findall(r'id="p([0-9a-f]{32})"', page)
        form = {"csrf": _csrf(page)}
        page = http.post(f"/desk/duties/{id}/used", data={**form, "used": "no"}).text
        assert "School moet opnieuw" in page or "De school moet opnieuw hulp aanbieden" in page
        assert f"/desk/duties/{id}/offer" in page
        spent = {**form, "day": _left(200), "minutes": "90", "kind": "talk", "key": "k1"}
        for _ in range(2):
            page = http.post(f"/desk/duties/{id}/hours", data=spent).text
        assert "Jaar 1: 1,5 uur" in page
        assert f"/desk/duties/{id}/offer" not in page
        assert fresh.count(hours_spent) == 1
        csv = http.get("/desk/duties/hours.csv").content.decode("utf-8-sig")
        assert f'"{id[:6]}","{_left(200)}","Jaar 1",1.5,"Gesprek"' in csv
        assert http.get("/desk/duties/hours.xlsx").content.startswith(b"PK")
        assert http.get("/desk/duties/hours.exe").status_code == 404
        for wrong in ({"day": "2999-01-01"}, {"day": "nooit"}, {"minutes": "0"}, {"kind": "party"}):
            key = {"key": f"k{wrong}"[:40]}
            assert http.post(f"/desk/duties/{id}/hours", data={**spent, **key, **wrong}).status_code == 422
        assert http.post(f"/desk/duties/{id}/offer", data=form).status_code == 409
        assert http.post(f"/desk/duties/{id}/nothing", data=form).status_code == 404
        assert http.post(f"/desk/duties/{id}/offer", data={"csrf": "x"}).status_code == 403


def test_who_went_on_learning_gets_no_offer(fresh: World) -> None:
    """For who went straight on to another course the list says that helping is on request, and has no button."""
    _pupil(fresh, went_on=True)
    with fresh.counsellor("vso") as coach:
        (pupil,) = coach.http.get(API).json()["pupils"]
        assert (pupil["due"], pupil["label"]) == ("on_request", "on_request")
        assert coach.http.post(f"{API}/{pupil['id']}/offer").status_code == 409


def test_without_a_yes_the_school_sees_nobody(fresh: World) -> None:
    """Who said no, or only has a code, is on no list; the class is, without anybody in it."""
    _pupil(fresh, agrees=False)
    assert fresh.count(former_pupil) == 0
    with fresh.counsellor("vso") as coach:
        found = coach.http.get(API).json()
        assert found["pupils"] == []
        assert [one["due"] for one in found["classes"]] == ["offer"]


@pytest.mark.parametrize("how", ["withdraw", "erase", "stop"])
def test_whoever_takes_it_back_hears_nothing(fresh: World, how: str) -> None:
    """After taking the consent back, erasing, or stopping messages, an offer that waited is not sent."""
    person = _pupil(fresh)
    with fresh.counsellor("vso") as coach:
        (pupil,) = coach.http.get(API).json()["pupils"]
        assert coach.http.post(f"{API}/{pupil['id']}/offer").status_code == 200
        if how == "erase":
            assert fresh.http.delete(person.path, headers=person.headers).status_code < 300
        elif how == "stop":
            person.taps("going:stop")
        else:
            consents = person.get("export").json()["consents"]
            given = next(one for one in consents if one["purpose"] == "school_offer")
            person.taps(f"withdraw:{given['id']}")
        assert _send(fresh, _daytime()) == 0
        if how != "stop":
            assert fresh.count(former_pupil) == 0
            assert coach.http.get(API).json()["pupils"] == []
            assert coach.http.post(f"{API}/{pupil['id']}/offer").status_code == 404


def test_other_schools_and_other_organisations(fresh: World) -> None:
    """Another school sees nobody and cannot offer; who is no school of two years is told honestly that it is not theirs."""
    _pupil(fresh)
    id = fresh.rows(sa.select(former_pupil.c.id))[0][0]
    with fresh.counsellor("pro") as coach:
        assert coach.http.get(API).json()["pupils"] == []
        assert coach.http.post(f"{API}/{id}/offer").status_code == 404
    for kind in ("mbo", "gemeente", "doorstroompunt"):
        with _pages(fresh, kind) as http:
            answer = http.get("/desk/duties")
            assert (answer.status_code, "praktijkscholen en vso-scholen" in answer.text) == (200, True)
            assert http.get(API).status_code == 404
            assert http.get("/desk/duties/hours.csv").status_code == 404


def test_looking_is_seen_by_the_person(fresh: World) -> None:
    """Each counsellor's look at the list is in what the person sees, once a day, and so is every export."""
    person = _pupil(fresh)
    with _pages(fresh) as http:
        for _ in range(3):
            http.get("/desk/duties")
        http.get("/desk/duties/hours.csv")
    of = audit_event.c
    actions = [row.action for row in fresh.rows(sa.select(of.action).where(of.action.like("duty.%")).order_by(of.id))]
    assert actions == ["duty.known", "duty.read", "duty.export"]
    assert "duty.read" in {one["action"] for one in person.get("export").json()["who_looked"]}
    assert person.get("export").json()["known_at_school"][0]["facts"]["left_school_date"] == _left(100)


def test_it_is_kept_until_the_two_years_are_over(fresh: World) -> None:
    """The conversation stays while the school may still offer, and goes when that is over."""
    person = _pupil(fresh, days=100)
    until = (
        int(datetime.combine(date.fromisoformat(_left(100)), datetime.min.time()).timestamp()) * 1_000_000 + 732 * DAY
    )

    def clean(at: int) -> int:
        found: int = fresh.do(lambda db: purge(db, fresh.service.host.vault, at=at))
        return found

    assert clean(now() + 300 * DAY) == 0
    assert clean(until) == 1
    assert person.get().status_code == 404
