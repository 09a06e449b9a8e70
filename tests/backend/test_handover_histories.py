"""Random histories of requests: none is ever without a queue and somebody or some moment that looks after it, and none
reaches another organisation without the person's consent, or leaves the first one for good without their word."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa

from backend.consents.service import active_consents
from backend.conversations.models import conversation
from backend.db import Transaction
from backend.errors import Refused
from backend.handovers import keeping, service
from backend.handovers.models import handover
from backend.handovers.reading import list_handovers
from backend.organisations.counsellors import Counsellor
from backend.queues.models import queue, queue_member
from backend.support_requests import repository
from backend.support_requests import service as requests
from backend.support_requests.models import assignment, support_request
from backend.support_requests.opening import new_words
from backend.support_requests.passing import pass_on
from desk_world import DeskWorld
from dialogs.effects import AnswerHandover, RecordConsent
from dialogs.goals.handover import DATA_GROUPS, PURPOSE
from sizes import size

DAY = 24 * 3600 * 1_000_000
HISTORIES = size(8, 10_000)
_STEPS = 30


@dataclass
class History:
    """One request's life: who may act, what time it is, and what the person said themselves."""

    db: Transaction
    world: DeskWorld
    request_id: str
    staff: Sequence[Counsellor]
    chance: random.Random
    at: int
    agreed: set[str] = field(default_factory=set)
    met: set[str] = field(default_factory=set)

    def step(self) -> None:
        """One random act; a refusal changes nothing."""
        acts: list[Callable[[], object]] = [
            self.claim, self.claim, self.reply, self.release, self.close, self.pass_on, self.propose, self.propose,
            self.answer, self.answer, self.decline, self.take_back, self.confirm, self.write, self.later, self.later,
        ]  # fmt: skip
        act = self.chance.choice(self._likely() if self.chance.random() < 0.7 else acts)
        nested = self.db.connection.begin_nested()
        try:
            act()
            nested.commit()
        except Refused:
            nested.rollback()

    def _likely(self) -> list[Callable[[], object]]:
        """What usually comes next, so that histories get far."""
        row = self.db.execute(sa.select(support_request).where(support_request.c.id == self.request_id)).one()
        stage = self.db.execute(sa.select(handover.c.stage).where(handover.c.ended_at.is_(None))).scalar_one_or_none()
        match stage:
            case "asked":
                return [self.answer, self.answer, self.take_back, self.release]
            case "agreed":
                return [self.claim, self.claim, self.decline, self.take_back, self.later]
            case "accepted":
                return [self.confirm, self.reply, self.later, self.later, self.release, self.claim]
        return [self.propose] if row.claimed_by else [self.claim]

    @property
    def who(self) -> Counsellor:
        """Mostly somebody who can act here: the owner, or a colleague where the request lies; now and then anybody."""
        row = self.db.execute(sa.select(support_request).where(support_request.c.id == self.request_id)).one()
        near = [one for one in self.staff if row.claimed_by in (one.id, None)]
        near = [one for one in near if one.organisation_id == row.organisation_id]
        return self.chance.choice(near if near and self.chance.random() < 0.8 else self.staff)

    @property
    def vault(self) -> Any:
        return self.world.vault

    def claim(self) -> None:
        service.claim(self.db, self.vault, self.who, self.request_id, at=self.at)

    def reply(self) -> None:
        who = self.who
        requests.reply(self.db, self.vault, who, self.request_id, text="Hoi", at=self.at)
        service.after_reply(self.db, self.vault, who, self.request_id, at=self.at)

    def release(self) -> None:
        requests.release(self.db, self.vault, self.who, self.request_id, at=self.at)

    def close(self) -> None:
        if self.chance.random() < 0.3:
            who = self.who
            service.before_close(self.db, self.vault, who, self.request_id, at=self.at)
            requests.close(self.db, self.vault, who, self.request_id, text="", at=self.at)

    def pass_on(self) -> None:
        to = {"queue_id": self.chance.choice(list(self.world.queues.values())), "counsellor_id": None}
        if self.chance.random() < 0.5:
            to["counsellor_id"] = self.who.id
        pass_on(self.db, self.vault, self.who, self.request_id, reason="Past beter", at=self.at, **to)

    def propose(self) -> None:
        to = self.chance.choice([*self.world.organisations.values(), self.world.organisations["school"]])
        service.propose(self.db, self.vault, self.who, self.request_id, organisation_id=to, reason="Omdat", at=self.at)

    def answer(self) -> None:
        row = self.db.execute(sa.select(handover).where(handover.c.stage == "asked")).first()
        if row is None:
            return
        given = self.chance.random() < 0.7
        said = RecordConsent(
            purpose=PURPOSE,
            recipient=row.to_organisation_id,
            data_groups=DATA_GROUPS,
            text_id="handover.ask.question",
            text_version="0123456789abcdef",
            language="nl",
            given=given,
        )
        moved = service.answered(self.db, self._talk(), AnswerHandover(row.id, said), at=self.at)
        if moved.change == "agreed":
            self.agreed.add(row.id)

    def decline(self) -> None:
        service.decline(self.db, self.vault, self.who, self._handover(), reason="Vol", at=self.at)

    def take_back(self) -> None:
        service.take_back(self.db, self.vault, self.chance.choice(self.staff), self._handover(), at=self.at)

    def confirm(self) -> None:
        under_way = self._handover()
        moved = service.confirmed(self.db, self._talk(), met=self.chance.random() < 0.6, at=self.at)
        if moved.change == "confirmed":
            self.met.add(under_way)

    def write(self) -> None:
        open_one = sa.select(support_request.c.id).where(support_request.c.status != "closed")
        if self.db.execute(open_one).first():
            new_words(self.db, self.vault, self._talk().id, None, urgent=self.chance.random() < 0.1)

    def later(self) -> None:
        self.at += self.chance.choice([DAY // 8, DAY, 3 * DAY, 9 * DAY])
        for kind, id in keeping.find_due(self.db, self.at):
            keeping.move_one(self.db, self.vault, kind, id, at=self.at)

    def check(self) -> None:
        """What must hold after every step."""
        of = support_request.c
        row = self.db.execute(sa.select(support_request).where(of.id == self.request_id)).one()
        assert self._count(queue, queue.c.id == row.queue_id, queue.c.organisation_id == row.organisation_id) == 1
        open_assignments = self._count(assignment, assignment.c.ended_at.is_(None))
        if row.status != "closed":
            assert self._count(queue_member, queue_member.c.queue_id == row.queue_id) > 0
            assert row.claimed_by or row.escalate_at, "nobody and no moment looks after this request"
            assert row.escalate_at or row.waiting_since is None, "somebody waits and nothing will remind"
        assert open_assignments == (1 if row.status == "claimed" else 0)
        self._check_handovers(row)

    def _check_handovers(self, row: sa.Row[Any]) -> None:
        found = self.db.execute(sa.select(handover)).all()
        assert sum(one.ended_at is None for one in found) <= 1
        assert {one.id for one in found if one.stage == "confirmed"} == self.met
        assert all(one.accepted_at for one in found if one.stage == "confirmed")
        assert {one.id for one in found if one.consent_id} == self.agreed
        sender = self.world.organisations["gemeente"]
        if row.organisation_id != sender:
            held = active_consents(self.db, row.person_id)
            (given,) = [one for one in held if one.id == row.consent_id]
            assert (given.recipient, given.purpose) == (row.organisation_id, PURPOSE)
        for who in self.staff:
            if who.organisation_id != row.organisation_id:
                with pytest.raises(Refused):
                    repository.one_request(self.db, self.vault, who, self.request_id)
            unasked = [one for one in list_handovers(self.db, who, at=self.at) if not one.sent_by(who)]
            assert {one.id for one in unasked} <= self.agreed

    def _count(self, table: sa.Table, *conditions: sa.ColumnElement[bool]) -> int:
        return int(self.db.execute(sa.select(sa.func.count()).select_from(table).where(*conditions)).scalar_one())

    def _talk(self) -> Any:
        return self.db.execute(sa.select(conversation)).one()

    def _handover(self) -> str:
        under_way = sa.select(handover.c.id).where(handover.c.ended_at.is_(None))
        return str(self.db.execute(under_way).scalar_one_or_none() or "")


def _staff(world: DeskWorld) -> list[Counsellor]:
    """Two at the gemeente, one of them in both queues; two at the school."""
    made = []
    for name, queues, at in (
        ("Coach A", ("werk", "leren"), "gemeente"),
        ("Coach B", ("werk",), "gemeente"),
        ("Coach C", ("school",), "school"),
        ("Coach D", ("school",), "school"),
    ):
        one = world.counsellor(name, *queues, at=at)
        made.append(Counsellor(one.id, world.organisations[at], name))
    return made


class _Undone(Exception):
    """Ends a history without keeping it."""


def test_no_request_is_ever_lost_or_shared_unasked(world: DeskWorld) -> None:
    """After every step of every history: one queue where somebody works, an owner or a moment, and consent for each
    organisation that can read it; a handover counts as done only with the receiver's yes and the person's word."""
    staff = _staff(world)
    seen: set[str] = set()
    for seed in range(HISTORIES):
        request_id = world.request(waited=0)

        def live(db: Transaction, seed: int = seed, request_id: str = request_id) -> None:
            one = History(db, world, request_id, staff, random.Random(seed), world.clock())
            for _ in range(_STEPS):
                one.step()
                one.check()
            seen.update(db.execute(sa.select(handover.c.stage)).scalars())
            raise _Undone

        with pytest.raises(_Undone):
            world.do(live)

        def clear(db: Transaction) -> None:
            from backend.persons.erasing import erase_person

            for person_id in db.execute(sa.select(support_request.c.person_id)).scalars().all():
                erase_person(db, world.vault, person_id, actor="system")

        world.do(clear)
    assert seen >= {"refused", "confirmed", "declined", "returned", "withdrawn"}
