"""Messages of a conversation: sealed rows in, `Message` out; and what a push channel must still deliver."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from pydantic_core import from_json, to_json

from backend.conversations.enclosed import papers_of, picture_of, written
from backend.conversations.models import conversation, message, outbox
from backend.db import Transaction, now
from backend.errors import not_found
from backend.prepared import Prepared, Write, run_together
from backend.vault import Vault
from bot.channel import Message, Sender
from dialogs.messages import Reply, SourceLink
from locales import language as spoken_language

Row = Any
"""A conversation's row, with its columns by name."""

PUSH_CHANNELS = ("telegram",)
_PLACE = "message.content"

_ADD_MESSAGE = Prepared(sa.insert(message), "conversation_id", "number", "sender", "content", "at")
_ADD_OUTGOING = Prepared(
    sa.insert(outbox), "conversation_id", "number", "state", "due_at", "lease_until", "tries", "broadcast"
)
_HURRY = Prepared(
    sa.update(outbox)
    .where(
        outbox.c.conversation_id == sa.bindparam("id"),
        outbox.c.broadcast,
        sa.text("state = 'waiting' and state in ('waiting', 'sending')"),  # the second as the index says it
    )
    .values(broadcast=sa.false(), due_at=sa.bindparam("at"))
)
_READ = (
    sa.select(message.c.number, message.c.sender, message.c.content, message.c.at)
    .where(message.c.conversation_id == sa.bindparam("id"), message.c.number > sa.bindparam("after"))
    .order_by(message.c.number)
)
_READ_ONE = Prepared(
    sa.select(message.c.number, message.c.sender, message.c.content, message.c.at).where(
        message.c.conversation_id == sa.bindparam("id"), message.c.number == sa.bindparam("number")
    )
)
_BY_ID = sa.select(conversation).where(conversation.c.id == sa.bindparam("id"))
_FIND = Prepared(_BY_ID)
_SHARED = _READ.where(message.c.request_id == sa.bindparam("request_id"))
_FIND_LOCKED = Prepared(_BY_ID.with_for_update())


def draft(number: int, sender: Sender, text: str, *, language: str, at: int, name: str | None = None) -> Message:
    """A message without buttons, such as a person's or a counsellor's words."""
    direction = spoken_language(language).direction
    return Message(
        number=number, sender=sender, text=text, language=language, direction=direction, at=rfc3339(at), name=name
    )


def from_reply(number: int, reply: Reply, at: int) -> Message:
    """A reply of the conversation as a message."""
    return Message(
        number=number,
        sender=reply.sender,
        text=reply.text,
        language=reply.language,
        direction=reply.direction,
        at=rfc3339(at),
        choices=tuple((choice.id, choice.label) for choice in reply.choices),
        sources=reply.sources,
        picture=reply.picture,
        papers=reply.papers,
        discretion=reply.discretion,
        safety=reply.safety,
    )


def add(
    db: Transaction,
    vault: Vault,
    row: Row,
    messages: Sequence[Message],
    at: int,
    *,
    push: bool = True,
    broadcast: bool = False,
    due_at: int | None = None,
    beside: Sequence[Write] = (),
) -> None:
    """Stores messages of one conversation (`row` is its row) and queues those a push channel must deliver, now or at
    `due_at`; without `push` they are read where the person wrote. A `broadcast` lets answers to others go first. What is
    written `beside` them goes along."""
    writes: list[Write] = [
        (
            _ADD_MESSAGE,
            {
                "conversation_id": row.id,
                "number": one.number,
                "sender": one.sender,
                "content": vault.seal(db, row.person_id, _PLACE, f"{row.id}:{one.number}", _content(one)),
                "at": at,
            },
        )
        for one in messages
    ]
    if push and row.channel in PUSH_CHANNELS:
        outgoing: list[Write] = [
            (_ADD_OUTGOING, _outgoing(row.id, one.number, due_at or at, broadcast))
            for one in messages
            if one.sender != "person"
        ]
        if outgoing and not broadcast:  # the order stays: what is before it must go with it
            outgoing.append((_HURRY, {"id": row.id, "at": at}))
        if outgoing:
            db.wake("outbox")
        writes += outgoing
    run_together(db.connection, [*writes, *beside])
    if messages:
        db.wake(f"conversation:{row.id}")


def post(
    db: Transaction,
    vault: Vault,
    conversation_id: str,
    sender: Sender,
    text: str,
    *,
    language: str,
    name: str | None = None,
    request_id: str | None = None,
) -> int:
    """Adds one message from outside a turn (a counsellor's answer, a notice) and returns its number; `request_id` is
    the support request it belongs to."""
    row = find(db, conversation_id)
    number: int = row.last_number + 1
    at = now()
    add(db, vault, row, [draft(number, sender, text, language=language, at=at, name=name)], at)
    db.execute(
        sa.update(conversation).where(conversation.c.id == conversation_id).values(last_number=number, updated_at=at)
    )
    if request_id:
        share(db, conversation_id, number, request_id)
    return number


def share(db: Transaction, conversation_id: str, number: int, request_id: str) -> None:
    """From here on this message belongs to the support request and is read at the desk."""
    one = (message.c.conversation_id == conversation_id) & (message.c.number == number)
    db.execute(sa.update(message).where(one).values(request_id=request_id))


def find(db: Transaction, conversation_id: str) -> Row:
    """The conversation's row, locked for this transaction. Raises the 404 refusal."""
    row = look_up(db, conversation_id, lock=True)
    if row is None:
        raise not_found()
    return row


def look_up(db: Transaction, conversation_id: str, *, lock: bool = False) -> Any:
    """The conversation's row, or None; locked for this transaction if asked, where rows are locked one by one."""
    find = _FIND_LOCKED if lock and db.locks_rows else _FIND
    return find.first(db.connection, {"id": conversation_id})


def read_messages(
    db: Transaction,
    vault: Vault,
    conversation_id: str,
    *,
    after: int = 0,
    person_id: str | None = None,
    request_id: str | None = None,
) -> list[Message]:
    """Everything after message `after`, oldest first; with `request_id` only what belongs to that support request.
    Raises the 404 refusal for a conversation that is gone."""
    if person_id is None:
        row = look_up(db, conversation_id)
        if row is None:
            raise not_found()
        person_id = row.person_id
    parameters = {"id": conversation_id, "after": after, "request_id": request_id}
    rows = db.execute(_SHARED if request_id else _READ, parameters)
    return [_message(vault, db, person_id, conversation_id, row) for row in rows]


def read_message(db: Transaction, vault: Vault, row: Row, number: int) -> Message:
    """One message of this conversation (`row`). Raises the 404 refusal when there is none with this number."""
    found = _READ_ONE.first(db.connection, {"id": row.id, "number": number})
    if found is None:
        raise not_found()
    return _message(vault, db, row.person_id, row.id, found)


def rfc3339(at: int) -> str:
    """A stored time for the outside."""
    return datetime.fromtimestamp(at / 1_000_000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _outgoing(conversation_id: str, number: int, at: int, broadcast: bool) -> dict[str, object]:
    return {
        "conversation_id": conversation_id,
        "number": number,
        "state": "waiting",
        "due_at": at,
        "lease_until": 0,
        "tries": 0,
        "broadcast": broadcast,
    }


def _content(one: Message) -> bytes:
    content: dict[str, object] = {"text": one.text, "language": one.language, "direction": one.direction}
    if one.choices:
        content["choices"] = one.choices
    if one.sources:
        content["sources"] = one.sources
    if one.name:
        content["name"] = one.name
    if one.discretion != "open":
        content["discretion"] = one.discretion
    if one.safety:
        content["safety"] = True
    return to_json({**content, **written(one)})


def _message(vault: Vault, db: Transaction, person_id: str, conversation_id: str, row: Row) -> Message:
    content = from_json(vault.open(db, person_id, _PLACE, f"{conversation_id}:{row.number}", row.content))
    return Message(
        number=row.number,
        sender=row.sender,
        text=content["text"],
        language=content["language"],
        direction=content["direction"],
        at=rfc3339(row.at),
        choices=tuple((id, label) for id, label in content.get("choices", ())),
        sources=tuple(SourceLink(**source) for source in content.get("sources", ())),
        name=content.get("name"),
        picture=picture_of(content),
        papers=papers_of(content),
        discretion=content.get("discretion", "open"),
        safety=content.get("safety", False),
    )
