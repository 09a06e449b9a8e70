"""Every open request lies in one queue with somebody or a moment that looks after it (R17): whatever people do, and as a
check that runs every night."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from unittest.mock import patch

import pytest
import sqlalchemy as sa

from backend.db import Transaction
from backend.errors import Refused, Unavailable
from backend.handovers import keeping, service
from backend.handovers.models import handover
from backend.organisations.counsellors import Counsellor
from backend.organisations.models import counsellor
from backend.persons.erasing import erase_person
from backend.queues.models import queue, queue_member
from backend.queues.settings import be_away
from backend.support_requests import orphans as watch
from backend.support_requests import service as requests
from backend.support_requests.leaving import give_all_back
from backend.support_requests.models import assignment, support_request
from backend.support_requests.opening import new_words
from backend.support_requests.orphans import keep_watch, orphans
from backend.support_requests.passing import pass_on
from backend.support_requests.reassigning import reassign
from backend.support_requests.standing_in import chosen, go_away, leave_behind
from backend.telemetry import exposition
from desk_world import DeskWorld
from dialogs.effects import ChooseHelper
from sizes import size

HISTORIES, STEPS = size(60, 10_000), size(8, 12)
_FEWER = size(4, 1)
"""Of the short run on PostgreSQL, where a step costs four times as much."""
OF = support_request.c
HOUR = 3600 * 1_000_000


class _Undone(Exception):
    """Ends a history without keeping it."""


@dataclass
class Life:
    """Two requests of two persons, five counsellors of two organisations, and what happens to them."""

    db: Transaction
    world: DeskWorld
    ids: Sequence[str]
    staff: Sequence[Counsellor]
    chance: random.Random
    at: int

    def step(self) -> None:
        """One random act; a refusal changes nothing."""
        acts: list[Callable[[], object]] = [
            self.claim, self.claim, self.claim, self.reply, self.release, self.close, self.pass_on, self.reassign,
            self.go_away, self.come_back, self.choose, self.leave, self.return_to_work, self.write, self.hand_over,
            self.erase, self.later, self.later, self.later,
        ]  # fmt: skip
        nested = self.db.connection.begin_nested()
        try:
            self.chance.choice(acts)()
            nested.commit()
        except Refused:
            nested.rollback()

    @property
    def one(self) -> str:
        return self.chance.choice(self.ids)

    @property
    def who(self) -> Counsellor:
        return self.chance.choice(self.staff)

    def _owner(self, id: str) -> Counsellor:
        owner = self.db.execute(sa.select(OF.claimed_by).where(OF.id == id)).scalar_one_or_none()
        return next((one for one in self.staff if one.id == owner), self.who)

    def claim(self) -> None:
        service.claim(self.db, self.world.vault, self.who, self.one, at=self.at)

    def reply(self) -> None:
        id = self.one
        requests.reply(self.db, self.world.vault, self._owner(id), id, text="Hoi", at=self.at)

    def release(self) -> None:
        id = self.one
        requests.release(self.db, self.world.vault, self._owner(id), id, at=self.at)

    def close(self) -> None:
        id = self.one
        service.before_close(self.db, self.world.vault, self._owner(id), id, at=self.at)
        requests.close(self.db, self.world.vault, self._owner(id), id, text="", at=self.at)

    def pass_on(self) -> None:
        id, to = self.one, self.chance.choice(list(self.world.queues.values()))
        somebody = self.chance.choice([None, self.who.id])
        by = self._owner(id)
        pass_on(self.db, self.world.vault, by, id, queue_id=to, counsellor_id=somebody, reason="Past beter", at=self.at)

    def reassign(self) -> None:
        by = Counsellor(self.who.id, self.world.organisations["gemeente"], "Coach A", "team_lead")
        reassign(self.db, self.world.vault, by, self.one, counsellor_id=self.who.id, reason="Te veel werk", at=self.at)

    def go_away(self) -> None:
        who = self.who
        until = self.at + self.chance.choice([5, 50, 500]) * HOUR
        stand_in = self.chance.choice([None, self.who.id])
        for id in go_away(self.db, self.world.vault, who, until=until, stand_in=stand_in, at=self.at):
            leave_behind(self.db, self.world.vault, who, id, at=self.at)

    def come_back(self) -> None:
        be_away(self.db, self.who.id, until=None)

    def choose(self) -> None:
        row = self.db.execute(sa.select(support_request).where(OF.id == self.one)).first()
        if row:
            chosen(self.db, self.world.vault, row, ChooseHelper(row.id, wait=self.chance.random() < 0.5), at=self.at)

    def leave(self) -> None:
        who = self.staff[1]  # never the only one in a queue
        give_all_back(self.db, self.world.vault, who, at=self.at)
        self.db.execute(sa.update(counsellor).where(counsellor.c.id == who.id).values(disabled=True))

    def return_to_work(self) -> None:
        self.db.execute(sa.update(counsellor).values(disabled=False))

    def write(self) -> None:
        of = sa.select(OF.conversation_id).where(OF.id == self.one, OF.status != "closed")
        if talk := self.db.execute(of).scalar_one_or_none():
            new_words(self.db, self.world.vault, talk, None, urgent=self.chance.random() < 0.2)

    def hand_over(self) -> None:
        id, school = self.one, self.world.organisations["school"]
        service.propose(
            self.db, self.world.vault, self._owner(id), id, organisation_id=school, reason="Omdat", at=self.at
        )

    def erase(self) -> None:
        person = self.db.execute(sa.select(OF.person_id).where(OF.id == self.one)).scalar_one_or_none()
        if person and self.chance.random() < 0.2:
            erase_person(self.db, self.world.vault, person, actor="person")

    def later(self) -> None:
        self.at += self.chance.choice([1, 9, 30, 200]) * HOUR
        for kind, id in keeping.find_due(self.db, self.at):
            keeping.move_one(self.db, self.world.vault, kind, id, at=self.at)

    def check(self) -> None:
        """What must hold after every step, said once more in other words than those of the nightly check."""
        assert orphans(self.db) == []
        homes = {row.id: row.organisation_id for row in self.db.execute(sa.select(queue.c.id, queue.c.organisation_id))}
        for row in self.db.execute(sa.select(support_request).where(OF.status != "closed")):
            assert homes[row.queue_id] == row.organisation_id
            assert row.claimed_by or row.escalate_at
            assert row.escalate_at or row.waiting_since is None
            mine = sa.select(assignment.c.counsellor_id).where(
                assignment.c.request_id == row.id, assignment.c.ended_at.is_(None)
            )
            assert self.db.execute(mine).scalars().all() == ([row.claimed_by] if row.claimed_by else [])


def _staff(world: DeskWorld) -> list[Counsellor]:
    found = []
    for name, queues, at in (
        ("Coach A", ("werk", "leren"), "gemeente"),
        ("Coach B", ("werk", "leren"), "gemeente"),
        ("Coach C", ("werk",), "gemeente"),
        ("Coach D", ("school",), "school"),
        ("Coach E", ("school",), "school"),
    ):
        one = world.counsellor(name, *queues, at=at)
        found.append(Counsellor(one.id, world.organisations[at], name))
    return found


def test_whatever_people_do_somebody_looks_after_it(world: DeskWorld) -> None:
    """After each step of each history there is no orphan, according to the nightly check and to a second look; every kind
    of act happens."""
    staff, ids = _staff(world), [world.request(waited=0), world.request(queue="leren", waited=HOUR)]
    seen: set[tuple[str, bool]] = set()
    for seed in range(HISTORIES // (_FEWER if world.do(lambda db: db.locks_rows) else 1)):

        def live(db: Transaction, seed: int = seed) -> None:
            life = Life(db, world, ids, staff, random.Random(seed), world.clock())
            for _ in range(STEPS):
                life.step()
                life.check()
            seen.update(
                (row.status, bool(row.intended_for)) for row in db.execute(sa.select(OF.status, OF.intended_for))
            )
            raise _Undone

        with pytest.raises(_Undone):
            world.do(live)
    assert {status for status, _ in seen} == {"waiting", "claimed", "closed"}


def _break(world: DeskWorld, id: str, why: str) -> None:
    changes = {
        "queue": {"queue_id": world.queues["school"]},
        "nobody": {"escalate_at": None},
        "silent": {"escalate_at": None, "status": "claimed", "claimed_by": "owner"},
        "owner": {"status": "claimed", "claimed_by": "owner"},
    }
    members = sa.delete(queue_member)

    def work(db: Transaction) -> None:
        owner = db.execute(sa.select(counsellor.c.id).limit(1)).scalar_one()
        if why == "deserted":
            db.execute(members)
            return
        values = {key: owner if value == "owner" else value for key, value in changes[why].items()}
        db.execute(sa.update(support_request).where(OF.id == id).values(**values))

    world.do(work)


@pytest.mark.parametrize("why", ["queue", "nobody", "silent", "owner", "deserted"])
def test_an_orphan_is_seen(world: DeskWorld, why: str, caplog: pytest.LogCaptureFixture) -> None:
    """What can be wrong with an open request is found, counted and logged as an error without naming anybody; a closed
    request is left alone."""
    world.counsellor("Coach A", "werk")
    world.counsellor("Coach D", "school", at="school")
    id, done = world.request(), world.request()
    closed = {"status": "closed", "closed_at": 1, "escalate_at": None}
    world.do(lambda db: db.execute(sa.update(support_request).where(OF.id == done).values(**closed)))
    assert world.do(orphans) == []
    _break(world, id, why)
    assert [(one.id, one.why) for one in world.do(orphans)] == [(id, why)]
    _watch(world, caplog)
    assert "verder_requests_orphaned 1.0" in exposition()
    told = [record for record in caplog.records if record.name == "backend.support_requests.orphans"]
    (line,) = [record for record in told if record.levelno == logging.ERROR]
    assert why in line.getMessage()
    assert id not in line.getMessage()


def test_it_is_looked_for_once_a_night(world: DeskWorld, caplog: pytest.LogCaptureFixture) -> None:
    """At the start and then at each quarter past four: not more often, whatever the clock does meanwhile."""
    world.counsellor("Coach A", "werk")
    looks: list[int] = []
    clock = [watch.next_night(world.clock()) - 60 * 1_000_000]
    script = iter([60, 600, 3600, -7200, 7200, 24 * 3600, 60])

    def tell(_found: object) -> None:
        looks.append(clock[0])

    async def sleep(_waiting: object, _seconds: float) -> None:
        step = next(script, None)
        if step is None:
            stop.set()
        else:
            clock[0] += step * 1_000_000
        _waiting.close()  # type: ignore[attr-defined]
        raise TimeoutError

    stop = asyncio.Event()
    with (
        patch.object(watch, "now", lambda: clock[0]),
        patch.object(watch, "_tell", tell),
        patch("backend.support_requests.orphans.asyncio.wait_for", sleep),
    ):
        asyncio.run(keep_watch(world.database, stop))
    assert len(looks) == 3  # at the start, this night, the next


def test_a_database_that_is_away_is_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    """The check says so and goes on; it does not end the worker."""

    class Away:
        async def read(self, _work: object) -> None:
            stop.set()
            raise Unavailable

    stop = asyncio.Event()
    asyncio.run(keep_watch(Away(), stop))  # type: ignore[arg-type]
    assert "checking open requests: not now" in caplog.text


def _watch(world: DeskWorld, caplog: pytest.LogCaptureFixture) -> None:
    async def look() -> None:
        stop = asyncio.Event()
        watching = asyncio.ensure_future(keep_watch(world.database, stop))
        while not any("looked after by nobody" in record.getMessage() for record in caplog.records):
            await asyncio.sleep(0.01)
        stop.set()
        await watching

    asyncio.run(asyncio.wait_for(look(), 60))


def test_a_handover_keeps_its_request_in_hand(world: DeskWorld) -> None:
    """A request on its way to another organisation is in one queue all the time."""
    staff, id = _staff(world), world.request(waited=0)
    at = world.clock()

    def hand_over(db: Transaction) -> None:
        service.claim(db, world.vault, staff[0], id, at=at)
        school = world.organisations["school"]
        service.propose(db, world.vault, staff[0], id, organisation_id=school, reason="Past beter", at=at)

    world.do(hand_over)
    assert world.rows(sa.select(handover.c.stage))[0].stage == "asked"
    assert world.do(orphans) == []
