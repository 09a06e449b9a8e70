"""Everybody who may knock on the service's doors at once: nobody, a person, a counsellor, an administrator, a case system."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import httpx
import sqlalchemy as sa

from backend.connections.models import api_token
from backend.connections.tokens import make_token
from backend.db import now
from backend.organisations.counsellors import Counsellor
from backend.support_requests.models import support_request
from desk_people import DeskPerson, new_person
from world import World

NAMES = ("nobody", "person", "counsellor", "case_system", "administrator")


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: what proves it (headers, a cookie by its name outside TLS), and the ids that are theirs, by parameter."""

    name: str
    headers: Mapping[str, str] = field(default_factory=dict)
    cookie: tuple[str, str] | None = None
    csrf: str = ""
    ids: Mapping[str, str] = field(default_factory=dict)

    def all_headers(self, *, secure: bool = False) -> dict[str, str]:
        """The headers with the cookie among them; `secure` when the service is reached over TLS."""
        if self.cookie is None:
            return dict(self.headers)
        name, value = self.cookie
        return {**self.headers, "Cookie": f"{'__Host-' if secure else ''}{name}={value}"}


@contextmanager
def principals(world: World) -> Iterator[dict[str, Principal]]:
    """One of each, by name; the person has a request at the gemeente, which the counsellor took."""
    with ExitStack() as stack:

        def at_desk(role: str) -> DeskPerson:
            http = stack.enter_context(httpx.Client(base_url=world.url, trust_env=False, timeout=60))
            return new_person(world, http, "Demo Gemeente", role)  # type: ignore[arg-type]

        coach, colleague, admin = at_desk("counsellor"), at_desk("counsellor"), at_desk("organisation_admin")
        person = world.person()
        person.asks_for_help()
        newest = sa.select(support_request.c.id).order_by(support_request.c.created_at.desc())
        request = str(world.rows(newest)[0][0])
        assert coach.http.post(f"/api/v1/desk/requests/{request}/claim").status_code == 200
        mine = {"id": person.id, "request_id": request, "number": "1", "place": "1", "person_id": colleague.id}
        secret, token_id = _token(world, admin)
        yield {
            "nobody": Principal("nobody", ids=mine),
            "person": Principal("person", person.headers, ("verder_chat", f"{person.id}.{person.token}"), ids=mine),
            "counsellor": _of_desk("counsellor", coach, mine),
            "case_system": Principal("case_system", {"Authorization": f"Bearer {secret}"}, ids=mine),
            "administrator": _of_desk("administrator", admin, {**mine, "token_id": token_id}),
        }


def _token(world: World, admin: DeskPerson) -> tuple[str, str]:
    by = Counsellor(admin.id, admin.organisation_id, "Coach A", "organisation_admin")
    secret = world.do(lambda db: make_token(db, by, name="Zaken", scopes=["figures", "requests"], at=now()))
    found = world.rows(sa.select(api_token.c.id).where(api_token.c.made_by == by.id))
    return str(secret), str(found[0][0])


def _of_desk(name: str, who: DeskPerson, ids: Mapping[str, str]) -> Principal:
    cookie = ("verder_desk", who.http.cookies["verder_desk"])
    return Principal(name, {"X-CSRF-Token": who.csrf}, cookie, who.csrf, ids)
