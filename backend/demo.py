"""The demo region: a pro school, a vso school, an mbo, a Doorstroompunt, a gemeente, each with queues and counsellors."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from backend.access.roles import Role
from backend.db import Transaction
from backend.organisations.models import counsellor, organisation
from backend.organisations.service import make_counsellor, make_organisation, make_queue
from backend.queues.models import KINDS_OF_HELP
from backend.vault import Vault

PLACE = "Utrecht"
_MUNICIPALITY = "0344"
_ORGANISATIONS = (
    ("pro", "Demo Praktijkschool"),
    ("vso", "Demo Vso-school"),
    ("mbo", "Demo Mbo"),
    ("doorstroompunt", "Demo Doorstroompunt"),
    ("gemeente", "Demo Gemeente"),
)
_COUNSELLORS = ("A", "B")
_OTHERS: tuple[tuple[Role, str, str], ...] = (
    ("team_lead", "Teamleider", "teamleider"),
    ("organisation_admin", "Beheerder", "beheer"),
    ("privacy_officer", "Privacyfunctionaris", "privacy"),
    ("auditor", "Auditor", "auditor"),
    ("platform_admin", "Platformbeheerder", "platform"),
)
"""The other roles, all at the last organisation; a team lead is at each."""


@dataclass(frozen=True, slots=True)
class LogIn:
    """A demo counsellor's log-in."""

    organisation: str
    name: str
    email: str
    password: str
    role: Role = "counsellor"


def log_ins(vault: Vault) -> tuple[LogIn, ...]:
    """The demo log-ins; the password follows from the key ring, so it stays the same here and differs elsewhere."""
    password = f"demo-{vault.index('demo', 'password').hex()[:10]}"
    coaches = tuple(
        LogIn(name, f"Coach {letter}", f"coach.{letter.lower()}@{kind}.example", password)
        for kind, name in _ORGANISATIONS
        for letter in _COUNSELLORS
    )
    others = tuple(
        LogIn(name, title, f"{box}@{kind}.example", password, role)
        for kind, name in _ORGANISATIONS
        for role, title, box in (_OTHERS if kind == _ORGANISATIONS[-1][0] else _OTHERS[:1])
    )
    return (*coaches, *others)


def is_empty(db: Transaction) -> bool:
    """Whether no organisation is there yet."""
    return db.execute(sa.select(organisation.c.id).limit(1)).first() is None


def has_accounts(db: Transaction) -> bool:
    """Whether a counsellor of the demo region can log in here."""
    there = sa.select(counsellor.c.id).where(counsellor.c.demo, sa.not_(counsellor.c.disabled)).limit(1)
    return db.execute(there).first() is not None


def fill(db: Transaction, vault: Vault, password_hash: str) -> None:
    """Fills an empty database with the demo region; `password_hash` is that of the log-ins' password."""
    for kind, name in _ORGANISATIONS:
        id = make_organisation(db, kind=kind, name=name, municipalities=[_MUNICIPALITY], demo=True)
        queues = [make_queue(db, id, name=title, kind_of_help=help) for help, title in KINDS_OF_HELP.items()]
        for log_in in log_ins(vault):
            if log_in.organisation == name:
                make_counsellor(
                    db,
                    vault,
                    id,
                    email=log_in.email,
                    name=log_in.name,
                    password_hash=password_hash,
                    queue_ids=queues if log_in.role in ("counsellor", "team_lead") else (),
                    role=log_in.role,
                    demo=True,
                )
