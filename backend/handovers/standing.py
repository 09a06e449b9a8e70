"""Where a person's open request is, for who asks in the chat: with whom, how far, and when somebody is there."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from backend.conversations.messages import Row
from backend.db import Transaction
from backend.handovers.models import handover
from backend.handovers.reading import open_handover
from backend.organisations.models import counsellor, organisation
from backend.organisations.service import open_name
from backend.support_requests.models import support_request
from backend.support_requests.reading_times import opening
from backend.vault import Vault
from dialogs.news import RequestStands


def stands(db: Transaction, vault: Vault, row: Row, *, at: int) -> Sequence[RequestStands]:
    """One for each open request of the conversation."""
    of = support_request.c
    found = (
        sa.select(of.id, of.organisation_id, of.claimed_by, organisation.c.name, counsellor.c.name.label("sealed"))
        .join(organisation, organisation.c.id == of.organisation_id)
        .outerjoin(counsellor, counsellor.c.id == of.claimed_by)
        .where(of.conversation_id == row.id, of.status != "closed")
        .order_by(of.created_at)
    )
    return [_stands(db, vault, one, at) for one in db.execute(found).all()]


def _stands(db: Transaction, vault: Vault, request: Row, at: int) -> RequestStands:
    one = open_handover(db, handover.c.request_id == request.id)
    return RequestStands(
        organisation=request.name,
        helper=open_name(db, vault, request.claimed_by, request.sealed) if request.claimed_by else None,
        stage=one.stage if one and one.stage in ("agreed", "accepted") else None,
        sender=one.sender if one else None,
        receiver=one.receiver if one else None,
        opening=opening(db, request.organisation_id, at=at),
    )
