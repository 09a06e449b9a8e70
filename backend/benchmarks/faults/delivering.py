"""Promise R5: with a Telegram that fails in every way, each message ends in a state that shows, and in order."""

from __future__ import annotations

import asyncio
import itertools
import random
import re
import time
from collections import Counter
from dataclasses import dataclass

import sqlalchemy as sa

from backend.benchmarks.faults.fleets import serving
from backend.benchmarks.faults.grounds import Ground
from backend.benchmarks.faults.people import on_telegram
from backend.benchmarks.faults.telegram import TelegramServer, telegram_server
from backend.conversations.messages import post
from backend.conversations.models import outbox
from backend.conversations.service import Host
from backend.db import Database, Transaction, run_now

_IN_A_CHAT = 10
_FIRST_CHAT = 3000
_LONGEST_SECONDS = 15 * 60
_LOOK_EVERY = 0.5
_MARK = re.compile(r"bericht nummer ([0-9]+) hier")
_OPEN = ("waiting", "sending")


@dataclass(frozen=True, slots=True)
class Posted:
    """One message on its way: the chat, which of its messages it is, and its row."""

    chat: str
    place: int
    conversation_id: str
    number: int


async def deliver_to_a_failing_telegram(ground: Ground, messages: int, seed: int) -> dict[str, float]:
    """So many messages, ten to a chat; how each ended, and what the other side saw."""
    with ground.fresh() as url:
        posted = await asyncio.to_thread(_arranged, ground, url, messages)
        async with telegram_server(random.Random(seed)) as telegram:
            telegram.expect(len(posted))
            began = time.perf_counter()
            async with serving(ground, url, telegram.url):
                with ground.opened(url) as (database, _):
                    await _until_all_ended(database)
                    seconds = time.perf_counter() - began
        with ground.opened(url) as (database, _):
            states = run_now(database, _states)
    return {"delivery_minutes": seconds / 60, **judged(posted, states, telegram)}


def _arranged(ground: Ground, url: str, messages: int) -> list[Posted]:
    with ground.inside(url) as service:
        return run_now(service.database, lambda db: _posted(db, service.host, messages))


def _posted(db: Transaction, host: Host, messages: int) -> list[Posted]:
    posted: list[Posted] = []
    people = [
        on_telegram(db, host, _FIRST_CHAT + place, first_update=(_FIRST_CHAT + place) * 1000)
        for place in range(max(1, messages // _IN_A_CHAT))
    ]
    db.execute(sa.delete(outbox))
    for place in range(min(_IN_A_CHAT, messages)):
        for one in people:
            text = f"Dit is bericht nummer {place} hier."
            number = post(db, host.vault, one.conversation_id, "bot", text, language="nl")
            posted.append(Posted(one.address, place, one.conversation_id, number))
    return posted


async def _until_all_ended(database: Database) -> None:
    open_rows = sa.select(sa.func.count()).select_from(outbox).where(outbox.c.state.in_(_OPEN))
    began = time.perf_counter()
    while time.perf_counter() - began < _LONGEST_SECONDS:
        if not await database.read(lambda db: db.execute(open_rows).scalar_one()):
            return
        await asyncio.sleep(_LOOK_EVERY)


def _states(db: Transaction) -> dict[tuple[str, int], str]:
    found = db.execute(sa.select(outbox.c.conversation_id, outbox.c.number, outbox.c.state)).all()
    return {(row.conversation_id, row.number): row.state for row in found}


def judged(posted: list[Posted], states: dict[tuple[str, int], str], telegram: TelegramServer) -> dict[str, float]:
    """How each message ended, next to what arrived in the chats."""
    seen = {
        chat: [int(found[1]) for text in texts if (found := _MARK.search(text))]
        for chat, texts in telegram.chats.items()
    }
    arrived = Counter((chat, place) for chat, places in seen.items() for place in places)
    ended = [(states.get((one.conversation_id, one.number), "gone"), arrived[one.chat, one.place]) for one in posted]
    counted = Counter(state for state, _ in ended)
    return {
        "messages": len(posted),
        "messages_sent": counted["sent"],
        "messages_failed": counted["failed"],
        "messages_uncertain": counted["uncertain"],
        "messages_without_an_end": len(posted) - sum(counted[state] for state in ("sent", "failed", "uncertain")),
        "messages_sent_but_not_arrived": sum(state == "sent" and not times for state, times in ended),
        "messages_doubled": sum(times > (2 if state == "uncertain" else 1) for state, times in ended),
        "messages_out_of_order": sum(
            later < earlier for places in seen.values() for earlier, later in itertools.pairwise(places)
        ),
        **{f"telegram_{what}": count for what, count in sorted(telegram.failed.items())},
    }
