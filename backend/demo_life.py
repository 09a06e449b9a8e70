"""Life in the demo region: former pupils without names who let their school know of them, and figures of past months."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from backend.conversations.messages import find
from backend.conversations.service import Host, start
from backend.db import Transaction
from backend.dutch_time import in_amsterdam
from backend.duties import service as duties
from backend.duties.models import former_pupil, hours_spent
from backend.organisations.models import counsellor, organisation
from backend.statistics import reading
from backend.statistics.models import helped, organisation_tally, tally
from dialogs.effects import BecomeKnown, RecordConsent
from dialogs.goals.offers import PURPOSE
from knowledge.conditions import years_after
from locales import languages

_SEED = 2026
_MONTHS = 22
_PLACES = {"0344": 34, "0356": 12, "0321": 9, "0310": 7, "0352": 3}
"""Municipalities of the region around the demo's, and about how many conversations a month."""
_PUPILS: tuple[tuple[int, str, dict[str, Any]], ...] = (
    (130, "nl", {"follow_on_enrolment": False}),
    (128, "ar", {"follow_on_enrolment": False}),
    (500, "nl", {"follow_on_enrolment": False, "used_offer_year1": False}),
    (505, "ti", {"follow_on_enrolment": False}),
    (490, "nl", {"follow_on_enrolment": False, "used_offer_year1": True}),
    (495, "pl", {"follow_on_enrolment": True}),
    (700, "nl", {}),
)
"""Days ago that somebody left, their language, and what else they told."""


def live(db: Transaction, host: Host, *, at: int) -> None:
    """Adds it to a demo region that was just filled; the same on every day."""
    dice = random.Random(_SEED)
    today = in_amsterdam(at).date()
    organisations = {row.kind: row.id for row in db.execute(sa.select(organisation).where(organisation.c.demo))}
    for kind, more in (("pro", {}), ("vso", {"vso_profile": "arbeidsmarktgericht"})):
        for days, language, facts in _PUPILS:
            left = today - timedelta(days=days)
            told = {"left_school_date": left.isoformat(), **more, **facts}
            _pupil(db, host, organisations[kind], language, told, left, at=at)
    for month in _past_months(today):
        _count_conversations(db, dice, month)
        for kind, id in organisations.items():
            _count_work(db, dice, month, id, school=kind in ("pro", "vso"))


def _pupil(
    db: Transaction, host: Host, organisation_id: str, language: str, facts: dict[str, Any], left: date, *, at: int
) -> None:
    begun, _ = start(db, host, "web", language=language)
    row = find(db, begun.conversation_id)
    consent = RecordConsent(
        purpose=PURPOSE,
        recipient=organisation_id,
        data_groups=(*facts, "language"),
        text_id="offers.ask.question",
        text_version="demo",
        language=language,
        given=True,
    )
    known = BecomeKnown(consent=consent, facts=facts, until=years_after(left, 2), language=language)
    duties.become_known(db, host.vault, row, known, at=at)
    if facts.get("used_offer_year1"):
        _add_hours(db, row.person_id, organisation_id, left, at=at)


def _add_hours(db: Transaction, person_id: str, organisation_id: str, left: date, *, at: int) -> None:
    of = former_pupil.c
    mine = sa.select(of.id).where(of.person_id == person_id, of.organisation_id == organisation_id)
    pupil = db.execute(mine).scalar_one()
    works_there = sa.select(counsellor.c.id).where(counsellor.c.organisation_id == organisation_id)
    by = db.execute(works_there.order_by(counsellor.c.id)).scalars().first()
    for number, (after, minutes, kind) in enumerate(((20, 60, "talk"), (45, 90, "application"), (90, 45, "visit"))):
        day = (left + timedelta(days=after)).isoformat()
        values = {"id": f"{pupil[:30]}{number:02}", "former_pupil_id": pupil, "person_id": person_id, "at": at}
        db.execute(
            sa.insert(hours_spent), {**values, "day": day, "minutes": minutes, "kind": kind, "counsellor_id": by}
        )


def _past_months(today: date) -> Iterator[str]:
    month = today.replace(day=1)
    for _ in range(_MONTHS):
        month = (month - timedelta(days=1)).replace(day=1)
        yield f"{month:%Y-%m}"


def _count_conversations(db: Transaction, dice: random.Random, month: str) -> None:
    rows: dict[tuple[str, str, str], int] = {}

    def add(measure: str, detail: str, place: str, count: int) -> None:
        for where in ("", place):
            rows[measure, detail, where] = rows.get((measure, detail, where), 0) + count

    for place, usual in _PLACES.items():
        add("reach", "conversation", place, usual + dice.randint(0, 8))
        for goal in reading.GOALS:
            add("question", goal, place, dice.randint(0, usual))
        for one in reading.UNMET:
            add("unmet", one, place, dice.randint(0, usual // 3))
    rows["reach", "conversation", ""] += dice.randint(20, 40)
    _put(
        db,
        tally,
        [{"month": month, "measure": m, "detail": d, "place": p, "count": n} for (m, d, p), n in rows.items()],
    )
    said = [
        {"month": month, "goal": goal, "language": "nl", "helped": yes, "count": dice.randint(1, 24 if yes else 9)}
        for goal in reading.GOALS
        for yes in (True, False)
    ]
    _put(db, helped, said)


def _count_work(db: Transaction, dice: random.Random, month: str, organisation_id: str, *, school: bool) -> None:
    counts: dict[tuple[str, str], int] = {}
    for kind in ("work", "learning", "other"):
        for language in languages():
            counts["request", f"{kind} {language}"] = dice.randint(0, 14 if language == "nl" else 4)
    for within in reading.HOURS:
        counts["answer", within] = dice.randint(0, 8)
    counts["handover", "sent"] = dice.randint(3, 12)
    counts["handover", "came_back"] = dice.randint(0, 6)
    if school:
        counts |= {("offer", one): dice.randint(2, 15) for one in reading.OFFERS}
    rows = [
        {"month": month, "organisation_id": organisation_id, "measure": measure, "detail": detail, "count": count}
        for (measure, detail), count in counts.items()
    ]
    _put(db, organisation_tally, rows)


def _put(db: Transaction, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    db.execute(sa.insert(table), [row for row in rows if row["count"]])
