"""What made a request urgent: the kind of danger, its tier and what set it off, sealed beside the need."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from backend.db import Transaction
from backend.support_requests.models import support_request
from backend.vault import Vault
from knowledge.danger import Danger

_PLACE = "support_request.danger"


def seal_danger(db: Transaction, vault: Vault, person_id: str, request_id: str, danger: Danger | None) -> bytes | None:
    """The column's value; None where there was no danger."""
    if danger is None:
        return None
    told = {"kind": danger.kind, "tier": danger.tier, "why": danger.why}
    return vault.seal(db, person_id, _PLACE, request_id, json.dumps(told).encode())


def open_danger(db: Transaction, vault: Vault, person_id: str, request_id: str, sealed: bytes | None) -> Danger | None:
    """What was sealed. Raises `NoKey` for an erased person."""
    if sealed is None:
        return None
    told = json.loads(vault.open(db, person_id, _PLACE, request_id, sealed))
    return Danger(told["tier"], told["kind"], told["why"])


def danger_of(db: Transaction, vault: Vault, person_id: str, request_id: str) -> Danger | None:
    """The danger of one request."""
    found = sa.select(support_request.c.danger).where(support_request.c.id == request_id)
    return open_danger(db, vault, person_id, request_id, db.execute(found).scalar_one())


def note_danger(db: Transaction, vault: Vault, rows: Sequence[sa.Row[Any]], danger: Danger | None) -> None:
    """Later words of danger: red always counts, something milder only where nothing is known yet. The rows have `id`,
    `person_id` and `danger`."""
    for row in rows:
        if danger is not None and (danger.tier == "red" or row.danger is None):
            sealed = seal_danger(db, vault, row.person_id, row.id, danger)
            db.execute(sa.update(support_request).where(support_request.c.id == row.id).values(danger=sealed))
