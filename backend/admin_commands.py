"""What an operator does about keys, the audit trail, retention and the processing register: `verder admin …`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import TypeVar

import backend.schema  # noqa: F401 - every table is known
from backend.audit.heads import has_heads, heads_after, kept_elsewhere, public_key
from backend.audit.verifying import verify
from backend.commands import CannotRun
from backend.conversations.service import today_in_amsterdam
from backend.db import Database, Transaction, now
from backend.engines import make_engine, open_database
from backend.keys import KeysRefused, add_key, open_vault, read_key_ring, retire, rotate
from backend.migrations import upgrade
from backend.organisations.models import organisation
from backend.register.document import as_csv, as_markdown
from backend.register.reading import the_register
from backend.retention.holds import lift_holds, place_hold, set_days
from backend.retention.trail import LONGEST, SHORTEST, set_trail_days
from backend.settings import Settings, UnsafeSettings
from backend.support_requests.orphans import orphans
from backend.vault import Vault

T = TypeVar("T")
_OPERATOR = "operator"
_LONGEST_TERM = 3650


def add_parsers(sub: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The sub-commands keys, audit, hold, retention, check and register."""
    _add_keys(sub.add_parser("keys", help="the key file: a new key, wrapping anew, taking an old key out"))
    _add_audit(sub.add_parser("audit", help="the audit trail: verify it, print its signed heads"))

    hold = sub.add_parser("hold", help="keeps a request beyond its time, for a written reason")
    hold.add_argument("request", help="the request's id")
    why = hold.add_mutually_exclusive_group(required=True)
    why.add_argument("--reason")
    why.add_argument("--lift", action="store_true", help="the hold is over")
    hold.set_defaults(run=_hold)

    term = sub.add_parser("retention", help="how many days an organisation keeps a closed request, or the audit trail")
    term.add_argument("organisation", help="the organisation's id")
    term.add_argument("days", type=int)
    term.add_argument("--trail", action="store_true", help=f"events of the audit trail, {SHORTEST} to {LONGEST} days")
    term.set_defaults(run=_retention)

    check = sub.add_parser("check", help="open requests that nobody looks after; exit status 1 when there are any")
    check.set_defaults(run=_check)

    register = sub.add_parser("register", help="the processing register (art. 30 AVG), as Markdown")
    register.add_argument("--csv", action="store_true", help="one line for each column")
    register.set_defaults(run=_register)


def _add_keys(keys: argparse.ArgumentParser) -> None:
    sub = keys.add_subparsers(required=True, metavar="WHAT")
    add = sub.add_parser("add", help="a new key in the file, to copy to other machines before `rotate` uses it")
    add.set_defaults(run=_add_key)
    turn = sub.add_parser("rotate", help="a new key, and every person's key wrapped anew; finishes what was broken off")
    turn.set_defaults(run=_rotate)
    out = sub.add_parser("retire", help="takes an old key out for good, 35 days after its last use")
    out.add_argument("version", type=int)
    out.set_defaults(run=_retire)


def _add_audit(audit: argparse.ArgumentParser) -> None:
    sub = audit.add_subparsers(required=True, metavar="WHAT")
    check = sub.add_parser("verify", help="exit status 1 when the trail was changed, and in what")
    check.add_argument("--heads", type=Path, default=None, metavar="FOLDER", help="signed heads kept elsewhere")
    check.set_defaults(run=_verify)
    heads = sub.add_parser("heads", help="prints the signed heads, one JSON object a line")
    heads.set_defaults(run=_heads)
    key = sub.add_parser("key", help="prints the public key of the heads (Ed25519, hexadecimal)")
    key.set_defaults(run=lambda _wanted, settings: _print([public_key(read_key_ring(settings.key_file).audit_key)]))


def _add_key(_wanted: argparse.Namespace, settings: Settings) -> int:
    return _print([f"version {_checked(lambda: add_key(settings.key_file))} is in {settings.key_file}, not yet in use"])


def _rotate(_wanted: argparse.Namespace, settings: Settings) -> int:
    def work(database: Database, _vault: Vault) -> Awaitable[tuple[int, int]]:
        return rotate(database, settings.key_file, today_in_amsterdam())

    version, count = _checked(lambda: _with_database(settings, work))
    return _print([f"version {version} is in use; {count} keys were wrapped anew. Copy {settings.key_file} anew, too"])


def _retire(wanted: argparse.Namespace, settings: Settings) -> int:
    def work(database: Database, _vault: Vault) -> Awaitable[None]:
        return retire(database, settings.key_file, wanted.version, today_in_amsterdam())

    _checked(lambda: _with_database(settings, work))
    return _print([f"version {wanted.version} is gone from {settings.key_file}; destroy it in the kept copies, too"])


def _verify(wanted: argparse.Namespace, settings: Settings) -> int:
    folder = wanted.heads or settings.audit_heads

    async def work(database: Database, vault: Vault) -> tuple[int, list[str]]:
        heads = list(kept_elsewhere(folder)) if folder else []
        return await database.read(lambda db: verify(db, vault.audit_key, at=now(), elsewhere=heads))

    try:
        count, wrong = _with_database(settings, work)
    except ValueError as damaged:
        raise CannotRun(str(damaged)) from None
    if folder and count and not has_heads(folder):
        wrong = [*wrong, f"{folder} holds no heads to compare with: is it mounted?"]
    _print([*wrong, f"{count} events: {'NOT as they were written' if wrong else 'whole'}"])
    return 1 if wrong else 0


def _heads(_wanted: argparse.Namespace, settings: Settings) -> int:
    heads = _with_database(settings, lambda database, _vault: database.read(lambda db: heads_after(db, 0)))
    return _print(head.line for head in heads)


def _hold(wanted: argparse.Namespace, settings: Settings) -> int:
    def place(db: Transaction, vault: Vault) -> None:
        place_hold(db, vault, wanted.request, wanted.reason, by=_OPERATOR, at=now())

    def lift(db: Transaction, _vault: Vault) -> None:
        if not lift_holds(db, wanted.request, by=_OPERATOR, at=now()):
            raise LookupError("this request was not held")

    work = lift if wanted.lift else place
    try:
        _with_database(settings, lambda database, vault: database.write(lambda db: work(db, vault)))
    except LookupError as unknown:
        raise CannotRun(str(unknown)) from None
    return 0


def _retention(wanted: argparse.Namespace, settings: Settings) -> int:
    shortest, longest = (SHORTEST, LONGEST) if wanted.trail else (1, _LONGEST_TERM)
    if not shortest <= wanted.days <= longest:
        raise CannotRun(f"{shortest} to {longest} days")
    set_term = set_trail_days if wanted.trail else set_days

    def work(db: Transaction) -> None:
        if not db.execute(organisation.select().where(organisation.c.id == wanted.organisation)).first():
            raise CannotRun(f"there is no organisation {wanted.organisation}")
        set_term(db, wanted.organisation, wanted.days, by=_OPERATOR, at=now())

    _with_database(settings, lambda database, _vault: database.write(work))
    return 0


def _check(_wanted: argparse.Namespace, settings: Settings) -> int:
    found = _with_database(settings, lambda database, _vault: database.read(orphans))
    _print([*(f"{one.id} {one.why}" for one in found), f"{len(found)} open requests are looked after by nobody"])
    return 1 if found else 0


def _register(wanted: argparse.Namespace, settings: Settings) -> int:
    sys.stdout.write((as_csv if wanted.csv else as_markdown)(the_register(), hours=settings.information_hours))
    return 0


def _with_database(settings: Settings, work: Callable[[Database, Vault], Awaitable[T]]) -> T:
    """What `work` gives on this service's database, brought up to date first."""
    vault = open_vault(settings)
    engine = make_engine(settings.database_url)
    upgrade(engine)
    with engine.connect() as connection:
        fits = vault.fits(Transaction(connection))
    engine.dispose()
    if not fits:
        raise UnsafeSettings("VERDER_KEY_FILE is not the key file of this database")
    database = open_database(settings.database_url)

    async def run() -> T:
        return await work(database, vault)

    try:
        return asyncio.run(run())
    finally:
        database.close()


def _checked(work: Callable[[], T]) -> T:
    try:
        return work()
    except (KeysRefused, FileNotFoundError) as refused:
        raise CannotRun(str(refused)) from None


def _print(lines: Iterable[str]) -> int:
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return 0
