"""Passing a request on, notes, and the handovers of both sides: as pages and as JSON, each act once per key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Header, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from backend import audit
from backend.db import Transaction
from backend.desk import handover_views
from backend.desk.entrance import Entrance
from backend.desk.frame import Pages, elsewhere
from backend.desk.shapes import moment
from backend.errors import Refused, not_found
from backend.handovers import service
from backend.handovers.reading import Handover, list_handovers, one_handover, open_words
from backend.organisations.counsellors import Counsellor
from backend.organisations.login import Session
from backend.support_requests.notes import add_note
from backend.support_requests.once import Answer, once
from backend.support_requests.passing import pass_on
from backend.support_requests.reassigning import reassign
from backend.vault import Vault

Json = dict[str, Any]
Key = Annotated[str | None, Header(alias="Idempotency-Key")]
Settling = Literal["decline", "take_back"]
Text = Annotated[str, Form()]


class Transfer(BaseModel):
    """Where a request goes: one organisation, or a queue and perhaps a colleague of the own organisation; and why."""

    model_config = ConfigDict(extra="forbid")
    organisation: str | None = Field(default=None, max_length=32)
    queue: str | None = Field(default=None, max_length=32)
    counsellor: str | None = Field(default=None, max_length=32)
    reason: str = ""


class Reassigning(BaseModel):
    """Which colleague is to have it, and why; `seen_with` is who had it when that was decided."""

    model_config = ConfigDict(extra="forbid")
    counsellor: str = Field(max_length=32)
    reason: str = ""
    seen_with: str = Field(default="", max_length=32)


class Words(BaseModel):
    """A note."""

    model_config = ConfigDict(extra="forbid")
    text: str


class Reason(BaseModel):
    """Why a handover is declined."""

    model_config = ConfigDict(extra="forbid")
    reason: str = ""


async def transfer(
    entrance: Entrance, who: Counsellor, request_id: str, to: Transfer, *, key: str | None = None
) -> Answer:
    """Passes on inside the organisation, or proposes a handover to another; status and, there, the handover's id."""
    at, vault = entrance.clock(), entrance.vault
    inside = bool(to.queue or to.counsellor)
    if inside == bool(to.organisation):
        raise Refused(422, "unknown_receiver", fields={"organisation": "one of organisation, queue or counsellor"})

    def work(db: Transaction) -> Answer:
        if to.organisation:
            id = service.propose(db, vault, who, request_id, organisation_id=to.organisation, reason=to.reason, at=at)
            return {"id": request_id, "status": "claimed", "handover": id}
        place = {"queue_id": to.queue, "counsellor_id": to.counsellor}
        pass_on(db, vault, who, request_id, reason=to.reason, at=at, **place)
        return {"id": request_id, "status": "transferred", "handover": None}

    return await _once(entrance, who, key, ["transfer", request_id, to.model_dump()], at, work)


async def give_to(
    entrance: Entrance, who: Counsellor, request_id: str, to: Reassigning, *, key: str | None = None
) -> Answer:
    """Gives a colleague's request to another colleague of the queue."""
    at, vault = entrance.clock(), entrance.vault

    def work(db: Transaction) -> Answer:
        given = {"counsellor_id": to.counsellor, "reason": to.reason, "seen_with": to.seen_with}
        reassign(db, vault, who, request_id, **given, at=at)
        return {"id": request_id, "status": "transferred"}

    return await _once(entrance, who, key, ["reassign", request_id, to.model_dump()], at, work)


async def note(entrance: Entrance, who: Counsellor, request_id: str, text: str, *, key: str | None = None) -> Answer:
    """Adds a note for colleagues."""
    at, vault = entrance.clock(), entrance.vault

    def work(db: Transaction) -> Answer:
        return {"id": request_id, "note": add_note(db, vault, who, request_id, text=text, at=at)}

    return await _once(entrance, who, key, ["note", request_id, text], at, work)


async def settle(
    entrance: Entrance, who: Counsellor, action: Settling, handover_id: str, reason: str, *, key: str | None = None
) -> Answer:
    """Declines as the receiver, or takes back as the sender."""
    at, vault = entrance.clock(), entrance.vault

    def work(db: Transaction) -> Answer:
        if action == "decline":
            one = service.decline(db, vault, who, handover_id, reason=reason, at=at)
        else:
            one = service.take_back(db, vault, who, handover_id, at=at)
        return {"id": one.id, "request": one.request_id, "stage": one.stage}

    return await _once(entrance, who, key, [action, handover_id, reason], at, work)


def handover_api(router: APIRouter, entrance: Entrance, actor: Any) -> None:
    """Adds the calls to the desk's JSON router; `actor` gives the acting session."""

    @router.post("/requests/{request_id}/note")
    async def add(request_id: str, body: Words, key: Key = None, session: Session = actor) -> Answer:
        return await note(entrance, session.counsellor, request_id, body.text, key=key)

    @router.post("/requests/{request_id}/transfer")
    async def pass_it_on(request_id: str, body: Transfer, key: Key = None, session: Session = actor) -> Answer:
        return await transfer(entrance, session.counsellor, request_id, body, key=key)

    @router.post("/requests/{request_id}/reassign")
    async def give_it(request_id: str, body: Reassigning, key: Key = None, session: Session = actor) -> Answer:
        return await give_to(entrance, session.counsellor, request_id, body, key=key)

    @router.get("/handovers")
    async def handovers(request: Request) -> Json:
        who, at = (await entrance.session(request)).counsellor, entrance.clock()
        found = await entrance.database.read(lambda db: list_handovers(db, who, at=at))
        return {"handovers": [_shape(who, one) for one in found]}

    @router.post("/handovers/{handover_id}/decline")
    async def decline(handover_id: str, body: Reason, key: Key = None, session: Session = actor) -> Answer:
        return await settle(entrance, session.counsellor, "decline", handover_id, body.reason, key=key)

    @router.post("/handovers/{handover_id}/take-back")
    async def take_back(handover_id: str, key: Key = None, session: Session = actor) -> Answer:
        return await settle(entrance, session.counsellor, "take_back", handover_id, "", key=key)


def handover_pages(router: APIRouter, pages: Pages) -> None:
    """Adds the pages and forms to the desk's router."""
    entrance = pages.entrance
    _reassigning_page(router, pages)

    @router.get("/handovers/{handover_id}")
    async def page(request: Request, handover_id: str) -> Response:
        return await _page(pages, request, await entrance.session(request), handover_id)

    @router.post("/handovers/{handover_id}/{action}")
    async def settle_it(
        request: Request, handover_id: str, action: str, csrf: Text = "", key: Text = "", text: Text = ""
    ) -> Response:
        session = await entrance.acting(request, csrf)
        if action not in ("decline", "take_back"):
            raise not_found()
        chosen: Settling = "decline" if action == "decline" else "take_back"
        try:
            done = await settle(entrance, session.counsellor, chosen, handover_id, text, key=key or None)
        except Refused as error:
            if error.status not in (409, 422):
                raise
            return await _page(pages, request, session, handover_id, refusal=error)
        back = f"/desk/requests/{done['request']}" if chosen == "take_back" else "/desk"
        return elsewhere(f"{back}?done={chosen}")

    @router.post("/requests/{request_id}/note")
    async def add_it(
        request: Request,
        request_id: str,
        csrf: Text = "",
        key: Text = "",
        note_text: Annotated[str, Form(alias="note")] = "",
    ) -> Response:
        session = await entrance.acting(request, csrf)
        return await _or_again(
            pages,
            request,
            session,
            request_id,
            f"/desk/requests/{request_id}?done=note#notes",
            lambda: note(entrance, session.counsellor, request_id, note_text, key=key or None),
        )

    @router.post("/requests/{request_id}/transfer")
    async def pass_it_on(
        request: Request, request_id: str, csrf: Text = "", key: Text = "", to: Text = "", text: Text = ""
    ) -> Response:
        session = await entrance.acting(request, csrf)
        chosen = _chosen(to, text)
        where = f"/desk/requests/{request_id}?done=propose" if chosen.organisation else "/desk?done=transfer"
        return await _or_again(
            pages,
            request,
            session,
            request_id,
            where,
            lambda: transfer(entrance, session.counsellor, request_id, chosen, key=key or None),
        )


def _reassigning_page(router: APIRouter, pages: Pages) -> None:
    entrance = pages.entrance

    @router.post("/requests/{request_id}/reassign")
    async def give_it(
        request: Request,
        request_id: str,
        csrf: Text = "",
        key: Text = "",
        to: Text = "",
        text: Text = "",
        seen_with: Text = "",
    ) -> Response:
        session = await entrance.acting(request, csrf)
        chosen = Reassigning(counsellor=to[:32], reason=text, seen_with=seen_with[:32])
        where = f"/desk/requests/{request_id}?done=transfer"
        return await _or_again(
            pages,
            request,
            session,
            request_id,
            where,
            lambda: give_to(entrance, session.counsellor, request_id, chosen, key=key or None),
        )


async def _or_again(
    pages: Pages, request: Request, session: Session, request_id: str, where: str, work: Callable[[], Any]
) -> Response:
    """Does it and goes on; a refusal is shown on top of the request."""
    try:
        await work()
    except Refused as error:
        if error.status not in (409, 422):
            raise
        return await pages.request_page(request, session, request_id, refusal=error)
    return elsewhere(where)


async def _page(
    pages: Pages, request: Request, session: Session, handover_id: str, *, refusal: Refused | None = None
) -> Response:
    """The track of one handover; looking at it is in the audit trail."""
    who, words = session.counsellor, pages.words(request)

    def look(db: Transaction) -> handover_views.Track:
        one = one_handover(db, who, handover_id)
        audit.record(db, "handover.read", one.id, actor=who.id, organisation_id=who.organisation_id)
        return handover_views.track(words, who, one, _words_for(db, pages.entrance.vault, who, one))

    track = await pages.entrance.database.write(look)
    problem = words.refusal(refusal) if refusal else None
    status = refusal.status if refusal else 200
    return pages.show(request, "handover.html", session, status=status, track=track, problem=problem)


def _words_for(db: Transaction, vault: Vault, who: Counsellor, one: Handover) -> tuple[str, str | None] | None:
    """The words of a handover, for the sender always and for the receiver as long as it is with them."""
    with_receiver = one.stage in ("agreed", "accepted", "confirmed")
    return open_words(db, vault, one) if one.sent_by(who) or with_receiver else None


def _chosen(to: str, reason: str) -> Transfer:
    """The choice of the form, as "kind:id" or "counsellor:queue:id"."""
    kind, _, id = to.partition(":")
    if kind == "counsellor":
        queue, _, counsellor = id.partition(":")
        return Transfer(queue=queue[:32], counsellor=counsellor[:32], reason=reason)
    return Transfer(**{kind: id[:32]} if kind in ("organisation", "queue") else {}, reason=reason)


def _shape(who: Counsellor, one: Handover) -> Json:
    return {
        "id": one.id,
        "request": one.request_id,
        "side": "sender" if one.sent_by(who) else "receiver",
        "sender": {"id": one.from_organisation_id, "name": one.sender},
        "receiver": {"id": one.to_organisation_id, "name": one.receiver},
        "stage": one.stage,
        "urgent": one.urgent and one.ended_at is None,
        "asked_at": moment(one.asked_at),
        "agreed_at": moment(one.agreed_at),
        "accepted_at": moment(one.accepted_at),
        "no_contact_at": moment(one.no_contact_at),
        "due_at": moment(one.due_at),
        "ended_at": moment(one.ended_at),
    }


async def _once(
    entrance: Entrance, who: Counsellor, key: str | None, asked: object, at: int, work: Callable[[Transaction], Answer]
) -> Answer:
    return await entrance.database.write(lambda db: once(db, who, key, asked, at=at, work=lambda: work(db)))
