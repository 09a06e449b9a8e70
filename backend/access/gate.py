"""The one door between a session and a route of the desk: may this role do this at all, and inside which organisation."""

from __future__ import annotations

from collections.abc import AsyncIterator

from fastapi import Request

from backend.access.roles import Act, Role, answer, may_ever
from backend.access.routes import act_of
from backend.errors import Refused
from backend.tenancy import acting_for


async def own_organisation() -> AsyncIterator[None]:
    """A dependency of every router of the desk: whatever organisation a request acts for ends with it."""
    token = acting_for.set(None)
    try:
        yield
    finally:
        acting_for.reset(token)


def let_in(request: Request, role: Role, organisation_id: str) -> None:
    """Raises 403 unless the role may do what this route is; from here on only the organisation's rows exist."""
    act = act_of(request.method, getattr(request.scope.get("route"), "path", ""))
    if act is None or not may_ever(role, act):
        raise Refused(403, "not_your_role")
    acting_for.set(organisation_id)


def require(role: Role, act: Act) -> None:
    """Raises 403 unless the role may do this with what is nobody's or a colleague's in their own organisation."""
    if "yes" not in (answer(role, act, "organisation"), answer(role, act, "own")):
        raise Refused(403, "not_your_role")
