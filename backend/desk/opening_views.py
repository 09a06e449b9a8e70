"""Reasons for opening a colleague's request, and who gave which, in words."""

from __future__ import annotations

from backend.access.roles import REASONS
from backend.db import Transaction
from backend.desk.words import Words
from backend.organisations.counsellors import Counsellor
from backend.support_requests.openings import Opening, openings_of
from backend.support_requests.repository import SupportRequest
from backend.vault import Vault


def line(words: Words, one: Opening, *, with_words: bool = True) -> dict[str, str]:
    """One opening in words."""
    return {
        "number": one.request_id[:6],
        "who": one.name,
        "when": words.moment(one.at),
        "reason": words(f"access.reason.{one.reason}"),
        "words": one.words if with_words else "",
    }


def looked_here(db: Transaction, vault: Vault, words: Words, who: Counsellor, request: SupportRequest) -> list[str]:
    """For the owner of a request: which colleagues looked at it and why, in sentences."""
    if request.claimed_by != who.id:
        return []
    seen = openings_of(db, vault, request)
    return [
        words("access.looked.words" if one["words"] else "access.looked.one", **one)
        for one in (line(words, each) for each in seen)
    ]


def reason_choices(words: Words) -> list[tuple[str, str]]:
    """The reasons to choose from, each with its words."""
    return [(one, words(f"access.reason.{one}")) for one in REASONS]
