"""Sending webhooks: due ones are claimed, sent to one pinned address without following anything, and tried again later."""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from backend.connections.addresses import BadAddress, Resolve, Target, pin, read_url
from backend.connections.models import webhook, webhook_delivery
from backend.connections.signing import headers
from backend.connections.webhooks import TOPIC, secrets_of
from backend.db import Database, Transaction, now
from backend.errors import Refused
from backend.rounds import counted, tell_failure
from backend.vault import Vault

_WORK = counted("webhooks")
_SECOND = 1_000_000
_LEASE = 60 * _SECOND
_BATCH = 20
_POLL_SECONDS = 5.0
_TIMEOUT_SECONDS = 10.0
MOST_TRIES = 12
_LONGEST_WAIT = 6 * 3600
_BUSY = (429, 503)
KEPT = 30 * 24 * 3600 * _SECOND
"""How long a delivery that is done stays visible."""


@dataclass(frozen=True, slots=True)
class _Parcel:
    """One claimed delivery with what is needed to send it."""

    id: str
    url: str
    body: str
    tries: int
    secrets: Sequence[str]


@dataclass(slots=True)
class Sender:
    """The loop that sends webhooks; any number of processes may run one. `resolve` and `tls` are others in tests."""

    database: Database
    vault: Vault
    resolve: Resolve | None = None
    tls: ssl.SSLContext | None = None
    _tls: ssl.SSLContext | None = field(default=None, init=False)

    async def run(self, stop: asyncio.Event) -> None:
        """Sends until stopped; a database that is away is waited for."""
        with self.database.signals.listen(TOPIC) as listener:
            while not stop.is_set():
                try:
                    busy = await self.drain(at=now())
                except Exception as error:  # noqa: BLE001 - one defect must not silence everybody
                    busy = False
                    if not isinstance(error, Refused):
                        tell_failure(_WORK, error)
                if not busy:
                    await listener.wait(_POLL_SECONDS)

    async def drain(self, *, at: int) -> bool:
        """Sends what is due at this moment; whether there was anything."""
        if not await self.database.read(lambda db: _is_any(db, at)):
            return False
        parcels = await self.database.write(lambda db: _claim(db, self.vault, at))
        await asyncio.gather(*(self._send(parcel, at) for parcel in parcels))
        return bool(parcels)

    async def _send(self, parcel: _Parcel, at: int) -> None:
        import httpx  # a tenth of the service's start, and most have no webhooks

        asked = 0
        try:
            outcome, asked = await self._post(parcel)
        except BadAddress:
            outcome = "address"
        except (OSError, httpx.HTTPError, ssl.SSLError, UnicodeError):
            outcome = "unreachable"
        await self.database.write(lambda db: _note(db, parcel, outcome, at, asked=asked))

    async def _post(self, parcel: _Parcel) -> tuple[str, int]:
        """The status of the answer, and how many seconds it asks to wait. The name is looked up once, and the connection
        goes to what was found."""
        import httpx

        target = read_url(parcel.url)
        address = await asyncio.to_thread(pin, target, self.resolve)
        sent = headers(parcel.id, now() // _SECOND, parcel.body, parcel.secrets)
        async with httpx.AsyncClient(verify=self._context(), trust_env=False, follow_redirects=False) as client:
            request = client.build_request(
                "POST",
                _numeric(target, address),
                content=parcel.body,
                headers={"Host": _host(target), "Content-Type": "application/json", "User-Agent": "Verder", **sent},
                timeout=_TIMEOUT_SECONDS,
                extensions={"sni_hostname": target.host},
            )
            # The answer's words are of no use to us, and may be endless: only its head is read.
            answer = await client.send(request, stream=True)
            await answer.aclose()
            return str(answer.status_code), _asked_wait(answer.status_code, answer.headers.get("retry-after", ""))

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = self.tls or ssl.create_default_context()
        return self._tls


def wait_after(tries: int) -> float:
    """Seconds until the next try: 10 s, doubling to 6 hours, with jitter; twelve tries take about a day."""
    return min(10.0 * 2.0 ** (tries - 1), _LONGEST_WAIT) * random.uniform(0.9, 1.1)


def _asked_wait(status: int, written: str) -> int:
    """The seconds of a Retry-After that a busy receiver sent, at most `_LONGEST_WAIT`; 0 for a date or anything else."""
    if status not in _BUSY or not (written.isascii() and written.isdecimal()):
        return 0
    return int(min(int(written[:9]), _LONGEST_WAIT))


def _is_any(db: Transaction, at: int) -> bool:
    return db.execute(sa.select(webhook_delivery.c.id).where(_due(at)).limit(1)).first() is not None


def _due(at: int) -> sa.ColumnElement[bool]:
    of = webhook_delivery.c
    return sa.and_(of.state == "waiting", of.due_at <= at, of.lease_until <= at)


def _claim(db: Transaction, vault: Vault, at: int) -> list[_Parcel]:
    of = webhook_delivery.c
    due = sa.select(of.id, of.webhook_id, of.body, of.tries).where(_due(at)).order_by(of.due_at, of.id).limit(_BATCH)
    parcels = []
    for row in db.execute(due.with_for_update(skip_locked=True) if db.locks_rows else due).all():
        to = db.execute(sa.select(webhook).where(webhook.c.id == row.webhook_id)).one()
        signing = secrets_of(db, vault, to, at=at)
        values = {"lease_until": at + _LEASE, "tries": row.tries + 1}
        db.execute(sa.update(webhook_delivery).where(of.id == row.id).values(**values))
        parcels.append(_Parcel(row.id, to.url, row.body, row.tries + 1, signing))
    return parcels


def _note(db: Transaction, parcel: _Parcel, outcome: str, at: int, *, asked: int = 0) -> None:
    """Writes down how it went; the next try is never before the receiver wants it."""
    of = webhook_delivery.c
    mine = sa.and_(of.id == parcel.id, of.state == "waiting", of.tries == parcel.tries)
    if outcome.startswith("2"):
        values: dict[str, object] = {"state": "sent", "done_at": at}
    elif outcome == "410" or parcel.tries >= MOST_TRIES:
        values = {"state": "failed", "done_at": at}
    else:
        values = {"due_at": at + int(max(wait_after(parcel.tries), asked) * _SECOND)}
    db.execute(sa.update(webhook_delivery).where(mine).values(**values, lease_until=0, outcome=outcome[:24]))
    db.execute(sa.delete(webhook_delivery).where(of.state != "waiting", of.done_at < at - KEPT))


def _numeric(target: Target, address: str) -> str:
    return f"https://{f'[{address}]' if ':' in address else address}:{target.port}{target.path}"


def _host(target: Target) -> str:
    return target.host if target.port == 443 else f"{target.host}:{target.port}"
