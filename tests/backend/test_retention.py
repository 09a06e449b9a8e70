"""What is deleted when: nothing stays that nobody needs, and nothing goes that somebody still waits for."""

from __future__ import annotations

import sqlalchemy as sa

from backend.conversations.models import conversation, inbox, message, parked
from backend.conversations.service import receive
from backend.db import now
from backend.retention import AFTER_CLOSING, CONVERSATION, PARKED, purge
from backend.support_requests.models import support_request
from backend.vault import person_key
from bot.channel import Envelope
from dialogs.messages import Incoming
from world import World


def _purge(world: World, at: int) -> int:
    return int(world.do(lambda db: purge(db, world.service.host.vault, at=at)))


def test_a_conversation_without_a_request_is_gone_after_a_day(fresh: World) -> None:
    """A day after the last word everything of it is gone, key included; a minute before that all is still there."""
    keys = fresh.count(person_key)
    person = fresh.person()
    person.says("Helpt mijn oude school mij nog?")
    assert _purge(fresh, now() + CONVERSATION - 60_000_000) == 0
    assert person.get().status_code == 200
    assert _purge(fresh, now() + CONVERSATION + 1) == 1
    assert person.get().status_code == 404
    assert fresh.count(message) == 0
    assert fresh.count(person_key) == keys


def test_an_open_request_is_never_purged_and_a_closed_one_after_ninety_days(fresh: World) -> None:
    """Who still waits for an answer loses nothing, however long it takes; what is closed goes after its time."""
    person = fresh.person()
    person.asks_for_help()
    assert _purge(fresh, now() + 10 * AFTER_CLOSING) == 0
    with fresh.counsellor() as coach:
        (request,) = coach.requests()
        coach.does("claim", request["id"])
        coach.does("close", request["id"])
    assert _purge(fresh, now() + AFTER_CLOSING - 60_000_000) == 0
    assert _purge(fresh, now() + AFTER_CLOSING + CONVERSATION) == 1
    assert fresh.count(support_request) == 0
    assert fresh.count(conversation) == 0


def test_nothing_is_left_of_an_erased_person_after_a_week(fresh: World) -> None:
    """The id of the update that erased somebody is kept as long as it may come again, and no longer."""
    push = fresh.service.push
    for id, said in (
        ("1", Incoming(start="")),
        ("2", Incoming(choice="lang:nl")),
        ("3", Incoming(choice="forget")),
        ("4", Incoming(choice="forget:yes")),
    ):
        envelope = Envelope(channel="telegram", outside_id=id, address="77", incoming=said)
        fresh.do(lambda db, envelope=envelope: receive(db, push._host, envelope))
    assert fresh.count(inbox) == 1
    _purge(fresh, now() + PARKED - 60_000_000)
    assert fresh.count(inbox) == 1
    _purge(fresh, now() + PARKED + 1)
    assert fresh.count(inbox) == 0


def test_parked_updates_go_after_a_week(fresh: World) -> None:
    """An update that could not be handled is kept for people to look at, and not for ever."""
    keys = fresh.count(person_key)
    fresh.do(lambda db: fresh.service.push._park(db, "telegram", {"update_id": 7}))
    _purge(fresh, now() + PARKED - 60_000_000)
    assert fresh.count(parked) == 1
    _purge(fresh, now() + PARKED + 1)
    assert fresh.count(parked) == 0
    assert fresh.rows(sa.select(sa.func.count()).select_from(person_key))[0][0] == keys
