"""Proving again who one is, before something sensitive: password, code, passkey or provider, at most ten minutes old."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import JSONResponse

from backend.accounts import factors, identities, passkeys, signing_in
from backend.accounts.passkeys import BadPasskey
from backend.accounts.signing_in import account_of
from backend.accounts.steps import begin_step, take_step
from backend.db import Transaction
from backend.desk.doors import Doors, give_step, step_of
from backend.desk.entrance import NO_STORE, Entrance
from backend.desk.frame import Pages, elsewhere, own_page
from backend.desk.sign_in import Answer, Path, Short, Written, with_retry
from backend.errors import Refused
from backend.organisations.login import Session, confirm

Csrf = Annotated[str, Form()]
Typed = Annotated[str, Form(max_length=40)]
Page = Callable[..., Awaitable[Response]]


def confirm_pages(router: APIRouter, pages: Pages, doors: Doors) -> None:
    """Adds /desk/account/confirm, the page that asks for the proof."""
    entrance, vault = pages.entrance, pages.entrance.vault

    async def page(request: Request, session: Session, next: str, error: Refused | None = None) -> Response:
        who = session.counsellor

        def read(db: Transaction) -> dict[str, Any]:
            mine = identities.providers_of(db, who.id)
            return {
                "factors": factors.factors_of(db, who.id),
                "has_password": bool(account_of(db, who.id).password_hash),
                "providers": [pair for pair in doors.names if pair[0] in mine],
            }

        values = await entrance.database.read(read)
        problem = pages.words(request).refusal(error) if error else None
        status = error.status if error else 200
        return pages.show(
            request, "confirm.html", session, status=status, problem=problem, next=own_page(next), **values
        )

    @router.get("/account/confirm")
    async def confirm_page(request: Request, next: Short = "/desk") -> Response:
        return await page(request, await entrance.session(request), next)

    @router.post("/account/confirm")
    async def prove(
        request: Request, csrf: Csrf = "", password: Written = "", code: Typed = "", next: Path = "/desk"
    ) -> Response:
        session = await entrance.acting(request, csrf)
        try:
            await signing_in.confirm_again(
                entrance.database, vault, session, password=password, code=code, at=entrance.clock()
            )
        except Refused as error:
            return with_retry(await page(request, session, next, error), error)
        return elsewhere(own_page(next))

    _add_passkey(router, pages, doors, page)


def _add_passkey(router: APIRouter, pages: Pages, doors: Doors, page: Page) -> None:
    entrance, vault = pages.entrance, pages.entrance.vault

    @router.post("/account/confirm/passkey/options")
    async def options(request: Request) -> Response:
        session = await entrance.acting(request, request.headers.get("x-csrf-token"))
        who, at = session.counsellor, entrance.clock()

        def ask(db: Transaction) -> tuple[str, str]:
            asked, challenge = passkeys.ask_passkey(db, vault, doors.site, who.id)
            return asked, begin_step(db, "passkey_code", {"challenge": challenge, "of": who.id}, at=at)

        asked, key = await entrance.database.write(ask)
        response = JSONResponse(json.loads(asked), headers=NO_STORE)
        give_step(entrance, response, key)
        return response

    @router.post("/account/confirm/passkey")
    async def prove_passkey(request: Request, csrf: Csrf = "", answer: Answer = "", next: Path = "/desk") -> Response:
        session = await entrance.acting(request, csrf)
        who, at = session.counsellor, entrance.clock()
        step = await entrance.database.write(
            lambda db: take_step(db, "passkey_code", step_of(entrance, request), at=at)
        )

        def use(db: Transaction) -> None:
            if step is None or step["of"] != who.id:
                raise BadPasskey
            passkeys.use_passkey(db, vault, doors.site, answer=answer, challenge=step["challenge"], of=who.id, at=at)
            confirm(db, session, at=at)

        try:
            await entrance.database.write(use)
        except BadPasskey:
            return await page(request, session, next, Refused(403, "wrong_passkey"))
        return elsewhere(own_page(next))


async def may_change(entrance: Entrance, session: Session, *, recent: bool = True) -> None:
    """Raises 403 for a demo account, and when the counsellor must first prove again who they are."""
    account = await entrance.database.read(lambda db: account_of(db, session.counsellor.id))
    if account.demo:
        raise Refused(403, "demo_account")
    if recent and session.stage == "open":
        entrance.must_be_recent(session)
