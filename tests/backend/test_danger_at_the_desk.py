"""Promises about danger at the desk: counsellors see that a request was marked, how, and what set it off."""

from __future__ import annotations

import sqlalchemy as sa

from backend import demo
from backend.support_requests.models import support_request
from world import Person, World


def _asks(person: Person) -> None:
    """From the answer to danger to a request at the gemeente."""
    person.chooses("person")
    person.chooses("kind:other")
    person.says(demo.PLACE)
    person.chooses("who:gemeente")
    person.chooses("consent:yes")


def test_a_red_request_says_what_set_it_off(fresh: World) -> None:
    """After danger the request is urgent, and the desk reads kind, tier and why; in the database it is sealed."""
    person = fresh.person()
    first = person.says("ik wil dood")[0]
    assert "113" in first["text"].splitlines()[0]
    _asks(person)
    with fresh.counsellor() as coach:
        (listed,) = coach.requests()
        assert listed["urgent"] is True
        opened = coach.opens(listed["id"])
        page = coach.http.get(f"/desk/requests/{listed['id']}").text
    assert opened["danger"] == {"kind": "suicide", "tier": "red", "why": "wil dood"}
    assert opened["need"] == "ik wil dood"
    assert "Mogelijk gevaar: Zelfmoord" in page
    assert "Wat opviel: wil dood." in page
    (row,) = fresh.rows(sa.select(support_request.c.danger))
    assert b"suicide" not in row.danger


def test_an_open_request_hears_of_danger_and_red_stays(fresh: World) -> None:
    """Danger in later words marks the open request at once; a milder sign afterwards takes nothing away."""
    person = fresh.person()
    person.asks_for_help()
    with fresh.counsellor() as coach:
        (listed,) = coach.requests()
        assert (listed["urgent"], coach.opens(listed["id"])["danger"]) == (False, None)
        person.says("mijn vader slaat mij")
        assert coach.opens(listed["id"])["danger"]["kind"] == "abuse"
        person.says("ik denk aan zelfmoord, vroeger dan")
        person.says("ik wil dood")
        opened = coach.opens(listed["id"])
    assert opened["urgent"] is True
    assert opened["danger"] == {"kind": "suicide", "tier": "red", "why": "wil dood"}


def test_a_milder_sign_is_a_mark_and_no_alarm(fresh: World) -> None:
    """What was only asked about stands as "Let op" in the list, with what set it off, and the request is not urgent."""
    person = fresh.person()
    assert person.says("vroeger dacht ik aan zelfmoord")[0]["text"].startswith("Gaat het met je?")
    person.asks_for_help()
    with fresh.counsellor() as coach:
        (listed,) = coach.requests()
        assert listed["urgent"] is False
        assert coach.opens(listed["id"])["danger"]["tier"] == "amber"
        assert "Let op" in coach.http.get("/desk").text
