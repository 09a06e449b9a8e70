"""To an identity provider and back: for signing in, for binding an invitation, and for proving again who one is."""

from __future__ import annotations

import hmac
import logging
import secrets
from dataclasses import asdict, dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response

from backend.accounts.id_tokens import BadToken, Identity
from backend.accounts.identities import bind, counsellor_of
from backend.accounts.invitations import close_invitation
from backend.accounts.oidc import Asked, Connection, ProviderTrouble
from backend.accounts.signing_in import next_stage, record_change, record_refusal
from backend.accounts.steps import begin_step, take_step
from backend.db import Transaction
from backend.desk.devices import device_of
from backend.desk.doors import Doors, give_step, step_of
from backend.desk.entrance import from_own_pages
from backend.desk.frame import Pages, elsewhere, own_page
from backend.desk.sign_in import Short, let_in, open_invitation, where_to
from backend.errors import Refused
from backend.organisations.counsellors import Counsellor
from backend.organisations.login import SECOND, Session, Stage, start_session
from backend.vault import Vault

_log = logging.getLogger(__name__)


def provider_pages(router: APIRouter, pages: Pages, doors: Doors) -> None:
    """Adds /desk/login/with/<provider> and /desk/login/back/<provider>."""
    _add_there(router, pages, doors)
    _add_back(router, pages, doors)


def _add_there(router: APIRouter, pages: Pages, doors: Doors) -> None:
    entrance = pages.entrance

    async def begin(
        connection: Connection, *, next: str = "/desk", invitation: str = "", fresh: bool = False
    ) -> tuple[str, str]:
        """Where the browser goes, and the key of the step it comes back with."""
        asked, at = Asked.make(), entrance.clock()
        details = {**asdict(asked), "provider": connection.provider.key, "next": own_page(next)}
        details |= {"invitation": invitation, "fresh": "yes" if fresh else ""}
        try:
            there = await connection.way_there(asked, fresh=fresh)
        except ProviderTrouble as trouble:
            _log.warning("provider %s: %s", connection.provider.key, trouble)
            raise Refused(503, "provider_trouble", retry_after=60) from None
        return there, await entrance.database.write(lambda db: begin_step(db, "provider", details, at=at))

    @router.get("/login/with/{key}")
    async def go(key: str, next: Short = "/desk", fresh: bool = False) -> Response:
        there, step = await begin(doors.connection(key), next=next, fresh=fresh)
        response = elsewhere(there)
        give_step(entrance, response, step)
        return response

    @router.post("/welcome/with/{key}")
    async def with_invitation(request: Request, key: str, code: Annotated[str, Form(max_length=80)] = "") -> Response:
        from_own_pages(request)
        connection = doors.connection(key)
        found = await entrance.database.read(lambda db: open_invitation(db, code, at=entrance.clock()))
        if found.kind != "welcome":
            raise Refused(410, "invitation_over")
        there, step = await begin(connection, invitation=code)
        response = pages.show(request, "leaving.html", None, where=there, name=connection.provider.name)
        give_step(entrance, response, step)
        return response


def _add_back(router: APIRouter, pages: Pages, doors: Doors) -> None:
    entrance = pages.entrance

    @router.get("/login/back/{key}")
    async def back(
        request: Request,
        key: str,
        state: Annotated[str, Query(max_length=200)] = "",
        code: Annotated[str, Query(max_length=2000)] = "",
        iss: Annotated[str | None, Query(max_length=200)] = None,
    ) -> Response:
        connection, at = doors.connection(key), entrance.clock()
        step = await entrance.database.write(lambda db: take_step(db, "provider", step_of(entrance, request), at=at))
        try:
            asked = _asked(step, connection, state, code, iss)
            fresh = bool(step and step["fresh"])
            identity = await connection.who_came_back(code, asked, at=at // SECOND, fresh=fresh)
        except BadToken as bad:
            _log.warning("provider %s: refused (%s)", key, bad)
            await entrance.database.write(lambda db: record_refusal(db, None, "provider"))
            raise Refused(403, "provider_refused") from None
        except ProviderTrouble as trouble:
            _log.warning("provider %s: %s", key, trouble)
            raise Refused(503, "provider_trouble", retry_after=60) from None
        assert step is not None
        came = _Came(identity, key, step["invitation"], device_of(request), request.cookies.get(entrance.cookie))
        token = secrets.token_urlsafe(32)
        session = await entrance.database.write(lambda db: _let_in(db, entrance.vault, came, token, at))
        if session is None:
            raise Refused(403, "not_invited")
        return let_in(entrance, token, where_to(session, step["next"]))


@dataclass(frozen=True, slots=True)
class _Came:
    """Who came back, from which provider, with which invitation, and the session it replaces."""

    identity: Identity
    provider: str
    invitation: str
    device: str
    ends: str | None


def _asked(step: dict[str, str] | None, connection: Connection, state: str, code: str, iss: str | None) -> Asked:
    """What this browser was sent away with. Raises `BadToken` when it comes back with anything else."""
    if step is None or step["provider"] != connection.provider.key:
        raise BadToken("step")
    if not hmac.compare_digest(step["state"].encode(), state.encode()):
        raise BadToken("state")
    if not code or iss not in (None, connection.provider.issuer):
        raise BadToken("answer")
    return Asked(step["state"], step["nonce"], step["verifier"])


def _let_in(db: Transaction, vault: Vault, came: _Came, token: str, at: int) -> Session | None:
    """The session of the counsellor this identity belongs to; None when it is nobody's."""
    who = _bound(db, vault, came, at) if came.invitation else counsellor_of(db, vault, came.identity)
    if who is None:
        record_refusal(db, None, "provider")
        return None
    stage: Stage = "open"
    if not came.identity.second_factor:
        stage = "enrol" if came.invitation else next_stage(db, who)
    if came.invitation and stage == "open":
        close_invitation(db, who)
    since = _since(came.identity, at)
    return start_session(
        db, vault, who, token=token, at=at, stage=stage, device=came.device, ends=came.ends, confirmed_at=since
    )


def _bound(db: Transaction, vault: Vault, came: _Came, at: int) -> str | None:
    """The counsellor of the invitation, to whom the identity belongs from now on."""
    found = open_invitation(db, came.invitation, at=at)
    who = found.counsellor_id
    if counsellor_of(db, vault, came.identity) == who:
        return who
    if found.kind != "welcome" or not bind(db, vault, came.identity, who, provider=came.provider, at=at):
        return None
    record_change(db, "account.provider_bound", Counsellor(who, found.organisation_id, ""))
    return who


def _since(identity: Identity, at: int) -> int:
    """When the counsellor last proved who they are: long ago when the provider does not say."""
    return min(identity.since * SECOND, at) if identity.since is not None else 0
