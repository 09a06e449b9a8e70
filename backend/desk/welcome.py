"""The page behind an invitation: choose a password or a provider, and go on to the second factor."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Form, Query, Request, Response

from backend.accounts.guessing import begin_code, code_was_right
from backend.accounts.invitations import Invitation, close_invitation
from backend.accounts.signing_in import account_of, record_change
from backend.accounts.strength import is_weak
from backend.db import Transaction
from backend.desk.devices import device_of
from backend.desk.doors import Doors
from backend.desk.entrance import Entrance, from_own_pages
from backend.desk.frame import Pages, elsewhere
from backend.desk.sign_in import let_in, open_invitation, with_retry
from backend.errors import Refused
from backend.organisations.counsellors import Counsellor
from backend.organisations.login import start_session
from backend.organisations.models import counsellor
from backend.organisations.passwords import SHORTEST, hash_password, password_matches
from backend.organisations.service import end_sessions, open_name

Code = Annotated[str, Form(max_length=80)]
Written = Annotated[str, Form(max_length=1024)]


@dataclass(frozen=True, slots=True)
class _Guest:
    """Who was invited, and what for."""

    invitation: Invitation
    name: str


def welcome_pages(router: APIRouter, pages: Pages, doors: Doors) -> None:
    """Adds /desk/welcome."""
    entrance = pages.entrance

    async def page(request: Request, code: str, error: Refused | None = None) -> Response:
        values: dict[str, Any] = {"code": code, "kind": None, "name": "", "providers": doors.names}
        if code:
            try:
                guest = await entrance.database.read(lambda db: _guest(db, entrance, code))
                values |= {"kind": guest.invitation.kind, "name": guest.name}
            except Refused as over:
                error, values["code"] = over, ""
        problem = pages.words(request).refusal(error) if error else None
        status = error.status if error else 200
        return pages.show(request, "welcome.html", None, status=status, problem=problem, shortest=SHORTEST, **values)

    @router.get("/welcome")
    async def welcome(request: Request, code: Annotated[str, Query(max_length=80)] = "") -> Response:
        return await page(request, code)

    @router.post("/welcome/open")
    async def with_code(request: Request, code: Code = "") -> Response:
        from_own_pages(request)
        return await page(request, code)

    @router.post("/welcome")
    async def choose(request: Request, code: Code = "", password: Written = "") -> Response:
        from_own_pages(request)
        token = secrets.token_urlsafe(32)
        try:
            guest = await entrance.database.read(lambda db: _guest(db, entrance, code))
            hashed = await _proved(entrance, guest, password)
        except Refused as error:
            return with_retry(await page(request, code, error), error)
        device = device_of(request)
        opened = await entrance.database.write(lambda db: _take(db, entrance, guest, code, hashed, token, device))
        return let_in(entrance, token, "/desk/account/start") if opened else elsewhere("/desk/login")


def _guest(db: Transaction, entrance: Entrance, code: str) -> _Guest:
    found = open_invitation(db, code, at=entrance.clock())
    row = account_of(db, found.counsellor_id)
    return _Guest(found, open_name(db, entrance.vault, found.counsellor_id, row.name))


async def _proved(entrance: Entrance, guest: _Guest, password: str) -> str | None:
    """The hash of a new password; None when the one there is was proved. Raises 401, 422 or 429."""
    database, vault, who = entrance.database, entrance.vault, guest.invitation.counsellor_id
    if guest.invitation.kind != "factors":
        return await new_hash(password, guest.name)
    await database.write(lambda db: begin_code(db, vault, who, at=entrance.clock()))
    account = await database.read(lambda db: account_of(db, who))
    if not await password_matches(account.password_hash or None, password):
        raise Refused(401, "wrong_proof")
    await database.write(lambda db: code_was_right(db, vault, who))
    return None


def _take(
    db: Transaction, entrance: Entrance, guest: _Guest, code: str, hashed: str | None, token: str, device: str
) -> bool:
    """Keeps the new password; whether a session began in which a second factor is set up."""
    at = entrance.clock()
    open_invitation(db, code, at=at)
    who = Counsellor(guest.invitation.counsellor_id, guest.invitation.organisation_id, guest.name)
    if hashed is not None:
        db.execute(sa.update(counsellor).where(counsellor.c.id == who.id).values(password_hash=hashed))
        record_change(db, "account.password_changed", who)
    end_sessions(db, who.id)
    if guest.invitation.kind == "password":
        close_invitation(db, who.id)
        return False
    start_session(db, entrance.vault, who.id, token=token, at=at, stage="enrol", device=device)
    return True


async def new_hash(password: str, name: str) -> str:
    """The hash of a password that may be used. Raises 422 for one that everybody could guess."""
    if is_weak(password, about=(name, *name.split())):
        raise Refused(422, "weak_password", fields={"password": "weak_password"}, shortest=SHORTEST)
    return await asyncio.to_thread(hash_password, password)
