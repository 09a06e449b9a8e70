"""The daily work at the desk: notes, passing on, claims that come back, load, opening hours, and easy writing."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa

from backend.conversations.messages import read_messages
from backend.desk.words import words_for
from backend.desk.writing_views import writing_view
from backend.handovers.keeping import move_all
from backend.queues.settings import change_setting
from backend.queues.working_time import AMSTERDAM, BadHours, read_hours
from backend.support_requests.models import support_request
from desk_world import DeskWorld, hidden

REQUESTS = "/api/v1/desk/requests"
DAY = 24 * 3600 * 1_000_000


def _said(world: DeskWorld, request_id: str) -> str:
    """Everything in the person's conversation."""
    of = support_request.c

    def read(db: object) -> str:
        talk = db.execute(sa.select(of.conversation_id).where(of.id == request_id)).scalar_one()  # type: ignore[attr-defined]
        return "\n".join(one.text for one in read_messages(db, world.vault, talk))  # type: ignore[arg-type]

    said: str = world.do(read)
    return said


@pytest.mark.anyio
async def test_a_note_is_read_by_colleagues_and_never_sent(world: DeskWorld) -> None:
    """A note stands on the page for the own organisation, sealed in the database, and in no message."""
    request_id = world.request()
    async with world.desk(world.counsellor("Coach A", "werk")) as desk:
        assert (await desk.post(f"{REQUESTS}/{request_id}/note", json={"text": "Belt liever niet."})).status_code == 200
        assert (await desk.post(f"{REQUESTS}/{request_id}/note", json={"text": " "})).status_code == 422
    async with world.pages(world.counsellor("Coach B", "werk")) as pages:
        assert "Belt liever niet." in (await pages.get(f"/desk/requests/{request_id}")).text
    async with world.desk(world.counsellor("Coach C", "school", at="school")) as other:
        assert (await other.post(f"{REQUESTS}/{request_id}/note", json={"text": "x"})).status_code == 404
    assert "Belt liever niet." not in _said(world, request_id)


@pytest.mark.anyio
async def test_passing_on_to_a_queue_and_to_a_colleague(world: DeskWorld) -> None:
    """The request waits at the receiver as "transferred" until somebody takes it; the reason is a note."""
    first, second = world.counsellor("Coach A", "werk"), world.counsellor("Coach B", "werk", "leren")
    request_id = world.request()
    async with world.desk(first) as desk, world.desk(second) as other:
        await desk.post(f"{REQUESTS}/{request_id}/claim")
        body = {"counsellor": second.id, "reason": "Jij kent de winkels."}
        assert (await desk.post(f"{REQUESTS}/{request_id}/transfer", json=body)).json()["status"] == "transferred"
        assert (await other.get(f"{REQUESTS}?status=transferred")).json()["requests"][0]["id"] == request_id
        assert (await other.get(f"{REQUESTS}?status=waiting")).json()["requests"] == []
        await other.post(f"{REQUESTS}/{request_id}/claim")
        body = {"queue": world.queues["leren"], "reason": "Dit gaat over leren."}
        assert (await other.post(f"{REQUESTS}/{request_id}/transfer", json=body)).status_code == 200
        assert (await desk.get(f"{REQUESTS}/{request_id}")).status_code == 404
        assert (await other.get(f"{REQUESTS}/{request_id}")).json()["status"] == "transferred"
        again = {"queue": world.queues["school"], "reason": "x"}
        await other.post(f"{REQUESTS}/{request_id}/claim")
        assert (await other.post(f"{REQUESTS}/{request_id}/transfer", json=again)).status_code == 422


@pytest.mark.anyio
async def test_a_claim_without_an_answer_comes_back(world: DeskWorld) -> None:
    """After the set working hours the request is everybody's again, and the person is told honestly, once."""
    request_id = world.request()
    async with world.desk(world.counsellor("Coach A", "werk")) as desk:
        await desk.post(f"{REQUESTS}/{request_id}/claim")
        await move_all(world.database, world.vault, at=world.clock())
        assert (await desk.get(f"{REQUESTS}/{request_id}")).json()["status"] == "claimed"
        monday = int(datetime(2031, 3, 3, 11, tzinfo=AMSTERDAM).timestamp()) * 1_000_000
        for _ in range(2):
            await move_all(world.database, world.vault, at=monday)
        assert (await desk.get(f"{REQUESTS}/{request_id}")).json()["status"] == "waiting"
    assert _said(world, request_id).count("Ik vraag iemand anders") == 1


@pytest.mark.anyio
async def test_the_load_is_capped_kindly_and_danger_is_not(world: DeskWorld) -> None:
    """Who has as many as the organisation allows is told so; danger can always be taken."""
    world.do(lambda db: change_setting(db, world.organisations["gemeente"], most_claims=1))
    first, second, urgent = world.request(), world.request(), world.request(urgent=True)
    async with world.desk(world.counsellor("Coach A", "werk")) as desk:
        statuses = [(await desk.post(f"{REQUESTS}/{id}/claim")).status_code for id in (first, second, urgent)]
    assert statuses == [200, 409, 200]


@pytest.mark.anyio
async def test_the_forms_work_without_scripts(world: DeskWorld) -> None:
    """Note, reading level and passing on are plain forms; what was typed stays."""
    first = world.counsellor("Coach A", "werk")
    world.counsellor("Coach B", "werk")
    request_id = world.request()
    path = f"/desk/requests/{request_id}"
    async with world.pages(first) as pages:
        csrf = hidden((await pages.get(path)).text, "csrf")
        await pages.post(f"{path}/claim", data={"csrf": csrf})
        looked = await pages.post(f"{path}/check", data={"csrf": csrf, "text": "Jouw traject begint."})
        assert "Schrijf liever: plan" in looked.text
        assert "Jouw traject begint.</textarea>" in looked.text
        noted = await pages.post(f"{path}/note", data={"csrf": csrf, "note": "Let op"}, follow_redirects=True)
        assert "Let op" in noted.text
        for to in ("", "nowhere:1", "organisation:x", "queue:x"):
            refused = await pages.post(f"{path}/transfer", data={"csrf": csrf, "to": to, "text": "Reden"})
            assert refused.status_code == 422
        place = f"organisation:{world.organisations['school']}"
        asked = await pages.post(f"{path}/transfer", data={"csrf": csrf, "to": place, "text": "Reden"})
        assert asked.headers["location"] == f"{path}?done=propose"
    assert "Mag je vraag naar Organisatie school?" in _said(world, request_id)


def test_easy_words_have_a_badge() -> None:
    """The desk says the level of an answer, and nothing of an empty one."""
    assert writing_view(words_for("nl"), " ") is None
    shown = writing_view(words_for("nl"), "Hoi! Kun je morgen bellen?")
    assert shown is not None
    assert (shown.level, shown.hints, shown.swaps) == ("A2", [], [])


def _at(day: int, hour: int, minute: int = 0, *, month: int = 11) -> int:
    return int(datetime(2026, month, day, hour, minute, tzinfo=AMSTERDAM).timestamp()) * 1_000_000


@pytest.mark.parametrize(
    ("since", "hours", "ends"),
    [
        (_at(23, 10), 4, _at(23, 14)),
        (_at(23, 16), 4, _at(24, 12)),
        (_at(20, 16), 4, _at(23, 12)),
        (_at(22, 12), 8, _at(23, 17)),
        (_at(24, 16, month=12), 2, _at(28, 10, month=12)),
    ],
)
def test_hours_count_only_while_it_is_open(since: int, hours: int, ends: int) -> None:
    """Nights, weekends and Christmas do not count."""
    assert read_hours("1-5 09:00-17:00").after_hours(since, hours) == ends


def test_days_and_openings() -> None:
    """Ten working days end at closing time; a closed organisation opens on its next day, not in its school holiday."""
    usual = read_hours("1-5 09:00-17:00")
    assert usual.after_days(_at(22, 12), 10) == _at(4, 17, month=12)
    assert usual.opened(_at(23, 9)) == (_at(23, 9), _at(23, 17))
    assert usual.opened(_at(23, 17)) is None
    assert usual.next_opening(_at(22, 12)) == _at(23, 9)
    holidays = read_hours("1-4 09:00-17:00; 5 09:00-12:30", "midden")
    assert holidays.opened(_at(21, 10, month=12)) is None
    assert holidays.opened(_at(27, 12)) == (_at(27, 9), _at(27, 12, 30))


@pytest.mark.parametrize(
    "written", ["", "8 09:00-17:00", "1-5 17:00-09:00", "5-1 09:00-17:00", "1 29:00-30:00", "maandag"]
)
def test_hours_that_cannot_be(written: str) -> None:
    """Opening hours that mean nothing are refused before they are kept."""
    with pytest.raises(BadHours):
        read_hours(written)
