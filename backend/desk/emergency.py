"""Access in an emergency as pages: asking for it, agreeing to it, and reading one request for an hour at most."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response

from backend.access.roles import may_ever
from backend.db import Database
from backend.desk import views
from backend.desk.emergency_views import lines
from backend.desk.entrance import Clock, open_entrance
from backend.desk.frame import Pages, elsewhere, page_router
from backend.errors import Refused, not_found
from backend.organisations.login import Session
from backend.together import emergencies
from backend.vault import Vault

_PAGE = "/desk/emergency"
_DONE = ("asked", "agree", "finish")
Short = Annotated[str, Form(max_length=400)]


def make_router(database: Database, vault: Vault, *, secure_cookies: bool, clock: Clock | None = None) -> APIRouter:
    """The pages under /desk/emergency."""
    pages = Pages(open_entrance(database, vault, secure_cookies=secure_cookies, clock=clock))
    router = page_router(pages)
    _add_asking(router, pages)
    _add_reading(router, pages)
    return router


async def _page(
    pages: Pages,
    request: Request,
    session: Session,
    *,
    refusal: Refused | None = None,
    typed: tuple[str, str] = ("", ""),
) -> Response:
    entrance, words, who = pages.entrance, pages.words(request), session.counsellor
    at = entrance.clock()
    found = await entrance.database.read(lambda db: emergencies.seen_by(db, entrance.vault, who, at=at))
    done = request.query_params.get("done")
    values: dict[str, Any] = {
        "lines": lines(words, who, found, at=at),
        "may_ask": may_ever(who.role, "ask_emergency"),
        "typed": typed,
        "longest": emergencies.LONGEST_REASON,
        "told": words(f"together.emergency.done_{done}") if done in _DONE else None,
        "problem": words.refusal(refusal) if refusal else None,
    }
    return pages.show(request, "emergency.html", session, status=refusal.status if refusal else 200, **values)


def _add_asking(router: APIRouter, pages: Pages) -> None:
    entrance = pages.entrance

    @router.get("/emergency")
    async def page(request: Request) -> Response:
        return await _page(pages, request, await entrance.session(request))

    @router.post("/emergency")
    async def ask(request: Request, csrf: Short = "", number: Short = "", reason: Short = "") -> Response:
        session = await entrance.acting(request, csrf)
        entrance.must_be_recent(session)
        who, at, vault = session.counsellor, entrance.clock(), entrance.vault
        try:
            await entrance.database.write(
                lambda db: emergencies.ask(db, vault, who, request=number, reason=reason, at=at)
            )
        except Refused as error:
            return await _page(pages, request, session, refusal=error, typed=(number, reason))
        return elsewhere(f"{_PAGE}?done=asked")

    @router.post("/emergency/{emergency_id}/{action}")
    async def decide(request: Request, emergency_id: str, action: str, csrf: Short = "") -> Response:
        """Agreeing asks for fresh proof; refusing and ending are always open."""
        session = await entrance.acting(request, csrf)
        if action == "agree":
            entrance.must_be_recent(session)
        elif action != "finish":
            raise not_found()
        decided = emergencies.agree if action == "agree" else emergencies.finish
        who, at, vault = session.counsellor, entrance.clock(), entrance.vault
        await entrance.database.write(lambda db: decided(db, vault, who, emergency_id, at=at))
        return elsewhere(f"{_PAGE}?done={action}")


def _add_reading(router: APIRouter, pages: Pages) -> None:
    entrance = pages.entrance

    @router.get("/emergency/{emergency_id}")
    async def read(request: Request, emergency_id: str) -> Response:
        session, words, at = await entrance.session(request), pages.words(request), entrance.clock()
        opened = await entrance.database.write(
            lambda db: emergencies.read(db, entrance.vault, session.counsellor, emergency_id, at=at)
        )
        values: dict[str, Any] = {
            "line": lines(words, session.counsellor, [opened.emergency], at=at)[0],
            "need": opened.need,
            "messages": [views.bubble(words, one, {}) for one in opened.messages],
        }
        return pages.show(request, "emergency_read.html", session, **values)
