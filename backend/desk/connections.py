"""Access tokens and webhooks of an organisation, for its administrator. A secret is on a page once, and never again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, get_args

from fastapi import APIRouter, Form, Request, Response

from backend.connections import tokens, webhooks
from backend.connections.tokens import SCOPES, Token
from backend.connections.webhooks import EVENTS, Sent, Webhook
from backend.db import Database, Transaction
from backend.desk.entrance import Clock, open_entrance
from backend.desk.frame import Pages, elsewhere, page_router
from backend.desk.words import Words
from backend.errors import Refused, not_found
from backend.organisations.login import Session
from backend.vault import Vault

_PAGE = "/desk/connections"
Action = Literal["rotate", "stop", "again"]
_WORDED = ("address", "unreachable")
"""Outcomes of a delivery that are no status of an answer."""
Short = Annotated[str, Form(max_length=400)]
Many = Annotated[list[str] | None, Form(max_length=20)]


def make_router(database: Database, vault: Vault, *, secure_cookies: bool, clock: Clock | None = None) -> APIRouter:
    """The pages under /desk/connections."""
    pages = Pages(open_entrance(database, vault, secure_cookies=secure_cookies, clock=clock))
    router = page_router(pages)
    _add_list(router, pages)
    _add_webhook(router, pages)
    return router


async def _list(
    pages: Pages,
    request: Request,
    session: Session,
    *,
    shown: tuple[str, str] | None = None,
    refusal: Refused | None = None,
) -> Response:
    """Tokens and webhooks; `shown` is which kind of secret was just made, and the secret."""
    of, words = session.counsellor.organisation_id, pages.words(request)

    def read(db: Transaction) -> dict[str, Any]:
        return {
            "tokens": [_token(words, one) for one in tokens.tokens_of(db, of)],
            "webhooks": [_webhook(words, one) for one in webhooks.webhooks_of(db, of)],
        }

    values = await pages.entrance.database.read(read)
    choices = {
        "scopes": [(one, words(f"access.connections.scope_{one}")) for one in SCOPES],
        "events": [(one, words(f"access.connections.event_{one}")) for one in EVENTS],
    }
    problem = words.refusal(refusal) if refusal else None
    status = refusal.status if refusal else 200
    return pages.show(
        request, "connections.html", session, status=status, problem=problem, shown=shown, **values, **choices
    )


def _add_list(router: APIRouter, pages: Pages) -> None:
    entrance = pages.entrance

    @router.get("/connections")
    async def page(request: Request) -> Response:
        return await _list(pages, request, await entrance.session(request))

    @router.post("/connections/tokens")
    async def make_token(request: Request, csrf: Short = "", name: Short = "", scopes: Many = None) -> Response:
        session = await entrance.acting(request, csrf)
        entrance.must_be_recent(session)
        by, at = session.counsellor, entrance.clock()
        try:
            token = await entrance.database.write(
                lambda db: tokens.make_token(db, by, name=name, scopes=scopes or [], at=at)
            )
        except Refused as error:
            return await _again(pages, request, session, error)
        return await _list(pages, request, session, shown=("token", token))

    @router.post("/connections/tokens/{token_id}/revoke")
    async def revoke(request: Request, token_id: str, csrf: Short = "") -> Response:
        by, at = (await entrance.acting(request, csrf)).counsellor, entrance.clock()
        await entrance.database.write(lambda db: tokens.revoke_token(db, by, token_id, at=at))
        return elsewhere(_PAGE)

    @router.post("/connections/webhooks")
    async def make_webhook(request: Request, csrf: Short = "", url: Short = "", events: Many = None) -> Response:
        session = await entrance.acting(request, csrf)
        entrance.must_be_recent(session)
        by, at = session.counsellor, entrance.clock()
        try:
            _, secret = await entrance.database.write(
                lambda db: webhooks.make_webhook(db, entrance.vault, by, url=url, events=events or [], at=at)
            )
        except Refused as error:
            return await _again(pages, request, session, error)
        return await _list(pages, request, session, shown=("secret", secret))


async def _again(pages: Pages, request: Request, session: Session, error: Refused) -> Response:
    if error.status != 422:
        raise error
    return await _list(pages, request, session, refusal=error)


def _add_webhook(router: APIRouter, pages: Pages) -> None:
    entrance = pages.entrance

    async def show(request: Request, session: Session, webhook_id: str, secret: str | None = None) -> Response:
        who, words = session.counsellor, pages.words(request)

        def read(db: Transaction) -> dict[str, Any]:
            one = webhooks.one_webhook(db, who, webhook_id)
            sent = [_sent(words, each) for each in webhooks.sent_to(db, who, webhook_id)]
            return {"webhook": _webhook(words, one), "deliveries": sent}

        values = await entrance.database.read(read)
        return pages.show(request, "webhook.html", session, secret=secret, **values)

    @router.get("/connections/webhooks/{webhook_id}")
    async def page(request: Request, webhook_id: str) -> Response:
        return await show(request, await entrance.session(request), webhook_id)

    @router.post("/connections/webhooks/{webhook_id}/{action}")
    async def do(request: Request, webhook_id: str, action: str, csrf: Short = "", delivery: Short = "") -> Response:
        session = await entrance.acting(request, csrf)
        if action not in get_args(Action):
            raise not_found()
        by, at, vault = session.counsellor, entrance.clock(), entrance.vault
        if action == "rotate":
            entrance.must_be_recent(session)
            secret = await entrance.database.write(lambda db: webhooks.rotate_secret(db, vault, by, webhook_id, at=at))
            return await show(request, session, webhook_id, secret)

        def work(db: Transaction) -> None:
            if action == "stop":
                webhooks.stop_webhook(db, by, webhook_id, at=at)
            else:
                webhooks.try_again(db, by, webhook_id, delivery, at=at)

        await entrance.database.write(work)
        return elsewhere(f"{_PAGE}/webhooks/{webhook_id}")


def _token(words: Words, one: Token) -> dict[str, Any]:
    say = words
    day = datetime.fromtimestamp((one.last_used_at or 0) // 1_000_000, UTC).date().isoformat()
    used = say("access.connections.used", day=day) if one.last_used_at else say("access.connections.unused")
    told = [say(f"access.connections.scope_{scope}") for scope in one.scopes]
    made = say("access.connections.made", when=words.moment(one.made_at))
    gone = say("access.connections.revoked", when=words.moment(one.revoked_at)) if one.revoked_at else ""
    return {"id": one.id, "name": one.name, "scopes": told, "made": made, "used": used, "revoked": gone}


def _webhook(words: Words, one: Webhook) -> dict[str, Any]:
    stopped = words("access.connections.stopped", when=words.moment(one.stopped_at)) if one.stopped_at else ""
    told = [words(f"access.connections.event_{event}") for event in one.events]
    made = words("access.connections.made", when=words.moment(one.made_at))
    return {"id": one.id, "url": one.url, "events": told, "made": made, "stopped": stopped}


def _sent(words: Words, one: Sent) -> dict[str, Any]:
    state = words(f"access.connections.state_{one.state}", tries=one.tries + 1)
    event = words(f"access.connections.event_{one.event.partition('.')[2]}")
    return {
        "id": one.id,
        "event": event,
        "when": words.moment(one.made_at),
        "state": state,
        "outcome": words(f"access.connections.went_wrong_{one.outcome}")
        if one.outcome in _WORDED
        else one.outcome or "",
        "failed": one.state == "failed",
    }
