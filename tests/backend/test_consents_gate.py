"""The consent gate (trust promise S16): over random histories nothing of a person is readable without a consent in force
that names this organisation, purpose, data and text, on both databases."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

import backend.consents.service
from backend.consents.models import consent, sharing
from backend.consents.recorded import Said, record_at_desk
from backend.consents.service import (
    GivenBy,
    Kind,
    active_consents,
    add_row,
    lift,
    record_consent,
    require_consent,
    require_sharing,
    restrict,
    share,
    sharing_states,
)
from backend.conversations.models import conversation
from backend.db import Transaction, now
from backend.engines import make_engine
from backend.errors import Refused
from backend.my_data.withdrawing import withdraw
from backend.organisations.counsellors import Counsellor
from backend.organisations.service import make_counsellor, make_organisation, make_queue
from backend.support_requests import repository, service
from backend.support_requests.models import support_request
from backend.support_requests.opening import open_request
from backend.vault import KeyRing, Vault
from desk_world import _add_conversation
from dialogs.effects import OpenSupportRequest, RecordConsent
from sizes import size

GROUPS = ("need", "messages", "language")
PURPOSES: tuple[Kind, ...] = ("support_request", "transition_document", "handover")
NEED = "Alleen voor wie dat mag: {}"
HISTORIES, PARTS = size(10, 1_250), size(1, 8)
"""Each part is a test of its own: with all of them 10,000 histories."""
OTHER = ("", "", "person", "place", "purpose", "version", "groups")
"""What a sharing may have other than the consent it is tried on."""


@dataclass(eq=False)
class Agreed:
    """A consent as the model knows it."""

    id: str
    person: int
    place: int
    purpose: Kind
    version: str
    groups: frozenset[str]
    giver: GivenBy
    holds: bool = True


@dataclass(eq=False)
class Thing:
    """Something of a person, and on which consents it was shared with which organisation."""

    id: str
    person: int
    request: bool
    at: int | None = None
    acts: list[tuple[int, list[Agreed]]] = field(default_factory=list)


@dataclass
class Town:
    """Three organisations with a queue and a counsellor each, and transactions on a real database."""

    engine: sa.Engine
    vault: Vault
    places: list[str] = field(default_factory=list)
    counsellors: list[Counsellor] = field(default_factory=list)
    queues: list[str] = field(default_factory=list)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """One transaction; a refusal undoes it."""
        with self.engine.connect() as connection, connection.begin():
            yield Transaction(connection)

    @contextmanager
    def looking(self) -> Iterator[Transaction]:
        """A transaction that is not kept."""
        with self.engine.connect() as connection:
            yield Transaction(connection)

    def fill(self) -> None:
        """The organisations."""
        with self.transaction() as db:
            for number in range(3):
                place = make_organisation(db, kind="gemeente", name=f"Plaats {number}")
                queue = make_queue(db, place, name="Rij", kind_of_help="other")
                email = f"{secrets.token_hex(4)}@voorbeeld.nl"
                who = make_counsellor(
                    db, self.vault, place, email=email, name="Coach A", password_hash="x", queue_ids=[queue]
                )
                self.places.append(place)
                self.queues.append(queue)
                self.counsellors.append(Counsellor(id=who, organisation_id=place, name="Coach A"))

    def person(self) -> tuple[str, str]:
        """A new person: id and conversation."""
        with self.transaction() as db:
            person_id, conversation_id = self.vault.add_person(db), secrets.token_hex(16)
            _add_conversation(db, self.vault, person_id, conversation_id, "nl", now())
            return person_id, conversation_id


class Histories(RuleBasedStateMachine):
    """Persons agree, refuse, take back and lock; things are shared, moved and read, in any order."""

    town: Town
    places = st.integers(0, 2)
    persons = st.integers(0, 1)
    purposes = st.sampled_from(PURPOSES)
    versions = st.sampled_from(("v1", "v2"))
    groups = st.sets(st.sampled_from(GROUPS), min_size=1)
    givers = st.sampled_from(("youth", "parents"))

    @initialize()
    def begin(self) -> None:
        """Two persons and nothing shared."""
        self.who = [self.town.person() for _ in range(2)]
        self.agreed: list[Agreed] = []
        self.things: list[Thing] = []
        self.locked = [False, False]
        self.turns = 0

    @rule(
        person=persons, place=places, purpose=purposes, version=versions, groups=groups, given=st.booleans(),
        lasts=st.booleans(),
    )  # fmt: skip
    def answers(
        self, person: int, place: int, purpose: Kind, version: str, groups: set[str], given: bool, lasts: bool
    ) -> None:
        """A yes or a no; some are long ago, and over."""
        said = self._said(place, purpose, version, groups, given)
        more: dict[str, Any] = {"given_by": "youth"}
        if given and not lasts:
            more["expires_at"] = now() - 1
        with self.town.transaction() as db:
            id = add_row(db, *self.who[person], said, more)
        if given:
            self.agreed.append(Agreed(id, person, place, purpose, version, frozenset(groups), "youth", lasts))

    @rule(person=persons, place=places, purpose=st.sampled_from(PURPOSES[1:]), groups=groups)
    def a_parent_agrees(self, person: int, place: int, purpose: Kind, groups: set[str]) -> None:
        """A counsellor records what a parent said."""
        person_id, conversation_id = self.who[person]
        with self.town.transaction() as db:
            id = record_at_desk(
                db,
                self.town.vault,
                self.town.counsellors[place],
                person_id=person_id,
                conversation_id=conversation_id,
                purpose=purpose,
                recipient=self.town.places[place],
                recipient_name="Plaats",
                data_groups=tuple(groups),
                said=Said(given_by="parents", giver="moeder", how="phone", said_at=now()),
            )
        self.agreed.append(Agreed(id, person, place, purpose, "", frozenset(groups), "parents"))

    @rule(which=st.integers(0, 100), other=st.sampled_from(OTHER), parents=st.booleans(), again=st.booleans())
    def is_shared(self, which: int, other: str, parents: bool, again: bool) -> None:
        """Something is laid before an organisation, as was agreed or with one thing other than that: it is opened exactly
        when everybody who must agreed to exactly this."""
        if not self.agreed:
            return
        one = self.agreed[which % len(self.agreed)]
        person = 1 - one.person if other == "person" else one.person
        place = (one.place + 1) % 3 if other == "place" else one.place
        purpose = PURPOSES[PURPOSES.index(one.purpose) - 1] if other == "purpose" else one.purpose
        version = "v3" if other == "version" else one.version
        groups = {*one.groups, *GROUPS} if other == "groups" else set(one.groups)
        givers: tuple[GivenBy, ...] = ("youth", "parents") if parents else ("youth",)
        mine = [thing for thing in self.things if thing.person == person]
        thing = mine[-1] if again and mine else Thing(secrets.token_hex(16), person, request=False)
        fitting = [self._fitting(person, place, purpose, version, groups, giver) for giver in givers]
        allowed = all(fitting) and not self.locked[person]
        with self.town.transaction() as db:
            refused = _refused(
                lambda: share(
                    db,
                    self.who[person][0],
                    kind=purpose,
                    object_id=thing.id,
                    purpose=purpose,
                    recipient=self.town.places[place],
                    data_groups=tuple(groups),
                    text_version=version,
                    givers=givers,
                )
            )
        assert (refused is None) == allowed
        if allowed:
            thing.acts.append((place, [found[-1] for found in fitting]))
            self.things += [] if thing in self.things else [thing]
        else:
            assert refused is not None
            assert (refused.status, refused.code) == (409, "restricted" if self.locked[person] else "no_consent")

    @rule(person=persons, place=places, version=versions, other=places)
    def asks_for_help(self, person: int, place: int, version: str, other: int) -> None:
        """A request goes to a queue with the consent of the same turn; one for another place is refused."""
        said = self._said(place, "support_request", version, set(GROUPS), True)
        recipient = self.town.places[other]
        asked = OpenSupportRequest(recipient=recipient, kind_of_help="other", need=NEED.format(person), language="nl", urgent=False)  # fmt: skip
        person_id, conversation_id = self.who[person]

        def work(db: Transaction) -> tuple[str, str]:
            consent_id = record_consent(db, person_id, conversation_id, said)
            row = db.execute(sa.select(conversation).where(conversation.c.id == conversation_id)).one()
            return consent_id, open_request(db, self.town.vault, row, asked, agreed=said, consent_id=consent_id)

        try:
            with self.town.transaction() as db:
                consent_id, id = work(db)
        except Refused:
            fits = self._fitting(person, other, "support_request", version, set(GROUPS), "youth")
            assert self.locked[person] or (place != other and not fits)
            return
        agreed = Agreed(consent_id, person, place, "support_request", version, frozenset(GROUPS), "youth")
        self.agreed.append(agreed)
        read_on = self._fitting(person, other, "support_request", version, set(GROUPS), "youth")[-1]
        self.things.append(Thing(id, person, request=True, at=other, acts=[(other, [read_on])]))

    @rule(place=places)
    def is_moved_without_asking(self, place: int) -> None:
        """A row that lands at another organisation, by whatever mistake, cannot be read there."""
        requests = [thing for thing in self.things if thing.request]
        if requests:
            values = {"organisation_id": self.town.places[place], "queue_id": self.town.queues[place]}
            with self.town.transaction() as db:
                db.execute(sa.update(support_request).where(support_request.c.id == requests[-1].id).values(**values))
            requests[-1].at = place

    @rule(which=st.integers(0, 100), person=persons)
    def takes_back(self, which: int, person: int) -> None:
        """A consent is taken back by whose it is; by anybody else nothing happens."""
        if not self.agreed:
            return
        one = self.agreed[which % len(self.agreed)]
        own = one.giver == "youth"
        by = None if own else self.town.counsellors[one.place]
        with self.town.transaction() as db:
            done = withdraw(db, self.town.vault, self.who[person][0], one.id, by=by)
            again = withdraw(db, self.town.vault, self.who[person][0], one.id, by=by)
        assert again is None
        if done is None:
            assert one.person != person or not one.holds
        if one.person == person:
            one.holds = False

    @rule(person=persons, on=st.booleans())
    def is_locked(self, person: int, on: bool) -> None:
        """The lock goes on or off."""
        with self.town.transaction() as db:
            assert (restrict if on else lift)(db, self.who[person][0]) == (self.locked[person] != on)
        self.locked[person] = on

    @invariant()
    def nobody_reads_without_consent(self) -> None:
        """For every thing and organisation: readable exactly when an act of sharing has all its consents in force."""
        if not hasattr(self, "who"):
            return
        with self.town.looking() as db:
            self._the_ledger_says_what_holds(db)
            for place, recipient in enumerate(self.town.places):
                states = sharing_states(db, [thing.id for thing in self.things], recipient=recipient)
                assert {id for id, state in states.items() if state == "open"} == {
                    thing.id for thing in self.things if self._readable(thing, place)
                }
            self.turns += 1
            for thing in {*self.things[-1:], *self.things[self.turns % 4 :: 4]}:
                self._is_read_as_expected(db, thing, self.turns % 3 if self.turns % 2 else thing.at)

    def teardown(self) -> None:
        """At the end everything is tried everywhere."""
        with self.town.looking() as db:
            for thing in getattr(self, "things", ()):
                for place in range(3):
                    self._is_read_as_expected(db, thing, place)

    def _the_ledger_says_what_holds(self, db: Transaction) -> None:
        """The consents in force are those that were given and neither taken back nor over."""
        for number, (person_id, _) in enumerate(self.who):
            held = {one.id for one in self.agreed if one.person == number and one.holds}
            assert {one.id for one in active_consents(db, person_id)} == held

    def _is_read_as_expected(self, db: Transaction, thing: Thing, where: int | None) -> None:
        place = self.turns % 3 if where is None else where
        expected = self._readable(thing, place)
        refused = _refused(lambda: require_sharing(db, thing.id, recipient=self.town.places[place]))
        assert (refused is None) == expected
        if thing.request:
            self._reads(db, thing, place, expected and thing.at == place)

    def _reads(self, db: Transaction, thing: Thing, place: int, expected: bool) -> None:
        """A counsellor of the place opens the request, lists it, and acts on it."""
        who = self.town.counsellors[place]
        read: list[str] = []
        refused = _refused(lambda: read.append(service.read_request(db, self.town.vault, who, thing.id).need))
        assert read == ([NEED.format(thing.person)] if expected else [])
        assert expected or (refused and refused.status in ((404,) if thing.at != place else (409, 410)))
        listed = repository.some_requests(db, self.town.vault, who, [thing.id])
        assert all(one.is_open == expected for one in listed.values())

    def _readable(self, thing: Thing, place: int) -> bool:
        acts = [consents for where, consents in thing.acts if where == place]
        return not self.locked[thing.person] and any(all(one.holds for one in act) for act in acts)

    def _fitting(
        self, person: int, place: int, purpose: Kind, version: str, groups: set[str], giver: GivenBy
    ) -> list[Agreed]:
        return [
            one
            for one in self.agreed
            if (one.person, one.place, one.purpose, one.giver) == (person, place, purpose, giver)
            and one.holds
            and (giver != "youth" or one.version == version)
            and one.groups >= groups
        ]

    def _said(self, place: int, purpose: Kind, version: str, groups: set[str], given: bool) -> RecordConsent:
        return RecordConsent(
            purpose=purpose,
            recipient=self.town.places[place],
            data_groups=tuple(sorted(groups)),
            text_id="dialogs.request.consent",
            text_version=version,
            language="nl",
            given=given,
        )


def _refused(work: Callable[[], object]) -> Refused | None:
    try:
        work()
    except Refused as refused:
        return refused
    return None


@pytest.fixture
def town(database_url: str) -> Iterator[Town]:
    """Organisations on a fresh database."""
    engine = make_engine(database_url)
    town = Town(engine, Vault(KeyRing.make()))
    town.fill()
    yield town
    engine.dispose()


@pytest.mark.parametrize("part", range(PARTS))
def test_nothing_is_readable_without_a_consent_that_fits(town: Town, part: int) -> None:
    """S16: over random histories, what is shared, listed and read is exactly what the consents in force allow."""

    class Here(Histories):
        """The histories of this database."""

    Here.town = town
    many = settings(
        max_examples=HISTORIES, stateful_step_count=14, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(Here, settings=many)


def test_rows_of_the_ledgers_cannot_be_changed(town: Town) -> None:
    """The database itself refuses to change a consent or a sharing; nobody can make a no into a yes."""
    with town.transaction() as db:
        person_id, conversation_id = town.vault.add_person(db), secrets.token_hex(16)
        _add_conversation(db, town.vault, person_id, conversation_id, "nl", now())
        said = RecordConsent(
            purpose="handover", recipient=town.places[0], data_groups=("need",), text_id="t", text_version="v",
            language="nl", given=True,
        )  # fmt: skip
        record_consent(db, person_id, conversation_id, said)
        share(
            db, person_id, kind="handover", object_id="o", purpose="handover", recipient=town.places[0],
            data_groups=("need",), text_version="v",
        )  # fmt: skip
    for change in (sa.update(consent).values(given=False), sa.update(sharing).values(recipient=town.places[1])):
        with pytest.raises(sa.exc.DBAPIError, match="only added"), town.transaction() as db:
            db.execute(change)


def test_nobody_agreeing_is_no_agreement(town: Town) -> None:
    """An empty list of who must agree (it is not known yet) never opens the gate."""
    person_id, conversation_id = town.person()
    said = RecordConsent(
        purpose="handover", recipient=town.places[0], data_groups=("need",), text_id="t", text_version="v",
        language="nl", given=True,
    )  # fmt: skip
    with town.transaction() as db:
        record_consent(db, person_id, conversation_id, said)
        with pytest.raises(Refused, match="no_consent"):
            require_consent(
                db, person_id, purpose="handover", recipient=town.places[0], data_groups=("need",), text_version="v",
                givers=(),
            )  # fmt: skip


@pytest.mark.parametrize("other", ["", "person", "place", "purpose", "version", "groups", "giver", "refused"])
def test_one_thing_other_than_agreed_closes_the_gate(town: Town, other: str) -> None:
    """Sharing what was agreed opens it to that organisation alone; with one thing other than agreed nothing is opened."""
    people = [town.person(), town.person()]
    said = RecordConsent(
        purpose="handover", recipient=town.places[0], data_groups=("need",), text_id="t", text_version="v",
        language="nl", given=other != "refused",
    )  # fmt: skip
    place = town.places[other == "place"]
    with town.transaction() as db:
        record_consent(db, *people[0], said)
        refused = _refused(
            lambda: share(
                db,
                people[other == "person"][0],
                kind="handover",
                object_id="o",
                purpose="transition_document" if other == "purpose" else "handover",
                recipient=place,
                data_groups=("need", "messages") if other == "groups" else ("need",),
                text_version="w" if other == "version" else "v",
                givers=("youth", "parents") if other == "giver" else ("youth",),
            )
        )
        states = [sharing_states(db, ["o"], recipient=one)["o"] for one in town.places]
    assert (refused is None) == (other == "")
    assert [state == "open" for state in states] == [other == "", False, False]


@pytest.mark.parametrize("lost", ["", "youth", "parents", "lock", "over"])
def test_what_rests_on_two_closes_when_one_of_them_is_gone(
    town: Town, lost: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A document that a parent agreed to as well is closed by either of them, by the lock, and when a consent is over."""
    person_id, conversation_id = town.person()
    groups, place, coach = ("need",), town.places[0], town.counsellors[0]
    said = RecordConsent(
        purpose="handover",
        recipient=place,
        data_groups=groups,
        text_id="t",
        text_version="v",
        language="nl",
        given=True,
    )
    heard = Said(given_by="parents", giver="moeder", how="talk", said_at=now())
    with town.transaction() as db:
        end = now() + 10**12
        ends = {"given_by": "youth", "expires_at": end}
        own = add_row(db, person_id, conversation_id, said, ends)
        theirs = record_at_desk(
            db, town.vault, coach, person_id=person_id, conversation_id=conversation_id, purpose="handover",
            recipient=place, recipient_name="Plaats", data_groups=groups, said=heard,
        )  # fmt: skip
        share(
            db, person_id, kind="handover", object_id="o", purpose="handover", recipient=place, data_groups=groups,
            text_version="v", givers=("youth", "parents"),
        )  # fmt: skip
        strange = town.person()[0] if town.engine.dialect.name != "sqlite" else "0" * 32
        assert withdraw(db, town.vault, strange, own) is None
        assert withdraw(db, town.vault, person_id, theirs) is None
        if lost == "youth":
            assert withdraw(db, town.vault, person_id, own)
        elif lost == "parents":
            assert withdraw(db, town.vault, person_id, theirs, by=coach)
        elif lost == "lock":
            restrict(db, person_id)
        elif lost == "over":
            monkeypatch.setattr(backend.consents.service, "now", lambda: end - 1)
            assert sharing_states(db, ["o"], recipient=place)["o"] == "open"
            monkeypatch.setattr(backend.consents.service, "now", lambda: end)
        state = sharing_states(db, ["o"], recipient=place)["o"]
        left = {one.given_by for one in active_consents(db, person_id)}
    assert left == {"youth", "parents"} - {"youth" if lost == "over" else lost}
    assert state == {"": "open", "lock": "restricted", "over": "expired"}.get(lost, "withdrawn")
