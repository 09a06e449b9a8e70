"""The overgangsdocument where others can read along: of what it says nothing leaves, unless the person chose that."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass, field

import sqlalchemy as sa

from backend.conversations.discretion import carried
from backend.conversations.messages import look_up, read_messages
from backend.conversations.models import conversation
from backend.db import Transaction
from bot.channel import Envelope, Message
from dialogs.messages import Incoming
from transition_people import SCHOOL_WORDS, document_desk
from world import World

_numbers = itertools.count(1)


@dataclass
class Phone:
    """Somebody on Telegram; `left` is what left for Telegram, oldest first."""

    world: World
    chat: str = field(default_factory=lambda: str(500_000 + next(_numbers)))

    def does(self, **incoming: str) -> list[Message]:
        """Types or taps; gives everything that has left for Telegram by now."""
        envelope = Envelope(
            channel="telegram", outside_id=f"t{next(_numbers)}", address=self.chat, incoming=Incoming(**incoming)
        )
        asyncio.run(self.world.service.push.receive(envelope))
        return self.left()

    def left(self) -> list[Message]:
        """What every message of the conversation became on its way out."""
        vault = self.world.service.host.vault
        index = vault.index("telegram", self.chat)

        def work(db: Transaction) -> list[Message]:
            row = db.execute(sa.select(conversation).where(conversation.c.address_index == index)).one()
            said = [one for one in read_messages(db, vault, row.id) if one.sender != "person"]
            gone = [carried(db, vault, look_up(db, row.id), one, web="https://verder.example") for one in said]
            return [one for one in gone if one]

        found: list[Message] = self.world.do(work)
        return found

    def makes_a_document(self) -> None:
        """The own part, and the school may take part."""
        self.does(start="")
        for choice in ("lang:nl", "goal:transition", "a:school_type:pro"):
            self.does(choice=choice)
        self.does(text="Sam")
        for name in ("reach", "career", "experience", "skills", "wish", "work"):
            self.does(choice=f"transition:skip:{name}")
        self.does(text="Ik word snel moe.")
        self.does(choice="transition:school")
        self.does(choice="a:age:19")
        self.does(text="Utrecht")
        self.taps("transition:with:")
        self.taps("transition:share:")

    def taps(self, prefix: str) -> list[Message]:
        """Taps the newest button that begins like this."""
        for one in reversed(self.left()):
            for id, _ in one.choices:
                if id.startswith(prefix):
                    return self.does(choice=id)
        raise LookupError(prefix)


def _words(messages: list[Message]) -> str:
    return "\n".join(one.text for one in messages)


def test_of_the_document_nothing_is_said_on_telegram(verder: World) -> None:
    """Neither what the person said nor what the school wrote leaves; it says where to read it."""
    phone = Phone(verder)
    phone.makes_a_document()
    with document_desk(verder, "pro") as school:
        school.gives(school.newest())
    phone.does(choice="transition:show")
    phone.does(choice="transition:paper")
    left = phone.left()
    assert "Lees je blad op de site" in _words(left)
    for secret in (*SCHOOL_WORDS.values(), "Ik word snel moe."):
        assert secret not in _words(left)
    assert not any(one.papers for one in left)
    assert not any(id.startswith("transition:yes") for one in left for id, _ in one.choices)


def test_who_chooses_it_knowingly_gets_a_file(verder: World) -> None:
    """After the warning the document comes as a file, still without the school's words in the chat, and can be sent."""
    phone = Phone(verder)
    phone.makes_a_document()
    with document_desk(verder, "pro") as school:
        school.gives(school.newest())
    phone.does(choice="here:yes")
    left = phone.does(choice="transition:show")
    assert [one.papers[0].name for one in left if one.papers] == ["Mijn blad (pdf)"]
    assert not any(secret in _words(left) for secret in SCHOOL_WORDS.values())
    assert "Je blad is bij Demo Gemeente." in _words(phone.taps("transition:yes"))
