"""Telegram's updates at a steady pace, whatever the service makes of it: how soon each is stored, and answered."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

from backend.benchmarks.faults.lines import Line, NoAnswer
from backend.benchmarks.faults.telegram import TelegramServer, message, tap
from backend.benchmarks.services import SECRET

_PATH = "/telegram/webhook"
_HEADERS = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
_WORDS = ("/start", "/menu", "Ik zoek werk.", "Ik zoek een stage.", "Utrecht", "ja", "weet ik niet")
_TAPS = ("menu", "person", "goal:rights", "goal:documents")
_LINES = 32
_LONGEST_WAIT = 20.0


@dataclass(slots=True)
class Brought:
    """Seconds from when each update was due until it was stored (200), and until Telegram had the answer."""

    stored: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)
    refused: int = 0
    unanswered: int = 0


class Crowd:
    """People in Telegram who write on, one thing at a time each. A late answer delays nobody else's update: each counts
    from the moment when it was due."""

    def __init__(self, ports: Sequence[int], telegram: TelegramServer, people: int, seed: int) -> None:
        self.brought = Brought()
        self._chance = random.Random(seed)
        self._numbers = count(1)
        self._lines: asyncio.Queue[Line] = asyncio.Queue()
        for place in range(_LINES):
            self._lines.put_nowait(Line(ports[place % len(ports)]))
        self._free = asyncio.Queue[int]()
        for chat in range(1, people + 1):
            self._free.put_nowait(chat)
        self._said: dict[int, str] = {}
        self._answers: dict[str, asyncio.Event] = {}
        telegram.heard = self._hear

    async def write(self, *, rate: float, seconds: float) -> None:
        """Brings so many updates a second for so long, and waits for what is still under way."""
        began, under_way = time.perf_counter(), set[asyncio.Task[None]]()
        for number in range(int(rate * seconds)):
            due = began + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            task = asyncio.ensure_future(self._one(due))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
        while under_way:
            await asyncio.wait(under_way)

    def _hear(self, chat: str) -> None:
        if chat in self._answers:
            self._answers[chat].set()

    async def _one(self, due: float) -> None:
        chat, line = await self._free.get(), await self._lines.get()
        answer = self._answers[str(chat)] = asyncio.Event()
        status = await self._bring(line, self._update(chat))
        self._lines.put_nowait(line)
        if status == 200:
            self.brought.stored.append(time.perf_counter() - due)
            await self._wait_for(answer, due)
        else:
            self.brought.refused += 1
        self._free.put_nowait(chat)

    async def _bring(self, line: Line, update: dict[str, object]) -> int:
        """The status of the answer; 0 without one. As Telegram does it, once more where the line broke."""
        for _ in range(2):
            try:
                return (await line.ask("POST", _PATH, update, _HEADERS)).status
            except NoAnswer:
                continue
        return 0

    async def _wait_for(self, answer: asyncio.Event, due: float) -> None:
        try:
            await asyncio.wait_for(answer.wait(), _LONGEST_WAIT)
        except TimeoutError:
            self.brought.unanswered += 1
        else:
            self.brought.answered.append(time.perf_counter() - due)

    def _update(self, chat: int) -> dict[str, object]:
        number = next(self._numbers)
        # The same button twice in a row is one tap, and rightly goes without a second answer.
        said = self._chance.choice([one for one in (*_WORDS, *_TAPS) if one != self._said.get(chat)])
        self._said[chat] = said
        return tap(number, chat, said) if said in _TAPS else message(number, chat, said)


def percentile(seconds: Sequence[float], share: float) -> float:
    """In milliseconds; without measurements infinite."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000 if ordered else float("inf")
