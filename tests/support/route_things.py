"""Real things of two schools for every parameter of the desk's routes: one's own, a colleague's, another organisation's."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
import sqlalchemy as sa

from backend import demo_life
from backend.access.roles import ROLES
from backend.accounts.invitations import hash_code, make_code
from backend.accounts.models import passkey
from backend.connections.models import api_token
from backend.connections.tokens import make_token
from backend.connections.webhooks import make_webhook
from backend.consents.recorded import Said, record_at_desk
from backend.conversations.service import start
from backend.db import Transaction, now
from backend.dutch_time import in_amsterdam
from backend.duties.models import former_pupil
from backend.handovers import service as handovers
from backend.invitations.service import make as make_invitation
from backend.organisations import login
from backend.organisations.arranging import keep_team
from backend.organisations.counsellors import Counsellor
from backend.organisations.service import make_counsellor, make_queue
from backend.queues.models import queue
from backend.retention.holds import place_hold
from backend.support_requests.appointments import propose_call
from backend.support_requests.canned import keep_canned
from backend.support_requests.models import assignment, support_request
from backend.together import changes, emergencies
from backend.together.models import emergency_access, pending_change
from desk_people import DeskPerson, new_person, organisation_id
from desk_world import DeskWorld, ToldClock
from world import World

OURS, THEIRS, THIRD = "Demo Praktijkschool", "Demo Vso-school", "Demo Mbo"
_HOUR = 3600 * 1_000_000
Make = Callable[[Transaction, Counsellor], str]


@dataclass
class Things:
    """Makes things in a running service; `people` are one of each role and `colleagues` another one at OURS, `them` one of
    each role at THEIRS, `strangers` nobody and a young person with their token."""

    world: World
    people: dict[str, DeskPerson] = field(default_factory=dict)
    colleagues: dict[str, DeskPerson] = field(default_factory=dict)
    them: dict[str, DeskPerson] = field(default_factory=dict)
    strangers: tuple[DeskPerson, ...] = ()
    _desk: DeskWorld | None = None

    def open(self, browser: Callable[[], Any]) -> Things:
        """Everybody logs in, each in a new browser."""
        for found, place in ((self.people, OURS), (self.colleagues, OURS), (self.them, THEIRS)):
            for role in ROLES:
                found[role] = new_person(self.world, browser(), place, role)
        self.strangers = DeskPerson(browser()), DeskPerson(browser())
        self.strangers[1].http.headers["Authorization"] = f"Bearer {self._young()}"
        service = self.world.service
        places = {name: organisation_id(self.world, name) for name in (OURS, THEIRS)}
        queues = {
            name: self.world.rows(
                sa.select(queue.c.id).where(queue.c.organisation_id == id, queue.c.kind_of_help == "work")
            )[0][0]
            for name, id in places.items()
        }
        clock = ToldClock()
        self._desk = DeskWorld(service.database, service.host.vault, clock, None, places, queues)  # type: ignore[arg-type]
        return self

    def _young(self) -> str:
        """The token of a young person's conversation."""
        _, token = self._do(lambda db: start(db, self.world.service.host, "web", language="nl"))
        return str(token)

    def log_in(self, one: DeskPerson) -> None:
        """A new session in the same browser, after a route that ends it."""
        vault, token = self.world.service.host.vault, secrets.token_urlsafe(32)
        one.csrf = self._do(lambda db: login.start_session(db, vault, one.id, token=token, at=now()).csrf_token)
        one.http.cookies.clear()
        one.http.cookies.set("verder_desk", token)
        one.http.headers["X-CSRF-Token"] = one.csrf

    @staticmethod
    def kind(parameter: str, route: str) -> str:
        """What a parameter of a route names: its own name, for `id` the page it is on. "" when nobody thought of it."""
        if parameter == "id":
            return next(
                (one for one in ("answers", "queues/teams", "queues", "invitations") if f"/{one}/" in route), ""
            )
        return parameter

    @classmethod
    def knows(cls, parameter: str, route: str) -> bool:
        """Whether `make` makes real things for it."""
        name = cls.kind(parameter, route)
        return name == "request_id" or (bool(name) and hasattr(cls, f"_{name.replace('/', '_')}"))

    def make(self, parameter: str, route: str, owner: DeskPerson) -> str:
        """The id of a new thing that is `owner`'s, or that of their organisation."""
        if parameter == "request_id":
            return self.request(owner, open_call="call/withdraw" in route)
        return str(getattr(self, f"_{self.kind(parameter, route).replace('/', '_')}")(owner))

    def request(self, owner: DeskPerson | None, *, at: str = OURS, open_call: bool = False) -> str:
        """A new request, in the hands of its owner; None: it waits."""
        assert self._desk is not None
        place = (
            at
            if owner is None
            else next(n for n, id in self._desk.organisations.items() if id == owner.organisation_id)
        )
        id = self._desk.request(place, at=place)
        if owner is not None:
            self.world.do(lambda db: self._take(db, id, owner, open_call=open_call))
        return id

    def _take(self, db: Transaction, id: str, owner: DeskPerson, *, open_call: bool) -> None:
        taken = {"status": "claimed", "claimed_by": owner.id, "claimed_at": now()}
        db.execute(sa.update(support_request).where(support_request.c.id == id).values(**taken))
        values = {"id": secrets.token_hex(16), "request_id": id, "counsellor_id": owner.id, "started_at": now()}
        db.execute(sa.insert(assignment), values)
        if open_call:
            propose_call(db, self.world.service.host.vault, _who(owner), id, moments=[now() + 26 * _HOUR], at=now())

    def _handover_id(self, owner: DeskPerson) -> str:
        request_id, to = self.request(owner), organisation_id(self.world, THIRD)
        vault = self.world.service.host.vault
        return self._do(
            lambda db: handovers.propose(
                db, vault, _who(owner), request_id, organisation_id=to, reason="Omdat.", at=now()
            )
        )

    def _consent_id(self, owner: DeskPerson) -> str:
        return self.consent_at(self.request(owner))

    def consent_at(self, request_id: str) -> str:
        """A consent that a parent gave at the desk, for the person of a request."""
        of = support_request.c
        row = self.world.rows(sa.select(support_request).where(of.id == request_id))[0]
        who = Counsellor(row.claimed_by, row.organisation_id, "Coach A")
        said = Said(given_by="parents", giver="Ouder", how="talk", said_at=now())
        vault, third = self.world.service.host.vault, organisation_id(self.world, THIRD)

        def give(db: Transaction) -> str:
            return record_at_desk(
                db,
                vault,
                who,
                person_id=row.person_id,
                conversation_id=row.conversation_id,
                purpose="transition_document",
                recipient=third,
                recipient_name=THIRD,
                data_groups=("need",),
                said=said,
            )

        return self._do(give)

    def _passkey_id(self, owner: DeskPerson) -> str:
        """One of two, because the last one stays."""
        ids = secrets.token_hex(16), secrets.token_hex(16)
        for id in ids:
            values = {"id": id, "counsellor_id": owner.id, "credential_index": secrets.token_bytes(16), "sign_count": 0}
            self._do(lambda db, row=values: self._add_passkey(db, row))
        return ids[0]

    def _add_passkey(self, db: Transaction, row: dict[str, Any]) -> None:
        whole = json.dumps({"name": "Sleutel", "credential": secrets.token_urlsafe(16), "key": "AAAA"}).encode()
        sealed = self.world.service.host.vault.seal(db, row["counsellor_id"], "passkey.credential", row["id"], whole)
        db.execute(sa.insert(passkey), {**row, "credential": sealed, "made_at": now()})

    def _session_id(self, owner: DeskPerson) -> str:
        vault, token = self.world.service.host.vault, secrets.token_urlsafe(32)
        return self._do(lambda db: login.start_session(db, vault, owner.id, token=token, at=now()).id)

    def _answers(self, owner: DeskPerson) -> str:
        return self._do(lambda db: keep_canned(db, _who(owner), id=None, title="Hoi", own=True, words={"nl": "Hoi."}))

    def _queues(self, owner: DeskPerson) -> str:
        return self._do(lambda db: make_queue(db, owner.organisation_id, name="Rij", kind_of_help="learning"))

    def _queues_teams(self, owner: DeskPerson) -> str:
        return self._do(lambda db: keep_team(db, _who(owner), None, name=secrets.token_hex(4), members=[]))

    def _invitations(self, owner: DeskPerson) -> str:
        return self._do(
            lambda db: make_invitation(
                db, owner.organisation_id, facts={}, people=2, shared=False, days=9, actor=owner.id, at=now()
            )
        )

    def _pupil_id(self, owner: DeskPerson) -> str:
        left = in_amsterdam(now()).date() - timedelta(days=130)
        told = {"left_school_date": left.isoformat(), "follow_on_enrolment": False}
        host, of = self.world.service.host, former_pupil.c

        def make(db: Transaction) -> str:
            demo_life._pupil(db, host, owner.organisation_id, "nl", told, left, at=now())
            newest = sa.select(of.id).where(of.organisation_id == owner.organisation_id).order_by(of.known_at.desc())
            return str(db.execute(newest.limit(1)).scalar_one())

        return self._do(make)

    def _held_id(self, owner: DeskPerson) -> str:
        id, vault = self.request(owner), self.world.service.host.vault
        self._do(lambda db: place_hold(db, vault, id, "Omdat.", by=owner.id, at=now()))
        return id

    def _person_id(self, owner: DeskPerson) -> str:
        vault = self.world.service.host.vault
        return self._do(
            lambda db: make_counsellor(
                db,
                vault,
                owner.organisation_id,
                email=f"{secrets.token_hex(6)}@voorbeeld.nl",
                name="Coach A",
                password_hash="",
            )
        )

    def _token_id(self, owner: DeskPerson) -> str:
        def make(db: Transaction) -> str:
            make_token(db, _who(owner), name=(name := secrets.token_hex(4)), scopes=["figures"], at=now())
            return str(db.execute(sa.select(api_token.c.id).where(api_token.c.name == name)).scalar_one())

        return self._do(make)

    def _webhook_id(self, owner: DeskPerson) -> str:
        vault, url = self.world.service.host.vault, "https://zaken.example/"
        return self._do(lambda db: make_webhook(db, vault, _who(owner), url=url, events=["closed"], at=now())[0])

    def _change_id(self, owner: DeskPerson) -> str:
        person, of = self._person_id(owner), pending_change.c

        def make(db: Transaction) -> str:
            changes.ask(db, _who(owner), person, "factors", at=now(), code_hash=hash_code(make_code()))
            return str(db.execute(sa.select(of.id).where(of.counsellor_id == person)).scalar_one())

        return self._do(make)

    def _emergency_id(self, owner: DeskPerson) -> str:
        """Asked by `owner` about a request of their organisation, and open: a colleague agreed."""
        request, of = self.request(owner), emergency_access.c
        vault = self.world.service.host.vault
        second = Counsellor(self.colleagues["platform_admin"].id, owner.organisation_id, "Coach A", "platform_admin")
        first = Counsellor(owner.id, owner.organisation_id, "Coach A", "platform_admin")

        def make(db: Transaction) -> str:
            emergencies.ask(db, vault, first, request=request, reason="Omdat.", at=now())
            id = str(db.execute(sa.select(of.id).where(of.request_id == request)).scalar_one())
            if owner.id != second.id:
                emergencies.agree(db, vault, second, id, at=now())
            return id

        return self._do(make)

    def _do(self, work: Callable[[Transaction], Any]) -> Any:
        return self.world.do(work)


def _who(one: DeskPerson) -> Counsellor:
    """Somebody of an organisation, for making things that need no role."""
    return Counsellor(one.id, one.organisation_id, "Coach A", "team_lead")


def browser_of(app: Any) -> Callable[[], httpx.AsyncClient]:
    """Browsers that ask the app inside this process."""
    transport = httpx.ASGITransport(app=app)
    return lambda: httpx.AsyncClient(transport=transport, base_url="http://desk.test")
