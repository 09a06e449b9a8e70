"""What is held about a person, in numbers and in words: how much, with whom it is shared, and who looked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from backend.access.roles import REASONS
from backend.consents.models import sharing
from backend.consents.service import ActiveConsent, active_consents, restricted_since
from backend.conversations.models import message
from backend.db import Transaction
from backend.dutch_time import AMSTERDAM, in_amsterdam
from backend.organisations.models import organisation
from backend.persons.export import who_looked
from backend.register.walking import Held
from backend.vault import Vault
from dialogs.news import HeldConsent, Looked, MyConsents, MyData, MyViews

STAFF = ("counsellor", "operator")
_SHOWN = 10
_READS = ("read", "open", "opened", "view", "viewed", "export", "exported", "show", "shown", "print", "printed")
"""The second words of the audit trail's actions by which somebody sees something of a person."""


def my_data(db: Transaction, person_id: str) -> MyData:
    """How much is held."""
    held = Held.of(db, person_id)
    messages = sa.select(sa.func.count()).where(message.c.conversation_id.in_(held.conversations))
    shared = sa.select(sa.func.count(sa.distinct(sharing.c.object_id))).where(
        sharing.c.person_id == person_id, sharing.c.kind == "transition_document"
    )
    return MyData(
        messages=db.execute(messages).scalar_one(),
        requests=len(held.requests),
        documents=db.execute(shared).scalar_one(),
        consents=len(my_consents(db, person_id).consents),
        locked=restricted_since(db, person_id) is not None,
    )


def my_consents(db: Transaction, person_id: str) -> MyConsents:
    """The person's own consents in force; where a parent or representative agreed to the same, it says so."""
    found = active_consents(db, person_id)
    others = {_same(one): one.given_by for one in found if one.given_by != "youth"}
    own = [one for one in found if one.given_by == "youth"]
    names = names_of(db, {one.recipient for one in own})
    return MyConsents(tuple(_held(one, names[one.recipient], others.get(_same(one), "youth")) for one in own))


def my_views(db: Transaction, vault: Vault, row: sa.Row[Any]) -> MyViews:
    """Who looked, the newest first: counsellors by their organisation, and who runs the service."""
    seen = views(db, vault, row.person_id)
    return MyViews(tuple(_looked(one) for one in seen[:_SHOWN]), len(seen))


def views(db: Transaction, vault: Vault, person_id: str) -> Sequence[Mapping[str, Any]]:
    """The events of the audit trail by which somebody of an organisation saw something of this person, newest first."""
    trail = who_looked(db, vault, person_id)
    seen = [one for one in trail if one["by"] in STAFF and one["action"].rpartition(".")[2] in _READS]
    return seen[::-1]


def names_of(db: Transaction, ids: set[str]) -> Mapping[str, str]:
    """Organisations' names by id."""
    found = sa.select(organisation.c.id, organisation.c.name).where(organisation.c.id.in_(ids))
    return {one.id: one.name for one in db.execute(found)}


def _held(one: ActiveConsent, name: str, given_by: str) -> HeldConsent:
    return HeldConsent(id=one.id, name=name, purpose=one.purpose, since=in_amsterdam(one.at).date(), given_by=given_by)


def _looked(event: Mapping[str, Any]) -> Looked:
    then = datetime.fromisoformat(event["at"]).astimezone(AMSTERDAM)
    organisation = event["organisation"] if event["by"] == "counsellor" else None
    reason = event["personal"] if event["action"] == "request.opened" else None
    known = reason if reason in REASONS else None
    why = "emergency" if event["action"] == "emergency.read" else known
    return Looked(then.date(), f"{then:%H:%M}", organisation, why)


def _same(one: ActiveConsent) -> tuple[str, str, str]:
    return one.purpose, one.recipient, one.text_version
