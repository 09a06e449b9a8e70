"""The four things a counsellor does with a request, each once per Idempotency-Key; for the API and the pages alike."""

from __future__ import annotations

from typing import Literal

from backend.db import Transaction
from backend.desk.entrance import Entrance
from backend.handovers import service as handovers
from backend.organisations.counsellors import Counsellor
from backend.support_requests import service
from backend.support_requests.canned import language_of
from backend.support_requests.drafts import drop_draft
from backend.support_requests.once import Answer, once
from backend.support_requests.repository import SupportRequest

Action = Literal["claim", "release", "reply", "close"]


async def act(
    entrance: Entrance, who: Counsellor, action: Action, request_id: str, *, text: str = "", key: str | None = None
) -> Answer:
    """Does it in one transaction; the answer holds the request's id and status, and the number of a new message."""
    at = entrance.clock()

    def work(db: Transaction) -> Answer:
        asked = [action, request_id, text]
        return once(db, who, key, asked, at=at, work=lambda: _do(db, entrance, who, action, request_id, text, at))

    return await entrance.database.write(work)


def _do(
    db: Transaction, entrance: Entrance, who: Counsellor, action: Action, request_id: str, text: str, at: int
) -> Answer:
    match action:
        case "claim":
            return _changed(handovers.claim(db, entrance.vault, who, request_id, at=at))
        case "release":
            return _changed(service.release(db, entrance.vault, who, request_id, at=at))
        case "close":
            handovers.before_close(db, entrance.vault, who, request_id, at=at)
            drop_draft(db, who, request_id)
            return _changed(service.close(db, entrance.vault, who, request_id, text=text, at=at))
        case "reply":
            spoken = language_of(db, who, service.clean(text))
            number = service.reply(db, entrance.vault, who, request_id, text=text, at=at, language=spoken)
            handovers.after_reply(db, entrance.vault, who, request_id, at=at)
            drop_draft(db, who, request_id)
            return {"id": request_id, "status": "claimed", "claimed_by": who.id, "number": number}


def _changed(request: SupportRequest) -> Answer:
    return {"id": request.id, "status": request.status, "claimed_by": request.claimed_by}
