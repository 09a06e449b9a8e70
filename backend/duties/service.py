"""Former pupils of a school: letting it know of somebody, its one offer a year, the answer, and hours spent."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Literal

import sqlalchemy as sa

from backend import audit
from backend.consents.models import consent, sharing
from backend.consents.service import add_row, require_sharing, share
from backend.conversations.models import conversation
from backend.db import Transaction
from backend.dutch_time import in_amsterdam
from backend.duties.models import former_pupil, hours_spent, school_offer
from backend.errors import Refused, not_found
from backend.follow_ups.service import plan_offer, stop_offers
from backend.organisations.counsellors import Counsellor
from backend.organisations.models import organisation
from backend.statistics.service import count_at
from backend.vault import NoKey, Vault
from dialogs.effects import AnswerOffer, BecomeKnown
from knowledge.duties import WITH_DUTY_LIST, Due, SchoolDuty, Year, duty_of, year_of

FACTS_PLACE = "former_pupil.facts"
KIND: Literal["school_offer"] = "school_offer"
KINDS_OF_TIME = ("talk", "application", "visit", "other")
MOST_MINUTES = 12 * 60
NUMBER: Mapping[Year, int] = {"one": 1, "two": 2}
"""The years in which an offer can be made."""
OFFERABLE: tuple[Due, ...] = ("offer", "again", "again_if_unused")


@dataclass(frozen=True, slots=True)
class Known:
    """A former pupil as the school may see them; `facts` are JSON values of a closed list."""

    id: str
    person_id: str
    conversation_id: str
    language: str
    facts: Mapping[str, Any]
    used_first_year: bool | None
    duty: SchoolDuty


def become_known(db: Transaction, vault: Vault, row: sa.Row[Any], asked: BecomeKnown, *, at: int) -> None:
    """Records the consent, lays the facts before the school and keeps them for it; saying it again renews all three."""
    said, until = asked.consent, _moment(asked.until)
    add_row(db, row.person_id, row.id, said, {"given_by": "youth", "expires_at": until})
    id = _add(db, row, said.recipient, at)
    sealed = vault.seal(db, row.person_id, FACTS_PLACE, id, json.dumps(dict(asked.facts)).encode())
    values = {"facts": sealed, "language": asked.language, "conversation_id": row.id, "keep_until": until}
    db.execute(sa.update(former_pupil).where(former_pupil.c.id == id).values(**values))
    share(
        db,
        row.person_id,
        kind=KIND,
        object_id=id,
        purpose=said.purpose,
        recipient=said.recipient,
        data_groups=said.data_groups,
        text_version=said.text_version,
    )
    audit.record(db, "duty.known", id, actor="person", organisation_id=said.recipient, person_id=row.person_id)


def school_of(db: Transaction, who: Counsellor) -> str:
    """The kind of school `who` works at; raises the 404 refusal where there is no duty list."""
    kind = db.execute(sa.select(organisation.c.kind).where(organisation.c.id == who.organisation_id)).scalar_one()
    if kind not in WITH_DUTY_LIST:
        raise not_found()
    return str(kind)


def one_known(db: Transaction, vault: Vault, who: Counsellor, id: str, *, at: int) -> Known:
    """One former pupil, held for this transaction. Raises 404 for another school's, 410 or 409 without consent."""
    school = school_of(db, who)
    of = former_pupil.c
    found = sa.select(former_pupil).where(of.id == id, of.organisation_id == who.organisation_id)
    row = db.execute(found.with_for_update() if db.locks_rows else found).first()
    if row is None:
        raise not_found()
    require_sharing(db, id, recipient=who.organisation_id)
    return read(db, vault, school, row, at=at)


def read(db: Transaction, vault: Vault, school: str, row: sa.Row[Any], *, at: int) -> Known:
    """What a row of `former_pupil` says, opened and judged by the rules; the gate was passed by the caller."""
    try:
        opened = vault.open(db, row.person_id, FACTS_PLACE, row.id, row.facts)
    except NoKey:
        raise not_found() from None
    facts = dict(json.loads(opened))
    used = _used_first_year(db, school, row, facts)
    if used is not None:
        facts["used_offer_year1"] = used
    duty = duty_of(school, facts, in_amsterdam(at).date())
    return Known(row.id, row.person_id, row.conversation_id, row.language, facts, row.used_first_year, duty)


def offer(db: Transaction, vault: Vault, who: Counsellor, id: str, *, at: int) -> None:
    """Makes the offer of this year, once: the person gets it in their own chat, in daytime. A second time changes nothing.

    Raises 409 "no_offer_due" where the rules ask none, and what `one_known` raises.
    """
    known = one_known(db, vault, who, id, at=at)
    year = NUMBER.get(known.duty.year)
    if year is None or known.duty.due not in OFFERABLE:
        raise Refused(409, "no_offer_due")
    note_due(db, known, who.organisation_id, at=at)
    of = school_offer.c
    mine = sa.and_(of.former_pupil_id == id, of.year == year, of.offered_at.is_(None))
    made = sa.update(school_offer).where(mine).values(offered_at=at, offered_by=who.id)
    if db.execute(made).rowcount != 1:
        return
    again = known.duty.due != "offer"
    plan_offer(
        db,
        vault,
        known.conversation_id,
        person_id=known.person_id,
        organisation_id=who.organisation_id,
        again=again,
        at=at,
    )
    count_at(db, who.organisation_id, "offer", "again_made" if again else "made", at=at)
    audit.record(db, "duty.offer", id, actor=who.id, organisation_id=who.organisation_id, person_id=known.person_id)


def note_due(db: Transaction, known: Known, organisation_id: str, *, at: int) -> None:
    """The first time that an offer is seen to be due in this year, it gets its row and is counted."""
    year = NUMBER.get(known.duty.year)
    if year is None or known.duty.due not in OFFERABLE:
        return
    again = known.duty.due != "offer"
    values = {
        "id": secrets.token_hex(16),
        "former_pupil_id": known.id,
        "person_id": known.person_id,
        "year": year,
        "again": again,
        "due_at": at,
    }
    insert = db.insert(school_offer)
    added = db.execute(insert.values(**values).on_conflict_do_nothing().returning(school_offer.c.id)).first()
    if added:
        count_at(db, organisation_id, "offer", "again_due" if again else "due", at=at)


def answered(db: Transaction, person_id: str, said: AnswerOffer, *, at: int) -> None:
    """Keeps the answer to the newest offer of that school; a yes or no stands, "later" may still become one."""
    of = school_offer.c
    theirs = (
        sa.select(of.id)
        .join(former_pupil, former_pupil.c.id == of.former_pupil_id)
        .where(of.person_id == person_id, former_pupil.c.organisation_id == said.organisation)
        .where(of.offered_at.is_not(None), sa.or_(of.answer.is_(None), of.answer == "later"))
        .order_by(of.year.desc())
        .limit(1)
    )
    if id := db.execute(theirs).scalar_one_or_none():
        db.execute(sa.update(school_offer).where(of.id == id).values(answer=said.answer, answered_at=at))


def log_hours(
    db: Transaction, vault: Vault, who: Counsellor, id: str, *, day: date, minutes: int, kind: str, at: int
) -> None:
    """Adds time spent on a day. Raises 422 for a day to come or before they left, no or too much time, another kind."""
    known = one_known(db, vault, who, id, at=at)
    school, today = school_of(db, who), in_amsterdam(at).date()
    if day > today or year_of(school, known.facts, day) == "enrolled":
        raise Refused(422, "invalid", fields={"day": "not after school, or to come"})
    if not 1 <= minutes <= MOST_MINUTES or kind not in KINDS_OF_TIME:
        raise Refused(422, "invalid", fields={"minutes": f"1-{MOST_MINUTES}"})
    values = {"id": secrets.token_hex(16), "former_pupil_id": id, "person_id": known.person_id, "at": at}
    db.execute(
        sa.insert(hours_spent),
        {**values, "day": day.isoformat(), "minutes": minutes, "kind": kind, "counsellor_id": who.id},
    )
    audit.record(db, "duty.hours", id, actor=who.id, organisation_id=who.organisation_id, person_id=known.person_id)


def note_used(db: Transaction, vault: Vault, who: Counsellor, id: str, *, used: bool | None, at: int) -> None:
    """Records whether help was used in the first year, as the school knows it."""
    known = one_known(db, vault, who, id, at=at)
    db.execute(sa.update(former_pupil).where(former_pupil.c.id == id).values(used_first_year=used))
    audit.record(db, "duty.used", id, actor=who.id, organisation_id=who.organisation_id, person_id=known.person_id)


def close_known(db: Transaction, _vault: Vault, row: sa.Row[Any]) -> None:
    """The person took their consent back: what was shared is deleted with offers and hours, and nothing is sent."""
    stop_offers(db, row.person_id, row.recipient)
    db.execute(sa.delete(former_pupil).where(former_pupil.c.id == row.object_id))


def kept_for_school(at: int) -> sa.ColumnElement[bool]:
    """A condition over `conversation`: a school may still offer help to this person, in this conversation."""
    open_now = sa.exists().where(sharing.c.object_id == former_pupil.c.id, sharing.c.consent_id == consent.c.id)
    mine = former_pupil.c.person_id == conversation.c.person_id
    return sa.exists().where(mine, former_pupil.c.keep_until > at, open_now)


def _add(db: Transaction, row: sa.Row[Any], organisation_id: str, at: int) -> str:
    of = former_pupil.c
    mine = sa.select(of.id).where(of.person_id == row.person_id, of.organisation_id == organisation_id)
    if found := db.execute(mine).scalar_one_or_none():
        return str(found)
    id = secrets.token_hex(16)
    values = {"conversation_id": row.id, "facts": b"", "language": "", "known_at": at, "keep_until": at}
    db.execute(
        sa.insert(former_pupil), {"id": id, "person_id": row.person_id, "organisation_id": organisation_id, **values}
    )
    return id


def _used_first_year(db: Transaction, school: str, row: sa.Row[Any], facts: Mapping[str, Any]) -> bool | None:
    """Hours in the first year say so; then what the school recorded; otherwise what the person said (None here)."""
    days = db.execute(sa.select(hours_spent.c.day).where(hours_spent.c.former_pupil_id == row.id)).scalars()
    if any(year_of(school, facts, date.fromisoformat(day)) == "one" for day in days):
        return True
    used: bool | None = row.used_first_year
    return used


def _moment(day: date) -> int:
    return int(datetime.combine(day, time(0), UTC).timestamp()) * 1_000_000
