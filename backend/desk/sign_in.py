"""The pages at the door: password, then the second factor; a passkey alone; the link of an invitation; logging out."""

from __future__ import annotations

import json
import secrets
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import JSONResponse

from backend.accounts import factors, invitations, passkeys, signing_in
from backend.accounts.passkeys import BadPasskey
from backend.accounts.signing_in import WAITS, record_refusal
from backend.accounts.steps import Kind, begin_step, take_step
from backend.db import Transaction
from backend.demo import has_accounts
from backend.desk.devices import device_of
from backend.desk.doors import Doors, give_step, step_of
from backend.desk.entrance import NO_STORE, Entrance, from_own_pages
from backend.desk.frame import Pages, elsewhere, own_page
from backend.errors import Refused
from backend.organisations.login import ANY, Session, Stage, start_session

Short = Annotated[str, Query(max_length=120)]
Written = Annotated[str, Form(max_length=1024)]
Path = Annotated[str, Form(max_length=200)]
Answer = Annotated[str, Form(max_length=16_000)]
_UNFINISHED: tuple[Stage, ...] = ("code", "enrol")


def sign_in_pages(router: APIRouter, pages: Pages, doors: Doors) -> None:
    """Adds /desk/login and what belongs to it."""
    _add_password(router, pages, doors)
    _add_code(router, pages)
    _add_passkey(router, pages, doors)

    @router.post("/logout")
    async def log_out(request: Request, csrf: Annotated[str, Form()] = "") -> Response:
        entrance = pages.entrance
        await entrance.log_out(await entrance.acting(request, csrf, stages=ANY))
        goodbye = elsewhere("/desk/login?done=logout")
        entrance.take_back(goodbye)
        return goodbye


async def waits_for(entrance: Entrance, request: Request) -> Session | None:
    """A session that still waits for a second factor, or for setting one up."""
    try:
        return await entrance.session(request, stages=_UNFINISHED)
    except Refused:
        return None


def where_to(session: Session, next: str) -> str:
    """Where somebody goes who got this session."""
    following = own_page(next)
    more = "" if following == "/desk" else f"?next={following}"
    return {"open": following, "code": f"/desk/login/code{more}", "enrol": "/desk/account/start"}[session.stage]


def let_in(entrance: Entrance, token: str, where: str) -> Response:
    """Sends the browser on with its new session."""
    welcome = elsewhere(where)
    entrance.give(welcome, token)
    return welcome


def with_retry(response: Response, error: Refused) -> Response:
    """The page of a refusal, with when to try again."""
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _add_password(router: APIRouter, pages: Pages, doors: Doors) -> None:
    entrance = pages.entrance

    async def page(request: Request, *, error: Refused | None = None, **values: Any) -> Response:
        shown = {
            "demo": await entrance.database.read(has_accounts),
            "providers": doors.names,
            "ask_code": error is not None and error.code in ("login_with_code", "login_wait"),
            "may_wait": error is not None and error.code == "login_wait",
            "problem": pages.words(request).refusal(error) if error else None,
            "csrf": "",
        }
        return pages.show(request, "login.html", None, status=error.status if error else 200, **shown, **values)

    @router.get("/login")
    async def login_page(request: Request, next: Short = "/desk") -> Response:
        waiting = await waits_for(entrance, request)
        if waiting is not None:
            return elsewhere(where_to(waiting, next))
        return await page(request, next=own_page(next), email="")

    @router.post("/login")
    async def log_in(
        request: Request, email: Annotated[str, Form(max_length=320)] = "", password: Written = "",
        code: Annotated[str, Form(max_length=40)] = "", next: Path = "/desk",
    ) -> Response:  # fmt: skip
        try:
            token, session = await entrance.log_in(request, email, password, code, unfinished=True)
        except Refused as error:
            return with_retry(await page(request, error=error, next=own_page(next), email=email), error)
        return let_in(entrance, token, where_to(session, next))


def _add_code(router: APIRouter, pages: Pages) -> None:
    entrance = pages.entrance

    async def page(request: Request, session: Session, next: str, error: Refused | None = None) -> Response:
        found = await entrance.database.read(lambda db: factors.factors_of(db, session.counsellor.id))
        problem = pages.words(request).refusal(error) if error else None
        status = error.status if error else 200
        return pages.show(
            request, "login_code.html", session, status=status, factors=found, next=own_page(next), problem=problem
        )

    @router.get("/login/code")
    async def code_page(request: Request, next: Short = "/desk") -> Response:
        return await page(request, await entrance.session(request, stages=WAITS), next)

    @router.post("/login/code")
    async def give_code(
        request: Request, csrf: Annotated[str, Form()] = "", code: Annotated[str, Form(max_length=40)] = "",
        next: Path = "/desk",
    ) -> Response:  # fmt: skip
        session = await entrance.acting(request, csrf, stages=WAITS)
        try:
            token, _ = await signing_in.second_factor(
                entrance.database,
                entrance.vault,
                session,
                code,
                at=entrance.clock(),
                device=device_of(request),
                token_before=request.cookies.get(entrance.cookie, ""),
            )
        except Refused as error:
            if error.code == "not_signed_in":
                raise
            return with_retry(await page(request, session, next, error), error)
        return let_in(entrance, token, own_page(next))


def _add_passkey(router: APIRouter, pages: Pages, doors: Doors) -> None:
    entrance = pages.entrance
    vault = entrance.vault

    @router.post("/login/passkey/options")
    async def options(request: Request) -> Response:
        from_own_pages(request)
        session, at = await waits_for(entrance, request), entrance.clock()
        whose = session.counsellor.id if session and session.stage == "code" else None

        def ask(db: Transaction) -> tuple[str, str]:
            asked, challenge = passkeys.ask_passkey(db, vault, doors.site, whose)
            kind: Kind = "passkey_alone" if whose is None else "passkey_code"
            return asked, begin_step(db, kind, {"challenge": challenge, "of": whose or ""}, at=at)

        asked, key = await entrance.database.write(ask)
        response = JSONResponse(json.loads(asked), headers=NO_STORE)
        give_step(entrance, response, key)
        return response

    @router.post("/login/passkey")
    async def come_in(request: Request, answer: Answer = "", next: Path = "/desk") -> Response:
        from_own_pages(request)
        session, at, token = await waits_for(entrance, request), entrance.clock(), secrets.token_urlsafe(32)
        whose = session.counsellor.id if session and session.stage == "code" else None
        before = request.cookies.get(entrance.cookie)

        def use(db: Transaction) -> bool:
            kind: Kind = "passkey_alone" if whose is None else "passkey_code"
            step = take_step(db, kind, step_of(entrance, request), at=at)
            try:
                if step is None or step["of"] != (whose or ""):
                    raise BadPasskey
                who = passkeys.use_passkey(
                    db, vault, doors.site, answer=answer, challenge=step["challenge"], of=whose, at=at
                )
            except BadPasskey:
                record_refusal(db, None, "passkey")
                return False
            start_session(db, vault, who, token=token, at=at, device=device_of(request), ends=before)
            return True

        if not await entrance.database.write(use):
            raise Refused(401 if whose is None else 403, "wrong_passkey")
        return let_in(entrance, token, own_page(next))


def open_invitation(db: Transaction, code: str, *, at: int) -> invitations.Invitation:
    """The invitation under a code. Raises 410 when it is worth nothing."""
    found = invitations.find_invitation(db, code, at=at)
    if found is None:
        raise Refused(410, "invitation_over")
    return found
