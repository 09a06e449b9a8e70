"""Moving a conversation: its messages, answers and requests go along, and the place it came from is closed."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from backend import audit
from backend.conversations import messages as mail
from backend.conversations import service
from backend.conversations.goodbyes import Goodbye, goodbye_to
from backend.conversations.models import conversation, outbox
from backend.conversations.service import Host
from backend.db import Transaction, now
from backend.errors import Refused
from backend.resume_codes import service as codes
from backend.vault import Vault
from bot.channel import Message
from dialogs.news import Moved, NotMoved
from locales import Text


@dataclass(frozen=True, slots=True)
class Opened:
    """A conversation opened on the web: its id, the new token, all its messages, and what the old place must hear."""

    id: str
    token: str
    messages: tuple[Message, ...]
    goodbye: Goodbye | None


def open_on_the_web(db: Transaction, host: Host, typed: str, *, web: str) -> Opened:
    """Opens the conversation of a code on the web. Raises `Refused` 404, the same for every code that is not good."""
    claimed = codes.claim(db, host.vault, typed, at=now())
    row = mail.look_up(db, claimed[0], lock=True) if claimed else None
    if row is None or claimed is None or not host.vault.knows(db, row.person_id):
        raise Refused(404, "code_unknown")
    token = secrets.token_urlsafe(32)
    values: dict[str, Any] = {"token_hash": service.token_hash(token)}
    goodbye = None
    if claimed[1]:
        goodbye = _leave(db, host.vault, row)
        values |= {"channel": "web", "address_index": None, "address": None, "reachable": True}
    db.execute(sa.update(conversation).where(conversation.c.id == row.id).values(**values))
    if claimed[1]:
        service.tell(db, host.vault, row.id, Moved("web", web))
    audit.record(db, "person.move", row.person_id, actor="person")
    db.wake(f"conversation:{row.id}")
    messages = mail.read_messages(db, host.vault, row.id, person_id=row.person_id)
    return Opened(row.id, token, tuple(messages), goodbye)


def move_here(db: Transaction, host: Host, row: sa.Row[Any], typed: str, web: str) -> service.Arrived | NotMoved:
    """The conversation of a code takes the place of the one in `row`, at its address on a push channel."""
    if service.open_conversation(db, host.vault, row).request:
        return NotMoved("busy")
    try:
        codes.may_try(db, row.address_index, at=now())
    except Refused:
        return NotMoved("tries")
    claimed = codes.claim(db, host.vault, typed, at=now())
    there = mail.look_up(db, claimed[0], lock=True) if claimed else None
    if there is None or not host.vault.knows(db, there.person_id):
        return NotMoved("code")
    codes.right(db, row.address_index)
    address = service.address_of(db, host.vault, row)
    goodbye = None
    if there.id != row.id:
        goodbye = _leave(db, host.vault, there)
        host.erase(db, host.vault, row.person_id, actor="person")
    values = {
        "channel": row.channel,
        "token_hash": None,
        "address_index": row.address_index,
        "address": service.sealed_address(db, host.vault, there, address),
        "reachable": True,
    }
    db.execute(sa.update(conversation).where(conversation.c.id == there.id).values(**values))
    service.tell(db, host.vault, there.id, Moved(row.channel, web))
    audit.record(db, "person.move", there.person_id, actor="person")
    db.wake(f"conversation:{there.id}")
    return service.Arrived(there.id, goodbye)


def _leave(db: Transaction, vault: Vault, row: sa.Row[Any]) -> Goodbye | None:
    """What the old place must hear, where it is on a push channel; nothing more is sent there."""
    language = service.open_conversation(db, vault, row).language
    goodbye = goodbye_to(db, vault, row, [Text.of("keeping.moved.away")], language=language)
    db.execute(sa.delete(outbox).where(outbox.c.conversation_id == row.id))
    return goodbye
