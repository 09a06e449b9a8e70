"""What auditors and who runs the platform see: who did what, and which organisations there are. Never any content."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Query, Request, Response

from backend.audit import NOT_STAFF, audit_event
from backend.db import Database, Transaction
from backend.desk.change_views import waiting_lines
from backend.desk.entrance import Clock, open_entrance
from backend.desk.frame import Pages, page_router
from backend.desk.words import Words
from backend.organisations.models import counsellor, organisation
from backend.organisations.service import open_name
from backend.queues.models import queue
from backend.together import changes
from backend.vault import NoKey, Vault

_PAGE = 100


def make_router(database: Database, vault: Vault, *, secure_cookies: bool, clock: Clock | None = None) -> APIRouter:
    """The pages /desk/trail and /desk/tenants."""
    pages = Pages(open_entrance(database, vault, secure_cookies=secure_cookies, clock=clock))
    router = page_router(pages)
    entrance = pages.entrance

    @router.get("/trail")
    async def trail(request: Request, before: Annotated[int | None, Query(ge=1, le=2**62)] = None) -> Response:
        session = await entrance.session(request)
        words, of = pages.words(request), session.counsellor.organisation_id
        lines = await entrance.database.read(lambda db: _trail(db, vault, words, of, before))
        older = lines[_PAGE - 1]["id"] if len(lines) > _PAGE else None
        return pages.show(request, "trail.html", session, lines=lines[:_PAGE], older=older)

    @router.get("/tenants")
    async def tenants(request: Request) -> Response:
        session = await entrance.session(request)
        who, words, done = session.counsellor, pages.words(request), request.query_params.get("done")
        lines = await entrance.database.read(_tenants)
        found = await entrance.database.read(lambda db: changes.waiting_for(db, vault, who))
        told = words(f"together.done.{done}") if done in ("agree", "stop") else None
        waiting = waiting_lines(words, who, found)
        return pages.show(request, "tenants.html", session, lines=lines, changes=waiting, told=told)

    return router


def _trail(
    db: Transaction, vault: Vault, words: Words, organisation_id: str, before: int | None
) -> Sequence[dict[str, Any]]:
    """The organisation's events, the newest first; one more than a page when there are older ones."""
    of = audit_event.c
    columns = (of.id, of.at, of.actor, of.action, of.object, of.result)
    found = sa.select(*columns).where(of.organisation_id == organisation_id).order_by(of.id.desc()).limit(_PAGE + 1)
    rows = db.execute(found.where(of.id < before) if before else found).all()
    names = _names(db, vault, {row.actor for row in rows} - NOT_STAFF)
    return [
        {
            "id": row.id,
            "when": words.moment(row.at),
            "who": words(f"access.trail.{row.actor}")
            if row.actor in NOT_STAFF
            else names.get(row.actor, row.actor[:6]),
            "action": row.action,
            "object": row.object[:6],
            "result": words(f"access.trail.result_{row.result}") if row.result else "",
        }
        for row in rows
    ]


def _names(db: Transaction, vault: Vault, ids: set[str]) -> dict[str, str]:
    names = {}
    for row in db.execute(sa.select(counsellor.c.id, counsellor.c.name).where(counsellor.c.id.in_(ids))):
        try:
            names[row.id] = open_name(db, vault, row.id, row.name)
        except NoKey:
            continue
    return names


def _tenants(db: Transaction) -> Sequence[dict[str, Any]]:
    """Every organisation with how many accounts and queues it has."""

    def count(table: sa.Table) -> sa.ScalarSelect[int]:
        mine = table.c.organisation_id == organisation.c.id
        return sa.select(sa.func.count()).select_from(table).where(mine).scalar_subquery()

    of = organisation.c
    found = sa.select(of.name, of.kind, count(counsellor).label("people"), count(queue).label("queues"))
    with db.across():  # the platform is about all organisations, and only their names and numbers are read
        return [dict(row._mapping) for row in db.execute(found.order_by(of.name, of.id))]  # noqa: SLF001 - public by documentation
