"""Many counsellors who want the same requests at once: exactly one owner each, and a plain no for all others."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa

from backend.errors import Refused
from backend.handovers import service as handovers
from backend.organisations.counsellors import Counsellor
from backend.support_requests.models import assignment, support_request
from desk_world import DeskWorld
from sizes import size

REQUESTS, CLAIMERS = size(6, 200), size(8, 100)


@pytest.mark.anyio
async def test_every_request_gets_exactly_one_owner(world: DeskWorld) -> None:
    """Whoever comes second hears "already_claimed" with the owner's name; nothing fails otherwise."""
    people = [world.counsellor(f"Coach {place}", "werk") for place in range(CLAIMERS)]
    requests = [world.request() for _ in range(REQUESTS)]
    at, home = world.clock(), world.organisations["gemeente"]

    async def claim(who: Counsellor, request_id: str) -> str:
        try:
            await world.database.write(lambda db: handovers.claim(db, world.vault, who, request_id, at=at))
        except Refused as no:
            return no.code
        return who.id

    acting = [Counsellor(one.id, home, one.name) for one in people]
    for request_id in requests:
        answers = await asyncio.gather(*(claim(who, request_id) for who in acting))
        owners = [one for one in answers if one != "already_claimed"]
        assert len(owners) == 1
        found = world.rows(sa.select(support_request.c.claimed_by).where(support_request.c.id == request_id))
        assert found[0].claimed_by == owners[0]
    assert len(world.rows(sa.select(assignment).where(assignment.c.ended_at.is_(None)))) == REQUESTS
