"""Webhooks of an organisation: where its case system wants to hear of changes, and what waits to be sent there."""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import sqlalchemy as sa

from backend import audit
from backend.connections.addresses import BadAddress, read_url
from backend.connections.models import webhook, webhook_delivery
from backend.connections.signing import make_secret
from backend.db import Transaction
from backend.errors import Refused, not_found
from backend.organisations.counsellors import Counsellor
from backend.vault import Vault

Event = Literal["opened", "claimed", "released", "answered", "closed", "transferred"]
EVENTS: tuple[Event, ...] = get_args(Event)
"""What can happen to a request of the organisation; sent as "request.<event>"."""
MOST = 10
OLD_SECRET_LASTS = 24 * 3600 * 1_000_000
TOPIC = "webhooks"
_SHOWN = 100
_PLACE, _OLD_PLACE = "webhook.secret", "webhook.old_secret"


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook without its secret; times are microseconds UTC."""

    id: str
    url: str
    events: Sequence[Event]
    made_at: int
    stopped_at: int | None


@dataclass(frozen=True, slots=True)
class Sent:
    """One delivery as the administrator sees it; `outcome` is a status such as "200", or a word."""

    id: str
    event: str
    state: Literal["waiting", "sent", "failed"]
    tries: int
    made_at: int
    outcome: str | None


def make_webhook(
    db: Transaction, vault: Vault, by: Counsellor, *, url: str, events: Collection[str], at: int
) -> tuple[str, str]:
    """A new webhook's id and its secret, the only time it can be read. Raises 422 for an address we do not send to."""
    chosen = [event for event in EVENTS if event in events]
    try:
        read_url(url.strip())
    except BadAddress:
        raise Refused(422, "bad_webhook", fields={"url": "https"}) from None
    if not chosen or set(events) - set(EVENTS):
        raise Refused(422, "bad_webhook", fields={"events": "one at least"})
    if sum(one.stopped_at is None for one in webhooks_of(db, by.organisation_id)) >= MOST:
        raise Refused(422, "too_many_connections", count=MOST)
    id, secret = vault.add_person(db), make_secret()
    values = {"id": id, "organisation_id": by.organisation_id, "url": url.strip(), "events": " ".join(chosen)}
    sealed = vault.seal(db, id, _PLACE, id, secret.encode())
    db.execute(sa.insert(webhook), {**values, "secret": sealed, "made_by": by.id, "made_at": at})
    _record(db, "webhook_made", id, by)
    return id, secret


def webhooks_of(db: Transaction, organisation_id: str) -> Sequence[Webhook]:
    """The organisation's webhooks, the newest first."""
    of = webhook.c
    found = sa.select(webhook).where(of.organisation_id == organisation_id).order_by(of.made_at.desc(), of.id)
    return [_webhook(row) for row in db.execute(found)]


def one_webhook(db: Transaction, by: Counsellor, webhook_id: str) -> Webhook:
    """One of `by`'s organisation. Raises 404."""
    return _webhook(_row(db, by, webhook_id))


def stop_webhook(db: Transaction, by: Counsellor, webhook_id: str, *, at: int) -> None:
    """Nothing is sent any more, what waits neither."""
    _row(db, by, webhook_id)
    of = webhook_delivery.c
    db.execute(sa.update(webhook).where(webhook.c.id == webhook_id).values(stopped_at=at))
    waiting = sa.and_(of.webhook_id == webhook_id, of.organisation_id == by.organisation_id, of.state == "waiting")
    db.execute(sa.update(webhook_delivery).where(waiting).values(state="failed", outcome="stopped", done_at=at))
    _record(db, "webhook_stopped", webhook_id, by)


def rotate_secret(db: Transaction, vault: Vault, by: Counsellor, webhook_id: str, *, at: int) -> str:
    """A new secret; for a day everything is signed with the old one too."""
    row = _row(db, by, webhook_id)
    secret = make_secret()
    old = vault.open(db, webhook_id, _PLACE, webhook_id, row.secret)
    values = {
        "secret": vault.seal(db, webhook_id, _PLACE, webhook_id, secret.encode()),
        "old_secret": vault.seal(db, webhook_id, _OLD_PLACE, webhook_id, old),
        "old_until": at + OLD_SECRET_LASTS,
    }
    db.execute(sa.update(webhook).where(webhook.c.id == webhook_id).values(**values))
    _record(db, "webhook_rotated", webhook_id, by)
    return secret


def try_again(db: Transaction, by: Counsellor, webhook_id: str, delivery_id: str, *, at: int) -> None:
    """A delivery that failed waits once more, as if it were new. Raises 404."""
    if _row(db, by, webhook_id).stopped_at is not None:
        raise not_found()
    of = webhook_delivery.c
    failed = sa.and_(
        of.id == delivery_id,
        of.webhook_id == webhook_id,
        of.organisation_id == by.organisation_id,
        of.state == "failed",
    )
    again = {"state": "waiting", "tries": 0, "due_at": at, "made_at": at, "lease_until": 0, "done_at": None}
    if db.execute(sa.update(webhook_delivery).where(failed).values(**again)).rowcount == 0:
        raise not_found()
    db.wake(TOPIC)


def sent_to(db: Transaction, by: Counsellor, webhook_id: str) -> Sequence[Sent]:
    """What was sent or waits, the newest first."""
    of = webhook_delivery.c
    mine = sa.and_(of.webhook_id == webhook_id, of.organisation_id == by.organisation_id)
    columns = (of.id, of.event, of.state, of.tries, of.made_at, of.outcome)
    found = sa.select(*columns).where(mine).order_by(of.made_at.desc(), of.id).limit(_SHOWN)
    return [Sent(**row._mapping) for row in db.execute(found)]  # noqa: SLF001 - public by documentation


def announce(db: Transaction, organisation_id: str, event: Event, request_id: str, *, at: int) -> None:
    """Something happened to a request of this organisation: each of its webhooks that asked will hear of it."""
    of = webhook.c
    listening = sa.select(of.id, of.events).where(of.organisation_id == organisation_id, of.stopped_at.is_(None))
    ids = [row.id for row in db.execute(listening) if event in row.events.split()]
    if not ids:
        return
    seconds = at // 1_000_000
    body = json.dumps({"type": f"request.{event}", "timestamp": seconds, "data": {"request": request_id}})
    fixed = {"organisation_id": organisation_id, "event": f"request.{event}", "body": body, "state": "waiting"}
    times: dict[str, Any] = {"tries": 0, "made_at": at, "due_at": at, "lease_until": 0}
    for id in ids:
        db.execute(sa.insert(webhook_delivery), {"id": secrets.token_hex(16), "webhook_id": id, **fixed, **times})
    db.wake(TOPIC)


def secrets_of(db: Transaction, vault: Vault, row: sa.Row[Any], *, at: int) -> list[str]:
    """The secrets that sign now; `row` is the webhook's row."""
    found = [vault.open(db, row.id, _PLACE, row.id, row.secret).decode()]
    if row.old_secret is not None and row.old_until > at:
        found.append(vault.open(db, row.id, _OLD_PLACE, row.id, row.old_secret).decode())
    return found


def _row(db: Transaction, by: Counsellor, webhook_id: str) -> sa.Row[Any]:
    mine = sa.and_(webhook.c.id == webhook_id, webhook.c.organisation_id == by.organisation_id)
    row = db.execute(sa.select(webhook).where(mine)).first()
    if row is None:
        raise not_found()
    return row


def _webhook(row: sa.Row[Any]) -> Webhook:
    return Webhook(row.id, row.url, row.events.split(), row.made_at, row.stopped_at)


def _record(db: Transaction, what: str, id: str, by: Counsellor) -> None:
    audit.record(db, f"connection.{what}", id, actor=by.id, organisation_id=by.organisation_id)
