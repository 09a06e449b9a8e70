"""A stolen database is mute and a log tells nothing: known words of people are sent through everything and then searched."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from backend import demo
from backend.conversations.service import receive
from backend.db import Transaction, run_now
from backend.schema import metadata
from bot.channel import Envelope
from dialogs.messages import Incoming
from fake_telegram import TOKEN, FakeTelegram
from world import PASSWORD, World, open_world, settings_for

SECRET = "geheimvandewebhook" * 2
CANARY = "kanarievogel"
CHATS, MESSAGES = 250, 4
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


def test_a_stolen_database_is_mute(database_url: str, tmp_path: Path) -> None:
    """Of a thousand messages, chat numbers, needs and counsellors' names and addresses nothing is readable in tables or files."""
    canaries: list[str] = []
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
        canaries += [CANARY, need, name, person.token, session, PASSWORD]
        canaries += [one.email for one in demo.log_ins(world.service.host.vault)]
        assert person.get("export").text.count(need) >= 2
        needles = _needles(canaries)
        tables = b"\0".join(_values(world))
        assert [needle for needle in needles if needle in tables] == []
        files = [path for path in tmp_path.iterdir() if path.is_file() and path.suffix != ".key"]
        content = b"\0".join(path.read_bytes() for path in files)
        assert [needle for needle in needles if needle in content] == []
    if database_url.startswith("sqlite"):
        assert {"verder.db", "verder-keys.db"} <= {path.name for path in files}
        assert len(content) > 500_000


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
        world.http.delete(person.path, headers=person.headers)
    secret = [*words, str(chat), person.token, session, csrf, TOKEN, SECRET, PASSWORD, "coach.a@gemeente.example"]
    logged = [f"{record.name}: {record.getMessage()} {caplog.handler.format(record)}" for record in caplog.records]
    assert any("a defect" in line for line in logged)
    assert [line[:300] for line in logged if any(word in line for word in secret)] == []


def _broken(*said: object, **__: object) -> None:
    raise RuntimeError(f"defect on {said}")
