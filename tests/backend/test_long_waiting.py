"""What is due in a minute or in a year and a half happens once, and on time, whatever becomes of the workers and the clock
(R13); and a worker that dies between sending and writing it down leaves no riddle (trust §5)."""

from __future__ import annotations

import json
import random
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from backend.audit import audit_event
from backend.connections import sending
from backend.connections.models import webhook_delivery
from backend.connections.webhooks import announce, make_webhook
from backend.conversations.messages import add, draft, find
from backend.conversations.models import conversation, outbox
from backend.conversations.service import sealed_address
from backend.db import Transaction
from backend.dutch_time import in_amsterdam
from backend.engines import make_engine, open_database, sqlite_engine
from backend.follow_ups.models import follow_up
from backend.follow_ups.service import plan, plan_offer
from backend.organisations.counsellors import Counsellor
from backend.queues.settings import change_setting
from backend.queues.working_time import USUAL, read_hours
from backend.quiet_hours import next_allowed, zone_named
from backend.retention.terms import AFTER_CLOSING
from backend.support_requests.models import support_request
from backend.support_requests.service import claim
from backend.vault import KeyRing, Vault
from clockwork import PAUSES, Nursery, Workers
from desk_world import DeskWorld, make_desk_world
from dialogs.conversation import Conversation, write
from dialogs.effects import PlanFollowUp
from fake_telegram import FakeTelegram
from sizes import size

JOBS, KILLS = size(60, 1_000), size(6, 50)
SECOND = 1_000_000
MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 24 * 3600 * SECOND
LONGEST = 548 * DAY
LEASE = sending._LEASE
KINDS = ("follow_up", "offer", "claim", "retention", "webhook")
ZONES = (None, "America/Kralendijk", "Asia/Tokyo")
OF = support_request.c
Allowed = Callable[[int], int]


@dataclass
class House:
    """A desk and the workers beside it; a connection that only looks."""

    world: DeskWorld
    workers: Workers
    eye: sa.Engine
    staff: Counsellor
    shown: list[int] = field(default_factory=list)
    died: set[int] = field(default_factory=set)
    """What the clock said when a worker was killed."""
    abandoned: set[tuple[str, int]] = field(default_factory=set)
    """Webhooks, and at which try, that a worker had in hand when it was killed."""

    def look(self, statement: sa.Select[Any]) -> list[Any]:
        with self.eye.connect() as connection:
            return list(connection.execute(statement).all())

    def set(self, at: int) -> None:
        """The clock says this from now on."""
        self.workers.clock.at = at
        self.shown.append(at)

    def replace_worker(self) -> None:
        """Kills the worker, wherever it is; another takes its place."""
        self.workers.kill()
        self.died.add(self.workers.clock.at)
        self.abandoned |= self._in_hand()
        self.workers.start()

    def settle(self) -> None:
        """Waits until the workers did everything that is due by the clock, and have nothing in hand: what they take along to
        the next moment could be lost there, with a worker that dies at another moment than that of its claim."""
        began = time.monotonic()
        while self._is_due() or self._in_hand() - self.abandoned:
            assert time.monotonic() < began + 60, "what is due is not done"
            assert self.workers.is_alive(), self.workers.log()
            if time.monotonic() > began + 10 and not self._is_due():
                self.abandoned |= self._in_hand()  # a server may finish a dead worker's claim after its death
            time.sleep(0.003)

    def _in_hand(self) -> set[tuple[str, int]]:
        of = webhook_delivery.c
        rows = self.look(sa.select(of.id, of.tries).where(of.state == "waiting", of.lease_until > 0))
        return {(row.id, row.tries) for row in rows}

    def _is_due(self) -> bool:
        at = self.workers.clock.at
        due = (
            sa.select(follow_up.c.id).where(follow_up.c.state == "waiting", follow_up.c.due_at <= at),
            sa.select(OF.id).where(OF.status != "closed", OF.escalate_at <= at),
            sa.select(outbox.c.conversation_id).where(outbox.c.state == "waiting", outbox.c.due_at <= at),
            sa.select(outbox.c.conversation_id).where(outbox.c.state == "sending", outbox.c.lease_until < at),
            sa.select(webhook_delivery.c.id).where(
                webhook_delivery.c.state == "waiting",
                webhook_delivery.c.due_at <= at,
                webhook_delivery.c.lease_until <= at,
            ),
            sa.select(OF.id).where(OF.closed_at + AFTER_CLOSING <= at),
        )
        return bool(self.look(sa.union_all(*due)))


@contextmanager
def _house(nursery: Nursery, database_url: str, folder: Path, *, telegram: str = "") -> Iterator[House]:
    ring = KeyRing.make()
    ring.write(folder / "verder.key")
    world = make_desk_world(open_database(database_url))
    world.vault = Vault(ring)
    one = world.counsellor("Coach A", "werk")
    staff = Counsellor(one.id, world.organisations["gemeente"], "Coach A", "organisation_admin")
    sqlite = database_url.startswith("sqlite")
    eye = sqlite_engine(database_url, pool_size=1, read_only=True) if sqlite else make_engine(database_url)
    workers = Workers(nursery, database_url, folder, telegram)
    workers.clock.at = world.clock()
    try:
        yield House(world, workers, eye, staff)
    finally:
        workers.end()
        eye.dispose()
        world.database.close()


def _talk(db: Transaction, vault: Vault, address: str) -> Any:
    """A conversation on the push channel."""
    person_id, id = vault.add_person(db), secrets.token_hex(16)
    state = json.dumps({"conversation": write(Conversation(channel="telegram", language="nl")), "offered": {}})
    values = {
        "id": id,
        "person_id": person_id,
        "channel": "telegram",
        "state": vault.seal(db, person_id, "conversation.state", id, state.encode()),
        "address_index": vault.index("telegram", address),
        "last_number": 0,
        "reachable": True,
        "started_at": 0,
        "updated_at": 0,
    }
    db.execute(sa.insert(conversation), values)
    row = find(db, id)
    sealed = sealed_address(db, vault, row, address)
    db.execute(sa.update(conversation).where(conversation.c.id == id).values(address=sealed, updated_at=2**53))
    return find(db, id)


@dataclass
class Jobs:
    """What is planned: for each job by its name when it must happen, and how to find out when it did."""

    house: House
    chance: random.Random
    due: dict[str, int] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    allowed: dict[str, Allowed] = field(default_factory=dict)
    """For each job the first moment from a moment on at which it may be."""
    unseen: Counter[str] = field(default_factory=Counter)
    """For each webhook how many tries a dying worker took along before anything was sent."""

    def plan(self, count: int) -> None:
        """So many jobs of each kind in turn, from a minute to a year and a half ahead."""
        world, base = self.house.world, self.house.world.clock()
        world.do(self._listen)
        for number in range(count):
            kind = KINDS[number % len(KINDS)]
            ahead = int(MINUTE * (LONGEST / MINUTE) ** self.chance.random())
            name, allowed = getattr(self, f"_{kind}")(base + ahead, number)
            self.due[name], self.kinds[name], self.allowed[name] = allowed(base + ahead), kind, allowed

    def _listen(self, db: Transaction) -> None:
        by, at = self.house.staff, self.house.world.clock()
        make_webhook(db, self.house.world.vault, by, url="https://voorbeeld.nl/haak", events=["opened"], at=at)
        change_setting(
            db, by.organisation_id, next_answer_hours=20_000
        )  # who came back is not brought to mind every day

    def _follow_up(self, at: int, number: int) -> tuple[str, Allowed]:
        zone = ZONES[number // len(KINDS) % len(ZONES)]

        def work(db: Transaction) -> str:
            row = _talk(db, self.house.world.vault, str(number))
            day = PlanFollowUp(kind="month", day=_day(at), text_id="", text_version="", language="nl", time_zone=zone)
            plan(db, row, day)
            db.execute(sa.update(follow_up).where(follow_up.c.conversation_id == row.id).values(due_at=at))
            return str(row.id)

        return self.house.world.do(work), lambda at: next_allowed(at, zone_named(zone))

    def _offer(self, at: int, number: int) -> tuple[str, Allowed]:
        def work(db: Transaction) -> str:
            vault, row = self.house.world.vault, _talk(db, self.house.world.vault, str(number))
            home = self.house.world.organisations["school"]
            plan_offer(db, vault, row.id, person_id=row.person_id, organisation_id=home, again=False, at=at)
            return str(row.id)

        return self.house.world.do(work), next_allowed

    def _claim(self, at: int, _number: int) -> tuple[str, Allowed]:
        world, staff = self.house.world, self.house.staff
        id = world.request(waited=0)

        def work(db: Transaction) -> None:
            claim(db, world.vault, staff, id, at=world.clock())
            db.execute(sa.update(support_request).where(OF.id == id).values(escalate_at=at))

        world.do(work)
        return id, read_hours(USUAL).next_opening

    def _retention(self, at: int, _number: int) -> tuple[str, Allowed]:
        world = self.house.world
        id = world.request(waited=0)

        def work(db: Transaction) -> str:
            row = db.execute(sa.select(OF.person_id, OF.conversation_id).where(OF.id == id)).one()
            done = {"status": "closed", "closed_at": at - AFTER_CLOSING, "escalate_at": None, "waiting_since": None}
            db.execute(sa.update(support_request).where(OF.id == id).values(**done))
            db.execute(sa.update(conversation).where(conversation.c.id == row.conversation_id).values(updated_at=0))
            return str(row.person_id)

        return world.do(work), _always

    def _webhook(self, at: int, _number: int) -> tuple[str, Allowed]:
        def work(db: Transaction) -> str:
            announce(db, self.house.staff.organisation_id, "opened", secrets.token_hex(16), at=at)
            newest = sa.select(webhook_delivery.c.id).where(webhook_delivery.c.made_at == at)
            return str(db.execute(newest).scalar_one())

        return self.house.world.do(work), _always

    def happened(self) -> dict[str, list[int]]:
        """When each job happened, as often as it did."""
        found: dict[str, list[int]] = {name: [] for name in self.due}
        for name, kind in self.kinds.items():
            if kind in ("follow_up", "offer"):
                done = sa.select(follow_up.c.done_at).where(
                    follow_up.c.conversation_id == name, follow_up.c.state == "sent"
                )
                said = sa.select(outbox.c.due_at).where(outbox.c.conversation_id == name)
                assert len(self.house.look(done)) == len(self.house.look(said)), "said more or less than once"
                found[name] = [row.done_at for row in self.house.look(done)]
        actions = {"request.came_back", "person.erase"}
        events = sa.select(audit_event.c.object, audit_event.c.at).where(audit_event.c.action.in_(actions))
        for row in self.house.look(events):
            found.setdefault(row.object, []).append(row.at)
        for name, at in self.house.workers.outside.seen("webhook"):
            id, tries = name.split(":")
            assert at >= self.due[id]
            if not found[id]:
                self.unseen[id] = int(tries) - 1
            if int(tries) == self.unseen[id] + 1:
                found[id].append(at)
        return found


def _always(at: int) -> int:
    return at


def _day(at: int) -> date:
    return in_amsterdam(at).date()


def test_everything_happens_once_and_on_time(nursery: Nursery, database_url: str, tmp_path: Path) -> None:
    """Follow-ups, offers, claims that come back, what is kept no longer and webhooks, from a minute to eighteen months ahead,
    while workers are killed and the clock jumps forward and back: each once, none early, at most a minute late. The clock
    stands still while a worker works; how long its loops rest is checked beside it."""
    seed = secrets.randbelow(10**6)
    print("seed", seed)
    chance = random.Random(seed)
    with _house(nursery, database_url, tmp_path) as house:
        jobs = Jobs(house, chance)
        jobs.plan(JOBS)
        house.workers.start()
        moments = sorted(jobs.due.values())
        kills = sorted(chance.sample(range(len(moments)), KILLS))
        place = 0
        while place < len(moments):
            if chance.random() < 0.1:  # back, for a while
                house.set(house.workers.clock.at - chance.randrange(1, 6) * HOUR)
                house.settle()
            if chance.random() < 0.1:  # forward, over several
                place = min(place + chance.randrange(5), len(moments) - 1)
            house.set(moments[place] + chance.randrange(20 * SECOND))
            if kills and kills[0] <= place:  # one at a time, also where the clock jumped over several
                kills.pop(0)
                time.sleep(chance.random() * 0.04)
                house.replace_worker()
            house.settle()
            place += 1
        _finish(house)
        happened = jobs.happened()
        assert house.workers.kills + len(kills) == KILLS
        assert house.workers.kills >= KILLS / 2
        assert happened.keys() == jobs.due.keys()
        wrong = [(jobs.kinds[name], jobs.due[name], times) for name, times in happened.items() if len(times) != 1]
        assert wrong == []
        late = [
            (times[0] - _known(jobs, name), jobs.kinds[name], jobs.due[name], times[0])
            for name, times in happened.items()
        ]
        assert min(happened[name][0] - jobs.due[name] for name in jobs.due) >= 0
        assert max(late)[0] <= MINUTE, max(late)
        _check_outside(house)


def _finish(house: House) -> None:
    """Webhooks that are refused twice come again within a minute; what a dead worker had in hand is let go; what was laid
    by for a night or a weekend comes."""
    for step in (*[2 * MINUTE] * 10, *[4 * HOUR] * 24):
        house.set(house.workers.clock.at + step)
        house.settle()


def _known(jobs: Jobs, name: str) -> int:
    """When a worker could first know that it may be: a clock that jumped over the moment showed it only then, what was
    laid by for a night or a weekend waits for their end, and what a dying worker had in hand for the end of its lease."""
    due, allowed, unseen = jobs.due[name], jobs.allowed[name], jobs.unseen[name]
    for shown in jobs.house.shown:
        if shown >= due and (due := allowed(shown)) == shown:
            if not unseen:
                return shown
            assert shown in jobs.house.died
            due, unseen = shown + LEASE, unseen - 1
    raise AssertionError("the clock never came there")


def _check_outside(house: House) -> None:
    """No message arrived twice; only as many as workers died in it may be uncertain, and each of these says so."""
    arrived = Counter(name for name, _ in house.workers.outside.seen("message"))
    assert set(arrived.values()) <= {1}
    states = Counter(row.state for row in house.look(sa.select(outbox.c.state)))
    assert set(states) <= {"sent", "uncertain"}
    assert states["uncertain"] <= house.workers.kills
    hooks = Counter(row.state for row in house.look(sa.select(webhook_delivery.c.state)))
    assert set(hooks) == {"sent"}


def test_the_loops_rest_less_than_a_minute() -> None:
    """Between two looks at the clock a worker rests at most half a minute; only what is kept no longer may wait ten."""
    for name, seconds in PAUSES.items():
        module, _, constant = name.rpartition(".")
        assert getattr(__import__(module, fromlist=[constant]), constant) == seconds
        assert seconds <= (600 if "retention" in name else 30)


@pytest.mark.parametrize("safety", [False, True])
def test_a_worker_that_dies_after_sending(
    nursery: Nursery, database_url: str, tmp_path: Path, telegram: FakeTelegram, *, safety: bool
) -> None:
    """Telegram has the message and the worker is killed before it writes that down: afterwards it is uncertain and shown as
    such, and never sent again; words about danger are sent once more. What comes after it is delivered."""
    chat, other = 4_711, 4_712
    telegram.person_says(chat, "hoi")
    telegram.person_says(other, "hoi")
    with _house(nursery, database_url, tmp_path, telegram=telegram.url) as house:
        vault, at = house.world.vault, house.world.clock()

        def write_two(db: Transaction) -> None:
            row = _talk(db, vault, str(chat))
            first = draft(1, "bot", "Bel 112.", language="nl", at=at)
            words = [replace(first, safety=safety), draft(2, "bot", "Daarna.", language="nl", at=at)]
            add(db, vault, row, words, at)

        house.world.do(write_two)
        house.set(at)
        telegram.fail("sendMessage", "hang_after")
        house.workers.start()
        telegram.until(lambda: bool(telegram.called("sendMessage")))
        house.workers.kill()
        assert house.look(sa.select(outbox.c.state).order_by(outbox.c.id))[0].state == "sending"
        house.workers.start()
        elsewhere = draft(1, "bot", "Hoi.", language="nl", at=at)
        house.world.do(lambda db: add(db, vault, _talk(db, vault, str(other)), [elsewhere], at))
        telegram.until(lambda: bool(telegram.sees(other)) and len(telegram.called("sendMessage")) > 1)
        assert len(telegram.called("sendMessage")) == 2
        house.set(at + 61 * SECOND)
        house.settle()
        _until(lambda: {row.state for row in house.look(sa.select(outbox.c.state))} <= {"sent", "uncertain"})
        states = [row.state for row in house.look(sa.select(outbox.c.state).order_by(outbox.c.id))]
        told = [call.params["text"] for call in telegram.called("sendMessage")]
        assert states == ["sent" if safety else "uncertain", "sent", "sent"]
        assert [text for text in told if "112" in text] == [told[0]] * (2 if safety else 1)
        assert "Daarna." in told[-1]


def _until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.005)
