"""Organisations apart: no statement of the desk without its organisation, and no row of another one, whatever is asked."""

from __future__ import annotations

import random
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from backend.conversations.models import message
from backend.db import Transaction
from backend.engines import open_database
from backend.organisations.models import counsellor
from backend.queues.models import queue
from backend.row_security import guarded
from backend.schema import metadata
from backend.support_requests.models import note, support_request
from backend.tenancy import NoOrganisation, acting_for, check_insert, owners, within
from desk_world import DeskWorld
from sizes import size

pytestmark = pytest.mark.anyio
TENANT = sorted(table.name for table in metadata.sorted_tables if owners(table))
CANARY = "Kanarie van de school"


def test_every_form_of_statement_is_narrowed() -> None:
    """Selects, joins of both kinds, subqueries, aliases, unions and changes: each table gets its own condition."""
    request, other = support_request, support_request.alias("other")
    statements: list[tuple[Any, int]] = [
        (sa.select(request.c.id), 1),
        (sa.select(sa.func.count()).select_from(request), 1),
        (sa.select(note.c.id).join(counsellor, counsellor.c.id == note.c.counsellor_id), 2),
        (sa.select(note.c.id).outerjoin(queue, queue.c.id == note.c.id), 2),
        (sa.select(note.c.id).select_from(note.join(request)), 2),
        (sa.select(note.c.id).join(request), 2),
        (sa.select(request.c.id).where(request.c.queue_id.in_(sa.select(queue.c.id))), 2),
        (sa.select(other.c.id), 1),
        (sa.select(sa.select(request.c.id).subquery().c.id), 1),
        (sa.union_all(sa.select(request.c.id), sa.select(note.c.id)), 2),
        (sa.update(request).where(request.c.id == "x").values(urgent=True), 1),
        (sa.delete(note), 1),
    ]
    for statement, count in statements:
        sql = str(within(statement, "mine"))
        assert len(re.findall(r"organisation_id = :organisation_id", sql)) >= count, sql
    outer = str(within(sa.select(note.c.id).outerjoin(queue, queue.c.id == note.c.id), "mine"))
    assert "ON queue.id = note.id AND queue.organisation_id" in outer


def test_what_cannot_be_narrowed_is_refused() -> None:
    """SQL text, a row of another organisation, and an outer join without a condition do not run for an organisation."""
    with pytest.raises(NoOrganisation):
        within(sa.text("select 1"), "mine")
    with pytest.raises(NoOrganisation):
        within(sa.select(note.c.id).outerjoin(support_request), "mine")
    with pytest.raises(NoOrganisation):
        check_insert(sa.insert(note), {"organisation_id": "theirs"}, "mine")
    with pytest.raises(NoOrganisation):
        check_insert(sa.insert(note).values(id="x", organisation_id="theirs"), None, "mine")
    check_insert(sa.insert(note), [{"organisation_id": "mine"}], "mine")


@contextmanager
def _watched(world: DeskWorld) -> Iterator[list[str]]:
    """The SQL that runs for an organisation while the block runs, without what says that it crosses."""
    seen: list[str] = []
    real = Transaction.execute

    def execute(db: Transaction, statement: Any, parameters: Any = None) -> Any:
        if db.organisation_id is None:
            return real(db, statement, parameters)
        with _caught(db.connection) as caught:
            result = real(db, statement, parameters)
        seen.extend(caught)
        return result

    Transaction.execute = execute  # type: ignore[method-assign]
    try:
        yield seen
    finally:
        Transaction.execute = real  # type: ignore[method-assign]


@contextmanager
def _caught(connection: sa.Connection) -> Iterator[list[str]]:
    found: list[str] = []

    def before(_c: Any, _cursor: Any, sql: str, *_more: Any) -> None:
        found.append(sql)

    sa.event.listen(connection, "before_cursor_execute", before)
    try:
        yield found
    finally:
        sa.event.remove(connection, "before_cursor_execute", before)


async def test_no_statement_of_the_desk_forgets_its_organisation(world: DeskWorld) -> None:
    """While counsellors read, claim, answer, note, pass on and close, every statement that names a table of organisations
    compares that table's organisation."""
    first, second = world.request("werk"), world.request("werk")
    with _watched(world) as seen:
        async with (
            world.desk(world.counsellor("Coach A", "werk")) as desk,
            world.pages(world.counsellor("Coach B", "werk")) as pages,
        ):
            api = "/api/v1/desk/requests"
            for path in (api, f"{api}/{first}", "/api/v1/desk/me", "/api/v1/desk/handovers"):
                assert (await desk.get(path)).status_code == 200
            for path in ("/desk", f"/desk/requests/{second}", f"/desk/live?shown=waiting:{first}"):
                assert (await pages.get(path)).status_code == 200
            for action in ("claim", "reply", "note", "release", "claim", "close"):
                body = {"text": "Hoi"} if action in ("reply", "note") else None
                assert (await desk.post(f"{api}/{first}/{action}", json=body)).status_code == 200, action
            assert (await pages.get(f"/desk/requests/{first}")).status_code == 403
    assert len(seen) > 40
    for sql in seen:
        if sql.lstrip().upper().startswith("INSERT"):
            continue
        for table in TENANT:
            if re.search(rf"\b(?:FROM|JOIN|UPDATE|INTO|,) {table}\b(?! AS)", sql):
                assert re.search(rf"\b{table}\.(?:\w+_)?organisation_id = ", sql), sql


def _hashes(world: DeskWorld, organisation_id: str) -> dict[str, list[int]]:
    """What each table holds of an organisation."""
    found = {}
    for table in metadata.sorted_tables:
        if names := owners(table):
            mine = sa.or_(*(table.c[name] == organisation_id for name in names))
            found[table.name] = sorted(hash(tuple(row)) for row in world.rows(sa.select(table).where(mine)))
    found["message"] = sorted(hash(tuple(row)) for row in world.rows(sa.select(message.c.content)))
    return found


async def test_whatever_one_organisation_does_the_other_keeps(world: DeskWorld) -> None:
    """Random acts with ids of both organisations change no row of the other and show no word of it."""
    seed = secrets.randbits(32)
    chance = random.Random(seed)
    theirs = [world.request("school", at="school", need=f"{CANARY} {one}", words=(CANARY,)) for one in range(3)]
    mine = [world.request("werk") for _ in range(3)]
    lead = world.counsellor(f"{CANARY} Coach", "school", at="school")
    before = _hashes(world, world.organisations["school"])
    own = len(before["message"])
    ids = [*theirs, *theirs, *mine, secrets.token_hex(16), lead.id, world.queues["school"]]
    async with world.desk(world.counsellor("Coach A", "werk")) as desk:
        for _ in range(size(60, 2000)):
            id, other = chance.choice(ids), chance.choice(ids)
            where = f"/api/v1/desk/requests/{id}"
            action = chance.choice(
                ("claim", "reply", "note", "release", "close", "transfer", "open", "", "list", "page")
            )
            if action == "list":
                answer = await desk.get("/api/v1/desk/requests", params={"queue": other})
            elif action == "page":
                answer = await desk.get(f"/desk/requests/{id}")
            elif action == "":
                answer = await desk.get(where)
            else:
                bodies: dict[str, Any] = {
                    "reply": {"text": "Hoi"},
                    "note": {"text": "Hoi"},
                    "open": {"reason": "danger"},
                    "transfer": {"queue": world.queues["school"], "counsellor": other, "reason": "Omdat."},
                }
                answer = await desk.post(f"{where}/{action}", json=bodies.get(action))
            assert answer.status_code < 500, (seed, action, answer.text)
            assert CANARY not in answer.text, (seed, action)
            if id in theirs and action != "list":
                assert answer.status_code == 404, (seed, action, answer.status_code)
    after = _hashes(world, world.organisations["school"])
    assert {key: rows for key, rows in after.items() if key != "message"} == {
        key: rows for key, rows in before.items() if key != "message"
    }, seed
    assert set(before["message"]) <= set(after["message"]), (seed, own)


async def test_rows_are_guarded_by_the_database_itself(world: DeskWorld) -> None:
    """On PostgreSQL a query of the desk without any condition sees one organisation alone, and cannot change another."""
    mine, theirs = world.request("werk"), world.request("school", at="school", words=(CANARY,))
    if world.database.__class__.__name__ != "PostgresDatabase":
        pytest.skip("row security is PostgreSQL's")
    token = acting_for.set(world.organisations["gemeente"])
    try:
        seen = await world.database.read(
            lambda db: [row.id for row in db.connection.execute(sa.select(support_request.c.id))]
        )
        said = await world.database.read(
            lambda db: {row.request_id for row in db.connection.execute(sa.select(message.c.request_id))}
        )
        here = support_request.c.id == theirs
        changed = await world.database.write(
            lambda db: db.connection.execute(sa.update(support_request).where(here).values(urgent=True)).rowcount
        )
    finally:
        acting_for.reset(token)
    assert seen == [mine]
    assert theirs not in said
    assert changed == 0
    assert len(world.rows(sa.select(support_request.c.id))) == 2


def test_no_table_is_without_its_policy(database_url: str) -> None:
    """Every table of organisations has a policy on PostgreSQL, also one that was added later."""
    database = open_database(database_url)
    assert set(TENANT) <= guarded(metadata)
    database.close()
    if database_url.startswith("postgresql"):
        engine = sa.create_engine(sa.engine.make_url(database_url).set(drivername="postgresql+psycopg"))
        with engine.connect() as connection:
            found = connection.execute(sa.text("select tablename from pg_policies where policyname = 'verder_desk'"))
            assert set(TENANT) <= set(found.scalars())
        engine.dispose()
