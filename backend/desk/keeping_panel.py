"""What the desk shows of keeping: which closed requests vanish within a week, and what is kept longer and why."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from backend.db import Transaction
from backend.desk.words import Words
from backend.organisations.counsellors import Counsellor
from backend.retention.holds import holds_on
from backend.retention.terms import DAY, WARNING, days_of, vanishing
from backend.support_requests.access import may_read
from backend.support_requests.models import support_request
from backend.vault import Vault

_MOST = 50


def keeping_words(db: Transaction, vault: Vault, words: Words, request_id: str, *, at: int) -> Sequence[str]:
    """Sentences on the page of a request: that it vanishes soon, or that it is held and why; mostly none."""
    soon = vanishing(db, [request_id], at=at).values()
    held = holds_on(db, vault, [request_id]).values()
    return [
        *(words("keeping.request.vanishes", moment=words.moment(until)) for until in soon),
        *(words("keeping.request.held", moment=words.moment(one.placed_at), reason=one.reason) for one in held),
    ]


def vanishing_soon(db: Transaction, words: Words, who: Counsellor, *, at: int) -> Sequence[tuple[str, str]]:
    """The closed requests `who` may read that vanish within a week, first the first: id and sentence."""
    return _vanishing_soon(db, words, who.organisation_id, may_read(who), at=at)


def all_vanishing_soon(db: Transaction, words: Words, organisation_id: str, *, at: int) -> Sequence[tuple[str, str]]:
    """Those of the whole organisation, for who answers for its data."""
    return _vanishing_soon(db, words, organisation_id, support_request.c.organisation_id == organisation_id, at=at)


def _vanishing_soon(
    db: Transaction, words: Words, organisation_id: str, whose: sa.ColumnElement[bool], *, at: int
) -> Sequence[tuple[str, str]]:
    closed_before = at + WARNING - days_of(db, organisation_id) * DAY
    of = support_request.c
    closed = sa.select(of.id).where(whose, of.status == "closed", of.closed_at <= closed_before)
    ids = db.execute(closed.order_by(of.closed_at).limit(_MOST)).scalars().all()
    soon = sorted(vanishing(db, ids, at=at).items(), key=lambda pair: (pair[1], pair[0]))
    return [(id, words("keeping.list.one", number=id[:6], moment=words.moment(until))) for id, until in soon]
