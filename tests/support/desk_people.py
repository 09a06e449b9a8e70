"""People of every role at the desk of a running service, each with a browser of their own."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import httpx
import sqlalchemy as sa

from backend.access.roles import ROLES, Role
from backend.db import Transaction, now
from backend.organisations import login
from backend.organisations.models import organisation
from backend.organisations.service import make_counsellor
from backend.queues.models import queue
from world import World


@dataclass
class DeskPerson:
    """Somebody with a session; `id` and `organisation_id` are "" for who has no account."""

    http: httpx.Client
    id: str = ""
    organisation_id: str = ""
    csrf: str = ""

    def form(self, path: str, **fields: object) -> httpx.Response:
        """Sends a form of the desk."""
        return self.http.post(path, data={"csrf": self.csrf, **fields}, headers={"X-CSRF-Token": ""})


def organisation_id(world: World, name: str) -> str:
    """The id of an organisation of the demo region."""
    return str(world.rows(sa.select(organisation.c.id).where(organisation.c.name == name))[0][0])


def new_person(world: World, http: httpx.Client, at: str, role: Role = "counsellor") -> DeskPerson:
    """A new account in all queues of an organisation, logged in without the password that takes its time on purpose."""
    vault, token, of = world.service.host.vault, secrets.token_urlsafe(32), organisation_id(world, at)

    def make(db: Transaction) -> tuple[str, str]:
        queues = db.execute(sa.select(queue.c.id).where(queue.c.organisation_id == of)).scalars().all()
        email = f"{secrets.token_hex(6)}@voorbeeld.nl"
        id = make_counsellor(db, vault, of, email=email, name="Coach A", password_hash="", role=role, queue_ids=queues)
        return id, login.start_session(db, vault, id, token=token, at=now()).csrf_token

    id, csrf = world.do(make)
    http.cookies.set("verder_desk", token)
    http.headers["X-CSRF-Token"] = csrf
    return DeskPerson(http, id, of, csrf)


@contextmanager
def people(world: World) -> Iterator[dict[str, DeskPerson]]:
    """One of each role and a colleague at the gemeente, a counsellor, a team lead and an administrator of a school, and nobody."""
    with ExitStack() as stack:

        def browser() -> httpx.Client:
            return stack.enter_context(httpx.Client(base_url=world.url, trust_env=False, timeout=60))

        found = {role: new_person(world, browser(), "Demo Gemeente", role) for role in ROLES}
        found["colleague"] = new_person(world, browser(), "Demo Gemeente")
        found["school"] = new_person(world, browser(), "Demo Praktijkschool")
        found["school_lead"] = new_person(world, browser(), "Demo Praktijkschool", "team_lead")
        found["school_admin"] = new_person(world, browser(), "Demo Praktijkschool", "organisation_admin")
        found["nobody"] = DeskPerson(browser())
        yield found
