"""Mijn account: the second factors, the password, recovery codes, and where one is logged in; setting up the first."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Sequence
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import JSONResponse

from backend.accounts import factors, identities, passkeys, signing_in
from backend.accounts.invitations import close_invitation
from backend.accounts.passkeys import BadPasskey
from backend.accounts.signing_in import record_change
from backend.accounts.steps import begin_step, take_step
from backend.db import Transaction
from backend.desk.account_views import account_view, qr_of
from backend.desk.confirming import Csrf, may_change
from backend.desk.devices import device_of
from backend.desk.doors import Doors, give_step, step_of
from backend.desk.entrance import NO_STORE
from backend.desk.frame import Pages, elsewhere
from backend.desk.sign_in import Answer, Written, let_in, with_retry
from backend.desk.welcome import new_hash
from backend.errors import Refused
from backend.organisations.login import Session, Stage, end_one, renew, start_session
from backend.organisations.models import counsellor
from backend.organisations.passwords import SHORTEST
from backend.organisations.service import end_sessions

Typed = Annotated[str, Form(max_length=40)]
_FIRST: tuple[Stage, ...] = ("enrol",)
_SETTING_UP: tuple[Stage, ...] = ("enrol", "open")
Change = Callable[[Transaction], None]


def account_pages(router: APIRouter, pages: Pages, doors: Doors) -> None:
    """Adds /desk/account and what belongs to it."""
    _add_reading(router, pages, doors)
    _add_codes(router, pages)
    _add_passkeys(router, pages, doors)
    _add_taking_away(router, pages)
    _add_sessions(router, pages)
    _add_password(router, pages, doors)


async def _show(
    request: Request, pages: Pages, doors: Doors, session: Session, error: Refused | None = None
) -> Response:
    """The whole page, with a refusal on top of it."""
    entrance, at = pages.entrance, pages.entrance.clock()
    words = pages.words(request)
    view = await entrance.database.read(
        lambda db: account_view(db, entrance.vault, words, session, dict(doors.names), at=at)
    )
    told = request.query_params.get("told", "")
    values = {"view": view, "told": told if told in ("password", "removed", "ended", "added") else ""}
    problem = words.refusal(error) if error else None
    status = error.status if error else 200
    return pages.show(request, "account.html", session, status=status, problem=problem, shortest=SHORTEST, **values)


def _add_reading(router: APIRouter, pages: Pages, doors: Doors) -> None:
    entrance = pages.entrance

    @router.get("/account")
    async def account(request: Request) -> Response:
        return await _show(request, pages, doors, await entrance.session(request))

    @router.get("/account/start")
    async def start(request: Request) -> Response:
        return await _offer(request, pages, await entrance.session(request, stages=_FIRST))

    @router.get("/account/app")
    async def another_app(request: Request) -> Response:
        session = await entrance.session(request)
        await may_change(entrance, session)
        return await _offer(request, pages, session)


async def _offer(request: Request, pages: Pages, session: Session, error: Refused | None = None) -> Response:
    """The page on which an app or a passkey is set up; with a passkey alone when there is an app already."""
    entrance, who = pages.entrance, session.counsellor

    def offer(db: Transaction) -> str:
        try:
            return factors.offer_totp(db, entrance.vault, who.id)
        except ValueError:
            return ""

    secret = await entrance.database.write(offer)
    spaced = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    qr = qr_of(factors.totp_address(secret, account=who.name, issuer="Verder")) if secret else ""
    problem = pages.words(request).refusal(error) if error else None
    status = error.status if error else 200
    values = {"qr": qr, "secret": spaced, "first": session.stage == "enrol"}
    return pages.show(request, "factor.html", session, status=status, problem=problem, **values)


async def _factor_added(request: Request, pages: Pages, session: Session, prove: Change, kind: str) -> Response:
    """Keeps the new factor and ends every other session; the first one opens the desk and brings recovery codes.

    `prove` adds the factor inside the transaction; it raises `Refused` when it was not proved.
    """
    entrance, who, at, token = pages.entrance, session.counsellor, pages.entrance.clock(), secrets.token_urlsafe(32)
    before = request.cookies.get(entrance.cookie)

    def add(db: Transaction) -> Sequence[str]:
        prove(db)
        record_change(db, f"account.{kind}_added", who)
        if session.stage == "open":
            renew(db, session, token, at=at)
            return ()
        end_sessions(db, who.id)
        start_session(db, entrance.vault, who.id, token=token, at=at, device=device_of(request), ends=before)
        close_invitation(db, who.id)
        return factors.new_recovery_codes(db, entrance.vault, who.id)

    codes = await entrance.database.write(add)
    if not codes:
        return let_in(entrance, token, "/desk/account?told=added")
    response = pages.show(request, "recovery.html", None, codes=codes, where="/desk")
    entrance.give(response, token)
    return response


def _add_codes(router: APIRouter, pages: Pages) -> None:
    entrance = pages.entrance

    @router.post("/account/app")
    async def confirm_app(request: Request, csrf: Csrf = "", code: Typed = "") -> Response:
        session = await entrance.acting(request, csrf, stages=_SETTING_UP)
        await may_change(entrance, session)
        who, at = session.counsellor, entrance.clock()

        def prove(db: Transaction) -> None:
            if not factors.confirm_totp(db, entrance.vault, who.id, code, at=at):
                raise Refused(422, "wrong_app_code")

        try:
            return await _factor_added(request, pages, session, prove, "app")
        except Refused as error:
            if error.code != "wrong_app_code":
                raise
            return await _offer(request, pages, session, error)

    @router.post("/account/recovery")
    async def new_codes(request: Request, csrf: Csrf = "") -> Response:
        session = await entrance.acting(request, csrf)
        await may_change(entrance, session)
        who, at, token = session.counsellor, entrance.clock(), secrets.token_urlsafe(32)

        def make(db: Transaction) -> Sequence[str]:
            if not factors.factors_of(db, who.id).any:
                raise Refused(409, "no_factor")
            record_change(db, "account.recovery_codes_made", who)
            renew(db, session, token, at=at)
            return factors.new_recovery_codes(db, entrance.vault, who.id)

        codes = await entrance.database.write(make)
        response = pages.show(request, "recovery.html", None, codes=codes, where="/desk/account")
        entrance.give(response, token)
        return response


def _add_passkeys(router: APIRouter, pages: Pages, doors: Doors) -> None:
    entrance, vault = pages.entrance, pages.entrance.vault

    @router.post("/account/passkey/options")
    async def options(request: Request) -> Response:
        session = await entrance.acting(request, request.headers.get("x-csrf-token"), stages=_SETTING_UP)
        await may_change(entrance, session)
        who, at = session.counsellor, entrance.clock()

        def offer(db: Transaction) -> tuple[str, str]:
            asked, challenge = passkeys.offer_passkey(db, vault, doors.site, who)
            return asked, begin_step(db, "passkey_new", {"challenge": challenge, "of": who.id}, at=at)

        asked, key = await entrance.database.write(offer)
        response = JSONResponse(json.loads(asked), headers=NO_STORE)
        give_step(entrance, response, key)
        return response

    @router.post("/account/passkey")
    async def add(
        request: Request, csrf: Csrf = "", answer: Answer = "", name: Annotated[str, Form(max_length=60)] = ""
    ) -> Response:
        session = await entrance.acting(request, csrf, stages=_SETTING_UP)
        await may_change(entrance, session)
        who, at = session.counsellor, entrance.clock()
        step = await entrance.database.write(lambda db: take_step(db, "passkey_new", step_of(entrance, request), at=at))

        def prove(db: Transaction) -> None:
            try:
                if step is None or step["of"] != who.id:
                    raise BadPasskey
                passkeys.add_passkey(
                    db, vault, doors.site, who, answer=answer, challenge=step["challenge"], name=name, at=at
                )
            except BadPasskey:
                raise Refused(422, "wrong_passkey") from None

        return await _factor_added(request, pages, session, prove, "passkey")


def _add_taking_away(router: APIRouter, pages: Pages) -> None:
    entrance = pages.entrance

    async def take(request: Request, csrf: str, remove: Callable[[Transaction, str], None]) -> Response:
        session = await entrance.acting(request, csrf)
        await may_change(entrance, session)
        who, at, token = session.counsellor, entrance.clock(), secrets.token_urlsafe(32)

        def work(db: Transaction) -> None:
            if factors.factors_of(db, who.id).one and not identities.providers_of(db, who.id):
                raise Refused(409, "last_factor")
            remove(db, who.id)
            record_change(db, "account.factor_removed", who)
            renew(db, session, token, at=at)

        await entrance.database.write(work)
        return let_in(entrance, token, "/desk/account?told=removed")

    @router.post("/account/app/remove")
    async def remove_app(request: Request, csrf: Csrf = "") -> Response:
        return await take(request, csrf, factors.remove_totp)

    @router.post("/account/passkey/{passkey_id}/remove")
    async def remove_passkey(request: Request, passkey_id: str, csrf: Csrf = "") -> Response:
        def remove(db: Transaction, counsellor_id: str) -> None:
            if not passkeys.remove_passkey(db, counsellor_id, passkey_id):
                raise Refused(404, "not_found")

        return await take(request, csrf, remove)


def _add_sessions(router: APIRouter, pages: Pages) -> None:
    entrance = pages.entrance

    @router.post("/account/sessions/{session_id}/end")
    async def end(request: Request, session_id: str, csrf: Csrf = "") -> Response:
        session = await entrance.acting(request, csrf)
        await entrance.database.write(lambda db: end_one(db, session.counsellor, session_id))
        return elsewhere("/desk/account?told=ended")

    @router.post("/account/sessions/end")
    async def end_all(request: Request, csrf: Csrf = "") -> Response:
        session = await entrance.acting(request, csrf)

        def work(db: Transaction) -> None:
            end_sessions(db, session.counsellor.id)
            record_change(db, "session.all_ended", session.counsellor)

        await entrance.database.write(work)
        goodbye = elsewhere("/desk/login?done=logout")
        entrance.take_back(goodbye)
        return goodbye


def _add_password(router: APIRouter, pages: Pages, doors: Doors) -> None:
    entrance = pages.entrance

    @router.post("/account/password")
    async def change(request: Request, csrf: Csrf = "", password: Written = "", new_password: Written = "") -> Response:
        session = await entrance.acting(request, csrf)
        who, at, token = session.counsellor, entrance.clock(), secrets.token_urlsafe(32)
        try:
            await may_change(entrance, session, recent=False)
            await signing_in.confirm_again(
                entrance.database, entrance.vault, session, password=password, code="", at=at
            )
            hashed = await new_hash(new_password, who.name)
        except Refused as error:
            return with_retry(await _show(request, pages, doors, session, error), error)

        def work(db: Transaction) -> None:
            db.execute(sa.update(counsellor).where(counsellor.c.id == who.id).values(password_hash=hashed))
            record_change(db, "account.password_changed", who)
            renew(db, session, token, at=at)

        await entrance.database.write(work)
        return let_in(entrance, token, "/desk/account?told=password")
