"""Who may have the overgangsdocument: sending it, who has to agree, whether it still opens, and taking it back."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from backend.audit import record
from backend.consents.service import active_consents, record_consent, require_sharing, sharing_states
from backend.consents.service import share as open_to
from backend.conversations.service import open_conversation, today_in_amsterdam
from backend.db import Transaction, now
from backend.errors import Refused
from backend.my_data.withdrawing import withdraw
from backend.organisations.models import organisation
from backend.support_requests.models import support_request
from backend.support_requests.opening import open_request
from backend.transition_documents.models import transition_sending
from backend.transition_documents.store import Stored
from backend.vault import Vault
from dialogs.effects import OpenSupportRequest, RecordConsent
from dialogs.transition_news import RECEIVING, RECEIVING_GROUPS, SendDocument
from knowledge.who_must_agree import Giver, who_must_agree
from locales import Text, language

KIND = "transition_document"
"""The kind of help of a request that the document came with, and the kind of sharing."""
_OTHERS: tuple[Giver, ...] = ("parents", "legal_rep")


@dataclass(frozen=True, slots=True)
class Sending:
    """The document as it was sent: `digest` is what was agreed to. Times are microseconds UTC."""

    id: str
    organisation_id: str
    request_id: str
    digest: str
    form: str
    sent_at: int
    received_at: int | None


def waits_for(db: Transaction, vault: Vault, row: sa.Row[Any], *, recipient: str | None) -> str:
    """Who still has to agree besides the person, before there can be a document: "parents", "legal_rep", "unknown", or ""
    (WVO 2020 2.31b lid 2, WEC 44a lid 2, WEB 9.2.13 lid 2).

    `row` is the conversation, `recipient` the organisation that is to receive it; None while that is not settled.
    """
    facts = open_conversation(db, vault, row).facts
    agreement = who_must_agree(facts, "transition_document", today_in_amsterdam())
    if agreement.givers and agreement.other is None:
        return ""
    needed = {agreement.other} if agreement.other else set(_OTHERS)
    return "" if needed & _others_who_agreed(db, row.person_id, recipient) else agreement.other or "unknown"


def _others_who_agreed(db: Transaction, person_id: str, recipient: str | None) -> set[Giver]:
    """Who besides the person agrees now that this organisation (None: any) receives the document."""
    return {
        one.given_by
        for one in active_consents(db, person_id)
        if one.purpose == RECEIVING and recipient in (None, one.recipient) and one.given_by in _OTHERS
    }


def send(db: Transaction, vault: Vault, row: sa.Row[Any], one: Stored, effect: SendDocument, *, form: str) -> str:
    """Records the consent and lays the document before the recipient, in its queue; the sending's id.

    Who must agree, and whether it still is the document that was shown, is for the caller to have checked.
    """
    agreed = RecordConsent(
        purpose=RECEIVING,
        recipient=effect.recipient,
        data_groups=RECEIVING_GROUPS,
        text_id=effect.text_id,
        text_version=effect.text_version,
        language=effect.language,
        given=True,
    )
    consent_id = record_consent(db, row.person_id, row.id, agreed)
    request_id = open_document_request(db, vault, row, agreed, consent_id=consent_id, part="whole")
    id, at = secrets.token_hex(16), now()
    values = {
        "id": id,
        "document_id": one.id,
        "person_id": row.person_id,
        "organisation_id": effect.recipient,
        "request_id": request_id,
        "digest": one.digest,
        "form": form,
        "sent_at": at,
    }
    db.execute(sa.insert(transition_sending), values)
    # With the yes of a parent or representative it rests on that as well: taken back, nobody reads it any more.
    others = sorted(_others_who_agreed(db, row.person_id, effect.recipient))
    open_document(db, row.person_id, id, agreed, givers=("youth", *others))
    record(db, "document.send", id, actor="person", organisation_id=effect.recipient, person_id=row.person_id)
    return id


def open_document(
    db: Transaction, person_id: str, object_id: str, agreed: RecordConsent, *, givers: Sequence[Giver] = ("youth",)
) -> None:
    """Opens the person's part or a sending to who was agreed to; raises `Refused` 409 without the consent of each giver."""
    open_to(
        db,
        person_id,
        kind="transition_document",
        object_id=object_id,
        purpose=agreed.purpose,
        recipient=agreed.recipient,
        data_groups=agreed.data_groups,
        text_version=agreed.text_version,
        givers=givers,
    )


def open_document_request(
    db: Transaction, vault: Vault, row: sa.Row[Any], agreed: RecordConsent, *, consent_id: str, part: str
) -> str:
    """A new request in the recipient's queue that the document comes with; `part` is "own" or "whole"."""
    words = language(None).say(Text.of(f"desk_transition.need.{part}"))
    asked = OpenSupportRequest(
        recipient=agreed.recipient, kind_of_help=KIND, need=words, language=agreed.language, urgent=False
    )
    return open_request(db, vault, row, asked, agreed=agreed, consent_id=consent_id)


def sendings_of(db: Transaction, document_id: str) -> list[Sending]:
    """Where the document was sent, newest first."""
    of = transition_sending.c
    rows = db.execute(sa.select(transition_sending).where(of.document_id == document_id).order_by(of.sent_at.desc()))
    return [_sending(row) for row in rows]


def sending_with(db: Transaction, request_id: str) -> tuple[Sending, str] | None:
    """The sending that came with a request, and the person's id; None when the request brought no document."""
    found = sa.select(transition_sending).where(transition_sending.c.request_id == request_id)
    row = db.execute(found.order_by(transition_sending.c.sent_at.desc())).first()
    return (_sending(row), row.person_id) if row else None


def is_open(db: Transaction, one: Stored, sending: Sending) -> bool:
    """Whether the recipient can read the document now: the consent holds, and it is what was agreed to."""
    states = sharing_states(db, [sending.id], recipient=sending.organisation_id)
    return states[sending.id] == "open" and sending.digest == one.digest


def require_open(db: Transaction, vault: Vault, row: sa.Row[Any], one: Stored, sending: Sending) -> None:
    """Lets the recipient through to the document, or raises `Refused` 410 or 409: call it in the transaction that reads."""
    require_sharing(db, sending.id, recipient=sending.organisation_id)
    if waits_for(db, vault, row, recipient=sending.organisation_id):
        raise Refused(409, "no_consent")
    if sending.digest != one.digest:
        raise Refused(409, "document_changed")


def received(db: Transaction, sending: Sending, *, at: int) -> None:
    """Notes when the recipient first opened it."""
    first = sa.and_(transition_sending.c.id == sending.id, transition_sending.c.received_at.is_(None))
    db.execute(sa.update(transition_sending).where(first).values(received_at=at))


def take_back(db: Transaction, vault: Vault, person_id: str, *purposes: str) -> list[str]:
    """Withdraws the person's own consents to these purposes; the names of who can no longer read."""
    names = []
    for one in active_consents(db, person_id):
        if one.purpose in purposes and one.given_by == "youth":
            done = withdraw(db, vault, person_id, one.id)
            names += [done.name] if done else []
    return list(dict.fromkeys(names))


def name_of(db: Transaction, organisation_id: str) -> str:
    """An organisation's name."""
    found = sa.select(organisation.c.name).where(organisation.c.id == organisation_id)
    return str(db.execute(found).scalar_one())


def open_request_at(db: Transaction, person_id: str, organisation_id: str) -> str | None:
    """The person's open request at this organisation, or None."""
    of = support_request.c
    mine = sa.and_(of.person_id == person_id, of.organisation_id == organisation_id, of.status != "closed")
    found: str | None = db.execute(sa.select(of.id).where(mine).order_by(of.created_at.desc())).scalar()
    return found


def _sending(row: sa.Row[Any]) -> Sending:
    return Sending(
        id=row.id,
        organisation_id=row.organisation_id,
        request_id=row.request_id,
        digest=row.digest,
        form=row.form,
        sent_at=row.sent_at,
        received_at=row.received_at,
    )
