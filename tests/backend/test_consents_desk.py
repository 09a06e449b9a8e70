"""Consent at the desk: what was agreed in words, a parent's yes recorded, and an open page that closes within a second."""

from __future__ import annotations

import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from backend.consents.models import consent
from backend.conversations.models import conversation
from backend.support_requests.models import support_request
from desk_world import hidden
from sizes import promised
from world import Counsellor, Person, World

PAGES = "/desk/requests"


def _asked(world: World) -> tuple[Person, str]:
    """Somebody with an open request, and its id."""
    person = world.person()
    person.asks_for_help("Ik zoek werk bij een bakker.")
    mine = sa.select(support_request.c.id).where(support_request.c.conversation_id == person.id)
    return person, str(world.rows(mine)[0].id)


def _form(coach: Counsellor, id: str, **changes: str) -> httpx.Response:
    page = coach.http.get(f"{PAGES}/{id}/consents").text
    gemeente = next(part.split('"')[0] for part in page.split('value="') if "Demo Gemeente</option>" in part)
    fields = {
        "csrf": hidden(page, "csrf"), "purpose": "transition_document", "recipient": gemeente, "given_by": "parents",
        "giver": "moeder", "how": "phone", "day": "2026-01-05",
    }  # fmt: skip
    return coach.http.post(f"{PAGES}/{id}/consents", data={**fields, **changes})


def test_the_panel_says_in_words_what_was_agreed_and_what_it_allows(verder: World) -> None:
    """A counsellor reads what they may do, what they see, who said yes, when and until when; the hash is out of sight."""
    _, id = _asked(verder)
    with verder.counsellor() as coach:
        page = coach.http.get(f"{PAGES}/{id}").text
    panel = page[page.index('<section aria-labelledby="consent">') :]
    shown, _, proof = panel.partition("<details")
    for words in (
        "Wat je mag",
        "Daarvoor is een nieuwe toestemming nodig",
        "de jongere zelf",
        "Geldt tot",
        "de soort hulp",
    ):
        assert words in page
    given = verder.rows(sa.select(consent.c.text_version).order_by(consent.c.at.desc()))[0].text_version
    assert given not in shown
    assert given in proof


def test_a_parents_yes_is_recorded_with_who_how_and_when(verder: World) -> None:
    """The form adds a row of its own, given by the parents; who is sealed, the person hears of it, and it can be taken back."""
    person, id = _asked(verder)
    with verder.counsellor() as coach:
        assert _form(coach, id).status_code == 303
        row = verder.rows(sa.select(consent).where(consent.c.given_by == "parents").order_by(consent.c.at.desc()))[0]
        assert (row.purpose, row.how, row.given, bool(row.recorded_by)) == ("transition_document", "phone", True, True)
        assert b"moeder" not in row.giver
        assert any("Je ouder zei ja tegen Demo Gemeente" in one["text"] for one in person.messages())
        assert "trek" not in person.says("mijn toestemmingen")[-1]["text"].lower()
        page = coach.http.get(f"{PAGES}/{id}/consents").text
        assert "moeder (een ouder), aan de telefoon, op 5 januari 2026" in page
        taken = coach.http.post(f"{PAGES}/{id}/consents/{row.id}/withdraw", data={"csrf": hidden(page, "csrf")})
        assert taken.status_code == 303
        assert "Er is nog niets vastgelegd" in coach.http.get(f"{PAGES}/{id}/consents").text
        again = coach.http.post(f"{PAGES}/{id}/consents/{row.id}/withdraw", data={"csrf": hidden(page, "csrf")})
        assert again.status_code == 404


def test_a_form_that_is_not_whole_records_nothing(verder: World) -> None:
    """Without who, how or a day that has been, or with something made up, nothing is recorded; a foreign request is 404."""
    _, id = _asked(verder)
    before = verder.count(consent)
    with verder.counsellor() as coach, verder.counsellor("pro") as other:
        for wrong in (
            {"giver": " "}, {"how": "shouted"}, {"given_by": "youth"}, {"purpose": "support_request"},
            {"day": "2999-01-01"}, {"day": "gisteren"}, {"recipient": "0" * 32}, {"giver": "x" * 150},
        ):  # fmt: skip
            assert _form(coach, id, **wrong).status_code == 422
        csrf = coach.http.headers["X-CSRF-Token"]
        assert coach.http.post(f"{PAGES}/{id}/consents", data={"csrf": "x"}).status_code == 403
        assert other.http.get(f"{PAGES}/{id}/consents").status_code == 404
        assert other.http.post(f"{PAGES}/{id}/consents/{'0' * 32}/withdraw", data={"csrf": csrf}).status_code in (
            403,
            404,
        )
    assert verder.count(consent) == before


def test_an_open_page_and_an_open_list_hear_of_it_within_a_second(
    verder: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a page waits for news, a withdrawal answers it at once: the page reloads into "ingetrokken"."""
    monkeypatch.setattr(
        "backend.desk.waiting.SECONDS", 60
    )  # on a busy machine the person needs longer than a page waits
    person, id = _asked(verder)
    with verder.counsellor() as coach:
        stand = coach.http.get(f"{PAGES}/{id}").text.partition("live?stand=")[2].partition("&")[0]
        last = max(one["number"] for one in coach.opens(id)["messages"]) if coach.opens(id)["messages"] else 0
        listed = coach.http.get("/desk").text
        seen, shown = hidden(listed, "seen"), re.findall(r'name="shown" value="([^"]*)"', listed)
        calls: tuple[tuple[str, dict[str, Any]], ...] = (
            (f"{PAGES}/{id}/live", {"stand": stand, "after": str(last), "wait": "true"}),
            ("/desk/live", {"shown": shown, "seen": seen, "wait": "true"}),
        )

        def wait(path: str, params: dict[str, Any]) -> tuple[httpx.Response, float]:
            with httpx.Client(base_url=verder.url, cookies=coach.http.cookies, trust_env=False, timeout=100) as http:
                answer = http.get(path, params=params, headers={"HX-Request": "true"})
                return answer, time.monotonic()

        with ThreadPoolExecutor(2) as pool:
            waiting = [pool.submit(wait, path, params) for path, params in calls]
            threading.Event().wait(0.7)  # both are waiting by now; nothing is asserted about it
            person.taps("mine:consents")
            person.sees += person.messages()[-1:]
            person.chooses("withdraw:")
            done = time.monotonic()
            (page, page_at), (rows, rows_at) = [one.result() for one in waiting]
    assert page.headers.get("HX-Refresh") == "true"
    assert page_at - done < promised(1)
    assert rows_at - done < promised(1)
    assert f'id="open-{id}"' in rows.text
    assert "Toestemming ingetrokken" in rows.text


def test_the_person_can_lock_and_withdraw_in_two_conversations_at_once(verder: World) -> None:
    """Many taps at the same moment take a consent back once, and nobody gets an error."""
    person, id = _asked(verder)
    (given,) = person.get("consents").json()["consents"]

    def act(number: int) -> int:
        path = f"{person.path}/consents/{given['id']}/withdraw" if number % 2 else f"{person.path}/restrict"
        return verder.http.post(path, headers=person.headers).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(act, range(8))) == {200}
    taken = verder.rows(sa.select(consent).where(consent.c.withdraws == given["id"]))
    assert len(taken) == 1
    assert verder.rows(sa.select(conversation.c.id).where(conversation.c.id == person.id))
    with verder.counsellor() as coach:
        assert coach.http.get(f"/api/v1/desk/requests/{id}").status_code == 410
