"""Consents that somebody else than the young person gave: a counsellor records who said it, how and when."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Literal, get_args

import sqlalchemy as sa

from backend.audit import record
from backend.consents.models import consent
from backend.consents.service import ActiveConsent, GivenBy, active_consents, add_row
from backend.db import Transaction
from backend.errors import Refused
from backend.organisations.counsellors import Counsellor
from backend.vault import Vault
from dialogs.effects import RecordConsent
from locales import SOURCE, Text, language

How = Literal["talk", "phone", "written"]
HOWS: tuple[How, ...] = get_args(How)
OTHERS: tuple[GivenBy, ...] = ("parents", "legal_rep")
LONGEST_GIVER = 120
_PLACE = "consent.giver"
_TEXT = "desk_consents.form.declaration"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a counsellor heard: who (in words, as "moeder"), in which way, and when (microseconds UTC)."""

    given_by: GivenBy
    giver: str
    how: How
    said_at: int


@dataclass(frozen=True, slots=True)
class Recorded:
    """A consent of somebody else that is in force, with what was recorded of it."""

    consent: ActiveConsent
    said: Said


def record_at_desk(
    db: Transaction,
    vault: Vault,
    who: Counsellor,
    *,
    person_id: str,
    conversation_id: str,
    purpose: str,
    recipient: str,
    recipient_name: str,
    data_groups: tuple[str, ...],
    said: Said,
) -> str:
    """Adds a parent's or representative's consent to the ledger, in the words of the desk's form, and returns its id.

    That `who` may act for this person was settled by the caller. Raises `Refused` 422 without who said it.
    """
    giver = " ".join(said.giver.split())
    if not giver or len(giver) > LONGEST_GIVER or said.given_by not in OTHERS:
        raise Refused(422, "invalid", fields={"giver": "1-120"})
    id = secrets.token_hex(16)
    version = declaration_version(purpose, recipient_name)
    agreed = RecordConsent(
        purpose=purpose,
        recipient=recipient,
        data_groups=data_groups,
        text_id=_TEXT,
        text_version=version,
        language=SOURCE,
        given=True,
    )
    more = {
        "id": id,
        "given_by": said.given_by,
        "recorded_by": who.id,
        "how": said.how,
        "giver": vault.seal(db, person_id, _PLACE, id, giver.encode()),
        "said_at": said.said_at,
    }
    add_row(db, person_id, conversation_id, agreed, more)
    record(db, "consent.record", id, actor=who.id, organisation_id=who.organisation_id, person_id=person_id)
    return id


def recorded_for(db: Transaction, vault: Vault, person_id: str) -> list[Recorded]:
    """The consents of others for this person that are in force, newest first."""
    found = {one.id: one for one in active_consents(db, person_id) if one.given_by in OTHERS}
    rows = db.execute(sa.select(consent).where(consent.c.id.in_(found)).order_by(consent.c.at.desc()))
    return [
        Recorded(
            found[row.id],
            Said(
                given_by=row.given_by,
                giver=vault.open(db, person_id, _PLACE, row.id, row.giver).decode() if row.giver else "",
                how=row.how,
                said_at=row.said_at,
            ),
        )
        for row in rows
    ]


def declaration(purpose: str, recipient_name: str) -> Text:
    """The sentence that the parent or representative agreed to, as the form shows it."""
    return Text.of(_TEXT, purpose=Text.of(f"desk_consents.purpose.{purpose}"), name=Text.verbatim(recipient_name))


def declaration_version(purpose: str, recipient_name: str) -> str:
    """The beginning of the SHA-256 of that sentence."""
    return hashlib.sha256(language(SOURCE).say(declaration(purpose, recipient_name)).encode()).hexdigest()[:16]
