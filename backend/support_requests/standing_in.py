"""The same counsellor as last time if they are there, otherwise a stand-in; and what happens to the requests of somebody
who goes away. The person is told in plain words, and chooses."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from backend import audit
from backend.conversations.messages import Row
from backend.conversations.service import tell
from backend.db import Transaction
from backend.dutch_time import in_amsterdam
from backend.errors import Refused
from backend.organisations.counsellors import Counsellor
from backend.organisations.models import counsellor
from backend.organisations.service import open_name
from backend.queues.models import absence, queue_member
from backend.queues.settings import away_until, be_away, setting_of, stand_in_of
from backend.support_requests.escalating import answer_by
from backend.support_requests.models import assignment, support_request
from backend.support_requests.service import FREE, change_own, end_assignment
from backend.vault import NoKey, Vault
from dialogs.effects import ChooseHelper
from dialogs.news import HelperAway, HelperChosen, SameHelper

_SPOKEN_OF = ("work", "learning", "other")


def colleagues(db: Transaction, vault: Vault, who: Counsellor, *, at: int) -> Sequence[tuple[str, str]]:
    """Who can stand in for `who`: colleagues of a shared queue who are there, id and name, by name."""
    mine = sa.select(queue_member.c.queue_id).where(queue_member.c.counsellor_id == who.id)
    away = sa.select(absence.c.counsellor_id).where(absence.c.back_at > at)
    found = (
        sa.select(counsellor.c.id, counsellor.c.name)
        .join(queue_member, queue_member.c.counsellor_id == counsellor.c.id)
        .where(queue_member.c.queue_id.in_(mine), counsellor.c.id != who.id, counsellor.c.id.not_in(away))
        .where(counsellor.c.organisation_id == who.organisation_id, sa.not_(counsellor.c.disabled))
        .distinct()
    )
    names = [(row.id, open_name(db, vault, row.id, row.name)) for row in db.execute(found)]
    return sorted(names, key=lambda one: (one[1].casefold(), one[0]))


def go_away(
    db: Transaction, vault: Vault, who: Counsellor, *, until: int, stand_in: str | None, at: int
) -> Sequence[str]:
    """`who` is away until a moment; the ids of the requests they leave behind, each to be given to `leave_behind`.

    Raises 422 for a moment that is over or further than a year, and for a stand-in who cannot be one.
    """
    if not at < until <= at + 366 * 24 * 3600 * 1_000_000:
        raise Refused(422, "bad_day", fields={"back": "between now and a year"})
    if stand_in and stand_in not in {id for id, _ in colleagues(db, vault, who, at=at)}:
        raise Refused(422, "unknown_receiver", fields={"stand_in": "unknown"})
    be_away(db, who.id, until=until, stand_in=stand_in)
    audit.record(db, "counsellor.away", who.id, actor=who.id, organisation_id=who.organisation_id)
    return claimed_by(db, who)


def claimed_by(db: Transaction, who: Counsellor) -> Sequence[str]:
    """The requests that are `who`'s."""
    of = support_request.c
    return db.execute(sa.select(of.id).where(of.claimed_by == who.id, of.status == "claimed")).scalars().all()


def leave_behind(db: Transaction, vault: Vault, who: Counsellor, request_id: str, *, at: int) -> None:
    """One request of a counsellor who goes away waits in its queue again, first for the stand-in, and the person is asked
    whether they want to wait. In danger nobody is asked: somebody else takes it."""
    back = away_until(db, who.id, at=at)
    if back is None:
        return
    stand_in = _there(db, vault, stand_in_of(db, who.id), who.organisation_id, at=at)
    ends = answer_by(db, who.organisation_id, at, answered=True)
    values = {**FREE, "escalate_at": ends, "intended_for": stand_in[0] if stand_in else None}
    request = change_own(db, vault, who, request_id, at=at, values=values)
    end_assignment(db, request_id, at)
    if request.kind_of_help in _SPOKEN_OF:
        news = HelperAway(
            request=request_id,
            name=who.name,
            day=in_amsterdam(back).date(),
            stand_in=stand_in[1] if stand_in else "",
            urgent=request.urgent,
        )
        try:
            tell(db, vault, request.conversation_id, news, request_id=request_id)
        except NoKey:
            return
    audit.record(db, "request.released", request_id, actor=who.id, organisation_id=who.organisation_id)
    db.wake(f"queue:{request.queue_id}")


def same_as_before(db: Transaction, vault: Vault, request_id: str, *, at: int) -> SameHelper | HelperAway | None:
    """For a request that was just opened: the counsellor who helped this person before in this organisation has it first;
    when they are away the person is asked, unless it is urgent. None when nobody helped before."""
    of = support_request.c
    row = db.execute(
        sa.select(of.person_id, of.organisation_id, of.queue_id, of.urgent).where(of.id == request_id)
    ).one()
    before = _last_helper(db, row, request_id)
    if before is None:
        return None
    name = open_name(db, vault, before.id, before.name)
    back = away_until(db, before.id, at=at)
    if back is None:
        _meant_for(db, request_id, before.id)
        return SameHelper(name)
    stand_in = _there(db, vault, stand_in_of(db, before.id), row.organisation_id, at=at)
    _meant_for(db, request_id, stand_in[0] if stand_in else None)
    if row.urgent:
        return None
    day = in_amsterdam(back).date()
    return HelperAway(request=request_id, name=name, day=day, stand_in=stand_in[1] if stand_in else "")


def chosen(db: Transaction, vault: Vault, row: Row, effect: ChooseHelper, *, at: int) -> HelperChosen:
    """The person's own choice, in their turn (`row` is their conversation): wait for who is away, or not."""
    of = support_request.c
    here = sa.and_(of.id == effect.request, of.person_id == row.person_id, of.status == "waiting")
    waits = db.execute(sa.select(of.id, of.person_id, of.organisation_id, of.queue_id).where(here)).first()
    helper = _last_helper(db, waits, None) if waits else None
    if waits is None or helper is None:
        return HelperChosen("gone")
    name = open_name(db, vault, helper.id, helper.name)
    stand_in = _there(db, vault, stand_in_of(db, helper.id), waits.organisation_id, at=at)
    back = away_until(db, helper.id, at=at) or at
    if effect.wait:
        setting = setting_of(db, waits.organisation_id)
        ends = setting.working_time.after_hours(back, setting.next_answer_hours)
        _meant_for(db, waits.id, helper.id, escalate_at=ends)
    else:
        _meant_for(db, waits.id, stand_in[0] if stand_in else None)
    audit.record(db, "request.choose_helper", waits.id, actor="person", person_id=row.person_id)
    db.wake(f"queue:{waits.queue_id}")
    return HelperChosen("wait" if effect.wait else "now", name, stand_in[1] if stand_in else "")


def _meant_for(db: Transaction, request_id: str, counsellor_id: str | None, **more: int) -> None:
    here = support_request.c.id == request_id
    db.execute(sa.update(support_request).where(here).values(intended_for=counsellor_id, bundled_at=None, **more))


def _last_helper(db: Transaction, row: Row, request_id: str | None) -> Row | None:
    """Who last helped this person in this organisation and still works in the queue of the request."""
    of = support_request.c
    found = (
        sa.select(counsellor.c.id, counsellor.c.name)
        .join(assignment, assignment.c.counsellor_id == counsellor.c.id)
        .join(support_request, of.id == assignment.c.request_id)
        .join(queue_member, queue_member.c.counsellor_id == counsellor.c.id)
        .where(of.person_id == row.person_id, of.organisation_id == row.organisation_id, of.id != (request_id or ""))
        .where(queue_member.c.queue_id == row.queue_id, sa.not_(counsellor.c.disabled))
        .order_by(assignment.c.started_at.desc(), assignment.c.id)
        .limit(1)
    )
    return db.execute(found).first()


def _there(
    db: Transaction, vault: Vault, counsellor_id: str | None, organisation_id: str, *, at: int
) -> tuple[str, str] | None:
    """A stand-in by id and name, unless they are away as well or gone."""
    if counsellor_id is None or away_until(db, counsellor_id, at=at) is not None:
        return None
    found = sa.select(counsellor.c.id, counsellor.c.name).where(
        counsellor.c.id == counsellor_id,
        counsellor.c.organisation_id == organisation_id,
        sa.not_(counsellor.c.disabled),
    )
    row = db.execute(found).first()
    return (row.id, open_name(db, vault, row.id, row.name)) if row else None
