"""Messages for later: each is sent once, by day, to whoever asked, and to nobody who stopped or is gone."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from backend.conversations.models import conversation
from backend.db import Transaction, now
from backend.follow_ups.models import follow_up
from backend.follow_ups.service import plan, send_one
from backend.quiet_hours import due_moment, next_allowed, zone_named, zone_to_keep
from backend.retention.purging import purge
from dialogs.effects import PlanFollowUp
from world import Person, World

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
_DAY = 24 * 3600 * 1_000_000


def _plans(world: World, kind: str = "month") -> Person:
    """Somebody who wants to be asked in a month."""
    person = world.person()
    for tap in ("remind", f"remind:{kind}"):
        person.taps(tap)
    person.sees += person.messages(after=len(person.messages()) - 1)
    person.chooses("planned:yes")
    return person


def _due(world: World, person: Person) -> int:
    found = world.rows(sa.select(follow_up.c.due_at).where(follow_up.c.conversation_id == person.id))
    return int(found[-1][0])


def _send(world: World, at: int) -> int:
    """Sends all that is due at this moment; how many."""
    sent = 0
    while world.do(lambda db: send_one(db, world.service.host.vault, at=at)):
        sent += 1
    return sent


def test_it_comes_on_its_day_and_once(fresh: World) -> None:
    """Nothing comes before its moment; then one message comes, and never a second."""
    person = _plans(fresh)
    due, before = _due(fresh, person), len(person.messages())
    assert _send(fresh, due - 1) == 0
    assert _send(fresh, due) == 1
    assert _send(fresh, due + _DAY) == 0
    (message,) = person.messages(after=before)
    assert [choice["id"] for choice in message["choices"]] == ["going:well", "going:help", "going:stop"]


def test_many_senders_send_once(fresh: World) -> None:
    """Eight workers that look at the same moment send one message between them."""
    person = _plans(fresh)
    due, before = _due(fresh, person), len(person.messages())
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: _send(fresh, due), range(8)))
    assert len(person.messages(after=before)) == 1


@pytest.mark.parametrize("how", ["going:stop", "stop"])
def test_who_stops_hears_nothing(fresh: World, how: str) -> None:
    """After "send nothing more", and after stopping the chat, what was planned is not sent."""
    person = _plans(fresh)
    due = _due(fresh, person)
    person.taps(how)
    before = len(person.messages())
    assert _send(fresh, due) == 0
    assert not person.messages(after=before)


def test_planning_again_takes_the_place(fresh: World) -> None:
    """Who plans the same message twice gets it once."""
    person = _plans(fresh)
    person.taps("remind:month")
    person.sees += person.messages(after=len(person.messages()) - 1)
    person.chooses("planned:yes")
    waiting = sa.select(sa.func.count()).select_from(follow_up).where(follow_up.c.state == "waiting")
    assert fresh.rows(waiting)[0][0] == 1


def test_the_erased_hear_nothing(fresh: World) -> None:
    """Erasing takes planned messages along."""
    person = _plans(fresh)
    due = _due(fresh, person)
    assert fresh.http.delete(person.path, headers=person.headers).status_code < 300
    assert fresh.count(follow_up) == 0
    assert _send(fresh, due) == 0


def test_a_conversation_waits_for_its_message(fresh: World) -> None:
    """A conversation with a message to come is not cleared away after a day; after that message it is."""
    person = _plans(fresh)
    due = _due(fresh, person)

    def clean(at: int) -> int:
        found: int = fresh.do(lambda db: purge(db, fresh.service.host.vault, at=at))
        return found

    assert clean(due - _DAY) == 0
    assert _send(fresh, due) == 1
    assert clean(max(due, now()) + 2 * _DAY) == 1
    assert person.get().status_code == 404


def test_it_is_in_what_is_held(fresh: World) -> None:
    """What is planned stands in everything that is held about somebody."""
    person = _plans(fresh)
    (planned,) = person.get("export").json()["follow_ups"]
    assert planned["kind"] == "month"


def test_quiet_hours(fresh: World) -> None:
    """A worker that was away until the night waits for the morning."""
    person = _plans(fresh)
    day = datetime.fromtimestamp(_due(fresh, person) / 1_000_000, AMSTERDAM).date() + timedelta(days=1)
    night = datetime(day.year, day.month, day.day, 3, 0, tzinfo=AMSTERDAM)
    assert _send(fresh, int(night.timestamp()) * 1_000_000) == 0
    assert _send(fresh, int(night.replace(hour=9).timestamp()) * 1_000_000) == 1


ZONES = (AMSTERDAM, ZoneInfo("America/Kralendijk"), ZoneInfo("Asia/Tokyo"), ZoneInfo("America/New_York"))


@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_forty_years_of_nights(zone: ZoneInfo) -> None:
    """On both nights of every year that the clocks change, and around them, a day's moment is 16:30 there, never in the
    quiet hours, and moments follow the order of their days."""
    for year in range(2026, 2066):
        for month in (3, 10):
            days = [date(year, month, 24) + timedelta(days=step) for step in range(8)]
            moments = [due_moment(day, zone) for day in days]
            local = [datetime.fromtimestamp(moment / 1_000_000, zone) for moment in moments]
            assert [(one.date(), one.hour, one.minute) for one in local] == [(day, 16, 30) for day in days]
            assert all(later > earlier for earlier, later in itertools.pairwise(moments))
            assert all(next_allowed(moment, zone) == moment for moment in moments)
            for day in days:
                for hour in range(24):
                    at = int(datetime(day.year, day.month, day.day, hour, tzinfo=UTC).timestamp()) * 1_000_000
                    then = datetime.fromtimestamp(next_allowed(at, zone) / 1_000_000, zone)
                    assert next_allowed(at, zone) >= at
                    assert 9 <= then.hour < 20


@pytest.mark.parametrize("day", [date(2027, 3, 28), date(2027, 10, 31)])
@pytest.mark.parametrize("name", [None, "America/Kralendijk"])
def test_a_night_that_skips_or_repeats_an_hour(verder: World, day: date, name: str | None) -> None:
    """What was planned for the day of such a night comes once, at half past four, whoever looks each half hour."""
    person, zone = verder.person(), zone_named(name)
    row = sa.select(conversation).where(conversation.c.id == person.id)
    kind = PlanFollowUp(
        kind="month", day=day, text_id="", text_version="", language="nl", time_zone=zone.key if name else None
    )
    verder.do(lambda db: plan(db, db.execute(row).one(), kind))
    before = len(person.messages())
    seen = {}
    start = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1_000_000
    for half_hour in (*range(-4, 8), *range(28, 46)):
        at = start + half_hour * 30 * 60 * 1_000_000
        _send(verder, at)
        seen[at] = len(person.messages(after=before))
    first = min(at for at, count in seen.items() if count)
    assert f"{datetime.fromtimestamp(first / 1_000_000, zone):%Y-%m-%d %H:%M}" == f"{day} 16:30"
    assert set(seen.values()) == {0, 1}


def _zone(world: World, person: Person) -> tuple[str | None, datetime]:
    """The zone of somebody's message, and the clock there when it is due."""
    of = follow_up.c
    (row,) = world.rows(sa.select(of.time_zone, of.due_at).where(of.conversation_id == person.id))
    return row.time_zone, datetime.fromtimestamp(row.due_at / 1_000_000, zone_named(row.time_zone))


def _wants_one(person: Person) -> Person:
    for tap in ("remind", "remind:month"):
        person.taps(tap)
    person.sees = person.messages()
    assert "half vijf" in person.sees[-1]["text"]
    person.chooses("planned:yes")
    return person


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("America/Kralendijk", "America/Kralendijk"),
        ("Asia/Tokyo", "Asia/Tokyo"),
        ("Europe/Amsterdam", None),
        ("Europe/Brussels", None),
        ("Nergens/Huis", None),
        ("../../etc/passwd", None),
        ("x" * 5000, None),
        ("", None),
        (None, None),
    ],
)
def test_the_clock_of_the_device(verder: World, said: str | None, kept: str | None) -> None:
    """A message comes at half past four where the device is; what is no zone, or is the Dutch time, changes nothing."""
    person = _wants_one(verder.person(**({"time_zone": said} if said is not None else {})))
    zone, local = _zone(verder, person)
    assert zone == kept
    assert (local.hour, local.minute) == (16, 30)


def test_the_clock_of_the_islands(verder: World) -> None:
    """Who lives on Bonaire gets it in the afternoon of Bonaire, whatever their device says, and in no night there."""
    person = verder.person(time_zone="Europe/London")
    person.chooses("person")
    person.says("Ik zoek werk.")
    person.chooses("kind:work")
    person.says("Bonaire")
    _wants_one(person)
    zone, local = _zone(verder, person)
    assert (zone, local.hour, local.minute) == ("America/Kralendijk", 16, 30)
    before = len(person.messages())
    at = _due(verder, person) + 15 * 3600 * 1_000_000  # 7:30 there, past noon in the Netherlands
    _send(verder, at)
    assert len(person.messages()) == before
    _send(verder, at + 2 * 3600 * 1_000_000)
    assert len(person.messages()) == before + 1


def test_a_zone_that_makes_no_difference_is_not_kept() -> None:
    """Only where the clock is another than the Dutch one, in winter or in summer, its zone is kept."""
    winter = int(datetime(2026, 12, 1, tzinfo=UTC).timestamp()) * 1_000_000
    assert zone_to_keep("Europe/Paris", at=winter) is None
    assert zone_to_keep("Africa/Lagos", at=winter) == "Africa/Lagos"
    assert zone_to_keep("Europe/London", at=winter) == "Europe/London"


def test_nothing_is_due_without_a_plan(fresh: World) -> None:
    """An empty table is no work."""

    def look(db: Transaction) -> bool:
        return send_one(db, fresh.service.host.vault, at=due_moment(date(2030, 1, 1)))

    assert fresh.do(look) is False
