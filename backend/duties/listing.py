"""The duty list of a school: everybody it may know of, what the rules say is due for them, and what was done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import sqlalchemy as sa

from backend import audit
from backend.audit import audit_event
from backend.consents.service import State, sharing_states
from backend.db import Transaction
from backend.dutch_time import AMSTERDAM, in_amsterdam
from backend.duties.models import former_pupil, hours_spent, school_offer
from backend.duties.service import Known, note_due, read
from backend.errors import Refused
from backend.invitations.service import Invitation, invitations_of
from backend.organisations.counsellors import Counsellor
from backend.support_requests.access import readable_by
from backend.support_requests.models import support_request
from backend.vault import Vault
from knowledge.duties import SchoolDuty, Year, duty_of, year_of
from knowledge.facts import write_facts

MOST_REQUESTS = 50


@dataclass(frozen=True, slots=True)
class Offer:
    """An offer that was made: when, by whom (a counsellor's id), and the answer if there is one."""

    year: int
    again: bool
    offered_at: int
    offered_by: str | None
    answer: str | None


@dataclass(frozen=True, slots=True)
class Pupil:
    """A former pupil on the list. Without an open gate (`access`) only that they are there; times in minutes."""

    id: str
    access: State
    known: Known | None
    offers: Mapping[int, Offer]
    minutes: Mapping[Year, int]


@dataclass(frozen=True, slots=True)
class SchoolClass:
    """A class that was invited: what is known of all of it, judged for those who did not go on learning at once."""

    invitation: Invitation
    duty: SchoolDuty


@dataclass(frozen=True, slots=True)
class Duties:
    """The whole list. `asking` are requests (id, status) of people who did not let the school know when they left."""

    school: str
    pupils: Sequence[Pupil]
    classes: Sequence[SchoolClass]
    asking: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Spent:
    """Time spent on one former pupil: the day, in which year after school, minutes, the kind of help, by whom."""

    pupil: str
    day: date
    year: Year
    minutes: int
    kind: str
    counsellor_id: str


def duties_of(db: Transaction, vault: Vault, who: Counsellor, school: str, *, at: int) -> Duties:
    """The list as `who` may see it. Looking is written to the audit trail, once a day for each counsellor and person; an
    offer that is seen to be due for the first time is counted."""
    of = former_pupil.c
    rows = db.execute(
        sa.select(former_pupil).where(of.organisation_id == who.organisation_id).order_by(of.known_at, of.id)
    ).all()
    states = sharing_states(db, [row.id for row in rows], recipient=who.organisation_id)
    offers, spent = _offers(db, rows), _days(db, rows)
    pupils = [_pupil(db, vault, school, row, states[row.id], offers, spent, at=at) for row in rows]
    known = [pupil.known for pupil in pupils if pupil.known]
    for one in known:
        note_due(db, one, who.organisation_id, at=at)
    _record(db, who, known, at=at)
    today = in_amsterdam(at).date()
    classes = [_class(school, one, today) for one in invitations_of(db, who.organisation_id)]
    return Duties(school, pupils, classes, _asking(db, who, [row.person_id for row in rows]))


def hours_of(db: Transaction, vault: Vault, who: Counsellor, school: str, *, at: int) -> list[Spent]:
    """All time spent on former pupils whose gate is open, oldest first; each of them is written to the audit trail."""
    of = former_pupil.c
    rows = db.execute(sa.select(former_pupil).where(of.organisation_id == who.organisation_id)).all()
    states = sharing_states(db, [row.id for row in rows], recipient=who.organisation_id)
    known = {row.id: read(db, vault, school, row, at=at) for row in rows if states[row.id] == "open"}
    for one in known.values():
        _say(db, who, "duty.export", one)
    found = sa.select(hours_spent).where(hours_spent.c.former_pupil_id.in_(list(known)))
    return [
        Spent(
            row.former_pupil_id,
            date.fromisoformat(row.day),
            year_of(school, known[row.former_pupil_id].facts, date.fromisoformat(row.day)),
            row.minutes,
            row.kind,
            row.counsellor_id,
        )
        for row in db.execute(found.order_by(hours_spent.c.day, hours_spent.c.at, hours_spent.c.id))
    ]


def _pupil(
    db: Transaction,
    vault: Vault,
    school: str,
    row: sa.Row[Any],
    access: State,
    offers: Mapping[str, Mapping[int, Offer]],
    spent: Mapping[str, Sequence[tuple[str, int]]],
    *,
    at: int,
) -> Pupil:
    try:
        known = read(db, vault, school, row, at=at) if access == "open" else None
    except Refused:
        known = None
    if known is None:
        return Pupil(row.id, access, None, {}, {})
    minutes: dict[Year, int] = {}
    for day, length in spent.get(row.id, ()):
        year = year_of(school, known.facts, date.fromisoformat(day))
        minutes[year] = minutes.get(year, 0) + length
    return Pupil(row.id, access, known, offers.get(row.id, {}), minutes)


def _class(school: str, one: Invitation, today: date) -> SchoolClass:
    facts = {**write_facts(one.facts), "follow_on_enrolment": False}
    return SchoolClass(one, duty_of(school, facts, today))


def _offers(db: Transaction, rows: Sequence[sa.Row[Any]]) -> dict[str, dict[int, Offer]]:
    found: dict[str, dict[int, Offer]] = {}
    of = school_offer.c
    made = sa.select(school_offer).where(of.former_pupil_id.in_([row.id for row in rows]), of.offered_at.is_not(None))
    for row in db.execute(made):
        one = Offer(row.year, row.again, row.offered_at, row.offered_by, row.answer)
        found.setdefault(row.former_pupil_id, {})[row.year] = one
    return found


def _days(db: Transaction, rows: Sequence[sa.Row[Any]]) -> dict[str, list[tuple[str, int]]]:
    found: dict[str, list[tuple[str, int]]] = {}
    spent = sa.select(hours_spent).where(hours_spent.c.former_pupil_id.in_([row.id for row in rows]))
    for row in db.execute(spent):
        found.setdefault(row.former_pupil_id, []).append((row.day, row.minutes))
    return found


def _asking(db: Transaction, who: Counsellor, known: Sequence[str]) -> list[tuple[str, str]]:
    """The newest requests that `who` may read, of people who are not on the list by themselves."""
    of = support_request.c
    rows = db.execute(
        readable_by(who)
        .with_only_columns(of.id, of.status)
        .where(of.person_id.not_in(known))
        .order_by(of.created_at.desc(), of.id)
        .limit(MOST_REQUESTS)
    ).all()
    states = sharing_states(db, [row.id for row in rows], recipient=who.organisation_id)
    return [(row.id, row.status) for row in rows if states[row.id] == "open"]


def _record(db: Transaction, who: Counsellor, known: Iterable[Known], *, at: int) -> None:
    midnight = datetime.combine(in_amsterdam(at).date(), time(0), AMSTERDAM)
    of = audit_event.c
    today = sa.and_(of.action == "duty.read", of.actor == who.id, of.at >= int(midnight.timestamp()) * 1_000_000)
    people = {one.id: one for one in known}
    seen = set(db.execute(sa.select(of.object).where(today, of.object.in_(list(people)))).scalars())
    for id, one in people.items():
        if id not in seen:
            _say(db, who, "duty.read", one)


def _say(db: Transaction, who: Counsellor, action: str, one: Known) -> None:
    audit.record(db, action, one.id, actor=who.id, organisation_id=who.organisation_id, person_id=one.person_id)
