"""What stands around a request for the counsellor who works on it: kept answers, the draft, a call, other requests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backend.db import Transaction
from backend.desk.canned_views import CannedChoice, choices
from backend.desk.words import Words
from backend.organisations.counsellors import Counsellor
from backend.support_requests.appointments import Appointment, newest
from backend.support_requests.drafts import draft_of
from backend.support_requests.repository import SupportRequest
from backend.support_requests.searching import same_person
from backend.vault import Vault


@dataclass(frozen=True, slots=True)
class CallView:
    """The last offer to call: what became of it, and its moments in words while they can be chosen."""

    said: str
    moments: Sequence[str]
    open: bool


@dataclass(frozen=True, slots=True)
class WorkView:
    """Everything for working on a request; `others` are further open requests of the same person."""

    canned: Sequence[CannedChoice]
    draft: str
    call: CallView | None
    others: Sequence[tuple[str, str]]


def around(db: Transaction, vault: Vault, words: Words, who: Counsellor, request: SupportRequest) -> WorkView:
    """For a request that `who` just opened; only who has it gets what is for answering."""
    mine = request.claimed_by == who.id and request.status == "claimed"
    others = same_person(db, who, [request]).get(request.id, ())
    call = newest(db, request.id)
    return WorkView(
        canned=choices(db, words, who, request.language) if mine else (),
        draft=draft_of(db, vault, who, request.id) if mine else "",
        call=_call(words, call) if call else None,
        others=[(id, id[:6]) for id in others],
    )


def _call(words: Words, one: Appointment) -> CallView:
    open_now = one.stage in ("asked", "chosen")
    said = words(f"work.call.{one.stage}", moment=words.moment(one.chosen) if one.chosen else "")
    moments = [words.moment(moment) for moment in one.moments] if one.stage == "asked" else []
    return CallView(said, moments, open_now)
