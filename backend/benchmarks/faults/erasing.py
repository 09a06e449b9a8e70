"""Promise R12: a person is erased while everything else happens to them at the same moment; nothing is left."""

from __future__ import annotations

import asyncio
import random
import re
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial

import sqlalchemy as sa

from backend.benchmarks.faults.fleets import Fleet, serving
from backend.benchmarks.faults.grounds import Ground
from backend.benchmarks.faults.lines import Line, NoAnswer
from backend.benchmarks.faults.people import Asking, Seat, asks_for_help, make_seats, on_telegram, on_the_web
from backend.benchmarks.faults.telegram import TelegramServer, message, tap, telegram_server
from backend.conversations.models import conversation, outbox
from backend.conversations.service import Host
from backend.db import Database, Transaction, now, run_now
from backend.organisations.counsellors import Counsellor
from backend.organisations.models import organisation
from backend.register.walking import Held, rows_of, tables_about_person
from backend.support_requests.service import claim
from backend.vault import Vault

_STEP = 25
_LANES = 4
_FIRST_CHAT = 4000
_LONGEST_PAUSE = 0.01
_LONGEST_SETTLING = 60.0
_RECEIPT = re.compile(r"[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}")

Act = Callable[[Line], Awaitable[int]]


@dataclass
class _Cast:
    """Who is erased, and the two counsellors: the first has every other request, the second wants the rest."""

    seats: list[Seat]
    people: list[tuple[Asking, Held]] = field(default_factory=list)


async def erase_against_everything(ground: Ground, people: int, seed: int) -> dict[str, float]:
    """So many people, half on the web, half on Telegram: each erased in a race of its own."""
    chance, statuses = random.Random(seed), Counter[int]()
    with ground.fresh() as url:
        cast = await asyncio.to_thread(_arranged, ground, url, people)
        async with telegram_server() as telegram, serving(ground, url, telegram.url) as fleet:
            await _all_raced(fleet, cast, chance, statuses)
            with ground.opened(url) as (database, _):
                await _until_settled(database, telegram)
        with ground.opened(url) as (database, vault):
            left = run_now(database, lambda db: _left(db, vault, cast))
    receipts = [after_receipt(telegram.chats.get(one.address, [])) for one, _ in cast.people if one.address]
    return {
        "erasings": len(cast.people),
        "erasings_rows_left": left,
        "erasings_with_server_error": sum(count for status, count in statuses.items() if status >= 500 or not status),
        "erasings_unconfirmed": sum(after is None for after in receipts),
        "erasings_sent_after_confirmation": sum(after or 0 for after in receipts),
    }


def _arranged(ground: Ground, url: str, people: int) -> _Cast:
    with ground.inside(url) as service:
        cast = _Cast(run_now(service.database, lambda db: make_seats(db, service.host.vault, 2)))
        for start in range(0, people, _STEP):
            places = range(start, min(start + _STEP, people))
            run_now(service.database, partial(_arrange, host=service.host, cast=cast, places=places))
    return cast


def _arrange(db: Transaction, *, host: Host, cast: _Cast, places: range) -> None:
    gemeente = db.execute(sa.select(organisation.c.id).where(organisation.c.kind == "gemeente")).scalar_one()
    coach = Counsellor(cast.seats[0].id, gemeente, "Coach A", "counsellor")
    for place in places:
        chat = _FIRST_CHAT + place
        one = on_telegram(db, host, chat, first_update=chat * 1000) if place % 2 else on_the_web(db, host)
        asks_for_help(db, host, one)
        if place % 4 < 2:
            claim(db, host.vault, coach, one.request_id, at=now())
        if one.address:
            one.chooses(db, host, "forget")
        cast.people.append((one, Held.of(db, one.person_id)))


async def _all_raced(fleet: Fleet, cast: _Cast, chance: random.Random, statuses: Counter[int]) -> None:
    waiting = deque(one for one, _ in cast.people)

    async def lane(lines: list[Line]) -> None:
        while waiting:
            one = waiting.popleft()
            acts = _on_telegram(fleet, one) if one.address else _on_the_web(one)
            acts += _at_the_desk(one, cast.seats)
            chance.shuffle(acts)
            statuses.update(await asyncio.gather(*map(_at_random, acts, lines, [chance] * len(acts))))

    lines = fleet.lines(6 * _LANES)
    await asyncio.gather(*(lane(lines[place::_LANES]) for place in range(_LANES)))


def _on_the_web(one: Asking) -> list[Act]:
    path = f"/api/v1/conversations/{one.conversation_id}"
    words = {"text": "Ik heb nog een vraag."}
    return [
        lambda line: _status(line, "DELETE", path, None, one.headers),
        lambda line: _status(line, "POST", f"{path}/turns", words, one.headers),
        lambda line: _status(line, "GET", f"{path}/export", None, one.headers),
    ]


def _on_telegram(fleet: Fleet, one: Asking) -> list[Act]:
    """The erasing, and three times something that came before."""
    chat, number = int(one.address), one.updates
    again = [tap(number, chat, "forget"), tap(number - 1, chat, "menu"), message(number - 2, chat, "Utrecht")]
    updates = [tap(number + 1, chat, "forget:yes"), *again]
    return [partial(_brought, fleet, update) for update in updates]


def _at_the_desk(one: Asking, seats: list[Seat]) -> list[Act]:
    path = f"/api/v1/desk/requests/{one.request_id}"
    words = {"text": "Dag, ik lees je bericht."}
    return [
        lambda line: _status(line, "POST", f"{path}/reply", words, seats[0].headers),
        lambda line: _status(line, "POST", f"{path}/claim", None, seats[1].headers),
    ]


async def _at_random(act: Act, line: Line, chance: random.Random) -> int:
    await asyncio.sleep(chance.random() * _LONGEST_PAUSE)
    try:
        return await act(line)
    except NoAnswer:
        return 0


async def _brought(fleet: Fleet, update: dict[str, object], line: Line) -> int:
    return await fleet.bring(line, update)


async def _status(line: Line, method: str, path: str, body: dict[str, str] | None, headers: dict[str, str]) -> int:
    return (await line.ask(method, path, body, headers)).status


async def _until_settled(database: Database, telegram: TelegramServer) -> None:
    """Until nothing waits to be sent and nothing more comes."""
    waiting = sa.select(sa.func.count()).select_from(outbox).where(outbox.c.state.in_(("waiting", "sending")))
    before = -1
    for _ in range(int(_LONGEST_SETTLING)):
        arrived = sum(map(len, telegram.chats.values()))
        if arrived == before and not await database.read(lambda db: db.execute(waiting).scalar_one()):
            return
        before = arrived
        await asyncio.sleep(1)


def _left(db: Transaction, vault: Vault, cast: _Cast) -> int:
    """Rows about the erased in any table of the register, keys of theirs, and conversations that came back."""
    total = 0
    for one, held in cast.people:
        for table, entry in tables_about_person():
            if not entry.kept_after_erasing:
                counted = sa.select(sa.func.count()).select_from(table).where(rows_of(table, entry, held))
                total += db.execute(counted).scalar_one()
        total += vault.knows(db, held.person_id)
        if one.address:
            index = vault.index("telegram", one.address)
            back = sa.select(sa.func.count()).where(conversation.c.address_index == index)
            total += db.execute(back).scalar_one()
    return total


def after_receipt(texts: list[str]) -> int | None:
    """How many messages came after the one with the receipt; None when that never came."""
    at = next((place for place, text in enumerate(texts) if _RECEIPT.search(text)), None)
    return None if at is None else len(texts) - at - 1
