"""The desk as pages under /desk: every action is a plain form; with scripts, lists and conversations stay fresh."""

from __future__ import annotations

import re
from typing import Annotated, Any, cast, get_args
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request, Response

from backend.access.roles import home
from backend.db import Database, Transaction
from backend.desk import handover_views, views
from backend.desk.account import account_pages
from backend.desk.actions import Action, act
from backend.desk.arranging import arranging_pages
from backend.desk.confirming import confirm_pages
from backend.desk.doors import Doors
from backend.desk.entrance import NO_STORE, Clock, from_own_pages, open_entrance
from backend.desk.frame import Pages, elsewhere, page_router
from backend.desk.handovers import handover_pages
from backend.desk.keeping_panel import vanishing_soon
from backend.desk.openings import opening_pages
from backend.desk.provider_pages import provider_pages
from backend.desk.sign_in import sign_in_pages
from backend.desk.stream import stream_pages
from backend.desk.transition import transition_router
from backend.desk.waiting import when_new
from backend.desk.welcome import welcome_pages
from backend.desk.words import words_for
from backend.desk.work import work_pages
from backend.desk.writing import writing_pages
from backend.errors import Refused, not_found
from backend.invitations.service import SCHOOLS
from backend.queues.settings import setting_of
from backend.support_requests import repository, service
from backend.support_requests.repository import Status
from backend.support_requests.searching import same_person
from backend.transition_documents.forms import STANDARD, Forms
from backend.vault import Vault

_ID = re.compile(r"[0-9a-f]{32}")
_STATUSES = get_args(Status)
_TO_LIST = ("release", "close")
Short = Annotated[str, Query(max_length=120)]


def make_router(
    database: Database,
    vault: Vault,
    *,
    secure_cookies: bool,
    clock: Clock | None = None,
    forms: Forms = STANDARD,
    doors: Doors | None = None,
) -> APIRouter:
    """The desk's pages; they answer refusals themselves, as pages. `forms` are those of the overgangsdocument."""
    pages = Pages(open_entrance(database, vault, secure_cookies=secure_cookies, clock=clock))

    router = page_router(pages)
    _add_basics(router, pages)
    _add_doors(router, pages, doors or Doors.of("http://localhost"))
    _add_list(router, pages)
    handover_pages(router, pages)
    writing_pages(router, pages)
    work_pages(router, pages)
    arranging_pages(router, pages)
    stream_pages(router, pages)
    opening_pages(router, pages)
    _add_request(router, pages)
    transition_router(router, pages, forms)
    return router


def _add_doors(router: APIRouter, pages: Pages, doors: Doors) -> None:
    sign_in_pages(router, pages, doors)
    provider_pages(router, pages, doors)
    welcome_pages(router, pages, doors)
    account_pages(router, pages, doors)
    confirm_pages(router, pages, doors)


def _add_basics(router: APIRouter, pages: Pages) -> None:
    entrance = pages.entrance

    @router.post("/language")
    async def language(request: Request, code: Annotated[str, Form(max_length=8)] = "") -> Response:
        from_own_pages(request)
        response, chosen = elsewhere("/desk"), words_for(code).language.code
        response.set_cookie(
            pages.language_cookie, chosen, path="/", secure=entrance.secure, httponly=True, samesite="lax"
        )
        return response

    @router.get("/static/{name:path}")
    async def static(name: str) -> Response:
        return pages.assets.serve(name)


def _add_list(router: APIRouter, pages: Pages) -> None:
    entrance = pages.entrance

    @router.get("")
    async def list_page(request: Request, queue: Short = "", status: Short = "", after: Short = "") -> Response:
        session = await entrance.session(request)
        who, at, chosen = session.counsellor, entrance.clock(), _status(status)
        if (begin := home(who.role)) != "/desk":
            return elsewhere(begin)

        def read(db: Transaction) -> dict[str, Any]:
            setting = setting_of(db, who.organisation_id)
            found = repository.list_requests(
                db, entrance.vault, who, queue_id=queue or None, status=chosen, after=after or None
            )
            return {
                "groups": views.groups(
                    pages.words(request),
                    who,
                    found.requests,
                    at=at,
                    closed=chosen == "closed",
                    setting=setting,
                    linked=same_person(db, who, found.requests),
                ),
                "handovers": handover_views.tracks(db, pages.words(request), who, at=at),
                "vanishing": vanishing_soon(db, pages.words(request), who, at=at),
                "next": found.next,
                "queues": repository.queues_of(db, who),
                "organisation": repository.organisation_of(db, who)[0],
                "may_invite": repository.organisation_of(db, who)[1] in SCHOOLS,
            }

        values = await entrance.database.read(read)
        here = {"queue": queue, "status": chosen or "", "after": after}
        return pages.show(request, "list.html", session, new=0, here=here, query=urlencode(here), **values)

    @router.get("/live")
    async def live(
        request: Request,
        queue: Short = "",
        status: Short = "",
        after: Short = "",
        shown: Annotated[list[str] | None, Query()] = None,
        seen: Short = "",
        wait: bool = False,
    ) -> Response:
        session = await entrance.session(request, keep_alive=False)
        who, chosen = session.counsellor, _status(status)
        places = _places(shown or [])
        ids = {id for group in places.values() for id in group}

        def read(db: Transaction) -> dict[str, Any]:
            vault, new, at = entrance.vault, 0, entrance.clock()
            setting = setting_of(db, who.organisation_id)
            now = repository.some_requests(db, vault, who, ids)
            if not after:
                first = repository.list_requests(db, vault, who, queue_id=queue or None, status=chosen)
                new = views.unseen(first.requests, places, now)
            linked = same_person(db, who, now.values())
            return {
                "groups": views.same_places(
                    pages.words(request), who, places, now, at=at, setting=setting, linked=linked
                ),
                "new": new,
            }

        async def look() -> dict[str, Any]:
            return await entrance.database.read(read)

        queues = await entrance.database.read(lambda db: repository.queues_of(db, who))
        values = await when_new(
            entrance.database,
            [f"queue:{one.id}" for one in queues],
            look,
            is_new=lambda values: views.mark(values["groups"], values["new"]) != seen,
            wait=wait and bool(seen),
        )
        here = {"queue": queue, "status": chosen or "", "after": after}
        return pages.show(request, "_groups.html", session, here=here, query=urlencode(here), **values)


def _add_request(router: APIRouter, pages: Pages) -> None:
    entrance = pages.entrance

    @router.get("/requests/{request_id}")
    async def request_page(request: Request, request_id: str) -> Response:
        return await pages.request_page(request, await entrance.session(request), request_id)

    @router.get("/requests/{request_id}/live")
    async def live(
        request: Request, request_id: str, after: Annotated[int, Query(ge=0)] = 0, stand: Short = "", wait: bool = False
    ) -> Response:
        session = await entrance.session(request, keep_alive=False)
        who, at, vault = session.counsellor, entrance.clock(), entrance.vault

        def look(db: Transaction) -> bool:
            one = repository.one_request(db, vault, who, request_id)
            return repository.last_message(db, one) > after or views.stand(one) != stand

        queue_id = (
            await entrance.database.read(lambda db: repository.one_request(db, vault, who, request_id))
        ).queue_id
        topics = [f"queue:{queue_id}"]
        if not await when_new(entrance.database, topics, lambda: entrance.database.read(look), is_new=bool, wait=wait):
            return Response(status_code=204, headers=NO_STORE)
        one, newer = await entrance.database.write(
            lambda db: service.read_newer(db, vault, who, request_id, after=after)
        )
        words = pages.words(request)
        values: dict[str, Any] = {
            "messages": [views.bubble(words, message, {}) for message in newer],
            "last_number": newer[-1].number if newer else after,
            "change": views.state(words, who, one, at=at) if views.stand(one) != stand else None,
            "id": one.id,
        }
        return pages.show(request, "_news.html", session, **values)

    @router.post("/requests/{request_id}/{action}")
    async def do(
        request: Request,
        request_id: str,
        action: str,
        csrf: Annotated[str, Form()] = "",
        key: Annotated[str | None, Form(max_length=120)] = None,
        text: Annotated[str, Form()] = "",
    ) -> Response:
        session = await entrance.acting(request, csrf)
        chosen = _action(action)
        try:
            await act(entrance, session.counsellor, chosen, request_id, text=text, key=key or None)
        except Refused as error:
            if error.status not in (409, 422):
                raise
            return await pages.request_page(request, session, request_id, refusal=error, draft=text)
        where = "/desk" if chosen in _TO_LIST else f"/desk/requests/{request_id}"
        return elsewhere(f"{where}?done={chosen}")


def _status(status: str) -> Status | None:
    return cast("Status", status) if status in _STATUSES else None


def _action(action: str) -> Action:
    if action not in get_args(Action):
        raise not_found()
    return cast("Action", action)


def _places(shown: list[str]) -> dict[str, list[str]]:
    """Which ids were shown under which heading, from "heading:id,id" each."""
    places: dict[str, list[str]] = {}
    for group in shown[: len(views.GROUPS)]:
        key, _, ids = group.partition(":")
        if key in views.GROUPS:
            places[key] = [id for id in ids.split(",") if _ID.fullmatch(id)][: repository.PAGE]
    return places
