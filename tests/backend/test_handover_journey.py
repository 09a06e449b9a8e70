"""A request on its way to another organisation: what the person, the sender and the receiver each see and can do."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
import sqlalchemy as sa

from backend.consents.models import consent
from backend.db import now
from backend.follow_ups.models import follow_up
from backend.follow_ups.service import send_one
from backend.handovers.keeping import move_all
from backend.handovers.models import handover
from backend.quiet_hours import next_allowed
from backend.support_requests.models import support_request
from world import Counsellor, Json, Person, World

DAY = 24 * 3600 * 1_000_000
REASON = "Zij weten meer van bijles."


def _receiver(world: World, kind: str = "doorstroompunt") -> str:
    from backend.organisations.models import organisation

    return str(world.rows(sa.select(organisation.c.id).where(organisation.c.kind == kind))[0][0])


def _handovers(one: Counsellor) -> list[Json]:
    found: list[Json] = one.http.get("/api/v1/desk/handovers").json()["handovers"]
    return found


def _transfer(one: Counsellor, request_id: str, **body: str) -> httpx.Response:
    return one.http.post(f"/api/v1/desk/requests/{request_id}/transfer", json=body)


def _settle(one: Counsellor, handover_id: str, action: str, **body: str) -> httpx.Response:
    return one.http.post(f"/api/v1/desk/handovers/{handover_id}/{action}", json=body or None)


def _said(person: Person) -> str:
    person.sees = person.messages()
    return "\n".join(one["text"] for one in person.sees)


@contextmanager
def _proposed(world: World) -> Iterator[tuple[Person, str, Counsellor, Counsellor]]:
    """A person whose claimed request is proposed to the Doorstroompunt; both counsellors are logged in."""
    person = world.person()
    person.asks_for_help()
    request_id = str(
        world.rows(sa.select(support_request.c.id).where(support_request.c.conversation_id == person.id))[0][0]
    )
    with world.counsellor() as sender, world.counsellor("doorstroompunt") as receiver:
        assert sender.does("claim", request_id).status_code == 200
        answer = _transfer(sender, request_id, organisation=_receiver(world), reason=REASON)
        assert answer.status_code == 200, answer.text
        person.sees = person.messages()
        yield person, request_id, sender, receiver


def _of(one: Counsellor, request_id: str) -> Json:
    return next(each for each in _handovers(one) if each["request"] == request_id)


def test_the_whole_way_over(verder: World) -> None:
    """Proposed, agreed, accepted, confirmed: the request moves at the person's yes and the sender is done at the end."""
    with _proposed(verder) as (person, request_id, sender, receiver):
        assert REASON in _said(person)
        assert receiver.http.get(f"/api/v1/desk/requests/{request_id}").status_code == 404
        assert all(one["request"] != request_id for one in _handovers(receiver))
        person.chooses("handover:yes")
        assert sender.http.get(f"/api/v1/desk/requests/{request_id}").status_code == 404
        seen = receiver.opens(request_id)
        assert (seen["status"], seen["need"]) == ("transferred", "Ik zoek werk in een winkel.")
        assert _of(sender, request_id)["stage"] == _of(receiver, request_id)["stage"] == "agreed"
        assert receiver.does("claim", request_id).status_code == 200
        assert receiver.does("close", request_id).json()["error"]["code"] == "handover_open"
        assert receiver.does("reply", request_id, text="Hoi, ik kan helpen.").status_code == 200
        assert "Heb je contact gehad met Demo Doorstroompunt?" in _said(person)
        person.says("Waar is mijn vraag?")
        assert "ging van Demo Gemeente naar Demo Doorstroompunt" in _said(person)
        person.chooses("handover:notyet")
        assert _of(sender, request_id)["no_contact_at"]
        person.taps("handover:met")
        assert _of(sender, request_id)["stage"] == "confirmed"
        assert receiver.does("close", request_id).status_code == 200


def test_no_keeps_the_help_where_it_is(verder: World) -> None:
    """A refusal is recorded, nothing is shared, and the same counsellor goes on helping."""
    with _proposed(verder) as (person, request_id, sender, receiver):
        person.chooses("handover:no")
        assert "Je vraag blijft bij Demo Gemeente" in _said(person)
        assert sender.does("reply", request_id, text="Dan help ik je.").status_code == 200
        assert receiver.http.get(f"/api/v1/desk/requests/{request_id}").status_code == 404
        given = verder.rows(
            sa.select(consent.c.given).where(consent.c.conversation_id == person.id, consent.c.purpose == "handover")
        )
        assert [row.given for row in given] == [False]


def test_words_never_agree(verder: World) -> None:
    """Agreeing is done with the button: the label typed goes to the counsellor as words."""
    with _proposed(verder) as (person, request_id, sender, _):
        person.says("Ja, dat mag")
        assert _of(sender, request_id)["stage"] == "asked"


def test_a_declined_request_comes_back_at_once(verder: World) -> None:
    """The receiver says why, and can read nothing from then on; the person and the sender know."""
    with _proposed(verder) as (person, request_id, sender, receiver):
        person.chooses("handover:yes")
        one = _of(receiver, request_id)["id"]
        assert _settle(receiver, one, "decline", reason="").status_code == 422
        assert _settle(sender, one, "decline", reason="Nee").status_code == 404
        assert _settle(receiver, one, "decline", reason="Wij zijn vol.").json()["stage"] == "declined"
        assert receiver.http.get(f"/api/v1/desk/requests/{request_id}").status_code == 404
        assert sender.opens(request_id)["status"] == "waiting"
        assert "Je vraag is terug bij Demo Gemeente" in _said(person)
        assert sender.does("claim", request_id).status_code == 200
        page = sender.http.get(f"/desk/handovers/{one}").text
        assert "Wij zijn vol." in page


def test_the_sender_takes_back_until_the_receiver_said_yes(verder: World) -> None:
    """A proposal and a request on its way can be taken back; once accepted, no more."""
    with _proposed(verder) as (person, request_id, sender, receiver):
        one = _of(sender, request_id)["id"]
        assert _settle(sender, one, "take-back").json()["stage"] == "withdrawn"
        assert person.taps("handover:yes:0123456789abcdef")[0]["text"]
        _transfer(sender, request_id, organisation=_receiver(verder), reason=REASON)
        person.sees = person.messages()
        person.chooses("handover:yes")
        assert _settle(sender, _of(sender, request_id)["id"], "take-back").status_code == 200
        assert sender.does("claim", request_id).status_code == 200
        _transfer(sender, request_id, organisation=_receiver(verder), reason=REASON)
        person.sees = person.messages()
        person.chooses("handover:yes")
        receiver.does("claim", request_id)
        late = _settle(sender, _of(sender, request_id)["id"], "take-back")
        assert (late.status_code, late.json()["error"]["code"]) == (409, "handover_changed")


@pytest.mark.parametrize("accepted", [False, True])
@pytest.mark.anyio
async def test_it_comes_back_when_time_is_up(fresh: World, accepted: bool) -> None:
    """Without the receiver's yes, or without contact, the request goes back to the sender after the set time."""
    with _proposed(fresh) as (person, request_id, sender, receiver):
        person.chooses("handover:yes")
        if accepted:
            receiver.does("claim", request_id)
        due = fresh.rows(sa.select(handover.c.due_at).where(handover.c.request_id == request_id))[0].due_at
        assert due > now() + 11 * DAY
        database, vault = fresh.service.database, fresh.service.host.vault
        await move_all(database, vault, at=due - 1)
        assert _of(sender, request_id)["stage"] == ("accepted" if accepted else "agreed")
        await move_all(database, vault, at=due)
        assert _of(sender, request_id)["stage"] == "returned"
        assert receiver.http.get(f"/api/v1/desk/requests/{request_id}").status_code == 404
        assert "Je vraag is terug bij Demo Gemeente" in _said(person)


def test_taking_the_consent_back_takes_the_request_back(verder: World) -> None:
    """Who withdraws their yes keeps the help they had: the receiver reads nothing, the first organisation has it again."""
    with _proposed(verder) as (person, request_id, sender, receiver):
        person.chooses("handover:yes")
        row = verder.rows(
            sa.select(consent.c.id).where(consent.c.conversation_id == person.id, consent.c.purpose == "handover")
        )
        person.taps(f"withdraw:yes:{row[0].id}")
        from backend.my_data.withdrawing import withdraw

        def take_back(db: object) -> object:
            owner = db.execute(sa.select(support_request.c.person_id).where(support_request.c.id == request_id))  # type: ignore[attr-defined]
            return withdraw(db, verder.service.host.vault, owner.scalar_one(), row[0].id)  # type: ignore[arg-type]

        verder.do(take_back)
        assert receiver.http.get(f"/api/v1/desk/requests/{request_id}").status_code == 404
        assert sender.opens(request_id)["status"] == "waiting"


def test_a_third_organisation_sees_nothing_at_any_time(verder: World) -> None:
    """For whoever is neither side a handover does not exist, and neither do its acts."""
    with _proposed(verder) as (person, request_id, sender, _), verder.counsellor("mbo") as other:
        person.chooses("handover:yes")
        one = _of(sender, request_id)["id"]
        assert all(each["request"] != request_id for each in _handovers(other))
        assert other.http.get(f"/desk/handovers/{one}").status_code == 404
        assert _settle(other, one, "decline", reason="x").status_code == 404
        assert _settle(other, one, "take-back").status_code == 404


@pytest.mark.parametrize(
    "body", [{}, {"organisation": "f" * 32}, {"organisation": "", "queue": ""}, {"queue": "f" * 32}]
)
def test_only_a_real_receiver_is_taken(verder: World, body: dict[str, str]) -> None:
    """A receiver that is not there, none, or two at once is refused, and nothing is asked of the person."""
    person = verder.person()
    person.asks_for_help()
    with verder.counsellor() as sender:
        request_id = next(
            row.id
            for row in verder.rows(sa.select(support_request).where(support_request.c.conversation_id == person.id))
        )
        sender.does("claim", request_id)
        before = len(person.messages())
        assert _transfer(sender, request_id, reason=REASON, **body).status_code == 422
        assert _transfer(sender, request_id, organisation=_receiver(verder), reason=" ").status_code == 422
        assert _transfer(sender, request_id, organisation=_receiver(verder, "gemeente"), reason="x").status_code == 422
        assert len(person.messages()) == before


def test_the_same_key_proposes_once(verder: World) -> None:
    """A form that is sent twice asks the person once."""
    person = verder.person()
    person.asks_for_help()
    with verder.counsellor() as sender:
        request_id = next(
            row.id
            for row in verder.rows(sa.select(support_request).where(support_request.c.conversation_id == person.id))
        )
        sender.does("claim", request_id)
        sender.http.headers["Idempotency-Key"] = secrets.token_hex(8)
        body = {"organisation": _receiver(verder), "reason": REASON}
        first, second = (_transfer(sender, request_id, **body) for _ in range(2))
        assert first.json() == second.json()
        del sender.http.headers["Idempotency-Key"]
        assert _transfer(sender, request_id, **body).json()["error"]["code"] == "handover_open"
        assert _said(person).count(REASON) == 1


@pytest.mark.parametrize("before", [None, "month"])
def test_after_the_handover_they_are_asked_how_it_goes(fresh: World, before: str | None) -> None:
    """Who met the receiver may choose a message for later; one that was promised already stays, and leads to the receiver."""
    with _proposed(fresh) as (person, request_id, _, receiver):
        if before:
            _plan(person, before)
        person.sees = person.messages()
        person.chooses("handover:yes")
        assert receiver.does("claim", request_id).status_code == 200
        assert receiver.does("reply", request_id, text="Hoi, ik kan helpen.").status_code == 200
        person.taps("handover:met")
        assert ("Wanneer wil je dat?" in person.messages()[-1]["text"]) is (before is None)
        if not before:
            assert fresh.count(follow_up) == 0
            _plan(person, "two_weeks")
        ((led_to, due),) = fresh.rows(sa.select(follow_up.c.organisation_id, follow_up.c.due_at))
        assert led_to == _receiver(fresh)
        vault = fresh.service.host.vault
        night = due - 12 * 3600 * 1_000_000 + DAY
        assert not fresh.do(lambda db: send_one(db, vault, at=night))
        assert fresh.do(lambda db: send_one(db, vault, at=next_allowed(night)))
        assert person.messages()[-1]["choices"][1]["id"] == f"going:help:{_receiver(fresh)}"


def _plan(person: Person, kind: str) -> None:
    person.taps(f"remind:{kind}")
    person.sees += person.messages(after=len(person.messages()) - 1)
    person.chooses("planned:yes")
