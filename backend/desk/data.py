"""Pages for the privacy officer: the term, keeping longer, what vanishes soon, and the register of processing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response

from backend import audit
from backend.db import Database, Transaction
from backend.desk import data_views
from backend.desk.data_views import LONGEST, SHORTEST
from backend.desk.entrance import NO_STORE, Clock, open_entrance
from backend.desk.frame import Pages, elsewhere, page_router
from backend.errors import Refused, not_found
from backend.organisations.counsellors import Counsellor
from backend.organisations.login import Session
from backend.register.document import as_csv, as_markdown
from backend.register.reading import the_register
from backend.retention.holds import lift_holds, place_hold, set_days
from backend.support_requests.service import clean
from backend.vault import Vault

_PAGE = "/desk/data"
_DONE = {"term": "data.term.done", "held": "data.hold.done", "lifted": "data.hold.lifted"}
_WRONG = {"bad_term": "data.term.wrong", "bad_number": "data.hold.wrong"}
_FILES = {"md": "text/markdown; charset=utf-8", "csv": "text/csv; charset=utf-8"}
_LONGEST_REASON = 500
Short = Annotated[str, Form(max_length=120)]


def make_router(
    database: Database, vault: Vault, *, secure_cookies: bool, hours: int = 24, clock: Clock | None = None
) -> APIRouter:
    """The pages under /desk/data; `hours` is how long the service keeps a conversation without a request."""
    pages = Pages(open_entrance(database, vault, secure_cookies=secure_cookies, clock=clock))
    router = page_router(pages)
    _add_page(router, pages)
    _add_changes(router, pages)
    _add_register(router, pages, hours=hours)
    return router


def _add_page(router: APIRouter, pages: Pages) -> None:
    @router.get("/data")
    async def data(request: Request) -> Response:
        return await _page(pages, request, await pages.entrance.session(request))


def _add_changes(router: APIRouter, pages: Pages) -> None:
    entrance = pages.entrance

    async def change(
        request: Request, csrf: str, done: str, work: Callable[[Transaction, Counsellor], None]
    ) -> Response:
        """Does it for who proved again who they are; what cannot be is said on the page."""
        session = await entrance.acting(request, csrf)
        entrance.must_be_recent(session)
        try:
            await entrance.database.write(lambda db: work(db, session.counsellor))
        except Refused as error:
            if error.status != 422:
                raise
            return await _page(pages, request, session, refusal=error)
        return elsewhere(f"{_PAGE}?done={done}")

    @router.post("/data/term")
    async def term(request: Request, csrf: Short = "", days: Short = "") -> Response:
        at = entrance.clock()
        return await change(request, csrf, "term", lambda db, by: _set_term(db, by, days, at=at))

    @router.post("/data/holds")
    async def hold(
        request: Request, csrf: Short = "", number: Short = "", reason: Annotated[str, Form(max_length=2000)] = ""
    ) -> Response:
        at, vault = entrance.clock(), entrance.vault

        def work(db: Transaction, by: Counsellor) -> None:
            words = clean(reason, longest=_LONGEST_REASON, field="reason")
            place_hold(db, vault, data_views.request_of(db, by, number), words, by=by.id, at=at)

        return await change(request, csrf, "held", work)

    @router.post("/data/holds/{held_id}/lift")
    async def lift(request: Request, held_id: str, csrf: Short = "") -> Response:
        at = entrance.clock()
        return await change(request, csrf, "lifted", lambda db, by: _lift(db, by, held_id, at=at))


def _add_register(router: APIRouter, pages: Pages, *, hours: int) -> None:
    @router.get("/data/register.{kind}")
    async def register(request: Request, kind: str) -> Response:
        who = (await pages.entrance.session(request)).counsellor
        if kind not in _FILES:
            raise not_found()
        made = (as_csv if kind == "csv" else as_markdown)(the_register(), hours=hours)
        await pages.entrance.database.write(
            lambda db: audit.record(
                db, "register.read", who.organisation_id, actor=who.id, organisation_id=who.organisation_id
            )
        )
        headers = {"Content-Disposition": f'attachment; filename="verder-register.{kind}"', **NO_STORE}
        return Response(made, media_type=_FILES[kind], headers=headers)


async def _page(pages: Pages, request: Request, session: Session, *, refusal: Refused | None = None) -> Response:
    entrance, words = pages.entrance, pages.words(request)
    who, at = session.counsellor, entrance.clock()
    view = await entrance.database.write(lambda db: data_views.data_view(db, entrance.vault, words, who, at=at))
    done = _DONE.get(request.query_params.get("done", ""))
    limits = {"shortest": SHORTEST, "longest": LONGEST}
    problem = None
    if refusal:
        wrong = _WRONG.get(refusal.code)
        problem = words(wrong, **(limits if wrong == "data.term.wrong" else {})) if wrong else words.refusal(refusal)
    values: dict[str, Any] = {"view": view, "told": words(done) if done else None, "problem": problem, **limits}
    return pages.show(request, "data.html", session, status=refusal.status if refusal else 200, **values)


def _set_term(db: Transaction, by: Counsellor, days: str, *, at: int) -> None:
    written = days.strip()
    wanted = int(written) if written.isascii() and written.isdigit() and len(written) <= len(str(LONGEST)) else 0
    if not SHORTEST <= wanted <= LONGEST:
        raise Refused(422, "bad_term", fields={"days": f"{SHORTEST}-{LONGEST}"})
    set_days(db, by.organisation_id, wanted, by=by.id, at=at)


def _lift(db: Transaction, by: Counsellor, request_id: str, *, at: int) -> None:
    """Raises 404 for what is not held, or not of the own organisation."""
    try:
        known = data_views.request_of(db, by, request_id)
    except Refused:
        raise not_found() from None
    if not lift_holds(db, known, by=by.id, at=at):
        raise not_found()
