"""What every page of the desk is made with: templates, words, the route that answers refusals, the way elsewhere."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Coroutine, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute

from backend.access.gate import own_organisation
from backend.access.roles import Act, may_ever
from backend.desk import handover_views, views, work_views
from backend.desk.assets import load_assets, load_templates
from backend.desk.change_views import notice_line
from backend.desk.emergency_views import sentences
from backend.desk.entrance import NO_STORE, Entrance
from backend.desk.keeping_panel import keeping_words
from backend.desk.opening_views import looked_here, reason_choices
from backend.desk.words import Words, words_for
from backend.desk.writing_views import writing_view
from backend.errors import Refused
from backend.organisations.counsellors import Counsellor
from backend.organisations.login import Session
from backend.queues.settings import setting_of
from backend.support_requests import service
from backend.support_requests.openings import LONGEST_REASON
from backend.together import emergencies
from backend.transition_documents.desk import has_document_page
from locales import Text

_PAGE = re.compile(r"/desk/(?:requests|handovers)/[0-9a-f]{32}")
_OWN_PAGE = re.compile(r"/desk(?!/log)(?:/[A-Za-z0-9_-]{1,40}){0,4}")
DONE = (
    *("note", "propose", "transfer", "decline", "take_back", "claim", "release", "reply", "close", "logout"),
    *("draft", "call", "call_withdrawn", "away", "back", "kept", "removed", "arranged"),
)
"""What a page may say was done, as a word in its address."""
_WORK_PAGES: Mapping[str, Act] = {
    "duties": "follow_pupils",
    "statistics": "read_figures",
    "search": "list_requests",
    "answers": "manage_texts",
    "away": "list_requests",
    "queues": "manage_queues",
}


def page_router(pages: Pages) -> APIRouter:
    """A router under /desk that answers a refusal with a page instead of JSON."""

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

    return APIRouter(
        prefix="/desk", include_in_schema=False, route_class=PageRoute, dependencies=[Depends(own_organisation)]
    )


class Pages:
    """Renders pages: the templates, the words, and what every page needs."""

    def __init__(self, entrance: Entrance) -> None:
        self.entrance = entrance
        self.assets = load_assets()
        self._templates = load_templates(self.assets)

    @property
    def language_cookie(self) -> str:
        """The name of the cookie with the language that a counsellor chose."""
        return f"{'__Host-' if self.entrance.secure else ''}verder_desk_language"

    def words(self, request: Request) -> Words:
        """The desk's words in the language the counsellor chose, Dutch otherwise."""
        return words_for(request.cookies.get(self.language_cookie))

    def show(
        self, request: Request, template: str, session: Session | None, *, status: int = 200, **values: Any
    ) -> HTMLResponse:
        """A page. `done` (a word of `DONE`) and `problem` (a sentence) are shown on top of it."""
        words = self.words(request)
        done = request.query_params.get("done")
        common = {
            "t": words,
            "w": lambda id, **values: words.say(Text.of(id, **values)),
            "mark": views.mark,
            "work_links": work_links,
            "lang": words.language.code,
            "session": session,
            "csrf": session.csrf_token if session else "",
            "other_language": _other_language(words),
            "key": secrets.token_urlsafe(16),
            "done": done if done in DONE else None,
            "problem": None,
            "notices": [notice_line(words, one) for one in getattr(request.state, "notices", ())],
        }
        html = self._templates.get_template(template).render({**common, **values})
        return HTMLResponse(html, status_code=status, headers=NO_STORE)

    def refused(self, request: Request, error: Refused) -> Response:
        """A refusal as a page: the log-in for whoever is not logged in, otherwise the reason and the way back."""
        page = _page_of(request)
        live = request.headers.get("hx-request") is not None
        if error.status == 401:
            login = f"/desk/login?{urlencode({'next': page})}"
            return elsewhere(login, live=live)
        if error.code == "confirm_first":
            return elsewhere(f"/desk/account/confirm?{urlencode({'next': _came_from(request)})}", live=live)
        if live:
            return Response(status_code=204, headers={"HX-Refresh": "true", **NO_STORE})
        if error.code == "reason_needed":
            return self.reason_page(request, error)
        reason = self.words(request).refusal(error)
        response = self.show(request, "error.html", None, status=error.status, problem=reason, back=page)
        if error.retry_after is not None:
            response.headers["Retry-After"] = str(error.retry_after)
        return response

    def reason_page(self, request: Request, error: Refused, *, chosen: str = "", typed: str = "") -> Response:
        """A colleague has this request: why does the counsellor want to look? With what they filled in already."""
        words = self.words(request)
        values = {"page": _page_of(request), "next": request.url.path if request.method == "GET" else ""}
        filled = {"reasons": reason_choices(words), "chosen": chosen, "typed": typed, "longest": LONGEST_REASON}
        told = words.refusal(error)
        return self.show(
            request, "reason.html", request.state.session, status=error.status, problem=told, **values, **filled
        )

    async def request_page(
        self, request: Request, session: Session, request_id: str, *, refusal: Refused | None = None, draft: str = ""
    ) -> Response:
        """The page of one request; with a `refusal` on top of it, and what the counsellor had typed."""
        who, at = session.counsellor, self.entrance.clock()
        try:
            opened = await self.entrance.database.write(
                lambda db: service.read_request(db, self.entrance.vault, who, request_id)
            )
        except Refused as error:
            if refusal is None or error.code != "reason_needed":
                raise
            return self.reason_page(request, refusal)
        words = self.words(request)
        problem = words.refusal(refusal) if refusal else None
        values: dict[str, Any] = {
            "problem": problem,
            "longest": service.LONGEST_TEXT,
        }
        vault = self.entrance.vault
        values["work"] = await self.entrance.database.read(
            lambda db: work_views.around(db, vault, words, who, opened.request)
        )
        values["draft"] = draft or values["work"].draft
        setting = await self.entrance.database.read(lambda db: setting_of(db, who.organisation_id))
        values["view"] = views.request_view(words, who, opened, at=at, setting=setting)
        values["beside"] = await self.entrance.database.read(
            lambda db: handover_views.beside(db, vault, words, who, opened.request)
        )
        values["keeping"] = await self.entrance.database.read(
            lambda db: keeping_words(db, vault, words, request_id, at=at)
        )
        values["looked"] = await self.entrance.database.read(
            lambda db: looked_here(db, vault, words, who, opened.request)
        )
        values["emergencies"] = await self.entrance.database.read(
            lambda db: sentences(words, emergencies.of_request(db, vault, request_id), at=at)
        )
        values["document"] = await self.entrance.database.read(lambda db: has_document_page(db, who, opened.request))
        values["writing"] = writing_view(words, values["draft"])
        return self.show(request, "request.html", session, status=refusal.status if refusal else 200, **values)


def work_links(who: Counsellor) -> list[tuple[str, str]]:
    """The pages of daily work that this role may open: name and address."""
    return [(name, f"/desk/{name}") for name, act in _WORK_PAGES.items() if may_ever(who.role, act)]


def elsewhere(where: str, *, live: bool = False) -> Response:
    """Sends the browser to another page of the desk."""
    if live:
        return Response(status_code=204, headers={"HX-Redirect": where, **NO_STORE})
    return RedirectResponse(where, status_code=303, headers=NO_STORE)


def _page_of(request: Request) -> str:
    """The page that a fragment or an action belongs to."""
    found = _PAGE.match(request.url.path)
    return found.group() if found else "/desk"


def own_page(path: str) -> str:
    """A path that leads to a page of the desk and nowhere else: the list for whatever is not one."""
    return path if _OWN_PAGE.fullmatch(path) else "/desk"


def _came_from(request: Request) -> str:
    """The page of the desk on which the counsellor pressed a button, as the browser says."""
    before = urlsplit(request.headers.get("referer", ""))
    return own_page(before.path) if before.netloc == request.headers.get("host") else _page_of(request)


def _other_language(words: Words) -> tuple[str, str] | None:
    """Code and own name of the other language the desk can be read in."""
    other = words_for("en" if words.language.code == "nl" else "nl").language
    return (other.code, other.name) if other.code != words.language.code else None
