"""`verder backup`, `verder restore`, and what an operator does to trust them: a drill, and moving to another database."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from backend.audit.gone import read_gone
from backend.audit.heads import has_heads
from backend.backups.archive import BadArchive
from backend.backups.service import back_up, drill, move, restore
from backend.backups.target import CannotRestore
from backend.commands import CannotRun
from backend.keys import open_vault
from backend.lock import one_process
from backend.settings import Settings

T = TypeVar("T")
_GONE = "the folder that lists what was taken back since (VERDER_AUDIT_HEADS when not given)"


def add_parsers(sub: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The commands backup and restore."""
    save = sub.add_parser("backup", help="writes everything that must survive to a new file, while the service goes on")
    save.add_argument("file", type=Path)
    save.add_argument("--recipient", action="append", default=[], metavar="AGE1…", help="encrypts it for this age key")
    save.set_defaults(run=_back_up)
    load = sub.add_parser("restore", help="puts a backup into an empty database; what was taken back since stays so")
    _add_reading(load)
    load.set_defaults(run=_restore)


def add_admin_parsers(sub: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The sub-commands drill and move-database."""
    trial = sub.add_parser("drill", help="restores a backup into a database of its own, tries it, and throws it away")
    _add_reading(trial)
    trial.set_defaults(run=_drill)
    moving = sub.add_parser("move-database", help="copies everything to another, empty database and compares the two")
    moving.add_argument("target", help="its URL, such as postgresql://…")
    moving.set_defaults(run=_move)


def _add_reading(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path)
    parser.add_argument(
        "--identity", type=Path, default=None, metavar="FILE", help="the age secret key it was made for"
    )
    since = parser.add_mutually_exclusive_group()
    since.add_argument("--gone", type=Path, default=None, metavar="FOLDER", help=_GONE)
    since.add_argument("--nothing-gone", action="store_true", help="nobody was erased since; there is no such folder")


def _back_up(wanted: argparse.Namespace, settings: Settings) -> int:
    recipients = wanted.recipient or ([settings.backup_recipient] if settings.backup_recipient else [])
    count = _checked(lambda: back_up(settings.database_url, wanted.file, recipients))
    print(f"{count} rows are in {wanted.file}. The key file is not in it: keep that apart")
    if not recipients:
        print("it is not encrypted: words are sealed, but who has a request where, and when, is not", file=sys.stderr)
    return 0


def _restore(wanted: argparse.Namespace, settings: Settings) -> int:
    gone = _gone(wanted, settings)
    with one_process(settings):
        done = _checked(
            lambda: restore(settings.database_url, wanted.file, open_vault(settings), gone, wanted.identity)
        )
    print(
        f"{done.rows} rows are back; {done.erased} persons stay erased and {done.withdrawn} consents stay withdrawn; "
        f"{done.uncertain} messages were on their way and are marked uncertain"
    )
    return 0


def _drill(wanted: argparse.Namespace, settings: Settings) -> int:
    gone = _gone(wanted, settings)
    with tempfile.TemporaryDirectory() as folder:
        done = _checked(lambda: drill(Path(folder), wanted.file, open_vault(settings), gone, wanted.identity))
    print(f"{done.rows} rows restored and {done.persons} persons' keys opened in {done.seconds:.1f} seconds")
    for line in done.wrong:
        print(line, file=sys.stderr)
    return 1 if done.wrong else 0


def _move(wanted: argparse.Namespace, settings: Settings) -> int:
    with one_process(settings):
        count = _checked(lambda: move(settings.database_url, wanted.target))
    print(f"{count} rows are in the other database, and both hold the same. Set VERDER_DATABASE_URL to it")
    return 0


def _gone(wanted: argparse.Namespace, settings: Settings) -> set[str]:
    folder = wanted.gone or settings.audit_heads
    if wanted.nothing_gone:
        return set()
    if folder is None or not folder.is_dir():
        raise CannotRun(
            "say where it is listed what was taken back since the backup (--gone FOLDER), or --nothing-gone if nothing was"
        )
    if not has_heads(folder):
        raise CannotRun(f"{folder} holds no heads of an audit trail: is it mounted? Otherwise say --nothing-gone")
    return read_gone(folder)


def _checked(work: Callable[[], T]) -> T:
    """What went wrong in one line, for the person at the keyboard."""
    try:
        return work()
    except FileExistsError as error:
        raise CannotRun(f"{error.args[0]} is there already; a backup is never overwritten") from None
    except (BadArchive, CannotRestore) as error:
        raise CannotRun(str(error)) from None
    except OSError as error:
        raise CannotRun(f"{error.filename or 'the file'}: {error.strerror}") from None
