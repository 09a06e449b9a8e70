"""Every route of the desk × who asks × {own, a colleague's, another organisation's, unknown}, with real things of each."""

from __future__ import annotations

import random
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from backend import demo
from backend.access.roles import ROLES, Role, answer, may_ever
from backend.access.routes import ACT_OF
from backend.app import create_app
from backend.db import metadata, now, run_now
from backend.dutch_time import in_amsterdam
from backend.tenancy import owners
from desk_people import DeskPerson
from route_things import Things, browser_of
from sizes import size
from world import World, new_database, open_service, settings_for

pytestmark = pytest.mark.anyio
_PARAMETER = re.compile(r"\{(\w+)\}")
_WORDS = {"action": "", "kind": ""}
"""Parameters that are no ids: which words stand in their place is told by the two tables below."""
ACTIONS: Mapping[str, tuple[str, ...]] = {
    "/document/": ("invite",),
    "/handovers/": ("take_back", "decline"),
    "/webhooks/": ("rotate", "stop"),
    "/duties/": ("offer", "hours", "used"),
    "/changes/": ("stop", "agree"),
    "/emergency/": ("finish", "agree"),
    "/requests/": ("release", "reply", "claim", "close"),
}
KINDS = {"/document": "pdf", "/duties": "csv", "/statistics": "csv", "/data": "md"}
ENDLESS = "GET /desk/stream"
ENDS_SESSION = ("/logout", "/sessions/end", "/recovery", "/app/remove", "/remove")
_SOON = (in_amsterdam(now()).date() + timedelta(days=2)).isoformat()
"""Still to come when midnight passes before it is used."""
JSON: Mapping[str, dict[str, Any]] = {
    "reply": {"text": "Hoi"},
    "note": {"text": "Hoi"},
    "transfer": {"queue": "0" * 32, "reason": "Omdat."},
    "reassign": {"counsellor": "0" * 32, "reason": "Omdat."},
    "open": {"reason": "absent"},
    "decline": {"reason": "Omdat."},
    "writing": {"text": "Hoi"},
}
_QUEUE = {"name": "Rij", "kind_of_help": "work", "language": "pl", "topic": "", "age_band": ""}
FORMS: Mapping[str, dict[str, str]] = {
    "/queues/": _QUEUE,
    "/duties/": {"day": "2026-11-01", "minutes": "60", "kind": "talk", "used": "yes"},
    "/call": {"day1": _SOON, "time1": "10:00"},
    "/answers/": {"title": "Hoi", "own": "1", "text": "Hoi."},
}
FORM = {"text": "Hoi", "note": "Hoi", "reason": "absent", "role": "auditor", "name": "Rij"}
DONE = {200, 204, 303}
OWN: Mapping[str, int] = {
    "GET /desk/requests/{request_id}/document.pdf": 409,  # nothing was shared yet
    "POST /api/v1/desk/requests/{request_id}/transfer": 422,  # the receiver in the body is nobody
    "POST /desk/requests/{request_id}/transfer": 422,
    "POST /api/v1/desk/requests/{request_id}/reassign": 409,  # one's own is passed on, not reassigned
    "POST /desk/requests/{request_id}/reassign": 409,
    "POST /desk/requests/{request_id}/consents": 422,  # whose consent it is was not filled in
    "POST /api/v1/desk/handovers/{handover_id}/decline": 404,  # only the receiver declines
    "POST /desk/handovers/{handover_id}/decline": 404,
    "POST /desk/changes/{change_id}/agree": 403,  # nobody agrees to their own
    "POST /desk/emergency/{emergency_id}/agree": 403,
}
"""What one's own answers when it is not simply done, and why."""
SHARED = ("passkey_id", "session_id", "request_id", "consent_id", "handover_id", "answers", "change_id", "emergency_id")
"""Of these things a colleague's differs from one's own; all others are the organisation's."""
BESIDE = (
    "/note",  # colleagues write to each other beside a request, without reading it
    "/draft",  # words of one's own, seen by nobody else
    "/open",  # this is where the reason is given
    "/live",  # says who has it now, and no word of the person
    "/take-back",  # whoever is there takes back for the organisation
    "/take_back",
    "/handovers/{handover_id}",  # where it stands, and what the person was told about it; looking is in the trail
)
"""What counsellors may do with a colleague's request: none of it shows what the person said."""
READS = ("/check", "/insert", "/consents/{consent_id}/withdraw")
"""What whoever may read along may do besides."""
ACROSS = ("agree_changes", "agree_emergency")
"""What the platform administrator does for other organisations, by its nature; `test_two_together.py` says which."""
WRONG_PROOF = ("POST /desk/account/confirm", "POST /desk/account/password")
"""Without a password these answer as to a wrong one."""
NEED = "Ik zoek werk."


@pytest.fixture(params=["sqlite", "postgresql"])
def things(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Things]:
    """Everybody and everything, in a service that is asked inside this process."""
    with ExitStack() as stack:
        url = f"sqlite:///{tmp_path / 'verder.db'}"
        if request.param == "postgresql":
            url = stack.enter_context(new_database(request.getfixturevalue("postgres")))
        service = open_service(settings_for(url, tmp_path))
        stack.callback(service.database.close)
        run_now(service.database, lambda db: demo.fill(db, service.host.vault, ""))
        world = World(service, "http://desk.test", None)  # type: ignore[arg-type]
        yield Things(world).open(browser_of(create_app(service, worker=False)))


def test_every_parameter_has_its_thing() -> None:
    """A route with an id that nobody makes real things for, or with words that nobody chose, fails here."""
    for route in ACT_OF:
        for name in _PARAMETER.findall(route):
            assert name in _WORDS or Things.knows(name, route), route
        assert _variants(route), route


async def test_every_route_role_and_owner(things: Things) -> None:
    """Without a session nobody gets in anywhere; a role without the act gets 403 whatever the id, a real one too; with it
    one's own is done, a colleague's as the table of roles says, and what is another organisation's has, letter for letter,
    the answer of an id that is none. Nothing of the other organisation changes."""
    seed = secrets.randbits(32)
    routes = [one for one in ACT_OF if one != ENDLESS]
    if things.world.service.settings.database_url.startswith("postgresql"):
        routes = random.Random(seed).sample(routes, size(12, len(routes)))
    others = _others(things)
    before = _hashes(things)
    for route in routes:
        cells = [await _cells(things, route, path, others) for path in _variants(route)]
        assert sum(cells) > len(ROLES), (route, seed)
    assert _hashes(things) == before, seed


def _others(things: Things) -> Callable[[str, str], str]:
    """Makes each thing of the other organisation once, before anything is asked."""
    made = {}
    for route in ACT_OF:
        for name in set(_PARAMETER.findall(route)) - _WORDS.keys():
            key = things.kind(name, route)
            role: Role = "organisation_admin" if name == "change_id" else "counsellor"
            made.setdefault(key, things.make(name, route, things.them[role]))
    return lambda name, route: made[things.kind(name, route)]


async def _cells(things: Things, route: str, path: str, others: Callable[[str, str], str]) -> int:
    """Every cell of one route; how many they were."""
    act, ids = ACT_OF[route], [name for name in _PARAMETER.findall(route) if name not in _WORDS]
    lead = things.colleagues["team_lead"]
    real = _filled(path, {name: things.make(name, route, lead) for name in ids})
    for stranger in things.strangers:
        refused = await _ask(stranger, real)
        assert refused.status_code in (401, 303), (path, refused.status_code)
    for role in ROLES:
        who = things.people[role]
        if not may_ever(role, act):
            assert (await _ask(who, real)).status_code == 403, (path, role)
        elif not ids:
            got = await _ask(who, path)
            right = got.status_code in {*DONE, 403, 409, 422} or (path in WRONG_PROOF and got.status_code == 401)
            assert right, (path, role, got.status_code)
        else:
            await _with_ids(things, route, path, role, ids, others)
        if path.endswith(ENDS_SESSION):
            things.log_in(who)
    return (len(ROLES) + 2) * (4 if ids else 1)


async def _with_ids(
    things: Things, route: str, path: str, role: Role, ids: list[str], others: Callable[[str, str], str]
) -> None:
    act, who, colleague = ACT_OF[route], things.people[role], things.colleagues[role]
    across = role == "platform_admin" and act in ACROSS
    own = _made(things, route, who, ids)
    for name in ids:  # each id swapped by itself, while the others stay one's own
        unknown = await _ask(who, _filled(path, {**own, name: secrets.token_hex(16)}))
        assert unknown.status_code in _MISSING.get(route, (404,)), (path, role, name, unknown.status_code)
        if not across:
            other = await _ask(who, _filled(path, {**own, name: others(name, route)}))
            same = other.status_code, _plain(other.text)
            assert same == (unknown.status_code, _plain(unknown.text)), (path, role, name)
    if things.kind(ids[-1], route) in SHARED:
        got = await _ask(who, _filled(path, _made(things, route, colleague, ids)))
        said = "no" if act in ("own_account", "manage_texts") else answer(role, act, "colleague")
        reads = answer(role, "read_request", "colleague") == "yes"
        if said == "yes":
            right = got.status_code in {*DONE, 409, 422} or across or act == "ask_emergency"
        else:
            beside = path.endswith(BESIDE + READS * reads) or route in _MISSING
            right = got.status_code in (403, 404, 409, 422) or beside
            right = right and (reads or path.endswith("/open") or NEED not in got.text)
        assert right, (path, role, "colleague", got.status_code)
    done = await _ask(who, _filled(path, own))
    assert done.status_code in ({OWN[path]} if path in OWN else DONE) or across, (path, role, done.status_code)


_MISSING: Mapping[str, tuple[int, ...]] = {
    "POST /desk/account/sessions/{session_id}/end": (303,),
}
"""Where an id that is none is answered as if it was done: ending what has ended already."""


async def test_ids_inside_a_form_are_one_organisations_too(things: Things) -> None:
    """An id of another organisation in a body or an address's question gives the answer of an id that is none."""
    people, others, request = things.people, things.them, things.request(things.people["team_lead"])
    hook = things.make("webhook_id", "", people["organisation_admin"])
    held, canned = things.request(others["counsellor"]), things.make("id", "/answers/{id}", others["team_lead"])
    queue, team = (
        things.make("id", f"/{one}/{{id}}", others["organisation_admin"]) for one in ("queues", "queues/teams")
    )
    coach, mine = others["counsellor"].id, things.request(things.colleagues["counsellor"])
    api = f"POST /api/v1/desk/requests/{request}"
    asked: tuple[tuple[Role, str, dict[str, str], str], ...] = (
        ("team_lead", f"{api}/transfer", {"queue": "?", "reason": "Omdat."}, queue),
        ("team_lead", f"{api}/transfer", {"counsellor": "?", "reason": "Omdat."}, coach),
        ("team_lead", f"POST /api/v1/desk/requests/{mine}/reassign", {"counsellor": "?", "reason": "Omdat."}, coach),
        ("team_lead", f"POST /desk/requests/{request}/transfer", {"to": "queue:?", "text": "Omdat."}, queue),
        ("team_lead", f"POST /desk/requests/{request}/insert", {"answer": "?:nl"}, canned),
        ("team_lead", "POST /desk/away", {"back": _SOON, "stand_in": "?"}, coach),
        ("team_lead", "GET /api/v1/desk/requests?queue=?", {}, queue),
        ("team_lead", "GET /desk?queue=?", {}, queue),
        ("team_lead", "GET /desk/live?wait=false&shown=waiting:?", {}, held),
        ("organisation_admin", "POST /desk/queues/teams", {"name": "Team", "members": "?"}, coach),
        ("organisation_admin", "POST /desk/queues", {**_QUEUE, "members": "?"}, coach),
        ("organisation_admin", "POST /desk/queues", {**_QUEUE, "team_id": "?"}, team),
        ("organisation_admin", f"POST /desk/connections/webhooks/{hook}/again", {"delivery": "?"}, hook),
        ("privacy_officer", "POST /desk/data/holds", {"number": "?", "reason": "Omdat."}, held),
    )
    before = _hashes(things)
    for role, route, body, foreign in asked:
        unknown, other = [
            await _ask(people[role], route.replace("?", id, route.endswith("?")), body, id)
            for id in (secrets.token_hex(16), foreign)
        ]
        assert unknown.status_code < 500, (route, unknown.status_code)
        assert (other.status_code, _plain(other.text)) == (unknown.status_code, _plain(unknown.text)), route
    assert _hashes(things) == before


def _made(things: Things, route: str, owner: DeskPerson, ids: list[str]) -> dict[str, str]:
    """A thing for each parameter; a consent is that of the request."""
    made = {name: things.make(name, route, owner) for name in ids if name != "consent_id"}
    return {**made, "consent_id": things.consent_at(made["request_id"])} if "consent_id" in ids else made


def _variants(route: str) -> list[str]:
    """The route with each action, or with a kind of file."""
    if "{action}" in route:
        found = next((actions for part, actions in ACTIONS.items() if part in route), ())
        return [route.replace("{action}", one) for one in found]
    kind = next((kind for part, kind in KINDS.items() if part in route), "")
    return [route.replace("{kind}", kind)] if kind or "{kind}" not in route else []


def _filled(path: str, ids: Mapping[str, str]) -> str:
    return _PARAMETER.sub(lambda found: ids[found[1]], path)


async def _ask(who: DeskPerson, route: str, body: Mapping[str, str] | None = None, id: str = "") -> httpx.Response:
    """One request, with a body that would do, or with this one in which "?" is the id."""
    method, _, path = route.partition(" ")
    http: Any = who.http
    given = None if body is None else {name: value.replace("?", id) for name, value in body.items()}
    if method == "GET":
        asked = http.get(f"{path}?wait=false" if path.endswith("/live") else path)
    elif path.startswith("/api/"):
        asked = http.post(path, json=given or JSON.get(path.rpartition("/")[2]))
    else:
        form = next((form for part, form in FORMS.items() if part in path), {})
        asked = http.post(path, data={"csrf": who.csrf, **(given or {**FORM, **form})})
    answered: httpx.Response = await asked
    return answered


def _plain(text: str) -> str:
    """An answer without what differs each time: ids and keys."""
    return re.sub(r"[0-9a-f]{32}|[\w-]{22}(?=[\"-])", "", text)


def _hashes(things: Things) -> dict[str, list[int]]:
    """What each table holds of the other organisation."""
    them, found = things.them["counsellor"].organisation_id, {}
    for table in metadata.sorted_tables:
        if names := owners(table):
            mine = sa.or_(*(table.c[name] == them for name in names))
            found[table.name] = sorted(hash(tuple(row)) for row in things.world.rows(sa.select(table).where(mine)))
    return found
