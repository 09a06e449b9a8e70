"""The one gate that everything a person shares goes through: the consent ledger, and what was shared on the ground of it.

Who wants to lay something before an organisation calls `share`; who lets an organisation read it calls `require_sharing`
in the transaction that reads. Nothing else decides whether somebody may see something of a person.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from backend.audit import ground_of, record
from backend.consents.models import consent, restriction, sharing
from backend.db import Transaction, now
from backend.errors import Refused
from dialogs.effects import RecordConsent

GivenBy = Literal["youth", "parents", "legal_rep"]
Kind = Literal["support_request", "transition_document", "handover", "school_offer"]
State = Literal["open", "withdrawn", "expired", "restricted"]
YOUTH: tuple[GivenBy, ...] = ("youth",)
_LASTS = 365 * 24 * 3600 * 1_000_000
"""How long a consent holds when nobody takes it back: a year."""
_GROUND = {
    "support_request": "request",
    "transition_document": "document",
    "handover": "handover",
    "school_offer": "duty",
}
"""Under which word of the audit trail the legal basis of each kind of sharing stands."""
_REFUSALS: Mapping[State, tuple[int, str]] = {
    "withdrawn": (410, "withdrawn"),
    "expired": (410, "consent_expired"),
    "restricted": (409, "restricted"),
}

_ADD = sa.insert(consent)
_LATER = consent.alias("later")
_WITHDRAWN = sa.exists().where(_LATER.c.withdraws == consent.c.id).correlate(consent)
_MOMENT = sa.bindparam("moment", type_=sa.BigInteger)
_FITS = sa.and_(
    consent.c.given,
    consent.c.withdraws.is_(None),
    *(consent.c[name] == sharing.c[name] for name in ("person_id", "recipient", "purpose", "text_version")),
)
"""The consent of a sharing is one to exactly this: nothing in between may have mixed them up."""
_IN_FORCE = sa.and_(
    consent.c.given,
    consent.c.withdraws.is_(None),
    sa.or_(consent.c.expires_at.is_(None), consent.c.expires_at > _MOMENT),
    sa.not_(_WITHDRAWN),
)
_ACTIVE = (
    sa.select(consent)
    .where(consent.c.person_id == sa.bindparam("person"), _IN_FORCE)
    .order_by(consent.c.at.desc(), consent.c.id)
)
_STATES = (
    sa.select(
        sharing.c.object_id,
        sharing.c.id,
        _WITHDRAWN.label("withdrawn"),
        (consent.c.expires_at <= _MOMENT).label("expired"),
        sa.exists().where(restriction.c.person_id == sharing.c.person_id).label("restricted"),
        _FITS.label("fits"),
        sharing.c.data_groups.label("shared_groups"),
        consent.c.data_groups.label("agreed_groups"),
    )
    .join(consent, consent.c.id == sharing.c.consent_id)
    .where(
        sharing.c.object_id.in_(sa.bindparam("objects", expanding=True)), sharing.c.recipient == sa.bindparam("reader")
    )
)
_AGREED = (
    sa.select(consent, sharing.c.id.label("act"))
    .join(sharing, sharing.c.consent_id == consent.c.id)
    .where(sharing.c.object_id == sa.bindparam("object"), sharing.c.recipient == sa.bindparam("reader"), _IN_FORCE)
    .order_by(sharing.c.at.desc(), sharing.c.id)
)


@dataclass(frozen=True, slots=True)
class ActiveConsent:
    """A consent in force; times are microseconds UTC. `recipient` is an organisation's id."""

    id: str
    purpose: str
    recipient: str
    data_groups: tuple[str, ...]
    text_id: str
    text_version: str
    language: str
    given_by: GivenBy
    at: int
    expires_at: int | None


def record_consent(db: Transaction, person_id: str, conversation_id: str, said: RecordConsent) -> str:
    """Adds what the person agreed to or refused, and returns the record's id."""
    return add_row(db, person_id, conversation_id, said, {"given_by": "youth"})


def add_row(
    db: Transaction, person_id: str, conversation_id: str, said: RecordConsent, more: Mapping[str, object]
) -> str:
    """Adds one row to the ledger, with `more` columns (by whom it was given at least), and returns its id."""
    id, at = secrets.token_hex(16), now()
    values = {
        "id": id,
        "person_id": person_id,
        "conversation_id": conversation_id,
        "purpose": said.purpose,
        "recipient": said.recipient,
        "data_groups": " ".join(said.data_groups),
        "text_id": said.text_id,
        "text_version": said.text_version,
        "language": said.language,
        "given": said.given,
        "at": at,
        "expires_at": at + _LASTS if said.given else None,
    }
    db.execute(_ADD, {**values, **more})
    return id


def active_consents(db: Transaction, person_id: str) -> list[ActiveConsent]:
    """The person's consents that are in force now (given, not taken back, not expired), newest first."""
    return [_active(row) for row in db.execute(_ACTIVE, {"person": person_id, "moment": now()})]


def require_consent(
    db: Transaction,
    person_id: str,
    *,
    purpose: str,
    recipient: str,
    data_groups: Collection[str],
    text_version: str,
    givers: Sequence[GivenBy] = YOUTH,
) -> tuple[ActiveConsent, ...]:
    """The consents on which exactly this may be shared, one of each giver; call it in the transaction that shares.

    A consent matches when it is in force, names this purpose and this recipient (an organisation's id), and covers every
    one of `data_groups`; the person's own also names this `text_version`, what they were shown. (Others agreed to the words
    of the desk's form.) `givers` are those of `who_must_agree`; every one is needed.
    Raises `Refused` 409 "no_consent" when one is missing, 409 "restricted" while the person has their data on lock.
    """
    if _is_locked(db, person_id):
        raise refusal_of("restricted")
    fitting = [
        one
        for one in active_consents(db, person_id)
        if (one.purpose, one.recipient) == (purpose, recipient)
        and set(one.data_groups).issuperset(data_groups)
        and (one.given_by != "youth" or one.text_version == text_version)
    ]
    by_giver = {one.given_by: one for one in reversed(fitting)}
    if not givers or not by_giver.keys() >= set(givers):
        raise Refused(409, "no_consent")
    return tuple(by_giver[giver] for giver in givers)


def share(
    db: Transaction,
    person_id: str,
    *,
    kind: Kind,
    object_id: str,
    purpose: str,
    recipient: str,
    data_groups: Sequence[str],
    text_version: str,
    givers: Sequence[GivenBy] = YOUTH,
    basis: str | None = None,
) -> str:
    """Opens the object (a request, a document, a handover: its id) to the recipient; returns the sharing's id.

    Raises what `require_consent` raises, and then nothing is shared. `basis` is the legal basis; without it that of the
    `kind` in the audit trail's grounds. Sharing the same object with the same recipient again, after new consents, is a
    sharing of its own: one that is open is enough to read.
    """
    consents = require_consent(
        db,
        person_id,
        purpose=purpose,
        recipient=recipient,
        data_groups=data_groups,
        text_version=text_version,
        givers=givers,
    )
    id, ground = secrets.token_hex(16), ground_of(_GROUND[kind])
    values = {
        "id": id,
        "person_id": person_id,
        "kind": kind,
        "object_id": object_id,
        "recipient": recipient,
        "purpose": purpose,
        "data_groups": " ".join(data_groups),
        "basis": basis or (ground.basis if ground else ""),
        "at": now(),
    }
    each = [{**values, "consent_id": one.id, "text_version": one.text_version} for one in consents]
    db.execute(sa.insert(sharing), each)
    return id


def require_sharing(db: Transaction, object_id: str, *, recipient: str) -> None:
    """Lets a reader of the recipient (an organisation's id) through to the object, or raises: call it in the transaction
    that reads, after whether the reader may know of the object at all was settled (404).

    Raises `Refused` 410 "withdrawn" (also when it was never shared with them), 410 "consent_expired", 409 "restricted".
    """
    state = sharing_states(db, [object_id], recipient=recipient)[object_id]
    if state != "open":
        raise refusal_of(state)


def sharing_states(db: Transaction, object_ids: Iterable[str], *, recipient: str) -> Mapping[str, State]:
    """For each object whether the recipient may read it now: "open", or why not. For lists; what is not "open" is shown
    without anything of the person."""
    ids = list(object_ids)
    rows = db.execute(_STATES, {"objects": ids, "reader": recipient, "moment": now()}).all()
    acts: dict[tuple[str, str], list[State]] = {}
    for row in rows:
        acts.setdefault((row.object_id, row.id), []).append(_state(row))
    return {id: _best(_worst(states) for (of, _), states in acts.items() if of == id) for id in ids}


def agreed_to(db: Transaction, object_id: str, *, recipient: str) -> list[ActiveConsent]:
    """The consents on which the recipient may read the object: those of its newest open sharing, the person's first."""
    rows = db.execute(_AGREED, {"object": object_id, "reader": recipient, "moment": now()}).all()
    newest = [_active(row) for row in rows if row.act == rows[0].act]
    return sorted(newest, key=lambda one: one.given_by != "youth")


def refusal_of(state: State) -> Refused:
    """What whoever wants to read is told when the state is not "open"."""
    status, code = _REFUSALS[state]
    return Refused(status, code)


def restrict(db: Transaction, person_id: str) -> bool:
    """Puts the person's data on lock: kept, and read by nobody else. False when they were already."""
    if _is_locked(db, person_id):
        return False
    db.execute(sa.insert(restriction), {"person_id": person_id, "at": now()})
    record(db, "person.restrict", person_id, actor="person", person_id=person_id)
    return True


def lift(db: Transaction, person_id: str) -> bool:
    """Takes the lock off; False when there was none."""
    gone = db.execute(sa.delete(restriction).where(restriction.c.person_id == person_id)).rowcount == 1
    if gone:
        record(db, "person.lift", person_id, actor="person", person_id=person_id)
    return gone


def restricted_since(db: Transaction, person_id: str) -> int | None:
    """When the person put their data on lock; None when they are not."""
    found = sa.select(restriction.c.at).where(restriction.c.person_id == person_id)
    return db.execute(found).scalar_one_or_none()


def _state(row: sa.Row[Any]) -> State:
    covered = set(row.shared_groups.split()) <= set(row.agreed_groups.split())
    if row.withdrawn or not row.fits or not covered:
        return "withdrawn"
    if row.expired:
        return "expired"
    return "restricted" if row.restricted else "open"


_ORDER: tuple[State, ...] = ("open", "restricted", "expired", "withdrawn")


def _worst(states: Iterable[State]) -> State:
    return max(states, key=_ORDER.index)


def _best(states: Iterable[State]) -> State:
    return min(states, key=_ORDER.index, default="withdrawn")


def _is_locked(db: Transaction, person_id: str) -> bool:
    return restricted_since(db, person_id) is not None


def _active(row: sa.Row[Any]) -> ActiveConsent:
    return ActiveConsent(
        id=row.id,
        purpose=row.purpose,
        recipient=row.recipient,
        data_groups=tuple(row.data_groups.split()),
        text_id=row.text_id,
        text_version=row.text_version,
        language=row.language,
        given_by=row.given_by,
        at=row.at,
        expires_at=row.expires_at,
    )
