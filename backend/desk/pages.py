"""The desk as pages under /desk: every action is a plain form; with scripts, lists and conversations stay fresh."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, cast, get_args
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute

from backend.db import Database, Transaction
from backend.desk import views
from backend.desk.actions import Action, act
from backend.desk.assets import load_assets, load_templates
from backend.desk.entrance import NO_STORE, Clock, Entrance, open_entrance
from backend.desk.words import Words, words_for
from backend.errors import Refused, not_found
from backend.organisations.login import Session
from backend.support_requests import repository, service
from backend.support_requests.repository import Status
from backend.vault import Vault

_LANGUAGE_COOKIE = "verder_desk_language"
_OWN_PAGE = re.compile(r"/desk(/requests/[0-9a-f]{32})?")
_REQUEST_PAGE = re.compile(r"/desk/requests/[0-9a-f]{32}")
_ID = re.compile(r"[0-9a-f]{32}")
_STATUSES = get_args(Status)
_DONE = ("claim", "release", "reply", "close", "logout")
_TO_LIST = ("release", "close")
Short = Annotated[str, Query(max_length=120)]


def make_router(database: Database, vault: Vault, *, secure_cookies: bool, clock: Clock | None = None) -> APIRouter:
    """The desk's pages; they answer refusals themselves, as pages."""
    pages = Pages(open_entrance(database, vault, secure_cookies=secure_cookies, clock=clock))

    class PageRoute(APIRoute):
        """Answers a refusal with a page instead of JSON."""

        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handler = super().get_route_handler()

            async def handle(request: Request) -> Response:
                try:
                    return await handler(request)
                except Refused as error:
                    return pages.refused(request, error)

            return handle

    router = APIRouter(prefix="/desk", include_in_schema=False, route_class=PageRoute)
    _add_sessions(router, pages)
    _add_list(router, pages)
    _add_request(router, pages)
    return router


class Pages:
    """Renders pages: the templates, the words, and what every page needs."""

    def __init__(self, entrance: Entrance) -> None:
        self.entrance = entrance
        self.assets = load_assets()
        self._templates = load_templates(self.assets)

    def words(self, request: Request) -> Words:
        """The desk's words in the language the counsellor chose, Dutch otherwise."""
        return words_for(request.cookies.get(_LANGUAGE_COOKIE))

    def show(
        self, request: Request, template: str, session: Session | None, *, status: int = 200, **values: Any
    ) -> HTMLResponse:
        """A page. `done` (a word of `_DONE`) and `problem` (a sentence) are shown on top of it."""
        words = self.words(request)
        done = request.query_params.get("done")
        common = {
            "t": words,
            "lang": words.language.code,
            "session": session,
            "csrf": session.csrf_token if session else "",
            "other_language": _other_language(words),
            "key": secrets.token_urlsafe(16),
            "done": done if done in _DONE else None,
            "problem": None,
        }
        html = self._templates.get_template(template).render({**common, **values})
        return HTMLResponse(html, status_code=status, headers=NO_STORE)

    def refused(self, request: Request, error: Refused) -> Response:
        """A refusal as a page: the log-in for whoever is not logged in, otherwise the reason and the way back."""
        page = _page_of(request)
        live = request.headers.get("hx-request") is not None
        if error.status == 401:
            login = f"/desk/login?{urlencode({'next': page})}"
            return _elsewhere(login, live=live)
        if live:
            return Response(status_code=204, headers={"HX-Refresh": "true", **NO_STORE})
        reason = self.words(request).refusal(error)
        response = self.show(request, "error.html", None, status=error.status, problem=reason, back=page)
        if error.retry_after is not None:
            response.headers["Retry-After"] = str(error.retry_after)
        return response

    async def request_page(
        self, request: Request, session: Session, request_id: str, *, refusal: Refused | None = None, draft: str = ""
    ) -> Response:
        """The page of one request; with a `refusal` on top of it, and what the counsellor had typed."""
        who, at = session.counsellor, self.entrance.clock()
        opened = await self.entrance.database.write(
            lambda db: service.read_request(db, self.entrance.vault, who, request_id)
        )
        words = self.words(request)
        view = views.request_view(words, who, opened, at=at)
        problem = words.refusal(refusal) if refusal else None
        values: dict[str, Any] = {"view": view, "problem": problem, "draft": draft, "longest": service.LONGEST_TEXT}
        return self.show(request, "request.html", session, status=refusal.status if refusal else 200, **values)


def _add_sessions(router: APIRouter, pages: Pages) -> None:
    entrance = pages.entrance

    @router.get("/login")
    async def login_page(request: Request, next: Short = "/desk") -> Response:
        return pages.show(request, "login.html", None, next=_own(next), email="")

    @router.post("/login")
    async def log_in(
        request: Request,
        email: Annotated[str, Form(max_length=320)] = "",
        password: Annotated[str, Form(max_length=1024)] = "",
        next: Annotated[str, Form(max_length=120)] = "/desk",
    ) -> Response:
        try:
            token, _ = await entrance.log_in(request, email, password)
        except Refused as error:
            reason = pages.words(request).refusal(error)
            values = {"next": _own(next), "email": email, "problem": reason}
            response = pages.show(request, "login.html", None, status=error.status, **values)
            if error.retry_after is not None:
                response.headers["Retry-After"] = str(error.retry_after)
            return response
        welcome = _elsewhere(_own(next))
        entrance.give(welcome, token)
        return welcome

    @router.post("/logout")
    async def log_out(request: Request, csrf: Annotated[str, Form()] = "") -> Response:
        await entrance.log_out(await entrance.acting(request, csrf))
        goodbye = _elsewhere("/desk/login?done=logout")
        entrance.take_back(goodbye)
        return goodbye

    @router.post("/language")
    async def language(code: Annotated[str, Form(max_length=8)] = "") -> Response:
        response = _elsewhere("/desk")
        response.set_cookie(
            _LANGUAGE_COOKIE, words_for(code).language.code, path="/desk", samesite="lax", secure=entrance.secure
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

        def read(db: Transaction) -> dict[str, Any]:
            found = repository.list_requests(
                db, entrance.vault, who, queue_id=queue or None, status=chosen, after=after or None
            )
            return {
                "groups": views.groups(pages.words(request), who, found.requests, at=at, closed=chosen == "closed"),
                "next": found.next,
                "queues": repository.queues_of(db, who),
                "organisation": repository.organisation_of(db, who)[0],
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
    ) -> Response:
        session = await entrance.session(request, keep_alive=False)
        who, at, chosen = session.counsellor, entrance.clock(), _status(status)
        places = _places(shown or [])
        ids = {id for group in places.values() for id in group}

        def read(db: Transaction) -> dict[str, Any]:
            vault, new = entrance.vault, 0
            now = repository.some_requests(db, vault, who, ids)
            if not after:
                first = repository.list_requests(db, vault, who, queue_id=queue or None, status=chosen)
                new = sum(one.id not in ids for one in first.requests)
            return {"groups": views.same_places(pages.words(request), who, places, now, at=at), "new": new}

        values = await entrance.database.read(read)
        here = {"queue": queue, "status": chosen or "", "after": after}
        return pages.show(request, "_groups.html", session, here=here, query=urlencode(here), **values)


def _add_request(router: APIRouter, pages: Pages) -> None:
    entrance = pages.entrance

    @router.get("/requests/{request_id}")
    async def request_page(request: Request, request_id: str) -> Response:
        return await pages.request_page(request, await entrance.session(request), request_id)

    @router.get("/requests/{request_id}/live")
    async def live(
        request: Request, request_id: str, after: Annotated[int, Query(ge=0)] = 0, stand: Short = ""
    ) -> Response:
        session = await entrance.session(request, keep_alive=False)
        who, at, vault = session.counsellor, entrance.clock(), entrance.vault

        def look(db: Transaction) -> bool:
            one = repository.one_request(db, vault, who, request_id)
            return repository.last_message(db, one) > after or views.stand(one) != stand

        if not await entrance.database.read(look):
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
        return _elsewhere(f"{where}?done={chosen}")


def _elsewhere(where: str, *, live: bool = False) -> Response:
    if live:
        return Response(status_code=204, headers={"HX-Redirect": where, **NO_STORE})
    return RedirectResponse(where, status_code=303, headers=NO_STORE)


def _own(path: str) -> str:
    return path if _OWN_PAGE.fullmatch(path) else "/desk"


def _page_of(request: Request) -> str:
    """The page that a fragment or an action belongs to."""
    found = _REQUEST_PAGE.match(request.url.path)
    return found.group() if found else "/desk"


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


def _other_language(words: Words) -> tuple[str, str] | None:
    """Code and own name of the other language the desk can be read in."""
    other = words_for("en" if words.language.code == "nl" else "nl").language
    return (other.code, other.name) if other.code != words.language.code else None
