"""The command `verder`: one sub-command each, in the words of the contract (§1)."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import logging
import os
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import SettingsError
from sqlalchemy.exc import DatabaseError

from backend import (
    account_commands,
    admin_commands,
    backup_commands,
    commands,
    desk_commands,
    invitation_commands,
    knowledge_commands,
)
from backend.errors import Refused
from backend.settings import Settings, UnsafeSettings, unknown_settings
from backend.telemetry import log_as
from knowledge.numbers_file import Damaged
from locales import languages

_log = logging.getLogger(__name__)
_BENCHMARKS = ("turn", "rights", "understanding", "widget", "chaos", "desk", "load", "endurance", "upgrade")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one sub-command; the exit status."""
    parser = _parser()
    wanted = parser.parse_args(arguments)
    try:
        run: Callable[[argparse.Namespace, Settings], int] = wanted.run
        settings = Settings()
        log_as(settings.log)
        for name in unknown_settings(os.environ):
            _log.warning("%s is no setting of this release", name)
        return run(wanted, settings)
    except UnsafeSettings as unsafe:
        print(unsafe, file=sys.stderr)
    except ValidationError as invalid:
        print(f"these settings are not valid: {'; '.join(map(_problem, invalid.errors()))}", file=sys.stderr)
    except SettingsError as invalid:
        name = str(invalid).split('"')[1].upper()
        print(f"these settings are not valid: VERDER_{name}", file=sys.stderr)
    except DatabaseError as away:
        print(f"the database cannot be used: {str(away.orig).splitlines()[0]}", file=sys.stderr)
    except (commands.CannotRun, Damaged) as reason:
        print(reason, file=sys.stderr)
    except OSError as problem:
        print(f"{problem.filename or 'this port'}: {problem.strerror}", file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="verder", description="From school to work: rights, and a person who helps.")
    sub = parser.add_subparsers(required=True, metavar="COMMAND")

    serve = sub.add_parser("serve", help="the service: widget, API, desk, Telegram webhook, background work")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=_port, default=8000)
    serve.add_argument("--no-worker", action="store_true", help="leave the background work to `verder worker`")
    serve.set_defaults(run=commands.serve)

    worker = sub.add_parser("worker", help="the background work alone")
    worker.add_argument("--host", default="127.0.0.1", help="where --metrics-port is opened")
    worker.add_argument("--metrics-port", type=_port, default=None, help="tells Prometheus its figures")
    worker.set_defaults(run=commands.worker)

    telegram = sub.add_parser("telegram", help="Telegram: poll without a public address, or set the webhook")
    telegram.add_argument("what", choices=("poll", "set-webhook"))
    telegram.set_defaults(run=_telegram)

    chat = sub.add_parser("chat", help="the same conversation in this terminal")
    chat.add_argument("--language", choices=list(languages()), default=None)
    chat.set_defaults(run=lambda wanted, settings: asyncio.run(commands.chat(settings, wanted.language)))

    rights = sub.add_parser("rights", help="the rights answer for a JSON object of facts")
    rights.add_argument("facts", help="a file, or - for standard input")
    rights.add_argument("--as-of", type=date.fromisoformat, default=None, metavar="DATE")
    rights.add_argument("--language", choices=list(languages()), default="nl")
    rights.add_argument("--json", action="store_true", help="the shape of POST /api/v1/rights")
    rights.set_defaults(run=_rights)

    knowledge_commands.add_parsers(sub.add_parser("knowledge", help="the rules: check them, compare them, draw them"))

    demo = sub.add_parser("demo", help="fills an empty database with the demo region")
    demo.set_defaults(run=lambda _wanted, settings: asyncio.run(commands.demo(settings)))

    backup_commands.add_parsers(sub)
    _add_admin(sub.add_parser("admin", help="keys, organisations, queues, counsellors"))

    benchmark = sub.add_parser("benchmark", help="measures this service; prints one JSON object")
    benchmark.add_argument("name", choices=_BENCHMARKS)
    benchmark.add_argument("--small", action="store_true")
    benchmark.set_defaults(run=_benchmark)
    return parser


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return number


def _add_admin(admin: argparse.ArgumentParser) -> None:
    sub = admin.add_subparsers(required=True, metavar="WHAT")
    admin_commands.add_parsers(sub)
    account_commands.add_parser(sub)
    backup_commands.add_admin_parsers(sub)
    invitation_commands.add_parser(sub)
    keys = sub.add_parser("make-keys", help="makes the key file")
    keys.set_defaults(run=commands.make_keys)

    organisation = sub.add_parser("add-organisation", help="an organisation with its queues; prints its id")
    organisation.add_argument("kind", choices=("pro", "vso", "mbo", "doorstroompunt", "gemeente"))
    organisation.add_argument("name")
    organisation.add_argument("municipalities", nargs="+", help="CBS codes or names")
    organisation.add_argument("--school-key", default=None)
    organisation.set_defaults(run=lambda wanted, settings: asyncio.run(commands.add_organisation(wanted, settings)))

    counsellor = sub.add_parser("add-counsellor", help="a counsellor in all queues of an organisation; asks a password")
    counsellor.add_argument("organisation", help="the organisation's id")
    counsellor.add_argument("email")
    counsellor.add_argument("name")
    counsellor.set_defaults(run=lambda wanted, settings: asyncio.run(commands.add_counsellor(wanted, settings)))

    desk = sub.add_parser("desk", help="how an organisation works: opening hours, promises, load, days for a handover")
    desk_commands.add_desk_command(desk)
    desk.set_defaults(run=lambda wanted, settings: asyncio.run(desk_commands.set_desk(wanted, settings)))

    listing = sub.add_parser("list", help="organisations and how many counsellors and queues they have")
    listing.set_defaults(run=lambda _wanted, settings: asyncio.run(commands.list_organisations(settings)))


def _problem(error: ErrorDetails) -> str:
    """The setting, and what is wrong with it where we say so ourselves; never its value."""
    name = "VERDER_" + str(error["loc"][0]).upper()
    return f"{name} {error['msg'].removeprefix('Value error, ')}" if error["type"] == "value_error" else name


def _telegram(wanted: argparse.Namespace, settings: Settings) -> int:
    from backend.telegram_commands import poll_for_updates, set_webhook

    return asyncio.run((poll_for_updates if wanted.what == "poll" else set_webhook)(settings))


def _rights(wanted: argparse.Namespace, _settings: Settings) -> int:
    try:
        text = sys.stdin.read() if wanted.facts == "-" else Path(wanted.facts).read_text("utf-8")
        facts = json.loads(text)
    except (OSError, ValueError) as error:
        raise commands.CannotRun(f"the facts cannot be read: {type(error).__name__}") from None
    if not isinstance(facts, dict):
        raise commands.CannotRun("the facts must be one JSON object")
    try:
        return commands.rights(facts, wanted.as_of, wanted.language, as_json=wanted.json)
    except Refused as refused:
        raise commands.CannotRun(refused.message(wanted.language)) from None


def _benchmark(wanted: argparse.Namespace, _settings: Settings) -> int:
    measure: Callable[..., int] = importlib.import_module(f"backend.benchmarks.{wanted.name}").main
    return measure(small=wanted.small)


if __name__ == "__main__":
    sys.exit(main())
