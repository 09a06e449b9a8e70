"""The desk as JSON: contract section 6 under /api/v1/desk."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from backend.access.gate import own_organisation
from backend.db import Database, Transaction
from backend.desk import shapes
from backend.desk.actions import act
from backend.desk.entrance import NO_STORE, Clock, Entrance, open_entrance
from backend.desk.handovers import handover_api
from backend.desk.openings import opening_api
from backend.desk.writing import writing_api
from backend.organisations.login import Session
from backend.support_requests import repository, service
from backend.support_requests.once import Answer
from backend.vault import Vault

Json = dict[str, Any]
Key = Annotated[str | None, Header(alias="Idempotency-Key")]


class LogIn(BaseModel):
    """Who logs in; `code` is a second factor, for accounts that have one."""

    model_config = ConfigDict(extra="forbid")
    email: str = Field(max_length=320)
    password: str = Field(max_length=1024)
    code: str | None = Field(default=None, max_length=40)


class Words(BaseModel):
    """Words to the person."""

    model_config = ConfigDict(extra="forbid")
    text: str


class LastWords(BaseModel):
    """A last sentence to the person, or none."""

    model_config = ConfigDict(extra="forbid")
    text: str | None = None


def make_router(database: Database, vault: Vault, *, secure_cookies: bool, clock: Clock | None = None) -> APIRouter:
    """The desk's JSON routes; refusals are raised as `backend.errors.Refused`."""
    entrance = open_entrance(database, vault, secure_cookies=secure_cookies, clock=clock)
    router = APIRouter(
        prefix="/api/v1/desk", tags=["desk"], dependencies=[Depends(own_organisation), Depends(_never_stored)]
    )
    _add_sessions(router, entrance)
    _add_reading(router, entrance)
    _add_actions(router, entrance)
    return router


def _never_stored(response: Response) -> None:
    response.headers.update(NO_STORE)


def _add_sessions(router: APIRouter, entrance: Entrance) -> None:
    async def who_am_i(session: Session) -> Json:
        def read(db: Transaction) -> Json:
            who = session.counsellor
            return shapes.me(session, repository.organisation_of(db, who), repository.queues_of(db, who))

        return await entrance.database.read(read)

    @router.post("/login")
    async def log_in(request: Request, response: Response, body: LogIn) -> Json:
        token, session = await entrance.log_in(request, body.email, body.password, body.code or "")
        entrance.give(response, token)
        response.headers["X-CSRF-Token"] = session.csrf_token
        return await who_am_i(session)

    @router.post("/logout", status_code=204)
    async def log_out(request: Request, response: Response) -> None:
        await entrance.log_out(await entrance.acting(request, request.headers.get("x-csrf-token")))
        entrance.take_back(response)

    @router.get("/me")
    async def me(request: Request, response: Response) -> Json:
        session = await entrance.session(request)
        response.headers["X-CSRF-Token"] = session.csrf_token
        return await who_am_i(session)


def _add_reading(router: APIRouter, entrance: Entrance) -> None:
    @router.get("/requests")
    async def requests(
        request: Request,
        queue: Annotated[str | None, Query(max_length=32)] = None,
        status: Literal["waiting", "claimed", "closed", "transferred", ""] | None = None,
        after: Annotated[str | None, Query(max_length=120)] = None,
    ) -> Json:
        who = (await entrance.session(request)).counsellor

        def read(db: Transaction) -> Json:
            found = repository.list_requests(
                db, entrance.vault, who, queue_id=queue, status=status or None, after=after or None
            )
            return shapes.page(who, found)

        return await entrance.database.read(read)

    @router.get("/requests/{request_id}")
    async def one(request: Request, request_id: str) -> Json:
        who = (await entrance.session(request)).counsellor
        opened = await entrance.database.write(lambda db: service.read_request(db, entrance.vault, who, request_id))
        return shapes.opened(who, opened)


def _add_actions(router: APIRouter, entrance: Entrance) -> None:
    async def acting(request: Request) -> Session:
        return await entrance.acting(request, request.headers.get("x-csrf-token"))

    actor = Depends(acting)
    handover_api(router, entrance, actor)
    writing_api(router, entrance)
    opening_api(router, entrance, actor)

    @router.post("/requests/{request_id}/claim")
    async def claim(request_id: str, key: Key = None, session: Session = actor) -> Answer:
        return await act(entrance, session.counsellor, "claim", request_id, key=key)

    @router.post("/requests/{request_id}/release")
    async def release(request_id: str, key: Key = None, session: Session = actor) -> Answer:
        return await act(entrance, session.counsellor, "release", request_id, key=key)

    @router.post("/requests/{request_id}/reply")
    async def reply(request_id: str, body: Words, key: Key = None, session: Session = actor) -> Answer:
        return await act(entrance, session.counsellor, "reply", request_id, text=body.text, key=key)

    @router.post("/requests/{request_id}/close")
    async def close(
        request_id: str, body: LastWords | None = None, key: Key = None, session: Session = actor
    ) -> Answer:
        text = (body.text if body else None) or ""
        return await act(entrance, session.counsellor, "close", request_id, text=text, key=key)
