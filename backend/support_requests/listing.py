"""The order of a counsellor's list, a page at a time: as many requests as there may be, a page reads only its own.

Each queue has its requests in this order in an index (`models.PLACE_IN_LIST`); a page takes the first of each queue and
merges them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import sqlalchemy as sa

from backend.db import Transaction
from backend.errors import Refused
from backend.organisations.counsellors import Counsellor
from backend.support_requests.access import may_read, queues_read_by
from backend.support_requests.models import PLACE_IN_LIST, support_request

Status = Literal["waiting", "transferred", "claimed", "closed"]
PAGE = 50
MOST_COUNTED = 100

_Key = tuple[int, int, int, int, str]
"""Group, urgency, whether an answer is waited for, since when (closed: newest first), id."""
_GROUPS: Mapping[Status | None, Sequence[int]] = {
    None: (0, 1, 2, 3, 5),
    "waiting": (0, 5),
    "transferred": (1,),
    "claimed": (2, 3),
    "closed": (4,),
}
_MINE, _COLLEAGUE, _CLOSED, _BUNDLED = 2, 3, 4, 5
"""Those that lie together come last, however many they are: nobody else is on a later page because of them."""
_passed, _calm, _quiet, _since = (sa.literal_column(one.text, sa.BigInteger) for one in PLACE_IN_LIST)
_ORDER = (_calm, _quiet, _since, support_request.c.id)


def listed(
    db: Transaction, who: Counsellor, *, queue_id: str | None, status: Status | None, after: str | None
) -> tuple[Sequence[str], str | None]:
    """The ids of one page in their order, and the cursor of the next page (None at the end).

    Raises `Refused` 422 for a cursor that is none.
    """
    start = _read_cursor(after) if after else None
    queues = db.execute(queues_read_by(who)).scalars().all()
    wanted = [one for one in queues if queue_id in (None, "", one)]
    found: list[_Key] = []
    for group in _GROUPS[status] if wanted else ():
        if len(found) <= PAGE and (start is None or group >= start[0]):
            later = start if start and group == start[0] else None
            found += _first(db, who, group, wanted, later, most=PAGE + 1 - len(found))
    ids = [key[-1] for key in found[:PAGE]]
    return ids, ".".join(map(str, found[PAGE - 1])) if len(found) > PAGE else None


def waiting_in(db: Transaction, queue_ids: Iterable[str]) -> Mapping[str, int]:
    """How many wait in each of these queues, counted up to `MOST_COUNTED`."""
    of = support_request.c
    counts = []
    for id in queue_ids:
        some = sa.select(of.id).where(of.queue_id == id, of.status == "waiting").limit(MOST_COUNTED).subquery()
        counts.append(sa.select(sa.literal(id).label("id"), sa.func.count().label("n")).select_from(some))
    rows = db.execute(sa.union_all(*counts)).all() if counts else []
    return {row.id: row.n for row in rows}


def _first(
    db: Transaction, who: Counsellor, group: int, queues: Sequence[str], start: _Key | None, *, most: int
) -> list[_Key]:
    """The first keys of a group after `start`, of all these queues together."""
    if group == _MINE:
        return _keys(db, group, _mine(who, queues, start).limit(most))
    parts = [_part(who, group, queue_id, start).limit(most).subquery() for queue_id in queues]
    keys = [_key(row, group) for row in db.execute(sa.union_all(*(sa.select(part) for part in parts)))]
    return sorted(keys)[:most]


def _keys(db: Transaction, group: int, statement: sa.Select[Any]) -> list[_Key]:
    return [_key(row, group) for row in db.execute(statement)]


def _key(row: sa.Row[Any], group: int) -> _Key:
    return group, int(row.calm), int(row.quiet), int(row.since), row.id


def _mine(who: Counsellor, queues: Sequence[str], start: _Key | None) -> sa.Select[Any]:
    of = support_request.c
    mine = _columns().where(of.claimed_by == who.id, of.status == "claimed", of.queue_id.in_(queues), may_read(who))
    return _after(mine, start).order_by(*_ORDER)


def _part(who: Counsellor, group: int, queue_id: str, start: _Key | None) -> sa.Select[Any]:
    """The requests of one queue and group, in the order of the index."""
    of = support_request.c
    here = sa.and_(of.queue_id == queue_id, of.organisation_id == who.organisation_id)
    if group == _CLOSED:
        none = sa.literal_column("0", sa.BigInteger)
        columns = (none.label("calm"), none.label("quiet"), (-of.closed_at).label("since"), of.id)
        closed = sa.select(*columns).where(here, of.status == "closed").order_by(of.closed_at.desc(), of.id.desc())
        return closed.where(sa.tuple_(of.closed_at, of.id) < sa.tuple_(-start[3], start[4])) if start else closed
    if group == _COLLEAGUE:
        theirs = _columns().where(here, of.status == "claimed", _passed == 0, of.claimed_by != who.id)
        return _after(theirs, start).order_by(*_ORDER)
    if group == _BUNDLED:
        waiting = _columns().where(here, of.status == "waiting", _passed == 0, of.bundled_at.is_not(None))
    else:
        waiting = _columns().where(here, of.status == "waiting", _passed == group, of.bundled_at.is_(None))
    return _after(waiting, start).order_by(*_ORDER)


def _columns() -> sa.Select[Any]:
    return sa.select(
        _calm.label("calm"), _quiet.label("quiet"), _since.label("since"), support_request.c.id
    ).select_from(support_request)


def _after(statement: sa.Select[Any], start: _Key | None) -> sa.Select[Any]:
    if start is None:
        return statement
    values = (*(sa.literal(number, sa.BigInteger) for number in start[1:4]), sa.literal(start[4], sa.String))
    return statement.where(sa.tuple_(*_ORDER) > sa.tuple_(*values))


def _read_cursor(after: str) -> _Key:
    *numbers, request_id = after.split(".")
    if len(numbers) != 4 or not all(number.lstrip("-").isdecimal() and len(number) < 20 for number in numbers):
        raise Refused(422, "bad_request", fields={"after": after[:80]})
    group, calm, quiet, since = map(int, numbers)
    return group, calm, quiet, since, request_id[:32]
