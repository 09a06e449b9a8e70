"""Whoever forges a call of Telegram's changes nothing: not a row, not the memory, not the pace of the service."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import resource
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from backend.app import Service, create_app
from backend.db import Transaction, run_now
from backend.schema import metadata
from fake_telegram import TOKEN
from phone import HEADER, SECRET
from sizes import size
from sweep_asking import Answer, ask
from world import open_service, settings_for

PATH = "/telegram/webhook"
JSON = "application/json"
MOST = 256 * 1024
CALLS = size(150, 10_000)
SEED = 20261122
REFUSED = {400, 403, 405, 413, 415}
SMALL = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the webhook; `body` may be longer than anything would read."""

    what: str
    method: str
    headers: Mapping[str, str]
    body: tuple[bytes, ...]


@pytest.fixture
def service(database_url: str, tmp_path: Path) -> Iterator[Service]:
    """A service with a bot, on each of the two databases; its Telegram is not there."""
    more = {"telegram_token": TOKEN, "telegram_api_url": "http://127.0.0.1:9", "telegram_webhook_secret": SECRET}
    opened = open_service(settings_for(database_url, tmp_path, **more))
    yield opened
    opened.database.close()


def content(service: Service) -> dict[str, str]:
    """How many rows each table has, and a hash of them."""

    def read(db: Transaction) -> dict[str, str]:
        return {table.name: _rows(db, table) for table in metadata.sorted_tables}

    return run_now(service.database, read)


def _rows(db: Transaction, table: sa.Table) -> str:
    rows = sorted(repr(tuple(row)) for row in db.execute(sa.select(table)))
    return f"{len(rows)} {hashlib.sha256(chr(10).join(rows).encode()).hexdigest()}"


def said(number: int, text: str = "/start", **more: object) -> dict[str, object]:
    """An update in which somebody says something."""
    chat = {"id": 700_000 + number, "type": "private"}
    sender = {"id": chat["id"], "is_bot": False, "first_name": "X", "language_code": "nl"}
    message = {"message_id": number, "date": 1_790_000_000, "chat": chat, "from": sender, "text": text, **more}
    return {"update_id": 5_000 + number, "message": message}


def forged(chance: random.Random, number: int) -> Call:
    """A bad call of any kind: the wrong secret with whatever body, or the right one with a body that is no update."""
    good = json.dumps(said(number)).encode()
    kinds = {
        "no secret": ({}, good),
        "wrong secret": ({HEADER: _wrong(chance)}, good),
        "secret in a cookie": ({"Cookie": f"{HEADER}={SECRET}", "Authorization": f"Bearer {SECRET}"}, good),
        "wrong secret, nonsense": ({HEADER: _wrong(chance)}, chance.randbytes(chance.randrange(5_000))),
        "wrong secret, deep": ({HEADER: _wrong(chance)}, b"[" * 200_000),
        "wrong type": ({HEADER: SECRET, "Content-Type": chance.choice(_TYPES)}, good),
        "too large": ({HEADER: SECRET}, json.dumps(said(number, "a" * (MOST + chance.randrange(9_999)))).encode()),
        "too deep": (
            {HEADER: SECRET},
            chance.choice((b"[", b'{"a":', b'{"message":')) * chance.randrange(2_000, 30_000),
        ),
        "bad UTF-8": ({HEADER: SECRET}, good[:-2] + chance.choice((b"\xff\xfe", b"\xc0\x80", b"\xed\xa0\x80"))),
        "cut off": ({HEADER: SECRET}, good[: chance.randrange(1, len(good) - 1)]),
        "no object": ({HEADER: SECRET}, chance.choice((b"[]", b"null", b'"x"', b"7", b"NaN", b"", b"1e999"))),
        "huge number": ({HEADER: SECRET}, b'{"update_id": ' + b"9" * chance.randrange(5_000, 50_000) + b"}"),
        "unknown fields": ({HEADER: SECRET}, json.dumps({"update_id": number, **_unknown(chance)}).encode()),
        "wrong method": ({HEADER: SECRET}, good),
    }
    what = chance.choice(sorted(kinds))
    headers, body = kinds[what]
    method = (
        chance.choice(("GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE")) if "method" in what else "POST"
    )
    return Call(what, method, {"Content-Type": JSON, **headers}, tuple(_pieces(chance, body)))


_TYPES = (
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "",
    "application/xml",
    "a/b",
)


def _wrong(chance: random.Random) -> str:
    return chance.choice(
        (
            SECRET[:-1],
            SECRET + "s",
            SECRET.upper(),
            "",
            " ",
            "\xff" * 40,
            "s" * 39 + "é",
            "x" * 8_000,
            secrets.token_hex(20),
        )
    )


def _unknown(chance: random.Random) -> dict[str, object]:
    names = ("admin", "__proto__", "edited_message", "channel_post", "poll", "role", "business_message", "x" * 500)
    return {
        name: chance.choice((True, None, {}, {"chat": {"id": 1}}, [[]], "x" * 900)) for name in chance.sample(names, 3)
    }


def _pieces(chance: random.Random, body: bytes) -> Iterator[bytes]:
    step = chance.choice((len(body) or 1, 65_536, 4_096))
    yield from (body[place : place + step] for place in range(0, len(body), step))


async def _call(app: FastAPI, call: Call) -> Answer:
    return await ask(app, call.method, PATH, headers=call.headers, body=call.body)


def test_forged_calls_change_nothing(service: Service) -> None:
    """Bad calls of every kind: no row differs, none is a 5xx, and each is answered soon; a true call still counts."""
    app, chance = create_app(service, worker=False), random.Random(SEED)
    calls = [forged(chance, number) for number in range(CALLS)]

    async def run() -> tuple[Answer, dict[str, str], list[Answer], dict[str, str], Answer]:
        first = await _call(app, _true(900_000))
        before = content(service)
        answers = [await _call(app, call) for call in calls]
        return first, before, answers, content(service), await _call(app, _true(900_001))

    first, before, answers, after, last = asyncio.run(run())
    assert (first.status, last.status) == (200, 200)
    assert before == after
    assert content(service) != after
    bad = {(call.what, one.status) for call, one in zip(calls, answers, strict=True) if one.status not in REFUSED}
    assert bad <= {("unknown fields", 200)}
    assert {call.what for call in calls} >= {"no secret", "wrong type", "too large", "too deep", "bad UTF-8"}
    taken = sorted(one.seconds for one in answers)
    assert taken[len(taken) * 95 // 100] < 0.25


def _true(number: int) -> Call:
    return Call("true", "POST", {"Content-Type": JSON, HEADER: SECRET}, (json.dumps(said(number)).encode(),))


def test_an_endless_body_is_not_read(service: Service) -> None:
    """Of a body without an end nothing is read from a stranger and little more than the limit from Telegram."""
    app = create_app(service, worker=False)

    def endless() -> Iterator[bytes]:
        while True:
            yield b"a" * 16_384

    async def run() -> tuple[Answer, Answer, int]:
        stranger = await ask(app, "POST", PATH, headers={"Content-Type": JSON}, body=endless())
        before = _peak()
        telegram = [
            await ask(app, "POST", PATH, headers={HEADER: SECRET, "Content-Type": JSON}, body=endless())
            for _ in range(40)
        ]
        return stranger, telegram[-1], _peak() - before

    stranger, telegram, grown = asyncio.run(run())
    assert (stranger.status, stranger.read) == (403, 0)
    assert (telegram.status, telegram.read <= MOST + 16_384) == (413, True)
    assert grown < SMALL


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def test_depth_never_makes_it_fall(service: Service) -> None:
    """A true secret with ever deeper content is taken or refused, and never a 5xx."""
    app = create_app(service, worker=False)

    async def run() -> set[int]:
        headers, found = {"Content-Type": JSON, HEADER: SECRET}, set()
        for depth in (10, 200, 900, 960, 990, 1_000, 5_000):
            deep, whole = b'{"a":' * depth + b"1" + b"}" * depth, json.dumps(said(depth)).encode()
            bodies = (whole[:-2] + b', "x": ' + deep + b"}}", b'{"update_id": 7, "message": ' + deep + b"}")
            found |= {(await ask(app, "POST", PATH, headers=headers, body=(body,))).status for body in bodies}
        return found

    assert asyncio.run(run()) == {200, 400}
