"""Taps and messages race, come again, come late and come twice at once: nobody is left without an answer, and no step of a
conversation is skipped (R4). Random histories through the webhook's own door."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from backend import demo
from backend.conversations.messages import read_messages
from backend.conversations.models import conversation, inbox, message, parked
from backend.conversations.service import open_conversation
from backend.db import Transaction, run_now
from bot.channel import Envelope
from bot.telegram.webhook import PATH, webhook_router
from dialogs.questions import QUESTIONS
from phone import HEADER, SECRET
from sizes import size
from world import database_of, open_service, settings_for

RUNS, STEPS = size(14, 2_000), size(20, 50)
Json = dict[str, Any]
_numbers = itertools.count(5_000_000)
_chats = itertools.count(2_000_000)
WORDS = (
    "hoi", "ja", "nee", "weet ik niet", "Ik zoek werk in een winkel.", demo.PLACE, "Bonaire", "17 juli 2026", "pro", "18",
    "ik wil hulp", "wie helpt mij", "hoe lang heb ik recht", "stop", "menu", "wis alles", "ik wil dood", "نعم",
    "👍", "x" * 4_200, "\u200b", "2", "/menu", "/help", "/taal", "/mens", "/stop", "/bewaar", "/wis", "/start", "/start pro-1",
)  # fmt: skip
TAPS = (
    "menu", "help", "person", "stop", "forget", "forget:yes", "forget:no", "goal:rights", "goal:who_helps", "old", "back",
    "remind", "topics", "lang:nl", "lang:en", "lang:ar", "consent:yes:0", "a:school_type:pro", "safe", "goon", "answers",
)  # fmt: skip


@dataclass
class Door:
    """The webhook of a service, a loop to knock on it with, and the taps it acknowledged."""

    service: Any
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    acknowledged: Counter[str] = field(default_factory=Counter)
    refused: list[Exception] = field(default_factory=list)

    def __post_init__(self) -> None:
        app, park = FastAPI(), partial(self.service.push.park, "telegram")
        app.include_router(webhook_router(self._receive, SECRET, park, acknowledge=self._acknowledge))
        self._http = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://verder.test")

    async def _receive(self, envelope: Envelope) -> None:
        try:
            await self.service.push.receive(envelope)
        except Exception as error:
            self.refused.append(error)
            raise

    async def _acknowledge(self, id: str) -> None:
        self.acknowledged[id] += 1

    def bring(self, *updates: Json) -> list[int]:
        """These updates, all at once; the statuses."""

        async def knock() -> list[int]:
            headers = {HEADER: SECRET}
            answers = await asyncio.gather(*(self._http.post(PATH, json=one, headers=headers) for one in updates))
            await asyncio.sleep(0)
            return [answer.status_code for answer in answers]

        return self.loop.run_until_complete(knock())

    def look(self, work: Any) -> Any:
        """What is stored."""
        return self.loop.run_until_complete(self.service.database.read(work))

    def close(self) -> None:
        self.loop.run_until_complete(self._http.aclose())
        self.loop.close()
        self.service.database.close()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def door(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """One on each of the two databases."""
    folder = tmp_path_factory.mktemp("races")
    with ExitStack() as stack:
        url = stack.enter_context(database_of(request, folder))
        service = open_service(settings_for(url, folder))
        run_now(service.database, lambda db: demo.fill(db, service.host.vault, "no password"))
        one = Door(service)
        yield one
        one.close()


@dataclass
class Stored:
    """What is kept of one chat: the state, the numbers of its messages, what came in, the buttons that were offered last,
    and all that are new since the last look."""

    id: str
    talk: Any
    last: int
    numbers: list[int]
    came_in: dict[str, tuple[int, int]]
    buttons: list[str]
    fresh: set[str]


class Histories(RuleBasedStateMachine):
    """One person on Telegram. `door` is set where the machine is run."""

    door: Door

    def __init__(self) -> None:
        super().__init__()
        self.chat, self.sent = next(_chats), []
        self.taps: Counter[str] = Counter()
        self.offered: list[str] = []
        self.now: Stored | None = None
        self.opens: str | None = None

    @initialize(language=st.sampled_from(["nl", "en", "ar"]))
    def begins(self, language: str) -> None:
        self._does(self._said("/start"))
        self._does(self._tap(f"lang:{language}"))

    @rule(words=st.sampled_from(WORDS))
    def says(self, words: str) -> None:
        self._does(self._said(words))

    @rule(place=st.integers(0, 30))
    def taps_what_is_offered(self, place: int) -> None:
        newest = self.now.buttons if self.now else []
        self._does(self._tap(newest[place % len(newest)] if newest else "menu"))

    @rule(place=st.integers(0, 400))
    def taps_an_old_button(self, place: int) -> None:
        self._does(self._tap(self.offered[place % len(self.offered)] if self.offered else "menu"))

    @rule(choice=st.sampled_from(TAPS))
    def taps_any_button(self, choice: str) -> None:
        self._does(self._tap(choice))

    @rule(words=st.sampled_from(WORDS), place=st.integers(0, 30))
    def types_and_taps_at_once(self, words: str, place: int) -> None:
        newest = self.now.buttons if self.now else []
        self._does(self._tap(newest[place % len(newest)] if newest else "menu"), self._said(words), self._tap("menu"))

    @rule(words=st.sampled_from(WORDS))
    def changes_words(self, words: str) -> None:
        before = self.now
        update = self._said(words)
        update["edited_message"] = update.pop("message")
        self._does(update)
        assert (self.now and self.now.last) == (before and before.last)

    @rule(place=st.integers(0, 60), times=st.integers(1, 3))
    def comes_again(self, place: int, times: int) -> None:
        """What was handled before changes nothing, also in a conversation that was erased since."""
        before = self.now
        self._does(*[self.sent[place % len(self.sent)]] * times, again=True)
        assert (self.now and self.now.last, self.now and self.now.talk) == (
            before and before.last,
            before and before.talk,
        )

    @invariant()
    def nothing_is_parked(self) -> None:
        mine = sa.select(parked.c.outside_id).where(
            parked.c.outside_id.in_([str(one["update_id"]) for one in self.sent])
        )
        assert self.door.look(lambda db: db.execute(mine).scalars().all()) == [], self.door.refused

    @invariant()
    def every_tap_is_answered(self) -> None:
        assert {id: self.door.acknowledged[id] for id in self.taps} == dict(self.taps)

    @invariant()
    def nothing_is_half_stored(self) -> None:
        if self.now is None:
            return
        assert self.now.numbers == list(range(1, self.now.last + 1))
        spans = sorted(span for span in self.now.came_in.values() if span[0] < span[1])
        assert all(earlier[1] <= later[0] for earlier, later in itertools.pairwise(spans))

    @invariant()
    def a_question_that_opens_is_put(self) -> None:
        """Nobody answers a question that they did not see: what brings it up shows it, with its buttons."""
        if self.now and self.opens in QUESTIONS:
            names = {tuple(id.split(":")[:2]) for id in self.now.fresh}
            assert {(name, self.opens) for name in ("a", "skip", "why", "more", "other")} & names

    def _does(self, *updates: Json, again: bool = False) -> None:
        for one in updates:
            if "callback_query" in one:
                self.taps[one["callback_query"]["id"]] += 1
        assert self.door.bring(*updates) == [200] * len(updates)
        if not again:
            self.sent += updates
        asked = self.now.talk.asking if self.now else None
        self.now = self.door.look(self._stored)
        asks = self.now.talk.asking if self.now else None
        self.opens = asks if asks != asked else None
        self.offered += [id for id in (self.now.buttons if self.now else []) if id not in self.offered]
        if self.now and not again:
            handled = {str(one["update_id"]) for one in updates if "edited_message" not in one}
            assert handled & set(self.now.came_in) or not handled

    def _stored(self, db: Transaction) -> Stored | None:
        vault = self.door.service.host.vault
        index = vault.index("telegram", str(self.chat))
        row = db.execute(sa.select(conversation).where(conversation.c.address_index == index)).first()
        if row is None:
            return None
        mine = sa.select(message.c.number).where(message.c.conversation_id == row.id).order_by(message.c.number)
        came_in = db.execute(sa.select(inbox).where(inbox.c.conversation_id == row.id)).all()
        before = self.now.last if self.now and self.now.id == row.id else 0
        after = min(before, max(0, row.last_number - 4))
        newest = read_messages(db, vault, row.id, after=after, person_id=row.person_id)
        fresh = {id for one in newest if one.number > before for id, _ in one.choices}
        buttons = next(([id for id, _ in one.choices] for one in reversed(newest) if one.choices), [])
        return Stored(
            row.id,
            open_conversation(db, vault, row),
            row.last_number,
            list(db.execute(mine).scalars()),
            {one.outside_id: (one.first_number, one.last_number) for one in came_in},
            buttons,
            fresh,
        )

    def _place(self) -> Json:
        return {"id": self.chat, "type": "private"}

    def _person(self) -> Json:
        return {"id": self.chat, "is_bot": False, "language_code": "nl"}

    def _said(self, words: str) -> Json:
        number = next(_numbers)
        said = {"message_id": number, "date": 1, "chat": self._place(), "from": self._person(), "text": words}
        return {"update_id": number, "message": said}

    def _tap(self, choice: str) -> Json:
        number = next(_numbers)
        under = {"message_id": 1, "date": 1, "chat": self._place()}
        tap = {"id": str(number), "from": self._person(), "message": under, "data": f"v1:{choice}"}
        return {"update_id": number, "callback_query": tap}


def test_random_histories(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    """Messages, taps, edits, stopping, erasing, old buttons and everything once more: no exception, no update parked, each
    tap acknowledged each time, nothing half stored, and the open question always in sight."""
    caplog.set_level(logging.WARNING)
    slow = door.service.database.__class__.__name__ == "PostgresDatabase"
    machine = type("HistoriesHere", (Histories,), {"door": door})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=RUNS // (size(4, 1) if slow else 1),
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )


def test_first_words_at_once(door: Door) -> None:
    """Whoever begins with two messages and a tap at once, or writes on while everything is wiped, has one conversation."""
    machine = type("New", (Histories,), {"door": door})
    for _ in range(12):
        new = machine.__new__(machine)
        new.chat, new.now = next(_chats), None
        for updates in (
            (new._said("/start"), new._said("hoi"), new._tap("menu")),
            (new._tap("forget:yes"), new._said("hoi"), new._said("ja"), new._tap("menu")),
        ):
            assert door.bring(*updates) == [200] * len(updates), door.refused
        talk = door.look(new._stored)
        assert talk is None or talk.numbers == list(range(1, talk.last + 1))


def test_twenty_taps_in_a_second(door: Door) -> None:
    """The same button, twenty times at once: one effect, and every tap acknowledged (R11)."""
    chat = Histories.__new__(Histories)
    chat.chat = next(_chats)
    door.bring(chat._said("/start"))
    door.bring(chat._tap("lang:nl"))
    machine = type("One", (Histories,), {"door": door})
    one = machine.__new__(machine)
    one.chat, one.now = chat.chat, None
    for step in ("person", "Ik zoek werk in een winkel.", "kind:work", demo.PLACE, "who:gemeente"):
        if " " in step or step == demo.PLACE:
            door.bring(chat._said(step))
        else:
            found = door.look(one._stored).buttons
            door.bring(chat._tap(next((id for id in found if id.startswith(step)), step)))
    consent = next(id for id in door.look(one._stored).buttons if id.startswith("consent:yes"))
    taps = [chat._tap(consent) for _ in range(20)]
    assert set(door.bring(*taps)) == {200}
    assert [door.acknowledged[tap["callback_query"]["id"]] for tap in taps] == [1] * 20
    assert door.look(partial(_requests_of, chat=chat.chat, vault=door.service.host.vault)) == 1


def _requests_of(db: Transaction, *, chat: int, vault: Any) -> int:
    from backend.support_requests.models import support_request

    index = vault.index("telegram", str(chat))
    mine = sa.select(conversation.c.id).where(conversation.c.address_index == index)
    found = sa.select(sa.func.count()).where(support_request.c.conversation_id.in_(mine))
    return int(db.execute(found).scalar_one())
