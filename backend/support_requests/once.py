"""Doing what a counsellor asked once: the same Idempotency-Key gives the same answer, and nothing happens twice."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping

import sqlalchemy as sa

from backend.db import Transaction
from backend.errors import Refused
from backend.organisations.counsellors import Counsellor
from backend.support_requests.models import desk_action

Answer = Mapping[str, str | int | None]
"""Ids, statuses, numbers and times: nothing personal, because it is kept in the clear."""


def once(
    db: Transaction, who: Counsellor, key: str | None, asked: object, *, at: int, work: Callable[[], Answer]
) -> Answer:
    """The answer of `work`, or the kept one when `key` was used for the same `asked` (anything JSON can hold).

    Raises `Refused` 422 when the key was used for something else. What is refused is not kept: nothing was done.
    """
    if key is None:
        return work()
    hashed = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).digest()
    insert = db.insert(desk_action)
    values = {"counsellor_id": who.id, "key": _fitting(key), "body_hash": hashed, "answer": None, "at": at}
    this = sa.and_(desk_action.c.counsellor_id == who.id, desk_action.c.key == values["key"])
    if db.execute(insert.values(**values).on_conflict_do_nothing().returning(desk_action.c.at)).first() is None:
        return _kept(db, this, hashed)
    answer = work()
    db.execute(sa.update(desk_action).where(this).values(answer=json.dumps(answer)))
    return answer


def _kept(db: Transaction, this: sa.ColumnElement[bool], hashed: bytes) -> Answer:
    row = db.execute(sa.select(desk_action.c.body_hash, desk_action.c.answer).where(this)).one()
    if row.body_hash != hashed:
        raise Refused(422, "idempotency_mismatch")
    answer: Answer = json.loads(row.answer)
    return answer


def _fitting(key: str) -> str:
    if not 1 <= len(key) <= 120 or not key.isascii() or not key.isprintable():
        raise Refused(422, "bad_request", fields={"Idempotency-Key": "1-120 ASCII"})
    return key
