"""Kept answers, drafts, calls, being away, searching, teams and queues: through the pages, without scripts."""

from __future__ import annotations

import random

import pytest
import sqlalchemy as sa

from backend.conversations.messages import find, read_messages
from backend.dutch_time import in_amsterdam
from backend.handovers.keeping import move_all
from backend.organisations.models import counsellor
from backend.queues.models import queue_member
from backend.queues.settings import away_until, be_away
from backend.support_requests import appointments, service, standing_in
from backend.support_requests.models import appointment, desk_draft, support_request
from desk_world import HOUR, DeskWorld, Somebody, hidden
from dialogs.effects import ChooseAppointment, ChooseHelper
from dialogs.news import HelperAway, SameHelper
from sizes import size

DAY = 24 * HOUR
OF = support_request.c


def _role(world: DeskWorld, who: Somebody, role: str) -> Somebody:
    world.do(lambda db: db.execute(sa.update(counsellor).where(counsellor.c.id == who.id).values(role=role)))
    return who


def _row(world: DeskWorld, request_id: str) -> sa.Row[tuple[object, ...]]:
    return world.rows(sa.select(support_request).where(OF.id == request_id))[0]


def _said(world: DeskWorld, request_id: str) -> str:
    talk = _row(world, request_id).conversation_id
    return "\n".join(one.text for one in world.do(lambda db: read_messages(db, world.vault, talk)))


@pytest.mark.anyio
async def test_kept_answers(world: DeskWorld) -> None:
    """An answer is made in two languages, put into a reply in the person's language, and sent as what it is."""
    who = _role(world, world.counsellor("Coach A", "werk"), "team_lead")
    request_id = world.request(language="en")
    path = f"/desk/requests/{request_id}"
    async with world.pages(who) as pages:
        csrf = hidden((await pages.get("/desk/answers/new")).text, "csrf")
        form = {"csrf": csrf, "title": "Welkom", "text": "Hoi! Ik help je.", "in_en": "Hello", "own": ""}
        looked = await pages.post("/desk/answers/new", data={**form, "look": "1"})
        assert "A2" in looked.text
        assert "Welkom" in looked.text
        assert (await pages.post("/desk/answers/new", data={**form, "text": "", "in_en": ""})).status_code == 422
        assert (await pages.post("/desk/answers/new", data=form)).headers["location"] == "/desk/answers?done=kept"
        listed = (await pages.get("/desk/answers")).text
        assert "Welkom" in listed
        id = listed.split('href="/desk/answers/')[2].split('"')[0]
        await pages.post(f"{path}/claim", data={"csrf": csrf})
        put_in = await pages.post(f"{path}/insert", data={"csrf": csrf, "text": "Dag.", "answer": f"{id}:en"})
        assert "Dag.\n\nHello</textarea>" in put_in.text
        await pages.post(f"{path}/reply", data={"csrf": csrf, "text": "Hello"})
    talk = _row(world, request_id).conversation_id
    sent = [one for one in world.do(lambda db: read_messages(db, world.vault, talk)) if one.sender == "counsellor"]
    assert [(one.language, one.direction) for one in sent] == [("en", "ltr")]
    async with world.pages(world.counsellor("Coach B", "werk")) as pages:
        assert "Welkom" in (await pages.get("/desk/answers")).text
        csrf = hidden((await pages.get("/desk/answers/new")).text, "csrf")
        assert (await pages.post(f"/desk/answers/{id}/remove", data={"csrf": csrf})).status_code == 403
        assert (await pages.post("/desk/answers/new", data={**form, "csrf": csrf, "own": "1"})).status_code == 303
    async with world.pages(world.counsellor("Coach C", "school", at="school")) as pages:
        assert (await pages.get(f"/desk/answers/{id}")).status_code == 404


@pytest.mark.anyio
async def test_a_draft_survives(world: DeskWorld) -> None:
    """What was typed is there again on another computer, sealed in the database, only for its writer, and gone once sent."""
    who, other = world.counsellor("Coach A", "werk"), world.counsellor("Coach B", "werk")
    request_id = world.request()
    path = f"/desk/requests/{request_id}"
    async with world.pages(who) as pages:
        csrf = hidden((await pages.get(path)).text, "csrf")
        await pages.post(f"{path}/claim", data={"csrf": csrf})
        kept = await pages.post(f"{path}/draft", data={"csrf": csrf, "text": "Half een zin"})
        assert kept.headers["location"] == f"{path}?done=draft"
        live = await pages.post(f"{path}/draft", data={"csrf": csrf, "text": "Half"}, headers={"hx-request": "true"})
        assert live.status_code == 204
    assert b"Half" not in world.rows(sa.select(desk_draft.c.content))[0].content
    async with world.pages(other) as pages:
        assert "Half</textarea>" not in (await pages.get(path)).text
    async with world.pages(who) as pages:
        page = (await pages.get(path)).text
        assert "Half</textarea>" in page
        await pages.post(f"{path}/reply", data={"csrf": hidden(page, "csrf"), "text": "Heel de zin."})
    assert world.rows(sa.select(desk_draft)) == []


@pytest.mark.anyio
async def test_a_call_is_offered_and_taken(world: DeskWorld) -> None:
    """Up to three times in Dutch time; the person takes one and both see it; taken back, the person hears it."""
    who = world.counsellor("Coach A", "werk")
    request_id = world.request()
    path = f"/desk/requests/{request_id}"
    day = in_amsterdam(world.clock() + 2 * DAY).date()
    async with world.pages(who) as pages:
        csrf = hidden((await pages.get(path)).text, "csrf")
        await pages.post(f"{path}/claim", data={"csrf": csrf})
        for bad in ({}, {"day1": f"{day}"}, {"day1": "2020-01-01", "time1": "10:00"}):
            assert (await pages.post(f"{path}/call", data={"csrf": csrf, **bad})).status_code == 422
        form = {"csrf": csrf, "day1": f"{day}", "time1": "10:00", "day2": f"{day}", "time2": "14:30"}
        assert (await pages.post(f"{path}/call", data=form)).headers["location"] == f"{path}?done=call"
        assert "Coach A wil je bellen." in _said(world, request_id)
        id = world.rows(sa.select(appointment.c.id))[0].id

        def take(place: int, at: int) -> object:
            def work(db: object) -> object:
                row = find(db, _row_of(db, request_id))  # type: ignore[arg-type]
                return appointments.took(db, world.vault, row, ChooseAppointment(id, place), at=at)  # type: ignore[arg-type]

            return world.do(work)

        assert take(3, world.clock()).change == "gone"  # type: ignore[attr-defined]
        assert take(1, world.clock() + 5 * DAY).change == "gone"  # type: ignore[attr-defined]
        assert take(2, world.clock()).moment.time == "14:30"  # type: ignore[attr-defined]
        assert take(1, world.clock()).change == "gone"  # type: ignore[attr-defined]
        assert "Afgesproken" in (await pages.get(path)).text
        assert (await pages.post(f"{path}/call/withdraw", data={"csrf": csrf})).status_code == 303
        assert (await pages.post(f"{path}/call/withdraw", data={"csrf": csrf})).status_code == 404
    assert "kan je toch niet bellen" in _said(world, request_id)


def _row_of(db: object, request_id: str) -> str:
    found = db.execute(sa.select(OF.conversation_id).where(OF.id == request_id))  # type: ignore[attr-defined]
    return str(found.scalar_one())


@pytest.mark.anyio
async def test_who_goes_away_leaves_nobody_waiting(world: DeskWorld) -> None:
    """The requests wait in the queue again, first for the stand-in; the person reads who is back when, and chooses."""
    who, other = world.counsellor("Coach A", "werk"), world.counsellor("Coach B", "werk")
    calm, urgent = world.request(), world.request(urgent=True)
    back = in_amsterdam(world.clock() + 4 * DAY).date()
    async with world.pages(who) as pages:
        csrf = hidden((await pages.get("/desk/away")).text, "csrf")
        for one in (calm, urgent):
            await pages.post(f"/desk/requests/{one}/claim", data={"csrf": csrf})
        form = {"csrf": csrf, "back": f"{back}", "stand_in": other.id}
        for bad in ({"back": "2020-01-01"}, {"back": "x"}, {"stand_in": "x"}):
            assert (await pages.post("/desk/away", data={**form, **bad})).status_code == 422
        assert (await pages.post("/desk/away", data=form)).headers["location"] == "/desk/away?done=away"
        assert "Je bent er niet." in (await pages.get("/desk/away")).text
        for one in (calm, urgent):
            row = _row(world, one)
            assert (row.status, row.claimed_by, row.intended_for) == ("waiting", None, other.id)
            assert row.escalate_at is not None
        assert "of nu met Coach B?" in _said(world, calm)
        assert "Ik vraag iemand anders." in _said(world, urgent)

        def choose(wait: bool) -> object:
            def work(db: object) -> object:
                row = find(db, _row_of(db, calm))  # type: ignore[arg-type]
                return standing_in.chosen(db, world.vault, row, ChooseHelper(calm, wait), at=world.clock())  # type: ignore[arg-type]

            return world.do(work)

        assert choose(True).change == "wait"  # type: ignore[attr-defined]
        assert _row(world, calm).intended_for == who.id
        until = world.do(lambda db: away_until(db, who.id, at=world.clock()))
        assert _row(world, calm).escalate_at > until
        assert choose(False).stand_in == "Coach B"  # type: ignore[attr-defined]
        assert _row(world, calm).intended_for == other.id
        await pages.post("/desk/away/back", data={"csrf": csrf})
        assert world.do(lambda db: away_until(db, who.id, at=world.clock())) is None
    async with world.desk(other) as desk:
        await desk.post(f"/api/v1/desk/requests/{calm}/claim")
    assert choose(True).change == "gone"  # type: ignore[attr-defined]


@pytest.mark.anyio
async def test_the_same_counsellor_as_last_time(world: DeskWorld) -> None:
    """A new request is first for who helped before; when they are away, the person is asked."""
    who = world.counsellor("Coach A", "werk")
    first, second = world.request(), world.request()
    person = _row(world, first).person_id
    world.do(lambda db: db.execute(sa.update(support_request).where(OF.id == second).values(person_id=person)))

    def before() -> object:
        return world.do(lambda db: standing_in.same_as_before(db, world.vault, second, at=world.clock()))

    assert before() is None
    async with world.desk(who) as desk:
        await desk.post(f"/api/v1/desk/requests/{first}/claim")
    assert before() == SameHelper("Coach A")
    assert _row(world, second).intended_for == who.id
    world.do(lambda db: be_away(db, who.id, until=world.clock() + DAY))
    away = before()
    assert isinstance(away, HelperAway)
    assert (away.name, away.stand_in) == ("Coach A", "")
    async with world.pages(who) as pages:
        assert f"zelfde jongere als {second[:6]}" in (await pages.get("/desk")).text
        assert f"/desk/requests/{second}" in (await pages.get(f"/desk/requests/{first}")).text


@pytest.mark.anyio
async def test_searching_finds_my_own_requests_alone(world: DeskWorld) -> None:
    """Words are found in need and messages of one's own requests; each find is a reading in the audit trail."""
    who, other = world.counsellor("Coach A", "werk"), world.counsellor("Coach B", "werk")
    mine, theirs = world.request(need="Ik zoek een bakkerij."), world.request(need="Ook een bakkerij.")
    async with world.pages(who) as pages, world.desk(other) as desk:
        csrf = hidden((await pages.get("/desk/search")).text, "csrf")
        await pages.post(f"/desk/requests/{mine}/claim", data={"csrf": csrf})
        await desk.post(f"/api/v1/desk/requests/{theirs}/claim")
        found = (await pages.post("/desk/search", data={"csrf": csrf, "wanted": "BAKKERIJ"})).text
        assert mine in found
        assert theirs not in found
        assert "Niets gevonden" in (await pages.post("/desk/search", data={"csrf": csrf, "wanted": "x"})).text


@pytest.mark.anyio
async def test_queues_and_teams_are_arranged(world: DeskWorld) -> None:
    """The admin makes a team and a queue it takes, changes hours and promises; what would lose requests is refused."""
    admin = _role(world, world.counsellor("Beheer", "werk"), "organisation_admin")
    helper = world.counsellor("Coach B")
    async with world.pages(world.counsellor("Coach C", "werk")) as pages:
        assert (await pages.get("/desk/queues")).status_code == 403
    async with world.pages(admin) as pages:
        csrf = hidden((await pages.get("/desk/queues")).text, "csrf")
        rest = {"csrf": csrf, "name": "De rest", "kind_of_help": "other", "members": [admin.id]}
        assert (await pages.post("/desk/queues", data=rest)).status_code == 303
        assert (await pages.post("/desk/queues", data=rest)).status_code == 422
        team = {"csrf": csrf, "name": "Team Arabisch", "members": [helper.id]}
        assert (await pages.post("/desk/queues/teams", data=team)).status_code == 303
        page = (await pages.get("/desk/queues")).text
        team_id = page.split('action="/desk/queues/teams/')[1].split('"')[0]
        new = {"csrf": csrf, "name": "Arabisch", "kind_of_help": "work", "language": "ar", "team_id": team_id}
        assert (await pages.post("/desk/queues", data=new)).status_code == 303
        places = world.rows(sa.select(queue_member.c.queue_id).where(queue_member.c.counsellor_id == helper.id))
        assert len(places) == 1
        await pages.post(f"/desk/queues/teams/{team_id}", data={"csrf": csrf, "name": "Team", "members": [admin.id]})
        assert world.rows(sa.select(queue_member).where(queue_member.c.counsellor_id == helper.id)) == []
        id = places[0].queue_id
        assert (await pages.post(f"/desk/queues/{id}/remove", data={"csrf": csrf})).status_code == 303
        world.request()
        busy = await pages.post(f"/desk/queues/{world.queues['werk']}/remove", data={"csrf": csrf})
        assert busy.status_code == 422
        hours = {"csrf": csrf, "opening_hours": "1-5 08:30-16:00", "holiday_region": "midden", "most_claims": ""}
        numbers = {"first_answer_hours": "4", "next_answer_hours": "8", "claim_hours": "6", "handover_days": "5"}
        assert (await pages.post("/desk/queues/hours", data={**hours, **numbers})).status_code == 303
        wrong = await pages.post("/desk/queues/hours", data={**hours, **numbers, "opening_hours": "altijd"})
        assert wrong.status_code == 422
        assert "1-5 08:30-16:00" in (await pages.get("/desk/queues")).text


@pytest.mark.anyio
async def test_no_request_gets_stuck(world: DeskWorld) -> None:
    """After any history of what counsellors, persons and time do, every open request is in one queue and has an owner or
    a moment at which it is brought to mind."""
    people = [world.counsellor(f"Coach {letter}", "werk", "leren") for letter in "AB"]
    requests = [world.request(urgent=place % 4 == 0) for place in range(size(4, 50))]
    chance = random.Random(17)
    async with world.desk(people[0]) as one, world.desk(people[1]) as two:
        for _ in range(size(30, 10_000)):
            desk, request_id = chance.choice((one, two)), chance.choice(requests)
            act = chance.choice(("claim", "release", "reply", "close", "transfer", "away", "time", "call"))
            if act == "time":
                world.clock.go(seconds=chance.choice((60, 3600, 30 * 3600)))
                await move_all(world.database, world.vault, at=world.clock())
            elif act == "away":
                await _away(world, chance.choice(people))
            elif act != "call":
                body = {"text": "Hoi."} if act == "reply" else {"reason": "x", "queue": world.queues["leren"]}
                sent = None if act in ("claim", "release", "close") else body
                await desk.post(f"/api/v1/desk/requests/{request_id}/{act}", json=sent)
            _check_nothing_is_stuck(world)


async def _away(world: DeskWorld, who: Somebody) -> None:
    acting = service.Counsellor(who.id, world.organisations["gemeente"], who.name)
    at = world.clock()

    def go(db: object) -> object:
        until = at + 2 * DAY
        return standing_in.go_away(db, world.vault, acting, until=until, stand_in=None, at=at)  # type: ignore[arg-type]

    left = await world.database.write(go)
    for id in left:  # type: ignore[attr-defined]
        await world.database.write(
            lambda db, id=id: standing_in.leave_behind(db, world.vault, acting, id, at=at)  # type: ignore[misc]
        )


def _check_nothing_is_stuck(world: DeskWorld) -> None:
    """The invariant itself, as it could be asked of any database."""
    lost = sa.and_(OF.status == "waiting", OF.escalate_at.is_(None))
    forgotten = sa.and_(OF.status == "claimed", OF.waiting_since.is_not(None), OF.escalate_at.is_(None))
    nobodys = sa.and_(OF.status == "claimed", OF.claimed_by.is_(None))
    assert world.rows(sa.select(OF.id, OF.status).where(sa.or_(lost, forgotten, nobodys))) == []
