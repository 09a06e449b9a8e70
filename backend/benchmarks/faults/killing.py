"""Promise R1: services are killed at random moments while people write; each acknowledged turn is there exactly once."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial

import sqlalchemy as sa

from backend.benchmarks.faults.fleets import Fleet, serving
from backend.benchmarks.faults.grounds import Ground
from backend.benchmarks.faults.lines import Line, NoAnswer
from backend.benchmarks.faults.people import marker, said
from backend.benchmarks.faults.telegram import message, tap, telegram_server
from backend.conversations.models import conversation
from backend.conversations.models import message as messages
from backend.db import Transaction, run_now

_PEOPLE = 6
"""So many who write in the widget, and as many on Telegram."""
_TURNS_EACH = 40
_GIVES_UP = 0.1
_PAUSE = 0.05
_LONGEST_MOMENT = 0.1
_MOST_REFUSALS = 10_000


@dataclass
class _Kept:
    """What the people themselves know: the words that were acknowledged, and those they never heard about."""

    acknowledged: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    refused: int = 0
    replayed: int = 0
    ends: bool = False


class _Person:
    """Writes marked words, one conversation after the other; what got no answer is mostly said again, the same way."""

    def __init__(self, line: Line, kept: _Kept, chance: random.Random) -> None:
        self._line, self._kept, self._chance = line, kept, chance

    async def writes(self, fleet: Fleet, *, first_chat: int | None) -> None:
        """Goes on until it ends; with `first_chat` on Telegram, in chats counted from there."""
        chat = first_chat
        while not self._kept.ends:
            if chat is None:
                await self._on_the_web()
            else:
                await self._on_telegram(fleet, chat)
                chat += 1
        self._line.close()

    async def _on_the_web(self) -> None:
        begun: dict[str, str] = {}

        async def begin() -> int:
            answer = await self._line.ask("POST", "/api/v1/conversations", {"language": "nl"})
            begun.update(answer.json() if answer.status == 201 else {})
            return answer.status

        await self._until_answered(begin)
        for _ in range(_TURNS_EACH):
            if self._kept.ends or not begun:
                return
            words, key = marker(self._chance), secrets.token_hex(8)
            headers = {"authorization": f"Bearer {begun['token']}", "idempotency-key": key}
            turn = partial(self._turn, begun["id"], words, headers)
            self._note(words, await self._until_answered(turn, may_give_up=True))

    async def _turn(self, id: str, words: str, headers: dict[str, str]) -> int:
        return (await self._line.ask("POST", f"/api/v1/conversations/{id}/turns", {"text": words}, headers)).status

    async def _on_telegram(self, fleet: Fleet, chat: int) -> None:
        first = chat * 1000
        for update in (message(first, chat, "/start"), tap(first + 1, chat, "lang:nl")):
            await self._until_answered(partial(fleet.bring, self._line, update))
        for number in range(_TURNS_EACH):
            if self._kept.ends:
                return
            words = marker(self._chance)
            update = message(first + 2 + number, chat, words)
            answered = await self._until_answered(partial(fleet.bring, self._line, update), may_give_up=True)
            self._note(words, answered)

    async def _until_answered(self, act: Callable[[], Awaitable[int]], *, may_give_up: bool = False) -> bool:
        """Asks again until there is a good answer; False when it was given up, so that nobody knows."""
        gives_up = may_give_up and self._chance.random() < _GIVES_UP
        while True:
            try:
                status = await act()
            except NoAnswer:
                if gives_up:
                    return False
                self._kept.replayed += 1
            else:
                if status < 300:
                    return True
                self._kept.refused += 1
                if status != 503 or self._kept.ends:
                    return False
            await asyncio.sleep(_PAUSE)

    def _note(self, words: str, answered: bool) -> None:
        (self._kept.acknowledged if answered else self._kept.unanswered).append(words)


async def kill_while_people_write(ground: Ground, turns: int, kills: int, seed: int) -> dict[str, float]:
    """At least so many turns, and so many kills, each after a random turn and a random moment more."""
    chance, kept = random.Random(seed), _Kept()
    with ground.fresh() as url:
        async with telegram_server() as telegram, serving(ground, url, telegram.url) as fleet:
            people = [_Person(line, kept, random.Random(chance.random())) for line in fleet.lines(2 * _PEOPLE)]
            writing = [
                asyncio.create_task(one.writes(fleet, first_chat=None if place % 2 else 1000 * (place + 1)))
                for place, one in enumerate(people)
            ]
            try:
                for after in sorted(chance.randrange(turns) for _ in range(kills)):
                    await _has_come(kept, after)
                    await asyncio.sleep(chance.random() * _LONGEST_MOMENT)
                    await fleet.kill(chance.randrange(ground.processes))
                await _has_come(kept, turns)
            finally:
                kept.ends = True
            await asyncio.gather(*writing)
        with ground.opened(url) as (database, vault):
            found = Counter(run_now(database, lambda db: said(db, vault)))
            holes = run_now(database, _holes)
    return {
        "turns_acknowledged": len(kept.acknowledged),
        "turns_unanswered": len(kept.unanswered),
        "turns_replayed": kept.replayed,
        "turns_refused": kept.refused,
        "kills": kills,
        "turns_lost": sum(found[words] == 0 for words in kept.acknowledged),
        "turns_doubled": sum(found[words] > 1 for words in kept.acknowledged + kept.unanswered),
        "conversations_with_holes": holes,
    }


async def _has_come(kept: _Kept, turns: int) -> None:
    while len(kept.acknowledged) < turns:
        if kept.refused > _MOST_REFUSALS:
            raise RuntimeError("the service refuses what people write")
        await asyncio.sleep(0.005)


def _holes(db: Transaction) -> int:
    """Conversations whose messages are not numbered from 1 to the last, each once: half a turn was stored."""
    counted = sa.select(sa.func.count()).where(messages.c.conversation_id == conversation.c.id).scalar_subquery()
    odd = sa.select(sa.func.count()).select_from(conversation).where(counted != conversation.c.last_number)
    return int(db.execute(odd).scalar_one())
