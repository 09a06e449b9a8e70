"""One message's way through the host: stored, thought about, answered, all in one transaction."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Literal, Protocol

import sqlalchemy as sa
from pydantic_core import from_json, to_json

from backend.arrivals.service import note_arrival
from backend.conversations import messages as mail
from backend.conversations.goodbyes import Goodbye, goodbye_to
from backend.conversations.messages import Row
from backend.conversations.models import conversation, inbox
from backend.db import Transaction, now
from backend.dutch_time import AMSTERDAM
from backend.errors import Refused, not_found
from backend.organisations.directory import DirectoryCache
from backend.prepared import Prepared, Write, run_together
from backend.quiet_hours import next_allowed, zone_named
from backend.vault import Vault
from bot.channel import Envelope, Message
from dialogs.cleaning import clean
from dialogs.conversation import Conversation, read, write
from dialogs.effects import Effect, ForgetPerson, MoveHere
from dialogs.messages import Incoming, Reply
from dialogs.news import Erased, News, NotMoved
from dialogs.turn import TEXT_LIMIT, Turn, hear, take_turn
from knowledge.library import Knowledge

_PLACE = "conversation.state"
_ADDRESS = "conversation.address"
_OFFERS_KEPT = 40

_ADD = Prepared(sa.insert(conversation), *conversation.c.keys())
_SAVE = Prepared(
    sa.update(conversation)
    .where(conversation.c.id == sa.bindparam("row_id"))
    .values(
        state=sa.bindparam("new_state"), last_number=sa.bindparam("new_number"), updated_at=sa.bindparam("new_time")
    )
)
_TAKE_IN = Prepared(sa.insert(inbox), *inbox.c.keys())
_SEEN = Prepared(
    sa.select(inbox).where(inbox.c.channel == sa.bindparam("channel"), inbox.c.outside_id == sa.bindparam("key"))
)
_BY_ADDRESS = sa.select(conversation).where(
    conversation.c.channel == sa.bindparam("channel"), conversation.c.address_index == sa.bindparam("index")
)
_FIND_ADDRESS = Prepared(_BY_ADDRESS)
_FIND_ADDRESS_LOCKED = Prepared(_BY_ADDRESS.with_for_update())
_ID = re.compile(r"[0-9a-f]{32}")


def today_in_amsterdam() -> date:
    """Today where the law is."""
    return datetime.now(AMSTERDAM).date()


class CarryOut(Protocol):
    """Does what a turn asks for, in the turn's transaction; `said` is the number of the person's message, or None.
    Gives the answers of effects that ask for one."""

    def __call__(
        self, db: Transaction, vault: Vault, row: Row, effects: Sequence[Effect], *, said: int | None
    ) -> Sequence[News]: ...


class MoveTo(Protocol):
    """Puts the conversation of a code in the place of the one in `row`, or says why not."""

    def __call__(self, db: Transaction, host: Host, row: Row, typed: str, web: str) -> Arrived | NotMoved: ...


class Erase(Protocol):
    """Erases a person; gives the receipt, as the last news they hear."""

    def __call__(self, db: Transaction, vault: Vault, person_id: str, *, actor: str) -> Erased: ...


@dataclass(frozen=True)
class Host:
    """What a turn needs of the host: keys, knowledge with the connected organisations, how effects are carried out, the
    date. Effects and erasing reach into features above this one, so they are handed in where everything is wired."""

    vault: Vault
    knowledge: Knowledge
    carry_out: CarryOut
    erase: Erase
    directory: DirectoryCache = field(default_factory=DirectoryCache)
    today: Callable[[], date] = today_in_amsterdam
    move_here: MoveTo | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """What came of one incoming thing: its replies, stored; `erased` when the person is gone and nothing is kept."""

    conversation_id: str
    messages: tuple[Message, ...]
    erased: bool = False
    goodbye: Goodbye | None = None


@dataclass(frozen=True, slots=True)
class Arrived:
    """A conversation that came to another place, and what its old place must hear."""

    conversation_id: str
    goodbye: Goodbye | None = None


@dataclass(frozen=True, slots=True)
class State:
    """What is sealed in a conversation's row: the conversation itself and the buttons that were offered last."""

    conversation: Conversation
    offered: Mapping[str, str]


def start(
    db: Transaction,
    host: Host,
    channel: str,
    *,
    language: str | None,
    code: str = "",
    address: str | None = None,
    zone: str | None = None,
    came_from: str = "",
) -> tuple[Received, str]:
    """A new conversation with its first messages, and the token that opens it (never stored itself). `zone` is the name of
    the person's time zone, None for Dutch time; `came_from` the internet address of their device, which is not kept."""
    token = secrets.token_urlsafe(32)
    row = _new_row(db, host, channel, token=token, address=address)
    note_arrival(db, host.vault, row.id, came_from, at=row.started_at)
    state = State(Conversation(channel=channel, language=language, zone=zone), {})
    turn = take_turn(state.conversation, Incoming(start=code), host.directory.fill(db, host.knowledge), host.today())
    return Received(row.id, _store(db, host, row, state, turn, None)), token


def receive(db: Transaction, host: Host, envelope: Envelope) -> Received:
    """Handles one thing from a push channel: the conversation is found by its address, or made."""
    row = _row_at(db, host, envelope)
    if row is None:
        if _SEEN.first(db.connection, {"channel": envelope.channel, "key": envelope.outside_id}):
            return Received("", ())  # what erased the person comes once more
        row = _new_row(db, host, envelope.channel, token=None, address=envelope.address)
    elif not row.reachable:
        db.execute(sa.update(conversation).where(conversation.c.id == row.id).values(reachable=True))
    return _turn(db, host, row, envelope.outside_id, envelope.incoming)


def receive_web(
    db: Transaction, host: Host, conversation_id: str, token: str, key: str, incoming: Incoming
) -> Received:
    """Handles one turn of the widget; the same `key` again gives the same answer and does nothing twice."""
    row = authorised(db, conversation_id, token, lock=True)
    return _turn(db, host, row, f"{conversation_id}:{key}", incoming, push=False)


def authorised(db: Transaction, conversation_id: str, token: str, *, lock: bool = False) -> Row:
    """The conversation's row, if the token opens it; a foreign one looks exactly like one that does not exist."""
    if not _ID.fullmatch(conversation_id):
        raise not_found()
    row = mail.look_up(db, conversation_id, lock=lock)
    if row is None or not row.token_hash or not hmac.compare_digest(row.token_hash, token_hash(token)):
        raise not_found()
    return row


def tell(
    db: Transaction,
    vault: Vault,
    conversation_id: str,
    news: News,
    *,
    request_id: str | None = None,
    broadcast: bool = False,
) -> None:
    """Tells a conversation what happened outside it, and the person in their own language; what is said belongs to the
    support request `request_id`. A `broadcast` is what the service sends by itself: it lets answers go first, and waits
    for the morning where it is night for the person. Raises the 404 refusal for a conversation that is gone."""
    with db.across():  # the conversation is the person's own, whoever has something to say in it
        _tell(db, vault, conversation_id, news, request_id, broadcast)


def _tell(
    db: Transaction, vault: Vault, conversation_id: str, news: News, request_id: str | None, broadcast: bool
) -> None:
    row = mail.find(db, conversation_id)
    state = _open_state(db, vault, row)
    turn = hear(state.conversation, news)
    at = now()
    notices = _numbered(row.last_number, turn.replies, at, sender="system")
    due_at = next_allowed(at, zone_named(state.conversation.time_zone)) if broadcast else at
    saved = _saved(db, vault, row, State(turn.conversation, _offered(notices, state)), row.last_number + len(notices))
    mail.add(db, vault, row, notices, at, broadcast=broadcast, due_at=due_at, beside=[saved])
    for one in notices if request_id else ():
        mail.share(db, conversation_id, one.number, request_id or "")


def address_of(db: Transaction, vault: Vault, row: Row) -> str:
    """Where a push channel reaches this conversation."""
    return vault.open(db, row.person_id, _ADDRESS, row.id, row.address).decode()


def sealed_address(db: Transaction, vault: Vault, row: Row, address: str) -> bytes:
    """An address on a push channel as it is stored with this conversation."""
    return vault.seal(db, row.person_id, _ADDRESS, row.id, address.encode())


def open_conversation(db: Transaction, vault: Vault, row: Row) -> Conversation:
    """The state of a conversation."""
    return _open_state(db, vault, row).conversation


def _turn(db: Transaction, host: Host, row: Row, outside_id: str, incoming: Incoming, *, push: bool = True) -> Received:
    body = hashlib.sha256(repr(incoming).encode()).digest()
    # First, because what is done twice must not even be thought about: the second time it may mean something else.
    if seen := _SEEN.first(db.connection, {"channel": row.channel, "key": outside_id}):
        return _replay(db, host.vault, row, seen, body)
    state = _open_state(db, host.vault, row)
    turn = take_turn(state.conversation, incoming, host.directory.fill(db, host.knowledge), host.today())
    if any(isinstance(effect, ForgetPerson) for effect in turn.effects):
        goodbye = goodbye_to(db, host.vault, row)
        erased = host.erase(db, host.vault, row.person_id, actor="person")
        if row.channel in mail.PUSH_CHANNELS:
            run_together(db.connection, [_handled(row.channel, None, outside_id, body)])
        last_words = (*turn.replies, *hear(turn.conversation, erased).replies)
        replies = _numbered(0, last_words, now())
        return Received(row.id, replies, erased=True, goodbye=goodbye and replace(goodbye, messages=replies))
    moving = next((effect for effect in turn.effects if isinstance(effect, MoveHere)), None)
    if moving and host.move_here:
        arrived = host.move_here(db, host, row, moving.code, host.knowledge.web_address)
        if isinstance(arrived, Arrived):
            run_together(db.connection, [_handled(row.channel, arrived.conversation_id, outside_id, body)])
            return Received(arrived.conversation_id, (), goodbye=arrived.goodbye)
        turn = _with(turn, arrived)
    said = _own_words(db, host.vault, row, state, incoming)
    return Received(row.id, _store(db, host, row, state, turn, said, push=push, incoming=(outside_id, body)))


def _row_at(db: Transaction, host: Host, envelope: Envelope) -> Row | None:
    """The conversation with this address, locked; one whose key is gone can never be read again and is cleared away."""
    find = _FIND_ADDRESS_LOCKED if db.locks_rows else _FIND_ADDRESS
    index = host.vault.index(envelope.channel, envelope.address)
    here = {"channel": envelope.channel, "index": index}
    row = find.first(db.connection, here)
    if row is None and db.locks_rows:
        # Of two first words at once the second waits for the first's conversation instead of beginning one of its own.
        db.execute(sa.select(sa.func.pg_advisory_xact_lock(int.from_bytes(index[:8], signed=True))))
        row = find.first(db.connection, here)
    if row is not None and not host.vault.knows(db, row.person_id):
        host.erase(db, host.vault, row.person_id, actor="system")
        return None
    return row


def _handled(
    channel: str, conversation_id: str | None, outside_id: str, body: bytes, first: int = 0, last: int = 0
) -> Write:
    """Marks this outside id as handled: answered with the messages after `first` up to `last`."""
    values = {"channel": channel, "outside_id": outside_id, "conversation_id": conversation_id, "body_hash": body}
    return _TAKE_IN, {**values, "first_number": first, "last_number": last, "at": now()}


def _replay(db: Transaction, vault: Vault, row: Row, seen: Row, body: bytes) -> Received:
    if seen.conversation_id != row.id:  # handled in a conversation that is erased since
        return Received(row.id, ())
    if seen.body_hash != body:
        raise Refused(422, "idempotency_mismatch")
    stored = mail.read_messages(db, vault, row.id, after=seen.first_number, person_id=row.person_id)
    return Received(row.id, tuple(one for one in stored if one.number <= seen.last_number))


def _with(turn: Turn, news: NotMoved) -> Turn:
    """The turn with what became of moving, which is no effect any more."""
    heard = hear(turn.conversation, news)
    effects = tuple(effect for effect in turn.effects if not isinstance(effect, MoveHere))
    return Turn(heard.conversation, (*turn.replies, *heard.replies), effects)


def _store(
    db: Transaction,
    host: Host,
    row: Row,
    before: State,
    turn: Turn,
    said: str | None,
    *,
    push: bool = True,
    incoming: tuple[str, bytes] | None = None,
) -> tuple[Message, ...]:
    """Writes what a turn came to: the person's words, the replies, the effects with what is said about their news, the new
    state, and that what is `incoming` (outside id, hash) is handled. Without `push` the replies are read where the person
    wrote, and stay off a push channel."""
    at = now()
    number = row.last_number
    language = turn.conversation.language or before.conversation.language or "nl"
    stored = []
    if said:
        number += 1
        stored.append(mail.draft(number, "person", said, language=language, at=at))
    replies = _numbered(number, turn.replies, at)
    new: Sequence[Message] = (*stored, *replies)
    talk = turn.conversation
    if turn.effects:  # they can be about what was just said
        mail.add(db, host.vault, row, new, at, push=push)
        new = ()
        for news in host.carry_out(db, host.vault, row, turn.effects, said=number if said else None):
            heard = hear(talk, news)
            talk = heard.conversation
            more = _numbered(number + len(replies), heard.replies, at)
            mail.add(db, host.vault, row, more, at, push=push)
            replies = (*replies, *more)
    last = number + len(replies)
    beside = [_saved(db, host.vault, row, State(talk, _offered(replies, before)), last)]
    if incoming:
        beside.append(_handled(row.channel, row.id, *incoming, number, last))
    mail.add(db, host.vault, row, new, at, push=push, beside=beside)
    return replies


def _numbered(
    last: int, replies: Sequence[Reply], at: int, *, sender: Literal["system"] | None = None
) -> tuple[Message, ...]:
    """Replies as the messages after number `last`; a notice about the conversation itself is from the "system"."""
    spoken = [replace(reply, sender=sender) if sender else reply for reply in replies]
    return tuple([mail.from_reply(last + place, reply, at) for place, reply in enumerate(spoken, 1)])


def _offered(messages: Sequence[Message], before: State) -> Mapping[str, str]:
    """The labels of the buttons that were offered last, so that a tap can be shown in the person's bubble."""
    return {id: label for one in messages for id, label in one.choices} or before.offered


def _own_words(db: Transaction, vault: Vault, row: Row, state: State, incoming: Incoming) -> str | None:
    """What the person's bubble says: their words as cleaned, or the label of the button they tapped."""
    if incoming.text is not None:
        return clean(incoming.text)[0][:TEXT_LIMIT] or None
    if incoming.choice is None:
        return None
    label = state.offered.get(incoming.choice)
    if label is not None:
        return label
    recent = mail.read_messages(db, vault, row.id, after=row.last_number - _OFFERS_KEPT, person_id=row.person_id)
    labels = {id: label for one in recent for id, label in one.choices}
    return labels.get(incoming.choice)


def _new_row(db: Transaction, host: Host, channel: str, *, token: str | None, address: str | None) -> Row:
    person_id = host.vault.add_person(db)
    id, at = secrets.token_hex(16), now()
    empty = State(Conversation(channel=channel), {})
    values = {
        "id": id,
        "person_id": person_id,
        "channel": channel,
        "token_hash": token_hash(token) if token else None,
        "address_index": host.vault.index(channel, address) if address else None,
        "address": host.vault.seal(db, person_id, _ADDRESS, id, address.encode()) if address else None,
        "state": _sealed(db, host.vault, person_id, id, empty),
        "last_number": 0,
        "reachable": True,
        "started_at": at,
        "updated_at": at,
    }
    _ADD.run(db.connection, values)
    return mail.find(db, id)


def _saved(db: Transaction, vault: Vault, row: Row, state: State, number: int) -> Write:
    sealed = _sealed(db, vault, row.person_id, row.id, state)
    return _SAVE, {"row_id": row.id, "new_state": sealed, "new_number": number, "new_time": now()}


def _sealed(db: Transaction, vault: Vault, person_id: str, id: str, state: State) -> bytes:
    raw = {"conversation": write(state.conversation), "offered": dict(state.offered)}
    return vault.seal(db, person_id, _PLACE, id, to_json(raw))


def _open_state(db: Transaction, vault: Vault, row: Row) -> State:
    raw = from_json(vault.open(db, row.person_id, _PLACE, row.id, row.state))
    return State(read(raw["conversation"]), raw["offered"])


def token_hash(token: str) -> bytes:
    """How the token of a conversation is stored."""
    return hashlib.sha256(token.encode()).digest()
