"""The people of the benchmarks, made inside the service before its doors open: who asks for help, and who answers."""

from __future__ import annotations

import random
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from backend import demo
from backend.conversations.messages import read_messages
from backend.conversations.models import conversation
from backend.conversations.service import Host, Received, receive, receive_web, start
from backend.db import Transaction, now
from backend.organisations.login import start_session
from backend.organisations.models import organisation
from backend.organisations.service import make_counsellor
from backend.queues.models import queue
from backend.support_requests.models import support_request
from backend.vault import Vault
from bot.channel import Envelope
from dialogs.messages import Incoming

_KIND = "gemeente"
_LETTERS = "bcdfghjklmnpqrstvwxz"


def marker(chance: random.Random) -> str:
    """Words that nobody else says: letters alone, so that nothing in them can mean something."""
    return "kenmerk zq" + "".join(chance.choice(_LETTERS) for _ in range(14))


@dataclass(frozen=True, slots=True)
class Seat:
    """A counsellor at work: the headers of a browser that is logged in."""

    id: str
    headers: dict[str, str]


@dataclass
class Asking:
    """One who asks for help. On Telegram `token` is empty, `address` is the chat, and `updates` counts what came in."""

    conversation_id: str = ""
    person_id: str = ""
    token: str = ""
    address: str = ""
    updates: int = 0
    request_id: str = ""
    last: Sequence[str] = ()

    @property
    def headers(self) -> dict[str, str]:
        """What opens the conversation in the widget."""
        return {"authorization": f"Bearer {self.token}", "idempotency-key": secrets.token_hex(8)}

    def chooses(self, db: Transaction, host: Host, prefix: str) -> None:
        """Taps the button whose id begins like this, or one that is always there."""
        self.does(db, host, Incoming(choice=self.offered(prefix)))

    def offered(self, prefix: str) -> str:
        """The whole id of a button that was offered last."""
        return next((id for id in self.last if id.startswith(prefix)), prefix)

    def says(self, db: Transaction, host: Host, text: str) -> None:
        """Types."""
        self.does(db, host, Incoming(text=text))

    def does(self, db: Transaction, host: Host, incoming: Incoming) -> None:
        """Whatever it is."""
        if self.token:
            self._keep(receive_web(db, host, self.conversation_id, self.token, secrets.token_hex(8), incoming))
            return
        self.updates += 1
        envelope = Envelope(channel="telegram", outside_id=str(self.updates), address=self.address, incoming=incoming)
        self._keep(receive(db, host, envelope))

    def _keep(self, received: Received) -> None:
        self.conversation_id = received.conversation_id
        self.last = [id for message in received.messages for id, _ in message.choices]


def on_the_web(db: Transaction, host: Host) -> Asking:
    """A new conversation in the widget."""
    received, token = start(db, host, "web", language="nl")
    return _known(db, Asking(conversation_id=received.conversation_id, token=token))


def on_telegram(db: Transaction, host: Host, chat: int, *, first_update: int) -> Asking:
    """A new conversation in a chat whose updates count from `first_update`."""
    one = Asking(address=str(chat), updates=first_update - 1)
    one.does(db, host, Incoming(start=""))
    one.chooses(db, host, "lang:nl")
    return _known(db, one)


def goes_to_consent(db: Transaction, host: Host, one: Asking) -> None:
    """Up to the question whether the gemeente may read it."""
    one.chooses(db, host, "person")
    one.says(db, host, "Ik zoek werk in een winkel.")
    one.chooses(db, host, "kind:work")
    one.says(db, host, demo.PLACE)
    one.chooses(db, host, f"who:{_KIND}")


def asks_for_help(db: Transaction, host: Host, one: Asking) -> None:
    """The whole way to a request that waits."""
    goes_to_consent(db, host, one)
    one.chooses(db, host, "consent:yes")
    of = support_request.c
    one.request_id = db.execute(sa.select(of.id).where(of.conversation_id == one.conversation_id)).scalar_one()


def make_seats(db: Transaction, vault: Vault, count: int) -> list[Seat]:
    """So many counsellors of the demo gemeente, each in all its queues and logged in."""
    place = db.execute(sa.select(organisation.c.id).where(organisation.c.kind == _KIND)).scalar_one()
    queues = db.execute(sa.select(queue.c.id).where(queue.c.organisation_id == place)).scalars().all()
    return [_seat(db, vault, place, queues) for _ in range(count)]


def said(db: Transaction, vault: Vault) -> list[str]:
    """The text of every message of every person."""
    talks = db.execute(sa.select(conversation.c.id, conversation.c.person_id)).all()
    return [
        one.text
        for talk in talks
        for one in read_messages(db, vault, talk.id, person_id=talk.person_id)
        if one.sender == "person"
    ]


def _seat(db: Transaction, vault: Vault, place: str, queues: Sequence[str]) -> Seat:
    name, token = secrets.token_hex(6), secrets.token_urlsafe(32)
    id = make_counsellor(
        db,
        vault,
        place,
        email=f"{name}@{_KIND}.example",
        name="Coach A",
        password_hash="no password",
        queue_ids=queues,
        demo=True,
    )
    session = start_session(db, vault, id, token=token, at=now())
    return Seat(id, {"cookie": f"verder_desk={token}", "x-csrf-token": session.csrf_token})


def _known(db: Transaction, one: Asking) -> Asking:
    of = conversation.c
    one.person_id = db.execute(sa.select(of.person_id).where(of.id == one.conversation_id)).scalar_one()
    return one
