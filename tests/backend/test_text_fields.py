"""No field in which words can come in is forgotten: each is tried with hostile texts, or it is known why it needs none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from backend.app import create_app
from fake_telegram import TOKEN
from phone import SECRET
from text_fields import page_fields, route_fields
from world import open_service, settings_for

CHAT, PLAIN = "test_the_chat_shows_text_and_nothing_else", "test_the_chat_without_scripts_shows_the_same"
DESK, FORMS = "test_the_desk_shows_text_and_nothing_else", "test_names_in_forms_come_back_as_text"
REASONS, BACK = "test_reasons_and_givers_are_only_text", "test_what_a_form_gives_back_is_only_text"
SCHOOL, TELEGRAM = "test_what_a_school_adds_is_only_text", "test_what_comes_over_telegram_is_only_text"
API = "/api/v1/desk/requests/{request_id}"
ONE = "/desk/requests/{request_id}"
TRIED: Mapping[str, str] = {
    "POST /api/v1/conversations/{id}/turns text": CHAT,
    "POST /chat/plain/turn text": BACK,
    f"POST {API}/reply text": CHAT,
    **dict.fromkeys((f"POST {API}/close text", f"POST {ONE}/{{action}} text"), SCHOOL),
    **dict.fromkeys((f"POST {API}/note text", f"POST {ONE}/note note", f"POST {ONE}/draft text"), DESK),
    **dict.fromkeys((f"POST {API}/transfer reason", f"POST {ONE}/transfer text"), REASONS),
    **dict.fromkeys((f"POST {API}/reassign reason", f"POST {ONE}/reassign text"), REASONS),
    **dict.fromkeys((f"POST {API}/open words", f"POST {ONE}/open words"), REASONS),
    "POST /api/v1/desk/handovers/{handover_id}/decline reason": REASONS,
    "POST /desk/handovers/{handover_id}/{action} text": REASONS,
    f"POST {ONE}/consents giver": REASONS,
    "POST /desk/account/passkey name": REASONS,
    "POST /desk/data/holds reason": REASONS,
    "POST /desk/emergency reason": REASONS,
    **dict.fromkeys((f"POST {ONE}/check text", f"POST {ONE}/insert text", "POST /desk/emergency number"), BACK),
    **dict.fromkeys(("POST /desk/login email", "GET /desk/login next", "GET /desk/welcome code"), BACK),
    **dict.fromkeys(("GET /chat/plain start", "GET /chat/plain topic", "GET /desk queue"), BACK),
    "GET /desk/statistics place": BACK,
    **dict.fromkeys(("POST /desk/connections/tokens name", "POST /desk/connections/webhooks url"), FORMS),
    **dict.fromkeys(("POST /desk/people name", "POST /desk/search wanted", "POST /desk/data/holds number"), FORMS),
    **dict.fromkeys(("POST /desk/away back", "POST /desk/away stand_in", "POST /desk/language code"), FORMS),
    "POST /desk/writing text": FORMS,
}
"""The fields of routes that hold words of somebody, each with the test that tries it in a real browser."""
NO_WORDS = {
    "csrf": "compared",
    "key": "compared",
    "proof": "compared",
    "seen_with": "compared",
    "stand": "compared",
    "seen": "compared",
    "shown": "ids",
    "state": "compared",
    "iss": "compared",
    "answer": "an id, or the answer of a key",
    "choice": "a button of the product's own",
    "to": "an id from a list",
    "organisation": "an id from a list",
    "queue": "an id from a list",
    "counsellor": "an id from a list",
    "recipient": "an id from a list",
    "delivery": "an id from a list",
    "after": "a place in a list",
    "next": "a page of our own, or the first one",
    "code": "compared",
    "start": "compared",
    "region": "from a list",
    "topic": "from a list",
    "status": "from a list",
    "period": "from a list",
    "place": "from a list",
    "language": "from a list",
    "time_zone": "from a list",
    "actors": "from a list",
    "role": "from a list",
    "scopes": "from a list",
    "events": "from a list",
    "purpose": "from a list",
    "given_by": "from a list",
    "how": "from a list",
    "kind": "from a list",
    "used": "from a list",
    "day": "a day",
    "days": "a number",
    "minutes": "a number",
    "password": "hashed",
    "new_password": "hashed",
}
"""Fields, by name, whose words are kept nowhere and said nowhere, and what becomes of them."""
ONLY_HERE = {
    "POST /api/v1/desk/login email": "compared",
    "POST /desk/people email": "must be an address; shown nowhere",
    "POST /api/v1/rights facts": "from a list; the answer is JSON for other systems",
    "POST /api/v1/understand text": "the answer is JSON for other systems",
    "POST /api/v1/desk/writing text": "the answer is JSON for other systems",
    f"POST {API}/open reason": "from a list",
    f"POST {ONE}/open reason": "from a list",
}
"""The same for one route alone, because elsewhere such a field holds words."""
ON_PAGES: Mapping[str, str] = {
    "_chat.html #text": CHAT,
    "plain.html text": BACK,
    "request.html text": CHAT,
    "_notes.html note": DESK,
    **dict.fromkeys(("_handover.html text", "_pass_on.html text", "_reassign.html text"), REASONS),
    **dict.fromkeys(("consents.html giver", "data.html reason", "emergency.html reason", "reason.html words"), REASONS),
    **dict.fromkeys(("answer.html title", "answer.html text", "answer.html in_{{ code }}"), REASONS),
    "_factor.html name": REASONS,
    "transition.html {{ field.field }}-words": SCHOOL,
    **dict.fromkeys(("articles.html q", "places.html q", "missing.html q"), BACK),
    **dict.fromkeys(("login.html email", "emergency.html number"), BACK),
    **dict.fromkeys(("connections.html name", "connections.html url", "people.html name", "queues.html name"), FORMS),
    **dict.fromkeys(("search.html wanted", "data.html number"), FORMS),
    "queues.html opening_hours": BACK,
}
"""The inputs on pages, each with the test that tries it; also those of forms that a route reads by hand."""
NO_WORDS_ON_PAGES = {"password", "new_password", "code", "email"}


@pytest.fixture(scope="module")
def fields(tmp_path_factory: pytest.TempPathFactory) -> Iterator[frozenset[str]]:
    """The fields of all routes of a service that has a bot."""
    folder = tmp_path_factory.mktemp("fields")
    bot = {"telegram_token": TOKEN, "telegram_webhook_secret": SECRET}
    service = open_service(settings_for(f"sqlite:///{folder / 'verder.db'}", folder, **bot))
    yield route_fields(create_app(service, worker=False))
    service.database.close()


def test_every_field_of_a_route_is_tried(fields: frozenset[str]) -> None:
    """A new field in an address, form or JSON body fails here until it is tried, or said to hold no words; and so does what
    is said of a field that is gone."""
    new = {one for one in fields - set(TRIED) - set(ONLY_HERE) if one.rpartition(" ")[2] not in NO_WORDS}
    assert not new
    assert not (set(TRIED) | set(ONLY_HERE)) - fields
    assert set(NO_WORDS) <= {one.rpartition(" ")[2] for one in fields}


def test_every_input_of_a_page_is_tried() -> None:
    """The same for what people can type into."""
    found = page_fields()
    assert not {one for one in found - set(ON_PAGES) if one.partition(" ")[2] not in NO_WORDS_ON_PAGES}
    assert not set(ON_PAGES) - found


def test_the_tests_that_try_them_are_there() -> None:
    """Each test that is named here is one of the tests with hostile texts in a real browser."""
    folder = Path(__file__).parents[1] / "journeys"
    there = {
        name
        for file in folder.glob("test_hostile_*.py")
        for name in re.findall(r"^def (test_\w+)", file.read_text("utf-8"), re.MULTILINE)
    }
    assert {*TRIED.values(), *ON_PAGES.values(), TELEGRAM} <= there
