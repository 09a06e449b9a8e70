"""The consent gate of the overgangsdocument under any history: it opens exactly while everything it needs is so (S16)."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa

from backend.consents.recorded import Said, record_at_desk
from backend.consents.service import lift, restrict
from backend.conversations import service as conversations
from backend.conversations.messages import look_up
from backend.conversations.service import Host
from backend.db import Transaction, now
from backend.effects import carry_out
from backend.errors import Refused
from backend.organisations.counsellors import Counsellor
from backend.organisations.models import organisation_area
from backend.persons.erasing import erase_person
from backend.prepared import run_together
from backend.support_requests import service as requests
from backend.support_requests.models import support_request
from backend.transition_documents import desk, sending
from backend.transition_documents.desk import Written
from backend.transition_documents.forms import STANDARD
from backend.transition_documents.models import transition_sending
from desk_world import DeskWorld, Somebody
from dialogs.conversation import Conversation
from dialogs.effects import Effect, RecordConsent
from dialogs.transition_document import Line
from dialogs.transition_news import (
    MAKING,
    MAKING_GROUPS,
    RECEIVING_GROUPS,
    DocumentShown,
    DocumentTold,
    DropDocument,
    KeepOwnPart,
    OfferToSchool,
    SendDocument,
    ShowDocument,
    TakeBackDocument,
)
from person import utrecht
from sizes import size

HISTORIES = size(3, 2_000)
STEPS = 30
ACTS = ("own", "offer", "parents", "give", "send", "old_send", "take_back", "lock", "unlock", "drop")


@dataclass
class Known:
    """What must be so, by hand: `agreed` is the content that the person agreed to send, and still agrees to."""

    adult: bool
    own: bool = False
    shared: bool = False
    ready: bool = False
    parents: bool = False
    locked: bool = False
    content: int = 0
    agreed: int | None = None

    @property
    def opens(self) -> bool:
        return self.agreed == self.content and (self.adult or self.parents) and not self.locked


@dataclass
class History:
    """One person, a school and a gemeente, and everything that happens between them."""

    world: DeskWorld
    draw: random.Random
    school: Somebody
    gemeente: Somebody
    known: Known
    host: Host = field(init=False)
    id: str = ""
    person_id: str = ""
    seen: DocumentShown | None = None

    def begin(self) -> None:
        """A new conversation of somebody of a pro school."""
        self.host = Host(self.world.vault, utrecht(), carry_out, erase_person)

        def work(db: Transaction) -> tuple[str, str]:
            received, _ = conversations.start(db, self.host, "web", language="nl")
            row = look_up(db, received.conversation_id)
            facts = {"school_type": "pro", "age": 19 if self.known.adult else 17}
            talk = Conversation(channel="web", language="nl", facts=facts)
            state = conversations.State(talk, {})
            run_together(db.connection, [conversations._saved(db, self.world.vault, row, state, row.last_number)])
            return row.id, row.person_id

        self.id, self.person_id = self.world.do(work)

    def effects(self, *effects: Effect) -> list[Any]:
        """What a turn would ask for."""
        found: list[Any] = self.world.do(
            lambda db: carry_out(db, self.world.vault, look_up(db, self.id), effects, said=None)
        )
        return found

    def act(self, name: str) -> None:
        """One thing that somebody does; what is refused changes nothing."""
        getattr(self, name)()

    def own(self) -> None:
        words = str(self.draw.random())
        self.effects(KeepOwnPart((Line(by="person", field="name", words=words),)))
        self.known.own = True
        self.known.content += 1

    def offer(self) -> None:
        recipient = self.world.organisations["school"]
        agreed = RecordConsent(
            purpose=MAKING,
            recipient=recipient,
            data_groups=MAKING_GROUPS,
            text_id="transition.school.consent",
            text_version="0123456789abcdef",
            language="nl",
            given=True,
        )
        if self._refused(lambda: self.effects(agreed, OfferToSchool(recipient=recipient, language="nl"))):
            assert self.known.locked
            return
        self.known.shared = True

    def parents(self) -> None:
        said = Said(given_by="parents", giver="moeder", how="talk", said_at=now())
        who = Counsellor(self.school.id, self.world.organisations["school"], "Coach A")

        def work(db: Transaction) -> None:
            record_at_desk(
                db,
                self.world.vault,
                who,
                person_id=self.person_id,
                conversation_id=self.id,
                purpose="transition_document",
                recipient=self.world.organisations["gemeente"],
                recipient_name="Organisatie gemeente",
                data_groups=RECEIVING_GROUPS,
                said=said,
            )

        self.world.do(work)
        self.known.parents = True

    def give(self) -> None:
        who = Counsellor(self.school.id, self.world.organisations["school"], "Coach A")
        fields = {"skills": Written(str(self.draw.random()), "school", False)}

        def work(db: Transaction) -> None:
            of = support_request.c
            mine = sa.and_(of.person_id == self.person_id, of.organisation_id == who.organisation_id)
            found = db.execute(sa.select(of.id).where(mine, of.status != "closed")).scalars().first()
            if found is None:
                raise Refused(404, "not_found")
            requests.claim(db, self.world.vault, who, found, at=self.world.clock())
            desk.write(db, self.world.vault, who, found, fields, give=True)

        possible = self.known.shared and not self.known.locked and (self.known.adult or self.known.parents)
        assert self._refused(lambda: self.world.do(work)) is not possible
        if possible:
            self.known.ready = True
            self.known.content += 1

    def send(self) -> None:
        recipient = self.world.organisations["gemeente"]
        (shown,) = self.effects(ShowDocument(recipient=recipient, name="Gemeente", municipality="0344"))
        self.seen = shown if shown.lines else self.seen
        if shown.lines:
            self._say_yes(shown, same=True)
        else:
            permitted = self.known.adult or self.known.parents
            assert not permitted or not (self.known.own or self.known.ready)

    def old_send(self) -> None:
        if self.seen is not None:
            self._say_yes(self.seen, same=False)

    def take_back(self) -> None:
        self.effects(TakeBackDocument())
        self.known.agreed = None

    def lock(self) -> None:
        self.world.do(lambda db: restrict(db, self.person_id))
        self.known.locked = True

    def unlock(self) -> None:
        self.world.do(lambda db: lift(db, self.person_id))
        self.known.locked = False

    def drop(self) -> None:
        if self.draw.random() < 0.3:
            self.effects(DropDocument())
            self.known = Known(self.known.adult, parents=self.known.parents, locked=self.known.locked)

    def check(self) -> None:
        """The newest sending opens exactly when it should, and no older one does."""
        who = Counsellor(self.gemeente.id, self.world.organisations["gemeente"], "Coach B")
        of = transition_sending.c
        sent = self.world.rows(sa.select(of.request_id).where(of.person_id == self.person_id).order_by(of.sent_at))
        opened = {
            row.request_id
            for row in sent
            if not self._refused(
                lambda row=row: self.world.do(lambda db: desk.read(db, self.world.vault, who, row.request_id, STANDARD))
            )
        }
        assert bool(opened) is self.known.opens, self.known
        assert len(opened) <= 1

    def _say_yes(self, shown: DocumentShown, *, same: bool) -> None:
        yes = SendDocument(
            recipient=self.world.organisations["gemeente"],
            municipality="0344",
            digest=shown.digest,
            text_id="transition.agree.consent",
            text_version=shown.digest[:16],
            language="nl",
        )
        told: list[Any] = []
        if self._refused(lambda: told.extend(self.effects(yes))):
            assert self.known.locked
            return
        if told == [DocumentTold("sent", "Organisatie gemeente")]:
            assert self.known.ready and (self.known.adult or self.known.parents)
            assert same or self.seen is not None
            self.known.agreed = self.known.content
        else:
            assert not (same and self.known.ready)

    @staticmethod
    def _refused(work: Any) -> bool:
        try:
            work()
        except Refused:
            return True
        return False


@pytest.mark.parametrize("adult", [True, False])
def test_it_opens_exactly_while_everything_is_so(world: DeskWorld, adult: bool) -> None:
    """Whatever happens in whatever order: no document opens without the consent to exactly this one, and every one that
    should open does."""
    school, gemeente = world.counsellor("Coach A", "school", at="school"), world.counsellor("Coach B", "werk", "leren")
    world.do(
        lambda db: db.execute(
            sa.insert(organisation_area),
            [{"organisation_id": id, "municipality_code": "0344"} for id in world.organisations.values()],
        )
    )
    opened = 0
    for seed in range(HISTORIES):
        draw = random.Random(f"{seed} {adult}")
        history = History(world, draw, school, gemeente, Known(adult))
        history.begin()
        for _ in range(STEPS):
            history.act(draw.choice(ACTS))
            history.check()
            opened += history.known.opens
    assert opened, "no history came as far as an open document"
    assert sending.KIND == "transition_document"
