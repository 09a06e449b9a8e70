"""The people of an organisation, for its administrator: invite, give a role, disable. Every act is a plain form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Form, Request, Response

from backend.accounts.invitations import invite
from backend.db import Database, Transaction
from backend.desk.entrance import Clock, open_entrance
from backend.desk.frame import Pages, elsewhere, page_router
from backend.desk.words import Words
from backend.errors import Refused
from backend.organisations import people
from backend.organisations.administrators import AdminChange, note_change, recent_changes
from backend.organisations.counsellors import Counsellor
from backend.organisations.models import counsellor
from backend.organisations.people import GIVABLE
from backend.organisations.service import email_index, make_counsellor
from backend.queues.models import queue
from backend.support_requests.leaving import give_all_back
from backend.vault import Vault

_PAGE = "/desk/people"
_DONE = ("role", "disable", "enable")
_LONGEST_NAME = 80
Short = Annotated[str, Form(max_length=320)]


def make_router(
    database: Database, vault: Vault, *, secure_cookies: bool, web: str, clock: Clock | None = None
) -> APIRouter:
    """The pages under /desk/people; `web` is the address of the service."""
    pages = Pages(open_entrance(database, vault, secure_cookies=secure_cookies, clock=clock))
    router = page_router(pages)
    _add_list(router, pages, web=web.rstrip("/"))
    _add_changes(router, pages)
    return router


def _add_list(router: APIRouter, pages: Pages, *, web: str) -> None:
    entrance = pages.entrance

    async def page(
        request: Request, *, refusal: Refused | None = None, made: tuple[str, str] | None = None
    ) -> Response:
        session = await entrance.session(request)
        who, words = session.counsellor, pages.words(request)
        found = await entrance.database.read(lambda db: people.people_of(db, entrance.vault, who.organisation_id))
        changes = await entrance.database.read(lambda db: recent_changes(db, entrance.vault, who, at=entrance.clock()))
        done = request.query_params.get("done")
        values: dict[str, Any] = {
            "people": found,
            "news": [_told(words, one) for one in changes],
            "roles": [(one, words(f"access.role.{one}")) for one in GIVABLE],
            "role_name": lambda role: words(f"access.role.{role}"),
            "made": made,
            "address": f"{web}/desk/welcome",
            "told": words(f"access.people.done_{done}") if done in _DONE else None,
            "problem": words.refusal(refusal) if refusal else None,
        }
        return pages.show(request, "people.html", session, status=refusal.status if refusal else 200, **values)

    @router.get("/people")
    async def list_page(request: Request) -> Response:
        return await page(request)

    @router.post("/people")
    async def invite_one(
        request: Request, csrf: Short = "", email: Short = "", name: Short = "", role: Short = "counsellor"
    ) -> Response:
        session = await entrance.acting(request, csrf)
        entrance.must_be_recent(session)
        by, at = session.counsellor, entrance.clock()
        try:
            code = await entrance.database.write(
                lambda db: _invite(db, entrance.vault, by, email=email, name=name, role=role, at=at)
            )
        except Refused as error:
            if error.status != 422:
                raise
            return await page(request, refusal=error)
        return await page(request, made=(" ".join(name.split()), code))


def _add_changes(router: APIRouter, pages: Pages) -> None:
    entrance = pages.entrance

    async def change(
        request: Request, csrf: str, done: str, work: Callable[[Transaction, Counsellor], None]
    ) -> Response:
        """Does it for who proved again who they are."""
        session = await entrance.acting(request, csrf)
        entrance.must_be_recent(session)
        await entrance.database.write(lambda db: work(db, session.counsellor))
        return elsewhere(f"{_PAGE}?done={done}")

    @router.post("/people/{person_id}/role")
    async def give_role(request: Request, person_id: str, csrf: Short = "", role: Short = "") -> Response:
        return await change(request, csrf, "role", lambda db, by: people.change_role(db, by, person_id, role))

    @router.post("/people/{person_id}/disable")
    async def disable(request: Request, person_id: str, csrf: Short = "") -> Response:
        at, vault = entrance.clock(), entrance.vault

        def work(db: Transaction, by: Counsellor) -> None:
            people.disable(db, by, person_id)
            give_all_back(db, vault, people.as_counsellor(db, vault, by, person_id), at=at)

        return await change(request, csrf, "disable", work)

    @router.post("/people/{person_id}/enable")
    async def enable(request: Request, person_id: str, csrf: Short = "") -> Response:
        return await change(request, csrf, "enable", lambda db, by: people.enable(db, by, person_id))


def _told(words: Words, one: AdminChange) -> str:
    said = "data.admins.began" if one.began else "data.admins.ended"
    return words(said, name=one.name, moment=words.moment(one.at))


def _invite(db: Transaction, vault: Vault, by: Counsellor, *, email: str, name: str, role: str, at: int) -> str:
    """A new account without a password, in all queues when it answers requests; the code that begins it."""
    known, words = email.strip(), " ".join(name.split())
    if "@" not in known or not 1 <= len(words) <= _LONGEST_NAME or role not in GIVABLE:
        raise Refused(422, "bad_person", fields={"email": "needed", "name": f"1-{_LONGEST_NAME}", "role": "known"})
    with db.across():  # an address serves once, whoever's it is
        taken = db.execute(sa.select(counsellor.c.id).where(counsellor.c.email_index == email_index(vault, known)))
        if taken.first() is not None:
            raise Refused(422, "bad_person", fields={"email": "taken"})
    queues: list[str] = []
    if role in ("counsellor", "team_lead"):
        mine = sa.select(queue.c.id).where(queue.c.organisation_id == by.organisation_id)
        queues = list(db.execute(mine).scalars())
    id = make_counsellor(
        db, vault, by.organisation_id, email=known, name=words, password_hash="", queue_ids=queues, role=role
    )
    note_change(db, id, None, role, by=by.id, organisation_id=by.organisation_id)
    return invite(db, id, "welcome", at=at, by=by.id)
