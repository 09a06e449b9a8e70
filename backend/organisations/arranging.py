"""How an organisation arranges its work: teams, the queues they take, who works where. For whoever manages queues."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from backend import audit
from backend.access.roles import ROLES, may_ever
from backend.db import Transaction
from backend.errors import Refused, not_found
from backend.organisations.counsellors import Counsellor
from backend.organisations.models import counsellor, organisation_area
from backend.organisations.service import open_name
from backend.queues.choosing import AGE_BANDS, TOPICS, Scope
from backend.queues.models import KINDS_OF_HELP, queue, queue_member, team, team_member
from backend.vault import Vault

LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Team:
    """A team with the ids of its members."""

    id: str
    name: str
    members: frozenset[str]


@dataclass(frozen=True, slots=True)
class WorkPlace:
    """A queue as it is arranged; the members of one with a team are the team's."""

    scope: Scope
    name: str
    team_id: str | None
    members: frozenset[str]


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The teams and queues of one organisation, the municipalities it serves (codes), and who can work in it."""

    municipalities: Sequence[str]
    teams: Sequence[Team]
    queues: Sequence[WorkPlace]
    people: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePlan:
    """How a queue should be. Without a team it has `members` of its own; "" is "any" or none."""

    name: str
    kind_of_help: str
    topic: str = ""
    language: str = ""
    age_band: str = ""
    team_id: str = ""
    members: Collection[str] = ()

    def scope(self, id: str) -> Scope:
        """What it is for."""
        return Scope(
            id=id,
            kind_of_help=self.kind_of_help,
            topic=self.topic or None,
            language=self.language or None,
            age_band=self.age_band or None,
        )


def arrangement_of(db: Transaction, vault: Vault, who: Counsellor) -> Arrangement:
    """Everything of `who`'s organisation."""
    here = who.organisation_id
    areas = sa.select(organisation_area.c.municipality_code).where(organisation_area.c.organisation_id == here)
    teams = db.execute(sa.select(team).where(team.c.organisation_id == here).order_by(team.c.name, team.c.id)).all()
    in_team = _pairs(db, team_member.c.team_id, team_member.c.counsellor_id, [row.id for row in teams])
    working = [role for role in ROLES if may_ever(role, "list_requests")]
    found = sa.select(counsellor.c.id, counsellor.c.name).where(
        counsellor.c.organisation_id == here, sa.not_(counsellor.c.disabled), counsellor.c.role.in_(working)
    )
    people = [(row.id, open_name(db, vault, row.id, row.name)) for row in db.execute(found)]
    return Arrangement(
        municipalities=db.execute(areas.order_by(areas.selected_columns[0])).scalars().all(),
        teams=[Team(row.id, row.name, in_team.get(row.id, frozenset())) for row in teams],
        queues=work_places(db, here),
        people=sorted(people, key=lambda one: (one[1].casefold(), one[0])),
    )


def work_places(db: Transaction, organisation_id: str) -> Sequence[WorkPlace]:
    """The queues of an organisation, by name."""
    found = sa.select(queue).where(queue.c.organisation_id == organisation_id)
    rows = db.execute(found.order_by(queue.c.name, queue.c.id)).all()
    members = _pairs(db, queue_member.c.queue_id, queue_member.c.counsellor_id, [row.id for row in rows])
    return [
        WorkPlace(
            Scope(
                id=row.id,
                kind_of_help=row.kind_of_help,
                topic=row.topic,
                language=row.language,
                age_band=row.age_band,
                manned=row.id in members,
            ),
            row.name,
            row.team_id,
            members.get(row.id, frozenset()),
        )
        for row in rows
    ]


def keep_team(db: Transaction, who: Counsellor, id: str | None, *, name: str, members: Collection[str]) -> str:
    """Makes a team or changes it; the queues that it takes follow. Raises 404, or 422 for a name or member that is none."""
    values = {"name": _name(name)}
    people = _people(db, who, members)
    if id is None:
        id = secrets.token_hex(16)
        db.execute(sa.insert(team), {"id": id, "organisation_id": who.organisation_id, **values})
    else:
        mine = sa.and_(team.c.id == id, team.c.organisation_id == who.organisation_id)
        if db.execute(sa.update(team).where(mine).values(**values)).rowcount == 0:
            raise not_found()
    db.execute(sa.delete(team_member).where(team_member.c.team_id == id))
    for person in people:
        db.execute(sa.insert(team_member), {"team_id": id, "counsellor_id": person})
    for place in work_places(db, who.organisation_id):
        if place.team_id == id:
            _set_members(db, place.scope.id, people)
    audit.record(db, "queue.arrange", id, actor=who.id, organisation_id=who.organisation_id)
    return id


def keep_queue(db: Transaction, who: Counsellor, id: str | None, plan: QueuePlan) -> str:
    """Makes a queue or changes it. Raises 404, or 422 when it is not a good one, when there is one for exactly this
    already, or when no queue would take the rest."""
    others = [place.scope for place in work_places(db, who.organisation_id) if place.scope.id != id]
    new_id = id or secrets.token_hex(16)
    scope = plan.scope(new_id)
    _check(plan)
    if any(_same(scope, other) for other in others):
        raise Refused(422, "same_queue", fields={"queue": "same"})
    if not any(one.takes_the_rest for one in (*others, scope)):
        raise Refused(422, "queue_needed", fields={"queue": "rest"})
    people = _of_team(db, who, plan.team_id) if plan.team_id else _people(db, who, plan.members)
    values = {
        "name": _name(plan.name),
        "kind_of_help": scope.kind_of_help,
        "topic": scope.topic,
        "language": scope.language,
        "age_band": scope.age_band,
        "team_id": plan.team_id or None,
    }
    if id is None:
        db.execute(sa.insert(queue), {"id": new_id, "organisation_id": who.organisation_id, **values})
    else:
        mine = sa.and_(queue.c.id == id, queue.c.organisation_id == who.organisation_id)
        if db.execute(sa.update(queue).where(mine).values(**values)).rowcount == 0:
            raise not_found()
    _set_members(db, new_id, people)
    audit.record(db, "queue.arrange", new_id, actor=who.id, organisation_id=who.organisation_id)
    return new_id


def drop_queue(db: Transaction, who: Counsellor, id: str, *, holds_requests: bool) -> None:
    """Takes a queue away that no request ever lay in (`holds_requests`, as the caller counted) and that is not needed."""
    scopes = {place.scope.id: place.scope for place in work_places(db, who.organisation_id)}
    if id not in scopes:
        raise not_found()
    if holds_requests:
        raise Refused(422, "queue_busy", fields={"queue": "busy"})
    if not any(scope.takes_the_rest for other, scope in scopes.items() if other != id):
        raise Refused(422, "queue_needed", fields={"queue": "rest"})
    db.execute(sa.delete(queue_member).where(queue_member.c.queue_id == id))
    db.execute(sa.delete(queue).where(queue.c.id == id, queue.c.organisation_id == who.organisation_id))
    audit.record(db, "queue.arrange", id, actor=who.id, organisation_id=who.organisation_id)


def _check(plan: QueuePlan) -> None:
    for field, value, known in (
        ("kind_of_help", plan.kind_of_help, KINDS_OF_HELP),
        ("topic", plan.topic, ("", *TOPICS)),
        ("age_band", plan.age_band, ("", *AGE_BANDS)),
    ):
        if value not in known:
            raise Refused(422, "bad_request", fields={field: "unknown"})
    if len(plan.language) > 8 or not plan.language.isascii():
        raise Refused(422, "bad_request", fields={"language": "unknown"})


def _same(one: Scope, other: Scope) -> bool:
    return (one.kind_of_help, one.topic, one.language, one.age_band) == (
        other.kind_of_help,
        other.topic,
        other.language,
        other.age_band,
    )


def _name(written: str) -> str:
    name = " ".join(written.split())
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise Refused(422, "bad_request", fields={"name": f"1-{LONGEST_NAME}"})
    return name


def _people(db: Transaction, who: Counsellor, ids: Collection[str]) -> Collection[str]:
    """These people of the organisation; 422 for somebody who is not."""
    found = sa.select(counsellor.c.id).where(
        counsellor.c.organisation_id == who.organisation_id, counsellor.c.id.in_(list(ids))
    )
    known = set(db.execute(found).scalars())
    if set(ids) - known:
        raise Refused(422, "bad_request", fields={"members": "unknown"})
    return known


def _of_team(db: Transaction, who: Counsellor, id: str) -> Collection[str]:
    mine = sa.select(team.c.id).where(team.c.id == id, team.c.organisation_id == who.organisation_id)
    if db.execute(mine).first() is None:
        raise Refused(422, "bad_request", fields={"team": "unknown"})
    found = sa.select(team_member.c.counsellor_id).where(team_member.c.team_id == id)
    return set(db.execute(found).scalars())


def _set_members(db: Transaction, queue_id: str, people: Collection[str]) -> None:
    db.execute(sa.delete(queue_member).where(queue_member.c.queue_id == queue_id))
    for person in people:
        db.execute(sa.insert(queue_member), {"queue_id": queue_id, "counsellor_id": person})


def _pairs(
    db: Transaction, of: sa.Column[str], members: sa.Column[str], ids: Collection[str]
) -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    pairs = sa.select(of.label("id"), members.label("member")).where(of.in_(list(ids)))
    for row in db.execute(pairs):
        found.setdefault(row.id, set()).add(row.member)
    return {id: frozenset(people) for id, people in found.items()}
