"""Finding support requests: always from what the counsellor may read, in the order in which they want an answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal

import sqlalchemy as sa

from backend.consents.service import State, refusal_of, sharing_states
from backend.conversations.models import conversation, message, outbox
from backend.db import Transaction
from backend.errors import not_found
from backend.organisations.counsellors import Counsellor
from backend.organisations.models import counsellor, organisation
from backend.organisations.service import open_name
from backend.queues.models import queue
from backend.support_requests.access import may_read, queues_read_by, readable_by
from backend.support_requests.listing import MOST_COUNTED, PAGE, Status, listed, waiting_in
from backend.support_requests.models import support_request
from backend.vault import Vault


@dataclass(frozen=True, slots=True)
class SupportRequest:
    """A request without its words; times are microseconds UTC. `owner` is the name of the counsellor who has it; `access`
    whether the person's consent is in force: if not, nothing of the person is shown. `marked`: words sounded like danger."""

    id: str
    conversation_id: str
    person_id: str
    organisation_id: str
    queue_id: str
    consent_id: str
    kind_of_help: str
    language: str
    urgent: bool
    status: Literal["waiting", "claimed", "closed"]
    created_at: int
    waiting_since: int | None
    claimed_by: str | None
    claimed_at: int | None
    closed_at: int | None
    transferred_at: int | None
    intended_for: str | None
    answered_at: int | None
    escalate_at: int | None
    bundled_at: int | None
    queue: str
    owner: str | None
    access: State
    marked: bool

    @property
    def shown_status(self) -> Status:
        """The status as the contract has it: "transferred" while it waits at a receiver who has not accepted."""
        return "transferred" if self.status == "waiting" and self.transferred_at else self.status

    @property
    def is_bundled(self) -> bool:
        """Whether it lies at the desk with many others that came from one network."""
        return self.bundled_at is not None

    @property
    def is_open(self) -> bool:
        """Whether anything of the person may be shown."""
        return self.access == "open"


@dataclass(frozen=True, slots=True)
class Page:
    """At most `PAGE` requests, and the cursor of the next ones (None at the end)."""

    requests: Sequence[SupportRequest]
    next: str | None


@dataclass(frozen=True, slots=True)
class WorkQueue:
    """A queue the counsellor works in, and how many wait there: counted up to `MOST_COUNTED`, so that it costs the same
    however many it are."""

    id: str
    name: str
    kind_of_help: str
    waiting: int


__all__ = ["MOST_COUNTED", "PAGE", "Status"]
_ADDED = ("queue", "owner", "access", "marked")
_COLUMNS = [support_request.c[field.name] for field in fields(SupportRequest) if field.name not in _ADDED]
_MARKED = support_request.c.danger.is_not(None).label("marked")
_NAMES: Any = [queue.c.name.label("queue_name"), counsellor.c.name.label("owner_name"), _MARKED]


def list_requests(
    db: Transaction,
    vault: Vault,
    who: Counsellor,
    *,
    queue_id: str | None = None,
    status: Status | None = None,
    after: str | None = None,
) -> Page:
    """The requests `who` may read: waiting first (urgent, then longest), then theirs, then colleagues', then the many from
    one network. Without `status` everything that is open. Raises `Refused` 422 for a cursor that is none."""
    ids, following = listed(db, who, queue_id=queue_id, status=status, after=after)
    found = some_requests(db, vault, who, ids)
    return Page([found[id] for id in ids if id in found], following)


def some_requests(db: Transaction, vault: Vault, who: Counsellor, ids: Iterable[str]) -> Mapping[str, SupportRequest]:
    """Those of these requests that `who` may read, by id."""
    rows = db.execute(_readable(who).where(support_request.c.id.in_(list(ids)))).all()
    return {one.id: one for one in _requests(db, vault, who, rows)}


def one_request(db: Transaction, vault: Vault, who: Counsellor, request_id: str) -> SupportRequest:
    """One request; raises the same 404 for what does not exist and for what `who` may not read, 410 when the person took
    their consent back (or it expired), 409 while they have their data on lock."""
    rows = db.execute(_readable(who).where(support_request.c.id == request_id)).all()
    if not rows:
        raise not_found()
    (request,) = _requests(db, vault, who, rows)
    if request.access != "open":
        raise refusal_of(request.access)
    return request


def lock(db: Transaction, who: Counsellor, request_id: str) -> None:
    """Holds the request's conversation for this transaction, in the order in which the person's own turns do."""
    if db.locks_rows:
        of = sa.select(support_request.c.conversation_id).where(support_request.c.id == request_id, may_read(who))
        db.execute(sa.select(conversation.c.id).where(conversation.c.id.in_(of)).with_for_update())


def sealed_need(db: Transaction, request: SupportRequest) -> bytes:
    """The person's own words, sealed."""
    need = db.execute(sa.select(support_request.c.need).where(support_request.c.id == request.id)).scalar_one()
    return bytes(need)


def queues_of(db: Transaction, who: Counsellor) -> Sequence[WorkQueue]:
    """The queues `who` works in, by name."""
    of = queue.c
    mine = sa.select(of.id, of.name, of.kind_of_help).where(
        of.id.in_(queues_read_by(who)), of.organisation_id == who.organisation_id
    )
    rows = db.execute(mine.order_by(of.name, of.id)).all()
    waiting = waiting_in(db, [row.id for row in rows])
    return [WorkQueue(row.id, row.name, row.kind_of_help, waiting[row.id]) for row in rows]


def organisation_of(db: Transaction, who: Counsellor) -> tuple[str, str]:
    """Name and kind of the counsellor's organisation."""
    found = sa.select(organisation.c.name, organisation.c.kind).where(organisation.c.id == who.organisation_id)
    row = db.execute(found).one()
    return row.name, row.kind


def last_message(db: Transaction, request: SupportRequest) -> int:
    """The number of the newest message that belongs to the request."""
    found = sa.select(sa.func.max(message.c.number)).where(
        message.c.conversation_id == request.conversation_id, message.c.request_id == request.id
    )
    return db.execute(found).scalar_one_or_none() or 0


def is_reachable(db: Transaction, request: SupportRequest) -> bool:
    """Whether messages can still reach the person."""
    found = sa.select(conversation.c.reachable).where(conversation.c.id == request.conversation_id)
    return bool(db.execute(found).scalar_one_or_none())


def undelivered(db: Transaction, request: SupportRequest) -> Mapping[int, str]:
    """Messages of which the delivery failed or is uncertain: number to "failed" or "uncertain"."""
    rows = db.execute(
        sa.select(outbox.c.number, outbox.c.state)
        .join(
            message,
            (message.c.conversation_id == outbox.c.conversation_id) & (message.c.number == outbox.c.number),
        )
        .where(message.c.conversation_id == request.conversation_id, message.c.request_id == request.id)
        .where(outbox.c.state.in_(("failed", "uncertain")))
    )
    return {row.number: row.state for row in rows}


def _readable(who: Counsellor) -> sa.Select[Any]:
    joined = support_request.join(queue, queue.c.id == support_request.c.queue_id).outerjoin(
        counsellor, counsellor.c.id == support_request.c.claimed_by
    )
    return readable_by(who).with_only_columns(*_COLUMNS, *_NAMES).select_from(joined)


def _requests(db: Transaction, vault: Vault, who: Counsellor, rows: Sequence[sa.Row[Any]]) -> list[SupportRequest]:
    """The rows with what the gate says of each, asked after they were read."""
    states = sharing_states(db, [row.id for row in rows], recipient=who.organisation_id)
    return [_request(db, vault, row, states[row.id]) for row in rows]


def _request(db: Transaction, vault: Vault, row: sa.Row[Any], access: State) -> SupportRequest:
    owner = open_name(db, vault, row.claimed_by, row.owner_name) if row.claimed_by else None
    plain = {column.name: getattr(row, column.name) for column in _COLUMNS}
    return SupportRequest(**plain, queue=row.queue_name, owner=owner, access=access, marked=bool(row.marked))
