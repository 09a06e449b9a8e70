"""The consent ledger and what was shared on it, row by row: which consent counts, for how long, and that nothing odd opens."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
import sqlalchemy as sa

import backend.consents.service
from backend.audit import audit_event
from backend.consents.models import consent, sharing
from backend.consents.recorded import Said, record_at_desk, recorded_for
from backend.consents.service import (
    active_consents,
    add_row,
    agreed_to,
    lift,
    record_consent,
    require_consent,
    require_sharing,
    restrict,
    restricted_since,
    share,
    sharing_states,
)
from backend.conversations.models import conversation
from backend.db import Transaction, now
from backend.engines import make_engine
from backend.errors import Refused
from backend.organisations.counsellors import Counsellor
from backend.organisations.service import add_to_queue, make_counsellor, make_organisation, make_queue
from backend.support_requests.access import readable_by
from backend.support_requests.opening import open_request
from backend.vault import KeyRing, Vault
from desk_world import _add_conversation
from dialogs.effects import OpenSupportRequest, RecordConsent

DAY = 24 * 3600 * 1_000_000


@dataclass
class Ledger:
    """One person, two organisations and the transaction in which everything of a test happens."""

    db: Transaction
    vault: Vault
    person_id: str
    conversation_id: str
    places: tuple[str, str]
    coach: Counsellor

    @property
    def said(self) -> RecordConsent:
        """A yes to the first organisation."""
        return RecordConsent(
            purpose="handover", recipient=self.places[0], data_groups=("need", "messages"), text_id="t",
            text_version="v", language="nl", given=True,
        )  # fmt: skip

    def agrees(self, **other: Any) -> str:
        """Records the yes, with something other than usual."""
        return record_consent(self.db, self.person_id, self.conversation_id, replace(self.said, **other))

    def parent_agrees(self, giver: str = "moeder", *, place: int = 0, **other: Any) -> str:
        """A counsellor records a parent's yes."""
        heard = Said(**{"given_by": "parents", "giver": giver, "how": "phone", "said_at": 7, **other})
        return record_at_desk(
            self.db, self.vault, self.coach, person_id=self.person_id, conversation_id=self.conversation_id,
            purpose="handover", recipient=self.places[place], recipient_name="Plaats", data_groups=("need",), said=heard,
        )  # fmt: skip

    def opens(self, object_id: str = "o", **other: Any) -> str:
        """Shares an object with the first organisation."""
        usual = {
            "kind": "handover", "object_id": object_id, "purpose": "handover", "recipient": self.places[0],
            "data_groups": ("need",), "text_version": "v",
        }  # fmt: skip
        return share(self.db, self.person_id, **{**usual, **other})

    def state(self, object_id: str = "o", place: int = 0) -> str:
        """Whether an organisation may read it."""
        return sharing_states(self.db, [object_id], recipient=self.places[place])[object_id]

    def actions(self) -> list[str]:
        """What is in the audit trail, oldest first."""
        return list(self.db.execute(sa.select(audit_event.c.action).order_by(audit_event.c.id)).scalars())


@pytest.fixture
def ledger(database_url: str) -> Iterator[Ledger]:
    """A fresh database; nothing of the test is kept."""
    engine, vault = make_engine(database_url), Vault(KeyRing.make())
    with engine.connect() as connection:
        db, conversation_id = Transaction(connection), secrets.token_hex(16)
        one, two = (make_organisation(db, kind="gemeente", name=f"Plaats {number}") for number in range(2))
        who = make_counsellor(db, vault, one, email="a@voorbeeld.nl", name="Coach A", password_hash="x", queue_ids=[])
        person_id = vault.add_person(db)
        _add_conversation(db, vault, person_id, conversation_id, "nl", now())
        coach = Counsellor(id=who, organisation_id=one, name="Coach A")
        yield Ledger(db, vault, person_id, conversation_id, (one, two), coach)
    engine.dispose()


def _clock(monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    monkeypatch.setattr(backend.consents.service, "now", lambda: at)


def test_a_row_says_everything_that_was_agreed_to(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Purpose, recipient, groups, text, language, giver, when, and until when: a year; a refusal holds for nothing."""
    _clock(monkeypatch, 1000)
    yes, no = ledger.agrees(), ledger.agrees(given=False)
    rows = {row.id: row for row in ledger.db.execute(sa.select(consent))}
    given = rows[yes]
    assert (given.person_id, given.conversation_id, given.recipient) == (
        ledger.person_id,
        ledger.conversation_id,
        ledger.places[0],
    )
    assert (given.purpose, given.data_groups, given.text_id, given.text_version) == (
        "handover",
        "need messages",
        "t",
        "v",
    )
    assert (given.language, given.given, given.given_by, given.at) == ("nl", True, "youth", 1000)
    assert given.expires_at == 1000 + 365 * DAY
    assert (rows[no].given, rows[no].expires_at) == (False, None)
    (active,) = active_consents(ledger.db, ledger.person_id)
    assert (active.id, active.given_by, active.at, active.expires_at) == (yes, "youth", 1000, given.expires_at)
    assert (active.recipient, active.data_groups, active.text_id) == (ledger.places[0], ("need", "messages"), "t")


def test_it_holds_to_its_last_moment_and_no_longer(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """A moment before its end it opens; at the end it does not, and is not in force either. Without an end it stays."""
    _clock(monkeypatch, 0)
    ledger.agrees()
    ledger.opens()
    for at, expected in ((365 * DAY - 1, "open"), (365 * DAY, "expired")):
        _clock(monkeypatch, at)
        assert ledger.state() == expected
        assert bool(active_consents(ledger.db, ledger.person_id)) == (expected == "open")
        assert bool(agreed_to(ledger.db, "o", recipient=ledger.places[0])) == (expected == "open")
    with pytest.raises(Refused) as refused:
        require_sharing(ledger.db, "o", recipient=ledger.places[0])
    assert (refused.value.status, refused.value.code) == (410, "consent_expired")
    endless = {"given_by": "youth", "expires_at": None}
    add_row(ledger.db, ledger.person_id, ledger.conversation_id, ledger.said, endless)
    ledger.opens("p")
    assert ledger.state("p") == "open"


def test_the_newest_that_fits_counts(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Consents stand newest first; what is shared rests on the newest one that fits, the person's and the parent's."""
    ids = []
    for at in (10, 20, 30):
        _clock(monkeypatch, at)
        ids.append((ledger.agrees(), ledger.parent_agrees()))
    own = [one.id for one in active_consents(ledger.db, ledger.person_id) if one.given_by == "youth"]
    assert own == [ids[2][0], ids[1][0], ids[0][0]]
    fitting = {"purpose": "handover", "recipient": ledger.places[0], "data_groups": ("need",), "text_version": "v"}
    with pytest.raises(Refused) as refused:
        require_consent(ledger.db, ledger.person_id, **{**fitting, "purpose": "support_request"})  # type: ignore[arg-type]
    assert (refused.value.status, refused.value.code) == (409, "no_consent")
    both = require_consent(ledger.db, ledger.person_id, **fitting, givers=("youth", "parents"))  # type: ignore[arg-type]
    assert tuple(one.id for one in both) == ids[2]
    ledger.opens(givers=("youth", "parents"))
    read_on = agreed_to(ledger.db, "o", recipient=ledger.places[0])
    assert [(one.id, one.given_by) for one in read_on] == [(ids[2][0], "youth"), (ids[2][1], "parents")]


def test_a_sharing_says_on_what_it_rests(ledger: Ledger) -> None:
    """One row for each consent, each with that consent's text; the legal basis is that of its kind, or what was given."""
    own, theirs = ledger.agrees(), ledger.parent_agrees()
    ledger.opens(givers=("youth", "parents"))
    ledger.opens("p", basis="WEB 9.2.13")
    rows = {(row.object_id, row.consent_id): row for row in ledger.db.execute(sa.select(sharing))}
    assert rows.keys() == {("o", own), ("o", theirs), ("p", own)}
    assert rows["o", own].text_version == "v"
    assert rows["o", theirs].text_version not in ("v", "")
    assert {(row.data_groups, row.recipient, row.kind) for row in rows.values()} == {
        ("need", ledger.places[0], "handover")
    }
    assert rows["o", own].basis.startswith("AVG 6")
    assert rows["p", own].basis == "WEB 9.2.13"


def test_the_newest_sharing_is_what_is_shown(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shared again after a new yes, the desk shows that one; of another object or organisation nothing is shown."""
    for at, version in ((10, "v"), (20, "w")):
        _clock(monkeypatch, at)
        ledger.agrees(text_version=version)
        ledger.opens(text_version=version)
    assert [one.text_version for one in agreed_to(ledger.db, "o", recipient=ledger.places[0])] == ["w"]
    assert agreed_to(ledger.db, "o", recipient=ledger.places[1]) == []
    assert agreed_to(ledger.db, "p", recipient=ledger.places[0]) == []


ODD = ("person_id", "recipient", "purpose", "text_version", "data_groups", "refused", "withdrawal")


@pytest.mark.parametrize("odd", ["", *ODD])
def test_a_row_that_got_there_by_mistake_opens_nothing(ledger: Ledger, odd: str) -> None:
    """A sharing whose person, organisation, purpose, text or groups are not its consent's, or that points at a no or at a
    withdrawal, stays closed, however it came into the table."""
    consent_id = ledger.agrees(given=odd != "refused")
    if odd == "withdrawal":
        more = {"given_by": "youth", "withdraws": secrets.token_hex(16)}
        consent_id = add_row(ledger.db, ledger.person_id, ledger.conversation_id, ledger.said, more)
    row = {
        "id": "s", "consent_id": consent_id, "person_id": ledger.person_id, "kind": "handover", "object_id": "o",
        "recipient": ledger.places[0], "purpose": "handover", "data_groups": "need", "text_version": "v", "basis": "b",
        "at": now(),
    }  # fmt: skip
    other = {
        "person_id": "0" * 32, "recipient": ledger.places[1], "purpose": "support_request", "text_version": "w",
        "data_groups": "need language",
    }  # fmt: skip
    ledger.db.execute(sa.insert(sharing), {**row, **({odd: other[odd]} if odd in other else {})})
    assert [ledger.state(place=place) for place in range(2)] == [
        "open" if not odd else "withdrawn",
        "withdrawn",
    ]
    for place in ledger.places if odd else ledger.places[1:]:
        with pytest.raises(Refused) as refused:
            require_sharing(ledger.db, "o", recipient=place)
        assert (refused.value.status, refused.value.code) == (410, "withdrawn")


def test_one_open_sharing_is_enough_and_what_was_never_shared_is_closed(ledger: Ledger) -> None:
    """An object whose first sharing was closed opens again with a second; another object does not open along with it."""
    first = ledger.agrees()
    ledger.opens()
    more = {"given_by": "youth", "withdraws": first, "expires_at": None}
    add_row(ledger.db, ledger.person_id, ledger.conversation_id, replace(ledger.said, given=False), more)
    assert ledger.state() == "withdrawn"
    ledger.agrees()
    ledger.opens()
    assert (ledger.state(), ledger.state("p"), ledger.state(place=1)) == ("open", "withdrawn", "withdrawn")


def test_the_lock_is_the_persons_own(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Locking once, lifting once, each in the audit trail; somebody else's lock neither closes nor opens anything here."""
    _clock(monkeypatch, 1000)
    ledger.agrees()
    ledger.opens()
    other = ledger.vault.add_person(ledger.db)
    assert restrict(ledger.db, other)
    assert (ledger.state(), restricted_since(ledger.db, ledger.person_id)) == ("open", None)
    assert [restrict(ledger.db, ledger.person_id) for _ in range(2)] == [True, False]
    assert (ledger.state(), restricted_since(ledger.db, ledger.person_id)) == ("restricted", 1000)
    for act in (lambda: ledger.opens("p"), lambda: require_sharing(ledger.db, "o", recipient=ledger.places[0])):
        with pytest.raises(Refused) as refused:
            act()
        assert (refused.value.status, refused.value.code) == (409, "restricted")
    assert [lift(ledger.db, ledger.person_id) for _ in range(2)] == [True, False]
    assert (ledger.state(), restricted_since(ledger.db, other)) == ("open", 1000)
    assert ledger.actions() == ["person.restrict", "person.restrict", "person.lift"]


def test_a_parents_yes_is_kept_with_who_how_and_by_whom(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who said it is sealed; what the desk shows is the newest first, and only what others said and still holds."""
    ledger.agrees()
    for at, giver in ((10, "  de  moeder "), (20, "vader")):
        _clock(monkeypatch, at)
        ledger.parent_agrees(giver, how="written")
    found = recorded_for(ledger.db, ledger.vault, ledger.person_id)
    assert [one.said.giver for one in found] == ["vader", "de moeder"]
    assert {(one.said.given_by, one.said.how, one.said.said_at) for one in found} == {("parents", "written", 7)}
    rows = ledger.db.execute(sa.select(consent).where(consent.c.given_by == "parents")).all()
    assert {(row.recorded_by, row.given, len(row.text_version)) for row in rows} == {(ledger.coach.id, True, 16)}
    assert not any(b"moeder" in row.giver or b"vader" in row.giver for row in rows)
    assert ledger.actions() == ["consent.record", "consent.record"]
    wrong: list[dict[str, Any]] = [{"giver": " "}, {"giver": "x" * 121}, {"given_by": "youth"}]
    for one in wrong:
        with pytest.raises(Refused) as refused:
            ledger.parent_agrees(**one)
        assert (refused.value.status, refused.value.code) == (422, "invalid")
    elsewhere = ledger.parent_agrees("x" * 120, place=1)
    recipients = {one.id: one.recipient for one in active_consents(ledger.db, ledger.person_id)}
    assert recipients[elsewhere] == ledger.places[1]


def test_a_request_of_another_organisation_in_my_queue_is_not_mine(ledger: Ledger) -> None:
    """Both must be so: the request is my organisation's, and it lies in a queue that I work in."""
    queue_id = make_queue(ledger.db, ledger.places[0], name="Rij", kind_of_help="other")
    row = ledger.db.execute(sa.select(conversation)).one()
    agreed = replace(ledger.said, purpose="support_request")
    asked = OpenSupportRequest(
        recipient=ledger.places[0], kind_of_help="other", need="hulp", language="nl", urgent=False
    )  # fmt: skip
    consent_id = ledger.agrees(purpose="support_request")
    open_request(ledger.db, ledger.vault, row, asked, agreed=agreed, consent_id=consent_id)
    assert not ledger.db.execute(readable_by(ledger.coach)).all()
    add_to_queue(ledger.db, ledger.coach.id, queue_id)
    assert len(ledger.db.execute(readable_by(ledger.coach)).all()) == 1
    stranger = replace(ledger.coach, organisation_id=ledger.places[1])
    assert not ledger.db.execute(readable_by(stranger)).all()
