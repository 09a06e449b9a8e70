"""The whole API against its own description, for everybody who may knock: nothing falls over, nobody gets in without a
proof, and whatever is answered was described."""

from __future__ import annotations

import os
import random
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
import requests
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, seed
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi import checks

from backend.api_shapes import ANSWERS
from backend.app import create_app
from backend.connections.tokens import find_caller
from route_table import routes_of
from sizes import size
from sweep_people import NAMES, Principal, principals
from world import CONVERSATIONS, World, open_world, settings_for

SEED = 20261122
CASES = int(os.environ.get("VERDER_SWEEP_CASES", "0")) or size(120, 50_000)
"""How many requests all five together make; VERDER_SWEEP_CASES=2000 for a longer look."""
ENDS_IT = {
    ("DELETE", CONVERSATIONS + "/{id}"),
    ("POST", "/api/v1/desk/logout"),
    ("GET", CONVERSATIONS + "/{id}/stream"),
}
"""Erasing, logging out and waiting for ever: asked without the proof."""
OF_WHO = ("authorization", "cookie", "x-csrf-token")
PROVED_BY = {"conversation": "person", "case_system": "case_system", "session": "counsellor", "csrf": "counsellor"}
AT_DESK = ("counsellor", "administrator")


@dataclass(frozen=True, slots=True)
class Target:
    """A running service, its description, and everybody who may knock."""

    world: World
    app: FastAPI
    description: dict[str, Any]
    schema: Any
    people: dict[str, Principal]
    session: requests.Session


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """A service of its own with people of the demo region in it."""
    folder = tmp_path_factory.mktemp("sweep")
    with open_world(settings_for(f"sqlite:///{folder / 'verder.db'}", folder), worker=False) as world:
        with principals(world) as people, requests.Session() as session:
            session.trust_env = False
            app = create_app(world.service, worker=False)
            description = app.openapi()
            yield Target(world, app, description, schemathesis.openapi.from_dict(description), people, session)


PRIVILEGED = (
    *("id", "role", "admin", "is_admin", "person_id", "counsellor_id", "organisation_id", "organisation", "given_by"),
    *("__proto__", "constructor", "csrf_token", "stage", "demo", "password_hash", "claimed_by", "status", "urgent"),
)
GOOD: dict[str, dict[str, Any]] = {
    "/api/v1/rights": {"facts": {}},
    "/api/v1/understand": {"text": "hoi"},
    CONVERSATIONS + "/{id}/turns": {"text": "hoi"},
}
CHECKS: list[CheckFunction] = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.unsupported_method,
]
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


def _operations(target: Target) -> list[Any]:
    return [found.ok() for found in target.schema.get_all_operations()]


def _fuzzed(target: Target) -> st.SearchStrategy[Any]:
    """A request to any operation, as the description allows or not."""
    made = {
        (operation.label, mode): operation.as_strategy(generation_mode=mode)
        for operation in _operations(target)
        for mode in MODES
        if mode in _modes(operation)
    }
    return st.sampled_from(sorted(made)).flatmap(lambda key: made[key])


def _modes(operation: Any) -> tuple[GenerationMode, ...]:
    """What can be made for an operation: where nothing is sent, nothing can be wrong."""
    return MODES if operation.body or operation.path_parameters or operation.query or operation.headers else MODES[:1]


def _covering(target: Target) -> list[Any]:
    """The requests at the limits of what each operation describes, and with methods that it does not have."""
    schema = target.schema
    config = schema.config.generation_for(operation=None)
    return [
        case
        for operation in _operations(target)
        for case in schema.iter_coverage_cases(operation, generation_modes=list(MODES), generation_config=config)
    ]


def _knock(target: Target, who: str, case: Any, *, known: bool) -> int:
    """Sends it as somebody, with the ids that are there when `known`, and checks what comes back; gives the status."""
    principal, operation = target.people[who], case.operation
    headers = {} if (case.method.upper(), operation.path) in ENDS_IT else principal.all_headers()
    if known:
        for name in list(case.path_parameters or {}):
            case.path_parameters[name] = principal.ids.get(name, case.path_parameters[name])
    for name in [name for name in case.headers or {} if name.lower() in OF_WHO]:
        del case.headers[name]
    case.cookies = {}
    if "Idempotency-Key" in (case.headers or {}) and known:
        case.headers["Idempotency-Key"] = secrets.token_hex(8)
    answer = case.call(base_url=target.world.url, session=target.session, headers=headers, timeout=30)
    case.validate_response(answer, checks=CHECKS, headers=headers, transport_kwargs={"base_url": target.world.url})
    if answer.status_code == 405:
        there = {method.upper() for method in target.schema.raw_schema["paths"][operation.path]}
        assert there <= {method.strip() for method in answer.headers["allow"][0].split(",")}, operation.path
    if answer.status_code < 300 and (proofs := _proofs(operation)):
        assert who in {PROVED_BY[proof] for proof in proofs} | set(AT_DESK if "session" in proofs else ())
        bare = case.call(base_url=target.world.url, session=target.session, timeout=30)
        assert bare.status_code in (401, 403, 404), f"without a proof: {bare.status_code} {operation.label}"
    return int(answer.status_code)


def _proofs(operation: Any) -> set[str]:
    return {proof for either in operation.definition.raw.get("security", ()) for proof in either}


@pytest.mark.parametrize("who", NAMES)
@pytest.mark.timeout(7200)
def test_the_api_is_as_it_is_described(target: Target, who: str) -> None:
    """As somebody, over every operation: no 5xx, nothing undescribed, and no success without the proof it needs."""

    @seed(SEED + NAMES.index(who))
    @hypothesis_settings(
        max_examples=CASES // len(NAMES), deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    @given(case=_fuzzed(target), known=st.sampled_from((True, True, False)))
    def fuzz(case: Any, known: bool) -> None:
        _knock(target, who, case, known=known)

    fuzz()


@pytest.mark.timeout(7200)
def test_the_limits_of_the_description_hold(target: Target) -> None:
    """Values at and over every limit that is described, what is missing, and methods that are not there: all as described."""
    chance, cases = random.Random(SEED), _covering(target)
    assert len(cases) > 500
    for case in chance.sample(cases, min(len(cases), CASES // 4)):
        _knock(target, chance.choice(NAMES), case, known=chance.random() < 0.7)


def test_what_is_there_has_the_shape_that_is_described(target: Target) -> None:
    """What the right ones read and do with what is theirs is a 200 in exactly the described shape."""
    with principals(target.world) as people:
        there = replace(target, people=people)
        done = (
            ("counsellor", "GET", "/api/v1/desk/requests/{request_id}", None),
            ("counsellor", "POST", "/api/v1/desk/requests/{request_id}/reply", {"text": "Dag, ik help je."}),
            ("counsellor", "POST", "/api/v1/desk/requests/{request_id}/note", {"text": "Belt terug."}),
            ("counsellor", "GET", "/api/v1/desk/requests", None),
            ("counsellor", "POST", "/api/v1/desk/writing", {"text": "Het formulier dient te worden ingediend."}),
            ("person", "POST", CONVERSATIONS + "/{id}/turns", {"text": "Hoe lang helpt mijn oude school mij?"}),
            ("person", "POST", CONVERSATIONS + "/{id}/turns", {"choice": "menu"}),
            ("person", "GET", CONVERSATIONS + "/{id}/messages", None),
            ("person", "GET", CONVERSATIONS + "/{id}/consents", None),
            ("person", "GET", CONVERSATIONS + "/{id}/views", None),
            ("person", "GET", CONVERSATIONS + "/{id}/export", None),
            ("case_system", "GET", "/api/v1/organisation/requests/{request_id}", None),
            ("case_system", "GET", "/api/v1/organisation/figures", None),
            ("administrator", "GET", "/api/v1/desk/statistics", None),
            ("nobody", "POST", "/api/v1/rights", {"facts": {"school_type": "pro", "left_school_date": "2026-07-17"}}),
            ("nobody", "POST", "/api/v1/understand", {"text": "ik wil niet meer leven"}),
        )
        for who, method, path, body in done:
            ids = {name: people[who].ids[name] for name in re.findall(r"\{(\w+)\}", path)}
            sent = {} if body is None else {"body": body, "media_type": "application/json"}
            headers = {"Idempotency-Key": "x"} if method == "POST" else {}
            case = target.schema[path][method].Case(path_parameters=ids, headers=headers, **sent)
            assert (path, _knock(there, who, case, known=True)) == (path, 200)


def test_every_route_is_described_or_a_page(target: Target) -> None:
    """What stands under /api is in the description and has the shape of its answer; what stands elsewhere is a page, a
    file or a door for machines, and is not in it."""
    paths = target.description["paths"]
    described = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    assert {route for route in routes_of(target.app) if " /api/" in route} == described
    by_models = {route for route in described if re.search(r"/(consents|withdraw|views|restrict)$", route)}
    files = {route for route in described if re.search(r"/(stream|logout|image\.png|papers/\{place\})$", route)}
    assert set(ANSWERS) == described - by_models - files


def test_every_refusal_is_described_in_one_shape(target: Target) -> None:
    """Each call says how it may be refused, always in the contract's shape, and which proof it asks for."""
    for path, methods in target.description["paths"].items():
        for method, operation in methods.items():
            refused = {status: one for status, one in operation["responses"].items() if status >= "400"}
            assert {"413", "503"} <= set(refused)
            schemas = {one["content"]["application/json"]["schema"]["$ref"] for one in refused.values()}
            assert schemas == {"#/components/schemas/Refusal"}
            is_open = re.search(r"/(conversations|resume|rights|understand|login)$", path)
            assert bool(operation.get("security")) is not bool(is_open), (method, path)


def test_no_unknown_field_is_taken(target: Target) -> None:
    """Fields that nobody asked for, privileged ones and two hundred at once: every call with a body refuses them with 422."""
    chance = random.Random(SEED)
    for operation in _operations(target):
        if not list(operation.body):
            continue
        who = target.people[_who_may(operation)]
        path = re.sub(r"\{(\w+)\}", lambda found: who.ids.get(found[1], "0" * 32), operation.path)
        many = [f"x{number}" for number in range(200)]
        for names in (many, *([name] for name in chance.sample(PRIVILEGED, size(6, len(PRIVILEGED))))):
            headers = {**who.all_headers(), "Idempotency-Key": secrets.token_hex(8)}
            body = {**GOOD.get(operation.path, {}), **dict.fromkeys(names, True)}
            url, method = target.world.url + path, operation.method.upper()
            answer = target.session.request(method, url, json=body, headers=headers, timeout=30)
            if operation.path.endswith("/reassign"):  # for team leads: refused before it is read
                assert answer.status_code == 403
                continue
            assert (operation.label, names[0], answer.status_code) == (operation.label, names[0], 422)
            assert set(names) <= set(answer.json()["error"]["fields"])


def _who_may(operation: Any) -> str:
    return next((PROVED_BY[proof] for proof in sorted(_proofs(operation), reverse=True)), "nobody")


def test_the_look_itself_sees_what_is_wrong(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    """A defect, an answer with more in it than was described, and a door without a lock are each found."""
    operation = target.schema["/api/v1/understand"]["POST"]
    case = operation.Case(body={"text": "hoi"}, media_type="application/json")
    _knock(target, "nobody", case, known=False)
    for broken in (lambda *_, **__: 1 / 0, lambda *_, **__: {"language": "nl", "secret": 1}):
        with monkeypatch.context() as patched:
            patched.setattr("backend.understand_api.answer_understanding", broken)
            with pytest.raises(FailureGroup):
                _knock(target, "nobody", case, known=False)
    case_system = target.schema["/api/v1/organisation/figures"]["GET"].Case()
    found = find_caller

    def everybody(db: Any, _token: str, *, at: int) -> Any:
        return found(db, target.people["case_system"].headers["Authorization"].split()[1], at=at)

    monkeypatch.setattr("backend.case_api.find_caller", everybody)
    with pytest.raises(AssertionError):
        _knock(target, "person", case_system, known=True)
