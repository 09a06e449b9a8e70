"""Messages for later: each is sent once, by day, to whoever asked, and to nobody who stopped or is gone."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from backend.db import Transaction, now
from backend.follow_ups.calendar import due_moment, next_allowed
from backend.follow_ups.models import follow_up
from backend.follow_ups.service import send_one
from backend.retention.purging import purge
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


def test_forty_years_of_nights() -> None:
    """On both nights of every year that the clocks change, and around them, a day's moment is 16:30 there, never in the
    quiet hours, and moments follow the order of their days."""
    for year in range(2026, 2066):
        for month in (3, 10):
            days = [date(year, month, 24) + timedelta(days=step) for step in range(8)]
            moments = [due_moment(day) for day in days]
            local = [datetime.fromtimestamp(moment / 1_000_000, AMSTERDAM) for moment in moments]
            assert [(one.date(), one.hour, one.minute) for one in local] == [(day, 16, 30) for day in days]
            assert all(later > earlier for earlier, later in itertools.pairwise(moments))
            assert all(next_allowed(moment) == moment for moment in moments)
            for day in days:
                for hour in range(24):
                    at = int(datetime(day.year, day.month, day.day, hour, tzinfo=UTC).timestamp()) * 1_000_000
                    then = datetime.fromtimestamp(next_allowed(at) / 1_000_000, AMSTERDAM)
                    assert next_allowed(at) >= at
                    assert 9 <= then.hour < 20


def test_nothing_is_due_without_a_plan(fresh: World) -> None:
    """An empty table is no work."""

    def look(db: Transaction) -> bool:
        return send_one(db, fresh.service.host.vault, at=due_moment(date(2030, 1, 1)))

    assert fresh.do(look) is False
