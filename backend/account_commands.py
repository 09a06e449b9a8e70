"""What an operator does about accounts: `verder admin counsellor …`. A new way in is always a one-time link."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable
from urllib.parse import urlencode

import sqlalchemy as sa

from backend import audit
from backend.access.roles import ROLES
from backend.accounts.invitations import LIFE_DAYS, Kind, invite
from backend.app import Service
from backend.commands import CannotRun
from backend.db import Transaction, now
from backend.organisations import people
from backend.organisations.administrators import note_change
from backend.organisations.counsellors import Counsellor
from backend.organisations.models import counsellor, organisation
from backend.organisations.service import disable_counsellor, email_index, make_counsellor
from backend.queues.models import queue
from backend.settings import Settings

_AGAIN: dict[str, tuple[Kind, str]] = {
    "invite": ("welcome", "everything anew: password and second factor"),
    "reset-password": ("password", "a new password; the second factor stays"),
    "reset-factors": ("factors", "a new second factor; the password stays and is asked"),
}


def add_parser(sub: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The sub-command counsellor."""
    what = sub.add_parser("counsellor", help="accounts: add, disable, reset; prints one-time links")
    ways = what.add_subparsers(required=True, metavar="WHAT")
    add = ways.add_parser("add", help="an account in all queues of an organisation; prints the link to begin with")
    add.add_argument("organisation", help="the organisation's id")
    add.add_argument("email")
    add.add_argument("name")
    add.set_defaults(run=_add)
    for name, (_, help) in _AGAIN.items():
        again = ways.add_parser(name, help=f"{help}; prints the link, ends every session")
        again.add_argument("email")
        again.set_defaults(run=_again, way=name)
    role = ways.add_parser("role", help="gives an account a role; ends every session")
    role.add_argument("email")
    role.add_argument("role", choices=ROLES)
    role.set_defaults(run=_give_role)
    out = ways.add_parser("disable", help="the account lets nobody in any more; ends every session at once")
    out.add_argument("email")
    out.set_defaults(run=_disable)


def _add(wanted: argparse.Namespace, settings: Settings) -> int:
    def work(db: Transaction, service: Service) -> str:
        if not db.execute(sa.select(organisation.c.id).where(organisation.c.id == wanted.organisation)).first():
            raise CannotRun("there is no such organisation")
        if _find(db, service, wanted.email):
            raise CannotRun("this e-mail address has an account already")
        queues = db.execute(sa.select(queue.c.id).where(queue.c.organisation_id == wanted.organisation)).scalars()
        id = make_counsellor(
            db,
            service.host.vault,
            wanted.organisation,
            email=wanted.email,
            name=wanted.name,
            password_hash="",
            queue_ids=list(queues),
        )
        return _link(settings, invite(db, id, "welcome", at=now()))

    return _run(settings, work)


def _again(wanted: argparse.Namespace, settings: Settings) -> int:
    def work(db: Transaction, service: Service) -> str:
        row = _there(db, service, wanted.email)
        if row.demo or row.disabled:
            raise CannotRun("this account is disabled, or one of the demo region")
        return _link(settings, invite(db, row.id, _AGAIN[wanted.way][0], at=now()))

    return _run(settings, work)


def _give_role(wanted: argparse.Namespace, settings: Settings) -> int:
    def work(db: Transaction, service: Service) -> str:
        row = _there(db, service, wanted.email)
        by = Counsellor("operator", row.organisation_id, "", "platform_admin")
        people.change_role(db, by, row.id, wanted.role, only_givable=False)
        return f"{wanted.role}; every session has ended"

    return _run(settings, work)


def _disable(wanted: argparse.Namespace, settings: Settings) -> int:
    def work(db: Transaction, service: Service) -> str:
        row = _there(db, service, wanted.email)
        disable_counsellor(db, row.id)
        audit.record(db, "account.disabled", row.id, actor="operator", organisation_id=row.organisation_id)
        if not row.disabled:
            note_change(db, row.id, row.role, None, by="operator", organisation_id=row.organisation_id)
        return "disabled; every session has ended"

    return _run(settings, work)


def _find(db: Transaction, service: Service, email: str) -> sa.Row[tuple[str, str, bool, bool, str]] | None:
    here = counsellor.c
    found = sa.select(here.id, here.organisation_id, here.demo, here.disabled, here.role)
    return db.execute(found.where(here.email_index == email_index(service.host.vault, email))).first()


def _there(db: Transaction, service: Service, email: str) -> sa.Row[tuple[str, str, bool, bool, str]]:
    row = _find(db, service, email)
    if row is None:
        raise CannotRun("there is no account with this e-mail address")
    return row


def _link(settings: Settings, code: str) -> str:
    address = f"{settings.public_url.rstrip('/')}/desk/welcome?{urlencode({'code': code})}"
    return f"{address}\nGive this link to the counsellor alone. It works once, for {LIFE_DAYS} days."


def _run(settings: Settings, work: Callable[[Transaction, Service], str]) -> int:
    async def run() -> str:
        service = Service.open(settings)
        try:
            return await service.database.write(lambda db: work(db, service))
        finally:
            await service.close()

    print(asyncio.run(run()))
    return 0
