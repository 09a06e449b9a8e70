"""A person's rights over their own data as calls: the consents in force, taking one back, who looked, the lock.

They stand beside GET …/export and DELETE of the conversation itself, and are opened by the same token.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeVar

import sqlalchemy as sa
from fastapi import APIRouter, Header, Response
from pydantic import BaseModel, Field

from backend.consents.models import consent
from backend.consents.service import restricted_since
from backend.conversations import service
from backend.conversations.messages import Row, rfc3339
from backend.db import Database, Transaction
from backend.errors import not_found
from backend.my_data.carrying_out import lock_from_outside, withdraw_from_outside
from backend.my_data.looking import names_of, views
from backend.vault import Vault

_T = TypeVar("_T")
Authorization = Annotated[str | None, Header(description="Bearer and the token of the conversation.")]
Act = Callable[[Transaction, Row], _T]


class Consent(BaseModel):
    """One act of the ledger: a yes, a no, or (with `withdraws`) that an earlier yes is taken back."""

    id: str
    purpose: str = Field(examples=["support_request"])
    recipient: str = Field(description="The organisation's name.")
    data_groups: list[str]
    text_id: str
    text_version: str
    language: str
    given: bool
    given_by: str = Field(description="youth, parents or legal_rep")
    at: str
    expires_at: str | None
    withdraws: str | None
    withdrawn_at: str | None = Field(description="When a later row took it back.")


class Consents(BaseModel):
    """The whole ledger of the person, oldest first."""

    consents: list[Consent]


class View(BaseModel):
    """Somebody saw something of the person."""

    by: str = Field(description="counsellor or operator")
    organisation: str | None
    action: str = Field(examples=["request.read"])
    at: str


class Views(BaseModel):
    """Who looked, newest first."""

    views: list[View]


class Withdrawal(BaseModel):
    """What is true after taking a consent back."""

    id: str
    recipient: str
    active: bool


class Restriction(BaseModel):
    """Whether the person's data are on lock: kept, and read by nobody else; `since` when they are."""

    restricted: bool
    since: str | None


def my_data_router(database: Database, vault: Vault) -> APIRouter:
    """The routes under /api/v1/conversations/{id}; a foreign or unknown id, also of a consent, is the same 404."""
    router = APIRouter(prefix="/api/v1/conversations/{id}", tags=["my data"])

    async def act(id: str, authorization: str | None, response: Response, work: Act[_T]) -> _T:
        response.headers["Cache-Control"] = "no-store"
        token = _token(authorization)
        return await database.write(lambda db: work(db, service.authorised(db, id, token, lock=True)))

    @router.get("/consents", summary="Every consent and refusal, oldest first")
    async def consents(id: str, response: Response, authorization: Authorization = None) -> Consents:
        return await act(id, authorization, response, lambda db, row: _ledger(db, row.person_id))

    @router.post("/consents/{consent_id}/withdraw", summary="Take a consent back, at once")
    async def withdraw(id: str, consent_id: str, response: Response, authorization: Authorization = None) -> Withdrawal:
        return await act(id, authorization, response, lambda db, row: _withdraw(db, vault, row, consent_id))

    @router.get("/views", summary="Who looked at the person's data, newest first")
    async def who_looked(id: str, response: Response, authorization: Authorization = None) -> Views:
        def work(db: Transaction, row: Row) -> Views:
            return Views(views=[View.model_validate(one) for one in views(db, vault, row.person_id)])

        return await act(id, authorization, response, work)

    @router.post("/restrict", summary="Put the data on lock: kept, and read by nobody else")
    async def restrict(id: str, response: Response, authorization: Authorization = None) -> Restriction:
        return await act(id, authorization, response, lambda db, row: _lock(db, vault, row, on=True))

    @router.delete("/restrict", summary="Take the lock off")
    async def lift(id: str, response: Response, authorization: Authorization = None) -> Restriction:
        return await act(id, authorization, response, lambda db, row: _lock(db, vault, row, on=False))

    return router


def _ledger(db: Transaction, person_id: str) -> Consents:
    rows = db.execute(sa.select(consent).where(consent.c.person_id == person_id).order_by(consent.c.at)).all()
    names = names_of(db, {row.recipient for row in rows})
    ended = {row.withdraws: row.at for row in rows if row.withdraws}
    return Consents(consents=[_shown(row, names[row.recipient], ended.get(row.id)) for row in rows])


def _shown(row: Row, recipient: str, ended: int | None) -> Consent:
    return Consent(
        id=row.id,
        purpose=row.purpose,
        recipient=recipient,
        data_groups=row.data_groups.split(),
        text_id=row.text_id,
        text_version=row.text_version,
        language=row.language,
        given=row.given,
        given_by=row.given_by,
        at=rfc3339(row.at),
        expires_at=rfc3339(row.expires_at) if row.expires_at else None,
        withdraws=row.withdraws,
        withdrawn_at=rfc3339(ended) if ended else None,
    )


def _withdraw(db: Transaction, vault: Vault, row: Row, consent_id: str) -> Withdrawal:
    """Twice is once: the answer says what is true, and nothing happens again."""
    mine = sa.and_(consent.c.id == consent_id, consent.c.person_id == row.person_id, consent.c.given)
    found = db.execute(sa.select(consent.c.recipient).where(mine, consent.c.given_by == "youth")).first()
    if found is None:
        raise not_found()
    withdraw_from_outside(db, vault, row, consent_id)
    return Withdrawal(id=consent_id, recipient=names_of(db, {found.recipient})[found.recipient], active=False)


def _lock(db: Transaction, vault: Vault, row: Row, *, on: bool) -> Restriction:
    lock_from_outside(db, vault, row, on=on)
    since = restricted_since(db, row.person_id)
    return Restriction(restricted=since is not None, since=rfc3339(since) if since else None)


def _token(authorization: str | None) -> str:
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise not_found()
    return token
