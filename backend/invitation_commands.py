"""`verder admin invite`: codes for a class without the desk, printed with their links, or as cards."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterable
from pathlib import Path

import sqlalchemy as sa

from backend.app import Service
from backend.commands import CannotRun
from backend.db import Transaction, now
from backend.enclosures import print_cards
from backend.errors import Refused
from backend.invitations import service
from backend.invitations.cards import cards_of, telegram_link, web_link
from backend.invitations.service import Invitation
from backend.organisations.models import organisation
from backend.settings import Settings
from dialogs.codes import grouped


def add_parser(sub: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The sub-command `invite`."""
    invite = sub.add_parser("invite", help="codes for a class of a school, with their links")
    invite.add_argument("organisation", help="the school's id (see `verder admin list`)")
    how_many = invite.add_mutually_exclusive_group(required=True)
    how_many.add_argument("--codes", type=int, metavar="N", help="a code for each of N people")
    how_many.add_argument("--shared", type=int, metavar="N", help="one code for N people")
    how_many.add_argument("--revoke", metavar="ID", help="the codes of this invitation do nothing any more")
    invite.add_argument("--profile", choices=("arbeidsmarktgericht", "dagbesteding", "vervolgonderwijs"))
    invite.add_argument("--level", type=int, choices=(1, 2, 3, 4), help="of mbo")
    invite.add_argument("--leerweg", choices=("bol", "bbl"))
    invite.add_argument("--leaves", metavar="DATE", help="last day at school: 2026-07-17, or 2026-07")
    invite.add_argument("--days", type=int, default=365, help="how long the codes work (default: 365)")
    invite.add_argument("--cards", type=Path, metavar="FILE.pdf", help="cards to cut out, as PDF")
    invite.set_defaults(run=lambda wanted, settings: asyncio.run(_invite(wanted, settings)))


async def _invite(wanted: argparse.Namespace, settings: Settings) -> int:
    opened = Service.open(settings)
    try:
        if wanted.revoke:
            await opened.database.write(lambda db: _revoke(db, wanted))
            return 0
        made = await opened.database.write(lambda db: _make(db, wanted))
    except Refused as refused:
        raise CannotRun(refused.message(None)) from None
    finally:
        await opened.close()
    if wanted.cards:
        wanted.cards.write_bytes(print_cards(cards_of(made, web=settings.public_url, bot=settings.telegram_name)))
    print("\n".join(_lines(made, settings)))
    return 0


def _make(db: Transaction, wanted: argparse.Namespace) -> Invitation:
    given = {
        "vso_profile": wanted.profile,
        "mbo_level": wanted.level,
        "mbo_leerweg": wanted.leerweg,
        "left_school_date": wanted.leaves,
    }
    id = service.make(
        db,
        wanted.organisation,
        facts={name: value for name, value in given.items() if value},
        people=wanted.codes or wanted.shared,
        shared=bool(wanted.shared),
        days=wanted.days,
        actor="operator",
        at=now(),
    )
    return service.one_invitation(db, wanted.organisation, id)


def _revoke(db: Transaction, wanted: argparse.Namespace) -> None:
    if not db.execute(sa.select(organisation.c.id).where(organisation.c.id == wanted.organisation)).first():
        raise CannotRun("there is no such organisation")
    service.revoke(db, wanted.organisation, wanted.revoke, actor="operator", at=now())


def _lines(made: Invitation, settings: Settings) -> Iterable[str]:
    yield f"invitation {made.id}"
    for code in made.codes:
        links = [web_link(settings.public_url, code)]
        if settings.telegram_name:
            links.append(telegram_link(settings.telegram_name, code))
        yield "  ".join((grouped(code), *links))
