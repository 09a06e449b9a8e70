"""The people of an organisation, for its administrator: invite, give a role, disable. What is strong waits for a second
administrator. Every act is a plain form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Form, Request, Response

from backend.accounts.invitations import hash_code, invite, make_code
from backend.db import Database, Transaction
from backend.desk.change_views import waiting_lines
from backend.desk.entrance import Clock, open_entrance
from backend.desk.frame import Pages, elsewhere, page_router
from backend.desk.words import Words
from backend.errors import Refused, not_found
from backend.organisations import people
from backend.organisations.administrators import AdminChange, note_change, recent_changes
from backend.organisations.counsellors import Counsellor
from backend.organisations.models import counsellor
from backend.organisations.people import GIVABLE
from backend.organisations.service import email_index, make_counsellor
from backend.queues.models import queue
from backend.support_requests.leaving import give_all_back
from backend.together import changes
from backend.vault import Vault

_PAGE = "/desk/people"
_DONE = ("disable", "enable", "asked", "agree", "stop")
_LONGEST_NAME = 80
Short = Annotated[str, Form(max_length=320)]


def make_router(
    database: Database, vault: Vault, *, secure_cookies: bool, web: str, clock: Clock | None = None
) -> APIRouter:
    """The pages under /desk/people; `web` is the address of the service."""
    pages = Pages(open_entrance(database, vault, secure_cookies=secure_cookies, clock=clock))
    router = page_router(pages)
    _add_list(router, pages, web=web.rstrip("/"))
    _add_codes(router, pages, web=web.rstrip("/"))
    _add_changes(router, pages)
    _add_decisions(router, pages)
    return router


async def _page(
    pages: Pages,
    request: Request,
    web: str,
    *,
    refusal: Refused | None = None,
    made: tuple[str, str] | None = None,
    waits: bool = False,
) -> Response:
    """Everybody of the organisation; `made` is whose code was just made, and the code: `waits` when it does not work yet."""
    entrance = pages.entrance
    session = await entrance.session(request)
    who, words, vault, at = session.counsellor, pages.words(request), entrance.vault, entrance.clock()

    def read(db: Transaction) -> dict[str, Any]:
        return {
            "people": people.people_of(db, vault, who.organisation_id),
            "news": [_told(words, one) for one in recent_changes(db, vault, who, at=at)],
            "changes": waiting_lines(words, who, changes.waiting_for(db, vault, who)),
        }

    done = request.query_params.get("done")
    values: dict[str, Any] = {
        **await entrance.database.read(read),
        "roles": [(one, words(f"access.role.{one}")) for one in GIVABLE],
        "role_name": lambda role: words(f"access.role.{role}"),
        "made": made,
        "waits": waits,
        "address": f"{web}/desk/welcome",
        "told": words(f"together.done.{done}") if done in _DONE else None,
        "problem": words.refusal(refusal) if refusal else None,
    }
    return pages.show(request, "people.html", session, status=refusal.status if refusal else 200, **values)


def _add_list(router: APIRouter, pages: Pages, *, web: str) -> None:
    entrance = pages.entrance

    @router.get("/people")
    async def list_page(request: Request) -> Response:
        return await _page(pages, request, web)

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
            return await _page(pages, request, web, refusal=error)
        return await _page(pages, request, web, made=(" ".join(name.split()), code), waits=role in changes.STRONG)


def _add_codes(router: APIRouter, pages: Pages, *, web: str) -> None:
    entrance = pages.entrance

    @router.post("/people/{person_id}/factors")
    async def factors(request: Request, person_id: str, csrf: Short = "") -> Response:
        """The code is shown now; it works once a second one agreed."""
        session = await entrance.acting(request, csrf)
        entrance.must_be_recent(session)
        by, at, code = session.counsellor, entrance.clock(), make_code()

        def work(db: Transaction) -> str:
            changes.ask(db, by, person_id, "factors", at=at, code_hash=hash_code(code))
            return people.as_counsellor(db, entrance.vault, by, person_id).name

        try:
            name = await entrance.database.write(work)
        except Refused as error:
            if error.status not in (409, 422):
                raise
            return await _page(pages, request, web, refusal=error)
        return await _page(pages, request, web, made=(name, code), waits=True)


def _add_changes(router: APIRouter, pages: Pages) -> None:
    entrance = pages.entrance

    async def change(request: Request, csrf: str, work: Callable[[Transaction, Counsellor, int], str]) -> Response:
        """Does it, or asks for it, for who proved again who they are; `work` gives what was done."""
        session = await entrance.acting(request, csrf)
        entrance.must_be_recent(session)
        done = await entrance.database.write(lambda db: work(db, session.counsellor, entrance.clock()))
        return elsewhere(f"{_PAGE}?done={done}")

    @router.post("/people/{person_id}/role")
    async def give_role(request: Request, person_id: str, csrf: Short = "", role: Short = "") -> Response:
        def work(db: Transaction, by: Counsellor, at: int) -> str:
            changes.ask(db, by, person_id, "role", role=role, at=at)
            return "asked"

        return await change(request, csrf, work)

    @router.post("/people/{person_id}/disable")
    async def disable(request: Request, person_id: str, csrf: Short = "") -> Response:
        def work(db: Transaction, by: Counsellor, at: int) -> str:
            if changes.is_strong(db, by, person_id):
                changes.ask(db, by, person_id, "disable", at=at)
                return "asked"
            people.disable(db, by, person_id)
            give_all_back(db, entrance.vault, people.as_counsellor(db, entrance.vault, by, person_id), at=at)
            return "disable"

        return await change(request, csrf, work)

    @router.post("/people/{person_id}/enable")
    async def enable(request: Request, person_id: str, csrf: Short = "") -> Response:
        def work(db: Transaction, by: Counsellor, at: int) -> str:
            if changes.is_strong(db, by, person_id):
                changes.ask(db, by, person_id, "enable", at=at)
                return "asked"
            people.enable(db, by, person_id)
            return "enable"

        return await change(request, csrf, work)


def _add_decisions(router: APIRouter, pages: Pages) -> None:
    entrance = pages.entrance

    @router.post("/changes/{change_id}/{action}")
    async def decide(request: Request, change_id: str, action: str, csrf: Short = "") -> Response:
        """Agreeing asks for fresh proof; stopping is always open."""
        session = await entrance.acting(request, csrf)
        if action == "agree":
            entrance.must_be_recent(session)
        elif action != "stop":
            raise not_found()
        decided, who, at = changes.agree if action == "agree" else changes.stop, session.counsellor, entrance.clock()
        await entrance.database.write(lambda db: decided(db, entrance.vault, who, change_id, at=at))
        where = _PAGE if who.role == "organisation_admin" else "/desk/tenants"
        return elsewhere(f"{where}?done={action}")


def _told(words: Words, one: AdminChange) -> str:
    said = "data.admins.began" if one.began else "data.admins.ended"
    return words(said, name=one.name, moment=words.moment(one.at))


def _invite(db: Transaction, vault: Vault, by: Counsellor, *, email: str, name: str, role: str, at: int) -> str:
    """A new account without a password, in all queues when it answers requests; the code that begins it. One with a strong
    role does not work until a second one agreed, and neither does its code."""
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
    if role in changes.STRONG:
        db.execute(sa.update(counsellor).where(counsellor.c.id == id).values(disabled=True))
        changes.ask(db, by, id, "invite", role=role, at=at)
    else:
        note_change(db, id, None, role, by=by.id, organisation_id=by.organisation_id)
    return invite(db, id, "welcome", at=at, by=by.id)
