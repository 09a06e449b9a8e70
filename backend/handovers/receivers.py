"""To whom a request can be handed over: organisations by kind, the counsellor's own region first, connected or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from backend.db import Transaction
from backend.organisations.counsellors import Counsellor
from backend.organisations.models import organisation, organisation_area
from backend.queues.models import queue

KINDS = ("doorstroompunt", "gemeente", "pro", "vso", "mbo")


@dataclass(frozen=True, slots=True)
class Receiver:
    """An organisation: the codes of the municipalities it serves, whether it answers in Verder, and else its contact."""

    id: str
    kind: str
    name: str
    municipalities: Sequence[str]
    near: bool
    connected: bool
    contact: str


def receivers(db: Transaction, who: Counsellor) -> Sequence[Receiver]:
    """Every other organisation: by kind, near ones first, then by name."""
    areas: dict[str, list[str]] = {}
    for row in db.execute(sa.select(organisation_area).order_by(organisation_area.c.municipality_code)):
        areas.setdefault(row.organisation_id, []).append(row.municipality_code)
    own = set(areas.get(who.organisation_id, ()))
    with db.across():  # that an organisation answers in Verder is public
        with_queue = set(db.execute(sa.select(queue.c.organisation_id).distinct()).scalars())
    rows = db.execute(sa.select(organisation).where(organisation.c.id != who.organisation_id))
    found = [
        Receiver(
            id=row.id,
            kind=row.kind,
            name=row.name,
            municipalities=areas.get(row.id, ()),
            near=bool(own & set(areas.get(row.id, ()))),
            connected=row.id in with_queue,
            contact=" · ".join(filter(None, (row.phone, row.website))),
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: (KINDS.index(one.kind), not one.near, one.name))
